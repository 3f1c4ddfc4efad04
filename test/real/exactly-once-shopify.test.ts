import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { newId, nowStamp } from "../../src/sandbox/shopify/state.ts";
import { type Bench, bench, type Ran, removeTempDirs } from "../commands/bench.ts";
import type { Passed } from "../fakes/fault-proxy.ts";
import { exitCodeOf } from "./disturbed.ts";
import {
  DOCUMENTS,
  editShopContent,
  overShop,
  SHOP_MISHAPS,
  SHOPS,
  type ShopCensus,
  type ShopMishap,
  type ShopRoad,
  shopCensus,
  startShop,
  writeShopContent,
} from "./shop-road.ts";

/** As of exactly-once.test.ts: every request, or so many of them; else one for each mishap. */
const SWEEP = process.env.AINSTEIN_SWEEP ?? "";

/** Every day, on one of the shops in turn: a request of another kind for each. */
const DAILY: readonly ShopMishap[] = [
  ...(["reset-during", "reset-after", "502-after", "short-answer"] as const),
  ...(["503", "page", "throttled", "internal-error-after"] as const),
];
const mishapsOf = (turn: number) => (SWEEP === "" ? DAILY.filter((_, at) => at % 2 === turn) : SHOP_MISHAPS);

const isCreate = ({ body }: Passed) => /(?:article|page|product)Create\(/.test(body);

const shops = Object.entries(SHOPS).map(([name, behaviours], turn) => ({ name, behaviours, turn }));

describe.each(shops)("$name, at the end of a bad road", ({ behaviours, turn }) => {
  let road: ShopRoad;
  let operator: Bench;

  async function anew(): Promise<void> {
    await road?.stop();
    road = await startShop(behaviours);
    operator = bench();
    writeShopContent(operator);
  }
  afterEach(async () => {
    await road?.stop();
    removeTempDirs();
  });

  const run = (flags = {}): Promise<Ran> =>
    operator.run(overShop(road, "push"), [], { target: ["shop"], ...flags });
  const site = () => shopCensus(road.sandbox);
  const writes = () => road.proxy.passed.filter(({ write }) => write).length;

  async function whole(flags = {}): Promise<Ran> {
    road.proxy.before = undefined;
    road.proxy.reset();
    const ran = await run(flags);
    expect(ran.results.filter(({ status }) => status !== "ok")).toEqual([]);
    expect(exitCodeOf(ran)).toBe(0);
    return ran;
  }

  /** Several of the requests of an undisturbed run, by their number. */
  function sample(requests: readonly Passed[], mishap: ShopMishap): readonly number[] {
    if (SWEEP === "full") return requests.map((_, at) => at);
    if (SWEEP !== "") {
      const every = Math.ceil(requests.length / Number(SWEEP));
      return requests.flatMap((_, at) => (at % every === 0 ? at : []));
    }
    const nth = DAILY.indexOf(mishap);
    const fitting = requests.flatMap(({ write }, at) => (write === (nth % 3 !== 1) ? at : []));
    return [fitting[(nth * 7) % fitting.length] ?? 0];
  }

  const slugsOf = ({ entries }: ShopCensus) => entries.map((line) => line.split(" | ").slice(1, 3).join("/"));
  const placeOf = (path: string): string => {
    const name = path.replace(/^.*\//, "").replace(/\.md$/, "");
    if (name === "again") return "guides/article-1";
    const n = Number(/^article-(\d)/.exec(name)?.[1] ?? Number.NaN);
    return `${Number.isNaN(n) ? "" : n % 2 === 0 ? "guides" : "news"}/${name}`;
  };

  /** What the run says of itself, against the shop's own store. */
  function honest(ran: Ran, undisturbed: ShopCensus, where: string): void {
    const places = slugsOf(site());
    const last = [...new Map(ran.results.map((result) => [result.path, result])).values()];
    const placesWith = (status: string) =>
      last.filter((result) => result.status === status).map(({ path }) => placeOf(path));
    expect(
      placesWith("ok").filter((place) => !places.includes(place)),
      where,
    ).toEqual([]);
    expect(
      placesWith("not-attempted").filter((place) => places.includes(place)),
      where,
    ).toEqual([]);
    expect(ran.summary?.created ?? 0, where).toBe(placesWith("ok").length);
    expect(places.length, where).toBe(new Set(places).size);
    if (exitCodeOf(ran) === 0) expect(site(), where).toEqual(undisturbed);
    else expect(ran.fault !== undefined || placesWith("ok").length < DOCUMENTS, where).toBe(true);
  }

  describe("a first push", () => {
    let requests: readonly Passed[];
    let undisturbed: ShopCensus;
    beforeAll(async () => {
      await anew();
      await whole();
      requests = road.proxy.passed;
      undisturbed = site();
      expect(undisturbed.entries).toHaveLength(DOCUMENTS);
      expect(undisturbed.files).toHaveLength(2);
    });

    it.each(mishapsOf(turn))(
      "%s: every document arrives once, and the run says what it knows",
      async (mishap) => {
        for (const at of sample(requests, mishap)) {
          const where = `${mishap} at ${at}: ${requests[at]?.body.slice(0, 300)}`;
          await anew();
          road.arm(mishap, at);
          const disturbed = await run();
          honest(disturbed, undisturbed, where);
          await whole();
          expect(site(), where).toEqual(undisturbed);
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
    let undisturbed: ShopCensus;

    async function edited(): Promise<void> {
      await anew();
      await whole();
      editShopContent(operator);
      road.proxy.reset();
    }
    beforeAll(async () => {
      await edited();
      const ran = await whole(edits);
      expect(ran.summary).toMatchObject({ updated: 5, deleted: 1, failed: 0, conflicts: 0 });
      requests = road.proxy.passed;
      undisturbed = site();
    });

    it.each(mishapsOf(1 - turn))(
      "%s: each is done once, told as done where it was, and no conflict follows",
      async (mishap) => {
        for (const at of sample(requests, mishap)) {
          const where = `${mishap} at ${at}: ${requests[at]?.body.slice(0, 300)}`;
          await edited();
          road.arm(mishap, at);
          const disturbed = await run(edits);
          const said = disturbed.results.find(({ path }) => path === "articles/article-1.md");
          const landed = site().entries.some((line) => line.includes("Edited of 1"));
          if (said !== undefined) expect(said.status === "ok", where).toBe(landed);
          if (exitCodeOf(disturbed) === 0) expect(site(), where).toEqual(undisturbed);
          road.proxy.before = undefined;
          await whole(edits);
          expect(site(), where).toEqual(undisturbed);
          const again = await whole(edits);
          expect(again.summary, where).toMatchObject({ writes: 0 });
          expect(writes(), where).toBe(0);
        }
      },
      SWEEP === "" ? 60_000 : 3_600_000,
    );
  });

  it("a create whose second copy is answered ends with the first alone", async () => {
    await anew();
    road.proxy.before = (passed) => {
      if (!isCreate(passed)) return;
      road.proxy.before = undefined;
      road.proxy.cut("twice-second", true);
    };
    const ran = await run();
    expect(ran.results.filter(({ status }) => status !== "ok")).toEqual([]);
    const places = slugsOf(site());
    expect(places.sort()).toEqual(ran.results.map(({ path }) => placeOf(path)).sort());
    expect((await whole()).summary).toMatchObject({ writes: 0 });
  });

  it("a create that is repeated on its way is in the shop once, or told with both ids", async () => {
    await anew();
    // What is not shown by searches yet is not seen.
    road.sandbox.behaviours.searchLagMs = 0;
    road.proxy.before = (passed) => {
      if (!isCreate(passed)) return;
      road.proxy.before = undefined;
      road.proxy.cut("twice-first", true);
    };
    const ran = await run();
    const told = ran.results.filter(({ status }) => status === "failed");
    const doubled = slugsOf(site()).filter((place) => /-\d-1$|(?:about|loaf)-1$/.test(place));
    expect(told.map(({ path }) => `${placeOf(path)}-1`).sort()).toEqual(doubled.sort());
    for (const { fault } of told) {
      expect(fault?.code).toBe("duplicate");
      expect(fault?.message).toMatch(/entries \d+ and \d+$/);
    }
    expect(exitCodeOf(ran)).toBe(doubled.length > 0 ? 1 : 0);
    expect(doubled.length > 0).toBe(behaviours.handleCollision === "suffix");
  });

  it("an article that an editor makes under the slug at the same moment stays, and is told", async () => {
    await anew();
    const { store, behaviours: now } = road.sandbox;
    now.onRequest = (query) => {
      if (!query.includes("articleCreate(")) return;
      now.onRequest = undefined;
      const [news] = store.blogs.values();
      const at = nowStamp(store);
      const theirs = { id: newId(store, "Article"), handle: "article-1", title: "Theirs", body: "By hand." };
      store.articles.set(theirs.id, {
        ...theirs,
        ...{ blogId: news?.id ?? "", author: "Ada", summary: null, tags: [], image: null, publishedAt: null },
        ...{ templateSuffix: null, createdAt: at, updatedAt: at },
      });
    };
    const ran = await run();
    expect(exitCodeOf(ran)).toBe(4);
    const told = ran.results.filter(({ status }) => status !== "ok");
    expect(told.map(({ path, status, fault }) => [path, status, fault?.code])).toEqual([
      ["articles/article-1.md", "conflict", "slug-taken"],
    ]);
    const places = slugsOf(site());
    expect(places).toHaveLength(DOCUMENTS);
    expect(new Set(places).size).toBe(DOCUMENTS);
    expect(site().entries.join()).toContain("By hand.");
  });

  it("what an open circuit keeps back is not attempted, and is not in the shop", async () => {
    await anew();
    for (let n = 10; n < 50; n += 1) {
      operator.write(`articles/note-${n}.md`, `---\ntitle: Note ${n}\nblog: news\n---\n\nNote.\n`);
    }
    let creates = 0;
    road.proxy.before = (passed) => {
      if (!isCreate(passed)) return;
      creates += 1;
      if (creates === 2) road.proxy.cut("reset-after");
    };
    const ran = await run();
    expect(exitCodeOf(ran)).toBe(6);
    const kept = ran.results.filter(({ status }) => status === "not-attempted");
    expect(kept.length).toBeGreaterThan(0);
    const titles = site().entries.map((line) => line.split(" | ")[3]);
    const titleOf = (path: string) => /title: (.*)/.exec(operator.read(path))?.[1];
    expect(kept.map(({ path }) => titleOf(path)).filter((title) => titles.includes(title))).toEqual([]);
    await whole();
    const places = slugsOf(site());
    expect(places).toHaveLength(DOCUMENTS + 40);
    expect(new Set(places).size).toBe(DOCUMENTS + 40);
  });
});

afterAll(removeTempDirs);
