// From any address a person types to the site's Web Services.
// https://docs.joomla.org/J4.x:Joomla_Core_APIs
import { unescapeHtml } from "../../http/page.ts";
import type { Probe, Probed } from "../../http/probe.ts";
import { Fault } from "../../lib/fault.ts";
import { isObject } from "../../lib/json.ts";
import { excerpt } from "../../lib/redact.ts";
import { standsThere } from "../other-cms.ts";
import type { FoundSite, Setup } from "../setup.ts";
import { visit } from "../visit.ts";

const API = "/api/index.php/v1";

export const setup: Setup = {
  settled: (address) => /^https?:\/\/[^?#]+\/api\/index\.php\/v1$/.test(address),
  discover,
  // A token is tried by asking who the site is.
  verify: () => Promise.resolve(),
};

async function discover(typed: string, probe: Probe): Promise<FoundSite> {
  const { asked, guessed } = tidy(typed);
  const { shown, notes } = await visit({ url: asked, guessed }, probe);
  const failures: Probed[] = [];
  for (const base of bases(asked, shown.url)) {
    const answer = await probe(`${base}${API}/content/articles`);
    const errors = errorsOf(answer);
    if (errors !== undefined) {
      if (answer.status === 404) throw contentPlugin();
      if (answer.status === 401 || answer.status === 200) return found(base, shown, notes);
    }
    failures.push(answer);
  }
  throw await whyNot(shown, bases(asked, shown.url), failures, probe);
}

function found(base: string, shown: Probed, notes: readonly string[]): FoundSite {
  const title = /<title[^>]*>([^<]*)</i.exec(shown.text)?.[1]?.trim() ?? "";
  return {
    url: `${base}${API}`,
    siteUrl: base,
    title: title === "" ? new URL(base).host : unescapeHtml(title),
    notes,
    handOff: undefined,
    obstacle: undefined,
  };
}

function tidy(typed: string): { readonly asked: URL; readonly guessed: boolean } {
  const text = typed.trim();
  const guessed = !/^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const full = guessed ? `https://${text.replace(/^\/+/, "")}` : text;
  const bad = (message: string, hint: string) => new Fault("usage", message, { code: "bad-address", hint });
  if (!URL.canParse(full) || !/^https?:$/.test(new URL(full).protocol)) {
    throw bad(
      `${JSON.stringify(excerpt(typed, 100))} is not the address of a site.`,
      "Pass it as --url https://www.example.com",
    );
  }
  const asked = new URL(full);
  if (asked.username !== "" || asked.password !== "") {
    throw bad(
      "The address holds a user name or password.",
      "Leave it out of --url: the token is asked for, or comes by --token-stdin.",
    );
  }
  asked.hash = "";
  asked.search = "";
  asked.pathname = asked.pathname.replace(/\/(?:administrator|api|index\.php)(?:\/.*)?$/, "/");
  return { asked, guessed };
}

/** Directories that Joomla may be in, the deepest first, without final slash. */
function bases(asked: URL, shown: URL): readonly string[] {
  const parts = asked.pathname.split("/").filter((part) => part !== "");
  const paths = Array.from({ length: Math.min(parts.length, 4) + 1 }, (_, depth) =>
    ["", ...parts.slice(0, Math.min(parts.length, 4) - depth)].join("/"),
  );
  return paths.map((path) => `${shown.origin}${path}`);
}

/** What Joomla's interface says when it refuses; undefined for anybody else's answer. */
function errorsOf(answer: Probed): unknown {
  try {
    const payload: unknown = JSON.parse(answer.text);
    return isObject(payload) ? (payload.errors ?? payload.data) : undefined;
  } catch {
    return undefined;
  }
}

function contentPlugin(): Fault {
  return new Fault("unsupported", "Joomla's Web Services are there, but not those for articles.", {
    code: "joomla.content-plugin",
    hint: 'Enable the plug-in "Web Services - Content" in Joomla under System > Plugins; those for tags, media, users and config are needed as well.',
  });
}

async function whyNot(
  shown: Probed,
  candidates: readonly string[],
  failures: readonly Probed[],
  probe: Probe,
): Promise<Fault> {
  const behind = failures.find(
    ({ status, headers }) => status === 401 && /^basic\b/i.test(headers["www-authenticate"] ?? ""),
  );
  // Throws the fault that tells of the second password.
  behind?.json();
  const version = await versionOf(candidates, probe);
  const major = Number(version?.split(".")[0] ?? Number.NaN);
  if (major < 4) {
    return new Fault("unsupported", `The site is Joomla ${version}, which has no Web Services.`, {
      code: "joomla.too-old",
      hint: "Web Services came with Joomla 4: update the site. This program speaks with 4.4, 5 and 6.",
    });
  }
  if (version !== undefined || looksLikeJoomla(shown)) {
    const status = failures[0]?.status ?? 0;
    return new Fault("unsupported", `The site is a Joomla, but its Web Services do not answer (${status}).`, {
      code: "joomla.no-api",
      hint: `Open ${candidates.at(-1)}${API}/content/articles in a browser: it has to say "Forbidden" in JSON. A firewall or a rule of the web server may block the directory /api; Joomla 3 has none.`,
    });
  }
  const { words, hint } = standsThere("joomla", [shown]);
  return new Fault(
    "unavailable",
    `There is no Joomla at ${shown.url.origin}: it answered ${shown.status}${words}.`,
    {
      code: "joomla.not-joomla",
      hint:
        hint ?? "Type the address of the site as visitors have it, with the directory where it lies in one.",
    },
  );
}

/** Joomla's own manifest, which most sites show. */
async function versionOf(candidates: readonly string[], probe: Probe): Promise<string | undefined> {
  for (const base of candidates) {
    const { status, text } = await probe(`${base}/administrator/manifests/files/joomla.xml`);
    const version = status === 200 ? /<version>(\d+\.\d+[^<]*)<\/version>/.exec(text)?.[1] : undefined;
    if (version !== undefined) return version;
  }
  return undefined;
}

function looksLikeJoomla({ text }: Probed): boolean {
  return /<meta[^>]+name="generator"[^>]+Joomla/i.test(text) || /\/media\/system\/(?:js|css)\//.test(text);
}
