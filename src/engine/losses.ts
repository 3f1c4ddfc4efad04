import type { Encoded, Entry, Loss, Refs } from "../connectors/contract.ts";
import type { Document } from "../content/document.ts";
import { groupOf } from "../content/groups.ts";
import { linesWithDroppedCells } from "../content/markdown/table-cells.ts";
import type { Reading } from "../content/read.ts";
import { lineOf } from "../content/source.ts";
import { lineInBody } from "../content/title.ts";
import { Fault } from "../lib/fault.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Base, Part } from "../sync/model.ts";
import type { PlannedLoss, Step } from "../sync/plan.ts";
import { reconcile } from "../sync/reconcile.ts";
import type { Applying } from "./applying.ts";
import { clearedParts, refuseClearing, withCleared } from "./compare.ts";
import { type Lacking, lackingOn, loadRefs } from "./encode.ts";
import { type Item, itemFault, type Problem } from "./gather.ts";
import { pulledInto } from "./incoming.ts";
import { openedLosses } from "./opened.ts";
import { refuseOpen } from "./passwords.ts";
import type { Root } from "./root.ts";
import { type FileFacts, type LoadedFile, loadVersion, wholeFile } from "./scan.ts";
import type { Site } from "./site.ts";
import { SENDS, type Support } from "./support.ts";

/** The document as a step sends it: with its state, and what is to be cleared. Throws `invalid` for what cannot be. */
function sentDocument(
  step: Step,
  file: LoadedFile,
  base: Base | undefined,
  parts: readonly Part[],
): Document {
  if (step.action === "create" || step.action === "restore") return withState(file.document, step);
  const cleared = clearedParts(base, file).filter((part) => parts.includes(part));
  refuseClearing(step.path, cleared);
  return withState(withCleared(file.document, cleared), step);
}

function withState(document: Document, step: Step): Document {
  const sets = step.action === "create" || step.changed.includes("status");
  if (!sets || step.to === undefined) return document;
  return { ...document, fields: { ...document.fields, status: step.to } };
}

/** What a step sends. `parts`: those that it is about. Throws `invalid` for a document that may not go out as it is. */
export async function sentWire(
  { root, site, allowLossy }: Pick<Applying, "root" | "site" | "allowLossy">,
  step: Step,
  file: LoadedFile,
  item: Item,
  parts: readonly Part[] = step.changed,
): Promise<JsonObject> {
  refuseOpen({ root, site }, step, file, item);
  const document = sentDocument(step, file, item.subject.base, parts);
  await loadRefs(site, file.needs, file.files);
  refuseLacking(file, lackingOn(site, file.needs, file.files));
  const onto = step.action === "create" || step.action === "restore" ? undefined : item.entry;
  const refs = site.refs(document.kind, file.files, { links: file.linksOnto(onto?.wire.body) });
  const { wire, losses } = encoded(site, document, refs, onto);
  const fault = allowLossy
    ? undefined
    : lossyFault({ path: step.path, losses: lossesOf(step, file.reading, losses, parts) });
  if (fault !== undefined) throw fault;
  return wire;
}

/** The document on its way to the site, with what no site would show of its Markdown. */
function encoded(site: Site, document: Document, refs: Refs, remote: Entry | undefined): Encoded {
  const encoded = site.target.codec.encode(document, refs, remote);
  const { wire } = encoded;
  const losses = [...encoded.losses, ...openedLosses(document, refs)];
  if (wire.body === undefined) return { wire, losses };
  const message = "what a table row has beyond the cells of its header is left out";
  const cells = linesWithDroppedCells(document.body).map((line) => ({ field: "body", message, line }));
  return { wire, losses: [...losses, ...cells] };
}

/** A document never goes out with a broken image or without one of its terms. */
function refuseLacking(file: LoadedFile, lacking: Lacking): void {
  const names = [
    ...lacking.terms.map((term) => `"${term.path.join("/")}"`),
    ...lacking.files.map((media) => media.ref),
  ];
  if (names.length === 0) return;
  throw new Fault("invalid", `the site could not be given ${names.join(", ")}`, {
    code: "lacking",
    place: { file: file.path },
    hint: "the messages above say why; then run the command again",
  });
}

/** Of what the encoding loses, that which a step is about, at the lines of the file. */
function lossesOf(
  step: Step,
  reading: Reading | undefined,
  losses: readonly Loss[],
  parts: readonly Part[] = step.changed,
): readonly PlannedLoss[] {
  const whole = step.action === "create" || step.action === "restore";
  const own = losses.filter(
    ({ field }) => whole || parts.includes(field) || parts.includes(groupOf(field) ?? field),
  );
  return own.map(({ line, ...loss }) => {
    const inFile = reading === undefined ? undefined : fileLine(reading, loss.field, line);
    return { ...loss, ...(inFile === undefined ? {} : { line: inFile }) };
  });
}

/** `line`: of the document's body, where it is known; else of the field's key. */
function fileLine({ source, heading, names }: Reading, field: string, line: number | undefined) {
  if (line === undefined) return lineOf(source, names.get(field) ?? field);
  if (source.format === "json") return source.bodyLine;
  return source.bodyLine + lineInBody(source.body, heading, line) - 1;
}

/** Why a document is not sent: nothing of it goes to the site. Undefined for one without losses. */
export function lossyFault({ path, losses = [] }: Pick<Step, "path" | "losses">): Fault | undefined {
  const [first] = losses;
  if (first === undefined) return undefined;
  const line = losses.find((loss) => loss.line !== undefined)?.line;
  const told = [...new Set(losses.map(({ message }) => message))];
  const rest = told.length > 3 ? `; and ${told.length - 3} more` : "";
  return new Fault("invalid", `the site would not keep it as it is: ${told.slice(0, 3).join("; ")}${rest}`, {
    code: "lossy",
    place: { file: path, ...(line === undefined ? {} : { line }), field: first.field },
    hint: "change the file, or add --allow-lossy to send it all the same",
  });
}

