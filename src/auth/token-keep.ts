import { z } from "zod";
import type { Clock } from "../lib/clock.ts";
import { Fault } from "../lib/fault.ts";
import { getConnection } from "../store/connections.ts";
import type { Store } from "../store/db.ts";
import { awaitLock, tokensLock } from "../store/locks.ts";
import type { OAuthClient, TokenSet } from "./provider.ts";
import type { TokenKeep } from "./tokens.ts";
import type { Vault } from "./vault.ts";

/** For connections that are stored nowhere: those of the environment, and those that are not saved yet. */
export function memoryKeep(tokens?: TokenSet): TokenKeep {
  let kept = tokens;
  return {
    read: async () => kept,
    save: async (fresh) => {
      kept = fresh;
    },
    alone: (work) => work(),
  };
}

/** Longer than one renewal with all its attempts may take. */
const PATIENCE_MS = 5 * 60_000;

/**
 * The tokens of a stored connection, sealed in the vault and shared by all processes of the installation. A process that
 * dies while it is `alone` is in nobody's way.
 */
export function vaultKeep(connection: string, vault: Vault, store: Store, clock: Clock): TokenKeep {
  return {
    read: async () => {
      const text = await vault.get(connection, "tokens");
      return text === undefined ? undefined : parsed(tokensSchema, text, "tokens");
    },
    save: async (tokens) => {
      if (getConnection(store, connection) === undefined) throw gone(connection);
      await vault.put(connection, "tokens", JSON.stringify(tokens));
    },
    alone: async (work, signal) => {
      const name = tokensLock(connection);
      const lock = await awaitLock(store, name, "renewing them", clock, PATIENCE_MS, signal);
      try {
        return await work();
      } finally {
        lock.release();
      }
    },
  };
}

/** As `JSON.stringify` wrote it into the vault. */
export function parseClient(text: string): OAuthClient {
  return parsed(clientSchema, text, "client");
}

const instant = z.number().finite();
const tokensSchema = z.object({
  access: z.string().min(1),
  refresh: z.string().exactOptional(),
  obtainedAt: instant,
  expiresAt: instant.exactOptional(),
  refreshExpiresAt: instant.exactOptional(),
  scopes: z.array(z.string()),
});
const clientSchema = z.object({ id: z.string().min(1), secret: z.string().exactOptional() });

/** What does not fit is named and never quoted. */
function parsed<T>(schema: z.ZodType<T>, text: string, what: string): T {
  const result = schema.safeParse(JSON.parse(text));
  if (result.success) return result.data;
  throw new Fault("defect", `The vault holds a secret "${what}" that is none.`);
}

function gone(connection: string): Fault {
  return new Fault("usage", `The connection "${connection}" was removed or renamed in the meantime.`, {
    code: "connection.unknown",
    hint: "See what there is: ainstein-cms connections list",
  });
}
