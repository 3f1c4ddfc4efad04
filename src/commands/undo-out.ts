import { mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseKey } from "../auth/sealing.ts";
import type { Summary } from "../engine/events.ts";
import type { UndoFile } from "../engine/undo-file.ts";
import { Fault } from "../lib/fault.ts";
import { recordAnswers, watchWrites } from "./audit.ts";
import type { Args, Context } from "./context.ts";
import { textFlag } from "./flags.ts";

/**
 * Where `--undo-out` or `--run-archive` keeps what a run does; undefined without them. Warns where it will not be sealed.
 * Throws `usage` for both at once, and for an archive that is no directory or has no key.
 */
export function undoFileOf(context: Context, args: Args): UndoFile | undefined {
  const given = textFlag(args, "undoOut");
  const archive = archiveOf(context, args, given !== undefined);
  if (given === undefined) return archive;
  const key = undoKey(context);
  if (key === undefined) {
    context.emit({
      type: "notice",
      level: "warning",
      message: `${given} is not encrypted, and holds what the site and the files said, drafts included`,
      hint: "set AINSTEIN_KEY to have it sealed",
    });
  }
  const path = resolve(context.cwd, given);
  return { pathOf: () => path, key };
}

/** The key from the environment. Throws `usage` for one that is no key. */
export function undoKey({ env }: Pick<Context, "env">): Uint8Array | undefined {
  const text = env.AINSTEIN_KEY ?? "";
  if (text === "") return undefined;
  const key = parseKey(text);
  if (key !== undefined) return key;
  throw new Fault("usage", "AINSTEIN_KEY is no key", {
    code: "vault.bad-key",
    hint: "it takes 32 bytes in base64",
  });
}

export const ARCHIVE_SUFFIX = ".ainstein-run";

function archiveOf(context: Context, args: Args, hasUndoOut: boolean): UndoFile | undefined {
  const given = textFlag(args, "runArchive");
  if (given === undefined) return undefined;
  if (hasUndoOut) {
    throw new Fault("usage", "--undo-out and --run-archive keep the same", {
      code: "bad-flag",
      hint: "give --run-archive alone: it holds all that undoing takes, too",
    });
  }
  const directory = resolve(context.cwd, given);
  const key = archiveKey(context);
  makeDirectory(directory);
  return {
    pathOf: (run) => join(directory, `${run}${ARCHIVE_SUFFIX}`),
    key,
    archive: {
      watch: (target, flush) => watchWrites(context, target, flush),
      recorded: (target) => recordAnswers(context, target),
    },
  };
}

/** Made where its parent is there: a mount that is missing is not to be filled in. */
function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "EEXIST" && statSync(directory).isDirectory()) return;
    throw new Fault("usage", `the run archive ${directory} is no directory that can be written`, {
      code: "archive.unwritable",
      cause,
      hint: "nothing was sent. Is it mounted? Give --run-archive a directory that is there",
    });
  }
}

/** The key of run archives, which is not that of any installation. Throws `usage` for none, and for one that is no key. */
export function archiveKey({ env }: Pick<Context, "env">): Uint8Array {
  const text = env.AINSTEIN_ARCHIVE_KEY ?? "";
  const key = text === "" ? undefined : parseKey(text);
  if (key !== undefined) return key;
  throw new Fault("usage", text === "" ? "a run archive needs a key" : "AINSTEIN_ARCHIVE_KEY is no key", {
    code: "archive.no-key",
    hint: "set AINSTEIN_ARCHIVE_KEY to 32 bytes in base64, e.g. of `openssl rand -base64 32`, and keep it: it opens the archive elsewhere",
  });
}

/** The database of a CI job is gone with the job. */
export function tellUndoable(
  context: Context,
  undoFile: UndoFile | undefined,
  { target, writes, pulled, merged, deleted }: Summary,
): void {
  const ci = (context.env.CI ?? "").toLowerCase();
  if (undoFile !== undefined || ["", "0", "false"].includes(ci) || writes + pulled + merged + deleted === 0)
    return;
  context.emit({
    type: "notice",
    ...(target === null ? {} : { target }),
    level: "info",
    message: "this run cannot be undone from elsewhere: add --run-archive DIR or --undo-out FILE",
  });
}
