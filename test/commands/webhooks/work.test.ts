import { cpSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ppid } from "node:process";
import { afterAll, beforeEach, expect, test } from "vitest";
import type { Context } from "../../../src/commands/context.ts";
import type { WebhookRule } from "../../../src/commands/home-config.ts";
import { publish } from "../../../src/commands/publish.ts";
import { pull } from "../../../src/commands/pull.ts";
import { status } from "../../../src/commands/status.ts";
import { remove } from "../../../src/commands/webhooks/manage.ts";
import { sweep } from "../../../src/commands/webhooks/sweep.ts";
import { type Worked, workOn } from "../../../src/commands/webhooks/work.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import type { Store } from "../../../src/store/db.ts";
import { getEvent, listEvents, notedSince, receiveEvent, takeEvents } from "../../../src/store/events.ts";
import { acquireLock } from "../../../src/store/locks.ts";
import { startTimeOf, thisProcess } from "../../../src/store/processes.ts";
import { listRuns } from "../../../src/store/runs.ts";
import { type Bench, bench, removeTempDirs, tempDir } from "../bench.ts";
import { editOnSite, onSite } from "../site-edit.ts";

let site: string;
let operator: Bench;

beforeEach(async () => {
  site = tempDir("site");
  operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) } });
  operator.write("post.md", "---\ntitle: Post\nslug: post\n---\n\nText.\n");
  const ran = await operator.run(publish, ["."], { target: ["site"] });
  expect(ran.exit).toBe(0);
});
afterAll(removeTempDirs);

/** What the operator's machine does in a command. */
async function within<T>(work: (context: Context, store: Store) => Promise<T>): Promise<T> {
  let result: T | undefined;
  const ran = await operator.run(async (context) => {
    result = await work(context, context.store());
    return 0;
  });
  if (ran.fault !== undefined) throw ran.fault;
  return result as T;
}

const toPull = (): WebhookRule => ({ do: "pull", root: operator.root });

interface About {
  readonly key?: string;
  readonly entry?: string;
  readonly removed?: boolean;
  /** ms after now that the entry was changed. */
  readonly after?: number;
}

function told(store: Store, { key = "k1", entry, removed = false, after = 0 }: About = {}): number {
  const at = Date.now() + after;
  const event = {
    ...{ connection: "site", key, topic: "post.updated", removed, changedMs: at },
    entry: entry ?? onSite(site, "post").id,
    receivedAt: new Date(at).toISOString(),
  };
  return receiveEvent(store, event).seq;
}

const attend = (rule: WebhookRule = toPull(), only?: number): Promise<Worked> =>
  within((context) => workOn(context, "site", rule, only));

const pulls = (): Promise<number> =>
  within(async (_, store) => listRuns(store, 100).filter(({ command }) => command === "pull").length);

function editElsewhere(): void {
  editOnSite(site, "post", ({ body }) => ({ body: body.replace("Text", "Edited") }));
}

test("our own push is told by the platform, and nothing is pulled", async () => {
  const seq = await within(async (_, store) => told(store));
  expect(await attend()).toMatchObject({ outcome: "nothing", echoes: 1, events: [] });
  expect(await within(async (_, store) => getEvent(store, seq))).toMatchObject({
    state: "echo",
    detail: "our own write",
  });
  expect(await pulls()).toBe(0);
});

test("our own push is no news a day later either, and what somebody changed a moment after it is", async () => {
  await within(async (_, store) => told(store, { key: "late", after: 24 * 3_600_000 }));
  expect(await attend()).toMatchObject({ outcome: "nothing", echoes: 1 });
  expect(await pulls()).toBe(0);
  editElsewhere();
  await within(async (_, store) => told(store, { key: "soon", after: -60_000 }));
  expect(await attend()).toMatchObject({ outcome: "pulled", echoes: 0 });
  expect(operator.read("post.md")).toContain("Edited.");
});

test("where changes are noted, our own push is known by the root that it came from; without that root it is news", async () => {
  await within(async (_, store) => told(store, { key: "ours" }));
  expect(await attend({ do: "note" })).toMatchObject({ outcome: "nothing", echoes: 1 });
  renameSync(operator.root, `${operator.root}.away`);
  await within(async (_, store) => told(store, { key: "who knows" }));
  expect(await attend({ do: "note" })).toMatchObject({ outcome: "noted", echoes: 0 });
  renameSync(`${operator.root}.away`, operator.root);
});

