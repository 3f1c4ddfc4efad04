// One directory, many sites: what is typed once goes to a site of every platform.
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { startShopifySandbox } from "../../src/sandbox/shopify/server.ts";
import { runProgram } from "../cli/program.ts";
import { type Bench, bench, removeTempDirs } from "../commands/bench.ts";
import { startFakeWordPress } from "../fakes/wordpress.ts";
import { picture } from "../real/both-sides.ts";
import { WORLDS } from "./worlds.ts";

afterAll(removeTempDirs);

interface Site {
  readonly name: string;
  readonly connection: Readonly<Record<string, unknown>>;
  /** A line for each entry, with its title and its text. */
  readonly entries: () => readonly string[];
  readonly files: () => number;
  readonly close: () => Promise<void>;
}

async function wordpress(): Promise<Site> {
  const { url, users, state, stop } = await startFakeWordPress();
  return {
    name: "wordpress",
    connection: {
      platform: "wordpress",
      url,
      auth: "app-password",
      username: "admin",
      password: users.admin,
    },
    entries: () => [...state.posts.values()].map(({ type, title, content }) => `${type} ${title} ${content}`),
    files: () => state.media.length,
    close: stop,
  };
}

async function shopify(): Promise<Site> {
  const { url, token, store, close } = await startShopifySandbox();
  return {
    name: "shopify",
    connection: { platform: "shopify", url, auth: "token", token },
    entries: () =>
      [...store.articles.values(), ...store.pages.values()].map((one) => `${one.title} ${one.body}`),
    files: () => store.files.size,
    close,
  };
}

const others = WORLDS.map(({ manifest, start }) => async (): Promise<Site> => {
  const fake = await start();
  return {
    name: manifest.id,
    connection: fake.connection(),
    entries: () => fake.census().entries,
    files: () => fake.census().media.length,
    close: fake.close,
  };
});

let sites: readonly Site[];
let operator: Bench;
beforeEach(async () => {
  sites = await Promise.all([wordpress, shopify, ...others].map((start) => start()));
  operator = bench();
  operator.write(
    "posts/walk.md",
    "---\ntitle: Harbour walk\ntags: [sea]\nimage: quay.png\n---\n\nAlong the *quay*.\n\n![Quay](quay.png)\n",
  );
  operator.write("posts/tea.md", "---\ntitle: Green tea\ntags: [tea]\n---\n\nAfter [the walk](walk.md).\n");
  operator.write("posts/quay.png", picture(1));
});
afterEach(async () => {
  await Promise.all(sites.map(({ close }) => close()));
});

const TARGETS = ["wordpress", "shopify", "drupal", "joomla", "ghost", "webflow", "wix"];

/** The program, with a connection to each site; one of them to nowhere where it is named. */
function run(args: readonly string[], broken?: string) {
  const connections = sites.map(({ name, connection }) => {
    const place = name === broken ? { url: "http://127.0.0.1:9" } : {};
    return [`AINSTEIN_CONNECTION_${name.toUpperCase()}`, JSON.stringify({ ...connection, ...place })];
  });
  const env = { ...operator.env, ...Object.fromEntries(connections), AINSTEIN_HOME: operator.home };
  return runProgram(args, { cwd: operator.root, env });
}

/** What became of each target, from the table at the end: `[target, what, exit code]`. */
const tableIn = (out: string) =>
  out
    .split("\n")
    .map((line) => line.split("\t"))
    .filter((cells) => cells.length === 4)
    .map(([target = "", , done = "", exit = ""]) => [target, done, exit]);

/** The words of the two posts that a site holds, and how many files. */
const held = ({ entries, files }: Site) => ({
  posts: ["Harbour walk", "Green tea"].filter((title) => entries().some((line) => line.includes(title))),
  texts: ["quay", "the walk"].filter((text) => entries().some((line) => line.includes(text))),
  entries: entries().length,
  files: files(),
});
const heldBy = (all: readonly Site[]) => Object.fromEntries(all.map((site) => [site.name, held(site)]));
const NOTHING = { posts: [], texts: [], entries: 0, files: 0 };
const POSTS = { posts: ["Harbour walk", "Green tea"], texts: ["quay", "the walk"], entries: 2, files: 1 };

/** Where a site has no kind of that name. */
const CALLED_OTHERWISE = `targets:
  wordpress: {}
  shopify: { kinds: { post: article } }
  drupal: { kinds: { post: article } }
  joomla: { kinds: { post: article, page: article } }
  ghost: {}
  webflow: { kinds: { post: posts, page: pages } }
  wix: { kinds: { page: post } }
content:
  - { dir: posts, kind: post }
  - { dir: pages, kind: page }
`;

const rowsFor = (names: readonly string[], what: (name: string) => string) =>
  names.map((name) => [name, what(name), "0"]);

it("one command publishes a directory to a site of every platform, and a table tells what became of each", async () => {
  const named = TARGETS.flatMap((name) => ["--target", name]);
  const [near, away] = [TARGETS.filter((name) => name !== "ghost"), "ghost"];
  const first = await run(["publish", ".", ...named, "--yes"], away);
  const table = tableIn(first.out);
  expect(table.filter(([name]) => name !== away)).toEqual(rowsFor(near, () => "2 created, 0 unchanged"));
  expect(table.filter(([name]) => name === away)).toEqual([
    [away, expect.stringContaining("127.0.0.1:9"), "6"],
  ]);
  expect(first.out).toMatch(/\ntogether: 12 created · 0 unchanged · .*\n$/);
  expect(first.code).toBe(6);
  expect(heldBy(sites)).toEqual(
    Object.fromEntries(TARGETS.map((name) => [name, name === away ? NOTHING : POSTS])),
  );

  operator.write("pages/about.md", "---\ntitle: About\n---\n\nAbout us.\n");
  operator.write("ainstein.yaml", CALLED_OTHERWISE);
  const second = await run(["publish", ".", "--target", "all", "--yes"]);
  expect(tableIn(second.out)).toEqual(
    rowsFor(TARGETS, (name) => (name === away ? "3 created, 0 unchanged" : "1 created, 2 unchanged")),
  );
  expect(second.code).toBe(0);
  expect(heldBy(sites)).toEqual(Object.fromEntries(TARGETS.map((name) => [name, { ...POSTS, entries: 3 }])));
}, 120_000);
