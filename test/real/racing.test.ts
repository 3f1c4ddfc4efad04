import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "../../src/commands/context.ts";
import type { Direction } from "../../src/commands/transfer.ts";
import type { Emit, Event } from "../../src/engine/events.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "../commands/bench.ts";
import { type FaultProxy, startFaultProxy } from "../fakes/fault-proxy.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { eachWrite } from "../fakes/wordpress-batch.ts";
import type { FakePost } from "../fakes/wordpress-state.ts";
import { exitCodeOf, over } from "./disturbed.ts";

const TARGET = { target: ["wp"] };
const COUNT = 300;

// The fake takes requests as fast as two machines can send them, and can be made to do at once what WordPress does
// rarely: give two entries one slug. Three hundred creates take a real one minutes; killed.test.ts races ten there.
let fake: FakeWordPress;
let proxy: FaultProxy;

beforeEach(async () => {
  fake = await startFakeWordPress();
  proxy = await startFaultProxy(fake.url);
});
afterEach(async () => {
  await proxy.stop();
  await fake.stop();
});
afterAll(removeTempDirs);

const live = () => [...fake.state.posts.values()].filter((post) => post.status !== "trash");
const named = (slug: string): FakePost => {
  const post = live().find((candidate) => candidate.slug === slug);
  if (post === undefined) throw new Error(`no entry ${slug}`);
  return post;
};
function run(operator: Bench, direction: Direction, flags = {}, onPlan = () => {}): Promise<Ran> {
  const command = over({ api: `${proxy.url}/wp-json`, password: fake.users.admin }, direction);
  const planning: Command = (context, args) => {
    const emit: Emit = (event) => {
      if (event.type === "plan") onPlan();
      context.emit(event);
    };
    return command({ ...context, emit }, args);
  };
  return operator.run(planning, [], { ...TARGET, ...flags });
}
const text = (name: string) =>
  `---\ntitle: ${name}\nstatus: published\n---\n\nText of ${name}.\n\nMore of it.\n`;
const undone = (ran: Ran) =>
  ran.results.filter(({ status }) => status !== "ok").map(({ path, fault }) => `${fault?.code} ${path}`);

