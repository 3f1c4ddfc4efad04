// Runs of other installations, as --run-archive kept them.
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { bringRun, type Taken } from "../engine/undo-import.ts";
import { readUndoFile } from "../engine/undo-read.ts";
import { EXIT } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import { lastImported } from "../store/audit.ts";
import type { RunRecord } from "../store/runs.ts";
import { recordOf } from "./audit.ts";
import type { Command, Context } from "./context.ts";
import { shortId } from "./runs-find.ts";
import { runParts } from "./session.ts";
import { ARCHIVE_SUFFIX, archiveKey } from "./undo-out.ts";

/** `runs import`: each run whole or not at all; what is here already is not taken twice. */
export const importRuns: Command = async (context, { positionals }) => {
  const { ui } = context;
  if (positionals.length === 0) {
    throw new Fault("usage", "Which archive?", {
      code: "missing-argument",
      hint: "ainstein-cms runs import <directory of --run-archive, or a file in it>",
    });
  }
  const key = archiveKey(context);
  const files = positionals.flatMap((given) => archivesAt(resolve(context.cwd, given)));
  const counts: Record<Taken, number> = { new: 0, more: 0, known: 0 };
  const read = await Promise.all(
    files.map(async (path) => {
      const all = await readUndoFile({ path, key, sealedOnly: true });
      return all.map((brought) => ({ path, brought }));
    }),
  );
  // The oldest first, since a run may undo another one.
  const inOrder = read.flat().sort((a, b) => (a.brought.run.startedAt < b.brought.run.startedAt ? -1 : 1));
  for (const { path, brought } of inOrder) {
    const { run, end } = brought;
    const taken = await importOne(context, brought);
    counts[taken] += 1;
    const status = end?.status ?? "not ended";
    ui.record({ type: "imported", target: run.target, run: run.id, taken, status, file: path });
    const words = `${WORDS[taken]}${end === undefined ? NOT_ENDED : ""}`;
    ui.out(`${shortId(run)}  ${run.command}  ${run.target}  ${run.startedAt}  ${words}`);
  }
  const total = counts.new + counts.more + counts.known;
  ui.out(
    `${total} ${total === 1 ? "run" : "runs"}: ${counts.new} new, ${counts.more} with more than before, ${counts.known} here already`,
  );
  return EXIT.done;
};

const WORDS: Readonly<Record<Taken, string>> = { new: "new", more: "more of it", known: "here already" };
const NOT_ENDED = ", has not ended as far as the archive tells";

async function importOne(context: Context, brought: Parameters<typeof bringRun>[2]): Promise<Taken> {
  const store = context.store();
  const { run }: { readonly run: Pick<RunRecord, "target"> } = brought;
  const { taken } = await bringRun(store, runParts(context, true).sealing, brought, {
    rows: await recordOf(context, run.target),
    known: (id) => lastImported(store, run.target, id),
    now: () => new Date(context.clock.now()).toISOString(),
  });
  return taken;
}

/** Throws `usage` for what is neither an archive nor a directory of some. */
function archivesAt(path: string): readonly string[] {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isFile() === true) return [path];
  const names = (there === undefined ? [] : readdirSync(path))
    .filter((name) => name.endsWith(ARCHIVE_SUFFIX))
    .sort();
  if (names.length > 0) return names.map((name) => join(path, name));
  throw new Fault("usage", "there is no run archive here", {
    code: "archive.none",
    place: { file: path },
    hint: `archives end in ${ARCHIVE_SUFFIX}; --run-archive makes them`,
  });
}
