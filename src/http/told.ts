// PURE: what an answer says about how fast its site may be asked.
import { isObject } from "../lib/json.ts";
import { parseRetryAfter } from "./retry.ts";
import type { Answer } from "./transport.ts";

/** What a vendor says beyond the usual headers; data of the manifest. */
export interface Tells {
  /** A header that says `used/capacity`, in lower case. */
  readonly bucketHeader?: string;
  /** GraphQL answers carry `extensions.cost`, and say "throttled" in an answer of status 200. */
  readonly graphqlCost?: true;
  /** Statuses that mean "too fast" when the answer is empty. */
  readonly emptyMeansTooFast?: readonly number[];
}

export interface Told {
  /** Refused, before anything was done, because too much was asked; whatever the status. */
  readonly throttled: boolean;
  /** Milliseconds that the site asks to be left alone for, in so many words or by what it says of its budget. */
  readonly askedMs: number | undefined;
  /** Units of the budget that are left; how many there are at most; how many come back in a second. */
  readonly left: number | undefined;
  readonly limit: number | undefined;
  readonly perSecond: number | undefined;
  /** Milliseconds until the budget is whole again. */
  readonly resetMs: number | undefined;
  /** What this request weighed. */
  readonly cost: number | undefined;
}

/** Beyond it a time is a mistake or a monthly quota: neither is waited for. */
const LONGEST_RESET_MS = 3_600_000;

export function toldBy(answer: Answer, tells: Tells, now: number): Told {
  const usual = usualHeaders(answer.headers, now);
  const bucket = bucketHeader(answer.headers, tells);
  const graphql = tells.graphqlCost === true ? graphqlCost(answer) : undefined;
  const throttled =
    answer.status === 429 ||
    graphql?.throttled === true ||
    (tells.emptyMeansTooFast?.includes(answer.status) === true && answer.body.byteLength === 0);
  const left = graphql?.left ?? bucket?.left ?? usual.left;
  const asked = parseRetryAfter(answer.headers["retry-after"], now);
  const away = answer.status === 503 && answer.headers["x-varnish"] === undefined ? asked : undefined;
  const spent = left !== undefined && left < 1 ? usual.resetMs : undefined;
  return {
    throttled,
    askedMs: throttled ? (asked ?? graphql?.waitMs ?? spent) : away,
    left,
    limit: graphql?.limit ?? bucket?.limit ?? usual.limit,
    perSecond: graphql?.perSecond,
    resetMs: usual.resetMs,
    cost: graphql?.cost,
  };
}

type Headers = Readonly<Record<string, string>>;
type Said = Partial<Pick<Told, "left" | "limit" | "perSecond" | "resetMs" | "cost">>;

/** `RateLimit` as the drafts of RFC 9xxx had it one after the other, then its older cousins with an `X-`. */
function usualHeaders(headers: Headers, now: number): Said {
  const { ratelimit } = headers;
  if (ratelimit !== undefined) {
    const left = parameter(ratelimit, "r") ?? parameter(ratelimit, "remaining");
    const limit = parameter(headers["ratelimit-policy"], "q") ?? parameter(ratelimit, "limit");
    const seconds = parameter(ratelimit, "t") ?? parameter(ratelimit, "reset");
    return said(left, limit, seconds === undefined ? undefined : seconds * 1000);
  }
  const pick = (name: string): string | undefined =>
    headers[`ratelimit-${name}`] ?? headers[`x-ratelimit-${name}`] ?? headers[`x-rate-limit-${name}`];
  return said(count(pick("remaining")), count(pick("limit")), resetMs(pick("reset"), now));
}

function said(left: number | undefined, limit: number | undefined, reset: number | undefined): Said {
  return {
    ...(left === undefined ? {} : { left }),
    ...(limit === undefined || limit === 0 ? {} : { limit }),
    ...(reset === undefined || reset > LONGEST_RESET_MS ? {} : { resetMs: reset }),
  };
}

/** A number at the beginning: "60, 60;w=60" is 60. */
function count(text: string | undefined): number | undefined {
  const digits = /^\s*(\d{1,12})(?:\.\d+)?\s*(?:$|[,;])/.exec(text ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function parameter(text: string | undefined, name: string): number | undefined {
  const digits = new RegExp(`(?:^|[;,\\s])${name}=(\\d{1,12})(?:$|[;,\\s])`).exec(text ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Vendors write seconds from now, seconds since 1970, or milliseconds since 1970. */
function resetMs(text: string | undefined, now: number): number | undefined {
  const digits = /^\s*(\d{1,15})(?:\.\d+)?\s*$/.exec(text ?? "")?.[1];
  if (digits === undefined) return undefined;
  const value = Number(digits);
  if (value > 1e11) return Math.max(0, value - now);
  return value > 1e8 ? Math.max(0, value * 1000 - now) : value * 1000;
}

function bucketHeader(headers: Headers, { bucketHeader: name }: Tells): Said | undefined {
  const [, used, limit] =
    /^\s*(\d{1,9})\s*\/\s*(\d{1,9})/.exec(name === undefined ? "" : (headers[name] ?? "")) ?? [];
  if (used === undefined || limit === undefined || Number(limit) === 0) return undefined;
  return { left: Math.max(0, Number(limit) - Number(used)), limit: Number(limit) };
}

function graphqlCost(
  answer: Answer,
): (Said & { throttled: boolean; waitMs: number | undefined }) | undefined {
  if (!answer.body.includes('"throttleStatus"') && !answer.body.includes('"THROTTLED"')) return undefined;
  const payload = parsed(answer);
  const cost = member(member(payload, "extensions"), "cost");
  const status = member(cost, "throttleStatus");
  const errors = member(payload, "errors");
  const throttled =
    !hasPart(member(payload, "data")) &&
    Array.isArray(errors) &&
    errors.some((error) => member(member(error, "extensions"), "code") === "THROTTLED");
  const left = positive(member(status, "currentlyAvailable"));
  const limit = positive(member(status, "maximumAvailable"));
  const perSecond = positive(member(status, "restoreRate"));
  const asked = positive(member(cost, "requestedQueryCost"));
  const lacking = asked !== undefined && left !== undefined ? Math.max(0, asked - left) : undefined;
  return {
    ...said(left, limit, undefined),
    ...(perSecond === undefined || perSecond === 0 ? {} : { perSecond }),
    ...(asked === undefined ? {} : { cost: asked }),
    throttled,
    waitMs:
      throttled && lacking !== undefined && perSecond ? Math.ceil((lacking / perSecond) * 1000) : undefined,
  };
}

/** What answers in part was carried out in part: sent again, that would be done twice. */
function hasPart(data: unknown): boolean {
  return isObject(data) && Object.values(data).some((value) => value !== null);
}

function parsed(answer: Answer): unknown {
  try {
    return JSON.parse(answer.body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function positive(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}
