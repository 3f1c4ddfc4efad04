// What the queue cannot be told keeps no run from its end.
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import type { Context } from "../../src/commands/context.ts";
import { type Job, runJobs } from "../../src/commands/jobs.ts";
import { keepingLeases } from "../../src/commands/tickets.ts";
import type { Event } from "../../src/engine/events.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { EXIT } from "../../src/lib/exit.ts";
import { Fault } from "../../src/lib/fault.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { removeTempDirs, tempDir } from "./bench.ts";

afterAll(removeTempDirs);
afterEach(() => {
  vi.useRealTimers();
});

const busy = (): never => {
  throw new Fault("locked", "ainstein.db was in use for too long.", { code: "store.busy", scope: "run" });
};

describe("a database that cannot be written for a while", () => {
  it("ends no run whose lease was to be renewed", async () => {
    vi.useFakeTimers();
    let asked = 0;
    const store = (): Store => {
      asked += 1;
      return busy();
    };
    const ended = await keepingLeases({ store, clock: systemClock }, async () => {
      vi.advanceTimersByTime(200_000);
      return "done";
    });
    expect(ended).toBe("done");
    expect(asked).toBe(3);
  });

  it("takes no result with it when a run is to leave the queue: that is told, and the others go on", async () => {
    const opened = openStore(tempDir("home"));
    const store: Store = {
      ...opened,
      run: (sql, parameters) => (sql.startsWith("DELETE FROM queue") ? busy() : opened.run(sql, parameters)),
    };
    const told: Event[] = [];
    const context = {
      store: () => store,
      clock: systemClock,
      signal: new AbortController().signal,
      ui: { json: false, out: () => {} },
      emit: (event: Event) => told.push(event),
    } as unknown as Context;
    const job = (target: string): Job => ({
      target,
      dir: "/root",
      root: undefined,
      carryOut: async () => ({ exit: target === "a" ? EXIT.done : EXIT.failed }),
    });
    const done = await runJobs(context, [job("a"), job("b")], {
      together: "all",
      order: { command: "push", options: {} },
    });
    opened.close();
    expect(done.map(({ exit }) => exit)).toEqual([EXIT.done, EXIT.failed]);
    const notices = told.flatMap((event) =>
      event.type === "notice" ? `${event.target} ${event.message}` : [],
    );
    expect(notices).toEqual([
      "a the queue still lists this run: ainstein.db was in use for too long.",
      "b the queue still lists this run: ainstein.db was in use for too long.",
    ]);
  });
});
