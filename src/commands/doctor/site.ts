// What a connection's site says to whoever signs in: as whom, what they may do, how much they may ask.
import type { Connector, Right } from "../../connectors/contract.ts";
import { findPlatform } from "../../connectors/registry.ts";
import { createPacer, type Rate } from "../../http/pace.ts";
import type { Finding } from "../../report/findings.ts";
import { quoted } from "../../report/summary.ts";
import { announcedBy } from "../connection.ts";
import { siteWords, whoWords } from "../connection-view.ts";
import { describeTokens, oauthOf, type TokenView } from "../connections-tokens.ts";
import { ledgerOf, ofSetting, rateOf, readTuning } from "../pacing.ts";
import { signInTrouble } from "./cause.ts";
import { type Check, note, trouble, well } from "./checks.ts";
import { hooks } from "./hooks.ts";
import { keepDefect, type Patient } from "./patient.ts";

export const SITE_CHECKS: readonly Check<Patient>[] = [
  { id: "sign-in", after: ["answer"], look: signIn },
  { id: "site", after: ["sign-in"], look: site },
  { id: "rights", after: ["sign-in"], look: rights },
  { id: "version", after: ["sign-in"], look: version },
  { id: "kinds", after: ["sign-in"], look: kinds },
  { id: "budget", after: ["answer"], look: budget },
  { id: "tokens", after: ["keychain", "sign-in"], look: tokens },
  { id: "webhooks", after: ["keychain", "sign-in"], look: hooks },
];

async function signIn(patient: Patient): Promise<readonly Finding[]> {
  try {
    return [well("sign-in", `as ${whoWords(await patient.account())}`)];
  } catch (thrown) {
    return [await signInTrouble(patient, thrown)];
  }
}

async function site({ name, fromEnvironment, account, known }: Patient): Promise<readonly Finding[]> {
  const found = await account();
  const { record } = await known();
  if (fromEnvironment || record.site === found.site) return [well("site", siteWords(found))];
  return [
    trouble("site", "broken", {
      code: "connection.other-site",
      seen: `The connection was made for ${record.site}; at its address is now ${found.site}.`,
      means: "Nothing is written there.",
      cure: `If that site has moved here: ainstein-cms connections set-url ${name} ${quoted(record.url)}`,
    }),
  ];
}

/** Behind "the account may not". */
const MEANT: Readonly<Record<Right, string>> = {
  read: "read what is not public",
  write: "write",
  publish: "publish",
  remove: "remove anything",
  upload: "upload files",
  terms: "make tags and categories",
  html: "use all of HTML",
};

/** What does not work without each. */
const NEEDED: Readonly<Record<Right, string>> = {
  read: "Nothing works without it.",
  write: "`push` and `publish` are refused; `pull` works.",
  publish: "`publish` is refused; drafts can be pushed.",
  remove: "`push --delete` and undoing a create are refused.",
  upload: "Documents with pictures that are not there yet are refused.",
  terms: "Tags and categories that are not there yet are refused.",
  html: "scripts, frames and forms in bodies may not be kept as they are sent",
};

async function rights({ platform, account, opened, known, url }: Patient): Promise<readonly Finding[]> {
  const { may } = await account();
  const { connector, http } = await opened();
  const setup = await platform.setup?.();
  if ((await url()) !== undefined) await setup?.takesWrites?.(http, (await known()).record.url);
  const offered = (Object.keys(NEEDED) as Right[]).filter((right) => isOffered(connector, right));
  const missing = offered.filter((right) => !may.includes(right));
  const has = well("rights", `may ${may.join(", ") || "nothing"}`);
  return [has, ...missing.map((right) => lacking(right))];
}

/** What the platform does not have nobody can be given the right to. */
function isOffered({ remove, media, terms }: Connector, right: Right): boolean {
  const needs: Partial<Record<Right, unknown>> = { remove, upload: media, terms };
  return !Object.hasOwn(needs, right) || needs[right] !== undefined;
}

