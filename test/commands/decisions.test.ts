import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { history } from "../../src/commands/history.ts";
import { publish } from "../../src/commands/publish.ts";
import { push } from "../../src/commands/push.ts";
import { resolve } from "../../src/commands/resolve.ts";
import { runs } from "../../src/commands/runs.ts";
import { openStore } from "../../src/store/db.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "./bench.ts";
import { editOnSite } from "./site-edit.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };
const post = (title: string) => `---\ntitle: ${title}\n---\n\nOf ${title}.\n`;

let operator: Bench;
let site: string;
beforeEach(async () => {
  site = join(tempDir("site"), "site");
  operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) } });
  for (const name of ["rye", "oats", "wheat"]) operator.write(`${name}.md`, post(name));
});

const publishAll = () => operator.run(publish, [], { ...TARGET, yes: true });
const decided = async (flags = {}): Promise<readonly string[]> =>
  (await operator.run(history, ["calls", "site"], { only: "decisions", ...flags })).out;
const verify = (): Promise<Ran> => operator.run(history, ["verify"]);

/** Behind the back of the program. */
function tamper(sql: string): void {
  const store = openStore(operator.home);
  store.db.pragma("foreign_keys = OFF");
  store.db.exec(sql);
  store.close();
}

describe("what was decided", () => {
  it("tells who began a run and what was allowed to it, and of each write what was there before and after", async () => {
    const { summary } = await publishAll();
    operator.write("rye.md", post("rye anew"));
    await operator.run(push, [], { ...TARGET, yes: true, maxChanges: 3 });
    const lines = (await decided({ entry: "rye.md" })).map((line) => line.replace(/^\S+ +/, ""));
    expect(lines).toEqual([
      expect.stringMatching(/^site \d+ {2}create rye\.md \(entry \S+\) by \S+@\S+: after [0-9a-f]{64}, run /),
      expect.stringMatching(/^site \d+ {2}update rye\.md .*: before [0-9a-f]{64}, after [0-9a-f]{64}, run /),
    ]);
    const [first = "", then = ""] = lines;
    expect(/before (\w+)/.exec(then)?.[1]).toBe(/after (\w+)/.exec(first)?.[1]);
    const all = (await decided()).join("\n");
    expect(all).toMatch(new RegExp(`publish begun by \\S+@.* with --yes, run ${summary.run?.slice(0, 8)}`));
    expect(all).toMatch(/push begun by .* with --yes --max-changes 3/);
    expect((await verify()).exit).toBe(0);
  });

  it("tells of what was refused, though nothing was sent", async () => {
    await publishAll();
    operator.write("rye.md", post("rye anew"));
    operator.answers = [false];
    expect((await operator.run(push, [], { ...TARGET, yes: false })).exit).toBe(2);
    const before = operator.run(push, [], { ...TARGET, maxChanges: 0 });
    expect((await before).fault?.code).toBe("too-many-changes");
    expect((await decided()).slice(-2)).toEqual([
      expect.stringMatching(/push by \S+@\S+ was not carried out, run /),
      expect.stringMatching(/push by \S+@\S+ was not carried out: too-many-changes, run /),
    ]);
  });

  it("tells how a conflict was settled, and what undoing a run did", async () => {
    await publishAll();
    operator.write("rye.md", post("rye here"));
    editOnSite(site, "rye", () => ({ title: "rye there" }));
    await operator.run(push, [], TARGET);
    await operator.run(resolve, [], { ...TARGET, strategy: "theirs" });
    operator.write("oats.md", post("oats anew"));
    const { summary } = await operator.run(push, [], { ...TARGET, yes: true });
    await operator.run(runs, ["undo", summary.run ?? ""], { yes: true });
    const all = (await decided()).join("\n");
    expect(all).toMatch(/push rye\.md .*was not done: conflict|conflict rye\.md .*was not done: conflict/);
    expect(all).toMatch(/the conflict of rye\.md \(entry \S+\) was settled: .*theirs/);
    expect(all).toMatch(/undo begun by .* with --yes --delete/);
    expect((await verify()).exit).toBe(0);
  });

  it("is not told where somebody only looks", async () => {
    await publishAll();
    const { length } = await decided();
    operator.write("rye.md", post("rye anew"));
    await operator.run(push, [], { ...TARGET, dryRun: true });
    expect(await decided()).toHaveLength(length);
  });
});

describe("the journal of runs", () => {
  it.each([
    [
      "a step that ended another way",
      "UPDATE steps SET status = 'ok', action = 'skip' WHERE n = 0",
      "changed",
    ],
    [
      "a write that is told of another entry",
      "UPDATE intents SET id = '7', path = 'x.md' WHERE seq = 1",
      "changed",
    ],
    ["a write that was taken out", "DELETE FROM intents WHERE seq = 1", "changed"],
    ["somebody else's name", `UPDATE runs SET actor = '{"user":"nobody"}'`, "changed"],
    ["a run that was taken out", "DELETE FROM intents; DELETE FROM steps; DELETE FROM runs", "taken out"],
  ])("that holds %s is named", async (_, sql, word) => {
    const { summary } = await publishAll();
    tamper(sql);
    const { exit, out } = await verify();
    expect(exit).toBe(1);
    expect(out.join("\n")).toMatch(new RegExp(`run ${summary.run?.slice(0, 8)} is on record, .*${word}`));
  });

  it("that tells another end of a conflict is named", async () => {
    await publishAll();
    operator.write("rye.md", post("rye here"));
    editOnSite(site, "rye", () => ({ title: "rye there" }));
    await operator.run(push, [], TARGET);
    await operator.run(resolve, [], { ...TARGET, strategy: "theirs" });
    expect((await verify()).exit).toBe(0);
    tamper("UPDATE conflicts SET settlement = replace(settlement, 'theirs', 'ours')");
    expect((await verify()).out.join("\n")).toMatch(/settled conflict \d+ is on record, .*changed/);
  });

  it("may lack what is older than it is to be kept", async () => {
    await publishAll();
    operator.clock = { ...operator.clock, now: () => Date.now() + 1000 };
    await operator.run(runs, ["prune"], { keepAudit: 0, keepTexts: 0 });
    expect((await operator.run(runs)).out.join()).not.toMatch(/publish/);
    expect((await verify()).exit).toBe(0);
  });

  it("keeps the runs that its record speaks of where the key is not at hand", async () => {
    await publishAll();
    const key = operator.env.AINSTEIN_KEY ?? "";
    operator.env = { ...operator.env, AINSTEIN_KEY: "" };
    operator.clock = { ...operator.clock, now: () => Date.now() + 1000 };
    await operator.run(runs, ["prune"], { keepAudit: 0, keepTexts: 0 });
    operator.env = { ...operator.env, AINSTEIN_KEY: key };
    expect((await operator.run(runs)).out.join()).toMatch(/publish/);
    expect((await verify()).exit).toBe(0);
  });
});
