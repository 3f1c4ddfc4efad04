import { type FileHandle, open, readFile } from "node:fs/promises";
import { deflateSync, inflateSync } from "node:zlib";
import { z } from "zod";
import { openBytes, sealBytes } from "../auth/sealing.ts";
import { Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import type { Store } from "../store/db.ts";
import { type Receipt, receipts } from "../store/journal.ts";
import type { NewRun } from "../store/runs.ts";
import { getVersion, type NewVersion } from "../store/versions.ts";

/**
 * What undoing runs takes, in a file: JSON lines, for each run a head `{"undo":1,"run":…,"sealed":…}` and then records,
 * each sealed by itself where there is a key. It is good for what was done at any moment, however the run ends.
 */

const FORMAT = 1;

/** Where to write it, and with what to seal it. */
export interface UndoFile {
  readonly path: string;
  /** 32 bytes; undefined writes it as it is. */
  readonly key: Uint8Array | undefined;
}

/** Collects what undoing one run takes. Each call returns once the file holds it durably. */
export interface UndoWriter {
  /** Before the write that overwrites it. Each text once. */
  readonly text: (version: Omit<NewVersion, "sealed">, plain: Uint8Array) => Promise<void>;
  /** Whatever the run has settled since the last call. */
  readonly receipts: (store: Store) => Promise<void>;
  readonly end: (end: RunEnd) => Promise<void>;
}

export interface RunEnd {
  readonly status: "done" | "failed" | "interrupted";
  readonly endedAt: string;
  readonly summary?: Json;
}

/** What a file says of one run. */
export interface BroughtRun {
  readonly run: NewRun;
  readonly platform: string;
  readonly rootId: string;
  readonly texts: readonly { readonly version: Omit<NewVersion, "sealed">; readonly plain: Uint8Array }[];
  /** Their kept versions are named by digest and side. */
  readonly receipts: readonly Receipt[];
  /** Undefined for a run that was cut off. */
  readonly end: RunEnd | undefined;
}

/** Begins the part of one run at the end of the file, mode 0600. Throws `usage` for a file that cannot be written. */
export async function writeUndoFile(
  { path, key }: UndoFile,
  run: NewRun,
  about: { readonly platform: string; readonly rootId: string },
): Promise<UndoWriter> {
  const file = await openFile(path);
  const told = new Set<string>();
  let number = 0;
  let queue: Promise<void> = Promise.resolve();
  // One after another: the steps of a run overlap in time, and records are numbered.
  const append = (records: readonly Json[]): Promise<void> => {
    queue = queue.then(async () => {
      if (records.length === 0) return;
      const lines = records.map((record) => {
        number += 1;
        return lineOf(run.id, number, record, key);
      });
      await file.appendFile(lines.join(""));
      await file.datasync();
    });
    return queue;
  };
  await file.appendFile(`${JSON.stringify({ undo: FORMAT, run: run.id, sealed: key !== undefined })}\n`);
  await append([{ type: "run", run: run as unknown as Json, ...about }]);
  return {
    text: async (version, plain) => {
      const name = `${version.side} ${version.id} ${version.path} ${version.digest}`;
      if (told.has(name)) return;
      told.add(name);
      const text = deflateSync(plain).toString("base64");
      await append([{ type: "text", version: version as unknown as Json, text }]);
    },
    receipts: (store) => {
      const fresh = receipts(store, run.id).filter(({ seq }) => !told.has(`${seq}`));
      for (const { seq } of fresh) told.add(`${seq}`);
      return append(fresh.map((receipt) => ({ type: "receipt", receipt: withDigests(store, receipt) })));
    },
    end: async (end) => {
      await append([{ type: "end", ...end }]);
      await file.close();
    },
  };
}

async function openFile(path: string): Promise<FileHandle> {
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
    throw new Fault("usage", `the undo file ${path} cannot be written`, {
      code: "undo-out",
      cause,
      hint: "nothing was sent. Give --undo-out a file in a directory that can be written",
    });
  }
}

const NEWLINE = 10;

function contextOf(run: string, number: number): readonly string[] {
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

// --- Reading ----------------------------------------------------------------------------------------------------

const head = z.object({ undo: z.number(), run: z.string(), sealed: z.boolean() });
const envelope = z.object({ sealed: z.base64() });
const version = z.object({
  site: z.string(),
  rootId: z.string(),
  path: z.string(),
  locale: z.string(),
  id: z.string(),
  kind: z.string(),
  side: z.enum(["site", "file"]),
  event: z.enum(["sent", "seen", "written", "read"]),
  digest: z.string(),
  at: z.string(),
  since: z.string().optional(),
  author: z.string().optional(),
  run: z.string().optional(),
});
/** The file comes from elsewhere: its paths lie below the root, or it is none of ours. */
function isBelow(path: string): boolean {
  return !path.startsWith("/") && !/(^|[\\/])\.\.([\\/]|$)|^[a-z]:|\0/i.test(path);
}

const record = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("run"),
    platform: z.string(),
    rootId: z.string(),
    run: z.object({
      id: z.string(),
      command: z.string(),
      target: z.string(),
      site: z.string(),
      root: z.string(),
      startedAt: z.string(),
      pid: z.number(),
      host: z.string(),
      actor: z.json().optional(),
      options: z.json().optional(),
      undoes: z.string().optional(),
    }),
  }),
  z.object({ type: z.literal("text"), version, text: z.base64() }),
  z.object({
    type: z.literal("receipt"),
    receipt: z
      .object({
        seq: z.number(),
        run: z.string(),
        site: z.string(),
        rootId: z.string(),
        op: z.enum(["create", "update", "delete", "upload", "term", "restore", "file"]),
        path: z.string(),
        locale: z.string(),
        key: z.string(),
        id: z.string().optional(),
        payload: z.json(),
        outcome: z.enum(["done", "failed", "absent"]),
        receipt: z.json().optional(),
        digests: z.object({ before: z.string().optional(), after: z.string().optional() }),
      })
      .refine(({ op, path }) => op === "term" || isBelow(path)),
  }),
  z.object({
    type: z.literal("end"),
    status: z.enum(["done", "failed", "interrupted"]),
    endedAt: z.string(),
    summary: z.json().optional(),
  }),
]);

