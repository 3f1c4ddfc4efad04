// What a platform's webhooks are to us: who sent a delivery, what it hints at, and how they are asked for. Types only.
import type { ConnectorContext } from "./contract.ts";

/** One request to the receiver, as it came. */
export interface Delivery {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Before any parsing: what is signed are these bytes. */
  readonly body: Uint8Array;
  /** When it came, in ms since 1970. */
  readonly now: number;
}

/** `stale`: signed, but longer ago, or further ahead, than is taken. */
export type NotTaken = "unsigned" | "wrong-signature" | "stale" | "malformed";

export type Verdict =
  | { readonly ok: true; readonly told: Told }
  | { readonly ok: false; readonly why: NotTaken };

/** What a genuine delivery says. A hint: what it leads to looks at the site itself. */
export interface Told {
  /** Made of what is signed alone; equal for all deliveries of one event. */
  readonly key: string;
  readonly topic: string;
  /** Id of the entry as listings have it, where it names one. */
  readonly entry?: string;
  /** When the entry was changed, by the platform's clock, in ms since 1970. */
  readonly at?: number;
  /** The entry is gone. */
  readonly removed?: true;
}

export interface Signed {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A subscription at the platform. */
export interface Hook {
  readonly id: string;
  readonly topic: string;
  readonly url: string;
}

export interface Hooks {
  /**
   * Topics that are told about to this address already get no second one, but the secret where it is ours to choose.
   * `known`: those that were made from here. `made` is called after each new one, so that none is forgotten where a
   * later one fails. Returns what there is for this address then.
   */
  register(
    url: string,
    secret: string,
    known: readonly Hook[],
    made: (hook: Hook) => void,
  ): Promise<readonly Hook[]>;
  /** Absent where the platform does not say which there are. */
  readonly list?: () => Promise<readonly Hook[]>;
  /** One that is gone already is fine. */
  remove(id: string): Promise<void>;
}

export interface WebhookScheme {
  /**
   * `app`: the secret of the app that the connection signs in as. `chosen`: ours to make. `theirs`: the platform
   * shows it.
   */
  readonly secret: "app" | "chosen" | "theirs";
  /** What it is called there, and where it is found. */
  readonly secretName: string;
  /** Pure. Compares signatures in constant time. */
  readonly verify: (
    delivery: Delivery,
    secret: string,
    settings: Readonly<Record<string, string>>,
  ) => Verdict;
  /** A delivery as the platform would sign it. Absent where only the platform can. */
  readonly sample?: (secret: string, now: number) => Signed;
  /** Absent where subscriptions are made by hand; then `byHand` says how. */
  readonly hooks?: (context: ConnectorContext) => Hooks;
  readonly byHand: string;
}