describe("two machines that create the same documents at one time", () => {
  const namesOf = (count: number) => Array.from({ length: count }, (_, n) => `n${n}`);

  async function race(
    slugs: readonly string[],
  ): Promise<{ readonly machines: readonly Bench[]; readonly ended: readonly Ran[] }> {
    const one = bench();
    for (const slug of slugs) one.write(`${slug}.md`, text(slug));
    one.git("init", "-q");
    one.git("add", "-A");
    one.git("commit", "-qm", "first");
    const clone = tempDir("clone");
    one.git("clone", "-q", ".", clone);
    const machines = [one, bench({ root: clone })];
    holdUntilBothWrite();
    const ended = await Promise.all(machines.map((each) => run(each, "publish")));
    return { machines, ended };
  }

  /** Nothing is stored before both have found their slugs free. One machine has two batches under way, and no more. */
  function holdUntilBothWrite(): void {
    let writes = 0;
    let open = (): void => {};
    const both = new Promise<void>((resolve) => {
      open = resolve;
    });
    proxy.before = ({ write }) => {
      if (!write) return;
      writes += 1;
      if (writes > 2) open();
      return both;
    };
  }

  const doubled = (slugs: readonly string[]) =>
    slugs.filter((slug) => live().filter((post) => post.title === slug).length > 1);
  /** How many documents a notice of doubles speaks of. */
  const namedIn = (event: Event | undefined) => {
    const message = event?.type === "notice" ? event.message : "";
    return (message.match(/\(entries /g)?.length ?? 0) + Number(/and (\d+) more$/.exec(message)?.[1] ?? 0);
  };
  const createsOnly = () =>
    eachWrite(fake.requests).filter(({ method, url }) => !(method === "POST" && /\/posts\?/.test(url)));

  it("leave each there once where the site sees to it that slugs differ", async () => {
    const slugs = namesOf(60);
    const { machines, ended } = await race(slugs);
    expect(doubled(slugs)).toEqual([]);
    expect(live().map(({ title, content }) => content.includes(`Text of ${title}.`))).toEqual(
      slugs.map(() => true),
    );
    // Each tells of what the other was first with, or has withdrawn its own.
    for (const ran of ended) expect(undone(ran).filter((line) => !line.startsWith("slug-taken"))).toEqual([]);
    for (const each of machines) {
      const again = await run(each, "publish");
      expect(exitCodeOf(again)).toBe(0);
      expect(again.summary).toMatchObject({ unchanged: slugs.length, writes: 0 });
    }
  }, 60_000);

  it("tell of each that is there twice with both ids, overwrite neither, and say the same again", async () => {
    // What WordPress does when both requests have asked for a free slug before either is stored.
    fake.quirks.rewrites = (path, body) => {
      const made = body as { readonly id?: number; readonly slug?: string };
      const post =
        path === "/wp/v2/posts" && made.id !== undefined ? fake.state.posts.get(made.id) : undefined;
      if (post === undefined) return body;
      post.slug = post.slug.replace(/-2$/, "");
      return { ...made, slug: post.slug };
    };
    const { machines, ended } = await race(namesOf(COUNT));
    delete fake.quirks.rewrites;
    const twice = doubled(namesOf(COUNT));
    expect(twice.length).toBeGreaterThan(0);
    const told = ended.flatMap(({ results }) => results.filter(({ fault }) => fault?.code === "duplicate"));
    for (const slug of twice) {
      const ids = live().flatMap((post) => (post.title === slug ? String(post.id) : []));
      const reports = told.filter(({ path }) => path === `${slug}.md`);
      expect(reports.length, slug).toBeGreaterThan(0);
      for (const { fault } of reports) for (const id of ids) expect(fault?.message).toContain(id);
    }
    expect(createsOnly()).toEqual([]);
    for (const each of machines) {
      const before = fake.requests.length;
      const again = await run(each, "publish");
      const said = again.events.filter(
        (event) => event.type === "notice" && event.message.startsWith("on the site twice"),
      );
      expect(said).toHaveLength(1);
      expect(namedIn(said[0])).toBe(twice.length);
      const sent = eachWrite(fake.requests.slice(before));
      expect(sent.map(({ body }) => (JSON.parse(body) as { title: string }).title)).not.toEqual(
        expect.arrayContaining(twice),
      );
    }
  }, 60_000);
});

describe("two runs on one connection of one machine", () => {
  it("do not interleave: the second ends with exit 7 and names the first", async () => {
    const operator = bench();
    for (let n = 0; n < 20; n += 1) operator.write(`post-${n}.md`, text(`post-${n}`));
    let second: Ran | undefined;
    proxy.before = async ({ write }) => {
      if (!write || second !== undefined) return;
      const from = fake.requests.length;
      second = await run(operator, "sync");
      expect(fake.requests.slice(from).filter(({ write }) => write)).toEqual([]);
    };
    const first = await run(operator, "publish");
    expect(first.summary).toMatchObject({ created: 20, failed: 0 });
    expect(exitCodeOf(second as Ran)).toBe(7);
    expect(second?.fault?.message).toContain(`process ${process.pid}, ainstein-cms publish --target wp`);
    expect(live()).toHaveLength(20);
  });
});

describe("an entry that is edited in the CMS between the plan and the write", () => {
  let operator: Bench;
  const NAMES = ["one", "two", "three"];

  beforeEach(async () => {
    operator = bench();
    for (const name of NAMES) operator.write(`${name}.md`, text(name));
    await run(operator, "publish");
    for (const name of NAMES) {
      operator.write(`${name}.md`, operator.read(`${name}.md`).replace("Text of", "Mine of"));
    }
    proxy.reset();
  });

  /** Somebody saves it right before the run looks at it for the last time: the first look after its plan. */
  function editedAtTheLastMoment(how: "fresh" | "cached"): {
    readonly id: number;
    readonly done: () => boolean;
    readonly planned: () => void;
  } {
    const post = named("two");
    const looks = new RegExp(`/posts/${post.id}\\?|[?&]include=(\\d+%2C)*${post.id}(%2C|&)`);
    let planned = false;
    let readings = 0;
    proxy.before = ({ write, url }) => {
      if (write || !planned || !looks.test(url)) return;
      readings += 1;
      if (readings > 1) return;
      post.content = post.content.replace("More of it", "Theirs");
      post.revisions += 1;
      if (how === "cached") proxy.cut("cached", true);
    };
    const plan = () => {
      planned = true;
    };
    return { id: post.id, done: () => readings > 0, planned: plan };
  }
  const puts = (id: number) => eachWrite(fake.requests).filter(({ url }) => url.includes(`/posts/${id}?`));

  it.each(["push", "sync"] as const)(
    "is a conflict of %s with nothing sent, and the others are",
    async (direction) => {
      const { id, done, planned } = editedAtTheLastMoment("fresh");
      const ran = await run(operator, direction, {}, planned);
      expect(done()).toBe(true);
      expect(exitCodeOf(ran)).toBe(4);
      expect(puts(id)).toEqual([]);
      expect(ran.summary).toMatchObject({ updated: 2, conflicts: 1, failed: 0, verified: 2 });
      expect(named("two").content).toContain("Theirs");
      expect(operator.read("two.md")).toContain("Mine of two");
      proxy.before = undefined;
      const merged = await run(operator, "sync");
      expect(merged.summary).toMatchObject({ merged: 1, conflicts: 0 });
      for (const side of [named("two").content, operator.read("two.md")]) {
        expect(side).toContain("Mine of two");
        expect(side).toContain("Theirs");
      }
    },
  );

  it("is not overwritten where a cache shows it as it was", async () => {
    const { id, done, planned } = editedAtTheLastMoment("cached");
    const ran = await run(operator, "push", {}, planned);
    expect(done()).toBe(true);
    // One answer told of all three: none of them is known to be as it was.
    expect(undone(ran).toSorted()).toEqual(NAMES.map((name) => `cached-answer ${name}.md`).toSorted());
    expect(ran.summary).toMatchObject({ failed: NAMES.length, updated: 0 });
    expect(puts(id)).toEqual([]);
    expect(named("two").content).toContain("Theirs");
  });

  it("is not merged over: neither what the file took nor the new edit is lost", async () => {
    const two = named("two");
    two.content = two.content.replace("More of it", "First theirs");
    two.revisions += 1;
    const { id, done, planned } = editedAtTheLastMoment("fresh");
    proxy.before = ((before) => (passed) => {
      const edited = done();
      void before?.(passed);
      if (!edited && done()) two.content = two.content.replace("First theirs", "Second theirs");
    })(proxy.before);
    const ran = await run(operator, "sync", {}, planned);
    expect(done()).toBe(true);
    expect(exitCodeOf(ran)).toBe(4);
    expect(puts(id)).toEqual([]);
    expect(ran.summary).toMatchObject({ updated: 2, merged: 0, conflicts: 1 });
    expect(operator.read("two.md")).toContain("Mine of two");
    proxy.before = undefined;
    const merged = await run(operator, "sync");
    expect(merged.summary.failed).toBe(0);
    expect(operator.read("two.md")).toContain("Mine of two");
    expect(two.content).toContain("Second theirs");
  });

  it("is not removed", async () => {
    rmSync(join(operator.root, "two.md"));
    const { id, done, planned } = editedAtTheLastMoment("fresh");
    const ran = await run(operator, "push", { delete: true }, planned);
    expect(done()).toBe(true);
    expect(exitCodeOf(ran)).toBe(4);
    expect(puts(id)).toEqual([]);
    expect(ran.summary).toMatchObject({ deleted: 0, updated: 2, conflicts: 1 });
    expect(named("two").status).toBe("publish");
  });
});

describe("an entry that a plug-in changes right after the write", () => {
  let operator: Bench;

  beforeEach(async () => {
    operator = bench();
    operator.write("one.md", text("one"));
    operator.write("two.md", text("two").replace("published", "draft"));
    operator.write("three.md", text("three"));
    await run(operator, "sync");
  });

  /** Once the answer has left. */
  function meddles(slug: string, meddle: (post: FakePost) => void): void {
    const post = named(slug);
    let written = false;
    proxy.before = ({ write, url }) => {
      if (!write && written) {
        meddle(post);
        proxy.before = undefined;
      }
      if (write && url.includes(`/posts/${post.id}`)) written = true;
    };
  }

  it("is not counted as merged", async () => {
    const one = named("one");
    one.content = one.content.replace("More of it", "Theirs");
    one.revisions += 1;
    operator.write("one.md", operator.read("one.md").replace("Text of", "Mine of"));
    meddles("one", (post) => {
      post.title = "Changed by a plug-in";
      post.revisions += 1;
    });
    const ran = await run(operator, "sync");
    expect(undone(ran)).toEqual(["changed-after-write one.md"]);
    expect(ran.summary).toMatchObject({ merged: 0, failed: 1, verified: 0 });
    expect(exitCodeOf(ran)).toBe(1);
  });

  it("is not counted as published", async () => {
    meddles("two", (post) => {
      post.status = "draft";
      post.revisions += 1;
    });
    operator.write("two.md", text("two"));
    const ran = await run(operator, "publish");
    expect(undone(ran)).toEqual(["changed-after-write two.md"]);
    expect(ran.summary).toMatchObject({ published: 0, failed: 1, verified: 0 });
  });

  it("is not counted as removed where it was brought back, and is removed by the next run", async () => {
    meddles("three", (post) => {
      post.status = "publish";
      post.slug = "three";
    });
    rmSync(join(operator.root, "three.md"));
    const ran = await run(operator, "sync", { delete: true });
    expect(undone(ran)).toEqual(["not-removed three.md"]);
    expect(ran.summary).toMatchObject({ deleted: 0, failed: 1, verified: 0 });
    expect(exitCodeOf(ran)).toBe(1);
    const again = await run(operator, "sync", { delete: true });
    expect(again.summary).toMatchObject({ deleted: 1, failed: 0, verified: 1 });
    expect(
      live()
        .map(({ slug }) => slug)
        .sort(),
    ).toEqual(["one", "two"]);
  });
});
