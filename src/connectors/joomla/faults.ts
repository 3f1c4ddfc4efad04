// What Joomla says when it refuses, in the engine's terms. Pure.
import type { Refusal } from "../../http/http.ts";
import { Fault } from "../../lib/fault.ts";
import { isObject } from "../../lib/json.ts";
import { excerpt } from "../../lib/redact.ts";
import { goneFault } from "../gone.ts";

/** A write that was refused with 400: almost everything is, and some of it was saved anyway. */
export const REFUSED = "joomla.refused";
/** PHP broke while it wrote. */
export const FAILED = "joomla.failed";

const AGAIN = "connect again: ainstein-cms connect joomla --name <name>";

/** The reasons why Joomla answers 401, which it all calls "Forbidden". */
export function tokenHint(again = AGAIN): string {
  return `make a new token in Joomla under Users > Manage > (the user) > Joomla API Token, with a user who is a Super User, and ${again}. The plug-ins "User - Joomla API Token" and "API Authentication - Web Services Joomla Token" must be enabled`;
}

/** `writes`: the request may have changed something. */
export function refuse({ status, payload }: Refusal, writes: boolean, again?: string): Fault | undefined {
  const words = wordsOf(payload);
  const said = words === "" ? "" : ` ("${words}")`;
  switch (status) {
    case 400:
      return writes ? refusedWrite(words) : undefined;
    case 401:
      return new Fault("auth", `Joomla does not accept the API token${said}`, {
        code: "joomla.token",
        httpStatus: status,
        hint: tokenHint(again),
      });
    case 403:
      return new Fault("forbidden", `Joomla does not let the token's user do this${said}`, {
        code: "joomla.forbidden",
        httpStatus: status,
        hint: "give the user the rights in Joomla under System > Global Configuration > Permissions, or use a token of a Super User",
      });
    case 404:
      return new Fault("not-found", `Joomla has nothing there${said}`, {
        code: "joomla.not-found",
        httpStatus: status,
      });
    case 500:
      if (!isObject(payload)) return undefined;
      if (!writes) return cannotShow(said);
      return new Fault("ambiguous", `Joomla failed while it wrote${said}: it may have been saved`, {
        code: FAILED,
        httpStatus: status,
        hint: "run again: what was written is found first. System > Global Configuration > Logging says what failed",
      });
    default:
      return undefined;
  }
}

/** On 6.0 the plug-in "Content - Load Modules" finds no place to put its modules, and the whole list fails. */
function cannotShow(said: string): Fault {
  return new Fault("unavailable", `Joomla failed while it showed its articles${said}`, {
    code: "joomla.cannot-show",
    httpStatus: 500,
    hint: "a content plug-in may break it: on Joomla 6.0 an article with {loadposition} or {loadmodule} does. Update to 6.1, or turn off the plug-in Content - Load Modules",
  });
}

/** Joomla does not show who has an article open, so its words are all there is. */
function refusedWrite(words: string): Fault {
  const isOpen = /check[- ]?(?:ed )?out/i.test(words);
  return new Fault("invalid", `Joomla refused to save: ${words === "" ? "no reason given" : words}`, {
    code: isOpen ? "joomla.checked-out" : REFUSED,
    httpStatus: 400,
    ...(isOpen
      ? {
          hint: "somebody has the article open, or left it open: check it in under Content > Articles (the padlock), or System > Global Check-in",
        }
      : {}),
  });
}

/** `errors` is a list, and an object where PHP itself broke. */
export function wordsOf(payload: unknown): string {
  if (!isObject(payload)) return "";
  const { errors, message } = payload;
  const items: readonly unknown[] = Array.isArray(errors) ? errors : [errors ?? { title: message }];
  const texts = items.flatMap((item) => {
    const title = isObject(item) ? item.title : undefined;
    return typeof title === "string" && title.trim() !== "" ? title.trim() : [];
  });
  return excerpt(texts.join("; "), 240);
}

export function slugTaken(slug: string, id?: string, isTrashed = false): Fault {
  const holder =
    id === undefined ? "another article" : `article ${id}${isTrashed ? ", which is in the trash" : ""}`;
  return new Fault("conflict", `the alias "${slug}" belongs to ${holder} of this category`, {
    code: "slug-taken",
    hint: isTrashed
      ? "give the document another `slug:`, or empty the trash in Joomla (Content > Articles, filter Trashed)"
      : `give the document another \`slug:\`, or bind the file to it: ainstein-cms link <path> ${id ?? "<id>"}`,
  });
}

export function gone(id: string, why = "gone"): Fault {
  return goneFault(`article ${id} is ${why}`);
}
