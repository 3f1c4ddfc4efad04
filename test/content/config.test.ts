import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findRoot, loadConfig, parseConfig } from "../../src/content/config.ts";
import { configJsonSchema } from "../../src/content/config-schema.ts";
import { type Fault, isFault } from "../../src/lib/fault.ts";

const config = (text: string) => parseConfig(Buffer.from(text, "utf8"));

function faultOf(text: string): Fault {
  try {
    config(text);
  } catch (thrown) {
    if (isFault(thrown, "usage")) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "config-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test("everything that can be said, with defaults filled in", () => {
  const full = config(`targets:
  wp-client: { settings: { body: html }, kinds: { article: post } }
  staging:
content:
  - { dir: ./posts/, kind: post, path: "{date}-{slug}.md", where: { type: [post, note] } }
  - { dir: ., kind: page }
fields:
  summary: excerpt
  layout: false
  keywords: { to: tags, type: list }
terms:
  tags: create
  categories: { unknown: refuse, aliases: { JS: JavaScript } }
media: { dirs: [assets], maxBytes: 2MB, maxWidth: 1600, onTooLarge: shrink, pull: download }
onConflict: { body: merge, tags: union, title: ours }
protect: { paths: [legal/**], fields: [author] }
ignore: [drafts/]
timezone: Europe/Berlin
unknownFields: refuse
`);
  expect(full).toEqual({
    present: true,
    targets: [
      { name: "wp-client", settings: { body: "html" }, kinds: { article: "post" } },
      { name: "staging", settings: {}, kinds: {} },
    ],
    content: [
      { dir: "posts", kind: "post", path: "{date}-{slug}.md", where: { type: ["post", "note"] } },
      { dir: "", kind: "page", path: "{slug}.md", where: {} },
    ],
    fields: { summary: { to: "excerpt" }, layout: { to: undefined }, keywords: { to: "tags", type: "list" } },
    terms: {
      tags: { unknown: "create", aliases: {} },
      categories: { unknown: "refuse", aliases: { JS: "JavaScript" } },
    },
    media: {
      dirs: ["assets"],
      maxBytes: 2 * 1024 * 1024,
      maxWidth: 1600,
      onTooLarge: "shrink",
      pull: "download",
    },
    onConflict: { body: "merge", tags: "union", title: "ours" },
    protect: { kinds: [], paths: ["legal/**"], fields: ["author"] },
    readOnly: false,
    ignore: ["drafts/"],
    timezone: "Europe/Berlin",
    unknownFields: "refuse",
  });
  expect(config("").targets).toBeUndefined();
  expect(config("targets: [a, b]\n").targets?.map((target) => target.name)).toEqual(["a", "b"]);
});

describe("what is wrong is named with its line", () => {
  test.each<[string, number, number | undefined, RegExp, RegExp | undefined]>([
    ["targets: [wp]\nunknownField: warn\n", 2, 1, /`unknownField` is not known/, /unknownFields/],
    ["content:\n  - dir: posts\n    knid: post\n    kind: post\n", 3, 5, /knid/, /kind/],
    ["content:\n  - dir: posts\n", 2, undefined, /content\.0\.kind/, undefined],
    ["content:\n  - dir: ../x\n    kind: post\n", 2, 10, /cannot leave/, undefined],
    ["content:\n  - dir: /etc\n    kind: post\n", 2, 10, /relative/, undefined],
    ['content:\n  - dir: a\n    kind: p\n    path: "{titel}.md"\n', 4, 11, /\{titel\}/, undefined],
    ['content:\n  - dir: a\n    kind: p\n    path: "x.md"\n', 4, 11, /needs \{slug\}/, undefined],
    ["onConflict:\n  title: newest\n", 2, 10, /merge, union, ours, theirs/, undefined],
    ["unknownFields: ignore\n", 1, 16, /refuse, warn, local/, undefined],
    ["timezone: Mars/Olympus\n", 1, 11, /IANA/, undefined],
    ["targets: [Wp_Client]\n", 1, undefined, /lower-case/, undefined],
    ["targets:\n  wp:\n    setings: {}\n", 3, 5, /setings/, /settings/],
    ["fields:\n  x: { to: y, type: nummer }\n", 2, 21, /text, number/, undefined],
    ["a: b: c\n", 1, 4, /mapping/i, undefined],
    ["targets: [a]\ntargets: [b]\n", 2, 1, /twice/, undefined],
    ["- a\n", 1, 1, /key: value/, undefined],
  ])("%j", (text, line, column, message, hint) => {
    const fault = faultOf(text);
    expect(fault.message).toMatch(message);
    expect(fault.place).toMatchObject({ file: "ainstein.yaml", line });
    if (column !== undefined) expect(fault.place?.column).toBe(column);
    if (hint !== undefined) expect(fault.hint).toMatch(hint);
  });

  test.each([
    "url: https://example.org\n",
    "targets:\n  wp:\n    password: x\n",
    "targets:\n  wp:\n    settings:\n      apiKey: x\n",
    "command: rm\n",
    "notify: https://example.org\n",
  ])("%j: addresses, secrets and commands never come from here", (text) => {
    const fault = faultOf(text);
    expect(fault.code).toBe("config-untrusted");
    expect(fault.message).toContain("never come from a repository");
    expect(fault.place?.line).toBe(text.split("\n").length - 1);
  });

  test("a front matter key may be called url", () => {
    expect(config("fields: { url: slug, password: false }\n").fields.url).toEqual({ to: "slug" });
  });
});

test("the root is the nearest directory upwards with a configuration or a lockfile", async () => {
  const deep = join(dir, "site/posts/2026");
  await mkdir(deep, { recursive: true });
  await writeFile(join(deep, "a.md"), "x");
  expect(await findRoot(join(deep, "a.md"))).toBe(deep);
  expect(await findRoot(deep)).toBe(deep);
  await writeFile(join(dir, "site/ainstein.lock"), "");
  expect(await findRoot(join(deep, "a.md"))).toBe(join(dir, "site"));
  await writeFile(join(dir, "site/posts/ainstein.yaml"), "readOnly: true\n");
  expect(await findRoot(deep)).toBe(join(dir, "site/posts"));
  expect((await loadConfig(join(dir, "site/posts"))).readOnly).toBe(true);
  expect((await loadConfig(join(dir, "site"))).present).toBe(false);
});

test("the published JSON Schema is the one the program checks with", async () => {
  const published = await readFile(new URL("../../schema/ainstein.schema.json", import.meta.url), "utf8");
  expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
});
