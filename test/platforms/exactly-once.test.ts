import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Bench, bench, type Ran, removeTempDirs } from "../commands/bench.ts";
import { MISHAPS, type Mishap, type Passed } from "../fakes/fault-proxy.ts";
import type { SiteCensus } from "../fakes/platform.ts";
import { exitCodeOf } from "../real/disturbed.ts";
import {
  DOCUMENTS,
  editSite,
  overRoad,
  type PlatformRoad,
  startRoad,
  titleOf,
  WORLDS,
  writeSite,
} from "./worlds.ts";

/** `full`: every mishap at every request; a number: at so many of them; else one for each mishap. */
const SWEEP = process.env.AINSTEIN_SWEEP ?? "";

/** Every day: a mishap of each sort. */
const DAILY: readonly Mishap[] = ["reset-during", "reset-after", "502-after", "short-answer", "503", "page"];
const MET: readonly Mishap[] = SWEEP === "" ? DAILY : MISHAPS;

describe.each(WORLDS)("$name at the end of a bad road", (world) => {
  let road: PlatformRoad;
  let operator: Bench;

  async function anew(): Promise<void> {
    await road?.stop();
    road = await startRoad(world);
    operator = bench();
    writeSite(operator, world);
  }
  afterEach(async () => {
    await road?.stop();
    removeTempDirs();
  });

  const run = (flags = {}): Promise<Ran> =>
    operator.run(overRoad(road, "push"), [], { target: ["site"], ...flags });
  const writes = () => road.proxy.passed.filter(({ write }) => write).length;

  async function whole(flags = {}): Promise<Ran> {
    road.proxy.reset();
    const ran = await run(flags);
    expect(ran.results.filter(({ status }) => status !== "ok")).toEqual([]);
    expect(ran.fault).toBeUndefined();
    expect(exitCodeOf(ran)).toBe(0);
    return ran;
  }

  const doubles = ({ method, url }: Passed) => world.doubles?.test(`${method} ${url}`) === true;

  function sample(requests: readonly Passed[], mishap: Mishap): readonly number[] {
    if (SWEEP !== "") {
      const every = SWEEP === "full" ? 1 : Math.ceil(requests.length / Number(SWEEP));
      const some = [...requests.keys()].filter((at) => at % every === 0);
      return mishap.startsWith("twice") ? some.filter((at) => !doubles(requests[at] as Passed)) : some;
    }
    const nth = DAILY.indexOf(mishap);
    const fitting = requests.flatMap(({ write }, at) => (write === (nth % 3 !== 1) ? at : []));
    return [fitting[(nth * 7) % fitting.length] ?? 0];
  }

  const has = ({ entries }: SiteCensus, title: string) => entries.some((line) => line.includes(title));
  const titleAt = (path: string) => {
    const n = /post-(\d)/.exec(path)?.[1];
    return n === undefined ? "About" : titleOf(Number(n));
  };

  /** What the run says of itself, against the site's own store. */
  function honest(ran: Ran, undisturbed: SiteCensus, where: string): void {
    const site = road.fake.census();
    const last = [...new Map(ran.results.map((result) => [result.path, result])).values()];
    const titles = (status: string) =>
      last.filter((result) => result.status === status).map(({ path }) => titleAt(path));
    expect(
      titles("ok").filter((title) => !has(site, title)),
      where,
    ).toEqual([]);
    expect(
      titles("not-attempted").filter((title) => has(site, title)),
      where,
    ).toEqual([]);
    expect(ran.summary?.created ?? 0, where).toBe(titles("ok").length);
    expect(site.entries.length, where).toBe(new Set(site.entries).size);
    if (exitCodeOf(ran) === 0) expect(site, where).toEqual(undisturbed);
    else expect(ran.fault !== undefined || titles("ok").length < DOCUMENTS, where).toBe(true);
  }

  describe("a first push", () => {
    let requests: readonly Passed[];
    let undisturbed: SiteCensus;
    beforeAll(async () => {
      await anew();
      await whole();
      requests = road.proxy.passed;
      undisturbed = road.fake.census();
      expect(undisturbed.entries).toHaveLength(DOCUMENTS);
      expect(undisturbed.media).toHaveLength(2);
    });

    it.each(MET)(
      "%s: every document arrives once, and the run says what it knows",
      async (mishap) => {
        for (const at of sample(requests, mishap)) {
          const { method, url } = requests[at] ?? {};
          const where = `${mishap} at ${at}: ${method} ${url}`;
          await anew();
          road.proxy.reset(mishap, at);
          honest(await run(), undisturbed, where);
          await whole();
          expect(road.fake.census(), where).toEqual(undisturbed);
          const again = await whole();
          expect(again.summary, where).toMatchObject({ writes: 0, unchanged: DOCUMENTS });
          expect(writes(), where).toBe(0);
        }
      },
      SWEEP === "" ? 60_000 : 3_600_000,
    );
  });

  describe("a push of edits and a removal", () => {
    const edits = { delete: true };
    let requests: readonly Passed[];
    let undisturbed: SiteCensus;

    async function edited(): Promise<void> {
      await anew();
      await whole();
      editSite(operator);
      road.proxy.reset();
    }
    beforeAll(async () => {
      await edited();
      const ran = await whole(edits);
      expect(ran.summary).toMatchObject({ updated: 4, deleted: 1, failed: 0, conflicts: 0 });
      requests = road.proxy.passed;
      undisturbed = road.fake.census();
    });

    it.each(MET)(
      "%s: each is done once, told as done where it was, and no conflict follows",
      async (mishap) => {
        for (const at of sample(requests, mishap)) {
          const { method, url } = requests[at] ?? {};
          const where = `${mishap} at ${at}: ${method} ${url}`;
          await edited();
          road.proxy.reset(mishap, at);
          const disturbed = await run(edits);
          const said = disturbed.results.find(({ path }) => path === "posts/post-1.md");
          const landed = has(road.fake.census(), "Edited of 1");
          // What is written and cannot be read back is no success, and is told as written.
          const isWritten = said?.status === "ok" || said?.fault?.code === "not-verified";
          if (said !== undefined) expect(isWritten, where).toBe(landed);
          if (exitCodeOf(disturbed) === 0) expect(road.fake.census(), where).toEqual(undisturbed);
          await whole(edits);
          expect(road.fake.census(), where).toEqual(undisturbed);
          const again = await whole(edits);
          expect(again.summary, where).toMatchObject({ writes: 0 });
          expect(writes(), where).toBe(0);
        }
      },
      SWEEP === "" ? 60_000 : 3_600_000,
    );
  });

  it("an edit on the site meanwhile is never overwritten, and comes down in the next sync", async () => {
    await anew();
    await whole();
    operator.write("posts/post-4.md", operator.read("posts/post-4.md").replace("First of", "Mine of"));
    road.proxy.before = ({ write }) => {
      if (!write) return;
      road.proxy.before = undefined;
      road.fake.edit("post-4", { title: "Theirs" });
    };
    const stale = await run();
    road.proxy.before = undefined;
    const site = road.fake.census();
    if (stale.results.every(({ status }) => status === "ok")) expect(has(site, "Theirs")).toBe(true);
    else expect(stale.results.map(({ status }) => status)).toEqual(["conflict"]);
    const both = await operator.run(overRoad(road, "sync"), [], { target: ["site"] });
    expect(both.summary).toMatchObject({ failed: 0, conflicts: 0 });
    expect(operator.read("posts/post-4.md")).toContain("title: Theirs");
    expect(operator.read("posts/post-4.md")).toContain("Mine of 4.");
    const line = road.fake.census().entries.find((one) => one.includes("Theirs"));
    expect(line).toContain("Mine of 4");
  });
});

afterAll(removeTempDirs);
