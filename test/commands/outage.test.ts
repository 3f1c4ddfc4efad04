// A site that goes away in the middle, a site that is behind a guard, and time that runs out.
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connections } from "../../src/commands/connections.ts";
import { push } from "../../src/commands/push.ts";
import { runs } from "../../src/commands/runs.ts";
import { status } from "../../src/commands/status.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { EXIT } from "../../src/lib/exit.ts";
import { Fault } from "../../src/lib/fault.ts";
import { changeCircuit } from "../../src/store/circuits.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { pending } from "../../src/store/journal.ts";
import { acquireLock } from "../../src/store/locks.ts";
import { thisProcess } from "../../src/store/processes.ts";
import { type FaultProxy, type Mishap, startFaultProxy } from "../fakes/fault-proxy.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { type Bench, bench, type Ran, removeTempDirs } from "./bench.ts";

/** More than are begun at one time. */
const COUNT = 90;
const FEW = 3;

let fake: FakeWordPress;
let road: FaultProxy;
let ahead: number;
const others: Server[] = [];

/** Waits take a hundredth of their time, and that on this clock only. */
const clock: Clock = {
  now: () => Date.now() + ahead,
  sleep: async (ms, signal) => {
    signal?.throwIfAborted();
    ahead += ms / 100;
  },
};

