// What a provider is to us, as data: who we are there, how that is proven, what is sent and how often it may be, who signs
// what comes back. What no data can say is a named pure function in the provider's folder.
import type { Method } from "../http/http.ts";
import type { Json } from "../lib/json.ts";
import type { Driver } from "./service.ts";
import type { Signature } from "./signed.ts";

export const SERVICE_TYPES = [
  "payment",
  "email",
  "communication",
  "analytics",
  "crm",
  "auth",
  "storage",
  "database",
] as const;
export type ServiceType = (typeof SERVICE_TYPES)[number];

/** What happens at a client's site that a service may ask to be told of. */
export const POINTS = [
  "form_submission",
  "user_registration",
  "checkout",
  "content_published",
  "content_updated",
  "run_failed",
] as const;
export type Point = (typeof POINTS)[number];

export type Mode = "live" | "test" | "unknown";

/**
 * A text with places to fill in. `{name}`: a field of the provider, or what one of its `rules` makes. `{event.name}`: a
 * field of the occurrence; `{event.name?}`: only where it is there and was asked for, else the member that holds it is
 * left out (so for `{name?}`). `{id}`, `{point}`, `{at.iso}`, `{at.seconds}`, `{at.ms}`: the occurrence's own, frozen.
 * `{kept.name}`: what an earlier step kept of its answer; `{step}`: which one it is, from 1. `{hook.url}`, `{hook.secret}`, `{hook.id}`: of a subscription.
 * Each is escaped as its place demands.
 */
export type Template = string;

/** A JSON text that is one `{…}` and nothing else keeps the type of its value. A member `...: "{event.*}"` becomes one for each field asked for; so does `name[...]` in a form. */
export type JsonTemplate =
  | Template
  | number
  | boolean
  | null
  | readonly JsonTemplate[]
  | { readonly [member: string]: JsonTemplate };

/** Members and positions separated by dots; `*` is any of them. */
export type JsonPath = string;

/** What templates are filled from. */
export interface Inputs {
  /** Fields of the provider, secrets too. */
  readonly values: Readonly<Record<string, string>>;
  readonly mode: Mode;
  /** Fields of the occurrence. */
  readonly event?: Readonly<Record<string, string | number | boolean | null>>;
  /** `id`, `point`, `at.iso`, `kept.member`, `hook.url` …, by the name that stands between the braces. */
  readonly named?: Readonly<Record<string, Json>>;
}

/** Pure: what is made of the inputs, such as the host in a key's suffix. Undefined where they do not hold it. */
export type Rule = (inputs: Inputs) => string | number | undefined;

/** By the name that templates call it: the function under its own name, which modules that are handed out know it by. */
export type Rules = Readonly<Record<string, Readonly<Record<string, Rule>>>>;

export interface Field {
  /** In snake case; what the vault, `--set` and the environment's JSON call it. */
  readonly name: string;
  readonly title: string;
  /** Kept in the vault, masked everywhere. What is no secret is a setting. */
  readonly secret: boolean;
  /** `calls`, the default: nothing goes without it. `webhooks`: only deliveries need it. `optional`: what it adds is said in `where`. */
  readonly need?: "calls" | "webhooks" | "optional";
  readonly format?: { readonly pattern: RegExp; readonly words: string };
  /** A sentence: where the provider shows it, with the rights it needs. */
  readonly where: string;
  readonly default?: string;
}

/** Live and test told apart by a field's text. */
export interface ModeRule {
  readonly field: string;
  readonly live?: RegExp;
  readonly test?: RegExp;
}

/** An address, or one for each text of a field (`mode`: live, test, unknown). No final slash. One `{field}` alone is a whole address. */
export type Base = Template | { readonly by: string; readonly at: Readonly<Record<string, Template>> };

export interface RequestTemplate {
  readonly method: Method;
  /** Name of one of the provider's bases; `api` where absent. */
  readonly base?: string;
  /** Below the base, from its slash on. */
  readonly path: Template;
  readonly query?: Readonly<Record<string, Template>>;
  readonly headers?: Readonly<Record<string, Template>>;
  readonly body?: { readonly json: JsonTemplate } | { readonly form: Readonly<Record<string, Template>> };
  /** Other than the provider's own. */
  readonly authentication?: Authentication;
}

export interface ClientCredentials {
  readonly kind: "client-credentials";
  /** Asks for the token; carries its own authentication. Its answer has `access_token` and `expires_in` (seconds). */
  readonly token: RequestTemplate;
}

