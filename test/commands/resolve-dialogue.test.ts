import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import type { Command } from "../../src/commands/context.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { resolve } from "../../src/commands/resolve.ts";
import { status } from "../../src/commands/status.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "./bench.ts";
import { editOnSite, onSite, slugsOn } from "./site-edit.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };
const FILE = "---\ntitle: Rye\ntags: [bread, rye]\n---\n\nOne.\n\nTwo.\n\nThree.\n";

let operator: Bench;
let site: string;
/** What the person was asked, and what could be answered. */
let asked: { readonly question: string; readonly choices: readonly string[] }[];
let shown: string[];

beforeEach(async () => {
  site = join(tempDir("site"), "site");
  operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) } });
  operator.write("rye.md", FILE);
  await operator.run(publish, [], TARGET);
  [asked, shown] = [[], []];
});

/** A person who gives these answers; the editor makes of a text what `edits` say, one call after the other. */
function person(answers: readonly string[], edits: readonly ((text: string) => string)[] = []): Promise<Ran> {
  const [left, changes] = [[...answers], [...edits]];
  const attended: Command = (context, args) =>
    resolve(
      {
        ...context,
        ui: {
          ...context.ui,
          interactive: true,
          note: (line) => shown.push(line),
          select: async (question, choices) => {
            const values = choices.map(({ value }) => value);
            asked.push({ question, choices: values });
            const answer = left.shift();
            const found = values.find((value) => value === answer);
            if (found === undefined) throw new Error(`${question} cannot be answered with ${answer}`);
            return found;
          },
          attend: async (_command, file) => {
            const edit = changes.shift();
            if (edit === undefined) return undefined;
            writeFileSync(file, edit(readFileSync(file, "utf8")));
            return 0;
          },
        },
      },
      args,
    );
  return operator.run(attended, [], TARGET);
}

const inStep = async () => expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);

it("lets lists be edited as YAML, and asks again for what is none", async () => {
  operator.write("rye.md", FILE.replace("title: Rye\n", "title: Rye\nmeta: { hours: { mo: Here } }\n"));
  editOnSite(site, "rye", () => ({ meta: { hours: { mo: "There" } } }) as object);
  const ran = await person(
    ["edit", "edit", "write"],
    [() => "title: [", (text) => text.replace(/^(<{7}|\|{7}|={7}|>{7}).*\n/gm, "").replace(/mo: Here\n/, "")],
  );
  expect(ran.exit).toBe(0);
  expect(shown.join("\n")).toContain("That is no YAML");
  expect(operator.read("rye.md")).toContain("There");
  await inStep();
});

it("offers both where that means something, and takes the values of either side", async () => {
  const machine = bench({ env: operator.env });
  machine.write("rye.md", FILE.replace("[bread, rye]", "[bread, sour]").replace("Rye", "Sour rye"));
  operator = machine;
  await person(["both", "theirs", "write"]);
  expect(asked.map(({ question }) => question)).toEqual(["tags", "title", "Settle it?"]);
  expect(asked[0]?.choices).toContain("both");
  expect(asked[1]?.choices).not.toContain("both");
  expect(asked[1]?.choices).not.toContain("base");
  expect(operator.read("rye.md")).toBe(FILE.replace("[bread, rye]", "[bread, sour, rye]"));
  const sent = await operator.run(push, [], TARGET);
  expect(sent.plan.steps).toEqual(
    expect.arrayContaining([expect.objectContaining({ action: "update", changed: ["tags"] })]),
  );
  await inStep();
});

it("keeps what was sent and the editor's other edits where a stale screen is merged", async () => {
  const screen = onSite(site, "rye").fields.body;
  operator.write("rye.md", FILE.replace("One.", "First."));
  await operator.run(push, [], TARGET);
  editOnSite(site, "rye", () => ({ body: screen.replace("Three.", "Third.") }));
  await person(["base", "both", "write"]);
  expect(operator.read("rye.md")).toBe(FILE.replace("One.", "First.").replace("Three.", "Third."));
  expect((await operator.run(push, [], TARGET)).summary).toMatchObject({ updated: 1 });
  await inStep();
});

it("asks one question about an entry that was removed, and does what is answered", async () => {
  const machine = bench({ env: operator.env });
  await machine.run(pull, [], TARGET);
  rmSync(join(machine.root, "rye.md"));
  await machine.run(push, ["rye.md"], { ...TARGET, delete: true });
  operator.write("rye.md", FILE.replace("One.", "First."));
  expect((await person(["skip"])).exit).toBe(4);
  expect(asked[0]?.choices).toEqual(["ours", "theirs", "skip", "quit"]);
  expect(existsSync(join(operator.root, "rye.md"))).toBe(true);
  expect((await person(["ours", "undo", "theirs", "write"])).summary).toMatchObject({ deleted: 1 });
  expect(existsSync(join(operator.root, "rye.md"))).toBe(false);
  await inStep();
});

it("asks one question about a file that was removed, and does what is answered", async () => {
  rmSync(join(operator.root, "rye.md"));
  editOnSite(site, "rye", () => ({ title: "Theirs" }));
  await person(["theirs", "write"]);
  expect(operator.read("rye.md")).toContain("title: Theirs");
  await inStep();
  rmSync(join(operator.root, "rye.md"));
  editOnSite(site, "rye", () => ({ title: "Again" }));
  await person(["ours", "write"]);
  await operator.run(push, ["rye.md"], { ...TARGET, delete: true });
  expect(slugsOn(site)).toEqual([]);
});

it("asks nothing where rules of ainstein.yaml decide, and only for the rest otherwise", async () => {
  operator.write("ainstein.yaml", "content: [{dir: ., kind: post}]\nonConflict: {title: theirs}\n");
  editOnSite(site, "rye", ({ body }) => ({ title: "There", body: body.replace("One.", "Uno.") }));
  operator.write("rye.md", FILE.replace("Rye", "Here").replace("One.", "Eins."));
  await person(["ours", "write"]);
  expect(asked.map(({ question }) => question)).toEqual(["body, passage 1 of 1", "Settle it?"]);
  expect(operator.read("rye.md")).toBe(FILE.replace("Rye", "There").replace("One.", "Eins."));
  editOnSite(site, "rye", () => ({ title: "Once more" }));
  operator.write("rye.md", operator.read("rye.md").replace("There", "Mine"));
  asked = [];
  await person([]);
  expect(asked).toEqual([]);
  expect(operator.read("rye.md")).toContain("title: Once more");
});

it("lets a field be emptied in the editor: it is absent then, and cleared on the site", async () => {
  operator.write("rye.md", FILE.replace("title: Rye\n", "title: Rye\nexcerpt: Here\n"));
  editOnSite(site, "rye", () => ({ excerpt: "There" }) as object);
  await person(["edit", "write"], [() => "\n"]);
  expect(operator.read("rye.md")).toBe(FILE);
  await operator.run(push, [], TARGET);
  expect(onSite(site, "rye").fields).toMatchObject({ excerpt: "" });
  await inStep();
});
