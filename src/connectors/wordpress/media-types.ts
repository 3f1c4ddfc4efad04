// Types of files that a WordPress takes (get_allowed_mime_types: version, plug-ins, network), found out without sending one.
import { z } from "zod";
import { phpText } from "./php.ts";
import type { Site } from "./site.ts";

const CURES: Readonly<Record<string, string>> = {
  "image/svg+xml": "WordPress takes SVG only with a plug-in that cleans it, e.g. Safe SVG. Or send a PNG.",
  "image/avif": "WordPress takes AVIF from 6.5 on: update the site, or send JPEG or WebP.",
  "image/webp": "WordPress takes WebP from 5.8 on: update the site, or send JPEG.",
};
const CURE =
  "let the site take it (in a network: Settings > Upload file types), or send the file in another format.";

/** What every WordPress takes. */
const PLAIN: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/gif"]);

/** WordPress's names where they differ. */
const THEIRS: Readonly<Record<string, string>> = { "audio/mp4": "audio/mpeg" };

/** Of these types, those that the site refuses, each with what to do about it. */
export async function refusedTypes(
  site: Site,
  types: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const refused = new Map<string, string>();
  for (const type of types) {
    if (!PLAIN.has(type) && !(await takes(site, type))) refused.set(type, CURES[type] ?? CURE);
  }
  return refused;
}

/**
 * A listing by type leaves the type out of account where uploads may not have it (`prepare_items_query`), and then shows
 * others. A library that holds nothing shows nothing: then only SVG is taken to be refused, as a plain site does.
 */
async function takes(site: Site, type: string): Promise<boolean> {
  const path = "/wp/v2/media";
  const found = z.array(z.object({ mime_type: phpText }));
  const wanted = THEIRS[type] ?? type;
  const fields = { per_page: 1, _fields: "mime_type" };
  const some = await site.get(path, { ...fields, mime_type: wanted }, (payload) => found.parse(payload));
  const [first] = some.value;
  if (first !== undefined) return first.mime_type === wanted;
  const all = await site.get(path, fields, (payload) => found.parse(payload));
  return all.value.length > 0 || type !== "image/svg+xml";
}
