// Drafts and expectations as the engine makes them.
import type { Connector, Draft, Entry, Expected } from "../../src/connectors/contract.ts";
import { asFault, type Fault } from "../../src/lib/fault.ts";
import type { JsonObject } from "../../src/lib/json.ts";

export function draftOf(slug: string, wire: JsonObject, kind = "post"): Draft {
  return { key: `key-of-${slug}`, kind, locale: "", scope: "", slug, wire: { title: slug, ...wire } };
}

export async function make(
  connector: Connector,
  slug: string,
  wire: JsonObject = {},
  kind = "post",
): Promise<Entry> {
  const draft = draftOf(slug, wire, kind);
  return connector.create(draft, await connector.prepare(draft));
}

export const at = (entry: Entry): Expected => ({ revision: entry.revision, wire: entry.wire });

export const change = (entry: Entry, wire: JsonObject): Draft => ({
  ...draftOf(entry.slug, {}, entry.kind),
  wire,
});

/** The fault a promise ends with. */
export async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  return promise.then(
    (value) => {
      throw new Error(`expected a fault, got ${JSON.stringify(value)?.slice(0, 200)}`);
    },
    (thrown: unknown) => asFault(thrown),
  );
}

export async function rowsOf(connector: Connector, kind = "post") {
  const rows = [];
  for await (const page of connector.list([kind])) rows.push(...page);
  return rows;
}
