// What the answers of token endpoints mean, in words, each with what to type.

import { challengeFault, pageFault, readPage } from "../http/page.ts";
import { parseRetryAfter } from "../http/retry.ts";
import type { Answer } from "../http/transport.ts";
import { Fault } from "../lib/fault.ts";
import { excerpt, redact } from "../lib/redact.ts";
import type { OAuthParts } from "./oauth.ts";

/** What an answer of a token endpoint belongs to. */
export interface Asked {
  readonly parts: OAuthParts;
  readonly grant: "authorization_code" | "refresh_token" | "client_credentials" | "revocation";
  /** Values that no message may show. */
  readonly secrets: readonly string[];
}

/** A refusal in the words of RFC 6749, section 5.2, or in a vendor's own. */
export function refusedToken(answer: Answer, said: Readonly<Record<string, unknown>>, asked: Asked): Fault {
  if (answer.status === 429 || answer.status >= 500) return strangeAnswer(answer, asked);
  const { parts, grant } = asked;
  const error = String(said.error);
  const words = vendorWords(said, asked);
  const detail = { httpStatus: answer.status };
  if (error === "invalid_client" || error === "unauthorized_client") {
    return new Fault("auth", `The site does not accept this app's client id and secret${words}.`, {
      ...detail,
      code: error === "invalid_client" ? "client-refused" : "client-not-allowed",
      hint: `Compare both with the app's page at the vendor, then ${signIn(parts)} --client-id ${parts.client.id}${parts.client.secret === undefined ? "" : " --client-secret-stdin"}`,
    });
  }
  if (error === "invalid_grant" && grant === "refresh_token") return over(parts, words, answer.status);
  if (grant === "authorization_code" && (error === "invalid_grant" || error === "invalid_request")) {
    return new Fault("auth", `The site did not take the code that the browser brought back${words}.`, {
      ...detail,
      code: "code-refused",
      hint: `A code is good for a moment, once, and for one app and redirect address. To begin again, ${signIn(parts)}`,
    });
  }
  if (error === "invalid_scope" || error === "access_denied") {
    return new Fault("auth", `The site does not give this app the scopes that were asked for${words}.`, {
      ...detail,
      code: "scope-refused",
      hint: `Allow them in the app's settings, or ask for fewer with --scopes.${askedFor(parts.provider.scopes)}`,
    });
  }
  const name = excerpt(redact(error, asked.secrets), 60);
  return new Fault("auth", `The site refused ${NAMES[grant]} (${name})${words}.`, {
    ...detail,
    code: "token-refused",
    hint: `Check the app's settings at the vendor, then ${signIn(parts)}`,
  });
}

const askedFor = (scopes: readonly string[]) =>
  scopes.length === 0 ? "" : ` Asked for by default: ${scopes.join(", ")}.`;

/** The one fault that says: a person must consent again. */
function over(parts: OAuthParts, words: string, httpStatus: number): Fault {
  return new Fault("auth", `The sign-in is over: the site no longer takes its refresh token${words}.`, {
    code: "sign-in-over",
    httpStatus,
    hint: `It expired, was revoked, or was used by a copy of this installation. To sign in again, ${signIn(parts)}`,
  });
}

const NAMES: Readonly<Record<Asked["grant"], string>> = {
  authorization_code: "the code",
  refresh_token: "the refresh token",
  client_credentials: "the app's own sign-in",
  revocation: "to revoke the token",
};

/** An answer that is no OAuth at all: a page, a redirect, a failure of the server's, or nothing. */
export function strangeAnswer(answer: Answer, asked: Asked): Fault {
  const { parts, grant } = asked;
  const origin = new URL(parts.url).origin;
  const named = { name: `Signing in at ${origin}`, origin };
  const { status } = answer;
  if (status === 429) {
    const retryAfterMs = parseRetryAfter(answer.headers["retry-after"], parts.clock.now());
    return new Fault("rate-limited", `${named.name}: it wants fewer requests (429).`, {
      httpStatus: status,
      hint: "Wait a moment, then run the command again.",
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
  const page = readPage(answer);
  if (page?.challenge !== undefined) return challengeFault(page, answer, named);
  if (status >= 500) {
    return new Fault("unavailable", `${named.name}: it failed with status ${status}.`, {
      code: "sign-in-unavailable",
      httpStatus: status,
      hint: "Run the command again in a while; nothing was changed.",
    });
  }
  if (status >= 300 && status < 400) {
    return new Fault("protocol", `${named.name}: it redirects to another address, where no secret is sent.`, {
      code: "redirected-sign-in",
      httpStatus: status,
      hint: `Connect with the address that it leads to: ${excerpt(redact(originOf(answer.headers.location), asked.secrets), 120)}`,
    });
  }
  if (page !== undefined && status < 300) {
    return pageFault({ ...page, title: redact(page.title, asked.secrets) }, answer, named);
  }
  const title = page === undefined || page.title === "" ? "" : `: "${redact(page.title, asked.secrets)}"`;
  return new Fault("auth", `${named.name}: it refused ${NAMES[grant]} with status ${status}${title}.`, {
    code: "token-refused",
    httpStatus: status,
    hint: `Check the address, and the app's client id and secret, then ${signIn(parts)}`,
  });
}

/** Without path and query, which may hold anything. */
function originOf(location: string | undefined): string {
  return location !== undefined && URL.canParse(location) ? new URL(location).origin : "its own login page";
}

/** The vendor's own explanation, for the end of a sentence. */
/** `hint` is what the server library of Drupal's Simple OAuth adds (league/oauth2-server). */
function vendorWords({ error_description, hint }: Readonly<Record<string, unknown>>, asked: Asked): string {
  const said = [error_description, hint].filter((words) => typeof words === "string" && words.trim() !== "");
  if (said.length === 0) return "";
  return `: "${excerpt(redact(said.join(" "), asked.secrets), 200)}"`;
}

function signIn({ renew }: OAuthParts): string {
  return `type: ${renew ?? "ainstein-cms connect <platform> --name <name>"}`;
}
