import { type FileHandle, open } from "node:fs/promises";
import { deflateSync } from "node:zlib";
import { z } from "zod";
import { sealBytes } from "../auth/sealing.ts";
import { Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import { auditSince, chainOf } from "../store/audit.ts";
import type { Store } from "../store/db.ts";
import { intents, type Receipt, receipts } from "../store/journal.ts";
import type { NewRun } from "../store/runs.ts";
import { stepsOf } from "../store/steps.ts";
import { getVersion, type NewVersion } from "../store/versions.ts";

/**
 * What undoing runs takes, in a file: JSON lines, for each run a head `{"undo":1,"run":…,"sealed":…}` and then records,
 * each sealed by itself where there is a key. It is good for what was done at any moment, however the run ends.
 */

export const FORMAT = 2;

/** Where to write it, and with what to seal it. */
export interface UndoFile {
  readonly pathOf: (run: string) => string;
  /** 32 bytes; undefined writes it as it is. */
  readonly key: Uint8Array | undefined;
  /** Where all that is recorded of a run is kept, and not just what undoing it takes. */
  readonly archive?: Archiving;
}

export interface Archiving {
  /** From now on `flush` is to be awaited before each write of the target leaves; undefined ends that. */
  readonly watch: (target: string, flush: (() => Promise<void>) | undefined) => void;
  /** Resolves when the signed record holds whatever was answered so far. */
  readonly recorded: (target: string) => Promise<void>;
}

/** Collects what undoing one run takes. Each call returns once the file holds it durably. */
export interface UndoWriter {
  /** Before the write that overwrites it. Each text once. */
  readonly text: (version: Omit<NewVersion, "sealed">, plain: Uint8Array) => Promise<void>;
  /** Once the steps of the run are recorded, before the first one begins. */
  readonly planned: () => Promise<void>;
  /** Whatever the run has settled since the last call. */
  readonly receipts: () => Promise<void>;
  readonly end: (end: RunEnd) => Promise<void>;
}

export interface RunEnd {
  readonly status: "done" | "failed" | "interrupted";
  readonly endedAt: string;
  readonly summary?: Json;
}

/** Begins the part of one run at the end of the file, mode 0600. Throws `usage` for a file that cannot be written. */
export async function writeUndoFile(
  undoFile: UndoFile,
  run: NewRun,
  about: { readonly platform: string; readonly rootId: string },
  store: Store,
): Promise<UndoWriter> {
  const { pathOf, key, archive } = undoFile;
  const file = await openFile(pathOf(run.id), archive !== undefined);
  const told = new Set<string>();
  const append = appender(file, run.id, undoFile);
  await file.appendFile(`${JSON.stringify({ undo: FORMAT, run: run.id, sealed: key !== undefined })}\n`);
  await append([{ type: "run", run: run as unknown as Json, ...about, ...(archive && { whole: true }) }]);
  const news = archive === undefined ? () => [] : newsOf(store, run);
  const steps = (): readonly Json[] =>
    archive === undefined ? [] : [{ type: "steps", steps: stepsOf(store, run.id) as unknown as Json[] }];
  const flush = () => append(news());
  archive?.watch(run.target, flush);
  return {
    text: async (version, plain) => {
      const name = `${version.side} ${version.id} ${version.path} ${version.digest}`;
      if (told.has(name)) return;
      told.add(name);
      const text = deflateSync(plain).toString("base64");
      await append([{ type: "text", version: version as unknown as Json, text }]);
    },
    planned: () => append(steps()),
    receipts: async () => {
      await flush();
      const fresh = receipts(store, run.id).filter(({ seq }) => !told.has(`${seq}`));
      for (const { seq } of fresh) told.add(`${seq}`);
      await append(fresh.map((receipt) => ({ type: "receipt", receipt: withDigests(store, receipt) })));
    },
    end: async (end) => {
      archive?.watch(run.target, undefined);
      await archive?.recorded(run.target);
      await append([...news(), ...steps(), { type: "end", ...end }]);
      await file.close();
    },
  };
}

/** Appends records durably, one call after another: the steps of a run overlap in time, and records are numbered. */
function appender(
  file: FileHandle,
  run: string,
  { key, pathOf, archive }: UndoFile,
): (records: readonly Json[]) => Promise<void> {
  const path = pathOf(run);
  const isArchive = archive !== undefined;
  let number = 0;
  let queue: Promise<void> = Promise.resolve();
  return (records) => {
    queue = queue.then(async () => {
      if (records.length === 0) return;
      const lines = records.map((record) => {
        number += 1;
        return lineOf(run, number, record, key);
      });
      try {
        await file.appendFile(lines.join(""));
        await file.datasync();
      } catch (cause) {
        throw unwritable(path, isArchive, cause);
      }
    });
    return queue;
  };
}

/** Each call gives what the journal and the signed record have of the run that they had not at the last one. */
function newsOf(store: Store, run: NewRun): () => readonly Json[] {
  let lastIntent = 0;
  let lastRow = chainOf(store, run.target)?.last ?? 0;
  return () => {
    const begun = intents(store, run.id, lastIntent);
    lastIntent = begun.at(-1)?.seq ?? lastIntent;
    const rows = auditSince(store, run.target, lastRow);
    lastRow = rows.at(-1)?.n ?? lastRow;
    return [
      ...begun.map((intent) => ({ type: "intent", intent: intent as unknown as Json })),
      ...rows.flatMap(({ n, row }) => (row.run === run.id ? [{ type: "audit", n, row }] : [])),
    ];
  };
}

async function openFile(path: string, isArchive: boolean): Promise<FileHandle> {
  try {
    const file = await open(path, "a+", 0o600);
    await file.chmod(0o600);
    const { size } = await file.stat();
    // A run that was killed may have left half a line.
    if (size > 0 && (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] !== NEWLINE) {
      await file.appendFile("\n");
    }
    return file;
  } catch (cause) {
    throw unwritable(path, isArchive, cause);
  }
}

function unwritable(path: string, isArchive: boolean, cause: unknown): Fault {
  return isArchive
    ? new Fault("usage", `the run archive ${path} cannot be written`, {
        code: "archive.unwritable",
        cause,
        hint: "nothing more was sent. Give --run-archive a directory that is there, can be written and has room",
      })
    : new Fault("usage", `the undo file ${path} cannot be written`, {
        code: "undo-out",
        cause,
        hint: "nothing more was sent. Give --undo-out a file in a directory that can be written and has room",
      });
}

const NEWLINE = 10;

export function contextOf(run: string, number: number): readonly string[] {
  return ["undo", run, String(number)];
}

function lineOf(run: string, number: number, record: Json, key: Uint8Array | undefined): string {
  const plain = JSON.stringify(record);
  if (key === undefined) return `${plain}\n`;
  const sealed = sealBytes(key, contextOf(run, number), Buffer.from(plain, "utf8"));
  return `${JSON.stringify({ sealed: Buffer.from(sealed).toString("base64") })}\n`;
}

/** Numbers of kept versions mean something in one database only. */
function withDigests(store: Store, receipt: Receipt): Json {
  const said = numbers.safeParse(receipt.receipt).data ?? {};
  const named = Object.entries(said).flatMap(([when, seq]) => {
    const version = seq === undefined ? undefined : getVersion(store, seq);
    return version === undefined ? [] : [[when, version.digest] as const];
  });
  return { ...(receipt as unknown as Record<string, Json>), digests: Object.fromEntries(named) };
}

const numbers = z.object({ before: z.number().optional(), after: z.number().optional() });
