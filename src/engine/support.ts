import type { MediaFile } from "../content/document.ts";
import { asFault, Fault } from "../lib/fault.ts";
import { sha256Hex } from "../lib/hash.ts";
import { intend, settle } from "../store/journal.ts";
import type { Step } from "../sync/plan.ts";
import type { Applying } from "./applying.ts";
import { lackingOn, loadRefs, needsOf } from "./encode.ts";
import { type Item, itemFault, type Problem } from "./gather.ts";
import type { Root } from "./root.ts";
import { mayCreateTerm } from "./rules.ts";
import type { Site } from "./site.ts";

/** Terms and files that the site must have before the documents that name them can be sent. */
export interface Support {
  readonly terms: readonly TermNeed[];
  readonly files: readonly MediaFile[];
}

interface TermNeed {
  readonly taxonomy: string;
  readonly path: readonly string[];
  readonly field: string;
}

const SENDS: ReadonlySet<Step["action"]> = new Set([
  "create",
  "restore",
  "update",
  "publish",
  "unpublish",
  "merge",
]);

export async function supportFor(
  site: Site,
  steps: readonly Step[],
  itemOf: (step: Step) => Item | undefined,
  problems: Problem[],
  root: Root,
): Promise<Support> {
  const terms = new Map<string, TermNeed>();
  const files = new Map<string, MediaFile>();
  for (const step of steps) {
    const file = SENDS.has(step.action) ? itemOf(step)?.file : undefined;
    if (file === undefined) continue;
    try {
      const needs = needsOf(site, file.document);
      await loadRefs(site, needs, file.files);
      const lacking = lackingOn(site, needs, file.files);
      refuseTerms(root, step.path, lacking.terms);
      for (const term of lacking.terms) addWithParents(site, terms, term);
      for (const media of lacking.files) files.set(media.digest, media);
    } catch (thrown) {
      problems.push({ path: step.path, fault: itemFault(thrown) });
    }
  }
  return { terms: [...terms.values()], files: [...files.values()] };
}

function refuseTerms(root: Root, path: string, terms: readonly TermNeed[]): void {
  const refused = terms.filter((term) => !mayCreateTerm(root, term.field));
  const [first] = refused;
  if (first === undefined) return;
  throw new Fault(
    "invalid",
    `the site has no ${first.field} ${refused.map((term) => `"${term.path.join("/")}"`).join(", ")}`,
    {
      code: "unknown-term",
      place: { file: path, field: first.field },
      hint: `use one the site has, or allow new ones with \`terms: { ${first.field}: create }\` in ainstein.yaml`,
    },
  );
}

/** Parents stand before their children, because terms are created in this order. */
function addWithParents(site: Site, terms: Map<string, TermNeed>, need: TermNeed): void {
  for (let depth = 1; depth <= need.path.length; depth += 1) {
    const path = need.path.slice(0, depth);
    if (site.terms.find(need.taxonomy, path) !== undefined) continue;
    const key = `${need.taxonomy}\0${path.join("\0").toLowerCase()}`;
    if (!terms.has(key)) terms.set(key, { ...need, path });
  }
}

export function supportSteps(support: Support): readonly Step[] {
  const blank = {
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
  const terms = support.terms.map(
    (term): Step => ({
      ...blank,
      action: "term",
      path: term.path.join("/"),
      kind: term.taxonomy,
      title: term.path.at(-1) ?? "",
      reason: `named in ${term.field}, not on the site yet`,
    }),
  );
  const uploads = support.files.map(
    (file): Step => ({
      ...blank,
      action: "upload",
      path: file.path,
      kind: "media",
      title: file.type,
      reason: "not on the site yet",
      expects: { base: "", local: file.digest, remote: "" },
    }),
  );
  return [...terms, ...uploads];
}

/** One by one: some platforms make two terms of one name when asked twice at once. */
export async function createTerms(applying: Applying, support: Support): Promise<void> {
  const { site, store } = applying;
  const terms = site.target.connector.terms;
  if (terms === undefined) return;
  for (const need of support.terms) {
    if (applying.signal.aborted) return;
    const parent = need.path.length > 1 ? site.terms.find(need.taxonomy, need.path.slice(0, -1)) : undefined;
    const path = need.path.join("/");
    const seq = intend(store, supportIntent(applying, "term", path, `${need.taxonomy}/${path}`));
    try {
      applying.writes += 1;
      const term = await terms.create(need.taxonomy, need.path.at(-1) ?? "", parent);
      site.terms.add(term);
      settle(store, seq, "done", { id: term.id });
    } catch (thrown) {
      failSupport(applying, seq, `the term "${path}"`, thrown);
    }
  }
}

export async function uploadFile(applying: Applying, file: MediaFile): Promise<void> {
  const { site, store, root } = applying;
  const media = site.target.connector.media;
  if (media === undefined) return;
  const seq = intend(store, supportIntent(applying, "upload", file.path, file.digest));
  try {
    const bytes = await root.read(file.path);
    if (sha256Hex(bytes) !== file.digest) {
      throw new Fault("conflict", `${file.path} was changed while this run was under way`, {
        code: "file-moved-on",
        place: { file: file.path },
      });
    }
    applying.writes += 1;
    const uploaded = await media.upload(file, bytes);
    site.media.add({ ...uploaded, digest: file.digest });
    settle(store, seq, "done", { id: uploaded.id });
    tellFormer(applying, file);
  } catch (thrown) {
    failSupport(applying, seq, file.path, thrown);
  }
}

/** Other pages may show the upload that a changed file replaces, so it stays; somebody should know. */
function tellFormer({ site, root, emit }: Applying, { path, digest }: MediaFile): void {
  const target = site.target.name;
  const digests = root.lock.entries.flatMap((line) =>
    line.target === target ? (line.media[path] ?? []) : [],
  );
  const before = new Set(digests.filter((other) => other !== digest));
  for (const former of root.lock.media) {
    if (former.target !== target || !before.has(former.digest)) continue;
    const message = `${path} was changed and uploaded anew; the upload from before stays on the site: ${former.url} (id ${former.id})`;
    emit({ type: "notice", target, level: "info", message });
  }
}

/** The documents that needed it fail by themselves, each saying what it lacks. */
function failSupport(applying: Applying, seq: number, what: string, thrown: unknown): void {
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

function supportIntent(applying: Applying, op: "term" | "upload", path: string, key: string) {
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
