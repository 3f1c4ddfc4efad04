import type { Entry } from "../connectors/contract.ts";
import { createSource } from "../content/source.ts";
import type { Outcome } from "../engine/carry.ts";
import { decodeEntry } from "../engine/encode.ts";
import type { Emit } from "../engine/events.ts";
import type { Item } from "../engine/gather.ts";
import { pulledInto } from "../engine/incoming.ts";
import { saidBy } from "../engine/resolve-dispute.ts";
import type { Root } from "../engine/root.ts";
import { loadFile, wholeFile } from "../engine/scan.ts";
import { type OpenTarget, readEntries, rowKey, type Site } from "../engine/site.ts";
import { Fault } from "../lib/fault.ts";
import type { Json, JsonObject } from "../lib/json.ts";
import { printable } from "../lib/redact.ts";
import { renderDiff } from "../report/diff.ts";
import { markdownDiff, type Shown } from "../report/diff-markdown.ts";
import { lossText } from "../report/losses.ts";
import { sidesLines } from "../report/resolve.ts";
import { painter } from "../report/style.ts";
import { quoted } from "../report/summary.ts";
import type { Side, Sides } from "../sync/merge.ts";
import { isGone, type Part, type Subject } from "../sync/model.ts";
import type { PlanScope, Step } from "../sync/plan.ts";
import { reconcile } from "../sync/reconcile.ts";
import type { Args, Command, Context } from "./context.ts";
import { eachTarget, placeOf, type Work } from "./session.ts";
import { scopeOf, transfer } from "./transfer.ts";

/** Shows, for each document that differs, what the file says against what the site says. */
export const diff: Command = async (context, args) => {
  const { format, ...flags } = args.flags;
  const asked: Args = { ...args, flags };
  const place = await placeOf(context, args.positionals);
  const scope = scopeOf(asked, place.paths);
  if (format === "markdown" && context.ui.json) {
    throw new Fault("usage", "--json and --format markdown cannot be had together", {
      hint: "leave one of them out",
    });
  }
  const work: Work = async (target, root, own) => {
    if (format === "markdown") return showMarkdown(own.context, asked, target, root, scope);
    const outcome = await transfer(own.context, asked, "status", target, root, scope);
    for (const step of outcome.prepared.plan.steps) await show(own.context, target, root, outcome, step);
    return outcome;
  };
  return eachTarget(context, args, place, work, { together: "all" });
};

/** Comments are read by whoever may read the repository: of the site no more is told than visitors see. */
async function showMarkdown(
  context: Context,
  args: Args,
  target: OpenTarget,
  root: Root,
  scope: PlanScope,
): Promise<Outcome> {
  // The plan is told as part of the comment.
  const emit: Emit = (event) => {
    if (event.type !== "plan") context.emit(event);
  };
  const outcome = await transfer({ ...context, emit }, args, "status", target, root, scope);
  const { plan, itemOf } = outcome.prepared;
  const shown = new Map<Step, Shown>();
  for (const step of plan.steps) {
    const item = itemOf(step);
    if (item !== undefined) shown.set(step, await shownOf(root, outcome, step, item));
  }
  for (const line of markdownDiff(plan, outcome.summary.failed, shown)) context.ui.out(line);
  return outcome;
}

async function shownOf(root: Root, outcome: Outcome, step: Step, item: Item): Promise<Shown> {
  const { remote } = item.subject;
  if (remote === undefined || isGone(remote)) return { left: "not on the site: its text is in the file" };
  if (remote.state !== "published") return { left: `${remote.state} on the site: text left out` };
  if (remote.protected) return { left: "behind a password on the site: text left out" };
  if (remote.pendingChanges) return { left: "has unpublished changes on the site: text left out" };
  if (step.action === "merge") {
    const texts = await mergedTexts(root, outcome, step, item);
    if (texts !== undefined) return { before: texts.there, after: texts.merged, direction: "site → merged" };
  }
  const texts = await bothTexts(outcome, root, step, item);
  if (texts === undefined) return { left: "no text to compare" };
  const { here, there } = texts;
  if (step.action === "pull") return { before: here, after: there, direction: "file → site's version" };
  return { before: there, after: here, direction: "site → file" };
}

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
  outcome: Outcome,
  step: Step,
  item: Item,
): Promise<void> {
  const { ui } = context;
  const texts = await mergedTexts(root, outcome, step, item);
  if (texts === undefined) return;
  const { here, there, merged } = texts;
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

/** The file as it is, as the site has it, and merged; undefined where there is nothing to merge. */
async function mergedTexts(
  root: Root,
  { prepared: { site } }: Outcome,
  step: Step,
  { file: known, entry, subject, merging }: Item,
): Promise<{ readonly here: string; readonly there: string; readonly merged: string } | undefined> {
  const verdict = reconcile(subject);
  if (known === undefined || entry === undefined || verdict.type !== "changed") return undefined;
  const file = await wholeFile(root, site, known);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const incoming = [...verdict.in, ...verdict.both];
  return {
    here: text(await root.read(file.path)),
    there: text(await pulledInto(root, site, file, entry, step.changed)),
    merged: text(await pulledInto(root, site, file, entry, incoming, merging?.parts)),
  };
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
