import { Fault, type FaultDetail, type FaultKind } from "../lib/fault.ts";
import { isObject } from "../lib/json.ts";
import { excerpt } from "../lib/redact.ts";
import type { Call } from "./http.ts";
import { challengeFault, type Page, pageFault, readPage } from "./page.ts";
import type { Asked } from "./payload.ts";
import { parseRetryAfter } from "./retry.ts";
import type { Answer } from "./transport.ts";

/** The fault of an answer outside 2xx, and whether the platform's hook gave it its meaning. */
export function refusalFault(answer: Answer, asked: Asked, now: number): Fault {
  const page = expectsJson(asked.call) ? readPage(answer) : undefined;
  if (page?.challenge !== undefined) return challengeFault(page, answer, asked);
  if (page === undefined) {
    const { status, headers } = answer;
    const meaning = asked.call.refuse?.({ status, headers, payload: loosePayload(answer) });
    if (meaning !== undefined) return meaning;
  }
  if (
    answer.status === 401 &&
    page !== undefined &&
    /^basic\b/i.test(answer.headers["www-authenticate"] ?? "")
  ) {
    return basicAuthInFront(asked);
  }
  if (mayHaveHappened(answer, asked, page)) {
    const text = `${asked.name}: ${asked.origin} answered ${answer.status}${said(answer, page)} after the request was sent: it may have been carried out.`;
    return new Fault("ambiguous", text, { code: "answer-lost", httpStatus: answer.status });
  }
  return statusFault(answer, asked, page, now);
}

/** A second password in front of the whole site, asked for by the web server itself. */
function basicAuthInFront(asked: Asked): Fault {
  return new Fault(
    "auth",
    `The web server of ${asked.origin} asks for a password of its own before the site is reached.`,
    {
      code: "basic-auth-in-front",
      httpStatus: 401,
      hint: "One request cannot carry two passwords, and no extra header changes that: have the paths of the site's interface (/wp-json for WordPress) exempted from the server's password.",
    },
  );
}

/** A refusal because of too many requests, which this platform does not say with a 429. */
export function tooFastFault(answer: Answer, asked: Asked, retryAfterMs: number | undefined): Fault {
  const words = `${asked.name}: the site wants fewer requests (${answer.status}).`;
  return new Fault("rate-limited", words, {
    httpStatus: answer.status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

const LOST_STATUS: ReadonlySet<number> = new Set([502, 504, 520, 521, 522, 523, 524]);

/**
 * A gateway answered in place of the site, after a request that must not be sent twice. A 503 that says when to come
 * back is a refusal, except from Varnish, which says so too when the site behind it broke off.
 */
function mayHaveHappened(answer: Answer, asked: Asked, page: Page | undefined): boolean {
  if (asked.call.repeatable) return false;
  if (LOST_STATUS.has(answer.status)) return true;
  if (answer.status === 500) return page !== undefined || answer.body.byteLength === 0;
  return answer.status === 503 && !refusedForNow(answer);
}

function refusedForNow(answer: Answer): boolean {
  return answer.headers["retry-after"] !== undefined && answer.headers["x-varnish"] === undefined;
}

function statusFault(answer: Answer, asked: Asked, page: Page | undefined, now: number): Fault {
  const { status } = answer;
  const retryAfterMs = parseRetryAfter(answer.headers["retry-after"], now);
  const common: FaultDetail = { httpStatus: status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  if (page !== undefined && status >= 400 && status < 500 && status !== 413 && status !== 429) {
    return pageFault(page, answer, asked);
  }
  if (status === 413) {
    return new Fault(
      "invalid",
      `${asked.origin} does not take so much at once: ${asked.name} sent ${megabytes(asked.sentBytes)}.`,
      {
        ...common,
        code: "too-large",
        hint: "Send a smaller file, or have the web server's limit for uploads raised.",
      },
    );
  }
  if (status === 407) {
    return new Fault("unavailable", "The proxy asks for a password.", {
      ...common,
      code: "proxy-auth",
      hint: "Put user and password into HTTPS_PROXY or HTTP_PROXY: http://user:password@host:port",
    });
  }
  const [kind, words] = meaningOf(status);
  return new Fault(kind, `${asked.name}: ${words} (${status})${said(answer, page)}.`, common);
}

function meaningOf(status: number): readonly [FaultKind, string] {
  switch (status) {
    case 401:
      return ["auth", "the site does not accept the credentials"];
    case 403:
      return ["forbidden", "the site does not allow this"];
    case 404:
    case 410:
      return ["not-found", "the site has nothing there"];
    case 409:
    case 412:
      return ["conflict", "the entry is no longer as expected"];
    case 400:
    case 422:
      return ["invalid", "the site does not take these values"];
    case 429:
      return ["rate-limited", "the site wants fewer requests"];
    default:
      if (status >= 500) return ["unavailable", "the site failed"];
      return status >= 400 ? ["invalid", "the site refused"] : ["protocol", "the site answered unexpectedly"];
  }
}

/** The server's own words about a refusal, where it has some. */
function said(answer: Answer, page: Page | undefined): string {
  if (page !== undefined) return page.title === "" ? "" : `: "${page.title}"`;
  const payload = loosePayload(answer);
  const words = isObject(payload) ? (payload.message ?? payload.error ?? payload.detail) : payload;
  return typeof words === "string" && words.trim() !== "" ? `: ${excerpt(words).replace(/\.$/, "")}` : "";
}

function loosePayload(answer: Answer): unknown {
  const text = answer.body.toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function expectsJson(call: Call<unknown>): boolean {
  return (call.as ?? "json") === "json" && call.method !== "HEAD";
}

function megabytes(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
