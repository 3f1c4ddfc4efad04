// Single items are published by themselves. The whole site is published only where the operator allows it, because
// Webflow refuses single items, and never twice within a minute.
import { isFault } from "../../lib/fault.ts";
import { CODES } from "./faults.ts";
import type { Site } from "./site.ts";

/** https://developers.webflow.com/data/reference/sites/publish */
const GAP_MS = 60_000;

/** A publication is queued: items are taken once it is done. */
const PAUSES = [2000, 5000, 10_000, 20_000];

const publications = new WeakMap<Site, { at: number; going: Promise<void> }>();

/** Does it, after a publication of the site where that is needed and allowed. */
export async function publishedAsNeeded<T>(site: Site, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const isAllowed = site.context.settings.sitePublish === "needed";
    if (!isAllowed || !isFault(thrown) || thrown.code !== CODES.notPublishable) throw thrown;
    await publishSite(site);
    for (const pause of PAUSES) {
      await site.context.clock.sleep(pause, site.context.signal);
      try {
        return await work();
      } catch (again) {
        if (!isFault(again) || again.code !== CODES.notPublishable) throw again;
      }
    }
    throw thrown;
  }
}

/** Those who ask while one is under way share it. */
async function publishSite(site: Site): Promise<void> {
  const { clock } = site.context;
  const last = publications.get(site);
  if (last !== undefined && clock.now() - last.at < GAP_MS) return last.going;
  const publication = { at: clock.now(), going: sendPublication(site) };
  publications.set(site, publication);
  return publication.going;
}

async function sendPublication(site: Site): Promise<void> {
  const { id, domains } = await site.identity();
  await site.write({
    method: "POST",
    path: `/sites/${id}/publish`,
    body: { publishToWebflowSubdomain: true, ...(domains.length === 0 ? {} : { customDomains: domains }) },
    repeatable: true,
    decode: () => undefined,
  });
  site.told.add("the whole site was published: Webflow publishes no single items before that");
}
