// What Ghost's errors mean for a run. https://ghost.org/docs/admin-api/#errors
import { z } from "zod";
import type { Refusal } from "../../http/http.ts";
import { Fault, type FaultDetail, type FaultKind } from "../../lib/fault.ts";
import { excerpt } from "../../lib/redact.ts";
import { goneFault } from "../gone.ts";

const text = z.string().catch("");

const errorSchema = z.object({
  errors: z
    .array(
      z.object({
        message: text,
        context: text,
        type: text,
        code: text,
        property: text,
        details: z.unknown(),
      }),
    )
    .min(1),
});

export interface GhostError {
  readonly message: string;
  readonly context: string;
  readonly type: string;
  readonly code: string;
  readonly property: string;
  readonly details: unknown;
}

/** Ghost's own error; undefined when somebody else answered. */
export function ghostError(payload: unknown): GhostError | undefined {
  return errorSchema.safeParse(payload).data?.errors[0];
}

interface Meaning {
  readonly kind: FaultKind;
  readonly code: string;
  readonly message?: string;
  readonly hint?: string;
  readonly scope?: "connection";
}

const NEW_KEY = "copy the Admin API key anew: Ghost's admin > Settings > Integrations";

const BY_CODE: Readonly<Record<string, Meaning>> = {
  UNKNOWN_ADMIN_API_KEY: {
    kind: "auth",
    code: "ghost.unknown-key",
    message: "the site knows no Admin API key of that id",
    hint: `its integration was deleted, or the key is another site's: ${NEW_KEY}`,
  },
  INVALID_API_KEY_TYPE: {
    kind: "auth",
    code: "ghost.content-key",
    message: "that is a Content API key, which may only read what is public",
    hint: NEW_KEY,
  },
  INVALID_AUTH_HEADER: {
    kind: "auth",
    code: "ghost.bad-header",
    message: "the Authorization header did not arrive as it was sent",
    hint: "a server in front of Ghost changes it: have /ghost/api/ exempted",
  },
};

const EXPIRED: Meaning = {
  kind: "auth",
  code: "ghost.clock",
  message: "the token had expired when it arrived",
  hint: "the clock of this machine and that of the site are minutes apart: set them right",
};

const WRONG_SECRET: Meaning = {
  kind: "auth",
  code: "ghost.wrong-secret",
  message: "the half of the key behind the colon is wrong",
  hint: NEW_KEY,
};

const BY_TYPE: Readonly<Record<string, Meaning>> = {
  UnauthorizedError: { kind: "auth", code: "ghost.unauthorized", hint: NEW_KEY },
  NoPermissionError: {
    kind: "forbidden",
    code: "ghost.forbidden",
    hint: "the key's integration, or the member of staff whose token it is, may not do this",
  },
  NotImplementedError: {
    kind: "unsupported",
    code: "ghost.not-for-keys",
    hint: "this version of Ghost does not offer it to integrations",
  },
  HostLimitError: {
    kind: "forbidden",
    code: "ghost.plan-limit",
    hint: "the plan at the host does not include it",
  },
  NotFoundError: { kind: "not-found", code: "ghost.no-such-entry" },
  UpdateCollisionError: {
    kind: "conflict",
    code: "moved",
    message: "somebody saved the entry after it was read",
    hint: "run `ainstein-cms diff` to see both sides, then pull or push again",
  },
  MaintenanceError: {
    kind: "unavailable",
    code: "ghost.maintenance",
    message: "the site is being upgraded",
    hint: "try again in a few minutes",
  },
  TooManyRequestsError: { kind: "rate-limited", code: "ghost.too-many" },
  ValidationError: { kind: "invalid", code: "ghost.invalid-value" },
  BadRequestError: { kind: "invalid", code: "ghost.invalid-value" },
  UnsupportedMediaTypeError: {
    kind: "invalid",
    code: "ghost.file-type",
    hint: "Ghost does not take files of this type",
  },
  RequestEntityTooLargeError: { kind: "invalid", code: "ghost.too-large" },
};

