// From an address a person types to the site's REST API.
// https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/
import { z } from "zod";
import { unescapeHtml } from "../../http/page.ts";
import type { Probe, Probed } from "../../http/probe.ts";
import { Fault, isFault } from "../../lib/fault.ts";
import { excerpt } from "../../lib/redact.ts";
import { explainRoot, notWordPress, refusesHttps, restApiOff } from "./diagnose.ts";

export interface Discovery {
  /** `https://x/wp-json`, or `https://x/?rest_route=` where permalinks are plain. */
  readonly apiRoot: string;
  readonly siteUrl: string;
  readonly name: string;
  /** The page that makes application passwords; undefined where the site offers none. */
  readonly authUrl: string | undefined;
  /** As far as the site tells. */
  readonly version: string | undefined;
  /** The site's own words when it shows its interface to signed-in users only; then little else is known. */
  readonly closed: string | undefined;
  readonly notes: readonly string[];
}

const endpoint = z.object({ endpoints: z.object({ authorization: z.string() }) });
const rootSchema = z.object({
  name: z.string().catch(""),
  home: z.string().optional().catch(undefined),
  namespaces: z.array(z.string()),
  // PHP writes an empty map as a list.
  authentication: z.object({ "application-passwords": endpoint.optional() }).optional().catch(undefined),
});
type Root = z.infer<typeof rootSchema>;

/** Throws a fault that says what stands at the address instead of a WordPress that can be used. */
export async function discover(typed: string, probe: Probe): Promise<Discovery> {
  const address = tidy(typed);
  const { shown, notes } = await visit(address, probe);
  const candidates = candidateRoots(address.url, shown);
  const failures: Probed[] = [];
  for (const candidate of candidates) {
    const answer = await probe(withQuery(candidate));
    const root = readRoot(answer);
    if (root !== undefined)
      return found({ root, apiRoot: rootOf(answer.url, candidate), shown, notes, probe });
    const closed = closedBy(answer);
    if (closed !== undefined) return closedSite(rootOf(answer.url, candidate), closed, shown, notes);
    failures.push(answer);
  }
  for (const failure of failures) explainRoot(failure);
  throw looksLikeWordPress(shown) ? restApiOff(shown.url, failures) : notWordPress(shown);
}

/** Whether the address had a scheme, and where to look first. Parts that belong to WordPress itself are cut off. */
function tidy(typed: string): { readonly url: URL; readonly guessed: boolean } {
  const text = typed.trim();
  const guessed = !/^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const full = guessed ? `https://${text.replace(/^\/+/, "")}` : text;
  if (!URL.canParse(full) || !/^https?:$/.test(new URL(full).protocol)) {
    throw new Fault("usage", `${JSON.stringify(excerpt(typed, 100))} is not the address of a site.`, {
      code: "bad-address",
      hint: "Pass it as --url https://www.example.com",
    });
  }
  const url = new URL(full);
  if (url.username !== "" || url.password !== "") {
    throw new Fault("usage", "The address holds a user name or password.", {
      code: "bad-address",
      hint: "Leave it out of --url: passwords are asked for, or come by --password-stdin.",
    });
  }
  url.hash = "";
  url.pathname = url.pathname.replace(
    /\/(wp-admin|wp-login\.php|wp-content|wp-includes|xmlrpc\.php)(\/.*)?$/,
    "/",
  );
  return { url, guessed };
}

/** What a visitor sees. An address without scheme is tried with https, then with http. */
async function visit(
  address: { readonly url: URL; readonly guessed: boolean },
  probe: Probe,
): Promise<{ shown: Probed; notes: string[] }> {
  const notes: string[] = [];
  const asked = address.url;
  let shown: Probed;
  try {
    shown = await probe(asked.href);
  } catch (thrown) {
    const noTls =
      isFault(thrown) && ["connection-refused", "tls-failed", "connect-timeout"].includes(thrown.code);
    if (!address.guessed || !noTls) throw thrown;
    asked.protocol = "http:";
    shown = await probe(asked.href);
    notes.push(`${asked.host} does not answer over https: using http.`);
  }
  if (shown.url.origin !== asked.origin) {
    notes.push(`${asked.origin} leads to ${shown.url.origin}: using that address.`);
  }
  return { shown, notes };
}

/** API roots worth trying, best first, without final slash. */
function candidateRoots(asked: URL, shown: Probed): readonly string[] {
  const roots: string[] = [];
  const given = apiRootWithin(asked);
  if (given !== undefined) roots.push(given);
  const linked = linkedRoot(shown);
  if (linked !== undefined) roots.push(...secured(linked, shown.url));
  const base = new URL(shown.url);
  base.search = "";
  const parts = (given === undefined ? base.pathname : "/").split("/").filter((part) => part !== "");
  for (let depth = Math.min(parts.length, 4); depth >= 0; depth -= 1) {
    const path = depth === 0 ? "" : `/${parts.slice(0, depth).join("/")}`;
    roots.push(`${base.origin}${path}/wp-json`, `${base.origin}${path}/?rest_route=`);
  }
  return [...new Set(roots)];
}

/** The API root that an address itself names. */
function apiRootWithin(url: URL): string | undefined {
  const cut = /^(.*?\/wp-json)(\/|$)/.exec(url.pathname);
  if (cut?.[1] !== undefined) return url.origin + cut[1];
  return url.searchParams.has("rest_route") ? `${url.origin}${url.pathname}?rest_route=` : undefined;
}

