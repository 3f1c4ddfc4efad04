// A service as the rest of the product sees it, whatever it speaks.
import type { Recorder } from "../http/record.ts";
import type { Clock } from "../lib/clock.ts";
import type { Mode, Point, Provider } from "./provider.ts";

/** Something happened. The same occurrence has the same id and time every time it is sent. */
export interface Occurrence {
  /** A UUID, frozen when it was queued. */
  readonly id: string;
  readonly point: Point;
  /** In ms since 1970, frozen. */
  readonly atMs: number;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
  /** An earlier try may have arrived. */
  readonly tried: boolean;
}

export type Outcome =
  | { readonly state: "sent"; readonly detail?: string }
  /** Nothing was done, or repeating is harmless. */
  | { readonly state: "retry"; readonly why: string; readonly waitMs?: number }
  /** May have arrived, and must not be sent twice. */
  | { readonly state: "parked"; readonly why: string }
  /** Will never be taken. */
  | { readonly state: "refused"; readonly why: string };

/** Whether the credentials are good. */
export interface Verdict {
  readonly verdict: "verified" | "refused" | "not-verifiable" | "unreachable";
  readonly expected: string;
  readonly seen: string;
  readonly mode: Mode;
  readonly account?: string;
  readonly details: Readonly<Record<string, string>>;
  readonly hint?: string;
}

/** A subscription at the provider. */
export interface Registered {
  readonly id: string;
  readonly url: string;
  /** What it gave to be kept, secrets too, by the name of the provider's field. Empty where it is shown only once and was there already. */
  readonly values: Readonly<Record<string, string>>;
}

export interface ServiceHooks {
  /** What there is for this address already is adopted. `secret` is used where ours to choose. */
  register(url: string, secret: string): Promise<Registered>;
  list(): Promise<readonly Registered[]>;
  /** One that is gone already is fine. */
  remove(id: string): Promise<void>;
  /** Of those that end by themselves. */
  refresh?(id: string): Promise<void>;
}

export interface Opened {
  readonly provider: Provider;
  readonly mode: Mode;
  /** Never throws for what the provider answers. */
  prove(): Promise<Verdict>;
  /** Never throws for what the provider answers. */
  send(occurrence: Occurrence): Promise<Outcome>;
  /** Absent where they are made by hand, or not at all. */
  readonly hooks?: ServiceHooks;
  close(): Promise<void>;
}

/** What a service is opened with besides its values. */
export interface OpenParts {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly signal?: AbortSignal | undefined;
  /** The proxy for an address; undefined for none. */
  readonly proxy?: ((url: string) => string | undefined) | undefined;
  readonly caPem?: string | undefined;
  readonly trace?: ((line: string) => void) | undefined;
  /** Told of each request before it leaves, without what was filled into its address. */
  readonly recorder?: Recorder | undefined;
  /** Of this program, for the User-Agent. */
  readonly version?: string;
  /** How long an answer may take, in ms; the client's usual where absent. */
  readonly answerMs?: number;
  /** `fields_to_sync`: fields of occurrences that may be sent besides those an action needs. All where absent or empty. */
  readonly fields?: readonly string[];
}

/** What does not speak HTTP. */
export interface Driver {
  /** Connects lazily: opening never fails for what the server says. */
  open(
    values: Readonly<Record<string, string>>,
    mode: Mode,
    parts: OpenParts,
  ): Pick<Opened, "prove" | "send" | "close">;
}

/** One request that is about to leave. */
export interface Unsigned {
  readonly method: string;
  readonly url: URL;
  /** Its path as the provider's data has it; absent where nothing is filled into that. Records tell no other. */
  readonly path?: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

/** Says who we are. Made once for an opened service; keeps its tokens. */
export interface Signer {
  /** The headers of the request, those that authenticate it included. Throws the Fault of a sign-in that failed. */
  sign(request: Unsigned): Promise<Readonly<Record<string, string>>>;
  /** The provider answered 401: true where the next `sign` will use new credentials. */
  renew?(): Promise<boolean>;
  /** What the last sign-in answered; for checks of kind `token`. Signs in where that was not done yet. */
  signIn?(): Promise<Answered>;
}

export interface Answered {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON, or the text where it is none. Untrusted. */
  readonly payload: unknown;
}

/** What is asked of the exchange: an address that is complete, and a body that is encoded. */
export interface Asking extends Unsigned {
  /** Repeating can do no harm. */
  readonly repeatable: boolean;
}

/**
 * Sends one request over the product's own client and gives any answer below 500 but 429. Throws Faults for those and
 * for what did not answer: `ambiguous` where a request that is not repeatable may have been carried out.
 */
export type Exchange = (asking: Asking) => Promise<Answered>;
