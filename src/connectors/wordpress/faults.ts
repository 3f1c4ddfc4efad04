// What WordPress's error codes mean for a run.
// https://developer.wordpress.org/rest-api/ and the error codes of wp-includes/rest-api.
import { z } from "zod";
import type { Refusal } from "../../http/http.ts";
import { Fault, type FaultKind } from "../../lib/fault.ts";

const NO_STATUS = { data: { status: 0 } };

const errorSchema = z.object({
  code: z.string(),
  message: z.string().catch(""),
  data: z
    .object({
      params: z.record(z.string(), z.unknown()).optional().catch(undefined),
      details: z
        .record(z.string(), z.object({ data: z.object({ status: z.number() }) }).catch(NO_STATUS))
        .optional()
        .catch(undefined),
      term_id: z.coerce.number().int().positive().optional().catch(undefined),
    })
    .nullish()
    .catch(undefined),
});

export interface WordPressError {
  readonly code: string;
  readonly message: string;
  /** Names of refused request fields -> why. */
  readonly params: Readonly<Record<string, string>>;
  /** A field was refused because nobody is signed in: hidden entries may not even be asked for then. */
  readonly visitor: boolean;
  /** The equal term that stands in the way of a new one. */
  readonly termId: number | undefined;
}

/** WordPress's own error document; undefined when somebody else answered. */
export function wordpressError(payload: unknown): WordPressError | undefined {
  const parsed = errorSchema.safeParse(payload);
  if (!parsed.success) return undefined;
  const { code, message, data } = parsed.data;
  const params = Object.entries(data?.params ?? {}).map(([name, why]) => [name, String(why)] as const);
  const visitor = Object.values(data?.details ?? {}).some((detail) => detail.data.status === 401);
  return { code, message, params: Object.fromEntries(params), visitor, termId: data?.term_id };
}

interface Meaning {
  readonly kind: FaultKind;
  readonly code: string;
  readonly message?: string;
  readonly hint?: string;
}

const NEW_PASSWORD =
  "make a new application password (Users > Profile) and run `ainstein-cms connect wordpress` again";

const REST_OFF: Meaning = {
  kind: "unavailable",
  code: "wordpress.rest-off",
  message: "a plug-in has switched the REST API off",
  hint: "allow it for signed-in users in that plug-in's settings: this tool needs /wp-json/",
};

const MEANINGS: Readonly<Record<string, Meaning>> = {
  rest_not_logged_in: {
    kind: "auth",
    code: "wordpress.not-logged-in",
    message: "WordPress did not see who we are",
    hint: "the user name or the application password is wrong or was revoked, or a server in front of PHP removes the Authorization header: `ainstein-cms connections test` tells more",
  },
  incorrect_password: {
    kind: "auth",
    code: "wordpress.incorrect-password",
    message: "the application password is wrong or was revoked",
    hint: NEW_PASSWORD,
  },
  invalid_username: { kind: "auth", code: "wordpress.invalid-username", hint: "check the user name" },
  invalid_email: { kind: "auth", code: "wordpress.invalid-username", hint: "check the e-mail address" },
  application_passwords_disabled: {
    kind: "auth",
    code: "wordpress.application-passwords-off",
    hint: "a plug-in turned application passwords off for this site",
  },
  application_passwords_disabled_for_user: {
    kind: "auth",
    code: "wordpress.application-passwords-off",
    hint: "application passwords are turned off for this user",
  },
  ...Object.fromEntries(
    // As "Disable REST API", "Disable WP REST API" and security plug-ins answer in place of WordPress.
    ["rest_disabled", "rest_cannot_access", "rest_login_required", "rest_api_disabled"].map((code) => [
      code,
      REST_OFF,
    ]),
  ),
  rest_cannot_create: {
    kind: "forbidden",
    code: "wordpress.cannot-create",
    hint: "entries need a role that may write (Author or above), categories one that may manage them (Editor or above)",
  },
  rest_cannot_publish: {
    kind: "forbidden",
    code: "wordpress.cannot-publish",
    hint: "needs the right publish_posts (Author or above); `status: pending` asks an editor",
  },
  rest_cannot_edit: {
    kind: "forbidden",
    code: "wordpress.cannot-edit",
    hint: "needs the right edit_others_posts (Editor or above)",
  },
  rest_cannot_edit_others: {
    kind: "forbidden",
    code: "wordpress.cannot-edit-others",
    hint: "only an Editor or above may write for another author",
  },
  rest_cannot_assign_sticky: {
    kind: "forbidden",
    code: "wordpress.cannot-assign-sticky",
    hint: "needs the right edit_others_posts (Editor or above)",
  },
  rest_cannot_assign_term: {
    kind: "forbidden",
    code: "wordpress.cannot-assign-term",
    hint: "this role may not use these terms",
  },
  rest_cannot_delete: {
    kind: "forbidden",
    code: "wordpress.cannot-delete",
    hint: "needs the right delete_posts for this entry",
  },
  rest_cannot_update: {
    kind: "forbidden",
    code: "wordpress.cannot-update-meta",
    hint: "this role may not set that custom field: leave it out of `meta`",
  },
  rest_forbidden_context: {
    kind: "forbidden",
    code: "wordpress.cannot-edit",
    hint: "this role may not edit the entry (Editor or above may)",
  },
  rest_forbidden_status: {
    kind: "forbidden",
    code: "wordpress.cannot-edit",
    hint: "this role sees published entries only (Contributor or above sees drafts)",
  },
  rest_invalid_type: { kind: "invalid", code: "wordpress.invalid-value" },
  rest_invalid_author: { kind: "invalid", code: "wordpress.invalid-author" },
  rest_invalid_json: { kind: "defect", code: "wordpress.invalid-json" },
  empty_content: {
    kind: "invalid",
    code: "wordpress.empty",
    message: "title, body and excerpt are all empty",
  },
  rest_already_trashed: { kind: "not-found", code: "wordpress.already-trashed" },
  rest_post_invalid_id: { kind: "not-found", code: "wordpress.no-such-entry" },
  rest_revision_invalid_page_number: { kind: "not-found", code: "wordpress.no-such-page" },
  rest_trash_not_supported: {
    kind: "unsupported",
    code: "wordpress.no-trash",
    message: "this site has no trash",
    hint: "delete the entry in WordPress itself: there is no way back",
  },
  rest_upload_sideload_error: {
    kind: "invalid",
    code: "wordpress.upload-refused",
    hint: "WordPress takes only the file types on its list, and must be able to write to wp-content/uploads",
  },
  rest_upload_file_too_big: { kind: "invalid", code: "wordpress.upload-too-big" },
  rest_upload_hash_mismatch: { kind: "unavailable", code: "wordpress.upload-damaged" },
  rest_no_route: {
    kind: "unsupported",
    code: "wordpress.no-route",
    message: "the site does not offer this any more",
    hint: "was the plug-in behind this kind turned off?",
  },
};

