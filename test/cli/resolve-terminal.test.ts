import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { displayWidth } from "../../src/report/width.ts";
import { type Bench, bench, removeTempDirs, tempDir } from "../commands/bench.ts";
import { editOnSite, onSite } from "../commands/site-edit.ts";
import { PROGRAM } from "./program.ts";
import { onTerminal } from "./pseudo-terminal.ts";

afterAll(removeTempDirs);

const CTRL_C = "\u0003";
const TARGET = { target: ["site"] };
/** Passages this far apart are asked for one by one. */
const EDITED = ["one", "three", "five", "seven"];
const AMONG = "Here\n\nnobody\n\nwrote.";
const BODY = EDITED.map((number) => `Paragraph ${number}, as it was in the beginning.\n\n${AMONG}`).join(
  "\n\n",
);
const FILE = `---\ntitle: 'Rye'   # keep\nexcerpt: Short\n---\n\n${BODY}\n`;
const OTHER = "---\ntitle: Other\n---\n\nUntouched.\n";

let operator: Bench;
let site: string;

beforeEach(async () => {
  site = join(tempDir("site"), "site");
  operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) } });
  operator.write("rye.md", FILE);
  operator.write("zed.md", OTHER);
  await operator.run(publish, [], TARGET);
  const here = { title: "Ours", excerpt: "Mine" };
  editOnSite(site, "rye", ({ body }) => ({
    title: "Theirs",
    body: EDITED.reduce(
      (text, number) => text.replace(`Paragraph ${number},`, `Paragraph ${number} there,`),
      body,
    ),
    ...{ excerpt: "Yours" },
  }));
  operator.write(
    "rye.md",
    EDITED.reduce((text, number) => text.replace(`Paragraph ${number},`, `Paragraph ${number} here,`), FILE)
      .replace("'Rye'", `'${here.title}'`)
      .replace("Short", here.excerpt),
  );
  editOnSite(site, "zed", () => ({ title: "Theirs" }));
  operator.write("zed.md", OTHER.replace("Other", "Ours"));
});

/** An editor that keeps what stands between two of the markers, in capitals. */
function editorScript(says: string): string {
  const path = join(tempDir("editor"), "editor.sh");
  writeFileSync(path, `#!/bin/sh\n${says}\n`);
  chmodSync(path, 0o755);
  return path;
}

function talk(columns: number, env: Record<string, string> = {}) {
  const session = onTerminal([PROGRAM, "resolve", "--target", "site"], {
    columns,
    cwd: operator.root,
    env: { ...operator.env, HOME: tempDir("user"), AINSTEIN_HOME: operator.home, ...env },
  });
  let seen = 0;
  const shown = () => stripVTControlCharacters(session.text().slice(seen));
  return {
    ...session,
    /** Waits for the question, with its last choice below it, and chooses by the beginning of the choice's name. */
    answer: async (question: string, choice: string) => {
      await expect
        .poll(shown, { timeout: 15_000 })
        .toMatch(new RegExp(`\\? ${question.replaceAll(" ", "\\s+")}[\\s\\S]*stop here`));
      const said = shown();
      session.type(choice === CTRL_C ? choice : `${choice}\r`);
      if (choice === CTRL_C) return said;
      // The question is drawn once more with each key: what counts comes after the tick.
      await expect.poll(() => session.text().indexOf("✔", seen), { timeout: 15_000 }).toBeGreaterThan(0);
      seen = session.text().indexOf("✔", seen) + 1;
      return said;
    },
  };
}

