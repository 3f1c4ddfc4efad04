// A machine and a site of twenty documents, as often as wanted at the same moment of their history.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "../../src/commands/context.ts";
import { sync } from "../../src/commands/sync.ts";
import type { Bench } from "../commands/bench.ts";
import { editOnSite, onSite } from "../commands/site-edit.ts";
import type { FakeWordPress } from "../fakes/wordpress.ts";
import { addPost, addRevision, type FakePost } from "../fakes/wordpress-state.ts";
import { over } from "../real/disturbed.ts";
import { type leapingClock, mortalHttp } from "./mortal.ts";

/** A site that can be looked at, edited and put back without the program. */
export interface World {
  readonly target: string;
  readonly sync: Command;
  edit(slug: string, edit: (now: Said) => Partial<Said>): void;
  /** A person writes a new entry in the CMS. */
  add(slug: string, title: string): void;
  trash(slug: string): void;
  /** Everything that documents decide, without numbers and times; each entry begins with its slug. */
  census(): Census;
  /** What the body of an entry is, as the site keeps it. */
  says(slug: string): Said | undefined;
  /** Requests so far; undefined where the site answers none. */
  requests(): { readonly reads: number; readonly writes: number } | undefined;
  /** The site as it is now, to be put back as often as wanted. */
  save(): () => void;
}

export interface Said {
  readonly title: string;
  readonly body: string;
}

export interface Census {
  readonly entries: readonly string[];
  readonly trash: readonly string[];
  readonly terms: readonly string[];
  readonly media: readonly string[];
}

/** In memory where the system has such a place: the disk's own waiting proves nothing here. */
export function fastDir(): string {
  const place = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  return mkdtempSync(join(place, "ainstein-life-"));
}

/** A directory as it is now, to be put back as often as wanted. */
export function saveDir(dir: string): () => void {
  const copy = `${dir}.${readdirSync(join(dir, "..")).length}.saved`;
  cpSync(dir, copy, { recursive: true });
  return () => {
    rmSync(dir, { recursive: true, force: true });
    cpSync(copy, dir, { recursive: true });
  };
}

/** Every file of a directory with its text, what git and killed writers keep left out. */
export function textsIn(dir: string): Readonly<Record<string, string>> {
  if (!existsSync(dir)) return {};
  const paths = readdirSync(dir, { recursive: true, encoding: "utf8" }).sort();
  const plain = paths.filter((path) => !/(^|\/)\./.test(path) && statSync(join(dir, path)).isFile());
  return Object.fromEntries(plain.map((path) => [path, readFileSync(join(dir, path), "latin1")]));
}

export function wordpressWorld(fake: FakeWordPress, clock: ReturnType<typeof leapingClock>): World {
  const { state } = fake;
  const find = (slug: string) => [...state.posts.values()].find((post) => post.slug === slug);
  const named = (slug: string): FakePost => {
    const post = find(slug);
    if (post === undefined) throw new Error(`no entry ${slug}`);
    return post;
  };
  return {
    target: "wp",
    sync: over({ api: fake.api, password: fake.users.admin, between: mortalHttp, clock }, "sync"),
    edit: (slug, edit) => {
      const post = named(slug);
      const { title, body } = { title: post.title, body: post.content, ...edit(saidBy(post)) };
      Object.assign(post, { title, content: body, modified: "2026-06-01T10:00:00" });
      addRevision(state, post, 2);
    },
    add: (slug, title) => {
      const content = `<!-- wp:paragraph -->\n<p>${title} by hand.</p>\n<!-- /wp:paragraph -->`;
      addPost(state, { slug, title, content, date: "2026-06-01T10:00:00", modified: "2026-06-01T10:00:00" });
    },
    trash: (slug) => {
      const post = named(slug);
      Object.assign(post, { status: "trash", desired: post.slug, slug: `${post.slug}__trashed` });
    },
    census: () => wordpressCensus(fake),
    says: (slug) => {
      const post = find(slug);
      return post === undefined ? undefined : saidBy(post);
    },
    requests: () => {
      const writes = fake.requests.filter(({ write }) => write).length;
      return { writes, reads: fake.requests.length - writes };
    },
    save: () => {
      const { nextId, posts, terms, media } = structuredClone(state);
      return () => {
        const again = structuredClone({ posts, terms, media });
        state.nextId = nextId;
        state.posts.clear();
        for (const [id, post] of again.posts) state.posts.set(id, post);
        state.terms.splice(0, state.terms.length, ...again.terms);
        state.media.splice(0, state.media.length, ...again.media);
      };
    },
  };
}

