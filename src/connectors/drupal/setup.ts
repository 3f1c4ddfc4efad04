// From an address a person types to the site, and why it does not let us in.
import { z } from "zod";
import type { Http } from "../../http/http.ts";
import type { Probe, Probed } from "../../http/probe.ts";
import { Fault, isFault } from "../../lib/fault.ts";
import { excerpt } from "../../lib/redact.ts";
import { standsThere } from "../other-cms.ts";
import type { Setup } from "../setup.ts";
import { visit } from "../visit.ts";
import { anonymous, refuse } from "./faults.ts";
import { decodeIndex, type Index } from "./resource.ts";
import { refusalsOf } from "./rights.ts";
import { JSON_API, nodeTypesIn } from "./site.ts";

export const setup: Setup = {
  // What visitors are shown at the address is looked at each time.
  settled: () => false,
  async discover(address, probe) {
    const { shown, notes } = await visit(tidy(address), probe);
    const tried: Probed[] = [];
    for (const base of basesOf(shown.url)) {
      const answer = await probe(`${base}/jsonapi`);
      const index = indexIn(answer);
      if (index !== undefined) {
        const found = (answer.url.origin + answer.url.pathname).replace(/\/jsonapi\/?$/, "");
        const url = await withoutLanguage(found, answer, probe);
        const title = shown.page?.title ?? "";
        return {
          url,
          siteUrl: url,
          title: excerpt(title, 80),
          notes,
          handOff: undefined,
          obstacle: undefined,
        };
      }
      tried.push(answer);
    }
    throw explained(shown, tried);
  },
  verify: async (http, site) => {
    // Never tried a second time: Drupal locks the account after five.
    if ((await indexAt(http, site.url)).me === undefined) throw anonymous(undefined);
  },
  async takesWrites(http, url) {
    const kinds = nodeTypesIn(await indexAt(http, url));
    await refuseReadOnly(http, url, kinds);
    return refusalsOf(http, url, kinds);
  },
};

async function indexAt(http: Http, url: string): Promise<Index> {
  const { value } = await http.send({
    method: "GET",
    path: `${url}/jsonapi`,
    headers: { accept: JSON_API },
    repeatable: true,
    fresh: "ainsteinFresh",
    decode: decodeIndex,
    refuse,
  });
  return value;
}

/** Only a write tells whether writes are taken: of an entry that cannot be there. */
async function refuseReadOnly(http: Http, url: string, [kind]: readonly string[]): Promise<void> {
  if (kind === undefined) {
    throw new Fault("unsupported", "the site's JSON:API shows no content type", {
      code: "drupal.no-content",
      hint: "make a content type at /admin/structure/types, or let JSON:API show it (module JSON:API Extras)",
    });
  }
  const id = "00000000-0000-4000-8000-000000000000";
  try {
    await http.send({
      method: "PATCH",
      path: `${url}/jsonapi/node/${kind}/${id}`,
      headers: { accept: JSON_API, "content-type": JSON_API },
      body: { json: { data: { type: `node--${kind}`, id } } },
      repeatable: true,
      accept: [404],
      decode: () => undefined,
      refuse,
    });
  } catch (thrown) {
    if (isFault(thrown) && (thrown.code === "drupal.read-only" || thrown.kind === "auth")) throw thrown;
  }
}

function badAddress(message: string, hint: string): Fault {
  return new Fault("usage", message, { code: "bad-address", hint });
}

/** Parts that belong to Drupal itself are cut off. */
function tidy(typed: string): { readonly url: URL; readonly guessed: boolean } {
  const text = typed.trim();
  const guessed = !/^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const full = guessed ? `https://${text.replace(/^\/+/, "")}` : text;
  if (!URL.canParse(full) || !/^https?:$/.test(new URL(full).protocol)) {
    throw badAddress(
      `${JSON.stringify(excerpt(typed, 100))} is not the address of a site.`,
      "Pass it as --url https://www.example.com",
    );
  }
  const url = new URL(full);
  if (url.username !== "" || url.password !== "") {
    throw badAddress(
      "The address holds a user name or password.",
      "Leave it out of --url: passwords are asked for, or come by --password-stdin.",
    );
  }
  url.hash = "";
  url.search = "";
  url.pathname = url.pathname.replace(
    /\/(?:jsonapi|node|user|admin|index\.php|core|taxonomy)(?:\/.*)?$/,
    "/",
  );
  return { url, guessed };
}

/** Addresses that the site may lie at, the shown one first, without final slash. */
function basesOf({ origin, pathname }: URL): readonly string[] {
  const parts = pathname
    .split("/")
    .filter((part) => part !== "")
    .slice(0, 4);
  return [...parts.keys(), parts.length]
    .toReversed()
    .map((depth) => [origin, ...parts.slice(0, depth)].join("/"));
}

/** `/de` before the rest is not where the site lies: it is a language of one that lies above. */
async function withoutLanguage(base: string, { headers }: Probed, probe: Probe): Promise<string> {
  const language = headers["content-language"] ?? "";
  const above = base.slice(0, -language.length - 1);
  if (language === "" || base !== `${above}/${language}`) return base;
  return indexIn(await probe(`${above}/jsonapi`)) === undefined ? base : above;
}

function indexIn(answer: Probed): Index | undefined {
  if (answer.status !== 200 || answer.page !== undefined) return undefined;
  try {
    const payload = answer.json();
    z.object({ jsonapi: z.unknown(), links: z.record(z.string(), z.unknown()) }).parse(payload);
    return decodeIndex(payload);
  } catch {
    return undefined;
  }
}

function explained(shown: Probed, tried: readonly Probed[]): Fault {
  const { origin, pathname } = shown.url;
  const [first] = tried;
  if (first?.page?.challenge !== undefined) first.json();
  if (first?.status === 401 && /^basic\b/i.test(first.headers["www-authenticate"] ?? "")) {
    return new Fault(
      "auth",
      `The web server of ${origin} asks for a password of its own before Drupal is reached.`,
      {
        code: "basic-auth-in-front",
        httpStatus: 401,
        hint: "One request cannot carry two passwords: have /jsonapi exempted from the server's password.",
      },
    );
  }
  if (first?.status === 503) {
    return new Fault("unavailable", `${origin} does not serve now: it may be in maintenance mode.`, {
      code: "drupal.maintenance",
      httpStatus: 503,
      hint: "Run it again when that is over: /admin/config/development/maintenance",
    });
  }
  if (isDrupal(shown) || tried.some(isDrupal)) {
    return new Fault(
      "unavailable",
      `${origin} is a Drupal, but has no JSON:API (HTTP ${first?.status ?? shown.status}).`,
      {
        code: "drupal.no-jsonapi",
        hint: 'An administrator turns "JSON:API" and basic_auth ("HTTP Basic") on at /admin/modules. Both come with Drupal.',
      },
    );
  }
  const title = shown.page === undefined || shown.page.title === "" ? "" : ` ("${shown.page.title}")`;
  const { words, hint } = standsThere("drupal", [shown]);
  return new Fault(
    "unavailable",
    `No Drupal was found at ${origin}${pathname}${title}: it answered ${shown.status}${words}.`,
    {
      code: "drupal.not-drupal",
      hint: hint ?? "Check the address: pass the one that visitors of the site use.",
    },
  );
}

const isDrupal = ({ headers, text }: Probed) =>
  /^Drupal /.test(headers["x-generator"] ?? "") ||
  headers["x-drupal-cache"] !== undefined ||
  /content=["']Drupal \d|data-drupal-|\/sites\/default\/files\//.test(text);