type Section = { readonly run: string; readonly sealed: boolean; readonly lines: readonly string[] };

/** The runs of a file, oldest first. Throws `usage` for what is no such file, `auth` where the key does not open it. */
export async function readUndoFile({ path, key }: UndoFile): Promise<readonly BroughtRun[]> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new Fault("usage", "there is no undo file to read", {
      code: "no-undo-file",
      cause,
      place: { file: path },
      hint: "give the file that --undo-out wrote",
    });
  });
  const sections = sectionsOf(text, path);
  return sections.flatMap((section) => broughtBy(section, path, key) ?? []);
}

function sectionsOf(text: string, path: string): readonly Section[] {
  const sections: { run: string; sealed: boolean; lines: string[] }[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const found = head.safeParse(parsed(line)).data;
    if (found === undefined) {
      const section = sections.at(-1);
      if (section === undefined) throw noUndoFile(path);
      section.lines.push(line);
    } else if (found.undo > FORMAT) throw newer(path);
    else sections.push({ run: found.run, sealed: found.sealed, lines: [] });
  }
  if (sections.length === 0) throw noUndoFile(path);
  return sections;
}

/** Undefined for a run that was cut off before it did anything. */
function broughtBy(
  { run, sealed, lines }: Section,
  path: string,
  key: Uint8Array | undefined,
): BroughtRun | undefined {
  if (sealed && key === undefined) {
    throw new Fault("auth", `${path} is sealed`, {
      code: "undo-file.sealed",
      hint: "set AINSTEIN_KEY to the key that was set when it was written",
    });
  }
  const records = lines.flatMap((line, index) => {
    const value = sealed ? unsealed(line, run, index + 1, key, path) : parsed(line);
    const found = record.safeParse(value).data;
    // The last line of a run that was killed may be half a line.
    if (found === undefined && index < lines.length - 1) throw damaged(path);
    return found ?? [];
  });
  const [begun] = records.flatMap((item) => (item.type === "run" ? item : []));
  if (begun === undefined) return undefined;
  return {
    run: begun.run as NewRun,
    platform: begun.platform,
    rootId: begun.rootId,
    texts: records.flatMap((item) =>
      item.type === "text"
        ? {
            version: item.version as Omit<NewVersion, "sealed">,
            plain: inflated(item.text, path),
          }
        : [],
    ),
    receipts: records.flatMap((item) => (item.type === "receipt" ? (item.receipt as Receipt) : [])),
    end: records.flatMap((item) => (item.type === "end" ? (item as RunEnd) : []))[0],
  };
}

/** A text longer than this is none that a run kept. */
const LONGEST = 256 * 1024 * 1024;

function inflated(text: string, path: string): Uint8Array {
  try {
    return inflateSync(Buffer.from(text, "base64"), { maxOutputLength: LONGEST });
  } catch {
    throw damaged(path);
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Undefined for half a line. */
function unsealed(
  line: string,
  run: string,
  number: number,
  key: Uint8Array | undefined,
  path: string,
): unknown {
  const found = envelope.safeParse(parsed(line)).data;
  if (found === undefined || key === undefined) return undefined;
  try {
    const plain = openBytes(key, contextOf(run, number), Buffer.from(found.sealed, "base64"));
    return parsed(Buffer.from(plain).toString("utf8"));
  } catch (cause) {
    throw new Fault("auth", `${path} does not open with this key, or was altered`, {
      code: "undo-file.wrong-key",
      cause,
      hint: "set AINSTEIN_KEY to the key that was set when it was written",
    });
  }
}

function noUndoFile(path: string): Fault {
  return new Fault("usage", "this is not an undo file", {
    code: "bad-undo-file",
    place: { file: path },
    hint: "give the file that --undo-out wrote",
  });
}

function damaged(path: string): Fault {
  return new Fault("usage", "this undo file is damaged", {
    code: "bad-undo-file",
    place: { file: path },
    hint: "get it again from where it was kept; nothing was sent",
  });
}

function newer(path: string): Fault {
  return new Fault("usage", "this undo file was written by a newer ainstein-cms", {
    code: "undo-file.newer",
    place: { file: path },
    hint: "upgrade ainstein-cms",
  });
}
