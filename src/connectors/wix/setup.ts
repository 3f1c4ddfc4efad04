// Where Wix's interface is. It is one for all sites: which of them is meant is a setting.
import { Fault } from "../../lib/fault.ts";
import { excerpt } from "../../lib/redact.ts";
import type { Setup } from "../setup.ts";

const API = "https://www.wixapis.com";
const GUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i;

export const setup: Setup = {
  settled: (address) => apiAddress(address) === address,
  async discover(address) {
    const url = apiAddress(address);
    if (url === undefined) throw notWix(address);
    const site = GUID.exec(address)?.[0];
    const notes = [
      "Wix lets no program of others sign in through the browser: a key of the site's owner, or an app that is installed on the site, takes its place.",
      ...(site === undefined ? [] : [`The id of that site is ${site}: it goes into --set site=${site}`]),
    ];
    return { url, siteUrl: url, title: "Wix", notes, handOff: undefined, obstacle: undefined };
  },
  verify: () => Promise.resolve(),
};

/** From the interface's own address, an address of the dashboard, a site's id, or a sandbox on this machine. */
function apiAddress(address: string): string | undefined {
  const text = address.trim().replace(/\/+$/, "");
  const local = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?(?=\/|$)/i.exec(text)?.[0];
  if (local !== undefined) return local.toLowerCase();
  const bare = text.replace(/^https?:\/\//i, "").toLowerCase();
  const isOfWix = /^(?:www\.wixapis\.com|(?:manage|www)\.wix\.com)(?:\/|$)/.test(bare);
  return isOfWix || GUID.exec(bare)?.[0] === bare ? API : undefined;
}

function notWix(address: string): Fault {
  return new Fault("usage", `${JSON.stringify(excerpt(address, 100))} is not where Wix's interface is.`, {
    code: "wix.address",
    hint: `Type --url ${API} --set site=ID. The id stands in the address of the site's dashboard: manage.wix.com/dashboard/ID/home`,
  });
}
