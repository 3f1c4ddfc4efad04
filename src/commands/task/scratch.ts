// A database server to try things on, for as long as that takes.
import { createTurns } from "../../lib/turns.ts";
import { findServer, noServer, SCRATCH_URL, type Scratch } from "../../tasks/database/server.ts";
import type { DatabaseType } from "../../tasks/schema.ts";
import type { Scene } from "./carrier.ts";

const turns = createTurns();

/**
 * `otherwise` is what is done where there is no server; without it that is a Fault. On a server that was given, one
 * after another: roles are one server's, and two tasks may name theirs alike.
 */
export function onScratch<T>(
  type: DatabaseType,
  { context: { env, signal } }: Scene,
  work: (scratch: Scratch) => Promise<T>,
  otherwise: () => Promise<T> = () => Promise.reject(noServer(type)),
): Promise<T> {
  const alone = async (): Promise<T> => {
    const scratch = await findServer(type, { env, signal });
    if (scratch === undefined) return otherwise();
    try {
      return await work(scratch);
    } finally {
      await scratch.close();
    }
  };
  return (env[SCRATCH_URL] ?? "") === "" ? alone() : turns(type, alone);
}
