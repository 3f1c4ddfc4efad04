import { basename, dirname } from "node:path";
import { z } from "zod";
import type { Draft, Entry } from "../connectors/contract.ts";
import { entryShape } from "../content/lockfile.ts";
import { removeLeftovers } from "../content/tree.ts";
import type { Json } from "../lib/json.ts";
import type { Store } from "../store/db.ts";
import { type Intent, type Outcome, pending, receipts, settle } from "../store/journal.ts";
import { finishRun, getRun, unfinishedRuns } from "../store/runs.ts";
import type { Base, Part } from "../sync/model.ts";
import { ended, settledLate, type Tell } from "./decisions.ts";
import { lackingOn, loadRefs } from "./encode.ts";
import { remoteFingerprint } from "./fingerprint.ts";
import { itemFault } from "./gather.ts";
import { fileReceipt } from "./receipts.ts";
import { type Root, withLockfile } from "./root.ts";
import { type LoadedFile, loadFile, scanFile } from "./scan.ts";
import type { Site } from "./site.ts";

/** What a run that was cut off left behind, found out by asking the site. */
export interface Recovery {
  /** Lines its receipts prove and the lockfile may not hold yet, newest last. */
  readonly lines: readonly Base[];
  /** Entries that its creates made: path -> id. */
  readonly created: ReadonlyMap<string, string>;
  /** Parts in which the entry holds what it sent, or, where it was making the entry, nothing yet. */
  readonly oursIn: (entry: Entry) => readonly Part[];
  /** Number of the kept text of an entry before a write of an earlier run that was cut off. */
  readonly cutOff: (id: string) => number | undefined;
  /** Closes the dead runs. Call it once the lockfile holds `lines`. */
  readonly close: () => void;
}

export const nothingToRecover: Recovery = {
  lines: [],
  created: new Map(),
  oursIn: () => [],
  cutOff: () => undefined,
  close: () => {},
};

/** Where what is found out is written down. */
interface Books {
  readonly store: Store;
  readonly tell: Tell;
  /** ISO 8601, UTC. */
  readonly now: () => string;
}

/** What became of an intent of an earlier run. */
interface Settled {
  readonly intent: Intent;
  readonly outcome: Outcome;
  readonly receipt?: Json;
}

function settleAll({ store, tell, now }: Books, settled: readonly Settled[]): void {
  if (settled.length === 0) return;
  store.transaction(() => {
    for (const { intent, outcome, receipt } of settled) settle(store, intent.seq, outcome, receipt);
    const intents = settled.map(({ intent }) => intent);
    const seqs = intents.map(({ seq }) => seq);
    const runs = intents.map(({ run }) => run);
    tell(settledLate(store, seqs, runs, now()));
  });
}

/** Stored with a create, so that another process can ask whether it happened. */
export interface CreatePayload {
  readonly draft: Omit<Draft, "wire">;
  readonly intent: Json;
  /** Fingerprints of the parts that are sent. */
  readonly sent: Readonly<Record<Part, string>>;
}

const createPayload = z.object({
  draft: z.object({
    key: z.string(),
    kind: z.string(),
    locale: z.string(),
    scope: z.string(),
    slug: z.string(),
  }),
  intent: z.json(),
  sent: z.record(z.string(), z.string()).default({}),
});
const updatePayload = z.object({
  sent: z.record(z.string(), z.string()),
  text: z.number().optional(),
});
const lineReceipt = z.object({ line: entryShape });
const agreedReceipt = z.object({ agreed: entryShape });
const uploadsReceipt = fileReceipt.required({ uploads: true }).pick({ uploads: true });

/**
 * Finds out what earlier runs of this root left open on this site: asks about each unanswered create, and gathers the
 * receipts of runs that died before they wrote the lockfile. Intents stay open until a run has dealt with their
 * documents (`closeEarlier`), so that a run that is cut off in its turn forgets nothing. Call it under the site's lock.
 */
