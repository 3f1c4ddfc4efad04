import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inGroups } from "../../src/engine/schedule.ts";
import { assemble, type Policy } from "../../src/sync/assemble.ts";
import { followingLinks } from "../../src/sync/links.ts";
import type { Step } from "../../src/sync/plan.ts";
import { awaitedLinks, waitsIn } from "../../src/sync/waits.ts";
import { local, subject } from "./build.ts";

const PUSH: Policy = { out: true, in: false, live: false, remove: true, newState: "published" };
/** A platform that takes 25 in a request, two requests at one time. */
const MOST = 25;
const ABREAST = 50;
/** Levels of links that any number of documents may have. */
const LEVELS = 4;

/** New documents, by number: which others each one links to, and the page above it. */
interface Doc {
  readonly links: readonly number[];
  readonly above?: number;
}

const named = (n: number) => `n${String(n).padStart(5, "0")}`;
const pathOf = (n: number) => `${named(n)}.md`;
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

function placeOf(docs: readonly Doc[], n: number): string {
  const above = docs[n]?.above;
  if (above === undefined) return "";
  const scope = placeOf(docs, above);
  return scope === "" ? named(above) : `${scope}/${named(above)}`;
}

function plan(docs: readonly Doc[], abreast: number | undefined): readonly Step[] {
  const subjects = docs.map(({ links }, n) => {
    const at = { path: pathOf(n), slug: named(n), scope: placeOf(docs, n), kind: "page" };
    return subject({ local: local({ body: "b" }, { ...at, links: links.map(pathOf) }) });
  });
  return followingLinks(assemble(subjects, PUSH), subjects, true, abreast).steps;
}

/** Carries the steps out in batches: what each document said in the end, and how many went in each request. */
async function carriedOut(docs: readonly Doc[], steps: readonly Step[]) {
  const linksOf = new Map(docs.map(({ links }, n) => [pathOf(n), links.map(pathOf)]));
  const aboveOf = new Map(docs.map(({ above }, n) => [pathOf(n), above === undefined ? "" : pathOf(above)]));
  const there = new Set<string>();
  const sent = new Map<string, readonly string[]>();
  const orphans: string[] = [];
  const awaited = awaitedLinks(steps, ({ path }) => linksOf.get(path) ?? []);
  const together = async (some: readonly Step[]) => {
    const before = waitsIn(some, awaited);
    const after = (step: Step) => before.get(step) ?? [];
    const sizes: number[] = [];
    await inGroups(some, { most: MOST, width: 3, after }, async (group) => {
      sizes.push(group.length);
      const known = new Set(there);
      for (const { path } of group) {
        const above = aboveOf.get(path) ?? "";
        if (above !== "" && !known.has(above)) orphans.push(path);
        sent.set(
          path,
          (linksOf.get(path) ?? []).filter((target) => known.has(target)),
        );
      }
      await Promise.resolve();
      for (const { path } of group) there.add(path);
    });
    return sizes;
  };
  const creates = await together(steps.filter(({ action }) => action === "create"));
  const fills = await together(steps.filter(({ pass }) => pass === 2));
  const wrong = [...linksOf].filter(([path, links]) => (sent.get(path) ?? []).length !== links.length);
  return { creates, fills, wrong: wrong.map(([path]) => path), orphans };
}

/** Writes and requests of a plan, whose documents all end right. */
async function costs(docs: readonly Doc[]) {
  const done = await carriedOut(docs, plan(docs, ABREAST));
  expect(done).toMatchObject({ wrong: [], orphans: [] });
  const sum = (sizes: readonly number[]) => sizes.reduce((all, size) => all + size, 0);
  expect(sum(done.creates)).toBe(docs.length);
  return { twice: sum(done.fills), requests: done.creates.length + done.fills.length };
}

const chain = (length: number): readonly Doc[] =>
  upTo(length).map((n) => ({ links: n + 1 < length ? [n + 1] : [] }));
const ring = (length: number): readonly Doc[] => upTo(length).map((n) => ({ links: [(n + 1) % length] }));

