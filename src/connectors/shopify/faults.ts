// What Shopify says when it refuses, in the engine's terms. Pure.
import { z } from "zod";
import type { Refusal } from "../../http/http.ts";
import { Fault, type FaultKind } from "../../lib/fault.ts";
import { isObject } from "../../lib/json.ts";
import { excerpt } from "../../lib/redact.ts";
import { goneFault } from "../gone.ts";

export const TOO_COSTLY = "shopify.too-costly";

const AGAIN = "connect again: ainstein-cms connect shopify --name <name>";

function scopesHint(again: string): string {
  return `add the scope to the app's version in Shopify's dev dashboard, release it, and ${again}`;
}

/** Refusals by status, which say little in their words. `again` is how to sign in anew. */
export function refuse({ status, payload }: Refusal, again = AGAIN): Fault | undefined {
  const words = wordsOf(payload);
  const fault = (kind: FaultKind, code: string, message: string, hint: string) =>
    new Fault(kind, `${message}${words === "" ? "" : ` ("${words}")`}`, {
      code: `shopify.${code}`,
      hint,
      httpStatus: status,
      scope: "connection",
    });
  switch (status) {
    case 401:
      return fault(
        "auth",
        "token",
        "the shop does not accept the access token",
        `the app was uninstalled, or its token is another one's, revoked or expired: ${again}`,
      );
    case 402:
      return fault(
        "unavailable",
        "frozen",
        "the shop is frozen",
        "its owner has a bill to pay in Shopify's admin",
      );
    case 403:
      return fault("forbidden", "scopes", "the shop does not let the app do this", scopesHint(again));
    case 404:
      return fault(
        "not-found",
        "no-shop",
        "there is no shop at this address, or its Admin API is not there",
        "check the name: it is what stands before .myshopify.com, under Settings > Domains in Shopify's admin",
      );
    case 423:
      return fault(
        "unavailable",
        "locked",
        "the shop is locked",
        "its owner has to settle it with Shopify's support",
      );
    default:
      return undefined;
  }
}

function wordsOf(payload: unknown): string {
  const errors = isObject(payload) ? (payload.errors ?? payload.error) : payload;
  return typeof errors === "string" ? excerpt(errors, 160) : "";
}

export const errorSchema = z.object({
  message: z.string().catch("no message"),
  path: z
    .array(z.union([z.string(), z.number()]))
    .optional()
    .catch(undefined),
  extensions: z
    .object({ code: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
});
export type GraphqlError = z.infer<typeof errorSchema>;

/** An error beside the data of an answer of status 200. `writes`: the request may have changed something. */
export function graphqlFault(error: GraphqlError, writes: boolean, again = AGAIN): Fault {
  const words = excerpt(error.message, 240);
  if (writes && (error.path?.length ?? 0) > 1 && !isOfDocument(error)) {
    return new Fault("ambiguous", `the shop did it, and does not show what came of it: ${words}`, {
      code: "shopify.half-answer",
      hint: "run again: what was written is found first",
    });
  }
  switch (error.extensions?.code) {
    case "THROTTLED":
      return new Fault("rate-limited", `the shop had no points left for it: ${words}`, {
        code: "shopify.throttled",
        scope: "item",
        hint: "run again in a moment",
      });
    case "ACCESS_DENIED":
      return new Fault("forbidden", `the app may not do this: ${words}`, {
        code: "shopify.scopes",
        hint: scopesHint(again),
      });
    case "MAX_COST_EXCEEDED":
      return new Fault("invalid", `the shop finds this too much for one request: ${words}`, {
        code: TOO_COSTLY,
      });
    case "SHOP_INACTIVE":
      return new Fault("unavailable", `the shop is not active: ${words}`, {
        code: "shopify.inactive",
        hint: "its owner has to open it again in Shopify's admin",
      });
    case "INTERNAL_SERVER_ERROR":
      return new Fault(writes ? "ambiguous" : "unavailable", `the shop failed: ${words}`, {
        code: "shopify.failed",
        hint: "run again: what was written is found first. https://www.shopifystatus.com says whether others see it too",
      });
    default:
      return new Fault("protocol", `the shop does not understand what it is asked: ${words}`, {
        code: "shopify.not-understood",
        hint: "the shop may have dropped the API version that this program speaks: upgrade ainstein-cms",
      });
  }
}

/** Told before anything was done: such paths name the document, not an alias of its answer. */
function isOfDocument({ path }: GraphqlError): boolean {
  return /^(?:query|mutation|fragment)\b/.test(String(path?.[0]));
}

export const userErrorsSchema = z.array(
  z.object({
    code: z.string().nullish(),
    field: z.array(z.string()).nullish(),
    message: z.string(),
  }),
);
export type UserErrors = z.infer<typeof userErrorsSchema>;

/** What a user error is about. */
export interface About {
  readonly kind: string;
  /** Entry that is written; undefined in a create. */
  readonly id?: string;
  readonly slug: string;
  /** Names of the metafields that were sent, in their order: errors name them by index. */
  readonly metafields?: readonly string[];
}

/** Fields of Shopify's inputs -> fields of documents. */
const FIELDS: Readonly<Record<string, string>> = {
  title: "title",
  handle: "slug",
  body: "body",
  descriptionHtml: "body",
  summary: "excerpt",
  publishDate: "date",
  isPublished: "status",
  status: "status",
  author: "author",
  image: "image",
  media: "image",
  tags: "tags",
  templateSuffix: "template",
  blogId: "blog",
  seo: "seo",
};

/** Undefined where there is none. */
export function userFault(errors: UserErrors, about: About): Fault | undefined {
  const [first] = errors;
  if (first === undefined) return undefined;
  const taken = errors.find(
    (error) => error.code === "TAKEN" || (error.field?.at(-1) === "handle" && /taken/i.test(error.message)),
  );
  if (taken !== undefined && fieldOf(taken.field, about) === "slug") return slugTaken(about.slug);
  if (about.id !== undefined && errors.some(isGone)) {
    return goneFault(`${about.kind} ${about.id} is gone`);
  }
  const words = errors.map((error) => {
    const field = fieldOf(error.field, about);
    const said = excerpt(error.message, 200);
    return field === undefined ? said : `${field}: ${said}`;
  });
  const field = fieldOf(first.field, about);
  return new Fault("invalid", `the shop does not take ${words.join("; ")}`, {
    code: field === undefined ? "shopify.refused" : `shopify.invalid-${field.split(".")[0]}`,
  });
}

/** The entry itself: a blog or a file that is named beside it may be missing, too. */
function isGone({ code, field, message }: UserErrors[number]): boolean {
  const isNamed = /^(?:id|ownerId)$/.test(field?.at(-1) ?? "");
  const isAlone = field === null || field === undefined || field.length === 0;
  return code === "NOT_FOUND" ? isNamed || isAlone : isNamed && /does not exist|not found/i.test(message);
}

function fieldOf(path: readonly string[] | null | undefined, about: About): string | undefined {
  const names = path ?? [];
  const at = names.indexOf("metafields");
  if (at >= 0) return about.metafields?.[Number(names[at + 1])] ?? "metafields";
  return names.map((name) => FIELDS[name]).find((name) => name !== undefined);
}

export function slugTaken(slug: string, id?: string): Fault {
  const holder = id === undefined ? "another entry" : `entry ${id}`;
  return new Fault("conflict", `the slug "${slug}" belongs to ${holder}`, {
    code: "slug-taken",
    hint:
      id === undefined
        ? "give the document another `slug:`"
        : `give the document another \`slug:\`, or bind the file to it: ainstein-cms link <file> ${id}`,
  });
}
