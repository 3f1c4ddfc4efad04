// Create once, update what is still as it was, and remove.
import { Fault, isFault, throwUnsent } from "../../lib/fault.ts";
import { type Json, type JsonObject, sameJson } from "../../lib/json.ts";
import type { Draft, Entry, Expected } from "../contract.ts";
import { goneFault } from "../gone.ts";
import type { Bundle } from "./bundles.ts";
import { CODES, refuseWrite, slugTaken, workingCopy } from "./faults.ts";
import { decodeIntent, refuseTaken } from "./find.ts";
import { type Input, inputOf } from "./inputs.ts";
import { codeOf, prefixOf, readEntry, readNode, seenBy } from "./read.ts";
import { decodeOne, type Resource, textIn } from "./resource.ts";
import { entryOf, type Node, settled } from "./rows.ts";
import { keptAll } from "./same.ts";
import { lookAtShown } from "./shown.ts";
import { JSON_API, type Site } from "./site.ts";
import { waitFor } from "./wait.ts";

export async function create(site: Site, draft: Draft, intentJson: Json): Promise<Entry> {
  const bundle = await site.bundle(draft.kind);
  const { id, slug, folder } = decodeIntent(intentJson);
  const code = await codeOf(site, draft.locale);
  const wire = withoutNulls({ ...draft.wire, slug, folder });
  // Content types that are not translated refuse even their own language.
  const isFirst = code === undefined || code === (await site.languages())?.fallback;
  const language = isFirst ? {} : { langcode: code };
  try {
    const row = await inSomeFormat(site, bundle, wire, (format, begins) => {
      const input = inputOf(wire, { bundle, current: undefined, format });
      const attributes = { ...language, ...input.attributes };
      return sendNew(site, bundle, { id, attributes, relationships: input.relationships, begins });
    });
    return entryOf(settled(row), bundle, await seenBy(site));
  } catch (thrown) {
    if (!isFault(thrown) || thrown.code !== CODES.exists) throw thrown;
    return earlierOf(site, bundle, draft, id, slug);
  }
}

/** There is nothing to clear in a new entry. */
const withoutNulls = (wire: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(wire).filter(([, value]) => value !== null));

/** The id was free when the create was written down: what has it now is what an earlier try, or another machine, made. */
async function earlierOf(site: Site, bundle: Bundle, draft: Draft, id: string, slug: string): Promise<Entry> {
  const entry = await readEntry(site, bundle, { id, locale: draft.locale });
  if (entry !== undefined && keptAll(draft.wire, entry.wire)) return entry;
  throw slugTaken(slug, id);
}

const STATUS = "drupal.cannot-set-status";

interface NewNode extends Input {
  readonly id: string;
  readonly begins: boolean;
}

/**
 * Who does not administer content may not say whether a new entry is published. One that is to be is sent once more without
 * saying so, since that is what Drupal makes then; the answer tells. A draft is never sent so.
 */
async function sendNew(site: Site, bundle: Bundle, node: NewNode): Promise<Resource> {
  const { id, relationships, begins } = node;
  const send = (attributes: JsonObject, first: boolean) =>
    sendNode(
      site,
      { method: "POST", path: bundle.path, lang: undefined, bundle, id, begins: first },
      { attributes, relationships },
    );
  try {
    return await send(node.attributes, begins);
  } catch (thrown) {
    const { status, ...rest } = node.attributes;
    if (isFault(thrown) && thrown.code === STATUS && /moderated entities/.test(thrown.message)) {
      // A content type without entries does not show that it is moderated.
      return await send({ ...rest, moderation_state: status === true ? "published" : "draft" }, false);
    }
    if (!isFault(thrown) || thrown.code !== STATUS || status !== true) throw thrown;
    return await send(rest, false);
  }
}

/** Text formats to try, best first. Plain text would show the body's tags as text, and restricted HTML drops most. */
function formatsFor(site: Site, { formats }: Bundle): readonly string[] {
  const { format = "" } = site.context.settings;
  if (format !== "") return [format];
  const seen = formats.filter((name) => !["plain_text", "restricted_html"].includes(name));
  const all = [...new Set(["full_html", "basic_html", ...seen])].filter(
    (name) => !site.closedFormats.has(name),
  );
  return all.length > 0 ? all : ["basic_html"];
}