test("a push from another root is pulled into the root of the configuration", async () => {
  const other = tempDir("other");
  cpSync(operator.root, other, { recursive: true });
  operator.write("post.md", operator.read("post.md").replace("Text.", "Sent."));
  expect((await operator.run(publish, ["."], { target: ["site"] })).exit).toBe(0);
  await within(async (_, store) => told(store));
  expect(await attend({ do: "pull", root: other })).toMatchObject({ outcome: "pulled", echoes: 0 });
  expect(readFileSync(join(other, "post.md"), "utf8")).toContain("Sent.");
});

test("what failed is tried again by itself, later and later", async () => {
  let now = Date.now();
  operator.clock = { ...systemClock, now: () => now };
  operator.write("ainstein.yaml", "content: 1\n");
  const seq = await within(async (_, store) => told(store, { entry: "new" }));
  const waits: number[] = [];
  for (let n = 0; n < 4; n += 1) {
    expect(await attend()).toMatchObject({ outcome: "failed" });
    expect(await attend()).toMatchObject({ outcome: "nothing", events: [] });
    const event = await within(async (_, store) => getEvent(store, seq));
    expect(event?.state).toBe("failed");
    waits.push((event?.notBeforeMs ?? 0) - now);
    now = event?.notBeforeMs ?? 0;
  }
  expect(waits[0]).toBe(60_000);
  expect(waits[3]).toBeGreaterThan(waits[2] ?? 0);
  rmSync(join(operator.root, "ainstein.yaml"));
  editElsewhere();
  expect(await attend()).toMatchObject({ outcome: "pulled", events: [{ seq }] });
});

test("an event that this process had taken when its database failed is taken up again", async () => {
  editElsewhere();
  await within(async (_, store) => {
    told(store, { after: 60_000 });
    takeEvents(store, systemClock, "site");
  });
  expect(await attend()).toMatchObject({ outcome: "pulled" });
});

test("of two receivers of one home one deals with an event, and the other leaves it alone", async () => {
  editElsewhere();
  const seq = await within(async (_, store) => {
    const number = told(store, { after: 60_000 });
    takeEvents(store, systemClock, "site");
    const other = { pid: ppid, startTime: startTimeOf(ppid) };
    store.run("UPDATE events SET pid = @pid, start_time = @startTime", other);
    return number;
  });
  expect(await attend()).toMatchObject({ outcome: "nothing", events: [] });
  expect(await attend(toPull(), seq)).toMatchObject({ outcome: "nothing", events: [] });
  expect([operator.read("post.md").includes("Edited"), await pulls()]).toEqual([false, 0]);
});

