import { Fault, isFault } from "../lib/fault.ts";
import { excerpt } from "../lib/redact.ts";
import type { Call } from "./http.ts";
import { challengeFault, type Page, pageFault, readPage } from "./page.ts";
import type { Answer } from "./transport.ts";

/** What is known about the request an answer belongs to. */
export interface Asked {
  readonly call: Call<unknown>;
  /** How messages name it, as "GET /posts". */
  readonly name: string;
  readonly origin: string;
  readonly sentBytes: number;
}

/** The payload of an accepted answer, or the fault that it is not what was asked for. */
export function readPayload(answer: Answer, asked: Asked): unknown {
  const { call } = asked;
  if (call.method === "HEAD") return undefined;
  if (call.as === "bytes") return new Uint8Array(answer.body);
  if (call.as === "text") return answer.body.toString("utf8");
  const page = readPage(answer);
  if (page?.challenge !== undefined) throw challengeFault(page, answer, asked);
  let payload: unknown;
  try {
    payload = JSON.parse(answer.body.toString("utf8"));
  } catch {
    throw certainOnly(notJson(answer, asked, page), asked);
  }
  if (isDeeper(answer.body, DEEPEST)) throw certainOnly(tooDeep(answer, asked), asked);
  return payload;
}

/** Levels of JSON; what walks a deeper one would run out of stack. No platform comes near. */
const DEEPEST = 500;

const [QUOTE, BACKSLASH] = [0x22, 0x5c];

/** Whether valid JSON is nested deeper than so many levels. */
function isDeeper(json: Uint8Array, levels: number): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] ?? 0;
    if (byte === QUOTE) at = endOfText(json, at);
    // `[` and `{` are 0x5b and 0x7b, their partners 0x5d and 0x7d.
    else if ((byte & 0xdf) === 0x5b) depth += 1;
    else if ((byte & 0xdf) === 0x5d) depth -= 1;
    if (depth > levels) return true;
  }
  return false;
}

/** Where the text that begins at `start` has its closing quote. */
function endOfText(json: Uint8Array, start: number): number {
  for (let end = json.indexOf(QUOTE, start + 1); end !== -1; end = json.indexOf(QUOTE, end + 1)) {
    let slashes = 0;
    while (json[end - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return json.length;
}

function tooDeep(answer: Answer, asked: Asked): Fault {
  return new Fault(
    "protocol",
    `${asked.name}: ${asked.origin} sent JSON of more than ${DEEPEST} levels; it was not looked at.`,
    { code: "not-json", httpStatus: answer.status },
  );
}

/** A write whose 2xx answer cannot be read did reach the site: whether it was carried out has to be looked up. */
function certainOnly(fault: Fault, asked: Asked): Fault {
  if (asked.call.repeatable) return fault;
  const detail = {
    code: fault.code,
    ...(fault.httpStatus === undefined ? {} : { httpStatus: fault.httpStatus }),
  };
  return new Fault("ambiguous", `${fault.message} The request may have been carried out.`, detail);
}

function notJson(answer: Answer, asked: Asked, page: Page | undefined): Fault {
  if (answer.body.byteLength === 0) {
    return new Fault(
      "unavailable",
      `${asked.name}: ${asked.origin} answered ${answer.status} with nothing where data was due.`,
      {
        code: "empty-answer",
        httpStatus: answer.status,
        hint: "Often an error of a plug-in: look into the site's PHP error log.",
      },
    );
  }
  const text = answer.body.toString("utf8");
  const prefixed = jsonAfterNoise(text);
  if (prefixed !== undefined) return noiseFault(prefixed, answer, asked);
  if (page !== undefined) return pageFault(page, answer, asked);
  return new Fault(
    "protocol",
    `${asked.name}: ${asked.origin} sent what is not whole JSON: ${excerpt(text, 120)}`,
    {
      code: "not-json",
      httpStatus: answer.status,
    },
  );
}

/** Looking for JSON in more than this would take long, and no message of PHP comes with it. */
const LONGEST_NOISY = 8 * 1024 * 1024;

/** What stands before the JSON, when JSON follows: a byte order mark, or what PHP printed. */
function jsonAfterNoise(text: string): string | undefined {
  if (text.length > LONGEST_NOISY) return undefined;
  for (const match of [...text.slice(0, 20_000).matchAll(/[[{]/g)].slice(0, 40)) {
    try {
      JSON.parse(text.slice(match.index));
      return text.slice(0, match.index);
    } catch {
      // A bracket of the noise itself: the next one may begin the data.
    }
  }
  return undefined;
}

function noiseFault(noise: string, answer: Answer, asked: Asked): Fault {
  const mark = noise.trim() === "" || noise === "\ufeff";
  const first = noise
    .replace(/<[^>]*>/g, "")
    .split("\n")
    .find((line) => line.trim() !== "");
  const what = mark
    ? "a byte order mark or blank lines stand before the data; a PHP file of the site begins with them"
    : `the site printed a message before the data: "${excerpt(first ?? "", 160)}"`;
  return new Fault("unavailable", `${asked.name}: ${what}.`, {
    code: "noise-before-json",
    httpStatus: answer.status,
    hint: mark
      ? "Save that PHP file (often the theme's functions.php or wp-config.php) without a byte order mark."
      : "Set display_errors off (WordPress: WP_DEBUG_DISPLAY false) and mend the plug-in or theme that prints it.",
  });
}

/** `decode` over a payload; what it throws besides a Fault says that the site broke its own promise. */
export function decodeWith<T>(call: Call<T>, payload: unknown, asked: Asked): T {
  try {
    return call.decode(payload);
  } catch (thrown) {
    if (isFault(thrown)) throw thrown;
    const why = thrown instanceof Error ? issuesOf(thrown) : String(thrown);
    throw new Fault(
      "protocol",
      `${asked.name}: the answer of ${asked.origin} is not what was expected: ${excerpt(why, 300)}`,
      {
        code: "unexpected-answer",
        cause: thrown,
      },
    );
  }
}

/** A zod error names paths and expectations; its message is a JSON list of them. */
function issuesOf(error: Error): string {
  const { issues } = error as { issues?: readonly { path: readonly PropertyKey[]; message: string }[] };
  if (!Array.isArray(issues)) return error.message;
  return issues
    .slice(0, 3)
    .map(
      (issue) =>
        `${issue.path.length === 0 ? "the whole" : issue.path.map(String).join(".")}: ${issue.message}`,
    )
    .join("; ");
}

const CACHE_HEADERS = [
  "x-cache",
  "cf-cache-status",
  "x-cache-status",
  "x-proxy-cache",
  "x-nginx-cache",
  "x-litespeed-cache",
  "x-varnish-cache",
  "x-kinsta-cache",
];

/** Throws when a cache gave an answer that decides about a write. */
export function refuseCached(answer: Answer, asked: Asked): void {
  const age = Number(answer.headers.age);
  const header = CACHE_HEADERS.find((name) =>
    /\bhit\b|\b(stale|updating)\b/i.test(answer.headers[name] ?? ""),
  );
  const proof =
    age > 0 ? `Age: ${age}` : header === undefined ? undefined : `${header}: ${answer.headers[header]}`;
  if (proof === undefined) return;
  throw new Fault(
    "protocol",
    `${asked.name}: a cache answered in place of ${asked.origin} (${excerpt(proof, 80)}); nothing was written.`,
    {
      code: "cached-answer",
      hint: "Exempt the site's interface (/wp-json for WordPress) from the cache.",
    },
  );
}
