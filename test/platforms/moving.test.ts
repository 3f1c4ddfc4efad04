// From a real WordPress to each platform and on: nothing is lost without a word.
import { cpSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWordPress, type WordPress } from "../../scripts/wordpress.mjs";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { type Bench, bench, type Ran, removeTempDirs } from "../commands/bench.ts";
import { type DrupalFake, startDrupal } from "../fakes/drupal.ts";
import { type GhostFake, startGhost } from "../fakes/ghost.ts";
import { type JoomlaFake, startJoomla } from "../fakes/joomla.ts";
import type { PlatformFake } from "../fakes/platform.ts";
import { emptyWordPress, fillWordPress, type Told, toldByWordPress } from "../real/migrated.ts";
import { withoutWordPress } from "../wordpress.ts";
import { differences, documentsIn, meantIn, withoutMarks } from "./moving.ts";

type Kinds = Readonly<Record<string, string>>;

interface There<Fake extends PlatformFake> {
  readonly name: string;
  readonly start: () => Promise<Fake>;
  /** Of posts and pages. */
  readonly kinds: Kinds;
  /** What is refused before anything is sent, by file, with the fault's code. */
  readonly refused: Readonly<Record<string, string>>;
  /** What is told to be left out, by file and field. */
  readonly losses: Readonly<Record<string, readonly string[]>>;
  /** What an operator makes of it in the files: text and replacement by file; of all files under "". */
  readonly cures: Readonly<Record<string, readonly (readonly [string, string])[]>>;
  /** What a new directory has differently that was pulled from there. */
  readonly differs: readonly string[];
  /** When the platform itself says that the entry `every` was published. */
  readonly published: (fake: Fake) => string | undefined;
}

const AUTHOR = ["author: admin\n", ""] as const;
const SLUG = ["title: 日本", "title: 日本\nslug: nihon"] as const;

const drupal: There<DrupalFake> = {
  ...{ name: "Drupal", start: startDrupal, kinds: { post: "article" } },
  refused: { history: "invalid-status", review: "invalid-status", soon: "invalid-status" },
  losses: { every: ["categories"], team: ["parent"] },
  cures: {
    "pages/history": [["status: private", "status: draft"]],
    "posts/review": [["status: pending", "status: draft"]],
    "posts/soon": [["status: scheduled", "status: draft"]],
  },
  // A draft has the day of its creation there.
  differs: ["every: -categories", "history: -parent", "not-yet: +date", "review: +date", "team: -parent"],
  published: ({ state }) =>
    [...state.nodes.values()]
      .flatMap(({ texts }) => [...texts.values()])
      .flatMap(({ alias, attributes }) => (alias?.endsWith("every") ? [String(attributes.created)] : []))[0],
};

const joomla: There<JoomlaFake> = {
  ...{ name: "Joomla", start: startJoomla, kinds: { post: "article", page: "article" } },
  refused: { history: "invalid-status", review: "invalid-status", 日本: "no-slug" },
  losses: { every: ["excerpt", "categories", "sticky"], team: ["parent"] },
  cures: {
    "pages/history": [["status: private", "status: published\naccess: Special"]],
    "posts/review": [["status: pending", "status: draft"]],
    "posts/日本": [SLUG],
  },
  differs: [
    ...["every: -excerpt", "every: -sticky", "history: -parent", "team: -parent"],
    'every: categories ["Recipes","Recipes/Bread/Rye & Spelt"] > ["Recipes"]',
    ...["nihon: +", "日本: -"],
  ],
  published: ({ store }) => {
    const up = [...store.articles.values()].find(({ alias }) => alias === "every")?.publish_up;
    return up === undefined || up === null ? undefined : `${up.replace(" ", "T")}Z`;
  },
};

const ghost: There<GhostFake> = {
  ...{ name: "Ghost", start: startGhost, kinds: {} },
  refused: Object.fromEntries([
    ...["about", "every", "not-yet", "old", "soon", "team", "日本"].map((name) => [name, "invalid-author"]),
    ...["history", "review"].map((name) => [name, "invalid-status"]),
  ]),
  losses: { every: ["categories", "sticky"], team: ["parent"] },
  cures: {
    "": [AUTHOR],
    // Ghost spells other letters by tables of its own.
    "posts/日本": [SLUG],
    "pages/history": [["status: private", "status: draft"]],
    "posts/review": [["status: pending", "status: draft"]],
  },
  differs: [
    ...["every: -categories", "every: -sticky", "history: -parent", "team: -parent"],
    ...["about", "every", "history", "not-yet", "old", "review", "soon", "team"].map(
      (name) => `${name}: +author`,
    ),
    ...["nihon: +", "日本: -"],
  ].sort(),
  published: ({ store }) =>
    [...store.posts.values()].flatMap(({ columns }) =>
      columns.slug === "every" ? [String(columns.published_at)] : [],
    )[0],
};

