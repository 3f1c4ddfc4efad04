// The site, its collections, and its publication as a whole.
import { isObject } from "../../lib/json.ts";
import { json, type Reply } from "../serve.ts";
import { malformed, Refused } from "./errors.ts";
import { publish } from "./items.ts";
import { type Collection, itemsOf, nowStamp, type SiteStore } from "./state.ts";

export function shownSite({ site }: SiteStore) {
  const { id, workspaceId, displayName, shortName, timeZone, createdOn, lastUpdated, lastPublished } = site;
  const [primary, ...secondary] = site.locales.map((locale) => ({
    ...{ id: locale.id, cmsLocaleId: locale.cmsLocaleId, enabled: true, displayName: locale.displayName },
    ...{ displayImageId: null, redirect: false, subdirectory: locale.subdirectory, tag: locale.tag },
  }));
  return {
    ...{ id, workspaceId, createdOn, displayName, shortName, lastPublished, lastUpdated },
    previewUrl: `https://screenshots.example.com/${id}.png`,
    ...{ timeZone, parentFolderId: null, customDomains: site.customDomains },
    locales: { primary, secondary },
    dataCollectionEnabled: false,
    dataCollectionType: "disabled",
  };
}

export function listCollections({ collections }: SiteStore): Reply {
  const all = [...collections.values()].map(({ fields: _, ...rest }) => rest);
  return json(200, { collections: all });
}

export function showCollection(collection: Collection): Reply {
  return json(200, collection);
}

/** Everything that is not a draft goes live, and what is archived goes. Queued in Webflow; at once here. */
export function publishSite(store: SiteStore, body: unknown): Reply {
  if (!isObject(body)) throw malformed("Request is malformed");
  const { customDomains = [], publishToWebflowSubdomain = false, ...rest } = body;
  if (Object.keys(rest).some((key) => key !== "pageId")) throw malformed("Unknown key");
  const domains: readonly unknown[] = Array.isArray(customDomains) ? customDomains : [];
  if (domains.length === 0 && publishToWebflowSubdomain !== true) {
    throw new Refused(400, "no_domains", "Bad Request: no domain to publish to");
  }
  const { site, behaviours, clock } = store;
  const since = clock.now() - (published.get(store) ?? Number.NEGATIVE_INFINITY);
  if (since < behaviours.sitePublishGap * 1000)
    throw new Refused(429, "too_many_requests", "Too many requests");
  published.set(store, clock.now());
  site.lastPublished = nowStamp(store);
  behaviours.outOfStep = false;
  for (const id of store.collections.keys()) {
    for (const item of itemsOf(store, id).values()) {
      if (item.isArchived) item.live = undefined;
      else if (!item.isDraft) publish(store, item);
    }
  }
  const named = site.customDomains.filter(({ id }) => domains.includes(id));
  return json(202, { customDomains: named, publishToWebflowSubdomain, publishScope: "site" });
}

/** When the site was published through the interface, by the clock. */
const published = new WeakMap<SiteStore, number>();
