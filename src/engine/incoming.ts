import type { Entry } from "../connectors/contract.ts";
import type { Document } from "../content/document.ts";
import { nameParts } from "../content/path.ts";
import { newDocumentBytes, patchDocument, ruleFor } from "../content/read.ts";
import { removeFile, writeFileAtomic } from "../content/tree.ts";
import { Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import { foldSlug } from "../sync/match.ts";
import type { Step } from "../sync/plan.ts";
import { type Applying, currentFile, forgetLine, isRacy } from "./applying.ts";
import { baseOf } from "./compare.ts";
import { decodeEntry, decodingRefs } from "./encode.ts";
import type { Item } from "./gather.ts";
import type { Root } from "./root.ts";
import { fromSite } from "./rules.ts";
import { type LoadedFile, loadVersion, scanFile } from "./scan.ts";
import type { Site } from "./site.ts";

/** Writes the site's changes into the file, or a new file for an entry that had none. */
export async function pullEntry(applying: Applying, step: Step, item: Item): Promise<void> {
  const { entry } = item;
  if (entry === undefined)
    throw new Fault("defect", `${step.path}: planned a pull without having read the entry`);
  const file = item.subject.local === undefined ? undefined : await currentFile(applying, step, item);
  const bytes =
    file === undefined
      ? await newFile(applying, step.path, entry)
      : await pulledInto(applying.root, applying.site, file, entry, step.changed);
  // Read before it is written: a file that could not be read back would be no document.
  const after = await loadVersion(applying.root, applying.site, step.path, bytes);
  if (after === undefined) {
    throw new Fault("invalid", `no content rule takes ${step.path} as a ${entry.kind}`, {
      code: "no-rule",
      place: { file: step.path },
      hint: `add one below \`content:\` in ainstein.yaml, e.g. { dir: ${entry.kind}s, kind: ${entry.kind} }`,
    });
  }
  await writeFileAtomic(applying.root.dir, step.path, bytes);
  const line = baseOf(after, entry, isRacy(applying, entry));
  const base = item.subject.base;
  if (base !== undefined) applying.lines.delete(base.path);
  applying.lines.set(step.path, base === undefined ? line : stillToPush(line, base.local.parts, item, step));
}

/** Parts changed here that this pull left alone stay local changes: their base is what it was. */
function stillToPush(
  line: ReturnType<typeof baseOf>,
  before: Readonly<Record<string, string>>,
  item: Item,
  step: Step,
) {
  const now = item.subject.local?.fingerprint.parts ?? {};
  const pending = Object.keys({ ...before, ...now }).filter(
    (part) => before[part] !== now[part] && !step.changed.includes(part),
  );
  if (pending.length === 0) return line;
  const parts: Record<string, string> = { ...line.local.parts };
  for (const part of pending) {
    const old = before[part];
    if (old === undefined) delete parts[part];
    else parts[part] = old;
  }
  return { ...line, blob: "", local: { ...line.local, parts } };
}

async function newFile(applying: Applying, path: string, entry: Entry): Promise<Uint8Array> {
  const { site, root } = applying;
  if ((await scanFile(root, path)) !== undefined) {
    throw new Fault("conflict", `${path} exists already`, { code: "file-in-the-way", place: { file: path } });
  }
  return newDocumentBytes(
    withoutImplied(root, path, await decodeEntry(root, site, entry, []), site),
    path,
    root.config,
  );
}

/** What the file's place already says is not written into it. */
function withoutImplied(root: Root, path: string, document: Document, site: Site): Document {
  const { slug, ...fields } = document.fields;
  const named = nameParts(path).slug;
  const implied =
    typeof slug === "string" && foldSlug(slug) === foldSlug(site.target.codec.slug?.(named) ?? named);
  const kind = ruleFor(root.config, path, document.fields)?.kind ?? site.target.defaultKind;
  return {
    ...document,
    kind: kind === document.kind ? "" : document.kind,
    fields: implied ? fields : document.fields,
  };
}

/** The file as it would be with these parts taken from the entry; every other byte stays. */
export async function pulledInto(
  root: Root,
  site: Site,
  file: LoadedFile,
  entry: Entry,
  parts: readonly string[],
): Promise<Uint8Array> {
  const refs = await decodingRefs(site, entry, file.files);
  const { fields } = fromSite(root, site, site.target.codec.decode(entry, refs));
  const set: Record<string, Json> = {};
  const remove: string[] = [];
  for (const part of parts) {
    if (part === "body") continue;
    const value = fields[part];
    if (value !== undefined) set[part] = value;
    else if (file.reading.document.fields[part] !== undefined) remove.push(part);
  }
  const before = file.document.body;
  const body = parts.includes("body")
    ? site.target.codec.patchBody(before, entry.wire.body ?? "", refs)
    : before;
  return patchDocument(file.reading, { set, remove, ...(body === before ? {} : { body }) });
}

/** Moves the file of an entry that is gone to the trash directory of this run. */
export async function dropFile(applying: Applying, step: Step, item: Item): Promise<void> {
  await currentFile(applying, step, item);
  await removeFile(applying.root.dir, step.path, applying.trash);
  forgetLine(applying, item.subject.base);
}
