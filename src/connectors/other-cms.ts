// What stands at an address where another platform was looked for. Pure.
import type { Probed } from "../http/probe.ts";

export interface OtherCms {
  /** As its makers write it. */
  readonly name: string;
  readonly platform: string;
}

type Sign = readonly [platform: string, name: string, sign: RegExp];

/** What pages say of themselves. */
const GENERATORS: readonly Sign[] = [
  ["wordpress", "WordPress", /content=["']WordPress /],
  ["drupal", "Drupal", /content=["']Drupal \d/],
  ["joomla", "Joomla", /content=["']Joomla!/],
  ["ghost", "Ghost", /content=["']Ghost \d/],
  ["wix", "Wix", /content=["']Wix\.com/],
  ["webflow", "Webflow", /content=["']Webflow["']/],
];

/** Addresses of what pages are made of. */
const PARTS: readonly Sign[] = [
  ["shopify", "Shopify", /\/\/cdn\.shopify\.com\//],
  ["wix", "Wix", /\/\/static\.(?:wixstatic|parastorage)\.com\//],
  ["webflow", "Webflow", /\sdata-wf-(?:site|page)=/],
  ["wordpress", "WordPress", /\/wp-(?:content|includes|json)\//],
  ["drupal", "Drupal", /data-drupal-|\/sites\/default\/files\//],
  ["joomla", "Joomla", /\/media\/system\/(?:js|css)\//],
];

/** The platform of a page; undefined where it says too little. */
export function cmsOf({ headers, text }: Probed): OtherCms | undefined {
  const seen = `${headers.link ?? ""}\ncontent="${headers["x-generator"] ?? ""}"\n${text}`;
  const [platform, name] = [...GENERATORS, ...PARTS].find(([, , sign]) => sign.test(seen)) ?? [];
  return platform === undefined || name === undefined ? undefined : { platform, name };
}

/** The end of a sentence on what was found, and what to do. `own`: the platform that was looked for. */
export function standsThere(
  own: string,
  pages: readonly Probed[],
): { readonly words: string; readonly hint: string | undefined } {
  const [found] = pages.flatMap((page) => cmsOf(page) ?? []);
  if (found === undefined || found.platform === own) return { words: "", hint: undefined };
  return {
    words: `, and looks like ${found.name}`,
    hint: `Type: ainstein-cms connect ${found.platform}, with the same --url`,
  };
}
