// What articles, blogs, pages and products have in common when they are written.
import type { Asking, UserError } from "./context.ts";
import { accessDenied, mayAny, userError } from "./context.ts";
import { type MetafieldInput, metafieldFaults, putMetafields } from "./metafields.ts";
import { nowStamp, type ShopStore } from "./state.ts";

/** GraphQL's difference between a field that was left out and one that is null. */
export type Given<T> = T | null | undefined;

export interface EntryInput {
  readonly title?: Given<string>;
  readonly handle?: Given<string>;
  readonly templateSuffix?: Given<string>;
  readonly metafields?: Given<readonly MetafieldInput[]>;
}

export const TITLE_LIMIT = 255;

/** `Über uns!` is `uber-uns`. */
export function handleFrom(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "")
    .slice(0, TITLE_LIMIT);
}

/** The handle to store, or why there is none. `taken` says whether another entry has it. */
export function chooseHandle(
  store: ShopStore,
  given: Given<string>,
  title: string,
  taken: (handle: string) => boolean,
  field: readonly string[],
): { readonly handle: string; readonly fault?: UserError } {
  const explicit = given !== null && given !== undefined && given !== "";
  const wanted = handleFrom(explicit ? given : title) || "untitled";
  if (!taken(wanted)) return { handle: wanted };
  if (explicit && store.behaviours.handleCollision === "taken") {
    const fault = userError([...field, "handle"], "TAKEN", "Handle has already been taken");
    return { handle: wanted, fault };
  }
  let suffix = 1;
  while (taken(`${wanted}-${suffix}`)) suffix += 1;
  return { handle: `${wanted}-${suffix}` };
}

/** What is wrong with a title and metafields. On an update a title that was left out stays. */
export function entryFaults(
  store: ShopStore,
  input: EntryInput,
  field: readonly string[],
  creates: boolean,
): UserError[] {
  const faults: UserError[] = [];
  const { title, metafields } = input;
  if ((creates || title !== undefined) && (title ?? "").trim() === "") {
    faults.push(userError([...field, "title"], "BLANK", "Title can't be blank"));
  } else if ((title ?? "").length > TITLE_LIMIT) {
    const message = `Title is too long (maximum is ${TITLE_LIMIT} characters)`;
    faults.push(userError([...field, "title"], "TOO_LONG", message));
  }
  return [...faults, ...metafieldFaults(store, metafields ?? [], [...field, "metafields"])];
}

export interface PublishInput {
  readonly isPublished?: Given<boolean>;
  readonly publishDate?: Given<string>;
}

export function publishFault(
  store: ShopStore,
  { isPublished, publishDate }: PublishInput,
  field: readonly string[],
): UserError | undefined {
  const ahead = typeof publishDate === "string" && Date.parse(publishDate) > store.clock.now();
  if (isPublished !== true || !ahead) return undefined;
  const message = "Can’t set isPublished to true and also set a future publish date.";
  return userError([...field, "publishDate"], "INVALID_PUBLISH_DATE", message);
}

/** When the entry became or will become visible; `former` is that of an update. */
export function publishedAt(
  store: ShopStore,
  { isPublished, publishDate }: PublishInput,
  former: string | null | undefined,
): string | null {
  const date = typeof publishDate === "string" ? inSeconds(publishDate) : undefined;
  const ahead = date !== undefined && Date.parse(date) > store.clock.now();
  if (isPublished === false) return ahead ? date : null;
  if (date !== undefined) return date;
  if (publishDate === null && isPublished !== true) return null;
  if (isPublished === true || former === undefined) {
    const visible = typeof former === "string" && Date.parse(former) <= store.clock.now();
    return visible ? former : nowStamp(store);
  }
  return former;
}

function inSeconds(date: string): string {
  return `${new Date(Date.parse(date)).toISOString().slice(0, 19)}Z`;
}

/** Puts what is new into the entry; says whether anything was. Metafields count as a change of their owner. */
export function applyChanges<T extends { readonly id: string; updatedAt: string }>(
  asking: Asking,
  entry: T,
  changes: Partial<T>,
  metafields: readonly MetafieldInput[],
): void {
  const { store } = asking;
  const before = JSON.stringify(entry);
  Object.assign(entry, changes);
  const changed = putMetafields(store, entry.id, metafields);
  if (JSON.stringify(entry) !== before || changed) entry.updatedAt = nowStamp(store);
  asking.wrote = true;
}

/** `a, b` and `["a", "b"]` alike: trimmed, each once whatever its case. */
export function tagList(tags: readonly string[]): string[] {
  const byKey = new Map<string, string>();
  for (const tag of tags.flatMap((one) => one.split(",")).map((one) => one.trim())) {
    if (tag !== "" && !byKey.has(tag.toLowerCase())) byKey.set(tag.toLowerCase(), tag);
  }
  return [...byKey.values()].sort();
}

const WRITERS: Readonly<Record<string, readonly string[]>> = {
  Article: ["write_content", "write_online_store_pages"],
  Blog: ["write_content", "write_online_store_pages"],
  Page: ["write_content", "write_online_store_pages"],
  Product: ["write_products"],
};

/** For mutations whose own field asks for nothing. */
export function demandWriter(asking: Asking, type: string, field: string): void {
  const wanted = WRITERS[type] ?? [];
  if (wanted.length === 0 || mayAny(asking.scopes, wanted)) return;
  throw accessDenied(field, `Any of ${wanted.map((scope) => `\`${scope}\``).join(", ")} access scopes.`);
}
