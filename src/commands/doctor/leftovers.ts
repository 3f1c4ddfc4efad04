// What processes that ended have left in the database.
import type { Finding } from "../../report/findings.ts";
import { getConnection } from "../../store/connections.ts";
import { type LeftLock, leftLocks, removeLeftLocks, tokensLock } from "../../store/locks.ts";
import { giveBackLeft, leftClaims, type QueuedRun } from "../../store/queue.ts";
import { mended, trouble, well } from "./checks.ts";
import { type Machine, storeOf } from "./subject.ts";

interface Asked extends Machine {
  /** Only what is this connection's. */
  readonly name?: string;
}

export function locks({ context, fix, name }: Asked): readonly Finding[] {
  const store = storeOf(context);
  const site = store === undefined || name === undefined ? undefined : getConnection(store, name)?.site;
  const isMeant = (held: LeftLock): boolean =>
    name === undefined || held.site === site || held.site === tokensLock(name);
  const left = store === undefined ? [] : leftLocks(store, context.clock).filter(isMeant);
  if (store === undefined || left.length === 0) return [well("locks", "no process that ended has left one")];
  const words = (held: LeftLock): string =>
    `the lock of ${held.site}, of process ${held.pid} (${held.command})`;
  if (fix) {
    return removeLeftLocks(store, context.clock, isMeant).map((held) =>
      mended(
        "locks",
        "lock-left",
        `removed ${words(held)}, and marked its run ${held.run.slice(0, 8)} as interrupted`,
      ),
    );
  }
  return left.map((held) =>
    trouble("locks", "warning", {
      code: "lock-left",
      seen: `A process that is gone has left ${words(held)}.`,
      means: "It is in nobody's way: the next run takes it over.",
      cure: "ainstein-cms runs resume goes on with what that run did not come to.",
      fixable: true,
    }),
  );
}

export function claims({ context, fix, name }: Asked): readonly Finding[] {
  const store = storeOf(context);
  const isMeant = ({ target }: QueuedRun): boolean => name === undefined || target === name;
  const left = store === undefined ? [] : leftClaims(store, context.clock).filter(isMeant);
  if (store === undefined || left.length === 0)
    return [well("queue", "no run belongs to a process that ended")];
  const words = (run: QueuedRun): string =>
    `run ${run.run.slice(0, 8)} (${run.command} to ${run.target}, asked for at ${run.queuedAt})`;
  if (fix) {
    return giveBackLeft(store, context.clock, isMeant).map((run) =>
      mended("queue", "claim-left", `${words(run)} waits again for \`ainstein-cms runs resume\``),
    );
  }
  return left.map((run) =>
    trouble("queue", "warning", {
      code: "claim-left",
      seen: `The process of ${words(run)} is gone.`,
      means: "What it did not come to was not done.",
      cure: "ainstein-cms runs resume",
      fixable: true,
    }),
  );
}