function lacking(right: Right): Finding {
  if (right === "html") return note("rights", NEEDED.html);
  return trouble("rights", right === "read" ? "broken" : "warning", {
    code: `right-${right}`,
    seen: `The account may not ${MEANT[right]} there.`,
    means: NEEDED[right],
    cure: "If it should, have the site's administrator give it that right, or sign in as another account.",
  });
}

async function version({ platform, account, opened, seen, url }: Patient): Promise<readonly Finding[]> {
  const { software, notices } = await account();
  const { connector, announced } = await opened();
  const toVisitors = (await url()) === undefined ? [] : announcedBy((await seen()).headers);
  const told = [...new Set([...notices, ...(connector.notices?.() ?? []), ...toVisitors, ...announced()])];
  return [well("version", software), ...told.map((seen) => warned(seen, platform.manifest.docs))];
}

function warned(seen: string, link: string): Finding {
  return trouble("version", "warning", { code: "site-notice", seen, link });
}

async function kinds({ opened }: Patient): Promise<readonly Finding[]> {
  const { kinds: all, closed = {} } = await (await opened()).connector.model();
  const names = all.map(({ name }) => name);
  return [
    well("kinds", names.join(", ") || "none"),
    ...Object.entries(closed).map(([kind, { message, hint }]) =>
      note("kinds", `${kind} is left alone: ${message}; to open it, ${hint}`),
    ),
  ];
}

async function budget({ context, known, url }: Patient): Promise<readonly Finding[]> {
  const found = (await url()) === undefined ? undefined : await known().catch(keepDefect);
  if (found === undefined) return [];
  const { record } = found;
  const { pace } = findPlatform(record.platform).manifest;
  const ledger = ledgerOf(context, record);
  const rate = rateOf(pace, { ...readTuning(record.settings, ofSetting), ...context.tuning });
  const { quietUntil, spent } = ledger.look();
  const quietMs = quietUntil - context.clock.now();
  if (quietMs > 0) {
    return [
      trouble("budget", "warning", {
        code: "budget-quiet",
        seen: `The site asked to be left alone for ${Math.ceil(quietMs / 1000)} s more.`,
        means: "All commands of this installation wait for that.",
        cure: "Wait. To ask more slowly from the outset: --rate, or connect --set rate=N.",
      }),
    ];
  }
  const { used } = createPacer(rate, context.clock, { ledger }).standing();
  const inUse = used === undefined || spent === 0 ? "" : `, ${Math.round(used * 100)} % of it in use`;
  return [well("budget", `${allowed(rate)}${inUse}`)];
}

function allowed({ perSecond, bucket }: Rate): string {
  if (bucket !== undefined)
    return `${bucket.capacity} units at once, ${round(bucket.perSecond)} more each second`;
  return Number.isFinite(perSecond)
    ? `${round(perSecond)} requests per second`
    : "the vendor states no limit";
}

function round(value: number): number {
  return Number(value.toPrecision(2));
}

const SOON_MS = 7 * 86_400_000;

async function tokens({ context, name, known }: Patient): Promise<readonly Finding[]> {
  const { record, secrets } = await known();
  if (oauthOf(record) === undefined) return [];
  const view = await describeTokens(record, secrets.tokens);
  const again = `ainstein-cms connect ${record.platform} --name ${name}`;
  return [tokenFinding(view, context.clock.now(), again)];
}

/** Of a connection that has signed in. `now` in ms since 1970; `again`: the command that signs in anew. */
export function tokenFinding(view: TokenView, now: number, again: string): Finding {
  const ends = view.renewsItself === true ? view.signInEndsAt : (view.signInEndsAt ?? view.tokenExpiresAt);
  if (view.signedIn !== true) return note("tokens", "none is kept");
  if (typeof ends !== "string") return well("tokens", "the sign-in has no end that the site told");
  if (Date.parse(ends) - now > SOON_MS) return well("tokens", `the sign-in holds until ${ends}`);
  return trouble("tokens", "warning", {
    code: "token-expiring",
    seen: `The sign-in ends at ${ends}.`,
    means: "From then on the site refuses this connection.",
    cure: `Sign in again: ${again}`,
  });
}
