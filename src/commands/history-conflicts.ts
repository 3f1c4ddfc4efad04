import { openSides } from "../engine/conflicts.ts";
import type { Sources, Trace } from "../engine/history.ts";
import { EXIT, type ExitCode } from "../lib/exit.ts";
import { isFault } from "../lib/fault.ts";
import { conflictLine, conflictLines, sideLines } from "../report/history-conflicts.ts";
import { painter } from "../report/style.ts";
import { type ConflictRecord, conflictHistory } from "../store/conflicts.ts";
import type { Sides } from "../sync/merge.ts";
import type { Args, Context } from "./context.ts";
import { listFlag, switchFlag } from "./flags.ts";

/** Conflicts of one document, or of the whole root, newest first, and how each was settled. */
export async function conflictHistoryOf(
  context: Context,
  args: Args,
  { memory, root, sealing }: Sources,
  trace: Trace | undefined,
): Promise<ExitCode> {
  const { ui, emit } = context;
  const targets = listFlag(args, "target");
  const wanted = (conflict: ConflictRecord) =>
    (targets.length === 0 || targets.includes("all") || targets.includes(conflict.target)) &&
    (trace === undefined || concerns(trace, conflict));
  const all = memory === undefined ? [] : conflictHistory(memory, { rootId: root.id });
  const found = all.filter(wanted);
  const paint = painter(ui.colour);
  const verbose = switchFlag(args, "verbose");
  let locked = 0;
  for (const conflict of found) {
    const sides = ui.json || verbose ? await sidesOf(sealing, conflict) : undefined;
    if (sides === "locked") locked += 1;
    const texts = sides === "locked" ? undefined : sides;
    ui.record(conflictLine(conflict, texts));
    if (ui.json) continue;
    for (const line of conflictLines(conflict, paint)) ui.out(line);
    if (texts !== undefined) for (const line of sideLines(texts, conflict.parts, paint)) ui.out(line);
  }
  if (found.length === 0) ui.note("No conflict is on record here.");
  if (locked > 0) {
    const message = `the texts of ${locked} of them cannot be opened: this installation's key cannot be had`;
    emit({ type: "notice", level: "warning", message });
  }
  return EXIT.done;
}

/** By its file, wherever that was, or by its entry. */
function concerns({ path, versions, commits, places }: Trace, conflict: ConflictRecord): boolean {
  const paths = new Set([
    path,
    ...versions.map((version) => version.path),
    ...commits.map((commit) => commit.path),
  ]);
  const isEntry = ({ site, id }: { readonly site: string; readonly id: string }) =>
    id !== "" && id === conflict.id && site === conflict.site;
  return paths.has(conflict.path) || [...versions, ...places].some(isEntry);
}

async function sidesOf(
  sealing: Sources["sealing"],
  conflict: ConflictRecord,
): Promise<Sides | "locked" | undefined> {
  try {
    return await openSides({ sealing }, conflict);
  } catch (thrown) {
    if (isFault(thrown, "auth")) return "locked";
    throw thrown;
  }
}