export async function recover(books: Books, site: Site, root: Root): Promise<Recovery> {
  const { store, tell, now } = books;
  const created = new Map<string, string>();
  const updates = new Map<string, z.infer<typeof updatePayload>>();
  const sent = new Map<string, Readonly<Record<Part, string>>[]>();
  const open = pending(store, site.account.site).filter((intent) => isOf(store, root, intent));
  const creates = open.filter((intent) => intent.op === "create");
  // Side by side: each may have to wait for a request that is still under way.
  const found = await Promise.all(creates.map((intent) => createdBy(site, intent)));
  const settled: Settled[] = found.filter((one) => typeof one !== "string");
  for (const [index, { path, payload }] of creates.entries()) {
    const id = found[index];
    if (typeof id !== "string") continue;
    created.set(path, id);
    sent.set(id, [createPayload.parse(payload).sent]);
  }
  for (const intent of open.filter(({ op }) => op !== "create")) {
    const payload = updatePayload.safeParse(intent.payload);
    if (intent.op === "update" && intent.id !== undefined && payload.success) {
      // Of several that were cut off, the first knows what was there before any of them.
      const { text = payload.data.text } = updates.get(intent.id) ?? {};
      updates.set(intent.id, { ...payload.data, text });
      sent.set(intent.id, [...(sent.get(intent.id) ?? []), payload.data.sent]);
    } else if (await happened(site, root, intent)) {
      settled.push({ intent, outcome: "done", receipt: intent.payload });
    } else settled.push({ intent, outcome: "failed", receipt: { reason: "cut off" } });
  }
  settleAll(books, settled);
  const dead = unfinishedRuns(store, site.account.site).filter(
    (run) => run.root === root.dir || receipts(store, run.id).some((receipt) => receipt.rootId === root.id),
  );
  await sweep(root, open, dead.length > 0);
  const lines = dead.flatMap((run) => linesOf(store, run.id));
  for (const { receipt } of dead.flatMap((run) => receipts(store, run.id))) {
    const told = uploadsReceipt.safeParse(receipt);
    if (told.success) site.media.learn(told.data.uploads);
  }
  await findNamed(site, root, lines);
  return {
    lines,
    close: () => {
      for (const { id } of dead) {
        store.transaction(() => {
          const endedAt = now();
          finishRun(store, id, { status: "interrupted", endedAt });
          tell(ended(store, id, endedAt));
        });
      }
    },
    created,
    cutOff: (id) => updates.get(id)?.text,
    oursIn: (entry) => {
      const made = [...created.values()].includes(entry.id);
      const held = remoteFingerprint(entry).parts;
      return Object.keys(held).filter(
        (part) =>
          (made && isBlank(entry.wire[part])) ||
          sent.get(entry.id)?.some((parts) => parts[part] === held[part]) === true,
      );
    },
  };
}

/** Half-written copies that a killed run left beside files and lockfile. */
async function sweep(root: Root, open: readonly Intent[], died: boolean): Promise<void> {
  for (const { op, path } of open) if (op === "file") await removeLeftovers(root.dir, path);
  if (!died) return;
  await withLockfile(root, () => removeLeftovers(dirname(root.lockPath), basename(root.lockPath)));
}

/** The lockfile says which terms and uploads documents name: it tells of those, too, that only a run that died used. */
async function findNamed(site: Site, root: Root, lines: readonly Base[]): Promise<void> {
  const named: Pick<LoadedFile, "needs" | "files">[] = [];
  for (const line of lines) {
    // A file that cannot be used now is told of where the files are read.
    const file = await loadFile(root, site, line.path).catch(() => undefined);
    if (file !== undefined && file.blob === line.blob) named.push({ needs: file.needs, files: file.files });
  }
  const terms = named.flatMap(({ needs }) => needs.terms);
  const uploads = named.flatMap(({ files }) => files);
  await loadRefs(site, { terms, media: [], authors: [] }, uploads);
  // Naming them is what makes them used.
  for (const { needs, files } of named) lackingOn(site, needs, files);
}

