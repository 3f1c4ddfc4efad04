// A connector on a Joomla, be it a fake in this process or a real one.
import type { Connector, Draft, Entry, Refs } from "../../../src/connectors/contract.ts";
import { open } from "../../../src/connectors/joomla/client.ts";
import { codec } from "../../../src/connectors/joomla/codec.ts";
import type { Document } from "../../../src/content/document.ts";
import { createHttp } from "../../../src/http/client.ts";
import { type Clock, systemClock } from "../../../src/lib/clock.ts";
import { gatherRefs } from "../contract.ts";
import { FILES } from "../local-site.ts";

/** Sleeps no longer than a hundredth of what it is told. */
export const QUICK: Clock = { now: systemClock.now, sleep: (ms) => systemClock.sleep(ms / 100) };

export function openJoomla(
  { url, token }: { readonly url: string; readonly token: string },
  settings: Readonly<Record<string, string>> = {},
  clock = QUICK,
  signal?: AbortSignal,
): Connector {
  const api = `${url}/api/index.php/v1`;
  const http = createHttp({
    baseUrl: api,
    authorize: (headers) => ({ ...headers, "x-joomla-token": token }),
    pace: { perSecond: Number.POSITIVE_INFINITY, concurrency: 8 },
    clock,
    random: Math.random,
    secrets: () => [token],
    signal,
  });
  return open({ url: api, settings, http, clock });
}

export async function refsOf(connector: Connector, document: Document): Promise<Refs> {
  const authors = (await connector.authors?.()) ?? [];
  return gatherRefs({ connector, codec, authors, files: FILES }, document);
}

let keys = 0;

/** A key as the engine makes them. */
export const newKey = () => `00000000-0000-5000-8000-${String(++keys).padStart(12, "0")}`;

export async function draftOf(connector: Connector, document: Document, slug: string): Promise<Draft> {
  const { wire } = codec.encode(document, await refsOf(connector, document), undefined);
  return { key: newKey(), kind: document.kind, locale: document.locale, scope: "", slug, wire };
}

export async function put(connector: Connector, document: Document, slug: string): Promise<Entry> {
  const draft = await draftOf(connector, document, slug);
  return connector.create(draft, await connector.prepare(draft));
}

export const article = (title: string, fields: Document["fields"] = {}, body = ""): Document => ({
  ...{ kind: "article", locale: "", body },
  fields: { title, ...fields },
});

export const at = ({ revision, wire }: Entry) => ({ revision, wire });
