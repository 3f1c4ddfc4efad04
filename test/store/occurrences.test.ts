import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../../src/lib/clock.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import {
  CLAIM_MS,
  claimDelivery,
  type Delivery,
  getDelivery,
  noteOccurrence,
  replayDelivery,
  settleDelivery,
} from "../../src/store/occurrences.ts";

let home: string;
let store: Store;
let now: number;
const clock: Clock = { now: () => now, sleep: async () => {} };

beforeEach(() => {
  now = 1_800_000_000_000;
  home = mkdtempSync(join(tmpdir(), "ainstein-occurrences-"));
  store = openStore(home);
  const about = { point: "checkout", source: "shop", atMs: now, notedMs: now, sealed: false };
  noteOccurrence(store, { ...about, id: "a", body: new Uint8Array([1]) }, [{ name: "crm", notBeforeMs: 0 }]);
});
afterEach(() => {
  store.close();
  rmSync(home, { recursive: true, force: true });
});

function claimed(): Delivery {
  const delivery = claimDelivery(store, clock, "crm");
  if (delivery === undefined) throw new Error("none could be claimed");
  return delivery;
}
const isFree = () => claimDelivery(store, clock, "crm") !== undefined;
const stateOf = ({ seq }: Delivery) => getDelivery(store, seq)?.state;

/** As if the process that holds it ran on another machine that has the same home. */
const elsewhere = () => store.run("UPDATE deliveries SET host = 'elsewhere', pid = 4194311");

describe("a claim", () => {
  it("of a process of this host holds while that one runs, and no longer", () => {
    claimed();
    now += 2 * CLAIM_MS;
    expect(isFree()).toBe(false);
    store.run("UPDATE deliveries SET pid = 4194311");
    expect(isFree()).toBe(true);
  });

  it("of a process of another host holds until its lease ends", () => {
    claimed();
    elsewhere();
    now += CLAIM_MS - 1;
    expect(isFree()).toBe(false);
    now += 1;
    expect(claimed()).toMatchObject({ tried: true, attempts: 1 });
  });

  it("of another host whose clock went wrong holds up nothing for longer than a lease", () => {
    claimed();
    elsewhere();
    now -= 24 * 3_600_000;
    expect(isFree()).toBe(true);
  });

  it("that was lost says nothing any more, but that it was sent", () => {
    const slept = claimed();
    elsewhere();
    const later = { state: "waiting", detail: "slow", notBeforeMs: 0, tried: false } as const;
    settleDelivery(store, clock, slept, later);
    expect(isFree()).toBe(false);
    settleDelivery(store, clock, slept, { state: "sent" });
    expect(stateOf(slept)).toBe("sent");
  });
});

it("a dead letter that is replayed twice while it is sent is sent once", () => {
  const delivery = claimed();
  settleDelivery(store, clock, delivery, { state: "dead", detail: "refused" });
  expect(replayDelivery(store, delivery)).toBe(true);
  const again = claimed();
  expect(again).toMatchObject({ tried: false, attempts: 0 });
  // Another program listed it while it was dead.
  replayDelivery(store, delivery);
  expect(isFree()).toBe(false);
  settleDelivery(store, clock, again, { state: "sent" });
  expect(replayDelivery(store, delivery)).toBe(false);
  expect(stateOf(delivery)).toBe("sent");
});
