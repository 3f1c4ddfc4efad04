import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assemble, type Policy } from "../../src/sync/assemble.ts";
import { followingLinks } from "../../src/sync/links.ts";
import type { Subject } from "../../src/sync/model.ts";
import type { Step } from "../../src/sync/plan.ts";
import { base, local, print, remote, subject } from "./build.ts";

const PUSH: Policy = { out: true, in: false, live: false, remove: true, newState: "published" };

interface Doc {
  readonly name: string;
  /** `new`, there and untouched, or there with another slug or another body now. */
  readonly is: "new" | "same" | "slug" | "body";
  readonly links: readonly string[];
  readonly above?: string;
}

const pathOf = (name: string) => `${name}.md`;

function subjectOf({ name, is, links, above }: Doc): Subject {
  const at = { path: pathOf(name), slug: name, scope: above ?? "", kind: "page" };
  const linked = { ...at, links: links.map(pathOf) };
  const parts = { body: "b", slug: name, title: "t" };
  if (is === "new") return subject({ local: local(parts, linked) });
  const now = is === "slug" ? { ...parts, slug: "new" } : is === "body" ? { ...parts, body: "new" } : parts;
  const line = base(parts, parts, { ...at, id: name });
  const blob = is === "same" ? { blob: "b1", fingerprint: line.local } : { fingerprint: print(now) };
  return subject({
    base: line,
    local: local(now, { ...linked, ...blob }),
    remote: remote(undefined, { ...at, id: name, url: `https://example.org/${name}/` }),
  });
}

function plan(docs: readonly Doc[]): readonly Step[] {
  const subjects = docs.map(subjectOf);
  return followingLinks(assemble(subjects, PUSH), subjects, true).steps;
}

const told = (steps: readonly Step[]) =>
  steps.map(({ action, path, pass }) => `${action} ${path}${pass === 2 ? " again" : ""}`);

describe("a plan of documents that link to each other", () => {
  it("makes a chain from its end, with one write each", () => {
    const steps = plan([
      { name: "a", is: "new", links: ["b"] },
      { name: "b", is: "new", links: ["c"] },
      { name: "c", is: "new", links: [] },
    ]);
    expect(told(steps)).toEqual(["create c.md", "create b.md", "create a.md"]);
  });

  it("makes pages above others first, and fills in what these link to below", () => {
    const steps = plan([
      { name: "top", is: "new", links: ["below"] },
      { name: "below", is: "new", links: ["top"], above: "top" },
    ]);
    expect(told(steps)).toEqual(["create top.md", "create below.md", "update top.md again"]);
  });

  it("sends a document that was edited after those whose address changes, once", () => {
    const steps = plan([
      { name: "a", is: "body", links: ["b"] },
      { name: "b", is: "slug", links: [] },
      { name: "c", is: "same", links: ["b"] },
    ]);
    expect(told(steps)).toEqual(["update b.md", "update a.md", "update c.md again"]);
  });

  it("leaves documents alone that only link to one whose text changes", () => {
    const steps = plan([
      { name: "a", is: "same", links: ["b"] },
      { name: "b", is: "body", links: [] },
    ]);
    expect(told(steps)).toEqual(["update b.md"]);
  });

  it("ends with every link leading to the address of now, with no write that changes nothing", () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    const doc = fc.record({
      is: fc.constantFrom<Doc["is"]>("new", "same", "slug", "body"),
      links: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 }),
      below: fc.option(fc.nat(5), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(doc, { minLength: 2, maxLength: 6 }), (given) => {
        const docs = given.map(({ is, links, below }, index): Doc => {
          const above = below !== undefined && below < index ? names[below] : undefined;
          const known = links.filter((name) => names.indexOf(name) < given.length);
          const top = above !== undefined && given[names.indexOf(above)]?.below === undefined;
          return {
            name: names[index] ?? "",
            is,
            links: known,
            ...(top && above !== undefined ? { above } : {}),
          };
        });
        const writes = carriedOut(docs, plan(docs));
        expect(writes.wrong).toEqual([]);
        expect(writes.idle).toEqual([]);
        expect(writes.orphans).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("orders long chains and large circles without trouble", () => {
    const name = (n: number) => `n${String(n % 20_000).padStart(5, "0")}`;
    const chain = Array.from(
      { length: 20_000 },
      (_, n): Doc => ({ name: name(n), is: "new", links: n === 19_999 ? [] : [name(n + 1)] }),
    );
    expect(plan(chain).length).toBe(20_000);
    const circle = chain.map((doc, n) => ({ ...doc, links: [name(n + 1)] }));
    expect(plan(circle).length).toBe(20_001);
  });
});

/** What the site and the sent links are like after the plan. */
function carriedOut(docs: readonly Doc[], steps: readonly Step[]) {
  const addresses = new Map<string, string>();
  const sent = new Map<string, string>();
  const idle: string[] = [];
  const orphans: string[] = [];
  for (const { name, is } of docs) if (is !== "new") addresses.set(pathOf(name), `old ${name}`);
  const linksOf = (path: string) => docs.find(({ name }) => pathOf(name) === path)?.links ?? [];
  const state = (path: string) =>
    linksOf(path)
      .map((name) => `${name}: ${addresses.get(pathOf(name)) ?? ""}`)
      .join();
  for (const { name, is } of docs) if (is !== "new") sent.set(pathOf(name), state(pathOf(name)));
  for (const { action, path, changed, pass } of steps) {
    const doc = docs.find(({ name }) => pathOf(name) === path);
    const above = docs.find(({ name }) => name === doc?.above);
    if (action === "create" && above?.is === "new" && !addresses.has(pathOf(above.name))) orphans.push(path);
    if (pass === 2 && sent.get(path) === state(path)) idle.push(path);
    if (action !== "create" && !changed.includes("body") && !changed.includes("slug")) continue;
    sent.set(path, changed.includes("slug") && action !== "create" ? (sent.get(path) ?? "") : state(path));
    if (action === "create") addresses.set(path, `new ${path}`);
    else if (changed.includes("slug")) addresses.set(path, `moved ${path}`);
  }
  const wrong = docs.map(({ name }) => pathOf(name)).filter((path) => sent.get(path) !== state(path));
  return { wrong, idle, orphans };
}