/** A key file of Google's: a signed assertion is exchanged for a token. */
export interface ServiceAccount {
  readonly kind: "service-account";
  /** Field with the whole key file as JSON text. */
  readonly field: string;
  readonly scope: string;
  /** Base and path of where the assertion is exchanged. */
  readonly token: { readonly base: string; readonly path: string };
}

/** AWS Signature Version 4. */
export interface SigV4 {
  readonly kind: "sigv4";
  readonly service: string;
  readonly region: Template;
  readonly accessKeyId: Template;
  readonly secretAccessKey: Template;
  readonly sessionToken?: Template;
}

export type Authentication =
  | { readonly kind: "none" }
  | { readonly kind: "bearer"; readonly token: Template }
  | { readonly kind: "basic"; readonly user: Template; readonly password: Template }
  | { readonly kind: "header"; readonly name: string; readonly value: Template }
  /** The request's own templates hold the credentials. */
  | { readonly kind: "in-request"; readonly where: "body" | "query" | "address" }
  | ClientCredentials
  | ServiceAccount
  | SigV4;

/** All that is said must hold. */
export interface Condition {
  readonly path: JsonPath;
  /** Equal to this text (a template), number, boolean or null; with `*` in the path one of them is. */
  readonly is?: string | number | boolean | null;
  readonly in?: readonly (string | number)[];
  readonly matches?: RegExp;
  /** There at all, or not. */
  readonly exists?: boolean;
}

/** What an answer means. The first whose status and conditions fit counts. */
export interface AnswerRule<Meaning extends string> {
  /** Any where absent. */
  readonly status?: number | readonly number[];
  readonly where?: readonly Condition[];
  readonly means: Meaning;
  /** In a sentence, what was seen by it; the provider's own words are added. */
  readonly words?: string;
  readonly hint?: string;
}

interface CheckCommon {
  /** Fields that must be given for this check; the first check whose are is made. */
  readonly when?: readonly string[];
}

/** The cheapest that shows whether the credentials are good. */
export type Check =
  | (CheckCommon & {
      readonly kind: "request";
      readonly request: RequestTemplate;
      /** What is expected, in words: `200 with the account's balance`. */
      readonly expected: string;
      /**
       * `next`: this answer settles nothing, the next check is made. `unreachable`: it is not able to answer just now. What no
       * rule fits is `refused` for 4xx.
       */
      readonly answers: readonly AnswerRule<
        "verified" | "refused" | "not-verifiable" | "unreachable" | "next"
      >[];
      /** Where the account is named in the answer; the first that is there. */
      readonly account?: readonly JsonPath[];
      /** Mode as the answer tells it. */
      readonly mode?: { readonly path: JsonPath; readonly live: string | number | boolean } | Mode;
      readonly details?: Readonly<Record<string, JsonPath>>;
    })
  /** The token that `client-credentials` or `service-account` gets is the proof. */
  | (CheckCommon & {
      readonly kind: "token";
      readonly expected: string;
      readonly account?: readonly JsonPath[];
      readonly details?: Readonly<Record<string, JsonPath>>;
    })
  /** Nothing proves them without a side effect; only their form was looked at. */
  | (CheckCommon & { readonly kind: "none"; readonly why: string });

/**
 * What keeps one occurrence from being taken twice. `keptHours`: how long the provider remembers; later, what may have
 * arrived is parked. `harmless`: it may be done any number of times. `none`: after an ambiguous time-out it is parked,
 * never resent.
 */
export type Idempotency =
  | { readonly kind: "header"; readonly name: string; readonly value: Template; readonly keptHours?: number }
  | { readonly kind: "body"; readonly member: string; readonly value: Template; readonly keptHours?: number }
  | { readonly kind: "natural"; readonly by: string; readonly keptHours?: number }
  | { readonly kind: "harmless"; readonly why: string }
  | { readonly kind: "none"; readonly why: string };

export interface Step {
  readonly request: RequestTemplate;
  /** Before these: 2xx is `sent`, 429 `retry`, 5xx `retry` or, where repeating does harm, `parked`; other 4xx `refused`. `next`: go on with the next step. */
  readonly answers?: readonly AnswerRule<"sent" | "next" | "retry" | "refused" | "parked">[];
  /** Kept for later steps as `{kept.name}`. */
  readonly keep?: Readonly<Record<string, JsonPath>>;
}

