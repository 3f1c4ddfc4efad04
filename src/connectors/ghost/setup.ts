// From any address of a site to its Admin API. https://ghost.org/docs/admin-api/#base-url
import type { Http } from "../../http/http.ts";
import type { Probe, Probed } from "../../http/probe.ts";
import { Fault, isFault } from "../../lib/fault.ts";
import { excerpt } from "../../lib/redact.ts";
import { standsThere } from "../other-cms.ts";
import type { FoundSite, Setup } from "../setup.ts";
import { ghostError, ghostFault } from "./faults.ts";
import { refuseOld, siteSchema } from "./site.ts";

const API = "/ghost/api/admin";

export const setup: Setup = {
  settled: (address) => /^https?:\/\/[^?#]+\/ghost\/api\/admin$/.test(address),
  discover,
  async verify(http: Http) {
    await http.send({
      method: "GET",
      path: "/settings/",
      repeatable: true,
      decode: () => undefined,
      refuse: ghostFault,
    });
  },
};

async function discover(address: string, probe: Probe): Promise<FoundSite> {
  const { bases, guessed } = candidates(address);
  const answers: Probed[] = [];
  for (const base of bases) {
    const answer = await ask(base, guessed, probe);
    const found = siteIn(answer);
    if (found !== undefined) return found;
    answers.push(answer);
  }
  throw explain(address, answers);
}

/** Where the site may begin, best first: parts that belong to Ghost itself are cut off, then folders one by one. */
function candidates(address: string): { readonly bases: readonly URL[]; readonly guessed: boolean } {
  const text = address.trim();
  const guessed = !/^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const full = guessed ? `https://${text.replace(/^\/+/, "")}` : text;
  if (!URL.canParse(full) || !/^https?:$/.test(new URL(full).protocol)) throw badAddress(address);
  const url = new URL(full);
  if (url.username !== "" || url.password !== "") throw badAddress(address);
  const parts = url.pathname
    .replace(/(^|\/)ghost(\/.*)?$/, "")
    .split("/")
    .filter((part) => part !== "");
  const depths = Array.from({ length: Math.min(parts.length, 4) + 1 }, (_, depth) => depth).toReversed();
  const bases = depths.map(
    (depth) =>
      new URL(
        parts
          .slice(0, depth)
          .map((part) => `/${part}`)
          .join(""),
        url.origin,
      ),
  );
  return { bases, guessed };
}

function badAddress(address: string): Fault {
  return new Fault("usage", `${JSON.stringify(excerpt(address, 100))} is not the address of a site.`, {
    code: "bad-address",
    hint: "Pass it as --url https://blog.example.com; keys do not belong into it.",
  });
}

const apiOf = (base: URL) => base.origin + base.pathname.replace(/\/+$/, "") + API;

/** An address without scheme is tried with https, then with http. */
async function ask(base: URL, guessed: boolean, probe: Probe): Promise<Probed> {
  try {
    return await probe(`${apiOf(base)}/site/`);
  } catch (thrown) {
    const noTls =
      isFault(thrown) && ["connection-refused", "tls-failed", "connect-timeout"].includes(thrown.code);
    if (!guessed || !noTls || base.protocol === "http:") throw thrown;
    base.protocol = "http:";
    return probe(`${apiOf(base)}/site/`);
  }
}

function siteIn(answer: Probed): FoundSite | undefined {
  if (answer.status !== 200 || answer.page !== undefined) return undefined;
  const parsed = siteSchema.safeParse(jsonOf(answer));
  if (!parsed.success) return undefined;
  const { title, url, version } = parsed.data.site;
  refuseOld(version);
  const root = (answer.url.origin + answer.url.pathname).replace(/\/site\/?$/, "");
  const siteUrl = url.replace(/\/+$/, "");
  const elsewhere = root === `${siteUrl}${API}` ? [] : [`Visitors of this site are sent to ${siteUrl}.`];
  return { url: root, siteUrl, title, notes: elsewhere, handOff: undefined, obstacle: undefined };
}

function jsonOf(answer: Probed): unknown {
  try {
    return answer.json();
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    return undefined;
  }
}

/** What stands there instead. */
function explain(address: string, answers: readonly Probed[]): Fault {
  for (const answer of answers) {
    const error = answer.page === undefined ? ghostError(jsonOf(answer)) : undefined;
    if (error?.type === "MaintenanceError" || answer.status === 503) {
      return new Fault("unavailable", `${answer.url.host} is in maintenance.`, {
        code: "ghost.maintenance",
        httpStatus: answer.status,
        hint: "Try again in a few minutes.",
      });
    }
    if (error !== undefined) {
      return new Fault("unsupported", `${answer.url.host} runs a Ghost without the Admin API of Ghost 5.`, {
        code: "ghost.too-old",
        httpStatus: answer.status,
        hint: "Upgrade it with `ghost update`: this program needs Ghost 5 or newer.",
      });
    }
  }
  const [last] = answers.slice(-1);
  const status = last === undefined ? {} : { httpStatus: last.status };
  const { words, hint } = standsThere("ghost", answers);
  return new Fault(
    "unavailable",
    `${JSON.stringify(excerpt(address, 100))} shows no Ghost: its Admin API is not there${words}.`,
    {
      code: "ghost.not-ghost",
      ...status,
      hint:
        hint ??
        "Type the address at which you open Ghost's admin, without /ghost. At Ghost(Pro) that is name.ghost.io. A server in front of the site may block /ghost/api/.",
    },
  );
}
