// What processes that ended have left in the database.
import type { Finding } from "../../report/findings.ts";
import { leftLocks, removeLeftLocks } from "../../store/locks.ts";
import { giveBackLeft, leftClaims } from "../../store/queue.ts";
import { mended, trouble, well } from "./checks.ts";
import { type Machine, storeOf } from "./subject.ts";

export function locks({ context, fix }: Machine): readonly Finding[] {
  const store = storeOf(context);
  const left = store === undefined ? [] : leftLocks(store, context.clock);
  if (store === undefined || left.length === 0) return [well("locks", "no process that ended has left one")];
  const words = (held: (typeof left)[number]): string =>
    `the lock of ${held.site}, of process ${held.pid} (${held.command})`;
  if (fix) {
    return removeLeftLocks(store, context.clock).map((held) =>
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

export function claims({ context, fix }: Machine): readonly Finding[] {
  const store = storeOf(context);
  const left = store === undefined ? [] : leftClaims(store, context.clock);
  if (store === undefined || left.length === 0)
    return [well("queue", "no run belongs to a process that ended")];
  const words = (run: (typeof left)[number]): string =>
    `run ${run.run.slice(0, 8)} (${run.command} to ${run.target}, asked for at ${run.queuedAt})`;
  if (fix) {
    return giveBackLeft(store, context.clock).map((run) =>
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