const FILES = [
  ...["every", "not-yet", "old", "review", "soon", "日本"].map((name) => `posts/${name}`),
  ...["about", "history", "team"].map((name) => `pages/${name}`),
];
const nameOf = (path: string) => path.replace(/^.*\/|\.md$/g, "");
const rules = (targets: Readonly<Record<string, Kinds>>) => `timezone: Europe/Vienna
media: { pull: download }
content:
  - { dir: posts, kind: post }
  - { dir: pages, kind: page }
targets:
${Object.entries(targets)
  .map(([name, kinds]) => `  ${name}: { kinds: ${JSON.stringify(kinds)} }\n`)
  .join("")}`;
const failuresOf = (ran: Ran) => ran.results.filter((result) => result.status !== "ok");
const variable = (target: string, connection: object) => ({
  [`AINSTEIN_CONNECTION_${target.toUpperCase()}`]: JSON.stringify(connection),
});

/** What a run says that it cannot send, and what it would leave out. */
function toldBy({ results, plan }: Ran) {
  const refused = results.flatMap(({ path, fault }) =>
    fault === undefined || fault.code === "lossy" ? [] : [[nameOf(path), fault.code] as const],
  );
  const losses = plan.steps.flatMap((step) =>
    step.losses === undefined ? [] : [[nameOf(step.path), step.losses.map(({ field }) => field)] as const],
  );
  return { refused: Object.fromEntries(refused), losses: Object.fromEntries(losses) };
}

/** What stands right behind the marks of markup that is kept as it is. */
const marksIn = ({ root, read }: Bench): readonly string[] =>
  documentsIn(root).flatMap((file) =>
    [...read(file).matchAll(/^<!-- raw -->\n(.*)$/gm)].map(([, line = ""]) => line),
  );

const bySlug = (told: readonly Told[]) => told.toSorted((a, b) => (a.slug < b.slug ? -1 : 1));

/** What is left of an entry that was on Ghost: as the losses and the refusals said. */
function afterGhost(entry: Told): Told {
  const [slug = "", ...links] = [entry.slug, ...entry.links].map((word) => word.replace("日本", "nihon"));
  const parentless = { ...entry, slug, links, parent: "", sticky: false, categories: [] };
  const isHidden = entry.status === "private" || entry.status === "pending";
  return isHidden ? { ...parentless, status: "draft", date: "" } : parentless;
}