/** A refused format (422) means that nothing was stored: then the next one is tried. */
async function inSomeFormat<T>(
  site: Site,
  bundle: Bundle,
  wire: JsonObject,
  send: (format: string, begins: boolean) => Promise<T>,
): Promise<T> {
  const formats = formatsFor(site, bundle);
  for (const [index, format] of formats.entries()) {
    try {
      return await send(format, index === 0);
    } catch (thrown) {
      const isLast = index === formats.length - 1;
      const refused = isFault(thrown) && thrown.code === CODES.format && (wire.format ?? null) === null;
      if (!refused || isLast) throw thrown;
      site.closedFormats.add(format);
    }
  }
  throw new Fault("defect", "there is no text format to try");
}

interface Sending {
  readonly method: "POST" | "PATCH";
  readonly path: string;
  readonly lang: string | undefined;
  readonly bundle: Bundle;
  readonly id: string;
  readonly begins: boolean;
}

/** With what the revision says of how it came about, unless the site does not let the account say that. */
async function sendNode(site: Site, sending: Sending, input: Input): Promise<Resource> {
  const { log = "" } = site.context.settings;
  const said = log === "" || site.silent ? {} : { revision_log: log };
  try {
    return await sendOnce(site, sending, { ...input, attributes: { ...input.attributes, ...said } });
  } catch (thrown) {
    if (!isFault(thrown) || thrown.code !== "drupal.cannot-set-revision_log") throw thrown;
    site.silent = true;
    return await sendOnce(site, { ...sending, begins: false }, input);
  }
}

async function sendOnce(
  site: Site,
  { method, path, lang, bundle, id, begins }: Sending,
  { attributes, relationships }: Input,
): Promise<Resource> {
  const related = Object.keys(relationships).length === 0 ? {} : { relationships };
  const data = { type: bundle.type, id, attributes, ...related };
  try {
    const { value } = await site.context.http.send({
      method,
      path: site.address(path, lang),
      headers: { accept: JSON_API, "content-type": JSON_API },
      body: { json: { data } },
      repeatable: false,
      ...(begins ? { begins } : {}),
      decode: decodeOne,
      refuse: refuseWrite,
    });
    site.numbers.set(value.id, Number(value.attributes.drupal_internal__nid));
    lookAtShown(value, site.hidden);
    return value;
  } catch (thrown) {
    // A wrong password, or a locked account, is refused without a word.
    if (isFault(thrown) && thrown.code === CODES.refused) await site.prove();
    throw thrown;
  }
}

// --- Updates ---------------------------------------------------------------------------------------------------

/** One writer of an entry at a time, its translations among them: two wedge it, so that no one can change it any more. */
function inTurn<T>(site: Site, id: string, work: () => Promise<T>): Promise<T> {
  const turn = (site.turns.get(id) ?? Promise.resolve()).then(work, work);
  site.turns.set(
    id,
    turn.catch(() => undefined),
  );
  return turn;
}

export function update(site: Site, id: string, draft: Draft, expected: Expected): Promise<Entry> {
  return inTurn(site, id, () => updateNow(site, id, draft, expected));
}

async function updateNow(site: Site, id: string, draft: Draft, expected: Expected): Promise<Entry> {
  const bundle = await site.bundle(draft.kind);
  const { node, entry } = await stillExpected(site, bundle, id, draft.locale, expected).catch(throwUnsent);
  if (entry.pendingChanges) throw workingCopy();
  const { live } = node;
  const wanted = changed(draft.wire, entry.wire);
  if (wanted.slug !== undefined || wanted.folder !== undefined) {
    const place = { slug: String(wanted.slug ?? entry.slug), folder: String(wanted.folder ?? entry.scope) };
    await refuseTaken(site, bundle, place, id, draft.locale).catch(throwUnsent);
  }
  // Refuses what Drupal has no field for, too.
  inputOf(draft.wire, { bundle, current: live, format: "" });
  if (Object.keys(wanted).length === 0) return entry;
  const lang = await prefixOf(site, draft.locale);
  const path = `${bundle.path}/${id}`;
  try {
    const row = await inSomeFormat(site, bundle, wanted, (format, begins) => {
      const input = inputOf(wanted, { bundle, current: live, format });
      const attributes = { ...input.attributes, revision_timestamp: textIn(live, "revision_timestamp") };
      return sendNode(site, { method: "PATCH", path, lang, bundle, id, begins }, { ...input, attributes });
    });
    return entryOf(settled(row), bundle, await seenBy(site));
  } catch (thrown) {
    if (isFault(thrown) && thrown.code === CODES.noEntry) throw gone(id);
    if (isFault(thrown) && thrown.code === CODES.stale) throw moved(id, "it was saved again");
    if (!isFault(thrown, "ambiguous")) throw thrown;
    // Never sent again: a second one could hit a newer edit, and two at a time wedge the entry.
    const landed = await waitFor(site.context.clock, async () => {
      const now = await readEntry(site, bundle, { id, locale: draft.locale });
      return now !== undefined && keptAll(draft.wire, now.wire) ? now : undefined;
    });
    if (landed === undefined) throw thrown;
    return landed;
  }
}

