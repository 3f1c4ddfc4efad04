// The fake WordPress as a platform under test: people edit its state, programs reach it over a road.
import { leapingClock } from "../engine/mortal.ts";
import { wordpressWorld } from "../engine/worlds.ts";
import { type FaultProxy, startFaultProxy } from "../fakes/fault-proxy.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { eachWrite } from "../fakes/wordpress-batch.ts";
import { addPost, addRevision, type FakePost, type Quirks, stamp } from "../fakes/wordpress-state.ts";
import type { Broken, Edit, Platform, Seen, Site } from "./site.ts";

const STATES: Readonly<Record<string, string>> = {
  draft: "draft",
  pending: "pending",
  private: "private",
  future: "scheduled",
  publish: "published",
};

export const wordpress: Platform = {
  name: "wordpress",
  states: Object.values(STATES),
  without: {
    "uploads that can be downloaded": "the fake keeps no bytes; test/real/media.test.ts does it",
    "uploads that are listed": "the fake knows uploads by id and slug only; test/real/media.test.ts does it",
  },
  start: async (timezone) => {
    const fake = await startFakeWordPress(timezone === undefined ? {} : { timezone });
    return siteOf(fake, await startFaultProxy(fake.url));
  },
};

function siteOf(fake: FakeWordPress, proxy: FaultProxy): Site {
  const { state } = fake;
  const live = () => [...state.posts.values()].filter((post) => post.status !== "trash");
  const find = (slug: string): FakePost => {
    const post = live().find((candidate) => candidate.slug === slug);
    if (post === undefined) throw new Error(`no entry ${slug}`);
    return post;
  };
  return {
    connection: {
      platform: "wordpress",
      url: `${proxy.url}/wp-json`,
      auth: "app-password",
      username: "admin",
      password: fake.users.admin,
    },
    entries: () =>
      live()
        .map(seen)
        .sort((a, b) => (a.slug < b.slug ? -1 : 1)),
    census: () => {
      const census = wordpressWorld(fake, leapingClock()).census();
      return {
        ...census,
        entries: census.entries.map((line) => line.replaceAll(state.url, "http://site.test")),
      };
    },
    uploads: () => state.media.length,
    writes: () => eachWrite(fake.requests).length,
    edit: (slug, edit) => editPost(fake, find(slug), edit),
    add: ({ title, slug, text, state: kept, date }) => {
      const status = Object.keys(STATES).find((name) => STATES[name] === kept) ?? kept;
      const content = `<!-- wp:paragraph -->\n<p>${text}</p>\n<!-- /wp:paragraph -->`;
      addPost(state, { title, slug, status, content, date: date.slice(0, 19), modified: date.slice(0, 19) });
    },
    erase: (slug) => void state.posts.delete(find(slug).id),
    onWrite: (n, work) => {
      let left = n;
      proxy.before = (passed) => {
        left -= eachWrite([passed]).length;
        if (left > 0) return;
        proxy.before = undefined;
        work();
      };
    },
    road: {
      ...proxy,
      get passed() {
        return proxy.passed;
      },
      get before() {
        return proxy.before;
      },
      set before(work) {
        proxy.before = work;
      },
      listings: (how) => breakListings(fake, how),
      deny: (on) => {
        fake.quirks.metaRefusedAfterPublish = on;
      },
      limit: (bytes) => {
        if (bytes === undefined) delete fake.quirks.bodyLimit;
        else fake.quirks.bodyLimit = bytes;
      },
    },
    stop: async () => {
      await proxy.stop();
      await fake.stop();
    },
  };
}

const MISHAPS: Readonly<Record<Broken, Quirks>> = {
  "a page missing": { pageMissing: true },
  "a total that is too short": { totalLies: -5 },
  HTML: { htmlInstead: true },
  "a visitor's answers": { stripsAuthorization: true },
};

function breakListings({ quirks }: FakeWordPress, how: Broken | undefined): void {
  for (const mishap of Object.values(MISHAPS)) {
    for (const name of Object.keys(mishap)) delete quirks[name as keyof Quirks];
  }
  if (how !== undefined) Object.assign(quirks, MISHAPS[how]);
}

function editPost({ state }: FakeWordPress, post: FakePost, { title, date, replace, unmarked }: Edit): void {
  const content = replace === undefined ? post.content : post.content.replace(...replace);
  if (replace !== undefined && content === post.content) throw new Error(`${post.slug} has no ${replace[0]}`);
  Object.assign(post, { title: title ?? post.title, date: date?.slice(0, 19) ?? post.date, content });
  if (unmarked === true) return;
  post.modified = stamp(Date.now());
  addRevision(state, post, 2);
}

function seen({ id, slug, title, content, status, date, featured_media: image }: FakePost): Seen {
  const state = STATES[status] ?? status;
  return {
    id: `${id}`,
    slug,
    title,
    body: content,
    state,
    // Each save of a draft gives it another.
    date: ["draft", "pending"].includes(status) ? null : `${date}Z`,
    image: image === 0 ? "" : `${image}`,
  };
}