describe("new documents that link to each other, on a platform with batches", () => {
  it("of a chain of 100, go in four batches, and a fourth of them once more in one", async () => {
    expect(await costs(chain(100))).toEqual({ twice: 24, requests: 5 });
    expect(
      await costs([...chain(100)].reverse().map(({ links }) => ({ links: links.map((n) => 99 - n) }))),
    ).toEqual({
      twice: 24,
      requests: 5,
    });
  });

  it("of a ring of 100, cost no more than a chain, and one second send", async () => {
    expect(await costs(ring(100))).toEqual({ twice: 25, requests: 5 });
  });

  it("of a chain of 2,000, fill the batches, and are hardly ever sent twice", async () => {
    expect(await costs(chain(2_000))).toEqual({ twice: 49, requests: 82 });
  });

  it("of an index that all link back to, are sent once, and the index twice", async () => {
    const docs = [{ links: upTo(30).map((n) => n + 1) }, ...upTo(30).map(() => ({ links: [0] }))];
    expect(await costs(docs)).toEqual({ twice: 1, requests: 4 });
    expect(plan(docs, ABREAST).filter(({ pass }) => pass === 2)).toMatchObject([{ path: pathOf(0) }]);
  });

  it("of a mutual pair behind a page that all link to, send neither that page nor these twice", async () => {
    const docs = [
      { links: [1] },
      { links: [2] },
      { links: [1] },
      ...upTo(30).map((n) => ({ links: [0, ...(n % 2 === 0 ? [n + 4] : [n + 2])] })),
    ];
    const again = plan(docs, ABREAST).flatMap(({ pass, path }) => (pass === 2 ? [path] : []));
    expect(again).not.toContain(pathOf(0));
    expect(again.length).toBe(16);
  });

  it("of a page that many link to, at the end of a long chain, cost one second send in the chain", async () => {
    const docs = [...chain(LEVELS), ...upTo(60).map(() => ({ links: [0] }))];
    expect((await costs(docs)).twice).toBe(1);
  });

  it("of a chain that ends at a page far below others, do not wait for it", async () => {
    const pages = upTo(LEVELS).map((n): Doc => (n === 0 ? { links: [] } : { links: [], above: n - 1 }));
    const docs = [...pages, ...upTo(3).map((n) => ({ links: [LEVELS - 1 + n] }))];
    expect(await costs(docs)).toEqual({ twice: 1, requests: LEVELS + 1 });
  });

  it("of neighbours that link to each other both ways, are sent twice by halves, in batches", async () => {
    const docs = upTo(100).map((n) => ({
      links: [n - 1, n + 1].filter((other) => other >= 0 && other < 100),
    }));
    expect(await costs(docs)).toEqual({ twice: 50, requests: 6 });
  });

  it("that all link to all, are sent twice, all but one, and none waits for another of them", async () => {
    const docs = upTo(50).map((n) => ({ links: upTo(50).filter((other) => other !== n) }));
    expect(await costs(docs)).toEqual({ twice: 49, requests: 5 });
  });

  it("of a long chain among many others, travel along with them", async () => {
    const docs = [
      ...upTo(1_000).map(() => ({ links: [] })),
      ...chain(15).map(({ links }) => ({ links: links.map((n) => n + 1_000) })),
    ];
    const { twice, requests } = await costs(docs);
    expect(twice).toBe(0);
    expect(requests).toBeLessThanOrEqual(42);
  });

  it("end with all links leading somewhere, in few requests, whatever links to what", async () => {
    const doc = fc.record({
      links: fc.uniqueArray(fc.nat(119), { maxLength: 4 }),
      above: fc.option(fc.nat(119), { nil: undefined, freq: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(doc, { maxLength: 120 }), async (given) => {
        const docs = given.map(({ links, above }, n): Doc => {
          const known = links.filter((other) => other < given.length);
          return above !== undefined && above < n ? { links: known, above } : { links: known };
        });
        const steps = plan(docs, ABREAST);
        const { creates, fills, wrong, orphans } = await carriedOut(docs, steps);
        expect({ wrong, orphans }).toEqual({ wrong: [], orphans: [] });
        const deep = Math.max(0, ...docs.map((_, n) => placeOf(docs, n).split("/").length));
        expect(creates.length).toBeLessThanOrEqual(Math.floor(docs.length / MOST) + LEVELS + deep);
        const twice = new Set(steps.flatMap(({ pass, path }) => (pass === 2 ? [path] : [])));
        expect(fills.length).toBe(Math.ceil(twice.size / MOST));
        for (const { links } of steps.filter(({ pass }) => pass === 2)) expect(links).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("without any circle or long way between them, are never sent twice", async () => {
    const docs = fc.array(fc.uniqueArray(fc.nat(29), { maxLength: 4 }), {
      minLength: LEVELS * 30,
      maxLength: LEVELS * 30,
    });
    await fc.assert(
      fc.asyncProperty(docs, async (given) => {
        // Each links to documents of the level before its own.
        const levelled = given.map((links, n): Doc => {
          const level = Math.floor(n / 30);
          return { links: level === 0 ? [] : links.map((other) => (level - 1) * 30 + other) };
        });
        const { twice, requests } = await costs(levelled);
        expect(twice).toBe(0);
        expect(requests).toBeLessThanOrEqual(Math.floor(levelled.length / MOST) + LEVELS);
      }),
      { numRuns: 25 },
    );
  });

  it("are planned by the thousands, hubs that link to all of them included", () => {
    const hubs = upTo(5).map(() => ({ links: upTo(6_000) }));
    const docs = [
      ...hubs,
      ...upTo(6_000).map((n) => ({ links: [n % 5, n + 6, n + 12].filter((to) => to < 6_000) })),
    ];
    const steps = plan(docs, ABREAST);
    const again = steps.filter(({ pass }) => pass === 2);
    expect(steps.length - again.length).toBe(docs.length);
    expect(again.length).toBeLessThan(docs.length / 10);
  });
});
