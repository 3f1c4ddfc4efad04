// What a run writes with, ending with the life of its process.
import type { Command } from "../../src/commands/context.ts";
import type { Http } from "../../src/http/http.ts";
import type { Clock } from "../../src/lib/clock.ts";
import type { Store } from "../../src/store/db.ts";
import { alive, moment, underWay } from "./life.ts";

/** A moment after each commit. */
export function mortalStore(store: Store): Store {
  let inside = false;
  const commit = <T>(what: string, work: () => T): T => {
    alive();
    if (inside) return work();
    inside = true;
    let result: T;
    try {
      result = work();
    } finally {
      inside = false;
    }
    moment(what);
    return result;
  };
  return {
    ...store,
    transaction: (work) => commit("transaction", () => store.transaction(work)),
    // Rows of the record: the next run decides nothing by them, so that dying here is dying before the request.
    quickly: (work) => {
      alive();
      if (inside) return store.quickly(work);
      inside = true;
      try {
        return store.quickly(work);
      } finally {
        inside = false;
      }
    },
    run: (sql, parameters) =>
      commit(/^\s*(\w+.*?\s+\w+)\s/.exec(sql)?.[1] ?? sql, () => store.run(sql, parameters)),
  };
}

/** A moment after each request that writes. Readings change nothing, and are not moments. */
export function mortalHttp(http: Http): Http {
  return {
    ...http,
    send: async (call) => {
      alive();
      if (call.method === "GET" || call.method === "HEAD") return http.send(call);
      return underWay(`${call.method} ${call.path}`, http.send(call));
    },
  };
}

export function mortalCommand(command: Command, clock: Clock): Command {
  return (context, args) => {
    let store: Store | undefined;
    const opened = () => {
      store ??= mortalStore(context.store());
      return store;
    };
    return command({ ...context, clock, store: opened }, args);
  };
}

/** Waiting takes no time; what it waits for has passed afterwards. */
export function leapingClock(): Clock & { leap(ms: number): void } {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    sleep: async (ms) => {
      ahead += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
    leap: (ms) => {
      ahead += ms;
    },
  };
}
