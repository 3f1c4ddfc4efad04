// What Drupal says when it refuses, in the engine's terms, with the admin page that mends it. Pure.
import { z } from "zod";
import type { Refusal } from "../../http/http.ts";
import { Fault, type FaultKind } from "../../lib/fault.ts";
import { excerpt } from "../../lib/redact.ts";

const errorsSchema = z.object({
  errors: z
    .array(
      z.object({
        title: z.string().catch(""),
        detail: z.string().catch(""),
        source: z.object({ pointer: z.string() }).optional().catch(undefined),
      }),
    )
    .min(1),
});

interface DrupalError {
  readonly detail: string;
  /** Field of the request, as Drupal names it; "" where it names none. */
  readonly field: string;
}

/** Drupal's own error document; empty where somebody else answered, as for a bundle that is not there (an HTML page). */
export function errorsOf(payload: unknown): readonly DrupalError[] {
  const parsed = errorsSchema.safeParse(payload);
  if (!parsed.success) return [];
  return parsed.data.errors.map(({ title, detail, source }) => {
    const [, field = ""] = /^\/data\/(?:attributes|relationships)\/([^/]+)/.exec(source?.pointer ?? "") ?? [];
    const inner = /^\/data\/attributes\/body\/(format|summary)/.exec(source?.pointer ?? "")?.[1];
    return { detail: excerpt(detail === "" ? title : detail, 2000), field: inner ?? field };
  });
}

/** Fields of Drupal -> fields of documents. */
const FIELDS: Readonly<Record<string, string>> = {
  path: "slug",
  created: "date",
  uid: "author",
  summary: "excerpt",
  field_tags: "tags",
  field_image: "image",
  langcode: "locale",
  moderation_state: "status",
};

export const fieldOf = (name: string): string => FIELDS[name] ?? name;

export const CODES = {
  stale: "drupal.stale",
  exists: "drupal.exists",
  noEntry: "drupal.no-such-entry",
  format: "drupal.invalid-format",
  workingCopy: "drupal.working-copy",
  refused: "drupal.refused",
} as const;

export const PERMISSIONS = "/admin/people/permissions";

const RIGHTS: Readonly<Record<string, string>> = {
  status: '"Administer content"',
  date: '"Administer content"',
  author: '"Administer content"',
  sticky: '"Administer content"',
  promote: '"Administer content"',
  slug: '"Create and edit URL aliases"',
};

const SIGN_IN =
  "check user name and password by signing in at /user/login (after five wrong ones Drupal locks the account: none is tried twice here)";

/** A refusal of a reading, or what refusals of readings and writes have in common; undefined where only the status speaks. */
export function refuse({ status, payload }: Refusal): Fault | undefined {
  const [first, ...rest] = errorsOf(payload);
  const words = first === undefined ? "" : ` ("${first.detail}")`;
  const fault = (kind: FaultKind, code: string, message: string, hint: string, connection = false) =>
    new Fault(kind, message, {
      code,
      hint,
      httpStatus: status,
      ...(connection ? { scope: "connection" as const } : {}),
    });
  switch (status) {
    case 400:
      if (/has a working copy/.test(first?.detail ?? "")) return workingCopy();
      if (first === undefined) return undefined;
      return fault(
        "invalid",
        "drupal.bad-request",
        `Drupal does not understand it${words}`,
        "run it with --verbose to see what was sent",
      );
    case 401:
      return fault(
        "auth",
        "drupal.not-signed-in",
        `Drupal did not see who we are${words}`,
        `turn the module basic_auth ("HTTP Basic") on at /admin/modules (or sign in by OAuth); a server in front of PHP may also remove the Authorization header. Else ${SIGN_IN}`,
      );
    case 403:
      return first === undefined ? undefined : forbidden(first, status);
    case 404:
      if (!/was not converted/.test(first?.detail ?? "")) return undefined;
      return fault("not-found", CODES.noEntry, "Drupal has no such entry", "it was removed on the site");
    case 405:
      if (first !== undefined && !/read operations/.test(first.detail)) return undefined;
      return readOnly();
    case 409:
      return fault("conflict", CODES.exists, `Drupal has it already${words}`, "run the command again");
    case 422:
      return first === undefined ? undefined : invalidValue([first, ...rest], status);
    case 503:
      return fault(
        "unavailable",
        "drupal.maintenance",
        `the site does not serve now: it may be in maintenance mode${words}`,
        "run again when it is over: /admin/config/development/maintenance",
        true,
      );
    default:
      return undefined;
  }
}

