import type { MediaFile } from "../content/document.ts";
import { bytesToSend } from "../content/media-size.ts";
import { Fault } from "../lib/fault.ts";
import { sha256Hex } from "../lib/hash.ts";
import { intend, settle } from "../store/journal.ts";
import type { Step } from "../sync/plan.ts";
import type { Applying } from "./applying.ts";
import { lackingOn, loadRefs } from "./encode.ts";
import { type Item, itemFault, type Problem } from "./gather.ts";
import { refuseUploads, sizeRules } from "./media-limits.ts";
import type { Root } from "./root.ts";
import type { Site } from "./site.ts";
import { blankStep, failSupport, supportIntent } from "./support-step.ts";
import { addWithParents, refuseTerms, type TermNeed, termSteps } from "./support-terms.ts";

/** Terms and files that the site must have before the documents that name them can be sent. */
export interface Support {
  readonly terms: readonly TermNeed[];
  readonly files: readonly MediaFile[];
}

/** Steps that send a document. */
export const SENDS: ReadonlySet<Step["action"]> = new Set([
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
      const { needs } = file;
      await loadRefs(site, needs, file.files);
      const lacking = lackingOn(site, needs, file.files);
      refuseTerms(root, site, step.path, lacking.terms);
      for (const term of lacking.terms) addWithParents(site, terms, term);
      await refuseUploads(site, root, file, lacking.files);
      for (const media of lacking.files) files.set(media.digest, media);
    } catch (thrown) {
      problems.push({ path: step.path, fault: itemFault(thrown) });
    }
  }
  return { terms: [...terms.values()], files: [...files.values()] };
}

export function supportSteps(site: Site, support: Support): readonly Step[] {
  const uploads = support.files.map(
    (file): Step => ({
      ...blankStep,
      action: "upload",
      path: file.path,
      kind: "media",
      title: file.type,
      reason: "not on the site yet",
      expects: { base: "", local: file.digest, remote: "" },
    }),
  );
  return [...termSteps(site, support.terms), ...uploads];
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
    const sent = await bytesToSend(file, bytes, await sizeRules(site, root, file));
    applying.writes += 1;
    const uploaded = await media.upload(file, sent);
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