const FIELDS: Readonly<Record<string, string>> = {
  content: "body",
  featured_media: "image",
  comment_status: "commentStatus",
};

/** Gives a refusal its meaning; undefined where only the status speaks. */
export function wordpressFault(refusal: Refusal): Fault | undefined {
  const error = wordpressError(refusal.payload);
  if (error === undefined) return undefined;
  const meaning = MEANINGS[error.code];
  const detail = { httpStatus: refusal.status };
  if ((refusal.status === 401 && meaning?.kind !== "auth") || error.visitor) {
    // 401 is WordPress's «forbidden» for visitors: credentials went missing or were not believed.
    const hint = MEANINGS.rest_not_logged_in?.hint ?? NEW_PASSWORD;
    return new Fault("auth", `WordPress answered as to a visitor: ${said(error)}`, {
      ...detail,
      code: "wordpress.anonymous",
      hint,
    });
  }
  const names = Object.entries(error.params);
  if (error.code === "rest_invalid_param" && names.length > 0) {
    const list = names.map(([name, why]) => `${FIELDS[name] ?? name}: ${why}`).join("; ");
    return new Fault("invalid", `WordPress refused ${list}`, { ...detail, code: "wordpress.invalid-value" });
  }
  if (error.code === "rest_post_invalid_id" && refusal.status === 400) {
    return new Fault("invalid", "parent: the page above is not on the site", {
      ...detail,
      code: "wordpress.no-such-parent",
    });
  }
  if (meaning === undefined) return undefined;
  const message =
    meaning.message === undefined ? `WordPress: ${said(error)}` : `${meaning.message} (${error.code})`;
  return new Fault(meaning.kind, message, {
    ...detail,
    code: meaning.code,
    ...(meaning.hint === undefined ? {} : { hint: meaning.hint }),
  });
}

/**
 * The same for a write. PHP may die after the entry is stored, so an error of the server itself says nothing about it;
 * 503 is maintenance mode, which answers before anything is done.
 */
export function refuseWrite(refusal: Refusal): Fault | undefined {
  const known = wordpressFault(refusal);
  if (known !== undefined || refusal.status < 500 || refusal.status === 503) return known;
  return new Fault("ambiguous", `the site failed (HTTP ${refusal.status}) while writing`, {
    code: "wordpress.failed-writing",
    httpStatus: refusal.status,
    hint: "the site's error log names the cause; run again: what was written is found first",
  });
}

function said(error: WordPressError): string {
  const text = decodeTags(error.message).trim();
  return text === "" ? error.code : `${text} (${error.code})`;
}

/** Messages for the login form hold markup, e.g. `<strong>Error</strong>`. */
function decodeTags(text: string): string {
  return text.replace(/<[^<>]*>/g, "");
}
