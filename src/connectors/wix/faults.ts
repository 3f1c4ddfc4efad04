// What Wix's errors mean for a run. https://dev.wix.com/docs/rest/articles/getting-started/about-errors
import { z } from "zod";
import type { Refusal } from "../../http/http.ts";
import { Fault, type FaultDetail, type FaultKind } from "../../lib/fault.ts";
import { excerpt } from "../../lib/redact.ts";
import { goneFault } from "../gone.ts";

const text = z.string().catch("");

const errorSchema = z.object({
  message: text,
  details: z
    .object({
      applicationError: z.object({ code: text, description: text }).optional().catch(undefined),
      validationError: z
        .object({ fieldViolations: z.array(z.object({ field: text, description: text })) })
        .optional()
        .catch(undefined),
    })
    .catch({}),
});

/** Wix's own words: its code where it has one, and what is wrong. */
export interface WixError {
  readonly code: string;
  readonly message: string;
}

/** Undefined when somebody else answered. */
export function wixError(payload: unknown): WixError | undefined {
  const { data } = errorSchema.safeParse(payload);
  if (data === undefined) return undefined;
  const { applicationError, validationError } = data.details;
  const violations = (validationError?.fieldViolations ?? []).map(({ field, description }) =>
    `${field} ${description}`.trim(),
  );
  const message =
    violations.length > 0 ? violations.join("; ") : applicationError?.description || data.message;
  const code = applicationError?.code ?? "";
  return message === "" && code === "" ? undefined : { code, message: message === "" ? code : message };
}

/** How a connection says which site is meant. */
export const WHICH_SITE =
  "with an API key: --set site=ID, from the address of the site's dashboard (manage.wix.com/dashboard/ID/home); with an app: --auth app --set instance=ID, from its page of installations";

export const NO_COLLECTION = "wix.no-collection";

interface Meaning {
  readonly kind: FaultKind;
  readonly code: string;
  readonly hint?: string;
  readonly scope?: "connection";
}

/** By what Wix says, whatever the status: codes of the blog are not documented one by one. */
const BY_WORDS: readonly (readonly [RegExp, Meaning])[] = [
  [
    /missing post owner/i,
    {
      kind: "invalid",
      code: "wix.no-author",
      hint: "say `author:` in the front matter, or for all with `--set author=NAME`: a member of the site, as its dashboard shows them under Site members",
    },
  ],
  [
    /memberIds?.*(?:do(?:es)? not exist|not found)/i,
    {
      kind: "invalid",
      code: "wix.unknown-member",
      hint: "the author left the site's members: name another one",
    },
  ],
  [/wix-site-id/i, { kind: "usage", code: "wix.no-site", scope: "connection", hint: WHICH_SITE }],
  [
    /WDE0110|app(?:lication)? (?:is )?not installed/i,
    {
      kind: "unsupported",
      code: "wix.app-missing",
      scope: "connection",
      hint: "add Wix Blog (for collections: Wix CMS) to the site, in its dashboard under Apps",
    },
  ],
  [
    /WDE0025|COLLECTION_NOT_FOUND/i,
    {
      kind: "unsupported",
      code: NO_COLLECTION,
      scope: "connection",
      hint: "correct the setting `collections`: the ids are in the CMS of the site's dashboard",
    },
  ],
];

const BY_STATUS: Readonly<Record<number, Meaning>> = {
  401: {
    kind: "auth",
    code: "wix.unknown-key",
    hint: "the key was deleted or is another account's, or the app's instance is another site's: make a key at manage.wix.com/account/api-keys",
  },
  403: {
    kind: "forbidden",
    code: "wix.forbidden",
    hint: "give the key these permissions at manage.wix.com/account/api-keys: Wix Blog, Site Media, Site Properties, Members (read), for collections Wix Data; and this site",
  },
  428: {
    kind: "unsupported",
    code: "wix.app-missing",
    scope: "connection",
    hint: "add Wix Blog (for collections: Wix CMS) to the site, in its dashboard under Apps",
  },
};

/** Undefined leaves the meaning to the status alone. */
export function wixFault({ status, payload }: Refusal): Fault | undefined {
  const error = wixError(payload);
  const meaning =
    (error === undefined ? undefined : meaningOf(error)) ?? (status < 500 ? BY_STATUS[status] : undefined);
  if (meaning === undefined) return undefined;
  const said = error === undefined ? `answered ${status}` : `said: ${excerpt(error.message, 300)}`;
  return made(meaning, said, { httpStatus: status });
}

/** Of one document in a request with several. `field` names are Wix's own. */
export function itemFault(error: WixError): Fault {
  const meaning = meaningOf(error) ?? { kind: kindOf(error), code: "wix.refused" };
  return made(meaning, `said: ${excerpt(error.message, 300)}`, {});
}

const meaningOf = ({ code, message }: WixError): Meaning | undefined =>
  BY_WORDS.find(([words]) => words.test(`${code} ${message}`))?.[1];

function kindOf({ code }: WixError): FaultKind {
  if (/NOT_FOUND/i.test(code)) return "not-found";
  if (/UNAVAILABLE|INTERNAL|UNKNOWN|TIMEOUT|DEADLINE/i.test(code)) return "ambiguous";
  return "invalid";
}

function made(meaning: Meaning, said: string, detail: FaultDetail): Fault {
  const { kind, code, hint, scope } = meaning;
  return new Fault(kind, `Wix ${said}`, {
    ...detail,
    code,
    ...(hint === undefined ? {} : { hint }),
    ...(scope === undefined ? {} : { scope }),
  });
}

export function slugTaken(slug: string, holder: string): Fault {
  return new Fault("conflict", `the slug "${slug}" is taken by entry ${holder}`, {
    code: "slug-taken",
    hint: "choose another slug, or bind the file to that entry: ainstein-cms link <path> <id>",
  });
}

export function gone(id: string): Fault {
  return goneFault(`entry ${id} is no longer on the site`);
}
