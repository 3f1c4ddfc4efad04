import { resolveLink } from "../content/links.ts";
import { referencesIn } from "../content/references.ts";
import { formatPlace, isFault } from "../lib/fault.ts";
import type { Step } from "../sync/plan.ts";
import type { Emit } from "./events.ts";
import { type Item, itemFault } from "./gather.ts";
import type { Root } from "./root.ts";
import { type FileFacts, type LoadedFile, scanFile, wholeFile } from "./scan.ts";
import type { Site } from "./site.ts";
import { SENDS } from "./support.ts";

/** Warns, once per document that is sent, of links to what the site does not have, and will not get by this plan. */
export async function tellLinks(
  root: Root,
  site: Site,
  steps: readonly Step[],
  itemOf: (step: Step) => Item | undefined,
  emit: Emit,
): Promise<void> {
  const made = new Set(steps.flatMap(({ action, path }) => (action === "create" ? path : [])));
  for (const step of steps) {
    const file = SENDS.has(step.action) && step.pass !== 2 ? itemOf(step)?.file : undefined;
    if (file === undefined) continue;
    const uploads = new Set(file.files.map(({ path }) => path));
    const nowhere = Object.keys(file.targets).filter(
      (path) => !site.addresses.has(path) && !made.has(path) && !uploads.has(path),
    );
    const [first] = nowhere;
    if (first === undefined) continue;
    // What was changed meanwhile has its lines elsewhere now.
    const whole = await wholeFile(root, site, file).catch(itemFault);
    const line = isFault(whole) ? {} : lineOf(site, whole, first);
    const others = nowhere.length > 1 ? `, and ${nowhere.length - 1} more like it` : "";
    emit({
      type: "notice",
      target: site.target.name,
      level: "warning",
      message: `${await said(root, site, file, first)}${others}`,
      place: formatPlace({ file: file.path, ...line }),
    });
  }
}

async function said(root: Root, site: Site, { sent }: FileFacts, path: string): Promise<string> {
  const there = await scanFile(root, path).catch(() => undefined);
  if (there === undefined) return `a link leads to ${path}, which is no file`;
  const stays = sent[path] ? "stays as it was sent" : "stays as it is written";
  const why = site.addresses.known(path) === undefined ? "no document of this root" : "not on the site";
  return `the link to ${path} ${stays}: it is ${why}`;
}

function lineOf(site: Site, { path: from, reading }: LoadedFile, path: string): { readonly line?: number } {
  const { source } = reading;
  const found = referencesIn(source.body).find(
    ({ type, ref }) => type === "link" && resolveLink(from, ref, site.addresses.known) === path,
  );
  if (found === undefined) return {};
  return { line: source.format === "json" ? source.bodyLine : source.bodyLine + found.line - 1 };
}