/**
 * The steps with what the site will not hold of each. What keeps a document from being sent at all becomes a problem of
 * its own, before anything is sent. Makes no write; terms, uploads and parents that the plan makes count as made.
 */
export async function foresee(
  site: Site,
  root: Root,
  steps: readonly Step[],
  itemOf: (step: Step) => Item | undefined,
  support: Support,
  problems: Problem[],
): Promise<readonly Step[]> {
  const broken = new Set(problems.map(({ path }) => path));
  const ahead = lookAhead(site, root, steps, support);
  const seen: Step[] = [];
  for (const step of steps) {
    const item = SENDS.has(step.action) && !broken.has(step.path) ? itemOf(step) : undefined;
    try {
      const losses = item === undefined ? [] : await lossesFor(ahead, step, item);
      seen.push(losses.length === 0 ? step : { ...step, losses });
    } catch (thrown) {
      broken.add(step.path);
      problems.push({ path: step.path, fault: placed(itemFault(thrown), step.path) });
    }
  }
  return seen;
}

/** The site as it will be when the plan has made what its documents name. */
interface Ahead {
  readonly site: Site;
  readonly root: Root;
  readonly made: Pick<Refs, "parents" | "terms" | "media">;
  /** Whether an entry will have this place. */
  readonly has: (kind: string, place: string) => boolean;
}

function lookAhead(site: Site, root: Root, steps: readonly Step[], support: Support): Ahead {
  const now = site.refs("", []);
  const parents = steps.flatMap(({ action, kind, scope, slug }) =>
    action === "create" ? { id: "0", kind, path: scope === "" ? slug : `${scope}/${slug}` } : [],
  );
  const terms = support.terms.flatMap(({ taxonomy, path }) => {
    const name = path.at(-1) ?? "";
    const term = { id: "0", taxonomy, name, slug: name, path };
    return [term, { ...term, path: ["", ...path] }];
  });
  const media = support.files.map(({ digest, type, path }) => {
    const url = `${now.siteUrl}/media/${encodeURI(path)}`;
    return { id: "0", digest, url, type, alt: "", variants: [] };
  });
  const made = {
    parents: [...now.parents, ...parents],
    terms: [...now.terms, ...terms],
    media: [...now.media, ...media],
  };
  const { slug = (text: string) => text } = site.target.codec;
  const keyOf = (kind: string, place: string) =>
    `${kind}\0${place.split("/").map(slug).join("/").toLowerCase()}`;
  let places: ReadonlySet<string> | undefined;
  const has = (kind: string, place: string) => {
    places ??= new Set(made.parents.map((entry) => keyOf(entry.kind, entry.path)));
    return places.has(keyOf(kind, place));
  };
  return { site, root, made, has };
}

async function lossesFor(ahead: Ahead, step: Step, item: Item): Promise<readonly PlannedLoss[]> {
  const { site, made } = ahead;
  const { subject, entry } = item;
  const merged = step.action === "merge" ? await mergedFile(ahead, item) : undefined;
  const known = merged?.file ?? item.file;
  if (known === undefined) return [];
  const file = await wholeFile(ahead.root, site, known);
  if (step.action === "create") refuseNoSlug(file);
  const parts = merged?.parts ?? step.changed;
  refuseOpen(ahead, step, file, item);
  const document = sentDocument(step, file, subject.base, parts);
  const links = file.linksOnto(entry?.wire.body);
  const refs = { ...site.refs(document.kind, file.files, { links }), ...made };
  const { losses } = encoded(site, document, refs, entry);
  refuseStrangeParent(ahead, file);
  return lossesOf(step, file.reading, losses, parts);
}

/** The file as a merge will leave it, and the parts that are sent of it. */
async function mergedFile({ site, root }: Ahead, { subject, file: known, entry, merging }: Item) {
  const verdict = reconcile(subject);
  if (known === undefined || entry === undefined || verdict.type !== "changed") return undefined;
  const file = await wholeFile(root, site, known);
  const incoming = [...verdict.in, ...verdict.both];
  const bytes = await pulledInto(root, site, file, entry, incoming, merging?.parts);
  const after = await loadVersion(root, site, file.path, bytes, file.sent);
  return after === undefined ? undefined : { file: after, parts: [...verdict.out, ...verdict.both] };
}

/** What the site would make of nothing, e.g. the time of day, would not be found again. */
function refuseNoSlug({ path, slug }: FileFacts): void {
  if (slug !== "") return;
  throw new Fault("invalid", "nothing in its name can stand in an address of this site", {
    code: "no-slug",
    place: { file: path },
    hint: "say `slug:` in letters that the site takes, e.g. `slug: my-page`",
  });
}

/** A page stands below another one that is there, or that the plan makes. */
function refuseStrangeParent({ site, has }: Ahead, { path, scope, kind }: FileFacts): void {
  if (scope === "" || site.kind(kind).scopeField !== undefined || has(kind, scope)) return;
  throw new Fault("invalid", `the site has no ${kind} "${scope}" for this one to stand below`, {
    code: "unknown-parent",
    place: { file: path, field: "parent" },
    hint: "correct `parent:`, or publish the one above it in the same run",
  });
}

/** Codecs name the field; the file is the engine's to name. */
function placed(fault: Fault, path: string): Fault {
  if (fault.place !== undefined) return fault;
  const { kind, message, code, hint, cause } = fault;
  const at = { code, cause, place: { file: path } };
  return new Fault(kind, message, hint === undefined ? at : { ...at, hint });
}
