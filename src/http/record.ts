// What is recorded of each request: where it went and what came of it, never what it said.
import type { Clock } from "../lib/clock.ts";
import { sha256Hex } from "../lib/hash.ts";
import { excerpt, redact } from "../lib/redact.ts";
import type { Call } from "./http.ts";
import type { Exchanged, Outgoing } from "./transport.ts";

/** A request that is about to leave. */
export interface Leaving {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  /** Without credentials, however they are written. */
  readonly url: string;
  /** Kind of the call, where all go to one address. */
  readonly operation?: string;
  /** Counts from 1: what was sent again, was redirected, or was signed anew. */
  readonly attempt: number;
  readonly bytesOut: number;
  /** Anything but GET and HEAD: what may change something. */
  readonly writes: boolean;
  /** Of the body, SHA-256 in hexadecimal; of a write that has one. */
  readonly sent?: string;
}

/** What came of it: a status, or the code of what went wrong on the way. */
export interface Came {
  readonly status?: number;
  readonly fault?: string;
  readonly ms: number;
  readonly bytesIn: number;
  /** As the vendor's support wants to be told it. */
  readonly requestId?: string;
  /** Of the answer's body, SHA-256 in hexadecimal; of a write that had a body. */
  readonly got?: string;
}

/**
 * Told of each request before it leaves, and by the function that it gives back what came of it. A request waits until
 * it is done, and does not leave where it throws.
 */
export type Recorder = (leaving: Leaving) => Promise<(came: Came) => void>;

const REQUEST_IDS = ["x-request-id", "x-wix-request-id", "x-amzn-requestid", "x-correlation-id", "cf-ray"];
const READS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

export interface RecordOptions {
  readonly recorder: Recorder | undefined;
  readonly clock: Clock;
  /** Values that must not be recorded. */
  readonly secrets: () => readonly string[];
}

/** For each request of a connection: call it before, and what it gives back with what was exchanged. */
export type Recording = (
  outgoing: Pick<Outgoing, "method" | "url" | "body">,
  call: Repeated,
) => Promise<(exchanged: Exchanged) => void>;

/** The same object each time that one call is sent again. */
type Repeated = Pick<Call<unknown>, "cost">;

export function createRecording({ recorder, clock, secrets }: RecordOptions): Recording | undefined {
  if (recorder === undefined) return undefined;
  const attempts = new WeakMap<Repeated, number>();
  return async ({ method, url, body }, call) => {
    const attempt = (attempts.get(call) ?? 0) + 1;
    attempts.set(call, attempt);
    const writes = !READS.has(method);
    const digests = writes && body !== undefined;
    const done = await recorder({
      at: clock.now(),
      method,
      url: redact(url.href, secrets()),
      ...(call.cost === undefined ? {} : { operation: call.cost.kind }),
      attempt,
      bytesOut: body?.byteLength ?? 0,
      writes,
      ...(digests ? { sent: sha256Hex(body) } : {}),
    });
    const started = clock.now();
    return (exchanged) => done(cameOf(exchanged, clock.now() - started, digests, secrets()));
  };
}

function cameOf(
  { answer, broken }: Exchanged,
  ms: number,
  digests: boolean,
  secrets: readonly string[],
): Came {
  if (answer === undefined) return { fault: broken.code, ms, bytesIn: 0 };
  const { status, headers, body } = answer;
  const name = REQUEST_IDS.find((known) => headers[known] !== undefined);
  const id = name === undefined ? undefined : redact(excerpt(headers[name] ?? "", 100), secrets);
  return {
    status,
    ms,
    bytesIn: body.byteLength,
    ...(id === undefined ? {} : { requestId: id }),
    ...(digests ? { got: sha256Hex(body) } : {}),
  };
}