/** What an entry holds in parts that nobody has written yet. */
function isBlank(value: Json | undefined): boolean {
  return value === undefined || value === null || value === "" || Object.keys(Object(value)).length === 0;
}

/**
 * Closes what earlier runs of this root left open about documents that are dealt with now, that there is nothing to do
 * for (`idle`), or whose file is gone. Call it once the steps of a run are carried out.
 */
export async function closeEarlier(
  books: Books,
  site: string,
  run: string,
  root: Root,
  settled: ReadonlySet<string>,
  idle: ReadonlySet<string>,
  lines: ReadonlyMap<string, Base>,
): Promise<void> {
  const found: Settled[] = [];
  for (const intent of pending(books.store, site)) {
    if (intent.run === run || !isOf(books.store, root, intent)) continue;
    const gone = !settled.has(intent.path) && (await scanFile(root, intent.path)) === undefined;
    const failed = (reason: string) => found.push({ intent, outcome: "failed", receipt: { reason } });
    if (settled.has(intent.path)) {
      found.push({ intent, outcome: "done", receipt: provenBy(intent, lines, run) });
    } else if (idle.has(intent.path)) failed("not carried out");
    else if (gone) failed("its file is gone");
  }
  settleAll(books, found);
}

/** The receipt of a write that was cut off: where the document is in step now, it did what it was to do. */
function provenBy(intent: Intent, lines: ReadonlyMap<string, Base>, run: string): Json {
  const line = lines.get(intent.path) as unknown as Json | undefined;
  const update = updatePayload.safeParse(intent.payload);
  if (line === undefined || (intent.op === "update" && !update.success)) return { recovered: run };
  if (!update.success) return { recovered: run, line };
  const { sent, text } = update.data;
  return { recovered: run, line, parts: Object.keys(sent), ...(text === undefined ? {} : { before: text }) };
}

const filePayload = z.object({ blob: z.string().optional(), removed: z.boolean().optional() });

/** Whether what a run was cut off in was done: a removal, a return from the trash, or the writing of a file. */
async function happened(site: Site, root: Pick<Root, "read">, intent: Intent): Promise<boolean> {
  const line = lineReceipt.safeParse(intent.payload);
  if (intent.op === "delete" || intent.op === "restore") {
    if (!line.success) return false;
    const [found] = await site.target.connector.read([line.data.line]);
    return found !== undefined && (found.entry === undefined) === (intent.op === "delete");
  }
  if (intent.op !== "file") return false;
  const wanted = filePayload.safeParse(intent.payload);
  const file = await scanFile(root, intent.path);
  if (!wanted.success) return false;
  return wanted.data.removed === true
    ? file === undefined
    : file !== undefined && file.blob === wanted.data.blob;
}

/** Of this clone, or of another one of the same repository. A root without either kind of name is known by its place. */
function isOf(store: Store, root: Pick<Root, "id" | "dir">, intent: Intent): boolean {
  return intent.rootId === root.id || getRun(store, intent.run)?.root === root.dir;
}

/**
 * The id of what an unanswered create made, else how it is settled. What the site refuses to tell about one document
 * does not keep the others from their turn.
 */
async function createdBy(site: Site, intent: Intent): Promise<string | Settled> {
  const { draft, intent: key } = createPayload.parse(intent.payload);
  try {
    const entry = await site.target.connector.find({ ...draft, wire: {} }, key as Json);
    return entry === undefined ? { intent, outcome: "absent" } : entry.id;
  } catch (thrown) {
    const { code } = itemFault(thrown);
    return { intent, outcome: "failed", receipt: { code } };
  }
}

function linesOf(store: Store, run: string): readonly Base[] {
  return receipts(store, run).flatMap(({ op, outcome, receipt }) => {
    if (outcome !== "done" || op === "delete") return [];
    const agreed = agreedReceipt.safeParse(receipt);
    if (op === "file") return agreed.success ? [agreed.data.agreed] : [];
    const parsed = lineReceipt.safeParse(receipt);
    return parsed.success ? [parsed.data.line] : [];
  });
}
