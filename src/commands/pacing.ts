// How fast a connection is asked: what its vendor allows, made slower by what the operator wants.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Pace, Setting } from "../connectors/contract.ts";
import type { Range } from "../http/adapt.ts";
import { type Budget, budgetOf } from "../http/budget.ts";
import { type Ledger, memoryLedger, type Rate } from "../http/pace.ts";
import { Fault } from "../lib/fault.ts";
import { isObject, type Json } from "../lib/json.ts";
import { printable } from "../lib/redact.ts";
import { changeBudget, readBudget } from "../store/budgets.ts";
import { DATABASE, type Store } from "../store/db.ts";
import type { Context } from "./context.ts";

const POLITENESS = ["gentle", "normal", "fast"] as const;
type Politeness = (typeof POLITENESS)[number];

/** What the operator wants; absent is the default. */
export interface Tuning {
  readonly politeness?: Politeness;
  /** Requests per second at most. */
  readonly rate?: number;
  /** Requests at one time at most. */
  readonly concurrency?: number;
}

/** Settings that connections of every platform have. */
export const PACE_SETTINGS: readonly Setting[] = [
  { name: "politeness", label: "How hard the site may be worked", values: POLITENESS, fallback: "normal" },
  { name: "rate", label: "Requests per second at most", fallback: "" },
  { name: "concurrency", label: "Requests at one time at most", fallback: "" },
];

/** How many at one time to begin with, and at most, where the vendor says nothing. */
const MANNERS: Readonly<Record<Politeness, Range>> = {
  gentle: { from: 1, most: 1 },
  normal: { from: 2, most: 4 },
  fast: { from: 4, most: 16 },
};

/** Of a strict window so much is used: requests do not arrive as evenly as they leave. */
const SHARE = 0.97;

type Texts = Readonly<Record<string, unknown>>;

/** Throws `usage` for a value that cannot be meant; `named` says where a value came from. */
export function readTuning(given: Texts, named: (key: string) => string): Tuning {
  const { politeness, rate, concurrency } = given;
  const wrong = (key: string, value: unknown, wanted: string): Fault =>
    new Fault("usage", `${named(key)} cannot be "${printable(String(value))}".`, {
      code: "bad-setting",
      hint: `It is ${wanted}.`,
    });
  const kind = POLITENESS.find((known) => known === politeness);
  if (politeness !== undefined && kind === undefined)
    throw wrong("politeness", politeness, `one of: ${POLITENESS.join(", ")}`);
  if (rate !== undefined && !/^\d{1,6}(\.\d{1,6})?$/.test(String(rate)))
    throw wrong("rate", rate, "a number of requests per second below a million, such as 5 or 0.5");
  if (Number(rate ?? 1) <= 0) throw wrong("rate", rate, "a number above 0");
  if (concurrency !== undefined && !/^[1-9]\d{0,3}$/.test(String(concurrency)))
    throw wrong("concurrency", concurrency, "a whole number from 1 to 9999");
  return {
    ...(kind === undefined ? {} : { politeness: kind }),
    ...(rate === undefined ? {} : { rate: Number(rate) }),
    ...(concurrency === undefined ? {} : { concurrency: Number(concurrency) }),
  };
}

export const ofFlag = (key: string): string => `--${key} (AINSTEIN_${key.toUpperCase()})`;
export const ofSetting = (key: string): string => `The setting ${key}`;

/** Only ever slower than the vendor allows. */
export function rateOf(pace: Pace, { politeness = "normal", rate, concurrency }: Tuning): Rate {
  const isStrict = pace.burst === undefined && pace.perSecond !== Number.POSITIVE_INFINITY;
  const allowed = isStrict ? pace.perSecond * SHARE : Number.POSITIVE_INFINITY;
  const windowMs = (pace.window ?? 1) * 1000;
  const manners = MANNERS[politeness];
  const most = concurrency ?? manners.most;
  const stated = pace.concurrency ?? (pace.perSecond === Number.POSITIVE_INFINITY ? undefined : most);
  const wanted = concurrency ?? (politeness === "gentle" ? 1 : Number.POSITIVE_INFINITY);
  return {
    perSecond: Math.min(allowed, rate ?? Number.POSITIVE_INFINITY),
    ...(isStrict ? { lateMs: (windowMs * (1 - SHARE)) / 2 } : {}),
    ...(pace.limitTold === true
      ? { told: { windowMs, share: SHARE, perSecond: rate ?? Number.POSITIVE_INFINITY } }
      : {}),
    ...(pace.burst === undefined ? {} : { bucket: { capacity: pace.burst, perSecond: pace.perSecond } }),
    concurrency:
      stated === undefined ? { from: Math.min(manners.from, most), most } : Math.min(stated, wanted),
    resting: politeness === "gentle",
  };
}

/**
 * Where the budget of a connection is kept: with all processes of the installation, where it has a database; looking
 * at a site makes none. A connection that leads to another address now begins anew. A database that cannot be used
 * just now costs no request its turn or its answer: this process then goes by what it knows itself.
 */
export function ledgerOf(
  { clock, home, store }: Pick<Context, "clock" | "home" | "store">,
  { name, url }: { readonly name: string; readonly url: string },
): Ledger {
  const own = memoryLedger(clock);
  const shared = (): Store | undefined => (existsSync(resolve(home, DATABASE)) ? store() : undefined);
  const read = (state: Json | undefined): Budget =>
    (isObject(state) && state.url === url ? budgetOf(state) : undefined) ?? own.look();
  return {
    look: () => {
      try {
        const kept = shared();
        return kept === undefined ? own.look() : read(readBudget(kept, name));
      } catch {
        return own.look();
      }
    },
    change: (work) => {
      try {
        const kept = shared();
        if (kept === undefined) return own.change(work);
        return changeBudget(kept, name, (state) => {
          const { budget, result } = work(read(state));
          return { state: { ...budget, url } as unknown as Json, result };
        });
      } catch {
        return own.change(work);
      }
    },
  };
}
