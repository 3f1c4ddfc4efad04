import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../../src/lib/clock.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import {
  claimNotifications,
  closeIncidents,
  dropNotifications,
  LANE_MS,
  listNotifications,
  noteNotification,
  pruneNotifications,
  settleNotifications,
} from "../../src/store/notifications.ts";

let home: string;
let store: Store;
let now: number;
const clock: Clock = { now: () => now, sleep: async () => {} };
const TO = ["r1", "r2"];

beforeEach(() => {
  now = 1_800_000_000_000;
  home = mkdtempSync(join(tmpdir(), "ainstein-notifications-"));
  store = openStore(home);
});
afterEach(() => {
  store.close();
  rmSync(home, { recursive: true, force: true });
});

const note = (incident: string, facts: object = {}, receiver = "r1") =>
  noteNotification(store, clock, {
    ...{ receiver, kind: "run-failed", connection: "wp", incident },
    facts: facts as never,
  });
const claim = () => claimNotifications(store, clock, TO);
const incidents = () => claim().map((message) => message.map(({ incident }) => incident));
const states = () => listNotifications(store).map(({ incident, state }) => `${incident} ${state}`);

describe("the outbox", () => {
  it("hands what waits to one process, one message for each receiver, kind and connection", () => {
    note("a");
    note("b");
    note("a", {}, "r2");
    expect(incidents()).toEqual([["a", "b"], ["a"]]);
    // This process is alive and at it.
    expect(claim()).toEqual([]);
    store.run("UPDATE notifications SET pid = 4194311");
    expect(incidents()).toEqual([["a", "b"], ["a"]]);
  });

  it("tells an incident once until it is closed, and adds what becomes known while it waits", () => {
    note("a", { failed: 1 });
    note("a", { code: "x" });
    const [message = []] = claim();
    expect(message.map(({ facts }) => facts)).toEqual([{ failed: 1, code: "x" }]);
    settleNotifications(store, clock, message, { state: "sent" });
    note("a", { failed: 2 });
    expect(states()).toEqual(["a sent"]);
    closeIncidents(store, "run-failed", "wp", "b");
    note("a");
    expect(states()).toEqual(["a sent"]);
    closeIncidents(store, "run-failed", "wp");
    note("a");
    expect(states()).toEqual(["a waiting", "a sent"]);
  });

  it("keeps back what comes within an hour of the last message, and loses none of it", () => {
    note("a");
    for (const message of claim()) settleNotifications(store, clock, message, { state: "sent" });
    now += LANE_MS - 1;
    note("b");
    note("c");
    expect(claim()).toEqual([]);
    now += 1;
    expect(incidents()).toEqual([["b", "c"]]);
  });

  it("does not wait for a clock that was set back", () => {
    note("a");
    for (const message of claim()) settleNotifications(store, clock, message, { state: "sent" });
    now -= 10 * LANE_MS;
    note("b");
    expect(incidents()).toEqual([["b"]]);
  });

  it("tries again at the time that was said, with whatever came meanwhile", () => {
    note("a");
    for (const message of claim()) {
      settleNotifications(store, clock, message, {
        state: "waiting",
        error: "500",
        notBeforeMs: now + 60_000,
      });
    }
    note("b");
    expect(claim()).toEqual([]);
    now += 60_000;
    const [message = []] = claim();
    expect(message.map(({ incident, attempts }) => [incident, attempts])).toEqual([
      ["a", 1],
      ["b", 0],
    ]);
    settleNotifications(store, clock, message, { state: "untried" });
    expect(listNotifications(store).map(({ attempts, error }) => [attempts, error])).toEqual([
      [0, undefined],
      [1, "500"],
    ]);
  });

  it("gives up what nobody is to be told any more, and forgets what is long over", () => {
    note("a");
    expect([dropNotifications(store, clock, TO), dropNotifications(store, clock, [])]).toEqual([0, 1]);
    expect(states()).toEqual(["a given-up"]);
    expect([pruneNotifications(store, now), pruneNotifications(store, now + 1)]).toEqual([0, 1]);
    noteNotification(store, clock, {
      ...{ receiver: "r1", kind: "auth-failed", connection: "wp", incident: "s", facts: {} },
    });
    for (const message of claim()) settleNotifications(store, clock, message, { state: "sent" });
    // It lasts: it would be told again.
    expect(pruneNotifications(store, now + 1)).toBe(0);
    closeIncidents(store, "auth-failed", "wp");
    expect(pruneNotifications(store, now + 1)).toBe(1);
  });
});
