// Types of files that a WordPress does not take by itself (wp_get_mime_types), found out without sending one.
import { z } from "zod";
import { isFault } from "../../lib/fault.ts";
import { realId } from "./php.ts";
import type { Site } from "./site.ts";

const CURES: Readonly<Record<string, string>> = {
  "image/svg+xml":
    "WordPress takes SVG only with a plug-in that cleans it (e.g. Safe SVG): once the library holds one, this tool sends them too. Or send a PNG.",
  "image/avif": "WordPress takes AVIF from 6.5 on: update the site, or send JPEG or WebP.",
};

/**
 * Of these types, those that the site refuses, each with what to do about it. A type of which the library holds a file
 * is taken, whatever made it so.
 */
export async function refusedTypes(
  site: Site,
  types: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const refused = new Map<string, string>();
  for (const type of types) {
    const cure = CURES[type];
    if (cure === undefined || (await holds(site, type))) continue;
    if (type === "image/avif" && (await isFrom65(site))) continue;
    refused.set(type, cure);
  }
  return refused;
}

async function holds(site: Site, type: string): Promise<boolean> {
  const query = { mime_type: type, per_page: 1, _fields: "id" };
  const ids = z.array(z.object({ id: realId }));
  return (await site.get("/wp/v2/media", query, (payload) => ids.parse(payload))).value.length > 0;
}

/** WordPress does not tell its version; fonts came to its API with 6.5. */
async function isFrom65(site: Site): Promise<boolean> {
  try {
    await site.get("/wp/v2/font-families", { _method: "OPTIONS" }, () => undefined);
    return true;
  } catch (thrown) {
    if (isFault(thrown, "unsupported") || isFault(thrown, "not-found")) return false;
    // Who may not ask of fonts is told so only where there are fonts.
    if (isFault(thrown, "forbidden")) return true;
    throw thrown;
  }
}