/** Ghost's names of what documents call otherwise. */
const FIELDS: Readonly<Record<string, string>> = {
  custom_excerpt: "excerpt",
  meta_title: "seo.title",
  meta_description: "seo.description",
  feature_image: "image",
  feature_image_alt: "image.alt",
  feature_image_caption: "image.caption",
  published_at: "date",
  lexical: "body",
  custom_template: "template",
  authors: "author",
};

/** Gives a refusal its meaning; undefined where only the status speaks. */
export function ghostFault({ status, payload }: Refusal): Fault | undefined {
  const error = ghostError(payload);
  if (error === undefined) return undefined;
  const meaning = meaningOf(error);
  if (meaning === undefined) return undefined;
  const detail: FaultDetail = {
    code: meaning.code,
    httpStatus: status,
    ...hintOf(error, meaning),
  };
  return new Fault(meaning.kind, `${meaning.message ?? saidBy(error)}`, detail);
}

function meaningOf(error: GhostError): Meaning | undefined {
  if (error.code === "INVALID_JWT") {
    return /expired|maxAge/i.test(error.message) ? EXPIRED : WRONG_SECRET;
  }
  if (/already published/i.test(error.context + error.message)) {
    return {
      kind: "invalid",
      code: "ghost.already-published",
      hint: "set `status: draft` and push, then schedule it: Ghost takes nothing back in one step",
    };
  }
  return BY_CODE[error.code] ?? BY_TYPE[error.type];
}

function hintOf(error: GhostError, { hint }: Meaning): Pick<FaultDetail, "hint"> {
  if (/at least -?\d+ minutes? in the future/i.test(error.context + error.message)) {
    return { hint: "`date:` has to lie a few minutes ahead for a post to be scheduled" };
  }
  return hint === undefined ? {} : { hint };
}

/** In Ghost's own words, the field by the document's name first. */
function saidBy({ message, context, property, details }: GhostError): string {
  // Ghost 5 says `posts[0]`, and Ghost 6 `0`, where a check of the request's form fails.
  const isPlace = property === "" || /^(?:\w+\[)?\d+\]?$/.test(property);
  const named = isPlace ? propertyIn(details) : property;
  const field = FIELDS[named] ?? named;
  const words = excerpt(context === "" ? message : context).replace(/\.$/, "");
  return field === "" ? `Ghost: ${words}` : `${field}: ${words}`;
}

const detailsSchema = z.array(z.object({ instancePath: text, dataPath: text })).min(1);

/** From `/posts/0/title`, or as Ghost 5 has it `.posts[0].title`. */
function propertyIn(details: unknown): string {
  const { instancePath, dataPath } = detailsSchema.safeParse(details).data?.[0] ?? {};
  const path = instancePath === "" ? dataPath : instancePath;
  const last = path?.split(/[/.]/).at(-1) ?? "";
  return /^\d*$|\[/.test(last) ? "" : last;
}

/** The same for a write: what failed in Ghost itself may have been stored before. */
export function refuseWrite(refusal: Refusal): Fault | undefined {
  const error = ghostError(refusal.payload);
  const known = refusal.status < 500 || error?.type === "MaintenanceError" || refusal.status === 501;
  if (known || error === undefined) return ghostFault(refusal);
  return new Fault("ambiguous", `Ghost failed (HTTP ${refusal.status}) while writing: ${saidBy(error)}`, {
    code: "ghost.failed-writing",
    httpStatus: refusal.status,
    hint: "its log names the cause; run again: what was written is found first",
  });
}

export function gone(id: string): Fault {
  return goneFault(`entry ${id} is gone`);
}

export function slugTaken(slug: string, id: string): Fault {
  return new Fault("conflict", `the slug "${slug}" belongs to entry ${id}, and Ghost would number this one`, {
    code: "slug-taken",
    hint: `bind the file to it with \`ainstein-cms link <path> ${id}\`, or give it another \`slug:\`; posts and pages share their slugs`,
  });
}