describe("resolve at the prompt", () => {
  it("goes through passages and fields, lets one be edited and one answer be taken back", async () => {
    const kept = join(tempDir("kept"), "environment");
    const editor = editorScript(
      `env > '${kept}'; ls -l "$1" >> '${kept}'; sed -n '/^=======/,/^>>>>>>>/p' "$1" | sed '1d;$d' | tr a-z A-Z > "$1.new"; mv "$1.new" "$1"`,
    );
    const session = talk(80, { EDITOR: editor });
    const first = await session.answer("body, passage 1 of 4", "keep mine");
    expect(first).toContain("1 of 2  rye.md");
    expect(first).toContain("~ Paragraph one{+ here+}, as it was in the beginning.");
    expect(first).toContain("~ Paragraph one{+ there+}, as it was in the beginning.");
    await session.answer("body, passage 2 of 4", "take theirs");
    await session.answer("body, passage 3 of 4", "undo");
    await session.answer("body, passage 2 of 4", "both");
    await session.answer("body, passage 3 of 4", "edit");
    await session.answer("body, passage 4 of 4", "see");
    const base = await session.answer("body, passage 4 of 4", "take theirs");
    expect(base).toContain("Paragraph seven, as it was in the beginning.");
    await session.answer("excerpt", "take theirs");
    await session.answer("title", "keep mine");
    const summary = await session.answer("Settle it", "settle");
    expect(summary).toContain("rye.md will be changed:");
    await session.answer("title", "skip");
    expect(await session.exit).toBe(4);
    expect(operator.read("rye.md")).toBe(
      FILE.replace("'Rye'", "'Ours'")
        .replace("Short", "Yours")
        .replace("Paragraph one,", "Paragraph one here,")
        .replace(
          "Paragraph three, as it was in the beginning.",
          "Paragraph three here, as it was in the beginning.\n\nParagraph three there, as it was in the beginning.",
        )
        .replace(
          "Paragraph five, as it was in the beginning.",
          "PARAGRAPH FIVE THERE, AS IT WAS IN THE BEGINNING.",
        )
        .replace("Paragraph seven,", "Paragraph seven there,"),
    );
    expect(operator.read("zed.md")).toBe(OTHER.replace("Other", "Ours"));
    const environment = readFileSync(kept, "utf8");
    expect(environment).toContain("TERM=");
    expect(environment).not.toContain("AINSTEIN");
    expect(environment).toMatch(/-rw------- .*passage\.md/);
    expect(existsSync(/\S+passage\.md/.exec(environment)?.[0] ?? "")).toBe(false);
    const sent = await operator.run(push, ["rye.md"], TARGET);
    expect(sent.plan.steps).toMatchObject([{ action: "update", changed: ["body", "title"] }]);
    expect(onSite(site, "rye").fields).toMatchObject({ title: "Ours", excerpt: "Yours" });
    const left = await operator.run(status, [], TARGET);
    expect(left.plan.steps).toMatchObject([{ action: "conflict", path: "zed.md" }]);
  });

  it("asks again when the editor fails or leaves a marker, and keeps what was settled at Ctrl-C", async () => {
    const session = talk(40, { VISUAL: editorScript("exit 3"), EDITOR: editorScript("exit 0") });
    for (const passage of [1, 2, 3]) await session.answer(`body, passage ${passage} of 4`, "keep mine");
    await session.answer("body, passage 4 of 4", "edit");
    const failed = await session.answer("body, passage 4 of 4", "keep mine");
    expect(failed).toContain("ended with 3");
    await session.answer("excerpt", "keep mine");
    await session.answer("title", "take theirs");
    await session.answer("Settle it", "settle");
    await session.answer("title", CTRL_C);
    expect(await session.exit).toBe(130);
    expect(operator.read("rye.md")).toContain("title: 'Theirs'   # keep\nexcerpt: Mine\n");
    expect(operator.read("zed.md")).toBe(OTHER.replace("Other", "Ours"));
    const sent = await operator.run(push, ["rye.md"], TARGET);
    expect(sent.plan.steps).toMatchObject([{ action: "update", changed: ["body", "excerpt"] }]);
    const prompts = stripVTControlCharacters(session.text())
      .split(/[\r\n]+/)
      .filter((line) => /^(\?|❯| {2}(keep|take|both|edit|see|undo|skip|stop))/.test(line));
    expect(prompts.length).toBeGreaterThan(8);
    expect(Math.max(...prompts.map(displayWidth))).toBeLessThanOrEqual(40);
  });

  it("takes nothing from an editor that leaves the markers in, and nothing at all when it is stopped", async () => {
    const session = talk(80, { EDITOR: editorScript("true") });
    await session.answer("body, passage 1 of 4", "edit");
    const again = await session.answer("body, passage 1 of 4", "stop");
    expect(again).toContain("is still in it");
    expect(await session.exit).toBe(4);
    expect(operator.read("rye.md")).toContain("title: 'Ours'");
    expect((await operator.run(status, [], TARGET)).plan.steps.map(({ action }) => action)).toEqual([
      "conflict",
      "conflict",
    ]);
  });
});
