import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Command } from "../../src/commands/context.ts";
import { history } from "../../src/commands/history.ts";
import { publish } from "../../src/commands/publish.ts";
import { push } from "../../src/commands/push.ts";
import type { Ui } from "../../src/report/ui.ts";
import { DATABASE } from "../../src/store/db.ts";
import { type Bench, bench, removeTempDirs, tempDir } from "./bench.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"], yes: true };
const post = (title: string) => `---\ntitle: ${title}\n---\n\nOf ${title}.\n`;

let operator: Bench;
let lines: readonly string[];
/** The database as it was before the second run. */
let copy: string;

/** As `--json` prints it. */
async function exported(): Promise<readonly string[]> {
  const printed: string[] = [];
  const record: Ui["record"] = (line) => printed.push(JSON.stringify({ v: 1, ...line }));
  const inJson: Command = (context, args) =>
    history({ ...context, ui: { ...context.ui, json: true, record } }, args);
  await operator.run(inJson, ["calls"], { all: true });
  return printed;
}

async function verified(name: string, content: readonly string[], by = operator) {
  by.write(name, `${content.join("\n")}\n`);
  const { exit, out, fault } = await by.run(history, ["verify"], { file: join(by.root, name) });
  return { exit, text: out.join("\n"), fault };
}

beforeAll(async () => {
  const site = JSON.stringify({ platform: "local", url: join(tempDir("site"), "site") });
  operator = bench({ env: { AINSTEIN_CONNECTION_SITE: site } });
  operator.write("rye.md", post("rye"));
  await operator.run(publish, [], TARGET);
  copy = join(tempDir("copy"), DATABASE);
  copyFileSync(join(operator.home, DATABASE), copy);
  operator.write("rye.md", post("rye anew"));
  await operator.run(push, [], TARGET);
  lines = await exported();
});

describe("an export of the record", () => {
  it("is as written, here and where only the key is known", async () => {
    expect(lines.length).toBeGreaterThan(5);
    expect(await verified("calls.jsonl", lines)).toMatchObject({
      exit: 0,
      text: expect.stringMatching(/^as written {2}site/),
    });
    const auditor = bench();
    expect(await verified("calls.jsonl", lines, auditor)).toMatchObject({ exit: 0 });
    const stranger = bench({ env: { AINSTEIN_KEY: Buffer.alloc(32, 9).toString("base64") } });
    expect((await verified("calls.jsonl", lines, stranger)).text).toContain("signed with another key");
  });

  it.each([
    [
      "a row changed",
      (all: readonly string[]) => all.map((line) => line.replace("rye.md", "oats.md")),
      "changed",
    ],
    ["a row taken out", (all: readonly string[]) => all.toSpliced(2, 1), "row 3 was taken out"],
    ["its last row taken out", (all: readonly string[]) => all.toSpliced(-2, 1), "was taken out"],
    ["its end taken out", (all: readonly string[]) => all.slice(0, -1), "not where the record ended"],
  ])("with %s is not", async (_, change, word) => {
    const { exit, text } = await verified("changed.jsonl", change(lines));
    expect(exit).toBe(1);
    expect(text).toContain(word);
  });

  it("tells that the database was put back to an earlier state, which that one cannot", async () => {
    const now = join(operator.home, DATABASE);
    const kept = join(tempDir("kept"), DATABASE);
    copyFileSync(now, kept);
    for (const end of ["-wal", "-shm"]) rmSync(`${now}${end}`, { force: true });
    copyFileSync(copy, now);
    expect((await operator.run(history, ["verify"])).exit).toBe(0);
    const { exit, text } = await verified("calls.jsonl", lines);
    expect(exit).toBe(1);
    expect(text).toMatch(/rows \d+ to \d+ are in the file, and are not so in the record here/);
    copyFileSync(kept, now);
    expect((await verified("calls.jsonl", lines)).exit).toBe(0);
  });

  it("is refused with its line where it is none", async () => {
    const { fault } = await verified("none.jsonl", [...lines, "{}"]);
    expect(fault?.message).toContain(`Line ${lines.length + 1} of`);
  });
});
