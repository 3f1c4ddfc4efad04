// A connector on a sandbox in this process.
import { openSession } from "../../../src/auth/session.ts";
import { findMethod } from "../../../src/commands/connection.ts";
import type { Connector, Draft, Entry, Refs } from "../../../src/connectors/contract.ts";
import { open } from "../../../src/connectors/wix/client.ts";
import { codec } from "../../../src/connectors/wix/codec.ts";
import { manifest } from "../../../src/connectors/wix/manifest.ts";
import type { Document } from "../../../src/content/document.ts";
import { createHttp } from "../../../src/http/client.ts";
import type { Upload } from "../../../src/http/upload.ts";
import { type Clock, systemClock } from "../../../src/lib/clock.ts";
import type { JsonObject } from "../../../src/lib/json.ts";
import type { Behaviours } from "../../../src/sandbox/wix/behaviours.ts";
import { startWixSandbox, type WixSandbox } from "../../../src/sandbox/wix/server.ts";
import { gatherRefs } from "../contract.ts";
import { FILES } from "../local-site.ts";
import { checked } from "./schemas.ts";

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

export interface WixWorld {
  readonly sandbox: WixSandbox;
  readonly connector: Connector;
  readonly clock: Clock;
}

/** Every request and answer is held against Wix's own types; `close` of the sandbox throws where one does not fit. */
export async function startSite(
  behaviours: Partial<Behaviours> = {},
  settings: Readonly<Record<string, string>> = {},
): Promise<WixWorld> {
  const clock = leapingClock();
  const { watch, problems } = checked();
  const plain = await startWixSandbox({
    clock,
    watch,
    behaviours: { perMinute: Number.POSITIVE_INFINITY, ...behaviours },
  });
  const sandbox = {
    ...plain,
    close: async () => {
      await plain.close();
      if (problems.length > 0) throw new Error(`not as Wix has it:\n${problems.join("\n")}`);
    },
  };
  return { sandbox, clock, connector: openWix(sandbox, clock, settings) };
}

export function openWix(
  sandbox: Pick<WixSandbox, "url" | "key" | "siteId">,
  clock: Clock,
  settings: Readonly<Record<string, string>> = {},
  key = sandbox.key,
  upload?: Upload,
): Connector {
  const session = openSession("site", findMethod(manifest, "api-key"), undefined, { token: key });
  const http = createHttp({
    baseUrl: sandbox.url,
    authorize: session.authorize,
    pace: { perSecond: Number.POSITIVE_INFINITY, concurrency: 8 },
    tells: manifest.pace.tells ?? {},
    clock,
    random: Math.random,
    secrets: session.secrets,
  });
  const site = { url: sandbox.url, settings: { site: sandbox.siteId, ...settings }, clock };
  return open({ ...site, http: upload === undefined ? http : { ...http, upload } });
}

export async function refsOf(connector: Connector, document: Document): Promise<Refs> {
  const authors = (await connector.authors?.()) ?? [];
  return gatherRefs({ connector, codec, files: FILES, authors }, document);
}

let keys = 0;

export async function draftOf(connector: Connector, document: Document, slug: string): Promise<Draft> {
  const { wire } = codec.encode(document, await refsOf(connector, document), undefined);
  return { key: `key-${++keys}`, kind: document.kind, locale: "", scope: "", slug, wire };
}

export async function put(connector: Connector, document: Document, slug: string): Promise<Entry> {
  const draft = await draftOf(connector, document, slug);
  return connector.create(draft, await connector.prepare(draft));
}

export const post = (title: string, fields: Document["fields"] = {}, body = ""): Document => ({
  ...{ kind: "post", locale: "", body },
  fields: { title, ...fields },
});

/** A collection of the site's CMS, empty; its items. */
export function addRecipes({ store }: WixSandbox): Map<string, JsonObject> {
  const fields = [
    ["name", "TEXT"],
    ["slug", "TEXT"],
    ["text", "RICH_TEXT"],
    ["minutes", "NUMBER"],
    ["fresh", "BOOLEAN"],
    ["steps", "ARRAY_STRING"],
    ["baked", "DATE"],
    ["tasted", "DATETIME"],
    ["related", "MULTI_REFERENCE"],
    ["story", "RICH_CONTENT"],
  ].map(([key = "", type = ""]) => ({ key, type, displayName: key }));
  const items = new Map<string, JsonObject>();
  const named = { id: "Recipes", displayName: "Recipes", displayField: "name" };
  store.collections.set("Recipes", { ...named, fields, plugins: [], items });
  return items;
}
