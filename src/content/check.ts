import { readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { asFault, Fault, type Place } from "../lib/fault.ts";
import { isObject, type Json } from "../lib/json.ts";
import { leftOutFiles } from "./absence.ts";
import { checkFields, savedNaming, savedTargets } from "./check-fields.ts";
import { CONFIG_FILE, type Config, LOCK_FILE, loadConfig } from "./config.ts";
import { isDate, toInstant } from "./date.ts";
import { fenceFaults } from "./fences.ts";
import { readFieldsFile } from "./fields-file.ts";
import { parseLockfile } from "./lockfile.ts";
import { isLocalRef, linkedMedia, resolveMedia } from "./media.ts";
import { refuseTooLarge } from "./media-size.ts";
import { hasMediaExtension } from "./media-types.ts";
import { decodeSlug } from "./path.ts";
import { isDocumentPath, type Reading, readDocument } from "./read.ts";
import { type Reference, referencesIn } from "./references.ts";
import { lineOf, parseSource } from "./source.ts";
import { isInside, walkTree } from "./tree.ts";

export interface Problem {
  readonly level: "error" | "warning";
  readonly fault: Fault;
}

export interface Checked {
  readonly documents: number;
  readonly problems: readonly Problem[];
}

export interface CheckOptions {
  /** Absolute path of the lockfile. */
  readonly lockfile: string;
  /** Which files to report on, by path below the root. */
  readonly wanted: (path: string) => boolean;
  /** Aborted between two files. */
  readonly signal: AbortSignal;
}

/** Kind of documents that name none, for telling slugs apart; offline no platform is there to say its own. */
const DEFAULT_KIND = "post";

/** Everything that can be known about a root without a site: never asks the network, reads no secret. */
export async function checkTree(root: string, options: CheckOptions): Promise<Checked> {
  const problems: Problem[] = [];
  const add = (fault: Fault, level: Problem["level"] = "error") => problems.push({ level, fault });
  const config = await loadConfig(root).catch((thrown: unknown) => {
    add(asFault(thrown));
    return undefined;
  });
  const locked = await readLocked(options.lockfile).catch((thrown: unknown) => {
    add(asFault(thrown));
    return [];
  });
  const saved = await readFieldsFile(root).catch((thrown: unknown) => {
    add(asFault(thrown));
    return {};
  });
  if (config === undefined) return { documents: 0, problems };
  const known = savedTargets(config, saved);
  const tree = await walkTree(root, {
    ignore: config.ignore,
    wanted: (path) => isDocumentPath(config, path),
  });
  for (const fault of tree.problems) if (options.wanted(fault.place?.file ?? "")) add(fault);
  const readings: Reading[] = [];
  let documents = 0;
  for (const file of tree.files) {
    options.signal.throwIfAborted();
    const wanted = options.wanted(file.path);
    try {
      const reading = readDocument(
        parseSource(await readFile(file.absolute), file.path),
        config,
        DEFAULT_KIND,
        savedNaming(known),
      );
      if (reading === undefined) continue;
      readings.push(reading);
      if (!wanted) continue;
      documents += 1;
      for (const warning of reading.warnings) add(warning, "warning");
      for (const fault of checkFields(known, config, reading)) add(fault);
      for (const problem of await checkDocument(root, config, reading)) problems.push(problem);
    } catch (thrown) {
      if (!wanted) continue;
      documents += 1;
      add(unreadable(file.path, thrown));
    }
  }
  for (const fault of sameSlugs(readings)) if (options.wanted(fault.place?.file ?? "")) add(fault);
  const placed = new Set([...readings.map((reading) => reading.source.path), ...problems.map(placeFile)]);
  const others = locked.filter((path) => options.wanted(path) && !placed.has(path));
  for (const [path, { reason }] of await leftOutFiles(root, config, others)) {
    add(leftOutFault(path, reason), "warning");
  }
  return { documents, problems: problems.sort(byPlace) };
}

/** Paths of the files that the lockfile binds to entries, each once. */
async function readLocked(path: string): Promise<readonly string[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw unreadable(LOCK_FILE, cause);
  }
  return [...new Set(parseLockfile(text, LOCK_FILE).entries.map((line) => line.path))];
}

/** Its entry is neither changed nor removed any more, which whoever narrowed the rules may not have meant. */
function leftOutFault(path: string, reason: string): Fault {
  return new Fault("invalid", `The lockfile binds it to an entry, but it is ${reason}`, {
    code: "left-out",
    place: { file: path },
  });
}

function placeFile({ fault }: Problem): string {
  return fault.place?.file ?? "";
}

async function checkDocument(root: string, config: Config, reading: Reading): Promise<Problem[]> {
  const problems: Problem[] = [];
  const { source, document } = reading;
  const attempt = async (place: Omit<Place, "file">, run: () => unknown): Promise<void> => {
    try {
      await run();
    } catch (thrown) {
      const fault = asFault(thrown);
      // What links to it is sent all the same, as a run says.
      const level = fault.code === "link-missing" ? "warning" : "error";
      problems.push({ level, fault: placed(fault, { file: source.path, ...place }) });
    }
  };
  const at = (field: string): Omit<Place, "file"> => {
    const line = lineOf(source, reading.names.get(field) ?? field);
    return { field, ...(line === undefined ? {} : { line }) };
  };
  await attempt(at("date"), () => checkDate(reading, config.timezone));
  await attempt(at("image"), () => checkImage(root, config, source.path, document.fields.image));
  for (const fault of fenceFaults(source)) problems.push({ level: "error", fault });
  for (const reference of referencesIn(source.body)) {
    const line = source.format === "json" ? source.bodyLine : source.bodyLine + reference.line - 1;
    await attempt({ line }, () => checkReference(root, config, source.path, reference));
  }
  return problems;
}

