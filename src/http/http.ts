import type { Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import type { Download } from "./download.ts";
import type { Upload } from "./upload.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";

/** Code of the fault of a call whose turn came after its `notAfter`. */
export const TOO_LATE = "turn-too-late";

export interface Call<T> {
  readonly method: Method;
  /** Path below the connection's base URL, already escaped, or an absolute URL of the same origin. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?:
    | { readonly json: Json }
    | { readonly bytes: Uint8Array; readonly type: string }
    | { readonly form: Readonly<Record<string, string>> };
  /**
   * Repeating this call can do no harm, so it may be sent again after a lost answer.
   * A call that is not repeatable and whose answer is lost throws an `ambiguous` fault.
   */
  readonly repeatable: boolean;
  /**
   * The first call of a step that changes anything: not sent once the run is to end. A fault of it that is `unsent` says
   * that the step has changed nothing.
   */
  readonly begins?: true;
  /**
   * By this machine's clock, in ms since 1970: what the call was decided on was looked at too long ago then. It is not sent
   * later, however long its turn takes to come, and throws `unavailable` (code `turn-too-late`).
   */
  readonly notAfter?: number;
  /** The address is somebody else's word: the credentials are left out. The connection's own headers are sent. */
  readonly anonymous?: true;
  /**
   * This answer decides about a write: bypass caches, and throw `protocol` when a cache answered. A text is the name of the
   * parameter that makes the address unique, for sites that refuse `_fresh`; an empty one leaves the address as it is.
   */
  readonly fresh?: boolean | string;
  /** Turns the untrusted payload into a T, or throws. A thrown zod error becomes a `protocol` fault. */
  readonly decode: (payload: unknown) => T;
  /** Statuses besides 2xx whose payload goes to `decode` instead of becoming a fault. */
  readonly accept?: readonly number[];
  /** What the payload is; `json` is the default. `text` and `bytes` skip JSON parsing. */
  readonly as?: "json" | "text" | "bytes";
  /** What it weighs in the vendor's budget; 1 where absent. */
  readonly cost?: Cost;
  /** Gives a refusal its meaning on this platform; undefined leaves it to the status alone. */
  readonly refuse?: (refusal: Refusal) => Fault | undefined;
}

/** Calls of one kind weigh about the same: what an answer says of one is taken for the next. */
export interface Cost {
  readonly kind: string;
  /** Units, until an answer has told. */
  readonly about: number;
}

/** An answer outside 2xx. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON, or the text where it is none. Untrusted. */
  readonly payload: unknown;
}

export interface Reply<T> {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly value: T;
  /** The server's `Date` header in milliseconds since 1970, when it sent a valid one. */
  readonly serverTime: number | undefined;
}

/**
 * Sends to one connection's own origin only: authenticated, paced, retried where repeating is harmless,
 * traced, redacted. Answers outside 2xx throw a Fault.
 */
export interface Http {
  send<T>(call: Call<T>): Promise<Reply<T>>;
  /** For addresses beyond the connection's origin that the site itself named; absent where nothing leads there. */
  readonly upload?: Upload;
  readonly download?: Download;
  /** Requests sent so far on this connection, retries included. */
  readonly requests: () => number;
}
