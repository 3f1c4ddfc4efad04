import { asFault } from "../lib/fault.ts";
import { settle } from "../store/journal.ts";
import type { Step } from "../sync/plan.ts";
import type { Applying } from "./applying.ts";

/** What a step that is about no document has nothing to say of. */
export const blankStep = {
  locale: "",
  id: undefined,
  scope: "",
  slug: "",
  url: undefined,
  changed: [],
  from: undefined,
  to: undefined,
  expects: { base: "", local: "", remote: "" },
};

/** Whether a step is about a term or an upload: a document that is linked again has a base. */
export function isSupport({ action, expects }: Step): boolean {
  return action === "term" || action === "upload" || (action === "relink" && expects.base === "");
}

export function supportIntent(applying: Applying, op: "term" | "upload", path: string, key: string) {
  return {
    run: applying.run,
    site: applying.site.account.site,
    rootId: applying.root.id,
    op,
    path,
    locale: "",
    key,
    payload: {},
  };
}

/** The documents that needed it fail by themselves, each saying what it lacks. */
export function failSupport(applying: Applying, seq: number, what: string, thrown: unknown): void {
  const fault = asFault(thrown);
  settle(applying.store, seq, "failed", { code: fault.code });
  if (fault.scope !== "item") throw fault;
  applying.emit({
    type: "notice",
    target: applying.site.target.name,
    level: "warning",
    message: `${what} could not be made: ${fault.message}`,
    ...(fault.hint === undefined ? {} : { hint: fault.hint }),
  });
}