/** What is done with an occurrence. The first action of its point whose `when` are given is carried out. */
export interface Action {
  readonly points: readonly Point[];
  /** What it does there: `adds the person to the audience`. */
  readonly title: string;
  readonly when?: readonly string[];
  /** Fields of the occurrence that only its rules read; those that its templates demand are known from them. */
  readonly needs?: readonly string[];
  /**
   * One after the other; what is said in `idempotency` holds for all of them. The last one's 2xx is `sent`. None where a
   * driver carries it out.
   */
  readonly steps: readonly Step[];
  readonly idempotency: Idempotency;
  /** How old an occurrence may be. What is older would be taken and not counted, so it is not sent. */
  readonly takenHours?: number;
  /** Shown with what was sent: an id or an address of the answer. No personal data. An answer without it proves nothing. */
  readonly tells?: JsonPath;
}

/** A request about subscriptions, and where its answer has what. */
export interface HookRequest {
  readonly request: RequestTemplate;
  readonly id: JsonPath;
}

export type Webhooks =
  | {
      readonly kind: "api";
      /** Settings that must be given for it. */
      readonly when?: readonly string[];
      readonly create: HookRequest & {
        /** What the answer gives to be kept, by the name of the field it is kept in. */
        readonly keeps?: Readonly<Record<string, JsonPath>>;
        /** Field that the secret is kept in where it is ours to choose: `{hook.secret}`. */
        readonly chosen?: string;
      };
      /** After creation and adoption: what else gives fields to be kept. `{hook.id}` is known. */
      readonly sign?: {
        readonly request: RequestTemplate;
        readonly keeps: Readonly<Record<string, JsonPath>>;
      };
      /** What is registered; `{hook.url}` where absent. `{hook.target}` is it in requests. */
      readonly target?: Template;
      readonly list: HookRequest & {
        readonly items: JsonPath;
        readonly url: JsonPath;
        /** As in `create`, of an item: what is still shown of one that is adopted. */
        readonly keeps?: Readonly<Record<string, JsonPath>>;
      };
      readonly remove: { readonly request: RequestTemplate };
      /** There is room for one address only: somebody else's is not replaced. */
      readonly exclusive?: true;
      /** Of those that end by themselves. */
      readonly refresh?: { readonly request: RequestTemplate; readonly everyHours: number };
      /** For those who have no right to it, and as documentation. */
      readonly note?: string;
    }
  /** Made by hand: what is to be done there, a step a line; `{hook.url}` is filled in. */
  | { readonly kind: "steps"; readonly steps: readonly string[] }
  | { readonly kind: "none"; readonly why: string };

/** For the client's own pages, where only these can send. */
export interface Snippet {
  /** HTML; places are escaped. `{nonce}` stays for the page's own. */
  readonly html: Template;
  /** One line for the page's content security policy. */
  readonly csp: string;
  /** The snippet is loaded only after this. */
  readonly consent: string;
  /** Pure: whether a page holds it. */
  readonly found: (html: string, values: Readonly<Record<string, string>>) => boolean;
}

export interface Provider {
  /** As its folder is called. */
  readonly id: string;
  readonly title: string;
  readonly types: readonly [ServiceType, ...ServiceType[]];
  /** One sentence: what it is connected for. */
  readonly about: string;
  readonly fields: readonly Field[];
  readonly rules?: Rules;
  /** Absent where nothing tells them apart. */
  readonly mode?: ModeRule;
  /** How one tries it without harm, or that one cannot. */
  readonly testing: string;
  /** `api` and others that requests name. */
  readonly bases: Readonly<Record<string, Base>>;
  readonly authentication: Authentication;
  /** Sent with each request where it has a header. */
  readonly version?: { readonly value: string; readonly header?: string };
  readonly headers?: Readonly<Record<string, string>>;
  /** The last one has no `when`, unless there is a driver. */
  readonly checks: readonly Check[];
  readonly actions: readonly Action[];
  readonly webhooks: Webhooks;
  readonly signature?: Signature;
  readonly snippet?: Snippet;
  /** Where a refusal says why. */
  readonly errors?: {
    readonly message: readonly JsonPath[];
    readonly code?: readonly JsonPath[];
    /** Statuses of 5xx by which it refuses, too: its rules look at them. */
    readonly as5xx?: readonly number[];
  };
  readonly limits: { readonly perSecond: number; readonly concurrency: number; readonly words: string };
  readonly docs: {
    readonly links: readonly { readonly title: string; readonly url: string }[];
    readonly troubleshooting: readonly { readonly sign: string; readonly cure: string }[];
  };
  /** Takes the place of requests where it does not speak HTTP: proves and sends by itself. */
  readonly driver?: () => Promise<Driver>;
}
