import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { type Sources, sightingsOf, type Trace, traceDocument } from "../engine/history.ts";
import { changesBetween } from "../engine/history-changes.ts";
import { endsOf } from "../engine/history-ends.ts";
import { versionsFrom } from "../engine/history-lanes.ts";
import { openRoot, type Root } from "../engine/root.ts";
import type { Sealing } from "../engine/texts.ts";
import { EXIT } from "../lib/exit.ts";
import { Fault, isFault } from "../lib/fault.ts";
import { nearestName } from "../lib/suggest.ts";
import { versionLine, versionLines } from "../report/history.ts";
import { painter } from "../report/style.ts";
import type { Args, Command, Context } from "./context.ts";
import { listFlag, switchFlag } from "./flags.ts";
import { isAddress, pathOfAddress } from "./history-address.ts";
import { showAt, timeFlag } from "./history-at.ts";
import { showCalls, verifyCalls } from "./history-calls.ts";
import { conflictHistoryOf } from "./history-conflicts.ts";
import { askSites } from "./history-sites.ts";
import { differenceLines, type History, textOf } from "./history-text.ts";
import { type Place, placeOf, runParts } from "./session.ts";

/** Who changed what of a document, when, and what it said before. */
export const history: Command = async (context, args) => {
  const [action, ...more] = args.positionals;
  if (action === "calls") return showCalls(context, { ...args, positionals: more });
  if (action === "verify") return verifyCalls(context, { ...args, positionals: more });
  const time = timeFlag(args);
  const { place, root } = await rootOf(context, args);
  const sources = sourcesOf(context, root);
  if (switchFlag(args, "conflicts")) {
    const trace = place === undefined ? undefined : await traceDocument(sources, place);
    return conflictHistoryOf(context, args, sources, trace);
  }
  if (place === undefined) {
    throw new Fault("usage", "history needs a file, or the address of an entry", {
      code: "missing-argument",
      hint: "history --conflicts alone shows the conflicts of the whole root",
    });
  }
  const trace = onlyTargets(await traceDocument(sources, place), listFlag(args, "target"));
  await refuseUnknown(root, trace);
  const answers = await askSites(context, root, trace.places, switchFlag(args, "offline"));
  const asked = [...answers.values()].flatMap((answer) => answer.asked ?? []);
  const sightings = await sightingsOf(sources, trace, asked, context.clock.now());
  const versions = versionsFrom(sightings, changesBetween);
  const found: History = { root, path: trace.path, versions, answers };
  if (time !== undefined) return showAt(context, args, found, time);
  await show(context, args, found);
  for (const end of await endsOf(sources, trace, asked, versions)) {
    context.emit({ type: "notice", level: "info", ...end });
  }
  return EXIT.done;
};

/** The root that the argument speaks of, and the path in it. */
async function rootOf(
  context: Context,
  args: Args,
): Promise<{ readonly root: Root; readonly place: string | undefined }> {
  const [given] = args.positionals;
  const address = given !== undefined && isAddress(given) ? given : undefined;
  const where: Place = await placeOf(context, given === undefined || address !== undefined ? [] : [given]);
  const root = await openRoot(where.dir, context.env);
  if (address === undefined) return { root, place: where.paths[0] };
  const offline = switchFlag(args, "offline");
  return { root, place: await pathOfAddress(context, root, address, listFlag(args, "target"), offline) };
}

function sourcesOf(context: Context, root: Root): Sources {
  const { memory, sealing } = runParts(context, false);
  return { root, env: context.env, memory: memory(), sealing: { open: openUntilRefused(sealing) } };
}

/** A key that could not be had once is not asked for again, for every text anew. */
function openUntilRefused({ open }: Pick<Sealing, "open">): Sealing["open"] {
  let refusal: Fault | undefined;
  return async (name, sealed) => {
    if (refusal !== undefined) throw refusal;
    try {
      return await open(name, sealed);
    } catch (thrown) {
      if (isFault(thrown, "auth") && thrown.code !== "vault.damaged") refusal = thrown;
      throw thrown;
    }
  };
}

function onlyTargets(trace: Trace, wanted: readonly string[]): Trace {
  if (wanted.length === 0 || wanted.includes("all")) return trace;
  const places = trace.places.filter(({ target }) => wanted.includes(target));
  const missing = wanted.find((name) => !places.some(({ target }) => target === name));
  if (missing !== undefined) {
    const known = trace.places.map(({ target }) => target);
    throw new Fault("usage", `${trace.path} is not on ${missing} as far as is known here`, {
      code: "not-bound",
      hint: known.length === 0 ? "it is on no site that is known here" : `it is on: ${known.join(", ")}`,
    });
  }
  const sites = new Set(places.map(({ site }) => site));
  const versions = trace.versions.filter(({ side, site }) => side === "file" || sites.has(site));
  return { ...trace, places, versions };
}

/** A mistyped path must not pass for a document without a history. */
async function refuseUnknown(root: Root, { path, versions, commits, places }: Trace): Promise<void> {
  const found = await lstat(join(root.dir, path)).catch(() => undefined);
  const isFile = found !== undefined && !found.isDirectory();
  if (isFile || (found === undefined && versions.length + commits.length + places.length > 0)) return;
  const near = nearestName(
    path,
    root.lock.entries.map((line) => line.path),
  );
  throw new Fault(
    "usage",
    found === undefined ? `nothing is known of a file ${path} in ${root.dir}` : `${path} is a directory`,
    {
      code: "no-such-path",
      hint: near === undefined ? "give one file" : `did you mean ${near}?`,
    },
  );
}

async function show(context: Context, args: Args, found: History): Promise<void> {
  const { ui } = context;
  const paint = painter(ui.colour);
  const verbose = switchFlag(args, "verbose");
  for (const [index, version] of found.versions.entries()) {
    const line = versionLine(version, found.path);
    const content = verbose && ui.json ? await textOf(found, version) : undefined;
    ui.record(content === undefined ? line : { ...line, content: content.text });
    if (ui.json) continue;
    for (const text of versionLines(version, paint)) ui.out(text);
    const before = found.versions
      .slice(index + 1)
      .find(({ side, target }) => side === version.side && target === version.target);
    if (!verbose || before === undefined) continue;
    for (const text of await differenceLines(found, before, version, ui)) ui.out(`    ${text}`);
  }
}
