import { readFile } from "node:fs/promises";
import { inflateSync } from "node:zlib";
import { z } from "zod";
import { openBytes } from "../auth/sealing.ts";
import { Fault } from "../lib/fault.ts";
import type { JsonObject } from "../lib/json.ts";
import { type Intent, OPS, OUTCOMES, type Receipt } from "../store/journal.ts";
import type { NewRun } from "../store/runs.ts";
import { type RunStep, STEP_STATUSES } from "../store/steps.ts";
import type { NewVersion } from "../store/versions.ts";
import { contextOf, FORMAT, type RunEnd } from "./undo-file.ts";

/** What a file says of one run. */
export interface BroughtRun {
  readonly run: NewRun;
  readonly platform: string;
  readonly rootId: string;
  readonly texts: readonly { readonly version: Omit<NewVersion, "sealed">; readonly plain: Uint8Array }[];
  /** Their kept versions are named by digest and side. */
  readonly receipts: readonly Receipt[];
  /** All that was begun, in its order, where the file is of an archive. */
  readonly intents: readonly Intent[];
  readonly steps: readonly RunStep[];
  /** Rows of the signed record, with their numbers there. */
  readonly audit: readonly { readonly n: number; readonly row: JsonObject }[];
  /** The file is of an archive: whatever is not in it did not happen. */
  readonly whole: boolean;
  /** Undefined for a run that was cut off, or is under way. */
  readonly end: RunEnd | undefined;
}

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

const intent = z.object({
  seq: z.number(),
  run: z.string(),
  site: z.string(),
  rootId: z.string(),
  op: z.enum(OPS),
  path: z.string(),
  locale: z.string(),
  key: z.string(),
  id: z.string().optional(),
  payload: z.json(),
});

const step = z.object({
  n: z.number(),
  path: z.string(),
  locale: z.string(),
  action: z.string(),
  step: z.json(),
  status: z.enum(STEP_STATUSES),
  id: z.string().optional(),
  url: z.string().optional(),
  fault: z.json().optional(),
});

function belowRoot<T extends { readonly op: string; readonly path: string }>(
  schema: z.ZodType<T>,
): z.ZodType<T> {
  return schema.refine(({ op, path }) => op === "term" || isBelow(path));
}

const record = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("run"),
    platform: z.string(),
    rootId: z.string(),
    whole: z.boolean().optional(),
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
  z.object({ type: z.literal("intent"), intent: belowRoot(intent) }),
  z.object({
    type: z.literal("receipt"),
    receipt: belowRoot(
      intent.extend({
        outcome: z.enum(OUTCOMES),
        receipt: z.json().optional(),
        digests: z.object({ before: z.string().optional(), after: z.string().optional() }),
      }),
    ),
  }),
  z.object({ type: z.literal("steps"), steps: z.array(step) }),
  z.object({ type: z.literal("audit"), n: z.number(), row: z.record(z.string(), z.json()) }),
  z.object({
    type: z.literal("end"),
    status: z.enum(["done", "failed", "interrupted"]),
    endedAt: z.string(),
    summary: z.json().optional(),
  }),
]);

type Section = { readonly run: string; readonly sealed: boolean; readonly lines: readonly string[] };

/** The runs of a file, oldest first. Throws `usage` for what is no such file, `auth` where the key does not open it. */
export async function readUndoFile({
  path,
  key,
  sealedOnly,
}: {
  readonly path: string;
  readonly key: Uint8Array | undefined;
  /** Nobody vouches for what is not sealed. */
  readonly sealedOnly?: true;
}): Promise<readonly BroughtRun[]> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new Fault("usage", "there is no undo file to read", {
      code: "no-undo-file",
      cause,
      place: { file: path },
      hint: "give the file that --undo-out or --run-archive wrote",
    });
  });
  const sections = sectionsOf(text, path);
  if (sealedOnly === true && sections.some(({ sealed }) => !sealed)) throw unsealedFile(path);
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
      hint: "set AINSTEIN_KEY, or AINSTEIN_ARCHIVE_KEY for a run archive, to the key that was set when it was written",
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
  const texts = records.flatMap((item) =>
    item.type === "text"
      ? {
          version: item.version as Omit<NewVersion, "sealed">,
          plain: inflated(item.text, path),
        }
      : [],
  );
  return {
    run: begun.run as NewRun,
    platform: begun.platform,
    rootId: begun.rootId,
    whole: begun.whole === true,
    texts,
    receipts: records.flatMap((item) => (item.type === "receipt" ? (item.receipt as Receipt) : [])),
    intents: records.flatMap((item) => (item.type === "intent" ? (item.intent as Intent) : [])),
    steps: records.flatMap((item) => (item.type === "steps" ? [item.steps as RunStep[]] : [])).at(-1) ?? [],
    audit: records.flatMap((item) =>
      item.type === "audit" ? { n: item.n, row: item.row as JsonObject } : [],
    ),
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
      hint: "set AINSTEIN_KEY, or AINSTEIN_ARCHIVE_KEY for a run archive, to the key that was set when it was written",
    });
  }
}

function unsealedFile(path: string): Fault {
  return new Fault("auth", `${path} is not sealed, so nobody vouches for what it says`, {
    code: "archive.not-sealed",
    hint: "take the file that --run-archive wrote; what --undo-out wrote is for `runs undo --from`",
  });
}

function noUndoFile(path: string): Fault {
  return new Fault("usage", "this is not an undo file", {
    code: "bad-undo-file",
    place: { file: path },
    hint: "give the file that --undo-out or --run-archive wrote",
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
