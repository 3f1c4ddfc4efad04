// What tests of the trapped fake share.
import { afterEach } from "vitest";
import type { Connector, Draft, Entry } from "../../../src/connectors/contract.ts";
import { codec } from "../../../src/connectors/drupal/codec.ts";
import type { Document } from "../../../src/content/document.ts";
import { uuidV5 } from "../../../src/lib/hash.ts";
import type { Json, JsonObject } from "../../../src/lib/json.ts";
import type { Behaviours, Node } from "../../fakes/drupal/state.ts";
import { type DrupalFake, startDrupal } from "../../fakes/drupal.ts";
import { openDrupal, refsOf } from "./site.ts";

const fakes: DrupalFake[] = [];

afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake.close();
});

export async function drupal(
  options: Partial<Behaviours> = {},
  who: "admin" | "editor" = "admin",
  settings = {},
) {
  const fake = await startDrupal(options);
  fakes.push(fake);
  return { fake, ...openDrupal(fake.url, fake[who], settings) };
}

export async function draftOf(connector: Connector, document: Document, slug: string): Promise<Draft> {
  const { wire } = codec.encode(document, await refsOf(connector, document), undefined);
  const key = uuidV5("6ba7b811-9dad-11d1-80b4-00c04fd430c8", slug);
  return { key, kind: document.kind, locale: document.locale, scope: "", slug, wire };
}

export async function put(connector: Connector, document: Document, slug: string): Promise<Entry> {
  const draft = await draftOf(connector, document, slug);
  return connector.create(draft, await connector.prepare(draft));
}

export const article = (title: string, fields: JsonObject = {}, body = "Text."): Document => ({
  ...{ kind: "article", locale: "", body },
  fields: { title, status: "published", ...fields },
});

export function change(connector: Connector, entry: Entry, wire: Record<string, Json>): Promise<Entry> {
  const { kind, locale, scope, slug } = entry;
  return connector.update(entry.id, { key: "", kind, locale, scope, slug, wire }, entry);
}

export const nodeOf = (fake: DrupalFake, { id }: Entry): Node => {
  const node = fake.state.nodes.get(id);
  if (node === undefined) throw new Error(`no node ${id}`);
  return node;
};

export const stored = (fake: DrupalFake, entry: Entry) =>
  nodeOf(fake, entry).texts.get("en")?.attributes ?? {};
