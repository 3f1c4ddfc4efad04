// What Webflow says when it refuses, in the engine's terms. Pure.
// https://developers.webflow.com/data/reference/error-handling
import { z } from "zod";
import type { Refusal } from "../../http/http.ts";
import { Fault } from "../../lib/fault.ts";
import { isObject } from "../../lib/json.ts";
import { excerpt } from "../../lib/redact.ts";
import { goneFault } from "../gone.ts";

const text = z.string().catch("");

const errorSchema = z.object({ code: text, message: z.string(), details: z.array(z.unknown()).catch([]) });

export interface Detail {
  /** Field of the item, as Webflow calls it; "" where it names none. */
  readonly param: string;
  readonly description: string;
}

interface WebflowError {
  readonly code: string;
  readonly message: string;
  readonly details: readonly Detail[];
}

/** Webflow's own error; undefined when somebody else answered. */
export function webflowError(payload: unknown): WebflowError | undefined {
  const { data } = errorSchema.safeParse(payload);
  if (data === undefined) return undefined;
  return { ...data, details: data.details.map(detailOf) };
}

function detailOf(detail: unknown): Detail {
  if (typeof detail === "string") return { param: "", description: detail };
  const { param, field, description, message } = isObject(detail) ? detail : {};
  return { param: String(param ?? field ?? ""), description: String(description ?? message ?? "") };
}

export const CODES = {
  noItem: "webflow.no-item",
  taken: "webflow.slug-in-use",
  notPublishable: "webflow.cannot-publish",
  invalid: "webflow.refused",
} as const;

const AGAIN = "connect again: ainstein-cms connect webflow --name <name>";

/** Gives a refusal its meaning; undefined where only the status speaks. `again` is how to sign in anew. */
export function webflowFault({ status, payload }: Refusal, again = AGAIN): Fault | undefined {
  const error = webflowError(payload);
  if (error === undefined) return undefined;
  const words = excerpt(error.message, 200);
  const fault = (kind: Fault["kind"], code: string, message: string, hint?: string, whole = false) =>
    new Fault(kind, message, {
      code,
      httpStatus: status,
      ...(hint === undefined ? {} : { hint }),
      ...(whole ? { scope: "connection" as const } : {}),
    });
  switch (status) {
    case 401:
      return fault(
        "auth",
        "webflow.token",
        "Webflow does not accept the token",
        `it was cut short on its way, revoked, or not used for a year: copy it again, or make a new one under Site settings > Apps & integrations > API access, and ${again}`,
      );
    case 403:
      return fault(
        "forbidden",
        "webflow.scopes",
        `the token may not do this (${words})`,
        `give it the scopes for CMS, assets and sites, and ${again}`,
        true,
      );
    case 404:
      return fault(
        "not-found",
        error.code === "item_not_found" ? CODES.noItem : "webflow.not-found",
        `Webflow: ${words}`,
      );
    case 409:
      return fault(
        "unavailable",
        CODES.notPublishable,
        `Webflow publishes no single items of this site now (${words})`,
        "publish the whole site once in Webflow's designer, or let it be done: connect with --set sitePublish=needed",
      );
    case 400:
      return refusedValue(error, status);
    default:
      return undefined;
  }
}

function refusedValue({ message, details }: WebflowError, httpStatus: number): Fault {
  if (details.some(isTaken)) {
    return new Fault("conflict", "the slug belongs to another item", { code: CODES.taken, httpStatus });
  }
  const said = details.map(({ param, description }) => {
    const words = excerpt(description, 160);
    return param === "" ? words : `${param}: ${words}`;
  });
  const words = said.length === 0 ? excerpt(message, 200) : said.join("; ");
  return new Fault("invalid", `Webflow does not take ${words}`, { code: CODES.invalid, httpStatus });
}

function isTaken({ param, description }: Detail): boolean {
  return /slug/i.test(param) && /unique|already/i.test(description);
}

/** The same for a write: what failed in Webflow itself may have been stored before. */
export function refuseWrite(refusal: Refusal, again?: string): Fault | undefined {
  const error = webflowError(refusal.payload);
  if (error === undefined || refusal.status < 500) return webflowFault(refusal, again);
  return new Fault(
    "ambiguous",
    `Webflow failed (HTTP ${refusal.status}) while writing: ${excerpt(error.message, 160)}`,
    {
      code: "webflow.failed-writing",
      httpStatus: refusal.status,
      hint: "run again: what was written is found first. https://status.webflow.com says whether others see it too",
    },
  );
}

export function gone(kind: string, id: string): Fault {
  return goneFault(`${kind} ${id} is gone`);
}

export function slugTaken(slug: string, id?: string): Fault {
  const holder = id === undefined ? "another item" : `item ${id}`;
  return new Fault("conflict", `the slug "${slug}" belongs to ${holder}`, {
    code: "slug-taken",
    hint:
      id === undefined
        ? "give the document another `slug:`"
        : `give the document another \`slug:\`, or bind the file to it: ainstein-cms link <file> ${id}`,
  });
}