export function readOnly(): Fault {
  return new Fault("unsupported", "the site's JSON:API takes no writes", {
    code: "drupal.read-only",
    scope: "connection",
    httpStatus: 405,
    hint: 'an administrator chooses "Accept all JSON:API create, read, update, and delete operations" at /admin/config/services/jsonapi',
  });
}

/** https://www.drupal.org/project/drupal/issues/2795279 */
export function workingCopy(): Fault {
  return new Fault(
    "conflict",
    "the entry has a draft that is not published, beside what visitors see; JSON:API writes to neither then",
    {
      code: CODES.workingCopy,
      hint: "publish or revert that draft on the site (tab Revisions or Latest version of the entry), then run the command again",
    },
  );
}

function forbidden({ detail, field }: DrupalError, httpStatus: number): Fault {
  if (field === "revision_timestamp" || field === "changed") {
    return new Fault("conflict", "the entry was saved again since it was read", {
      code: CODES.stale,
      httpStatus,
      hint: "run `ainstein-cms diff` to see both sides, then pull or push again",
    });
  }
  if (field !== "") {
    const name = fieldOf(field);
    const right = RIGHTS[name];
    return new Fault("forbidden", `${name}: the account may not set it ("${detail}")`, {
      code: `drupal.cannot-set-${field}`,
      httpStatus,
      hint: `${right === undefined ? "a permission is missing" : `its role needs the permission ${right}`}: ${PERMISSIONS}; ${
        name === "status"
          ? "without it, what the account makes is published at once: say `status: published` where that is meant"
          : `or leave \`${name}\` out of the document`
      }`,
    });
  }
  return new Fault("forbidden", `Drupal does not let the account do this ("${detail}")`, {
    code: CODES.refused,
    httpStatus,
    hint: `an administrator grants the missing permission to its role: ${PERMISSIONS}`,
  });
}

function invalidValue(errors: readonly DrupalError[], httpStatus: number): Fault {
  const words = errors.map(({ detail, field }) => (field === "" ? detail : `${fieldOf(field)}: ${detail}`));
  const [first] = errors;
  const code =
    first === undefined || first.field === "" ? "drupal.invalid-value" : `drupal.invalid-${first.field}`;
  return new Fault("invalid", `Drupal does not take ${words.join("; ")}`, {
    code,
    httpStatus,
    ...(code === CODES.format
      ? {
          hint: "the account may not use that text format: choose another with `--set format=…`, or allow it at /admin/config/content/formats",
        }
      : {}),
  });
}

/** The same for a write: an error of the server itself says nothing about whether it was carried out. */
export function refuseWrite(refusal: Refusal): Fault | undefined {
  const known = refuse(refusal);
  if (known !== undefined || refusal.status < 500) return known;
  return new Fault("ambiguous", `the site failed (HTTP ${refusal.status}) while writing`, {
    code: "drupal.failed-writing",
    httpStatus: refusal.status,
    hint: "the site's log names the cause (/admin/reports/dblog); run again: what was written is found first",
  });
}

/** Drupal took us for a visitor. */
export function anonymous(again: string | undefined): Fault {
  return new Fault("auth", "Drupal does not accept the user name and password", {
    code: "drupal.anonymous",
    hint: `${SIGN_IN}, and whether the module basic_auth ("HTTP Basic") is on at /admin/modules${again === undefined ? "" : `. Then ${again}`}`,
  });
}

export function slugTaken(slug: string, id: string | undefined): Fault {
  const holder = id === undefined ? "something else on the site" : `entry ${id}`;
  return new Fault("conflict", `the address "/${slug}" belongs to ${holder}`, {
    code: "slug-taken",
    hint:
      id === undefined
        ? "give the document another `slug:`"
        : `give the document another \`slug:\`, or bind the file to it: ainstein-cms link <file> ${id}`,
  });
}
