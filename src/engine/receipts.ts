import { z } from "zod";
import { entryShape } from "../content/lockfile.ts";

/** What a settled step of the journal says, by operation. Numbers are kept versions; absent where none was kept. */
const version = z.number().optional();

/** `line`: the lockfile's line after the write. `after`: what the site answered. */
export const createReceipt = z.object({ line: entryShape, after: version });

/** `parts`: what the write set. `before`: the entry as it was. Of a restore, nothing was there before. */
export const updateReceipt = z.object({
  line: entryShape,
  parts: z.array(z.string()),
  before: version,
  after: version,
});

/** `line`: what the lockfile said of the entry that was removed. */
export const deleteReceipt = z.object({ line: entryShape.optional(), before: version });

/**
 * A file that was written, made (`before` absent and `fresh`) or removed (`after` absent and `removed`). `line`: what the
 * lockfile said of a document before its file was removed. `agreed`: what it says once the file is written.
 */
export const fileReceipt = z.object({
  line: entryShape.optional(),
  agreed: entryShape.optional(),
  before: version,
  after: version,
  fresh: z.boolean().optional(),
  removed: z.boolean().optional(),
  /** What the files that it shows are on the site. */
  uploads: z.array(z.object({ digest: z.string(), id: z.string(), url: z.string() })).optional(),
  /** Git blob id of what was written. */
  blob: z.string().optional(),
});

export type FileReceipt = z.infer<typeof fileReceipt>;
