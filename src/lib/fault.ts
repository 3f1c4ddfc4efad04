/**
 * What went wrong, in the engine's terms. The kind decides what a run does next:
 * an `item` fault skips one document, a `connection` fault stops everything on that connection.
 */
export type FaultKind =
  /** Wrong or missing command-line arguments, configuration or consent. */
  | "usage"
  /** The site refused who we are. */
  | "auth"
  /** The site knows us and refuses this one thing. */
  | "forbidden"
  | "not-found"
  /** The entry is no longer what the plan saw. Nothing was written. */
  | "conflict"
  /** The document, file or value cannot be used as it is. */
  | "invalid"
  /** This platform, site or kind cannot do it. */
  | "unsupported"
  | "rate-limited"
  /** No answer, a 5xx, or a page of somebody in front of the site. */
  | "unavailable"
  /** The request may have been carried out: its answer was lost. Look before repeating. */
  | "ambiguous"
  /** The answer is not what the platform's interface promises. */
  | "protocol"
  /** Another run holds the lock. */
  | "locked"
  | "interrupted"
  /** The time that was given is over. */
  | "deadline"
  /** A broken assumption of ours. */
  | "defect";

export type FaultScope = "item" | "connection" | "run";

const SCOPES: Readonly<Record<FaultKind, FaultScope>> = {
  usage: "run",
  auth: "connection",
  forbidden: "item",
  "not-found": "item",
  conflict: "item",
  invalid: "item",
  unsupported: "item",
  "rate-limited": "connection",
  unavailable: "connection",
  ambiguous: "item",
  protocol: "connection",
  locked: "connection",
  interrupted: "run",
  deadline: "run",
  defect: "run",
};

/** Where in the operator's own files the cause stands. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly field?: string;
}

export interface FaultDetail {
  /** Stable name of this fault for scripts, e.g. `wordpress.application-passwords-off`. Defaults to the kind. */
  readonly code?: string;
  /** The way out, as a sentence or a command to type. */
  readonly hint?: string;
  readonly scope?: FaultScope;
  readonly place?: Place;
  readonly httpStatus?: number;
  readonly retryAfterMs?: number;
  /** Nothing of the write that failed has left this machine. */
  readonly unsent?: boolean;
  readonly cause?: unknown;
}

export class Fault extends Error {
  override readonly name = "Fault";
  readonly kind: FaultKind;
  readonly code: string;
  readonly scope: FaultScope;
  readonly hint: string | undefined;
  readonly place: Place | undefined;
  readonly httpStatus: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly unsent: boolean;

  constructor(kind: FaultKind, message: string, detail: FaultDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.kind = kind;
    this.code = detail.code ?? kind;
    this.scope = detail.scope ?? SCOPES[kind];
    this.hint = detail.hint;
    this.place = detail.place;
    this.httpStatus = detail.httpStatus;
    this.retryAfterMs = detail.retryAfterMs;
    this.unsent = detail.unsent === true;
  }
}

export function isFault(value: unknown, kind?: FaultKind): value is Fault {
  return (
    value instanceof Error && value.name === "Fault" && (kind === undefined || (value as Fault).kind === kind)
  );
}

/** What was thrown, saying of the write that it is about whether nothing of it was sent. */
export function asUnsent(thrown: unknown, unsent = true): unknown {
  if (!isFault(thrown) || thrown.unsent === unsent) return thrown;
  const { kind, code, scope, message, hint, place, httpStatus, retryAfterMs } = thrown;
  return new Fault(kind, message, {
    code,
    scope,
    unsent,
    cause: thrown,
    ...(hint === undefined ? {} : { hint }),
    ...(place === undefined ? {} : { place }),
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** For `catch`: what failed was to be done before anything was sent. */
export function throwUnsent(thrown: unknown): never {
  throw asUnsent(thrown);
}

/** Anything thrown, as a fault: what is not one already is a defect of ours. */
export function asFault(thrown: unknown): Fault {
  if (isFault(thrown)) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Fault("defect", message, { cause: thrown });
}

/** `file:line:column` as editors and terminals understand it. */
export function formatPlace(place: Place): string {
  const line =
    place.line === undefined ? "" : `:${place.line}${place.column === undefined ? "" : `:${place.column}`}`;
  return `${place.file}${line}${place.field === undefined ? "" : ` (${place.field})`}`;
}
