import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWordPress, type WordPress } from "../../scripts/wordpress.mjs";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "../commands/bench.ts";
import { textsIn } from "../engine/worlds.ts";
import { type FaultProxy, MISHAPS, type Mishap, type Passed, startFaultProxy } from "../fakes/fault-proxy.ts";
import { withoutWordPress } from "../wordpress.ts";
import { addAndRemove, editFiles, editSite, saveSite, writeMany } from "./both-sides.ts";
import { type Census, census, exitCodeOf, over, wipe } from "./disturbed.ts";

/** As of exactly-once.test.ts: every request, or so many of them; else one, and of the mishaps those named here. */
const SWEEP = process.env.AINSTEIN_SWEEP ?? "";
const DAILY: readonly Mishap[] = ["reset-during", "reset-after", "502-after", "cut-answer", "cached"];
const COUNT = 12;

describe.skipIf(withoutWordPress)("a sync of both sides at the end of a bad road", () => {
  let wordpress: WordPress;
  let proxy: FaultProxy;
  let operator: Bench;
  let copy: string;
  let siteBefore: () => Promise<void>;
  let requests: readonly Passed[];
  let site: Census;
  let files: Readonly<Record<string, string>>;

  const sync = (): Promise<Ran> =>
    operator.run(over({ api: `${proxy.url}/wp-json`, password: wordpress.users.admin }, "sync"), [], {
      target: ["wp"],
      delete: true,
    });
  const filesNow = () => {
    const { "ainstein.lock": _, ...rest } = textsIn(operator.root);
    return rest;
  };
  const writes = () => proxy.passed.filter(({ write }) => write).length;

  beforeAll(async () => {
    wordpress = await startWordPress();
    proxy = await startFaultProxy(wordpress.url);
    await wipe(wordpress.php);
    operator = bench();
    writeMany(operator, COUNT);
    expect(exitCodeOf(await sync())).toBe(0);
    editFiles(operator, COUNT);
    addAndRemove(operator);
    await editSite(wordpress.php, COUNT);
    copy = join(tempDir("copy"), "copy");
    cpSync(operator.root, join(copy, "root"), { recursive: true });
    cpSync(operator.home, join(copy, "home"), { recursive: true });
    siteBefore = await saveSite(wordpress.php, "edited");
    proxy.reset();
    const { summary } = await sync();
    expect(summary).toMatchObject({ created: 2, merged: 4, pulled: 2, deleted: 2, failed: 0, conflicts: 0 });
    requests = proxy.passed;
    site = await census(wordpress.php);
    files = filesNow();
  }, 120_000);
  afterAll(async () => {
    await proxy?.stop();
    await wordpress?.stop();
    removeTempDirs();
  });

  async function anew(): Promise<void> {
    for (const [dir, name] of [
      [operator.root, "root"],
      [operator.home, "home"],
    ] as const) {
      rmSync(dir, { recursive: true });
      cpSync(join(copy, name), dir, { recursive: true });
    }
    await siteBefore();
  }

  /** A writing request of another kind for every mishap; with a number, so many of all requests. */
  function sample(mishap: Mishap): readonly number[] {
    if (SWEEP === "full") return requests.map((_, at) => at);
    if (SWEEP !== "") {
      const every = Math.ceil(requests.length / Number(SWEEP));
      return requests.flatMap((_, at) => (at % every === 0 ? at : []));
    }
    const changing = requests.flatMap(({ write, url }, at) => (write && /\/posts\/\d+/.test(url) ? at : []));
    const turn = DAILY.indexOf(mishap);
    return [changing[Math.floor((turn * changing.length) / DAILY.length)] ?? 0];
  }

  it.each(SWEEP === "" ? DAILY : MISHAPS.filter((mishap) => !mishap.startsWith("twice")))(
    "%s: the next run completes it, sends nothing twice and loses nothing",
    async (mishap) => {
      for (const at of sample(mishap)) {
        const where = `${mishap} at ${at}, ${requests[at]?.method} ${requests[at]?.url}`;
        await anew();
        proxy.reset(mishap, at);
        const disturbed = await sync();
        const sent = writes();
        const told = disturbed.results.filter(({ status }) => status === "ok");
        const { summary } = disturbed;
        if (disturbed.fault === undefined && exitCodeOf(disturbed) === 0) {
          expect(await census(wordpress.php), where).toEqual(site);
          expect(summary.deleted, where).toBe(told.filter(({ action }) => action === "delete").length);
        }
        proxy.reset();
        const again = await sync();
        expect(
          again.results.filter(({ status }) => status !== "ok"),
          where,
        ).toEqual([]);
        expect(exitCodeOf(again), where).toBe(0);
        expect(await census(wordpress.php), where).toEqual(site);
        expect(filesNow(), where).toEqual(files);
        // One was repeated at most: the one that met the mishap.
        const whole = requests.filter(({ write }) => write).length;
        expect(sent + writes(), where).toBeLessThanOrEqual(whole + 2);
      }
    },
    SWEEP === "full" ? 7_200_000 : 60_000 * (Number(SWEEP) || 1),
  );
});
