import type { Probe } from "../../http/probe.ts";
import { Fault, isFault } from "../../lib/fault.ts";
import type { Setup } from "../setup.ts";

export const setup: Setup = {
  settled: (address) => shopAddress(address) === address,
  async discover(address, probe) {
    const url = shopAddress(address);
    if (url === undefined) throw await notByName(address, probe);
    const { hostname } = new URL(url);
    const title = hostname.replace(/\.myshopify\.com$/, "");
    return { url, siteUrl: url, title, notes: [], handOff: undefined, obstacle: undefined };
  },
  verify: () => Promise.resolve(),
};

const NAME = "[a-z0-9][a-z0-9-]*";

/**
 * From what a person types: a name, `name.myshopify.com`, an address of the admin, or a sandbox on this machine. Undefined
 * for anything else, e.g. a domain of the shop's own.
 */
export function shopAddress(address: string): string | undefined {
  const text = address.trim();
  const local = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?(?=\/|$)/i.exec(text)?.[0];
  if (local !== undefined) return local.toLowerCase();
  const bare = text
    .replace(/^https?:\/\//i, "")
    .replace(/[?#].*$/s, "")
    .toLowerCase();
  const admin = new RegExp(`^admin\\.shopify\\.com/store/(${NAME})(?:/|$)`).exec(bare)?.[1];
  const own = new RegExp(`^(${NAME})(?:\\.myshopify\\.com)?(?:/|$)`).exec(bare)?.[1];
  const name = admin ?? own;
  return name === undefined ? undefined : `https://${name}.myshopify.com`;
}

/** Storefronts say in their pages which shop they are. */
async function notByName(address: string, probe: Probe): Promise<Fault> {
  const full = /^https?:\/\//i.test(address) ? address : `https://${address.trim()}`;
  const shown = await nameIn(full, probe);
  return new Fault("usage", `"${address}" is not a shop's name at Shopify.`, {
    code: "shopify.address",
    hint:
      shown === undefined
        ? "Type the name that Shopify gave the shop: it is in the address of its admin, admin.shopify.com/store/NAME, and under Settings > Domains as NAME.myshopify.com."
        : `That shop is ${shown}: type --url ${shown}`,
  });
}

async function nameIn(address: string, probe: Probe): Promise<string | undefined> {
  if (!URL.canParse(address)) return undefined;
  try {
    const { text } = await probe(address);
    return new RegExp(`\\b(${NAME}\\.myshopify\\.com)\\b`, "i").exec(text)?.[1]?.toLowerCase();
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    return undefined;
  }
}
