// What somebody is told who is not there: as JSON for commands, and as chats that take what Slack takes.
import { excerpt, redact } from "../lib/redact.ts";
import type { NotificationKind } from "../store/notifications.ts";

/** What is known of one incident. Nothing of it is content, except what `content` holds. Times are ISO 8601, UTC. */
export interface Facts {
  /** What helps, as a command to type. */
  readonly help: string;
  readonly run?: string;
  /** The command that ran. */
  readonly command?: string;
  /** Stable name of the fault. */
  readonly code?: string;
  /** Documents that failed. */
  readonly failed?: number;
  /** How many of them with which fault. */
  readonly codes?: Readonly<Record<string, number>>;
  /** When the site is tried again. */
  readonly until?: string;
  /** When the sign-in ends, and how many days that was away. */
  readonly endsAt?: string;
  readonly days?: number;
  /** There only where the rule asks for it. */
  readonly content?: FactsContent;
}

export interface FactsContent {
  /** What ended the run, in words. */
  readonly message?: string;
  /** The first documents that failed. */
  readonly documents?: readonly { readonly path: string; readonly code: string; readonly message: string }[];
}

/** One message, as a command finds it on its standard input. Its fields are a public format. */
export interface Message extends Facts {
  readonly v: 1;
  readonly type: "notification";
  /** Equal where the same is told twice. */
  readonly id: string;
  readonly event: NotificationKind;
  /** Null in a test of a rule that is about no connection in particular. */
  readonly connection: string | null;
  /** When it became known. */
  readonly at: string;
  readonly text: string;
  /** How many more of its kind it stands for, and since when. */
  readonly more?: number;
  readonly since?: string;
  readonly test?: true;
}

export interface Told {
  readonly id: string;
  readonly kind: NotificationKind;
  readonly connection: string | null;
  readonly atMs: number;
  readonly facts: Facts;
  readonly more?: { readonly count: number; readonly sinceMs: number };
  readonly test?: true;
}

/** `secrets`: what may stand nowhere in it. */
export function messageOf(told: Told, secrets: readonly string[]): Message {
  const { id, kind, connection, atMs, facts, more, test } = told;
  const since = more === undefined ? undefined : new Date(more.sinceMs).toISOString();
  const words = `${test === true ? "A test. " : ""}${connection ?? "any connection"}: ${WORDS[kind](facts)}`;
  const others = more === undefined ? "" : ` (and ${more.count} more since ${minute(since)})`;
  const message: Message = {
    v: 1,
    type: "notification",
    id,
    event: kind,
    connection,
    at: new Date(atMs).toISOString(),
    text: `${words}${others}. What helps: ${facts.help}${details(facts)}`,
    ...facts,
    ...(more === undefined || since === undefined ? {} : { more: more.count, since }),
    ...(test === undefined ? {} : { test }),
  };
  const clean = (_: string, value: unknown) => (typeof value === "string" ? redact(value, secrets) : value);
  return JSON.parse(JSON.stringify(message), clean) as Message;
}

const WORDS: Readonly<Record<NotificationKind, (facts: Facts) => string>> = {
  "run-failed": ({ command = "a run", code, failed = 0, codes = {} }) => {
    const named = Object.entries(codes).map(([name, count]) => `${count} ${name}`);
    const documents = `${failed} ${failed === 1 ? "document" : "documents"}`;
    const list = named.length === 0 ? "" : ` (${named.join(", ")})`;
    const parts = [
      ...(failed > 0 ? [`${documents} failed${list}`] : []),
      ...(code === undefined ? [] : [code === CUT_OFF ? "was cut off" : `ended with ${code}`]),
    ];
    return `${command}: ${parts.length === 0 ? "failed" : parts.join(", ")}`;
  },
  "auth-failed": ({ code = "auth" }) => `the sign-in is refused (${code})`,
  "circuit-open": ({ code = "unavailable", until }) =>
    `the site is left alone${until === undefined ? "" : ` until ${minute(until)}`}, since it does not answer as it should (${code})`,
  "token-expiring": ({ code, endsAt, days = 0 }) => {
    if (code === EXPIRED) return `the sign-in has ended (${minute(endsAt)})`;
    return `the sign-in ends in ${days === 1 ? "1 day" : `${days} days`} (${minute(endsAt)})`;
  },
};

/** Codes of our own, beside those of faults. */
export const CUT_OFF = "cut-off";
export const EXPIRED = "expired";

function details({ content }: Facts): string {
  const lines = (content?.documents ?? []).map(({ path, code, message }) => `${path}: ${message} (${code})`);
  return [content?.message, ...lines].map((line) => (line === undefined ? "" : `\n${line}`)).join("");
}

/** ISO 8601, as a person wants to read it. */
function minute(instant = ""): string {
  return `${instant.slice(0, 16)}Z`;
}

const MOST_DOCUMENTS = 10;

/** Texts of sites and files, short and fit for a chat. */
export function factsContent({ message, documents = [] }: FactsContent): FactsContent {
  const few = documents.slice(0, MOST_DOCUMENTS).map((document) => ({
    path: excerpt(document.path),
    code: document.code,
    message: excerpt(document.message),
  }));
  return {
    ...(message === undefined ? {} : { message: excerpt(message) }),
    ...(few.length === 0 ? {} : { documents: few }),
  };
}

/**
 * The body for an incoming webhook of Slack, and of chats that take the same: fields that Slack knows, and no other.
 * Ours are in `metadata.event_payload`. Source: docs.slack.dev, `IncomingWebhookSendArguments`, and "Escaping text".
 */
export function chatBody({ text, ...payload }: Message): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const type = `ainstein_cms_${payload.event.replaceAll("-", "_")}`;
  return JSON.stringify({ text: escaped, metadata: { event_type: type, event_payload: payload } });
}
