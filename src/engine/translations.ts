// Which entries say the same in several languages.
import type { Entry } from "../connectors/contract.ts";
import { placeIn } from "../content/locale.ts";
import { readDocument, ruleFor } from "../content/read.ts";
import { parseSource } from "../content/source.ts";
import { Fault, isFault } from "../lib/fault.ts";
import type { Base } from "../sync/model.ts";
import type { Step } from "../sync/plan.ts";
import type { Applying } from "./applying.ts";
import type { GatherInput, Problem } from "./gather.ts";
import type { Pair } from "./pair.ts";
import type { Root } from "./root.ts";
import type { FileFacts, LoadedFile } from "./scan.ts";
import { rowKey, type Site } from "./site.ts";

interface Groups {
  /** Paths of files by what their translations share with them. */
  readonly paths: Promise<Map<string, readonly string[]>>;
  /** The last create of each group: the next one must find its entry. */
  readonly turns: Map<string, Promise<unknown>>;
}

/** By the lines of a run. */
const running = new WeakMap<Map<string, Base>, Groups>();

/**
 * Creates an entry as the translation of one that the site has, one of a group after the other. Where the site has one in
 * this language already, the new one stays by itself, and the operator is told.
 */
export async function amongTranslations(
  applying: Applying,
  step: Step,
  file: LoadedFile,
  create: (told: { readonly translationOf?: string }) => Promise<Entry>,
): Promise<Entry> {
  const { site, root, lines } = applying;
  const { group } = file.reading;
  if (site.model.languages === undefined || group === "" || file.document.locale === "") return create({});
  const groups = running.get(lines) ?? { paths: filesByGroup(root, lines.keys()), turns: new Map() };
  running.set(lines, groups);
  const key = `${file.document.kind}\0${group}`;
  const before = groups.turns.get(key);
  // What this one waits for may be in the same group.
  if (before !== undefined) applying.together.get(step)?.leave();
  const turn = (before ?? Promise.resolve()).then(async () => {
    const paths = (await groups.paths).get(group) ?? [];
    const translationOf = sibling(applying, file, paths);
    const entry = await create(translationOf === undefined ? {} : { translationOf });
    (await groups.paths).set(group, [...paths, file.path]);
    return entry;
  });
  groups.turns.set(
    key,
    turn.catch(() => undefined),
  );
  return turn;
}

/**
 * Leaves out the new files that would become translations of entries where the platform can only change translations
 * that are there; each is a problem. Of new files that belong together the one in the site's first language stays.
 */
export async function withoutNewTranslations(
  { site, root }: Pick<GatherInput, "site" | "root">,
  pairs: readonly Pair[],
  problems: Problem[],
): Promise<readonly Pair[]> {
  const { model, target } = site;
  const fresh = pairs.flatMap(({ base, row, file }) =>
    base === undefined && row === undefined && file !== undefined && file.group !== "" ? [file] : [],
  );
  if (target.connector.traits.translations !== "existing" || model.languages === undefined) return pairs;
  if (fresh.length === 0) return pairs;
  const known = pairs.flatMap(({ scanned, row }) =>
    scanned === undefined || row === undefined ? [] : [scanned.path],
  );
  const originals = await filesByGroup(root, known);
  const { fallback } = model.languages;
  const refused = new Set<string>();
  for (const file of fresh.sort((a, b) => Number(b.locale === fallback) - Number(a.locale === fallback))) {
    const [original] = originals.get(file.group) ?? [];
    if (original === undefined) originals.set(file.group, [file.path]);
    else {
      refused.add(file.path);
      problems.push({ path: file.path, fault: notMadeHere(site, file, original) });
    }
  }
  return pairs.filter(({ scanned }) => scanned === undefined || !refused.has(scanned.path));
}

function notMadeHere({ target, account }: Site, { path, locale }: FileFacts, original: string): Fault {
  return new Fault(
    "unsupported",
    `${target.platform} lets nobody from outside add the "${locale}" translation of ${original}: it can only be changed once it is there`,
    {
      code: "translation-not-made",
      place: { file: path },
      hint: `add the translation in the screens of ${account.siteTitle}, under the slug of this file, and run the command again`,
    },
  );
}

/** Files that cannot be read have their own fault. */
async function filesByGroup(root: Root, paths: Iterable<string>): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const path of paths) {
    const group = await groupAt(root, path);
    if (group !== "") found.set(group, [...(found.get(group) ?? []), path]);
  }
  return found;
}

async function groupAt(root: Root, path: string): Promise<string> {
  const bytes = await root.read(path).catch(() => undefined);
  if (bytes === undefined) return "";
  try {
    return readDocument(parseSource(bytes, path), root.config, "")?.group ?? "";
  } catch (thrown) {
    if (isFault(thrown, "invalid")) return "";
    throw thrown;
  }
}

function sibling(
  { site, lines, emit }: Applying,
  file: LoadedFile,
  paths: readonly string[],
): string | undefined {
  const { kind, locale } = file.document;
  const others = paths.flatMap((path) => {
    const line = lines.get(path);
    if (line === undefined || line.locale === locale) return [];
    return site.listing.get(rowKey({ kind, id: line.id, locale: line.locale })) ?? [];
  });
  const original = others.find((row) => row.locale === site.model.languages?.fallback) ?? others[0];
  if (original === undefined) return undefined;
  const { group } = original;
  const taken = group === undefined ? undefined : inGroup(site.listing, kind, group, locale);
  if (taken === undefined) return original.id;
  emit({
    type: "notice",
    target: site.target.name,
    level: "warning",
    message: `${file.path} is not linked to its translations: on the site entry ${taken.id} is the one in "${locale}"`,
    hint: "two files of one language share a `translationKey`, or the site links another entry",
  });
  return undefined;
}

function inGroup(listing: Site["listing"], kind: string, group: string, locale: string) {
  for (const row of listing.values()) {
    if (row.group === group && row.locale === locale && row.kind === kind) return row;
  }
  return undefined;
}

/**
 * What a new file at `path` must say so that its translations know it: the slug path of the entry in the site's first
 * language. Undefined for an entry without translations, and where the files' places say it.
 */
export function keyOf(
  { model, listing }: Pick<Site, "model" | "listing">,
  root: Root,
  entry: Entry,
  path: string,
) {
  if (entry.group === undefined) return undefined;
  const all = [...listing.values()].filter((row) => row.kind === entry.kind && row.group === entry.group);
  if (all.length < 2) return undefined;
  const [first] = all.toSorted((a, b) => rank(a.locale) - rank(b.locale) || (a.locale < b.locale ? -1 : 1));
  function rank(locale: string): number {
    return locale === model.languages?.fallback ? 0 : 1;
  }
  if (first === undefined) throw new Fault("defect", "a group without its entries");
  const rule = ruleFor(root.config, path, {});
  const placed = rule !== undefined && placeIn(rule, path)?.locale !== "";
  if (placed && all.every((row) => row.slug === first.slug && row.scope === first.scope)) return undefined;
  return first.scope === "" ? first.slug : `${first.scope}/${first.slug}`;
}
