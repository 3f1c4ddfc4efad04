import { asFault } from "../../lib/fault.ts";
import type { Context } from "../context.ts";
import { loadHomeConfig } from "../home-config.ts";
import { secretsReadable } from "./keyed.ts";

/** Events are gone through each second; what takes longer than this stands still. */
const STILL_MS = 60_000;

/**
 * Why the receiver cannot do its work now, in one word; undefined where it can: the database answers, the vault opens, the
 * configuration can be read, and events are gone through. `worked`: when they last were, in ms since 1970.
 */
export async function troubleNow(context: Context, worked: number): Promise<string | undefined> {
  try {
    context.store().one("SELECT 1 AS ready");
    await secretsReadable(context);
    loadHomeConfig(context);
  } catch (thrown) {
    return asFault(thrown).code;
  }
  return context.clock.now() - worked > STILL_MS ? "webhooks.still" : undefined;
}
