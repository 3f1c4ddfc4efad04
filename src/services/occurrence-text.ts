// An occurrence in words, for services that take a message: one line each in the order it was told.
import type { Inputs } from "./provider.ts";

const HEADLINES: Readonly<Record<string, string>> = {
  form_submission: "A form was sent",
  user_registration: "Somebody registered",
  checkout: "An order was placed",
  content_published: "Content was published",
  content_updated: "Content was updated",
  run_failed: "A run failed",
};

/** A rule: what happened, in a few words. */
export function headline({ event, named }: Inputs): string {
  const what = HEADLINES[String(named?.point)] ?? "Something happened";
  const about = event?.form ?? event?.title ?? event?.order_id ?? event?.run;
  return about === undefined || about === null
    ? what
    : `${what}: ${String(about).replace(/\s+/g, " ").trim().slice(0, 120)}`;
}

/** A rule: the headline, and each field on a line of its own. */
export function fullText(inputs: Inputs): string {
  const lines = Object.entries(inputs.event ?? {}).flatMap(([name, value]) =>
    value === null || value === "" ? [] : [`${name}: ${value}`],
  );
  return [headline(inputs), ...lines].join("\n");
}

/** A rule: as `fullText`, in as much as a text message takes. */
export function shortText(inputs: Inputs): string {
  const signs = Array.from(fullText(inputs));
  return signs.length <= 600 ? signs.join("") : `${signs.slice(0, 599).join("")}…`;
}