const saidBy = ({ title, content }: FakePost): Said => ({ title, body: content });

function wordpressCensus({ state }: FakeWordPress): Census {
  const posts = [...state.posts.values()];
  const term = (id: number) => state.terms.find((known) => known.id === id)?.name ?? `no term ${id}`;
  const image = (id: number) => state.media.find((known) => known.id === id)?.slug ?? `no image ${id}`;
  const entry = (post: FakePost) => {
    const content = post.content.replace(/wp-image-\d+/g, "wp-image").replace(/"id":\d+/g, '"id"');
    const { slug, type, status, title, excerpt, meta } = post;
    const parent = post.parent === 0 ? "" : state.posts.get(post.parent)?.slug;
    const terms = [...post.categories, ...post.tags].map(term).sort();
    const featured = post.featured_media === 0 ? "" : image(post.featured_media);
    return [slug, type, status, title, content, excerpt, JSON.stringify(meta), terms, parent, featured];
  };
  const kept = posts.filter(({ status }) => status !== "trash");
  return {
    entries: kept.map((post) => entry(post).join(" | ")).sort(),
    trash: posts
      .filter(({ status }) => status === "trash")
      .map(({ desired }) => desired)
      .sort(),
    terms: state.terms.map(({ taxonomy, name }) => `${taxonomy} ${name}`).sort(),
    media: state.media.map(({ slug }) => slug).sort(),
  };
}

export function localWorld(site: string): World {
  const json = (folder: string) =>
    Object.entries(textsIn(join(site, folder)))
      .filter(([path]) => path.endsWith(".json"))
      .map(([, text]) => JSON.parse(text) as { fields: Record<string, unknown> & { slug: string } });
  const named = (slug: string) => {
    const entry = readdirSync(join(site, "entries"))
      .map((name) => join(site, "entries", name))
      .find((path) => readFileSync(path, "utf8").includes(`"slug": "${slug}"`));
    if (entry === undefined) throw new Error(`no entry ${slug}`);
    return entry;
  };
  return {
    target: "site",
    sync,
    edit: (slug, edit) => editOnSite(site, slug, (fields) => edit(fields)),
    add: (slug, title) => {
      const path = join(site, "entries", `${slug}.json`);
      const record = JSON.parse(readFileSync(named("kept-1"), "utf8")) as { fields: object };
      const fields = { ...record.fields, slug, title, body: `<p>${title} by hand.</p>\n` };
      writeFileSync(path, JSON.stringify({ ...record, id: slug, key: null, fields }, null, 2));
    },
    trash: (slug) => {
      mkdirSync(join(site, "trash"), { recursive: true });
      const path = named(slug);
      renameSync(path, path.replace("/entries/", "/trash/"));
    },
    census: () => ({
      entries: json("entries")
        .map(({ fields }) => `${fields.slug} | ${JSON.stringify({ ...fields, date: null })}`)
        .sort(),
      trash: json("trash")
        .map(({ fields }) => fields.slug)
        .sort(),
      terms: Object.entries(textsIn(join(site, "terms")))
        .flatMap(([file, text]) =>
          (JSON.parse(text) as { name: string }[]).map(({ name }) => `${file.replace(".json", "")} ${name}`),
        )
        .sort(),
      media: Object.keys(textsIn(join(site, "public", "media"))),
    }),
    says: (slug) => {
      const entry = json("entries").find(({ fields }) => fields.slug === slug);
      return entry === undefined ? undefined : onSite(site, slug).fields;
    },
    requests: () => undefined,
    save: () => saveDir(site),
  };
}

export const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const paragraphs = (slug: string) => Array.from({ length: 6 }, (_, n) => `Paragraph *${n + 1}* of ${slug}.`);
const post = (slug: string, more = "") =>
  `---\n# ours\ntitle: ${slug}   # as it is\nstatus: published\ntags: [bread, ${slug.split("-")[0]}]\n${more}---\n\n${paragraphs(slug).join("\n\n")}\n`;