beforeEach(async () => {
  ahead = 0;
  fake = await startFakeWordPress();
  road = await startFaultProxy(fake.url);
});
afterEach(async () => {
  await road.stop();
  await fake.stop();
  for (const server of others.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  removeTempDirs();
});

const connectionTo = (url: string) =>
  JSON.stringify({
    platform: "wordpress",
    url,
    auth: "app-password",
    username: "admin",
    password: "admin pass",
  });

function operator(count = COUNT): Bench {
  const self = bench({ env: { AINSTEIN_CONNECTION_WP: connectionTo(`${road.url}/wp-json`) } });
  self.clock = clock;
  self.write("ainstein.yaml", "targets: [wp]\n");
  for (let n = 0; n < count; n += 1)
    self.write(`doc-${n}.md`, `---\ntitle: Document ${n}\n---\n\nText of ${n}.\n`);
  return self;
}

/** The site goes away with the request after so many writes of documents. */
function dies(after: number, mishap: Mishap): void {
  let writes = 0;
  road.before = ({ write, url }) => {
    const counts = write && /\/wp\/v2\/posts|\/batch\/v1/.test(decodeURIComponent(url));
    if (counts) writes += 1;
    if (counts && writes === after + 1) road.cut(mishap);
  };
}

/** Requests so far, once none is under way any more. */
async function quiet(): Promise<number> {
  for (let before = -1; before !== road.passed.length; ) {
    before = road.passed.length;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  return road.passed.length;
}

function comesBack(): void {
  road.before = undefined;
  road.reset();
}

const inStore = <T>({ home }: Bench, work: (store: Store) => T): T => {
  const store = openStore(home);
  try {
    return work(store);
  } finally {
    store.close();
  }
};
/** Does `work` once, when two batches are on the road and a third one waits to be sent. */
function whenReady(self: Bench, work: () => void): void {
  const isReady = () => inStore(self, (store) => pending(store, siteIn(store)).length) >= 75;
  let ready: Promise<void> | undefined;
  road.before = async ({ write }) => {
    if (!write) return;
    ready ??= (async () => {
      while (!isReady()) await new Promise((resolve) => setTimeout(resolve, 20));
      work();
    })();
    await ready;
  };
}
const siteIn = (store: Store) => String(store.one("SELECT site FROM runs", {})?.site);

/** The end of a command that says how to go on with its run. */
const goesOn = ({ summary }: Ran, said: string) => ({
  type: "notice",
  target: "wp",
  message: expect.stringContaining(`run ${summary.run.slice(0, 8)} ${said}`),
  hint: `to go on with it: ainstein-cms runs resume ${summary.run.slice(0, 8)}`,
});

const pathsOf = ({ results }: Ran, ...wanted: readonly string[]) =>
  results.filter((result) => wanted.includes(result.status)).map((result) => result.path);

const titles = () => [...fake.state.posts.values()].map(({ title }) => title).sort();
const expected = Array.from({ length: COUNT }, (_, n) => `Document ${n}`).sort();

describe("a site that goes away in the middle of 90 documents", () => {
  it.each<Mishap>(["524-after", "reset-before"])(
    "(%s) has what it was sent once, and gets just the rest from runs resume",
    async (mishap) => {
      const self = operator();
      dies(1, mishap);
      const first = await self.run(push);
      expect(first.exit).toBe(EXIT.unavailable);
      expect(first.events.at(-1)).toMatchObject(goesOn(first, "is parked until 20"));
      const left = pathsOf(first, "not-attempted");
      expect(left.length).toBeGreaterThan(0);
      expect(left.length + pathsOf(first, "ok", "failed").length).toBe(COUNT);
      const made = fake.state.posts.size;
      expect(made).toBeGreaterThan(0);
      expect(made).toBeLessThan(COUNT);

      comesBack();
      ahead += 31 * 60_000;
      const resumed = await self.run(runs, ["resume", "last"]);
      expect(resumed.fault).toBeUndefined();
      expect(resumed.exit).toBe(EXIT.done);
      expect(resumed.summary).toMatchObject({ failed: 0, conflicts: 0, created: COUNT - made });
      expect(pathsOf(resumed, "ok")).toEqual(expect.arrayContaining([...left]));
      expect(titles()).toEqual(expected);
      expect((await self.run(push)).summary).toMatchObject({ unchanged: COUNT, writes: 0 });
    },
  );
});

describe("a site that is left alone from the middle of 90 documents on", () => {
  it("has documents that were ready to be sent not attempted, and gets them from runs resume", async () => {
    const self = operator();
    whenReady(self, () =>
      inStore(self, (store) =>
        changeCircuit(store, "wp", () => ({
          state: "open",
          cause: { code: "no-answer", message: "no answer" },
          since: clock.now() + 1000,
          until: clock.now() + 20 * 60_000,
          times: 1,
          url: `${road.url}/wp-json`,
        })),
      ),
    );
    const first = await self.run(push);
    expect(first.exit).toBe(EXIT.unavailable);
    const refused = first.results.filter(({ fault }) => fault?.code === "circuit-open");
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set(["not-attempted"]));
    expect(pathsOf(first, "not-attempted")).toHaveLength(COUNT - fake.state.posts.size);

    road.before = undefined;
    ahead += 31 * 60_000;
    const resumed = await self.run(runs, ["resume", "last"]);
    expect(resumed.summary).toMatchObject({ failed: 0, created: pathsOf(first, "not-attempted").length });
    expect(titles()).toEqual(expected);
  });
});

describe("a run that is interrupted", () => {
  it("sends nothing after that, says what it did not come to, and goes on with runs resume", async () => {
    const self = operator();
    const controller = new AbortController();
    self.signal = controller.signal;
    whenReady(self, () => controller.abort());
    const first = await self.run(push);
    expect(first.exit).toBe(EXIT.interrupted);
    expect(first.events.at(-1)).toMatchObject(goesOn(first, "has left some of it to be done"));
    expect(road.passed.filter(({ write }) => write)).toHaveLength(2);
    expect(pathsOf(first, "ok")).toHaveLength(fake.state.posts.size);
    expect(pathsOf(first, "not-attempted")).toHaveLength(COUNT - fake.state.posts.size);
    expect(inStore(self, (store) => pending(store, siteIn(store)))).toEqual([]);

    self.signal = new AbortController().signal;
    road.before = undefined;
    expect((await self.run(runs, ["resume", "last"])).exit).toBe(EXIT.done);
    expect(titles()).toEqual(expected);
  });

  it("when everything was sent already, is done", async () => {
    const self = operator(FEW);
    const controller = new AbortController();
    self.signal = controller.signal;
    road.before = ({ write }) => {
      if (write) controller.abort();
    };
    const ran = await self.run(push);
    expect(ran.exit).toBe(EXIT.done);
    expect(ran.summary).toMatchObject({ created: FEW, verified: FEW });
    expect(ran.events.filter(({ type }) => type === "fault" || type === "notice")).toEqual([]);
  });
});

describe("a run whose machine slept, and whose site another run has taken over", () => {
  it("sends nothing more, says so, and leaves a journal that the next run completes", async () => {
    const self = operator();
    let writes = 0;
    const asleep = { ...thisProcess(), host: "elsewhere" };
    road.before = ({ write }) => {
      if (!write) return;
      writes += 1;
      if (writes > 1) return;
      inStore(self, (store) => {
        // To whom takes it over, this run is one of another host.
        store.run("UPDATE locks SET host = @host", asleep);
        ahead += 11 * 60_000;
        const site = siteIn(store);
        acquireLock(store, site, { ...thisProcess(), run: "other", command: "push" }, clock).release();
      });
    };
    const first = await self.run(push);
    expect(first.exit).toBe(EXIT.locked);
    expect(first.events).toContainEqual(
      expect.objectContaining({ type: "fault", fault: expect.objectContaining({ code: "run.lock-lost" }) }),
    );
    expect(writes).toBeLessThanOrEqual(2);
    const made = fake.state.posts.size;
    expect(pathsOf(first, "not-attempted")).toHaveLength(COUNT - made);
    expect(existsSync(join(self.root, "ainstein.lock"))).toBe(false);

    road.before = undefined;
    const second = await self.run(push);
    expect(second.exit).toBe(EXIT.done);
    expect(second.summary).toMatchObject({ created: COUNT - made, unchanged: made, conflicts: 0 });
    expect(titles()).toEqual(expected);
  });
});

describe("a site that is left alone", () => {
  it("is not asked by the next command, which says why and until when; a test that succeeds ends that", async () => {
    const self = operator(FEW);
    await self.run(push, ["doc-0.md"]);
    road.reset("reset-before", 0, true);
    for (let n = 0; n < 3; n += 1) expect((await self.run(status)).fault?.code).toBe("no-answer");
    expect((await self.run(status)).fault?.code).toBe("circuit-open");
    const before = await quiet();
    const refused = await self.run(status);
    expect(refused.fault).toMatchObject({ kind: "unavailable", code: "circuit-open" });
    expect(await quiet()).toBe(before);

    const listed = await self.run(connections, []);
    expect(listed.events).toMatchObject([
      { type: "notice", target: "wp", message: expect.stringMatching(/left alone since .* tried again at /) },
    ]);
    expect((await self.run(connections, ["show", "wp"])).out.join("\n")).toContain('"cause":"no-answer"');

    comesBack();
    expect((await self.run(connections, ["test", "wp"])).exit).toBe(EXIT.done);
    expect((await self.run(status)).exit).toBe(EXIT.done);
    expect((await self.run(connections, [])).events).toEqual([]);
  });

  it("is no reason to leave another one alone that the same name stands for now", async () => {
    const self = operator(FEW);
    await self.run(push, ["doc-0.md"]);
    road.reset("reset-before", 0, true);
    for (let n = 0; n < 3; n += 1) await self.run(status);
    expect((await self.run(status)).fault?.code).toBe("circuit-open");
    self.env.AINSTEIN_CONNECTION_WP = connectionTo(`${fake.url}/wp-json`);
    expect((await self.run(status)).fault).toBeUndefined();
    expect((await self.run(connections, [])).events).toEqual([]);
  });

  it("is one behind a guard, after one answer, and with what to ask its owner for", async () => {
    const self = operator(FEW);
    const guard = createServer((request, response) => {
      request.resume();
      const headers = { "content-type": "text/html", "cf-mitigated": "challenge", "cf-ray": "8f2a-FRA" };
      response.writeHead(403, headers).end("<!doctype html><title>Just a moment...</title>");
    });
    others.push(guard);
    await new Promise<void>((resolve) => guard.listen(0, "127.0.0.1", resolve));
    const { port } = guard.address() as AddressInfo;
    let asked = 0;
    guard.on("request", () => {
      asked += 1;
    });
    self.env.AINSTEIN_CONNECTION_WP = connectionTo(`http://127.0.0.1:${port}/wp-json`);
    const first = await self.run(push);
    expect(first.fault).toMatchObject({ kind: "unavailable", code: "challenge-page" });
    expect(first.fault?.message).toContain("ray id 8f2a-FRA");
    expect(first.fault?.hint).toContain("User-Agent");
    const second = await self.run(push);
    expect(second.fault).toMatchObject({
      code: "circuit-open",
      message: expect.stringContaining("8f2a-FRA"),
    });
    expect(second.fault?.hint).toContain("User-Agent");
    expect((await self.run(status)).fault?.code).toBe("circuit-open");
    // The first one asks two things at one time.
    expect(asked).toBeLessThanOrEqual(2);
  });

  it("does not keep the other targets of a command from their turn", async () => {
    const self = operator(FEW);
    const stalls = createServer(() => {});
    others.push(stalls);
    await new Promise<void>((resolve) => stalls.listen(0, "127.0.0.1", resolve));
    const { port } = stalls.address() as AddressInfo;
    stalls.on("request", (request) => request.socket.destroy());
    self.env.AINSTEIN_CONNECTION_BAD = connectionTo(`http://127.0.0.1:${port}/wp-json`);
    self.write("ainstein.yaml", "targets: [bad, wp]\n");
    const ran = await self.run(push, [], { target: ["all"] });
    expect(ran.exit).toBe(EXIT.unavailable);
    expect(ran.events).toContainEqual(
      expect.objectContaining({
        type: "fault",
        target: "bad",
        fault: expect.objectContaining({ kind: "unavailable" }),
      }),
    );
    expect(titles()).toHaveLength(FEW);
  });
});

describe("a run whose time runs out", () => {
  it("ends what it has begun, says what it did not come to, and goes on with runs resume", async () => {
    const self = operator();
    const over = new Fault("deadline", "the deadline has passed");
    const controller = new AbortController();
    self.signal = controller.signal;
    let writes = 0;
    road.before = ({ write }) => {
      if (write) writes += 1;
      if (writes === 2) controller.abort(over);
    };
    const first = await self.run(push);
    expect(first.exit).toBe(EXIT.failed);
    expect(first.events).toContainEqual({ type: "fault", target: "wp", fault: over });
    const left = pathsOf(first, "not-attempted");
    expect(left.length).toBeGreaterThan(0);
    expect(first.summary.created).toBe(COUNT - left.length);
    expect(first.summary.created).toBe(fake.state.posts.size);

    self.signal = new AbortController().signal;
    road.before = undefined;
    const resumed = await self.run(runs, ["resume", "last"]);
    expect(resumed.exit).toBe(EXIT.done);
    expect(new Set(pathsOf(resumed, "ok"))).toEqual(new Set(left));
    expect(fake.state.posts.size).toBe(COUNT);
  });

  it("sends nothing when it runs out while the plan is made", async () => {
    const self = operator(FEW);
    const controller = new AbortController();
    self.signal = controller.signal;
    road.before = ({ url }) => {
      if (/posts/.test(url)) controller.abort(new Fault("deadline", "the deadline has passed"));
    };
    const ran = await self.run(push);
    expect(ran.fault).toMatchObject({ kind: "deadline" });
    expect(road.passed.filter(({ write }) => write)).toEqual([]);
  });
});
