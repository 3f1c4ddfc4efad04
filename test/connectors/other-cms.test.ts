import { expect, it } from "vitest";
import { cmsOf, standsThere } from "../../src/connectors/other-cms.ts";
import { findPlatform } from "../../src/connectors/registry.ts";
import type { Probed } from "../../src/http/probe.ts";

const page = (text: string, headers: Record<string, string> = {}): Probed => ({
  ...{ url: new URL("https://x.example/"), status: 200, headers, text, page: undefined },
  json: () => ({}),
});

it.each([
  ["wordpress", page('<meta name="generator" content="WordPress 6.8">')],
  ["wordpress", page("<html>", { link: '<https://x.example/wp-json/>; rel="https://api.w.org/"' })],
  ["drupal", page("<html>", { "x-generator": "Drupal 11 (https://www.drupal.org)" })],
  [
    "drupal",
    page('<main data-drupal-selector="x"><img src="/wp-content/old.png">', { "x-generator": "Drupal 10" }),
  ],
  ["joomla", page('<meta name="generator" content="Joomla! - Open Source Content Management">')],
  ["joomla", page('<script src="/media/system/js/core.min.js"></script>')],
  ["ghost", page('<meta name="generator" content="Ghost 6.65">')],
  ["shopify", page('<script src="//cdn.shopify.com/s/files/1/x.js"></script>')],
  ["webflow", page('<html data-wf-page="1" data-wf-site="2">')],
  ["wix", page('<meta name="generator" content="Wix.com Website Builder"/>')],
] as const)("a page of %s is known for one, and the platform is one to connect to", (platform, shown) => {
  expect(cmsOf(shown)?.platform).toBe(platform);
  expect(findPlatform(platform).manifest.id).toBe(platform);
  expect(standsThere("local", [page("A 404"), shown]).hint).toContain(`connect ${platform},`);
});

it("a page that says nothing, or is of the platform that was looked for, is called nothing else", () => {
  expect(standsThere("joomla", [page("<title>A shop</title>")])).toEqual({ words: "", hint: undefined });
  const own = page('<meta name="generator" content="Joomla! - x">');
  expect(standsThere("joomla", [own])).toEqual({ words: "", hint: undefined });
});