/** A site of its own, because all of it moves. */
describe.skipIf(withoutWordPress)("content of a WordPress", () => {
  let wordpress: WordPress;
  let brought: Bench;
  let env: Record<string, string>;
  let before: readonly Told[];

  beforeAll(async () => {
    wordpress = await startWordPress();
    const { url, users } = wordpress;
    const login = { auth: "app-password", username: "admin", password: users.admin };
    env = variable("wp", { platform: "wordpress", url, ...login });
    await fillWordPress(wordpress.php);
    before = await toldByWordPress(wordpress.php);
    brought = bench({ env });
    brought.write("ainstein.yaml", rules({ wp: {} }));
    expect(failuresOf(await brought.run(pull, [], { target: ["wp"] }))).toEqual([]);
  });
  afterAll(async () => {
    await wordpress?.stop();
    removeTempDirs();
  });

  function operatorOf({ kinds }: { readonly kinds: Kinds }, fake: PlatformFake): Bench {
    const operator = bench({ env: { ...env, ...variable("there", fake.connection()) } });
    cpSync(brought.root, operator.root, { recursive: true });
    operator.write("ainstein.yaml", rules({ wp: {}, there: kinds }));
    return operator;
  }

  function cure(operator: Bench, { cures }: { readonly cures: There<PlatformFake>["cures"] }): void {
    for (const file of FILES) {
      const edits = [...(cures[""] ?? []), ...(cures[file] ?? [])];
      const text = edits.reduce((made, [from, to]) => made.replace(from, to), operator.read(`${file}.md`));
      operator.write(`${file}.md`, text);
    }
  }

  async function pulledFrom(fake: PlatformFake, kinds: Kinds): Promise<Bench> {
    const other = bench({ env: { ...env, ...variable("there", fake.connection()) } });
    other.write("ainstein.yaml", rules({ wp: {}, there: kinds }));
    expect(failuresOf(await other.run(pull, [], { target: ["there"] }))).toEqual([]);
    return other;
  }

  async function moves<Fake extends PlatformFake>(
    there: There<Fake>,
  ): Promise<{ fake: Fake; pulled: Bench }> {
    const fake = await there.start();
    const operator = operatorOf(there, fake);
    const flags = { target: ["there"] };

    const shown = await operator.run(push, [], { ...flags, dryRun: true });
    expect(toldBy(shown).refused).toEqual(there.refused);
    cure(operator, there);
    const again = await operator.run(push, [], { ...flags, dryRun: true });
    expect(toldBy(again)).toEqual({ refused: {}, losses: { ...there.losses, history: ["parent"] } });

    const sent = await operator.run(push, [], { ...flags, allowLossy: true });
    expect(failuresOf(sent)).toEqual([]);
    expect(sent.results.filter(({ notKept }) => notKept !== undefined)).toEqual([]);
    expect(sent.summary).toMatchObject({ created: FILES.length, verified: FILES.length, failed: 0 });
    expect((await operator.run(status, [], flags)).plan.steps).toEqual([]);

    const pulled = await pulledFrom(fake, there.kinds);
    const [files, came] = [meantIn(operator.root), meantIn(pulled.root)];
    expect(differences(withoutMarks(files), withoutMarks(came))).toEqual([...there.differs].sort());
    expect(Date.parse(there.published(fake) ?? "")).toBe(Date.parse("2024-03-31T00:59:00Z"));
    const idle = await pulled.run(push, [], flags);
    expect([idle.plan.steps, idle.summary.writes]).toEqual([[], 0]);
    return { fake, pulled };
  }

  it("moves to Drupal, which says beforehand what it cannot keep", async () => {
    const { fake } = await moves(drupal);
    await fake.close();
  });

  it("moves to Joomla likewise, and from there to Drupal", async () => {
    const { fake, pulled } = await moves(joomla);
    const next = await startDrupal();
    pulled.env = { ...pulled.env, ...variable("next", next.connection()) };
    // Marks stand around the comments of WordPress's unknown block, and around nothing else.
    expect(marksIn(pulled)).toEqual(['<!-- wp:acme/box {"depth":2} -->', "<!-- /wp:acme/box -->"]);
    pulled.write("ainstein.yaml", rules({ there: joomla.kinds, next: drupal.kinds }));
    const flags = { target: ["next"] };
    const shown = await pulled.run(push, [], { ...flags, dryRun: true });
    expect(toldBy(shown)).toEqual({
      refused: { soon: "invalid-status" },
      losses: { every: ["categories"], history: ["access"] },
    });
    const soon = pulled.read("posts/soon.md").replace("status: scheduled", "status: draft");
    pulled.write("posts/soon.md", soon);
    expect(failuresOf(await pulled.run(push, [], { ...flags, allowLossy: true }))).toEqual([]);
    const other = await pulledFrom(next, drupal.kinds);
    expect(differences(meantIn(pulled.root), meantIn(other.root))).toEqual([
      ...["every: -categories", "history: -access", "not-yet: +date", "review: +date"],
    ]);
    await Promise.all([fake.close(), next.close()]);
  });

  it("moves to Ghost likewise, and back to an empty WordPress", async () => {
    const { fake, pulled } = await moves(ghost);
    expect(marksIn(pulled)).toEqual([]);
    await emptyWordPress(wordpress.php);
    for (const file of documentsIn(pulled.root))
      pulled.write(file, pulled.read(file).replace(/^author: .*\n/m, ""));
    const sent = await pulled.run(push, [], { target: ["wp"] });
    expect([failuresOf(sent), toldBy(sent).losses]).toEqual([[], {}]);
    expect(bySlug(await toldByWordPress(wordpress.php))).toEqual(bySlug(before.map(afterGhost)));
    await fake.close();
  });
});
