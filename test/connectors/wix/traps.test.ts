// What Wix does otherwise than one would think, and what an operator sees of it.
import { afterEach, describe, expect, test } from "vitest";
import type { Connector, Entry } from "../../../src/connectors/contract.ts";
import { codec } from "../../../src/connectors/wix/codec.ts";
import { markerIn } from "../../../src/connectors/wix/seo.ts";
import type { Upload } from "../../../src/http/upload.ts";
import { asFault } from "../../../src/lib/fault.ts";
import type { Behaviours } from "../../../src/sandbox/wix/behaviours.ts";
import { createPost } from "../../../src/sandbox/wix/posts.ts";
import { OWNER } from "../../../src/sandbox/wix/state.ts";
import { draftOf, openWix, post, put, refsOf, startSite, type WixWorld } from "./site.ts";

let worlds: WixWorld[] = [];
afterEach(async () => {
  const open = worlds;
  worlds = [];
  for (const { sandbox } of open) await sandbox.close();
});

async function start(
  behaviours: Partial<Behaviours> = {},
  settings: Readonly<Record<string, string>> = {},
): Promise<WixWorld> {
  const world = await startSite(behaviours, settings);
  worlds.push(world);
  return world;
}

const faultOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (thrown: unknown) => asFault(thrown),
  );

const expected = ({ revision, wire }: Entry) => ({ revision, wire });

const changing = async (connector: Connector, entry: Entry, wire: Entry["wire"]) =>
  connector.update(
    entry.id,
    { ...(await draftOf(connector, post("x"), "x")), slug: entry.slug, wire },
    expected(entry),
  );

const paths = ({ sandbox }: WixWorld, method: string) =>
  sandbox.requests.filter((one) => one.method === method).map(({ url }) => url.replace(/\?.*$/, ""));

describe("how fast Wix may be asked", () => {
  test("a burst that is answered by an empty 403 is waited out", async () => {
    const { sandbox, connector } = await start();
    sandbox.behaviours.throttles = 3;
    expect((await put(connector, post("Bread"), "bread")).slug).toBe("bread");
    expect(sandbox.behaviours.throttles).toBe(0);
  });

  test("a key without the right is told as that, with what to give it", async () => {
    const world = await start();
    const other = openWix(world.sandbox, world.clock, { site: "a15e11f0-0000-4000-8000-0000000000ff" });
    const fault = await faultOf(other.whoami());
    expect(fault).toMatchObject({ kind: "forbidden", code: "wix.forbidden" });
    expect(fault?.hint).toContain("Wix Blog");
  });

  test("a key that does not exist is told as that", async () => {
    const { sandbox, clock } = await start();
    const other = openWix(sandbox, clock, {}, "IST.another-key");
    expect(await faultOf(other.whoami())).toMatchObject({ kind: "auth", code: "wix.unknown-key" });
  });
});

