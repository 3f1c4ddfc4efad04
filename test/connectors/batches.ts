// Documents sent as the engine sends them.
import type { Connector, Draft, Entry } from "../../src/connectors/contract.ts";
import { isFault } from "../../src/lib/fault.ts";
import type { Json } from "../../src/lib/json.ts";

/** `d-00`, `d-01`, … */
export const upTo = (count: number) =>
  Array.from({ length: count }, (_, n) => `d-${String(n).padStart(2, "0")}`);

export async function createOnce(connector: Connector, draft: Draft): Promise<Entry> {
  return sendOnce(connector, draft, await connector.prepare(draft));
}

/** All at the same moment. */
export async function createAll(connector: Connector, drafts: readonly Draft[]): Promise<readonly Entry[]> {
  const intents = await Promise.all(drafts.map((draft) => connector.prepare(draft)));
  return Promise.all(drafts.map((draft, index) => sendOnce(connector, draft, intents[index] ?? null)));
}

/** After a lost answer looks before it sends once more. */
async function sendOnce(connector: Connector, draft: Draft, intent: Json): Promise<Entry> {
  try {
    return await connector.create(draft, intent);
  } catch (thrown) {
    if (!isFault(thrown, "ambiguous")) throw thrown;
    return (await connector.find(draft, intent)) ?? connector.create(draft, intent);
  }
}
