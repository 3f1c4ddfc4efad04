// From whatever a person calls a site to Webflow's API: the token says whether it opens that site.
import { Fault } from "../../lib/fault.ts";
import { excerpt } from "../../lib/redact.ts";
import type { Setup } from "../setup.ts";

const API = "https://api.webflow.com/v2";

export const setup: Setup = {
  settled: (address) => apiAddress(address) === address,
  discover: async (address) => {
    const url = apiAddress(address);
    if (url === undefined) throw badAddress(address);
    const name = decodeURIComponent(/\/sites\/([^/]+)$/.exec(url)?.[1] ?? "");
    const title = name === "" ? "Webflow" : name;
    return { url, siteUrl: url, title, notes: [], handOff: undefined, obstacle: undefined };
  },
  verify: () => Promise.resolve(),
};

const NAME = "[a-z0-9][a-z0-9-]*";
const LOCAL = /^(http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?)(?:\/v2)?(\/sites\/[^/?#]+)?\/?$/i;

/**
 * The API's address with the site in it: from an address of the site or of its designer, its name, its id, or a sandbox on this
 * machine. Without a site where only Webflow itself is named. Undefined for anything else.
 */
export function apiAddress(address: string): string | undefined {
  const text = address.trim();
  const [, origin, place = ""] = LOCAL.exec(text) ?? [];
  if (origin !== undefined) return `${origin.toLowerCase()}/v2${place}`;
  const bare = text
    .replace(/^https?:\/\//i, "")
    .replace(/[?#].*$/s, "")
    .replace(/\/+$/, "");
  if (/^(?:www\.|api\.)?webflow\.com(?:\/v2|\/dashboard)?$/i.test(bare)) return API;
  const name =
    match(bare, `^api\\.webflow\\.com/v2/sites/([^/]+)$`) ??
    match(bare, `^(?:www\\.)?webflow\\.com/(?:design|dashboard/sites)/(${NAME})(?:/|$)`) ??
    match(bare, `^(${NAME})\\.(?:design\\.webflow\\.com|webflow\\.io)(?:/|$)`) ??
    match(bare, `^(${NAME})$`) ??
    match(bare, `^((?:${NAME}\\.)+[a-z]{2,})(?:/|$)`);
  return name === undefined ? undefined : `${API}/sites/${encodeURIComponent(decoded(name).toLowerCase())}`;
}

function match(text: string, pattern: string): string | undefined {
  return new RegExp(pattern, "i").exec(text)?.[1];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function badAddress(address: string): Fault {
  return new Fault("usage", `${JSON.stringify(excerpt(address, 100))} is no site at Webflow.`, {
    code: "webflow.address",
    hint: "Type the site's address, or its name as in name.webflow.io: --url name.webflow.io",
  });
}
