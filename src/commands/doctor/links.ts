// Where the documentation has the longer story of what can be found.

import { manifests } from "../../connectors/registry.ts";
import type { FaultKind } from "../../lib/fault.ts";

const PAGE = "docs/troubleshooting.md";
const SIGNING_IN = "docs/signing-in.md";

/** By the beginning of a finding's code, the first that fits. A test holds each heading against the page. */
const HEADINGS: readonly (readonly [code: RegExp, heading: string])[] = [
  [/^name-not-found$/, "a-name-that-is-not-found"],
  [
    /^(connection-refused|connect-timeout|connection-failed|no-answer|proxy-|tls-|gateway|out-of-service)/,
    "nobody-answers",
  ],
  [/^certificate-(self-signed|untrusted)$|^bad-ca-file$/, "a-self-signed-certificate"],
  [/^certificate-/, "other-trouble-with-certificates"],
  [/^redirect|^wordpress\.no-https$/, "redirects"],
  [/^(challenge-page|firewall|client-certificate)$/, "a-challenge-page"],
  [/^wordpress\.application-passwords-off$/, "wordpress-there-is-no-section-application-passwords"],
  [
    /^wordpress\.(wrong-credentials|authorization-stripped|not-logged-in)$/,
    "wordpress-it-says-that-my-password-is-wrong-but-it-is-not",
  ],
  [
    /^(html-instead-of-json|noise-before-json|empty-answer|not-json|cached-answer|basic-auth-in-front)$|^wordpress\./,
    "wordpress-html-instead-of-an-answer",
  ],
  [/^interface-elsewhere$/, "redirects"],
  [/^clock-/, "clocks-that-differ"],
  [/^right-|^forbidden$|^kind-closed$/, "what-the-account-may-not-do"],
  [/^circuit-open$/, "-is-left-alone-since--circuit-open-exit-6"],
  [/^(rate-limited|budget-)/, "a-site-that-wants-fewer-requests"],
  [/^vault\./, "the-keychain"],
  [/^(connection\.other-site|lockfile-other-site)$/, "the-lockfile-belongs-to-another-site"],
  [/^(lockfile-|root-|git-|target-)/, "the-lockfile-is-not-in-order"],
  [/^lock-left$|^claim-left$/, "another-run-holds-the-lock-exit-7"],
  [/^(store\.|home-|disk-|settings-)/, "the-home-directory"],
  [/^record-/, "the-record-of-requests"],
  [/^webhooks\./, "webhooks"],
  [/^node-/, "installing"],
];

const GENERAL = "what-doctor-looks-at";

/** `kind`: of the fault that it was, where it was one. What only one platform has is told on that platform's page. */
export function linkFor(code: string, kind?: FaultKind): string {
  const [, heading] = HEADINGS.find(([pattern]) => pattern.test(code)) ?? [];
  if (heading !== undefined) return `${PAGE}#${heading}`;
  const platform = manifests.find(({ id }) => code.startsWith(`${id}.`));
  if (platform !== undefined) return platform.docs;
  return kind === "auth" || code.startsWith("token-") ? SIGNING_IN : `${PAGE}#${GENERAL}`;
}

/** Every link that a finding may have. */
export const LINKS: readonly string[] = [
  ...[GENERAL, ...HEADINGS.map(([, heading]) => heading)].map((heading) => `${PAGE}#${heading}`),
  ...manifests.map(({ docs }) => docs),
  SIGNING_IN,
];
