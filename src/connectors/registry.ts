// The platforms there are. Manifests are data, so listing them costs next to nothing.
import { Fault } from "../lib/fault.ts";
import { nearestName } from "../lib/suggest.ts";
import type { Manifest } from "./contract.ts";
import type { WebhookScheme } from "./contract-webhooks.ts";
import { manifest as drupal } from "./drupal/manifest.ts";
import { manifest as ghost } from "./ghost/manifest.ts";
import { manifest as joomla } from "./joomla/manifest.ts";
import { manifest as local } from "./local/manifest.ts";
import type { Setup } from "./setup.ts";
import { manifest as shopify } from "./shopify/manifest.ts";
import { manifest as webflow } from "./webflow/manifest.ts";
import { manifest as wix } from "./wix/manifest.ts";
import { manifest as wordpress } from "./wordpress/manifest.ts";

export interface Platform {
  readonly manifest: Manifest;
  /** Absent where an address is taken as it is and there is nothing to verify. */
  readonly setup?: () => Promise<Setup>;
  /** Absent where a platform has no webhooks of its own: what sends them for it speaks Standard Webhooks. */
  readonly webhooks?: () => Promise<WebhookScheme>;
}

const PLATFORMS: readonly Platform[] = [
  { manifest: wordpress, setup: async () => (await import("./wordpress/setup.ts")).setup },
  {
    manifest: shopify,
    setup: async () => (await import("./shopify/setup.ts")).setup,
    webhooks: async () => (await import("./shopify/webhooks.ts")).webhooks,
  },
  {
    manifest: ghost,
    setup: async () => (await import("./ghost/setup.ts")).setup,
    webhooks: async () => (await import("./ghost/webhooks.ts")).webhooks,
  },
  { manifest: joomla, setup: async () => (await import("./joomla/setup.ts")).setup },
  { manifest: drupal, setup: async () => (await import("./drupal/setup.ts")).setup },
  {
    manifest: wix,
    setup: async () => (await import("./wix/setup.ts")).setup,
    webhooks: async () => (await import("./wix/webhooks.ts")).webhooks,
  },
  {
    manifest: webflow,
    setup: async () => (await import("./webflow/setup.ts")).setup,
    webhooks: async () => (await import("./webflow/webhooks.ts")).webhooks,
  },
  { manifest: local },
];

export const manifests: readonly Manifest[] = PLATFORMS.map(({ manifest }) => manifest);

/** Throws `usage` with the nearest name and the list. */
export function findPlatform(id: string): Platform {
  const found = PLATFORMS.find(({ manifest }) => manifest.id === id);
  if (found !== undefined) return found;
  const names = manifests.map((manifest) => manifest.id);
  const near = nearestName(id, names);
  throw new Fault("usage", `There is no platform ${JSON.stringify(id)}.`, {
    code: "unknown-platform",
    hint: `${near === undefined ? "" : `Did you mean ${near}? `}There are: ${names.join(", ")}.`,
  });
}

/** How deliveries from a platform are told to be genuine. */
export async function webhookScheme(id: string): Promise<WebhookScheme> {
  const { webhooks } = findPlatform(id);
  return webhooks === undefined ? (await import("./webhooks.ts")).standardWebhooks : webhooks();
}