test("an edit at the site is pulled into the root once, however often it is told", async () => {
  editElsewhere();
  await within(async (_, store) => {
    for (let n = 0; n < 3; n += 1) told(store, { after: 60_000 });
  });
  expect(await attend()).toMatchObject({
    outcome: "pulled",
    detail: expect.stringMatching(/^1 pulled \(run /),
  });
  expect(operator.read("post.md")).toContain("Edited.");
  expect(await attend()).toMatchObject({ outcome: "nothing", events: [] });
  expect(await pulls()).toBe(1);
});

test("events that come in the wrong order lead to what the site says now", async () => {
  editElsewhere();
  await within(async (_, store) => {
    told(store, { key: "newer", after: 120_000 });
    told(store, { key: "older", after: 60_000 });
  });
  expect(await attend()).toMatchObject({ outcome: "pulled", events: [{ key: "newer" }, { key: "older" }] });
  expect(operator.read("post.md")).toContain("Edited.");
  expect(await pulls()).toBe(1);
});

test("a replay by hand is done whatever was done before", async () => {
  const seq = await within(async (_, store) => told(store));
  await attend();
  expect(await attend(toPull(), seq)).toMatchObject({
    outcome: "pulled",
    detail: expect.stringMatching(/^nothing to pull/),
  });
});

test("what is to be noted shows until somebody pulls", async () => {
  const noted = () => within(async (_, store) => notedSince(store, "site"));
  editElsewhere();
  await within(async (_, store) => told(store, { after: 60_000 }));
  expect(await attend({ do: "note" })).toMatchObject({ outcome: "noted" });
  expect((await noted())?.entries).toHaveLength(1);
  expect(operator.read("post.md")).toContain("Text.");
  const shown = async () => JSON.stringify((await operator.run(status, ["."], { target: ["site"] })).events);
  expect(await shown()).toMatch(
    /1 entry was changed remotely, as webhooks told until [-:\d ]{16} UTC: post\.md"/,
  );
  await within(async (_, store) => told(store, { key: "k2", entry: "new", after: 60_000 }));
  await attend({ do: "note" });
  expect(await shown()).toMatch(/2 entries were changed remotely, .* UTC: post\.md"/);
  await operator.run(pull, ["."], { target: ["site"] });
  // Told for a time that is a minute ahead, so nothing was pulled since, as far as the clock goes.
  expect((await noted())?.entries).toHaveLength(2);
  await within(async (_, store) => store.run("UPDATE events SET received_at = '2026-01-01T00:00:00.000Z'"));
  expect(await shown()).not.toContain("webhooks told");
});

test("while a run writes to the site nothing is decided: its echoes are known at its end", async () => {
  await within(async (_, store) => {
    const { site: identity } = listRuns(store, 1)[0] ?? { site: "" };
    const holder = { ...thisProcess(), run: "r1", command: "push" };
    told(store);
    const lock = acquireLock(store, identity, holder, systemClock);
    lock.touch();
  });
  expect(await attend()).toMatchObject({ outcome: "nothing", echoes: 0 });
  expect(await within(async (_, store) => listEvents(store, 1))).toMatchObject([{ state: "new" }]);
});

test("what a process had taken that is gone is taken up again", async () => {
  editElsewhere();
  await within(async (_, store) => {
    told(store, { after: 60_000 });
    takeEvents(store, systemClock, "site");
    store.run("UPDATE events SET pid = 1, start_time = 'long ago'");
  });
  expect(await attend()).toMatchObject({ outcome: "pulled" });
});

test("an event waits where the site cannot be reached, and is not lost", async () => {
  const gone = { platform: "wordpress", url: "http://127.0.0.1:9/wp-json", username: "a", password: "b" };
  operator.env.AINSTEIN_CONNECTION_SITE = JSON.stringify(gone);
  await within(async (_, store) => told(store, { entry: "7", after: 60_000 }));
  const worked = await attend();
  expect(worked.outcome).toBe("later");
  const [event] = await within(async (_, store) => listEvents(store, 1));
  expect(event?.state).toBe("new");
  expect(event?.notBeforeMs).toBeGreaterThan(Date.now() + 30_000);
});

test("a command is run with the events on its input, and with none of our secrets", async () => {
  const file = join(tempDir("out"), "seen");
  const script = `cat > ${file}; echo "key:$AINSTEIN_KEY:$AINSTEIN_CONNECTION_SITE:" >> ${file}`;
  await within(async (_, store) => told(store, { entry: "new" }));
  await attend({ do: "note", command: ["sh", "-c", script] });
  const [line = "", secrets] = readFileSync(file, "utf8").split("\n");
  expect(JSON.parse(line)).toMatchObject({ connection: "site", events: [{ topic: "post.updated" }] });
  expect(secrets).toBe("key:::");
  await within(async (_, store) => told(store, { key: "k2" }));
  await attend({ do: "note", command: ["sh", "-c", `echo again > ${file}.2`] });
  expect(existsSync(`${file}.2`)).toBe(false);
});

test("a sweep finds what no webhook told, once, and finds nothing where nothing changed", async () => {
  const look = () => within(async (context) => (await sweep(context, "site", toPull())).found);
  expect(await look()).toBe(false);
  editElsewhere();
  expect([await look(), await look()]).toEqual([true, false]);
  expect(operator.read("post.md")).toContain("Text.");
  expect(await attend()).toMatchObject({ outcome: "pulled", events: [{ topic: "sweep" }] });
  expect(operator.read("post.md")).toContain("Edited.");
  expect(await look()).toBe(false);
});

test("a sweep tells of a state of the site again when it comes back after a pull", async () => {
  const look = () => within(async (context) => (await sweep(context, "site", toPull())).found);
  for (const [from, to] of [
    ["Text", "Edited"],
    ["Edited", "Text"],
    ["Text", "Edited"],
  ] as const) {
    editOnSite(site, "post", ({ body }) => ({ body: body.replace(from, to) }));
    expect(await look()).toBe(true);
    expect(await attend()).toMatchObject({ outcome: "pulled" });
  }
  expect(operator.read("post.md")).toContain("Edited.");
});

test("webhooks that were made by hand are removed by hand, and it is said how", async () => {
  const { fault } = await operator.run(remove, ["site"]);
  expect(fault).toMatchObject({
    code: "webhooks.by-hand",
    hint: expect.stringContaining("docs/webhooks.md"),
  });
  expect((await operator.run(pull, ["."], { target: ["site"] })).exit).toBe(0);
});
