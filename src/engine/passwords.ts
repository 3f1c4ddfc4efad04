// Texts that visitors need a password for. Passwords are never read and never sent: only a person can give an entry one.
import type { Entry } from "../connectors/contract.ts";
import { isLive } from "../content/document.ts";
import { fieldFault } from "../content/fields.ts";
import type { LockEntry, Lockfile } from "../content/lockfile.ts";
import { Fault } from "../lib/fault.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Step } from "../sync/plan.ts";
import type { Emit } from "./events.ts";
import type { Item } from "./gather.ts";
import type { Root } from "./root.ts";
import type { LoadedFile } from "./scan.ts";
import type { Site } from "./site.ts";

/** The field of a document, and the part of an entry: true, or absent. */
const FIELD = "protected";

/** Whether a document says that its text needs a password; undefined where it says nothing of it. */
function saysProtected(fields: JsonObject): boolean | undefined {
  const value = fields[FIELD] ?? undefined;
  return value === undefined ? undefined : value !== false;
}

/** Whether the document says that it needs a password while everybody can read the entry. */
export function isOpenThere(fields: JsonObject, entry: Entry): boolean {
  return saysProtected(fields) === true && entry.protected !== true && isLive(entry.state);
}

const byLock = new WeakMap<Lockfile, ReadonlyMap<string, readonly LockEntry[]>>();

/** Lines of entries that need a password, by path; each document of a plan is asked for. */
function protectedLines(lock: Lockfile): ReadonlyMap<string, readonly LockEntry[]> {
  const known = byLock.get(lock);
  if (known !== undefined) return known;
  const found = new Map<string, LockEntry[]>();
  for (const line of lock.entries) {
    if (line.remote.parts[FIELD] === undefined) continue;
    found.set(line.path, [...(found.get(line.path) ?? []), line]);
  }
  byLock.set(lock, found);
  return found;
}

/**
 * Throws `invalid` where a step would leave a text open to everybody that needs a password: by its file, or, where that
 * says nothing, by what the lockfile tells of another site.
 */
export function refuseOpen(
  { root, site }: { readonly root: Root; readonly site: Site },
  step: Step,
  { reading, path }: LoadedFile,
  { subject, entry }: Item,
): void {
  const kept =
    entry === undefined ? subject.base?.remote.parts[FIELD] !== undefined : entry.protected === true;
  if (kept || !isLive(step.to)) return;
  const own = saysProtected(reading.document.fields);
  const elsewhere = protectedLines(root.lock)
    .get(path)
    ?.find((line) => line.target !== site.target.name);
  if (own === false || (own === undefined && elsewhere === undefined)) return;
  const where = elsewhere === undefined ? "" : ` on ${elsewhere.target}`;
  const { source, names } = reading;
  throw fieldFault(
    source,
    names.get(FIELD) ?? FIELD,
    "protected-elsewhere",
    `visitors need a password for it${where}, and ${site.account.siteTitle} would show it to everybody: passwords are neither read nor sent`,
    "Say `status: private`, or `protected: false` if everybody may read it.",
  );
}

/** The same for an entry that is made again from its kept text. */
export function refuseOpenAgain({ path, title }: Step, wire: JsonObject): void {
  if (wire[FIELD] !== true || (wire.status !== "published" && wire.status !== "scheduled")) return;
  throw new Fault("invalid", `"${title || path}" had a password, and made again everybody could read it`, {
    code: "protected-elsewhere",
    place: { file: path },
    hint: "Make it on the site by hand, with a password, and `link` the file to it.",
  });
}

/** Says once how many of the entries that come down need a password. */
export function tellPasswords(
  site: Site,
  steps: readonly Step[],
  itemOf: (step: Step) => Item | undefined,
  emit: Emit,
): void {
  const count = steps.filter((step) => {
    if (step.action !== "pull" && step.action !== "merge") return false;
    const { entry, subject } = itemOf(step) ?? {};
    return entry?.protected === true && (subject?.base === undefined || step.changed.includes(FIELD));
  }).length;
  if (count === 0) return;
  const message =
    count === 1
      ? "visitors need a password for 1 entry: its file says `protected: true`, the password itself stays on the site"
      : `visitors need a password for ${count} entries: their files say \`protected: true\`, the passwords themselves stay on the site`;
  emit({
    type: "notice",
    target: site.target.name,
    level: "info",
    message,
    hint: "no other site gets them as public entries, unless their files say `protected: false`",
  });
}