/** Only what differs is sent: some accounts may not name a field whose value they leave as it is. */
function changed(wire: JsonObject, now: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(wire).filter(([name, value]) => !sameJson(value, now[name] ?? null)),
  );
}

function gone(id: string): Fault {
  return goneFault(`entry ${id} is gone`);
}

function moved(id: string, what: string): Fault {
  return new Fault("conflict", `entry ${id} is no longer as it was read (${what})`, {
    code: "moved",
    hint: "run `ainstein-cms diff` to see both sides, then pull or push again",
  });
}

/**
 * Read, compared, and only then written. The write names the time of the revision that was read, which Drupal compares in
 * whole seconds: a small race remains.
 */
async function stillExpected(
  site: Site,
  bundle: Bundle,
  id: string,
  locale: string,
  expected: Expected,
): Promise<{ readonly node: Node; readonly entry: Entry }> {
  const node = await readNode(site, bundle, { id, locale });
  if (node === undefined) throw gone(id);
  const entry = entryOf(node, bundle, await seenBy(site));
  const names = new Set([...Object.keys(entry.wire), ...Object.keys(expected.wire)]);
  const differing = [...names].filter(
    (name) => !sameJson(entry.wire[name] ?? null, expected.wire[name] ?? null),
  );
  if (differing.length === 0 && entry.revision === expected.revision) return { node, entry };
  throw moved(id, differing.length === 0 ? "it was saved again" : `changed: ${differing.join(", ")}`);
}

// --- Removals ------------------------------------------------------------------------------------------------

export function remove(site: Site, id: string, kind: string, expected: Expected): Promise<void> {
  return inTurn(site, id, async () => {
    const bundle = await site.bundle(kind);
    try {
      const locale = await onlyLanguage(site, bundle, id, expected);
      if (locale === undefined) return;
      await stillExpected(site, bundle, id, locale, expected).catch(throwUnsent);
      await sendRemoval(site, `${bundle.path}/${id}`).catch(async (thrown: unknown) => {
        if (!(await isGone(site, bundle, { id, locale }, thrown))) throw thrown;
      });
    } catch (thrown) {
      if (isFault(thrown) && (thrown.code === "gone" || thrown.code === CODES.noEntry)) return;
      throw thrown;
    }
  });
}

/** A removal takes all translations with it. Undefined where the entry is gone. */
async function onlyLanguage(
  site: Site,
  bundle: Bundle,
  id: string,
  expected: Expected,
): Promise<string | undefined> {
  const languages = await site.languages();
  const locales = languages === undefined ? [""] : ["", ...languages.locales.values()];
  const spoken: string[] = [];
  let matches: string | undefined;
  for (const locale of locales) {
    const entry = await readEntry(site, bundle, { id, locale }).catch(throwUnsent);
    if (entry === undefined) continue;
    spoken.push(locale);
    if (entry.revision === expected.revision) matches = locale;
  }
  if (spoken.length < 2) return matches ?? spoken[0];
  throw new Fault(
    "unsupported",
    `entry ${id} is there in ${spoken.join(", ")}, and JSON:API removes them all at once`,
    {
      code: "drupal.removes-translations",
      unsent: true,
      hint: "remove the translation on the site (tab Translate of the entry)",
    },
  );
}

/** Whether a removal was carried out whose last answer was lost, too. What cannot be looked at now is not known to be gone. */
async function isGone(
  site: Site,
  bundle: Bundle,
  ref: { readonly id: string; readonly locale: string },
  thrown: unknown,
): Promise<boolean> {
  if (!isFault(thrown, "ambiguous") && !isFault(thrown, "unavailable")) return false;
  if (thrown.unsent) return false;
  return readEntry(site, bundle, ref).then(
    (entry) => entry === undefined,
    () => false,
  );
}

async function sendRemoval(site: Site, path: string): Promise<void> {
  await site.context.http.send({
    method: "DELETE",
    path: site.address(path),
    headers: { accept: JSON_API },
    repeatable: true,
    begins: true,
    as: "text",
    decode: () => undefined,
    refuse: refuseWrite,
  });
}
