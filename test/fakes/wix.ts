// The sandbox of Wix as one of the sites that all platforms' sweeps run against.
import { isObject, type JsonObject } from "../../src/lib/json.ts";
import { isWrite } from "../../src/sandbox/wix/routes.ts";
import { startWixSandbox } from "../../src/sandbox/wix/server.ts";
import type { Label, WixStore } from "../../src/sandbox/wix/state.ts";
import type { PlatformFake, SiteCensus } from "./platform.ts";

export async function startWix(): Promise<PlatformFake> {
  const behaviours = { perMinute: Number.POSITIVE_INFINITY, processingMs: 0 };
  const sandbox = await startWixSandbox({ behaviours });
  const { url, key, siteId, store, requests, reachedAt, close } = sandbox;
  return {
    ...{ url, requests, reachedAt, close },
    connection: (at = url) => ({
      ...{ platform: "wix", url: at, auth: "api-key", token: key },
      settings: { site: siteId },
    }),
    secrets: [key],
    census: () => censusOf(store),
    isWrite,
    edit: (slug, change) => edit(store, slug, change),
  };
}

function edit(
  store: WixStore,
  slug: string,
  { title, body }: { readonly title?: string; readonly body?: string },
): void {
  const post = [...store.posts.values()].find(({ draft, trashed }) => draft.seoSlug === slug && !trashed);
  if (post === undefined) throw new Error(`no post of the slug ${slug}`);
  const text = { type: "TEXT", id: "", nodes: [], textData: { text: body ?? "", decorations: [] } };
  const paragraph = { type: "PARAGRAPH", id: "hand1", nodes: [text], paragraphData: {} };
  const isLive = post.live === post.draft;
  post.draft = {
    ...post.draft,
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { richContent: { nodes: [paragraph] } }),
  };
  if (isLive) post.live = post.draft;
  post.editedAt = Math.max(store.clock.now(), post.editedAt + 1000);
}

function censusOf({ posts, tags, categories, files }: WixStore): SiteCensus {
  const names = (ids: unknown, labels: ReadonlyMap<string, Label>) =>
    (Array.isArray(ids) ? ids : []).map((id) => labels.get(String(id))?.label ?? "?").sort();
  const entries = [...posts.values()]
    .filter(({ trashed }) => !trashed)
    .map(({ draft, status, live }) => {
      const { title = "", seoSlug = "", excerpt = "", richContent = null, tagIds, categoryIds } = draft;
      const words = [...names(tagIds, tags), "/", ...names(categoryIds, categories)];
      const isLive = live === undefined ? "" : live === draft ? "live" : "pending";
      return [seoSlug, title, status, isLive, excerpt, words.join(), plain(richContent)].join(" | ");
    });
  const labels = (kind: string, all: ReadonlyMap<string, Label>) =>
    [...all.values()].map(({ label }) => `${kind} ${label}`);
  return {
    entries: entries.sort(),
    terms: [...labels("tag", tags), ...labels("category", categories)].sort(),
    media: [...files.values()].map(({ displayName }) => displayName).sort(),
  };
}

/** Without ids, which tell one site from another. */
function plain(value: unknown): string {
  return JSON.stringify(value, (name, part: unknown) =>
    name === "id" || name === "src" || (name === "url" && isObject(value)) ? undefined : (part as JsonObject),
  ).replace(/a15e11_[0-9a-f]+/g, "FILE");
}