export const MERGED = ["merged-1", "merged-2", "merged-3"] as const;
export const PULLED = ["pulled-1", "pulled-2"] as const;
/** Their files are removed. */
export const GONE = ["gone-1", "gone-2"] as const;
/** Their entries are. */
export const TRASHED = ["trashed-1"] as const;
const SENT = ["sent-1", "sent-2", "back-1"];
const OLD = [...SENT, ...MERGED, ...PULLED, "agreed-1", ...GONE, ...TRASHED, "kept-1", "kept-2"];

/** What both sides agree on, published and committed. */
export async function writeAgreed(operator: Bench, world: World, run: () => Promise<void>): Promise<void> {
  operator.write(
    "ainstein.yaml",
    "content:\n  - { dir: posts, kind: post }\n  - { dir: pages, kind: page }\n",
  );
  for (const slug of OLD) operator.write(`posts/${slug}.md`, post(slug));
  operator.write("posts/live-1.md", post("live-1").replace("published", "draft"));
  operator.write("pages/about.md", "---\ntitle: About\nstatus: published\n---\n\nAbout us.\n");
  operator.write("images/p0.png", PIXEL);
  operator.git("init", "-q");
  // Or a lockfile that is lost would come back from the last commit.
  operator.write(".git/info/exclude", "ainstein.lock\n");
  const commit = (what: string) => {
    operator.git("add", "-A");
    operator.git("commit", "-q", "--allow-empty", "-m", what);
  };
  commit("files");
  await run();
  commit("published");
  change(operator, "posts/back-1.md", "title: back-1", "title: another for now");
  await run();
  commit("another title");
  expectSaid(world.says("back-1")?.title, "another for now");
}

function expectSaid(found: string | undefined, wanted: string): void {
  if (found !== wanted) throw new Error(`the site says ${found}, not ${wanted}`);
}

function change(operator: Bench, path: string, from: string, to: string): void {
  const before = operator.read(path);
  if (!before.includes(from)) throw new Error(`${path} has no ${from}`);
  operator.write(path, before.replace(from, to));
}

/** Then both sides are edited: something to create, update, merge, pull, publish, delete, rename and adopt. */
export function editBoth(operator: Bench, world: World): void {
  const inFile = (slug: string, from: string, to: string) => change(operator, `posts/${slug}.md`, from, to);
  const inBody = (slug: string, from: string, to: string) =>
    world.edit(slug, ({ body }) => ({ body: body.replace(from, to) }));
  for (const n of [1, 2, 3]) {
    const picture = n < 3 ? `\n![P](../images/p${n}.png)\n` : "";
    operator.write(`posts/new-${n}.md`, `${post(`new-${n}`)}${picture}`);
    operator.write(`images/p${n}.png`, Buffer.concat([PIXEL, Buffer.from([n])]));
  }
  operator.write("pages/team.md", "---\ntitle: Team\nparent: about\nstatus: published\n---\n\nThe team.\n");
  inFile("sent-1", "Paragraph *2*", "Sent *2*");
  inFile("sent-2", "[bread, sent]", "[bread, fresh]");
  // Back to what it was once, with something new beside it: not an editor's stale screen.
  inFile("back-1", "another for now", "back-1");
  inFile("back-1", "Paragraph *5*", "Sent *5*");
  inBody("merged-1", "2</em> of", "two</em> of");
  inFile("merged-1", "Paragraph *5*", "Mine *5*");
  world.edit("merged-2", () => ({ title: "merged-2 there" }));
  inFile("merged-2", "[bread, merged]", "[bread, merged, mine]");
  inBody("merged-3", "3</em> of", "three</em> of");
  inFile("merged-3", "Paragraph *6*", "![P](../images/p0.png)\n\nMine *6*");
  inBody("pulled-1", "4</em> of", "four</em> of");
  world.edit("pulled-2", () => ({ title: "pulled-2 there" }));
  world.add("found-1", "Found");
  inFile("live-1", "draft", "published");
  world.edit("agreed-1", () => ({ title: "agreed" }));
  inFile("agreed-1", "title: agreed-1", "title: agreed");
  for (const slug of GONE) rmSync(join(operator.root, `posts/${slug}.md`));
  for (const slug of TRASHED) world.trash(slug);
  mkdirSync(join(operator.root, "posts/old"));
  renameSync(join(operator.root, "posts/kept-2.md"), join(operator.root, "posts/old/kept-2.md"));
}
