import { randomUUID } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { asFault, asUnsent, Fault } from "../lib/fault.ts";
import { isObject } from "../lib/json.ts";
import { type Call, type Http, type Reply, TOO_LATE } from "./http.ts";

/** Whether the site of a connection is asked at all. Times in ms since 1970. */
export type Circuit =
  /** Calls go through; so many in a row have failed. */
  { readonly state: "closed"; readonly failures: number } | OpenCircuit;

/** Calls are refused until `until`; then one goes through, as a probe, and decides. */
export interface OpenCircuit {
  readonly state: "open";
  readonly cause: Cause;
  readonly since: number;
  readonly until: number;
  /** Opened so many times without a call in between that got an answer. */
  readonly times: number;
  /** The call that finds out whether the site answers again; given up at `until`, since its process may have died. */
  readonly probe?: { readonly holder: string; readonly until: number };
}

/** The fault that opened a circuit. */
export interface Cause {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

export const CLOSED: Circuit = { state: "closed", failures: 0 };

/** Calls in a row, each after its own retries, that open a circuit. */
const MOST_FAILURES = 3;
const FIRST_MS = 30_000;
/** What wants to see a browser does not go away by itself. */
const FIRST_GUARDED_MS = 5 * 60_000;
const LONGEST_MS = 30 * 60_000;
const PROBE_MS = 90_000;

/** What a call that failed says about its site. */
export type Sign =
  /** It answered, be it with a refusal. */
  | { readonly was: "up" }
  /** Nothing: the call did not come so far. */
  | { readonly was: "unknown" }
  | { readonly was: "down"; readonly cause: Cause; readonly atOnce: boolean; readonly askedMs?: number };

/** The operator's own network, proxy or address: not the site's doing, and mended without waiting for it. */
const OWN_TROUBLE = /^(name-not-found|proxy-auth|tls-failed|certificate-.*|circuit-open)$/;

/** Reads the fault of a call, after its retries, as a sign of how the site is. */
export function signOf(fault: Fault, call: Pick<Call<unknown>, "body">): Sign {
  const { kind, code, scope, message, hint, httpStatus = 0, retryAfterMs } = fault;
  const cause: Cause = hint === undefined ? { code, message } : { code, message, hint };
  if (code === "challenge-page") return { was: "down", cause, atOnce: true };
  if (code === "html-instead-of-json") {
    if (httpStatus === 401 || httpStatus === 404) return { was: "up" };
    // A page in answer to what was sent may be about just that, as a firewall's rules for words are.
    return { was: "down", cause, atOnce: call.body === undefined || httpStatus < 400 };
  }
  if ((kind === "rate-limited" || kind === "unavailable") && retryAfterMs !== undefined) {
    return { was: "down", cause, atOnce: true, askedMs: retryAfterMs };
  }
  const isDown = (kind === "unavailable" && scope === "connection") || code === "answer-lost";
  if (isDown) return OWN_TROUBLE.test(code) ? { was: "unknown" } : { was: "down", cause, atOnce: false };
  const isOurs = kind === "interrupted" || kind === "deadline" || kind === "defect" || code === TOO_LATE;
  return { was: isOurs ? "unknown" : "up" };
}

export type Admission =
  | { readonly admitted: true; readonly circuit: Circuit }
  | { readonly admitted: false; readonly circuit: OpenCircuit };

/** Lets a call through a closed circuit, and one, as its probe, through an open one whose time has come. */
export function admit(circuit: Circuit, now: number, holder: string): Admission {
  if (circuit.state === "closed") return { admitted: true, circuit };
  const { probe } = circuit;
  if (isAhead(circuit.until, now) || (probe !== undefined && isAhead(probe.until, now))) {
    return { admitted: false, circuit };
  }
  return { admitted: true, circuit: { ...circuit, probe: { holder, until: now + PROBE_MS } } };
}

/** A clock that was set back must not keep a circuit open for longer than any does. */
function isAhead(until: number, now: number): boolean {
  return until > now && until - now <= LONGEST_MS;
}

/** After an answer to a call that was begun at `begun`: closed, unless it was opened since then. */
export function closedBy(circuit: Circuit, begun: number): Circuit {
  if (circuit.state === "closed") return circuit.failures === 0 ? circuit : CLOSED;
  return begun < circuit.since ? circuit : CLOSED;
}

/** After a call that failed. What was begun before the circuit opened, and is no probe of it, changes nothing. */
export function afterFailure(
  circuit: Circuit,
  sign: Sign,
  call: { readonly holder: string; readonly begun: number; readonly now: number },
): Circuit {
  if (sign.was === "up") return closedBy(circuit, call.begun);
  const isProbe = circuit.state === "open" && circuit.probe?.holder === call.holder;
  if (sign.was === "unknown") return isProbe ? withoutProbe(circuit) : circuit;
  if (circuit.state === "open") {
    return isProbe ? opened(sign, call.now, circuit.since, circuit.times + 1) : circuit;
  }
  const failures = circuit.failures + 1;
  if (!sign.atOnce && failures < MOST_FAILURES) return { state: "closed", failures };
  return opened(sign, call.now, call.now, 1);
}

function opened(
  { cause, askedMs }: Extract<Sign, { was: "down" }>,
  now: number,
  since: number,
  times: number,
): OpenCircuit {
  const first = cause.code === "challenge-page" ? FIRST_GUARDED_MS : FIRST_MS;
  // Who says "in two seconds", each time and in vain, is not asked every two seconds for that.
  const ownMs = first * 2 ** Math.min(times - 1, 20);
  const waitMs = Math.min(LONGEST_MS, Math.max(askedMs ?? 0, ownMs));
  return { state: "open", cause, since, until: now + waitMs, times };
}

function withoutProbe({ probe: _, ...circuit }: OpenCircuit): OpenCircuit {
  return circuit;
}

/** What was kept, as a circuit; anything else is taken for a closed one. */
export function circuitOf(kept: unknown): Circuit {
  if (!isObject(kept)) return CLOSED;
  const { state, failures, cause, since, until, times, probe } = kept;
  if (state === "closed" && typeof failures === "number") return { state, failures };
  const isOpen = state === "open" && [since, until, times].every((value) => typeof value === "number");
  if (!isOpen || !isObject(cause) || typeof cause.message !== "string") return CLOSED;
  const hint = typeof cause.hint === "string" ? { hint: cause.hint } : {};
  const held = isObject(probe) ? { probe: { holder: String(probe.holder), until: Number(probe.until) } } : {};
  return {
    state: "open",
    cause: { code: String(cause.code), message: cause.message, ...hint },
    since: Number(since),
    until: Number(until),
    times: Number(times),
    ...held,
  };
}

/** The circuit of one connection, wherever it is kept. */
export interface Circuits {
  read(): Circuit;
  /** Reads, changes and keeps it in one step; what is given back unchanged is not written. */
  change(change: (circuit: Circuit) => Circuit): void;
}

export interface BreakerOptions {
  /** Name of the connection, for messages. */
  readonly connection: string;
  readonly circuits: Circuits;
  readonly clock: Clock;
  /** Calls go through whatever the circuit says: an answer closes it, a failure leaves it as it is. */
  readonly always?: boolean;
}

/** The same, except that a site that does not answer is left alone for a while. */
export function withBreaker(http: Http, { connection, circuits, clock, always }: BreakerOptions): Http {
  let probing: Promise<void> | undefined;
  /** Whether the call is the probe of an open circuit. A circuit that cannot be looked at refuses nothing. */
  const enter = (holder: string, { begins }: Pick<Call<unknown>, "begins">): boolean => {
    if (always === true) return false;
    let admission: Admission | undefined;
    try {
      if (circuits.read().state === "closed") return false;
      circuits.change((circuit) => {
        admission = admit(circuit, clock.now(), holder);
        return admission.circuit;
      });
    } catch {}
    if (admission?.admitted === false) {
      throw asUnsent(openFault(connection, admission.circuit, clock.now()), begins === true);
    }
    return admission?.circuit.state === "open";
  };
  /** What a call brought must not get lost over a circuit that cannot be kept. */
  const settle = (change: (circuit: Circuit) => Circuit): void => {
    try {
      const circuit = circuits.read();
      if (change(circuit) !== circuit) circuits.change(change);
    } catch {}
  };
  const sendAs = async <T>(holder: string, call: Call<T>): Promise<Reply<T>> => {
    const begun = clock.now();
    try {
      const reply = await http.send(call);
      settle((circuit) => closedBy(circuit, begun));
      return reply;
    } catch (thrown) {
      const sign = signOf(asFault(thrown), call);
      if (always !== true || sign.was === "up") {
        settle((circuit) => afterFailure(circuit, sign, { holder, begun, now: clock.now() }));
      }
      throw thrown;
    }
  };
  return {
    ...http,
    async send(call) {
      // What is sent beside our own probe shares its fate.
      while (probing !== undefined) await probing;
      const holder = randomUUID();
      const probes = enter(holder, call);
      const sent = sendAs(holder, call);
      if (probes) {
        const over = (): void => {
          probing = undefined;
        };
        probing = sent.then(over, over);
      }
      return sent;
    },
  };
}

/** Why a connection is left alone, since when, and when it is tried again. */
export function openFault(connection: string, circuit: OpenCircuit, now: number): Fault {
  const { cause, since, probe } = circuit;
  const again = Math.max(circuit.until, probe?.until ?? 0);
  const next =
    circuit.until > now
      ? `tried again at ${instant(again)}`
      : again > now
        ? "is being tried just now"
        : "its time has come: the next command tries it";
  return new Fault(
    "unavailable",
    `${connection} is left alone since ${instant(since)} and ${next}. The cause: ${cause.message}`,
    {
      code: "circuit-open",
      scope: "connection",
      hint: `${cause.hint === undefined ? "" : `${cause.hint} `}To try at once: ainstein-cms connections test ${connection}`,
      retryAfterMs: Math.max(0, again - now),
    },
  );
}

function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
