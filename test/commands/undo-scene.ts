import { rmSync } from "node:fs";
import { join } from "node:path";
import { publish } from "../../src/commands/publish.ts";
import { runs } from "../../src/commands/runs.ts";
import { sync } from "../../src/commands/sync.ts";
import { type Bench, bench, type Ran, tempDir } from "./bench.ts";
import { editOnSite, onSite, type SiteFields, slugsOn } from "./site-edit.ts";

export const TARGET = { target: ["site"] };
const PARAGRAPHS = Array.from({ length: 5 }, (_, n) => `Paragraph number ${n + 1}.`).join("\n\n");

export const document = (title: string, rest = "") => `---\ntitle: ${title}\n${rest}---\n\n${PARAGRAPHS}\n`;

/** Like none of the others: it must not pass for one of them that was moved. */
export const FRESH = document("Fresh").replaceAll("Paragraph", "Of something else, the sentence");

const NAMES = ["edited", "removed", "merged", "there", "still"];

/** An operator whose root is in step with a local site: five documents that are live, and a draft. */
export interface Scene {
  readonly operator: Bench;
  readonly site: string;
  edit(path: string, from: string, to: string): void;
  editThere(slug: string, from: string, to: string): void;
  undo(name?: string, flags?: Readonly<Record<string, unknown>>, paths?: readonly string[]): Promise<Ran>;
  /** Every entry, by slug. */
  entries(): Readonly<Record<string, SiteFields>>;
  /** Every file of the scene; undefined for one that is not there. */
  files(): Readonly<Record<string, string | undefined>>;
  /** Creates, updates, sets live, removes, merges and pulls in one run. */
  mixedRun(flags?: Readonly<Record<string, unknown>>): Promise<Ran>;
  /** What people changed on the site before the mixed run, which is theirs. */
  theirs(entries: Readonly<Record<string, SiteFields>>): Readonly<Record<string, SiteFields>>;
}

export async function openScene(env: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const site = join(tempDir("site"), "site");
  const connection = JSON.stringify({ platform: "local", url: site });
  const operator = bench({ env: { AINSTEIN_CONNECTION_SITE: connection, ...env } });
  operator.write("draft.md", document("Draft", "status: draft\n"));
  for (const name of NAMES) operator.write(`${name}.md`, document(name));
  await operator.run(sync, [], TARGET);
  await operator.run(
    publish,
    NAMES.map((name) => `${name}.md`),
    TARGET,
  );
  return sceneOf(operator, site);
}

export function sceneOf(operator: Bench, site: string): Scene {
  const read = (path: string) => {
    try {
      return operator.read(path);
    } catch {
      return undefined;
    }
  };
  const scene: Scene = {
    operator,
    site,
    edit: (path, from, to) => operator.write(path, operator.read(path).replace(from, to)),
    editThere: (slug, from, to) =>
      editOnSite(site, slug, ({ body, title }) => ({
        body: body.replace(from, to),
        title: title.replace(from, to),
      })),
    undo: (name = "last", flags = {}, paths = []) => operator.run(runs, ["undo", name, ...paths], flags),
    entries: () => Object.fromEntries(slugsOn(site).map((slug) => [slug, onSite(site, slug).fields])),
    files: () =>
      Object.fromEntries(
        [...NAMES, "draft", "fresh", "found"].map((name) => [`${name}.md`, read(`${name}.md`)]),
      ),
    mixedRun: (flags = {}) => {
      operator.write("fresh.md", FRESH);
      scene.edit("edited.md", "number 2", "number two");
      scene.edit("draft.md", "status: draft", "status: published");
      rmSync(join(operator.root, "removed.md"));
      scene.edit("merged.md", "number 1", "number one");
      scene.editThere("merged", "number 5", "number five");
      scene.editThere("there", "number 3", "number three");
      return operator.run(sync, [], { ...TARGET, delete: true, ...flags });
    },
    theirs: (entries) => {
      const { merged, there } = entries;
      if (merged === undefined || there === undefined) throw new Error("no such entries");
      return {
        ...entries,
        merged: { ...merged, body: merged.body.replace("number 5", "number five") },
        there: { ...there, body: there.body.replace("number 3", "number three") },
      };
    },
  };
  return scene;
}

export const actionsOf = ({ results }: Ran) =>
  Object.fromEntries(results.map(({ path, action, status }) => [path, `${action} ${status}`]));

export const reasonsOf = ({ plan }: Ran) =>
  Object.fromEntries(plan.steps.map((step) => [step.path, step.reason]));
