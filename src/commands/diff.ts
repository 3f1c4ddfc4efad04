import type { Entry } from "../connectors/contract.ts";
import { createSource } from "../content/source.ts";
import type { Outcome } from "../engine/carry.ts";
import { decodeEntry } from "../engine/encode.ts";
import type { Item } from "../engine/gather.ts";
import { pulledInto } from "../engine/incoming.ts";
import { saidBy } from "../engine/resolve-dispute.ts";
import type { Root } from "../engine/root.ts";
import { loadFile, wholeFile } from "../engine/scan.ts";
import { type OpenTarget, readEntries, rowKey, type Site } from "../engine/site.ts";
import type { Json, JsonObject } from "../lib/json.ts";
import { printable } from "../lib/redact.ts";
import { renderDiff } from "../report/diff.ts";
import { lossText } from "../report/losses.ts";
import { sidesLines } from "../report/resolve.ts";
import { painter } from "../report/style.ts";
import { quoted } from "../report/summary.ts";
import type { Side, Sides } from "../sync/merge.ts";
import { isGone, type Part, type Subject } from "../sync/model.ts";
import type { Step } from "../sync/plan.ts";
import { reconcile } from "../sync/reconcile.ts";
import type { Command, Context } from "./context.ts";
import { eachTarget, placeOf, type Work } from "./session.ts";
import { scopeOf, transfer } from "./transfer.ts";

/** Shows, for each document that differs, what the file says against what the site says. */
export const diff: Command = async (context, args) => {
  const place = await placeOf(context, args.positionals);
  const scope = scopeOf(args, place.paths);
  const work: Work = async (target, root, own) => {
    const outcome = await transfer(own.context, args, "status", target, root, scope);
    for (const step of outcome.prepared.plan.steps) await show(own.context, target, root, outcome, step);
    return outcome;
  };
  return eachTarget(context, args, place, work, { together: "all" });
};

async function show(
  context: Context,
  target: OpenTarget,
  root: Root,
  outcome: Outcome,
  step: Step,
): Promise<void> {
  const item = outcome.prepared.itemOf(step);
  if (step.action === "merge" && item !== undefined)
    return showMerge(context, target, root, outcome, step, item);
  const texts = item === undefined ? undefined : await bothTexts(outcome, root, step, item);
  if (texts === undefined || texts.here === texts.there) return;
  const incoming = step.action === "pull";
  const [before, after] = incoming ? [texts.here, texts.there] : [texts.there, texts.here];
  const sides = step.action === "conflict" ? item?.merging?.sides : undefined;
  const { ui } = context;
  ui.record({
    type: "diff",
    target: target.name,
    path: step.path,
    id: step.id ?? null,
    action: step.action,
    changed: step.changed,
    before,
    after,
    ...(sides === undefined ? {} : { sides: byPart(sides, step.changed) }),
    ...(step.losses === undefined ? {} : { losses: step.losses }),
  });
  if (ui.json) return;
  const direction = incoming ? "file → site's version" : step.id === undefined ? "new" : "site → file";
  const manner = { colour: ui.colour, columns: ui.columns };
  ui.out(`${printable(step.path)}  (${sides === undefined ? direction : printable(step.reason)})`);
  const lines =
    sides === undefined ? renderDiff(before, after, manner) : sidesLines(sides, step.changed, manner);
  for (const line of lines) ui.out(`  ${line}`);
  showLosses(context, step);
  ui.out("");
  if (step.action === "conflict") {
    ui.note(`To settle it: ainstein-cms resolve ${quoted(step.path)} --target ${target.name}`);
  }
}

/** What of it the site will not hold. */
function showLosses({ ui }: Context, { losses = [] }: Step): void {
  const paint = painter(ui.colour);
  for (const loss of losses) {
    const line = loss.line === undefined ? "" : `line ${loss.line}: `;
    ui.out(`  ${paint("yellow", "!")} ${line}${lossText(loss)}`);
  }
}

/** What a merge brings into the file, and what it sends to the site. */
async function showMerge(
  context: Context,
  target: OpenTarget,
  root: Root,
  { prepared: { site } }: Outcome,
  step: Step,
  { file: known, entry, subject, merging }: Item,
): Promise<void> {
  const { ui } = context;
  const verdict = reconcile(subject);
  if (known === undefined || entry === undefined || verdict.type !== "changed") return;
  const file = await wholeFile(root, site, known);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const incoming = [...verdict.in, ...verdict.both];
  const here = text(await root.read(file.path));
  const there = text(await pulledInto(root, site, file, entry, step.changed));
  const merged = text(await pulledInto(root, site, file, entry, incoming, merging?.parts));
  const { action, path, id = null, changed } = step;
  ui.record({
    type: "diff",
    target: target.name,
    path,
    id,
    action,
    changed,
    before: there,
    after: merged,
    here,
    ...(step.losses === undefined ? {} : { losses: step.losses }),
  });
  if (ui.json) return;
  showLosses(context, step);
  const manner = { colour: ui.colour, columns: ui.columns };
  for (const [direction, before] of [
    ["file → merged", here],
    ["site → merged", there],
  ] as const) {
    ui.out(`${printable(path)}  (${direction})`);
    for (const line of renderDiff(before, merged, manner)) ui.out(`  ${line}`);
    ui.out("");
  }
}

/** What base, file and site say of each part in conflict; `null` for what is absent or, as base, not known. */
function byPart(sides: Sides, parts: readonly Part[]): JsonObject {
  const said = (side: Side | undefined, part: Part): Json =>
    side === undefined ? null : (saidBy(side, part) ?? null);
  return Object.fromEntries(
    parts.map((part) => [
      part,
      { base: said(sides.base, part), here: said(sides.ours, part), there: said(sides.theirs, part) },
    ]),
  );
}

/** The file's text and what it would be after taking over the site's version, so that style alone never shows. */
async function bothTexts(
  { prepared }: Outcome,
  root: Root,
  step: Step,
  item: Item,
): Promise<{ readonly here: string; readonly there: string } | undefined> {
  const { site } = prepared;
  const { subject } = item;
  const entry = item.entry ?? (await readAgain(site, subject));
  const { local, base } = subject;
  const own = local === undefined ? undefined : () => loadFile(root, site, local.path, base?.links);
  const file = item.file === undefined ? await own?.() : await wholeFile(root, site, item.file);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (file === undefined) {
    if (entry === undefined) return undefined;
    const document = await decodeEntry(root, site, entry, step.path);
    return { here: "", there: text(createSource(document.fields, document.body, "yaml")) };
  }
  const here = text(await root.read(file.path));
  if (entry === undefined) return { here, there: "" };
  const parts = [...new Set([...step.changed, ...(subject.differing ?? [])])];
  return { here, there: text(await pulledInto(root, site, file, entry, parts)) };
}

/** The entry of a step that needed no look at it, since all that its document has to say is where links lead now. */
async function readAgain(site: Site, { local, remote }: Subject): Promise<Entry | undefined> {
  if (local === undefined || remote === undefined || isGone(remote)) return undefined;
  const found = (await readEntries(site, [remote])).get(rowKey(remote));
  return typeof found === "object" ? found : undefined;
}
