// The sandbox of Webflow as one of the sites that all platforms' sweeps run against.
import { isObject, type Json } from "../../src/lib/json.ts";
import { startWebflowSandbox } from "../../src/sandbox/webflow/server.ts";
import {
  addCollection,
  type Collection,
  itemsOf,
  nowStamp,
  type SiteStore,
} from "../../src/sandbox/webflow/state.ts";
import type { PlatformFake, SiteCensus } from "./platform.ts";

export async function startWebflow(): Promise<PlatformFake> {
  // As fast as a program believes a vendor to be.
  const sandbox = await startWebflowSandbox({ behaviours: { perMinute: 9000 } });
  const { url, token, store, requests, reachedAt, close } = sandbox;
  addCollection(store, "pages", { displayName: "Pages", singularName: "Page" }, [
    { slug: "content", type: "RichText", displayName: "Content" },
  ]);
  return {
    ...{ url, requests, reachedAt, close },
    connection: (at = url) => ({
      ...{ platform: "webflow", url: `${at}/v2`, auth: "token", token },
    }),
    secrets: [token],
    census: () => censusOf(store),
    isWrite: ({ method }) => method !== "GET" && method !== "HEAD",
    edit: (slug, change) => edit(store, slug, change),
  };
}

function edit(
  store: SiteStore,
  slug: string,
  { title, body }: { readonly title?: string; readonly body?: string },
): void {
  for (const collection of store.collections.values()) {
    const item = [...itemsOf(store, collection.id).values()].find(({ fieldData }) => fieldData.slug === slug);
    if (item === undefined) continue;
    const rich = collection.fields.find(({ type }) => type === "RichText")?.slug ?? "";
    item.fieldData = {
      ...item.fieldData,
      ...(title === undefined ? {} : { name: title }),
      ...(body === undefined ? {} : { [rich]: body }),
    };
    item.lastUpdated = nowStamp(store);
    if (item.live === undefined) return;
    // Saved and published in the designer.
    item.live = { fieldData: item.fieldData, lastUpdated: item.lastUpdated };
    item.lastPublished = item.lastUpdated;
    return;
  }
  throw new Error(`no item of the slug ${slug}`);
}

const DOCUMENTS = ["posts", "pages"];

function censusOf(store: SiteStore): SiteCensus {
  const collections = [...store.collections.values()];
  const topics = collections.find(({ slug }) => slug === "topics");
  const names = new Map(
    topics === undefined ? [] : itemsIn(store, topics).map((item) => [item.id, String(item.fieldData.name)]),
  );
  const entries = collections
    .filter(({ slug }) => DOCUMENTS.includes(slug))
    .flatMap((collection) =>
      itemsIn(store, collection).map((item) => {
        const isLive =
          item.live === undefined ? "" : item.live.fieldData === item.fieldData ? "live" : "pending";
        const data = Object.entries(item.fieldData).map(([name, value]) => `${name}: ${said(value, names)}`);
        return [collection.slug, isLive, item.isDraft ? "draft" : "", ...data.sort()].join(" | ");
      }),
    );
  return {
    entries: entries.sort(),
    terms: [...names.values()].sort(),
    media: [...store.assets.values()]
      .filter(({ bytes }) => bytes !== undefined)
      .map(({ fileName }) => fileName)
      .sort(),
  };
}

const itemsIn = (store: SiteStore, { id }: Collection) => [...itemsOf(store, id).values()];

/** Without ids and addresses, which tell one site from another. */
function said(value: Json, names: ReadonlyMap<string, string>): string {
  if (Array.isArray(value)) return value.map((item: Json) => said(item, names)).join();
  if (isObject(value)) return String(value.url).replace(/^.*\/(?:[0-9a-f]{24}_)*/, "");
  const text = String(value);
  return names.get(text) ?? text.replace(/http:\/\/[^"]*\/(?:[0-9a-f]{24}_)+/g, "FILE ");
}
