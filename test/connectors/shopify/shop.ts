// A connector on a sandbox in this process.

import type { Connector, Draft, Entry, Refs } from "../../../src/connectors/contract.ts";
import { open } from "../../../src/connectors/shopify/client.ts";
import { codec } from "../../../src/connectors/shopify/codec.ts";
import { manifest } from "../../../src/connectors/shopify/manifest.ts";
import type { Document } from "../../../src/content/document.ts";
import { createHttp } from "../../../src/http/client.ts";
import { type Clock, systemClock } from "../../../src/lib/clock.ts";
import type { ShopifySandbox } from "../../../src/sandbox/shopify/server.ts";
import { gatherRefs } from "../contract.ts";
import { FILES } from "../local-site.ts";

/** Sleeps no longer than a tenth of what it is told. */
export const QUICK: Clock = { now: systemClock.now, sleep: (ms) => systemClock.sleep(ms / 10) };

/** Who sleeps wakes up at once, and it is so much later. For the program and the sandbox alike. */
export function leapingClock(): Clock {
  let ahead = 0;
  return {
    now: () => systemClock.now() + ahead,
    sleep: async (ms) => {
      ahead += ms;
      await systemClock.sleep(0);
    },
  };
}

export function openShopify(
  sandbox: Pick<ShopifySandbox, "url" | "token">,
  settings: Readonly<Record<string, string>> = {},
  clock = QUICK,
  signal?: AbortSignal,
): Connector {
  const http = createHttp({
    baseUrl: sandbox.url,
    authorize: (headers) => ({ ...headers, "x-shopify-access-token": sandbox.token }),
    pace: { perSecond: Number.POSITIVE_INFINITY, concurrency: 8 },
    tells: manifest.pace.tells ?? {},
    clock,
    random: Math.random,
    secrets: () => [sandbox.token],
  });
  return open({ url: sandbox.url, settings, http, clock, ...(signal === undefined ? {} : { signal }) });
}

export function refsOf(connector: Connector, document: Document): Promise<Refs> {
  return gatherRefs({ connector, codec, files: FILES }, document);
}

/** A metafield that the shop's staff defined. */
export function define({ store }: ShopifySandbox, ownerType: string, key: string, type: string): void {
  const id = `gid://shopify/MetafieldDefinition/${store.definitions.length + 1}`;
  const named = { namespace: "custom", key, name: key, type, category: "", description: null };
  store.definitions.push({ id, ownerType, ...named });
}

let keys = 0;

export async function draftOf(
  connector: Connector,
  document: Document,
  slug: string,
  scope = "",
): Promise<Draft> {
  const { wire } = codec.encode(document, await refsOf(connector, document), undefined);
  return { key: `key-${++keys}`, kind: document.kind, locale: "", scope, slug, wire };
}

export async function put(connector: Connector, document: Document, slug: string): Promise<Entry> {
  const draft = await draftOf(connector, document, slug);
  return connector.create(draft, await connector.prepare(draft));
}

export const article = (title: string, fields: Document["fields"] = {}, body = ""): Document => ({
  ...{ kind: "article", locale: "", body },
  fields: { title, ...fields },
});
