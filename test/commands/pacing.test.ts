import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fullSettings } from "../../src/commands/connection.ts";
import { ledgerOf, ofFlag, ofSetting, rateOf, readTuning } from "../../src/commands/pacing.ts";
import type { Pace } from "../../src/connectors/contract.ts";
import { manifest } from "../../src/connectors/wordpress/manifest.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { Fault } from "../../src/lib/fault.ts";
import { DATABASE, openStore, type Store } from "../../src/store/db.ts";
import { tempDir } from "./bench.ts";

const FREE: Pace = { perSecond: Number.POSITIVE_INFINITY };
const STRICT: Pace = { perSecond: 1, window: 60, concurrency: 5 };
const POINTS: Pace = { perSecond: 100, burst: 2000 };

describe("how fast a site is asked", () => {
  it("is found out where its vendor states no limit, within what politeness allows", () => {
    expect(rateOf(FREE, {})).toMatchObject({ perSecond: Infinity, concurrency: { from: 2, most: 4 } });
    expect(rateOf(FREE, { politeness: "fast" }).concurrency).toEqual({ from: 4, most: 16 });
    const gentle = rateOf(FREE, { politeness: "gentle" });
    expect(gentle).toMatchObject({ concurrency: { from: 1, most: 1 }, resting: true });
  });

  it("is at least 95 % of a strict limit, and below it", () => {
    const { perSecond } = rateOf(STRICT, {});
    expect(perSecond).toBeGreaterThanOrEqual(0.95);
    expect(perSecond).toBeLessThan(1);
  });

  it("is never faster than the vendor allows, whatever is wanted", () => {
    const eager = { rate: 1000, concurrency: 50, politeness: "fast" } as const;
    expect(rateOf(STRICT, eager)).toMatchObject({ perSecond: 0.97, concurrency: 5 });
    expect(rateOf(POINTS, eager).bucket).toEqual({ capacity: 2000, perSecond: 100 });
  });

  it("is slower where the operator wants that", () => {
    expect(rateOf(STRICT, { rate: 0.5, concurrency: 2 })).toMatchObject({ perSecond: 0.5, concurrency: 2 });
    expect(rateOf(STRICT, { politeness: "gentle" }).concurrency).toBe(1);
    expect(rateOf(POINTS, { rate: 3 })).toMatchObject({ perSecond: 3, bucket: { perSecond: 100 } });
    expect(rateOf(FREE, { concurrency: 3 }).concurrency).toEqual({ from: 2, most: 3 });
    expect(rateOf(FREE, { concurrency: 1 }).concurrency).toEqual({ from: 1, most: 1 });
  });
});

describe("what the operator may want", () => {
  it("is a number above 0, a whole one, or a word that is known", () => {
    const wanted = { politeness: "gentle", rate: "0.5", concurrency: "3" };
    expect(readTuning(wanted, ofFlag)).toEqual({ politeness: "gentle", rate: 0.5, concurrency: 3 });
    expect(readTuning({}, ofFlag)).toEqual({});
  });

  it.each([
    [{ rate: "0" }],
    [{ rate: "-1" }],
    [{ rate: "fast" }],
    [{ rate: "1e3" }],
    [{ concurrency: "0" }],
    [{ concurrency: "1.5" }],
    [{ politeness: "rude" }],
  ])("is refused as %j, naming where it was said", (given) => {
    const key = Object.keys(given)[0] ?? "";
    expect(() => readTuning(given, ofFlag)).toThrow(`--${key} (AINSTEIN_${key.toUpperCase()}) cannot be`);
    expect(() => readTuning(given, ofSetting)).toThrow(`The setting ${key} cannot be`);
  });

  it("is a setting of every platform", () => {
    expect(fullSettings(manifest, { politeness: "gentle", rate: "2" })).toMatchObject({
      politeness: "gentle",
      rate: "2",
    });
    expect(() => fullSettings(manifest, { rate: "much" })).toThrow("The setting rate cannot be");
  });
});

describe("the budget of a connection", () => {
  const site = { name: "wp", url: "https://one.example" };
  const spend = (ledger: ReturnType<typeof ledgerOf>) =>
    ledger.change((budget) => ({ budget: { ...budget, spent: budget.spent + 1 }, result: budget.spent }));

  it("is shared by all of one installation, and begins anew at another address", () => {
    const home = join(tempDir("home"), "home");
    const opened = openStore(home);
    const parts = { clock: systemClock, home, store: () => opened };
    expect(spend(ledgerOf(parts, site))).toBe(0);
    expect(spend(ledgerOf(parts, site))).toBe(1);
    expect(ledgerOf(parts, site).look().spent).toBe(2);
    expect(ledgerOf(parts, { ...site, url: "https://other.example" }).look().spent).toBe(0);
    opened.close();
  });

  it("makes no database where there is none, and moves into one that comes", () => {
    const home = join(tempDir("home"), "home");
    let opened: Store | undefined;
    const store = (): Store => {
      opened ??= openStore(home);
      return opened;
    };
    const ledger = ledgerOf({ clock: systemClock, home, store }, site);
    spend(ledger);
    expect(existsSync(join(home, DATABASE))).toBe(false);
    store();
    expect(spend(ledger)).toBe(1);
    expect(ledgerOf({ clock: systemClock, home, store }, site).look().spent).toBe(2);
    opened?.close();
  });

  it("is this process's own while the database cannot be used: no request fails, no answer is lost", () => {
    const home = join(tempDir("home"), "home");
    openStore(home).close();
    const store = (): Store => {
      throw new Fault("locked", "ainstein.db was in use for too long.", { code: "store.busy", scope: "run" });
    };
    const ledger = ledgerOf({ clock: systemClock, home, store }, site);
    expect(spend(ledger)).toBe(0);
    expect(spend(ledger)).toBe(1);
    expect(ledger.look().spent).toBe(2);
  });
});