/** From the `Link` header or the page's `<link>`, both with rel `https://api.w.org/`. */
function linkedRoot(shown: Probed): string | undefined {
  const header = /<([^<>]+)>\s*;[^,]*rel=["']?https:\/\/api\.w\.org\//.exec(shown.headers.link ?? "")?.[1];
  const tag = (shown.text.match(/<link\b[^>]*>/gi) ?? []).find((link) => link.includes("https://api.w.org/"));
  const inPage = /href\s*=\s*["']([^"']+)["']/i.exec(tag ?? "")?.[1];
  const target = header ?? (inPage === undefined ? undefined : unescapeHtml(inPage));
  if (target === undefined || !URL.canParse(target, shown.url.href)) return undefined;
  const url = new URL(target, shown.url.href);
  if (!/^https?:$/.test(url.protocol)) return undefined;
  return url.searchParams.has("rest_route")
    ? `${url.origin}${url.pathname}?rest_route=`
    : (url.origin + url.pathname).replace(/\/+$/, "");
}

/** A site seen over https that names itself with http is asked over https: credentials must not travel in the clear. */
function secured(root: string, seen: URL): readonly string[] {
  return seen.protocol === "https:" && root.startsWith("http:") ? [root.replace(/^http:/, "https:")] : [root];
}

const FIELDS = "name,home,namespaces,authentication";

function withQuery(root: string): string {
  return root.endsWith("?rest_route=") ? `${root}/&_fields=${FIELDS}` : `${root}/?_fields=${FIELDS}`;
}

/** The root that answered in the end, which may be another than was asked when the site redirects. */
function rootOf(answered: URL, candidate: string): string {
  return candidate.endsWith("?rest_route=")
    ? `${answered.origin}${answered.pathname}?rest_route=`
    : (answered.origin + answered.pathname).replace(/\/+$/, "");
}

function readRoot(answer: Probed): Root | undefined {
  if (answer.status < 200 || answer.status > 299 || answer.page !== undefined) return undefined;
  const parsed = rootSchema.safeParse(parseQuietly(answer));
  return parsed.success && parsed.data.namespaces.includes("wp/v2") ? parsed.data : undefined;
}

function parseQuietly(answer: Probed): unknown {
  try {
    return answer.json();
  } catch {
    return undefined;
  }
}

/** Plug-ins that show the interface to signed-in users only answer 401 with a code and a sentence of their own. */
function closedBy(answer: Probed): string | undefined {
  if (answer.status !== 401) return undefined;
  const parsed = z
    .object({ code: z.string(), message: z.string().catch("") })
    .safeParse(parseQuietly(answer));
  return parsed.success
    ? excerpt(parsed.data.message === "" ? parsed.data.code : parsed.data.message)
    : undefined;
}

interface Finding {
  readonly root: Root;
  readonly apiRoot: string;
  readonly shown: Probed;
  readonly notes: readonly string[];
  readonly probe: Probe;
}

async function found({ root, apiRoot, shown, notes, probe }: Finding): Promise<Discovery> {
  const origin = new URL(apiRoot).origin;
  if (shown.url.protocol === "https:" && apiRoot.startsWith("http:")) throw refusesHttps(apiRoot);
  const siteUrl = (root.home ?? origin).replace(/\/+$/, "");
  const more = origin === shown.url.origin ? [] : [`The site's interface is at ${apiRoot}.`];
  if (siteUrl.startsWith("http:") && origin.startsWith("https:")) {
    more.push(`WordPress believes its own address to be ${siteUrl}, without https.`);
  }
  const authUrl = root.authentication?.["application-passwords"]?.endpoints.authorization;
  return {
    apiRoot,
    siteUrl,
    name: excerpt(unescapeHtml(root.name)),
    authUrl: authUrl === undefined ? undefined : samePage(authUrl, siteUrl, origin),
    version: await versionOf(shown, siteUrl, probe),
    closed: undefined,
    notes: [...notes, ...more],
  };
}

/** Only a page of the site itself is ever opened, and over https where the site is. */
function samePage(authUrl: string, siteUrl: string, origin: string): string | undefined {
  if (!URL.canParse(authUrl)) return undefined;
  const url = new URL(authUrl);
  if (origin.startsWith("https:") && url.protocol === "http:") url.protocol = "https:";
  const hosts = [new URL(siteUrl).host, new URL(origin).host];
  return /^https?:$/.test(url.protocol) && hosts.includes(url.host) ? url.href : undefined;
}

function closedSite(apiRoot: string, closed: string, shown: Probed, notes: readonly string[]): Discovery {
  const siteUrl = apiRoot.replace(/\/(wp-json|\?rest_route=)$/, "");
  return {
    apiRoot,
    siteUrl,
    name: shown.page?.title ?? "",
    authUrl: `${siteUrl}/wp-admin/authorize-application.php`,
    version: generator(shown.text),
    closed,
    notes: [...notes, `The site shows its interface to signed-in users only: "${closed}"`],
  };
}

/** From the home page's generator tag, else from the login page's style sheets; sites may hide both. */
async function versionOf(shown: Probed, siteUrl: string, probe: Probe): Promise<string | undefined> {
  const told = generator(shown.text);
  if (told !== undefined) return told;
  try {
    const login = await probe(`${siteUrl}/wp-login.php`);
    return /(?:wp-(?:admin|includes)\/[^"'<>]*|load-styles\.php\?[^"'<>]*)[?&;]ver=(\d+\.\d+(?:\.\d+)?)/.exec(
      login.text,
    )?.[1];
  } catch (thrown) {
    if (isFault(thrown)) return undefined;
    throw thrown;
  }
}

function generator(html: string): string | undefined {
  return /<meta[^>]+content=["']WordPress (\d+\.\d+(?:\.\d+)?)/i.exec(html)?.[1];
}

function looksLikeWordPress(shown: Probed): boolean {
  return /\/wp-(content|includes)\/|content=["']WordPress |api\.w\.org/.test(
    shown.text + (shown.headers.link ?? ""),
  );
}
