// What stands in front of a site and answers in its place, by what a visitor is shown.
import type { Probed } from "../../http/probe.ts";
import { parseRetryAfter } from "../../http/retry.ts";
import { Fault, type FaultKind } from "../../lib/fault.ts";

interface Guard {
  readonly is: (shown: Probed) => boolean;
  readonly code: string;
  readonly kind: FaultKind;
  /** What it did, behind the name of the host. */
  readonly did: string;
  readonly cure: string;
}

/** 520 to 524 are Cloudflare's: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/ */
const GATEWAY: ReadonlySet<number> = new Set([502, 504, 520, 521, 522, 523, 524]);

/** The first that fits is told. */
const GUARDS: readonly Guard[] = [
  {
    is: ({ status }) => GATEWAY.has(status),
    code: "gateway",
    kind: "unavailable",
    did: "is reached, but what stands in front gets no answer from the site behind it",
    cure: "The site itself is down or too slow: have its host look at the web server and PHP there. Nothing is to be done on this machine.",
  },
  {
    is: ({ status, page }) => status === 503 && page !== undefined,
    code: "out-of-service",
    kind: "unavailable",
    did: "says that it is out of service for now",
    cure: "Wait until maintenance is over. A WordPress that says so for longer than ten minutes has an update that broke off: delete the file .maintenance in its directory.",
  },
  {
    is: ({ status, page }) => status === 400 && /ssl certificate/i.test(page?.title ?? ""),
    code: "client-certificate",
    kind: "unavailable",
    did: "wants to be shown a certificate of ours, which cannot be given",
    cure: "Have the paths of the site's interface (/wp-json for WordPress) exempted from it, or let this machine's address through.",
  },
  {
    is: ({ status, text }) => status === 406 || (status >= 400 && /mod_security|modsecurity/i.test(text)),
    code: "firewall",
    kind: "unavailable",
    did: "has a firewall that refuses our requests",
    cure: "Ask whoever looks after the web server to let the User-Agent \"ainstein-cms\", or this machine's address, through to the site's interface (/wp-json for WordPress). It is often ModSecurity, whose log names the rule.",
  },
];

/** Undefined where nothing does. `now`: in ms since 1970. */
export function standsInFront(shown: Probed, now: number): Fault | undefined {
  const guard = GUARDS.find(({ is }) => is(shown));
  if (guard === undefined) return undefined;
  const { status, url, page, headers } = shown;
  const title = page === undefined || page.title === "" ? "" : `, "${page.title}"`;
  const waitMs = parseRetryAfter(headers["retry-after"], now);
  const wait = waitMs === undefined ? "" : ` It asks for ${Math.ceil(waitMs / 1000)} s of patience.`;
  return new Fault(guard.kind, `${url.host} ${guard.did} (${status}${title}).${wait}`, {
    code: guard.code,
    httpStatus: status,
    hint: guard.cure,
  });
}
