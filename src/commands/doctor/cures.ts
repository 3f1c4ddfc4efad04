// What helps where whoever noticed the trouble said nothing of it.
import type { FaultKind } from "../../lib/fault.ts";

const BY_CODE: readonly (readonly [code: RegExp, cure: string])[] = [
  [
    /^no-answer$/,
    "Run it once more. If it stays so, have the site's host look into the web server's log: something there crashes, is too slow, or cuts off what this machine asks.",
  ],
  [
    /^(connect-timeout|connection-failed)$/,
    "See whether a browser on this machine gets there. If it does not either, the site is down or the network is; if other machines get there, a firewall drops what this one sends.",
  ],
  [
    /^not-json$/,
    "Open that address in a browser: what stands there shows whose it is. Data that ends in the middle is cut off by the web server or by a proxy in front of it.",
  ],
  [
    /^answer-too-large$/,
    "Open that address in a browser: no part of the interface is of that size by itself, a plug-in adds to it.",
  ],
];

const BY_KIND: Partial<Readonly<Record<FaultKind, string>>> = {
  auth: "Give the connection a new credential: ainstein-cms connect, with the same name.",
  forbidden:
    "Have the site's administrator give the account that right, or sign in as another account. If it has the right, a security plug-in or a firewall refuses.",
  "not-found": "Check the address of the connection: ainstein-cms connections show.",
  "rate-limited":
    "Wait a few minutes. If nothing of yours asked it, other programs share this machine's address. To ask more slowly from the outset: --rate, or connect --set rate=N.",
  unavailable: "Try again later. If it stays so, ask the site's host.",
};

/** What to do about a fault that has no hint of its own. */
export function cureFor(code: string, kind: FaultKind): string {
  const [, cure] = BY_CODE.find(([pattern]) => pattern.test(code)) ?? [];
  return cure ?? BY_KIND[kind] ?? "The same command with --verbose shows each request and its answer.";
}