describe("many in one request", () => {
  async function drafts(connector: Connector, count: number) {
    const numbers = Array.from({ length: count }, (_, n) => n);
    return Promise.all(numbers.map((n) => draftOf(connector, post(`Post ${n}`), `post-${n}`)));
  }

  test("forty posts are created by two requests", async () => {
    const world = await start();
    const all = await drafts(world.connector, 40);
    const intents = await Promise.all(all.map((draft) => world.connector.prepare(draft)));
    const entries = await Promise.all(
      all.map((draft, n) => world.connector.create(draft, intents[n] ?? null)),
    );
    expect(entries.map(({ slug }) => slug)).toEqual(all.map(({ slug }) => slug));
    expect(paths(world, "POST").filter((path) => path.endsWith("/create"))).toHaveLength(2);
  });

  test("what is refused of one does not touch the others", async () => {
    const { sandbox, connector } = await start();
    const all = await drafts(connector, 3);
    const intents = await Promise.all(all.map((draft) => connector.prepare(draft)));
    sandbox.behaviours.refusesItems = 1;
    const outcomes = await Promise.allSettled(
      all.map((draft, n) => connector.create(draft, intents[n] ?? null)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(outcomes[0]).toMatchObject({ reason: { kind: "invalid", scope: "item" } });
    expect(sandbox.store.posts.size).toBe(2);
  });
});

describe("a create whose answer is lost", () => {
  async function lost(behaviours: Partial<Behaviours> = {}) {
    const world = await start(behaviours);
    const { sandbox, connector } = world;
    createPost(sandbox.store, { title: "Bread" }, false);
    const draft = await draftOf(connector, post("Bread"), "my-bread");
    const intent = await connector.prepare(draft);
    sandbox.behaviours.dropsAnswerAfterWrite = 1;
    expect(await faultOf(connector.create(draft, intent))).toMatchObject({ kind: "ambiguous" });
    return { ...world, draft, intent };
  }

  test("is found by its mark, beside another post of the same title", async () => {
    const { connector, draft, intent } = await lost();
    expect(await connector.find(draft, intent)).toMatchObject({ slug: "my-bread", title: "Bread" });
  });

  test("is found without a mark, where Wix dropped it", async () => {
    const { connector, draft, intent } = await lost({ keepsCustomSeo: false });
    expect(await connector.find(draft, intent)).toMatchObject({ slug: "my-bread" });
  });

  test("is found although queries see it half a minute later", async () => {
    const { connector, draft, intent } = await lost({ queryLagMs: 30_000 });
    expect(await connector.find(draft, intent)).toMatchObject({ slug: "my-bread" });
  });

  test("is not taken for somebody's post of the same title that was made meanwhile", async () => {
    const { sandbox, connector } = await start();
    const draft = await draftOf(connector, post("Bread"), "my-bread");
    const intent = await connector.prepare(draft);
    createPost(sandbox.store, { title: "Bread" }, false);
    expect(await connector.find(draft, intent)).toBeUndefined();
  });

  test("is found among fifty others of the same title", async () => {
    const { connector } = await start();
    const drafts = await Promise.all(
      Array.from({ length: 51 }, (_, n) => draftOf(connector, post("Bread"), `bread-${n}`)),
    );
    const intents = await Promise.all(drafts.map((draft) => connector.prepare(draft)));
    const made = await Promise.all(drafts.map((draft, n) => connector.create(draft, intents[n] ?? null)));
    for (const n of [0, 50]) {
      const [draft, intent = null] = [drafts[n], intents[n]];
      const found = draft === undefined ? undefined : await connector.find(draft, intent);
      expect(found?.id).toBe(made[n]?.id);
    }
  });

  test("two posts of one create are told", async () => {
    const { sandbox, connector } = await start();
    const entry = await put(connector, post("Bread"), "bread");
    const draft = sandbox.store.posts.get(entry.id)?.draft ?? {};
    const other = createPost(sandbox.store, { ...draft, seoSlug: "bread-again" }, false);
    expect(await connector.twins?.([entry])).toEqual(new Map([[entry.id, [other.id]]]));
  });
});

describe("slugs", () => {
  test("one that Wix keeps for itself comes back as Wix has it", async () => {
    const { connector } = await start();
    expect((await put(connector, post("Search"), "search")).slug).toBe("search-1");
  });

  test("one that a draft has is taken, although drafts cannot be asked for by slug", async () => {
    const { sandbox, connector } = await start();
    const { id } = createPost(sandbox.store, { title: "Bread" }, false);
    const fault = await faultOf(put(connector, post("Bread"), "bread"));
    expect(fault).toMatchObject({ kind: "conflict", code: "slug-taken" });
    expect(fault?.message).toContain(id);
  });

  test("that are free are known of a hundred posts by one listing and no look at each", async () => {
    const world = await start();
    const { connector } = world;
    const one = await draftOf(connector, post("Bread"), "bread");
    const looks = () => paths(world, "POST").filter((path) => path.endsWith("/draft-posts/query")).length;
    const before = looks();
    for (let n = 0; n < 5; n += 1) {
      const all = Array.from({ length: 20 }, (_, at) => ({
        ...one,
        ...{ key: `key-${n}-${at}`, slug: `bread-${n}-${at}` },
      }));
      const intents = await Promise.all(all.map((draft) => connector.prepare(draft)));
      await Promise.all(all.map((draft, at) => connector.create(draft, intents[at] ?? null)));
    }
    expect(world.sandbox.store.posts.size).toBe(100);
    expect(looks() - before).toBe(1);
  });

  test("one that somebody took a while ago is seen", async () => {
    const { sandbox, connector, clock } = await start();
    await put(connector, post("First"), "first");
    createPost(sandbox.store, { title: "Bread" }, false);
    await clock.sleep(11_000);
    expect(await faultOf(put(connector, post("Bread"), "bread"))).toMatchObject({ code: "slug-taken" });
    expect(sandbox.store.posts.size).toBe(2);
  });

  test("a post that lost its slug at the last moment is taken back", async () => {
    const { sandbox, connector } = await start();
    const draft = await draftOf(connector, post("Mine"), "bread");
    const intent = await connector.prepare(draft);
    createPost(sandbox.store, { title: "Bread" }, false);
    const fault = await faultOf(connector.create(draft, intent));
    expect(fault).toMatchObject({ code: "slug-taken" });
    expect(fault?.message).toContain("was taken back");
    expect([...sandbox.store.posts.values()].filter(({ trashed }) => !trashed)).toHaveLength(1);
  });

  test("one that is too long as an address is refused before anything is sent", async () => {
    const world = await start();
    const fault = await faultOf(draftOf(world.connector, post("x", { slug: "заголовок".repeat(3) }), "x"));
    expect(fault).toMatchObject({ kind: "invalid", code: "invalid-slug" });
  });
});

describe("the live copy", () => {
  test.each([true, false])(
    "an update of a published post is live (by the update itself: %s)",
    async (own) => {
      const { sandbox, connector } = await start({ updatePublishes: own });
      const entry = await put(connector, post("Bread", { status: "published" }), "bread");
      const after = await changing(connector, entry, { title: "Better bread" });
      expect(after).toMatchObject({ title: "Better bread", state: "published", pendingChanges: false });
      expect(sandbox.store.posts.get(entry.id)?.live).toMatchObject({ title: "Better bread" });
    },
  );

  test("a draft stays one, and a post that becomes one is off line", async () => {
    const { sandbox, connector } = await start();
    const entry = await put(connector, post("Bread", { status: "published" }), "bread");
    const after = await changing(connector, entry, { status: "draft" });
    expect(after.state).toBe("draft");
    expect(sandbox.store.posts.get(entry.id)?.live).toBeUndefined();
  });

  test("a working copy that somebody did not publish yet is told", async () => {
    const { sandbox, connector } = await start();
    const { id } = await put(connector, post("Bread", { status: "published" }), "bread");
    const stored = sandbox.store.posts.get(id);
    if (stored !== undefined) stored.draft = { ...stored.draft, title: "Half done" };
    const [result] = await connector.read([{ id, kind: "post", locale: "" }]);
    expect(result?.entry).toMatchObject({ title: "Half done", pendingChanges: true });
  });

  test("a post that is to appear later is scheduled", async () => {
    const { connector } = await start();
    const later = { status: "scheduled", date: "2099-01-01T10:00:00" };
    const entry = await put(connector, post("Later", later), "later");
    expect(entry).toMatchObject({ state: "scheduled", wire: { date: "2099-01-01T09:00:00.000Z" } });
  });
});

describe("what belongs to a post", () => {
  test("SEO tags of others and the mark stay where a description is changed", async () => {
    const { sandbox, connector } = await start();
    const entry = await put(connector, post("Bread", { "seo.title": "Loaf" }), "bread");
    const stored = sandbox.store.posts.get(entry.id);
    const before = stored?.draft.seoData as { tags: unknown[] };
    before.tags.push({ type: "meta", props: { name: "robots", content: "noindex" } });
    await changing(connector, entry, { "seo.description": "About bread" });
    const seo = sandbox.store.posts.get(entry.id)?.draft.seoData as Parameters<typeof markerIn>[0];
    expect(markerIn(seo)).not.toBe("");
    expect(JSON.stringify(seo)).toContain("noindex");
    expect(JSON.stringify(seo)).toContain("About bread");
    expect(JSON.stringify(seo)).toContain("Loaf");
  });

  test("a cover stands in both of its fields, and goes out of both", async () => {
    const { sandbox, connector } = await start();
    const entry = await put(connector, post("Bread", { image: { src: "./loaf.png", alt: "Loaf" } }), "bread");
    const draft = () => sandbox.store.posts.get(entry.id)?.draft;
    const { id } = entry.wire.image as { id: string };
    expect(draft()).toMatchObject({
      heroImage: { id },
      media: { displayed: true, custom: true, altText: "Loaf", wixMedia: { image: { id } } },
    });
    await changing(connector, entry, { image: null });
    expect(draft()?.heroImage).toBeUndefined();
    expect(draft()?.media).toEqual({ displayed: false, custom: false });
  });

  test("an image is waited for until Wix has worked it up", async () => {
    const { sandbox, connector, clock } = await start({ processingMs: 6000 });
    await refsOf(connector, post("Bread", { image: "./loaf.png" }));
    const [file] = sandbox.store.files.values();
    expect(clock.now()).toBeGreaterThanOrEqual(file?.readyAt ?? Number.POSITIVE_INFINITY);
  });

  test("an image that was worked up has its size, which bodies must name", async () => {
    const { connector } = await start();
    const refs = await refsOf(connector, post("Bread", { image: "./loaf.png" }));
    expect(refs.media).toMatchObject([{ width: 1, height: 1 }]);
  });

  test.each([
    ["the answer of Wix's store tells", "whole", 1],
    ["a search, where the answer does not tell", "none", 2],
  ])("which file became of an upload, %s", async (_, told, searches) => {
    const world = await start();
    const { sandbox } = world;
    const sent: string[] = [];
    const upload: Upload = async (address, { bytes, method }) => {
      sent.push(`${method} ${new URL(address).origin}`);
      const answer = await fetch(`${sandbox.url}${new URL(address).pathname}`, {
        method: "PUT",
        body: new Uint8Array(bytes),
      });
      const text = await answer.text();
      return told === "whole" ? text : "";
    };
    sandbox.reachedAt("https://store.example");
    const connector = openWix(sandbox, world.clock, {}, sandbox.key, upload);
    const refs = await refsOf(connector, post("Bread", { image: "./loaf.png" }));
    expect(refs.media.map(({ id }) => id)).toEqual([...sandbox.store.files.keys()]);
    expect(sent).toEqual(["PUT https://store.example"]);
    expect(paths(world, "POST").filter((path) => path.endsWith("/search"))).toHaveLength(searches);
  });

  test("an image that Wix cannot work up is told with its file", async () => {
    const { connector } = await start({ processingFails: true });
    const fault = await faultOf(refsOf(connector, post("Bread", { image: "./loaf.png" })));
    expect(fault).toMatchObject({ kind: "invalid", code: "wix.upload-failed" });
    expect(fault?.message).toContain("loaf.png");
  });

  test("an app has to name an author, and the setting names one for all", async () => {
    const world = await start({ needsAuthor: true });
    const fault = await faultOf(put(world.connector, post("Bread"), "bread"));
    expect(fault).toMatchObject({ code: "wix.no-author" });
    const named = openWix(world.sandbox, world.clock, { author: "Ada Sandbox" });
    expect((await put(named, post("Bread"), "bread")).wire.author).toBe(OWNER.id);
  });
});

test("a connection that does not say which site is meant says what to type", async () => {
  const { sandbox, clock } = await start();
  const fault = await faultOf((async () => openWix(sandbox, clock, { site: "" }).whoami())());
  expect(fault).toMatchObject({ kind: "usage", code: "wix.no-site" });
  expect(fault?.hint).toContain("manage.wix.com");
});

test("a key that is given an app's instance in place of a site says what to type", async () => {
  const { sandbox, clock } = await start();
  const wrong = openWix(sandbox, clock, { site: "", instance: sandbox.app.instance });
  const fault = await faultOf(wrong.whoami());
  expect(fault).toMatchObject({ kind: "usage", code: "wix.no-site" });
  expect(fault?.hint).toContain("--set site=ID");
});

test.each([
  ["a title of 201 characters", { title: "x".repeat(201) }, "201 characters"],
  ["an excerpt of 501", { excerpt: "x".repeat(501) }, "501 characters"],
  ["31 tags", { tags: Array.from({ length: 31 }, (_, n) => `tag ${n}`) }, "31 names"],
  ["11 categories", { categories: Array.from({ length: 11 }, (_, n) => `news ${n}`) }, "11 names"],
])("%s: refused in the plan, with what Wix takes", async (_, fields, words) => {
  const { connector } = await start();
  const refs = await refsOf(connector, post("Bread"));
  const fault = asFault(catching(() => codec.encode(post("Bread", fields), refs, undefined)));
  expect(fault).toMatchObject({ kind: "invalid" });
  expect(fault.message).toContain(words);
});

test("a name that the site has no id for is never sent, since Wix would drop it in silence", async () => {
  const { sandbox, connector } = await start();
  const draft = await draftOf(connector, post("Bread"), "bread");
  const wire = { ...draft.wire, categories: ["#new News"] };
  const intent = await connector.prepare(draft);
  const fault = await faultOf(connector.create({ ...draft, wire }, intent));
  expect(fault).toMatchObject({ code: "wix.unknown-categories", unsent: true });
  expect(sandbox.store.posts.size).toBe(0);
});

test("a file whose upload was not answered is found although search sees it ten seconds later", async () => {
  const { sandbox, connector } = await start({ searchLagMs: 10_000 });
  sandbox.behaviours.dropsAnswerAfterWrite = 1;
  const refs = await refsOf(connector, post("Bread", { image: "./loaf.png" }));
  expect(sandbox.store.files.size).toBe(1);
  expect(refs.media.map(({ id }) => id)).toEqual([...sandbox.store.files.keys()]);
});

function catching(work: () => unknown): unknown {
  try {
    return work();
  } catch (thrown) {
    return thrown;
  }
}