function checkDate(reading: Reading, timezone: string | undefined): void {
  const { date } = reading.document.fields;
  if (typeof date === "string" && timezone !== undefined && isDate(date)) toInstant(date, timezone);
  if (reading.state === "scheduled" && date === undefined) {
    throw new Fault("invalid", "`status: scheduled` needs a `date:`", { code: "date-missing" });
  }
}

async function checkImage(
  root: string,
  config: Config,
  path: string,
  image: Json | undefined,
): Promise<void> {
  const src = isObject(image) ? image.src : image;
  if (src === undefined) return;
  if (typeof src !== "string") {
    throw new Fault("invalid", "`image` must be a path, or `{ src, alt }`", { code: "field-type" });
  }
  if (isLocalRef(src)) await checkShown(root, config, path, src);
}

/** A file that a run would take, as far as files alone can tell. */
async function checkShown(root: string, { media }: Config, path: string, ref: string): Promise<void> {
  const file = await resolveMedia(root, path, ref, media);
  if (media.maxWidth === undefined || media.onTooLarge === "shrink") return;
  await refuseTooLarge(file, await readFile(join(root, file.path)), media, { file: path });
}

async function checkReference(
  root: string,
  config: Config,
  path: string,
  reference: Reference,
): Promise<void> {
  const { ref, type } = reference;
  if (!isLocalRef(ref)) return;
  if (type === "image") await checkShown(root, config, path, ref);
  else if (!hasMediaExtension(ref) || (await linkedMedia(root, path, ref, config.media)) === undefined)
    await checkLink(root, path, ref);
}

/** Links to files must lead to one; `/about/` is an address of the site, which only the site knows. */
async function checkLink(root: string, path: string, ref: string): Promise<void> {
  const target = decodeSlug(ref.replace(/[?#].*$/s, ""));
  const isFile =
    /\.(md|markdown|json)$/i.test(target) || (!target.startsWith("/") && /\.[a-z0-9]{2,5}$/i.test(target));
  if (!isFile || target.includes("\0")) return;
  const absolute = target.startsWith("/") ? join(root, target) : resolve(root, dirname(path), target);
  const real = await realpath(absolute).catch(() => undefined);
  const inside = isInside(await realpath(root), real ?? resolve(await realpath(root), dirname(path), target));
  if (!inside) {
    throw new Fault("invalid", `The link ${JSON.stringify(ref)} leads out of the root`, {
      code: "link-outside",
    });
  }
  if (real === undefined || !(await stat(real)).isFile()) {
    throw new Fault("invalid", `The link ${JSON.stringify(ref)} leads to no file`, {
      code: "link-missing",
      hint: "Correct the path, or add the file.",
    });
  }
}

/** Two documents that would be one entry: the same kind, scope, slug and locale. */
function sameSlugs(readings: readonly Reading[]): Fault[] {
  const byKey = new Map<string, Reading[]>();
  for (const reading of readings) {
    const { kind, locale, fields } = reading.document;
    const scope = [fields.parent ?? "", fields.blog ?? ""];
    const key = JSON.stringify([kind, scope, locale, decodeSlug(reading.slug)]);
    byKey.set(key, [...(byKey.get(key) ?? []), reading]);
  }
  return [...byKey.values()]
    .filter((same) => same.length > 1)
    .flatMap((same) =>
      same.map((reading) => {
        const { path } = reading.source;
        const other = same.find((candidate) => candidate !== reading)?.source.path ?? path;
        const line = lineOf(reading.source, reading.names.get("slug") ?? "slug");
        return new Fault("invalid", `The slug \`${reading.slug}\` is that of ${JSON.stringify(other)} too`, {
          code: "slug-twice",
          place: { file: path, line: line ?? 1, field: "slug" },
          hint: "Give one of them another `slug:`.",
        });
      }),
    );
}

function placed(fault: Fault, place: Place): Fault {
  const { kind, message, code, hint } = fault;
  return new Fault(kind, message, { code, place, cause: fault, ...(hint === undefined ? {} : { hint }) });
}

function unreadable(path: string, thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  return new Fault(
    "invalid",
    `${path} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    {
      code: "unreadable",
      place: { file: path },
      cause: thrown,
    },
  );
}

/** The configuration first, because what it says decides about the rest; then by file and line. */
function byPlace(a: Problem, b: Problem): number {
  const [left, right] = [a.fault.place, b.fault.place];
  const rank = (place: Place | undefined) =>
    place?.file === CONFIG_FILE ? 0 : place?.file === LOCK_FILE ? 1 : 2;
  if (rank(left) !== rank(right)) return rank(left) - rank(right);
  if (left?.file !== right?.file) return (left?.file ?? "") < (right?.file ?? "") ? -1 : 1;
  return (left?.line ?? 0) - (right?.line ?? 0) || (left?.column ?? 0) - (right?.column ?? 0);
}
