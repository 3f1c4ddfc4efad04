import { Fault } from "../lib/fault.ts";
import { excerpt } from "../lib/redact.ts";
import type { Attempt } from "./retry.ts";
import type { Broken } from "./transport.ts";

/** Codes after which the same connection attempt may well succeed in a moment. */
const PASSING = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPIPE",
]);

export function attemptOf(broken: Broken): Attempt {
  if (broken.sent) return { was: "lost" };
  return { was: "unsent", passing: PASSING.has(broken.code) || broken.code.startsWith("TIMEOUT:") };
}

/** The fault of a request without a whole answer. `request` names it, as "GET /posts". */
export function brokenFault(broken: Broken, request: string, origin: string, repeatable: boolean): Fault {
  if (broken.code === "TOO_LARGE" && repeatable) {
    return new Fault("protocol", `${request}: ${broken.message}; it was not read further.`, {
      code: "answer-too-large",
    });
  }
  if (!broken.sent) return unreachable(broken, origin);
  const how = lostHow(broken);
  if (!repeatable) {
    return new Fault(
      "ambiguous",
      `${request} was sent to ${origin}, but ${how}: it may have been carried out.`,
      {
        code: "answer-lost",
      },
    );
  }
  return new Fault("unavailable", `${request} was sent to ${origin}, but ${how}.`, { code: "no-answer" });
}

function lostHow(broken: Broken): string {
  if (broken.code === "TIMEOUT:response") return "no answer came in time";
  if (broken.code === "TIMEOUT:request") return "the answer was not complete in time";
  if (broken.code === "TIMEOUT:idle") return "the answer stopped coming";
  if (broken.code === "TOO_LARGE") return broken.message;
  if (["ECONNRESET", "EPIPE", "ERR_HTTP_CONTENT_LENGTH_MISMATCH"].includes(broken.code)) {
    return "the connection broke before the whole answer had come";
  }
  return `the answer could not be read (${excerpt(broken.message, 120)})`;
}

/** Why no connection was made, in words, with the cure. */
function unreachable(broken: Broken, origin: string): Fault {
  const host = new URL(origin).host;
  const { message, hint, code } = reason(broken, host, origin);
  return new Fault("unavailable", message, hint === undefined ? { code } : { code, hint });
}

interface Reason {
  readonly message: string;
  readonly code: string;
  readonly hint?: string;
}

function reason(broken: Broken, host: string, origin: string): Reason {
  const { code } = broken;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return {
      message: `The name ${host} could not be found.`,
      code: "name-not-found",
      hint: "Check the spelling of the address, and this machine's network.",
    };
  }
  if (code === "ECONNREFUSED") {
    return {
      message: `${host} refused the connection: nothing listens there.`,
      code: "connection-refused",
      hint: "Check the address and its port, and whether the site is up.",
    };
  }
  if (code.startsWith("TIMEOUT:") || code === "ETIMEDOUT") {
    return { message: `${host} could not be reached in time.`, code: "connect-timeout" };
  }
  return certificateReason(code, host) ?? handshakeReason(broken, host, origin);
}

function certificateReason(code: string, host: string): Reason | undefined {
  switch (code) {
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return {
        message: `${host} shows a certificate that is self-signed or of an authority this machine does not know (${code}).`,
        code: "certificate-untrusted",
        hint: "Pass the authority's certificate with --ca-file FILE when connecting.",
      };
    case "CERT_HAS_EXPIRED":
      return {
        message: `The certificate of ${host} has expired.`,
        code: "certificate-expired",
        hint: "Have the site's certificate renewed.",
      };
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return {
        message: `The certificate of ${host} is for another name.`,
        code: "certificate-name",
        hint: "Use the address that the certificate was issued for.",
      };
    default:
      return undefined;
  }
}

function handshakeReason(broken: Broken, host: string, origin: string): Reason {
  if (origin.startsWith("https:")) {
    return {
      message: `No secure connection to ${host} could be made (${broken.code}).`,
      code: "tls-failed",
      hint: "Check that the address really speaks https, and any proxy on the way.",
    };
  }
  return { message: `No connection to ${host} could be made (${broken.code}).`, code: "connection-failed" };
}
