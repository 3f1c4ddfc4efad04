// The record of what a connection's site was asked: signed, and on disk before a write leaves.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { DeriveManner } from "../auth/vault.ts";
import type { Event } from "../engine/events.ts";
import type { Came, Leaving, Recorder } from "../http/record.ts";
import { Fault, isFault } from "../lib/fault.ts";
import type { JsonObject } from "../lib/json.ts";
import { appendAudit, type MasterKey } from "../store/audit.ts";
import { DATABASE, type Store } from "../store/db.ts";
import type { Context } from "./context.ts";

/** The key that signs all of an installation's audit: of this one, or of the one with that id under the same vault's key. */
export function auditKey(
  { vault }: Pick<Context, "vault">,
  manner: DeriveManner,
  installation?: string,
): Promise<MasterKey> {
  return vault().derive("audit", manner, installation);
}

export function noKey(): Fault {
  return new Fault("auth", "The record cannot be verified without the key that signs it.", {
    code: "audit.no-key",
    hint: "Unlock the keychain, or set AINSTEIN_KEY or AINSTEIN_PASSPHRASE; `ainstein-cms doctor` says where the key is.",
  });
}

/** By home and target: the run that is under way there. */
const running = new Map<string, string>();

const placeOf = (home: string, target: string): string => JSON.stringify([home, target]);

/** Rows of the audit name the run that this process carries out on their connection, if it does. */
export function noteRun({ home }: Pick<Context, "home">, event: Event): void {
  if (event.type === "run") running.set(placeOf(home, event.target), event.run);
  if (event.type === "summary" && event.summary.target !== null) {
    running.delete(placeOf(home, event.summary.target));
  }
}

/** By home and target: what else is to be on disk before a write leaves. */
const watched = new Map<string, () => Promise<void>>();

/** `before` is awaited before each write of the target leaves, which does not where it throws; undefined ends that. */
export function watchWrites(
  { home }: Pick<Context, "home">,
  target: string,
  before: (() => Promise<void>) | undefined,
): void {
  if (before === undefined) watched.delete(placeOf(home, target));
  else watched.set(placeOf(home, target), before);
}

/** By home and connection: what has to be called for what waits to be recorded. */
const waiting = new Map<string, Set<() => Promise<void>>>();

/** Resolves once the answers that came so far are recorded. */
export async function recordAnswers({ home }: Pick<Context, "home">, connection: string): Promise<void> {
  await Promise.all([...(waiting.get(placeOf(home, connection)) ?? [])].map((record) => record()));
}

/** What was asked of these since is recorded no more: all that was kept of them is to be deleted. */
const forgotten = new Set<string>();

/** From now on this process records nothing of the connection. */
export function stopAuditing({ home }: Pick<Context, "home">, connection: string): void {
  forgotten.add(placeOf(home, connection));
}

type Row = JsonObject & { readonly at: string };

interface Pending {
  readonly row: Row;
  readonly numbered: (n: number) => void;
}

/** Reads that wait to be written together. */
const BATCH = 128;
/** More are not kept while there is no key to sign them with. */
const MOST_WAITING = 2000;

type AuditParts = Pick<Context, "home" | "store" | "vault">;

/**
 * Records the requests of a connection where the installation has a database: looking at a site makes none. A write is
 * recorded before it leaves, and cannot leave where that fails; of reads the last few may be lost with the process. The
 * journal, which waits for the disk, tells of a write whose row a power cut took.
 */
export function auditing(context: AuditParts, connection: string): Recorder {
  const writer = createWriter(context, connection);
  return async (leaving) => {
    const run = running.get(placeOf(context.home, connection));
    const whose = run === undefined ? {} : { run };
    if (!leaving.writes) {
      return (came) => writer.add(rowOf("read", leaving.at, { ...whose, ...asked(leaving), ...told(came) }));
    }
    const about = { ...whose, ...asked(leaving) };
    const sent = await writer.write(rowOf("sent", leaving.at, about));
    await watched.get(placeOf(context.home, connection))?.();
    return (came) => {
      const { method, url, attempt, bytesOut } = leaving;
      const answered = { ...whose, method, url, attempt, bytesOut, ...told(came) };
      writer.add(
        rowOf("answered", leaving.at + came.ms, sent === undefined ? answered : { ...answered, sent }),
      );
    };
  };
}

/** What is decided goes into the same record, in the transaction of whoever decides. */
export async function recordOf(
  context: Pick<Context, "home" | "store" | "vault">,
  connection: string,
): Promise<(rows: readonly Row[]) => void> {
  const key = await auditKey(context, "make");
  return (rows) => {
    if (forgotten.has(placeOf(context.home, connection))) return;
    appendAudit(context.store(), key, connection, rows);
  };
}

function rowOf(type: string, at: number, said: JsonObject): Row {
  return { type, at: new Date(at).toISOString(), ...said };
}

function asked({ method, url, operation, attempt, bytesOut, sent }: Leaving): JsonObject {
  return {
    ...{ method, url, attempt, bytesOut },
    ...(operation === undefined ? {} : { operation }),
    ...(sent === undefined ? {} : { body: sent }),
  };
}

function told({ status, fault, ms, bytesIn, requestId, got }: Came): JsonObject {
  return {
    ...(status === undefined ? {} : { status }),
    ...(fault === undefined ? {} : { fault }),
    ...{ ms, bytesIn },
    ...(requestId === undefined ? {} : { requestId }),
    ...(got === undefined ? {} : { answer: got }),
  };
}

interface Writer {
  /** Some time soon, or when the database is closed. */
  add(row: Row): void;
  /** Recorded once it resolves, with all before it; gives the row's number, undefined where nothing is kept. */
  write(row: Row): Promise<number | undefined>;
}

function createWriter(context: AuditParts, connection: string): Writer {
  let pending: Pending[] = [];
  let key: MasterKey;
  /** Nothing to sign with is to be had: what is written says so. */
  let unsigned = false;
  let closing = false;
  let soon: Promise<void> | undefined;
  const place = placeOf(context.home, connection);
  const record = (): Promise<void> => flush(true);
  const keep = (one: Pending): void => {
    pending.push(one);
    const others = waiting.get(place) ?? new Set();
    waiting.set(place, others.add(record));
  };
  const database = (): Store | undefined => {
    if (!existsSync(resolve(context.home, DATABASE))) return undefined;
    const store = context.store();
    if (!closing) store.beforeClose(atLast);
    closing = true;
    return store;
  };
  const append = (store: Store): void => {
    const taken = pending;
    pending = [];
    waiting.get(place)?.delete(record);
    if (forgotten.has(place)) return;
    let numbers: readonly number[];
    try {
      const rows = taken.map(({ row }) => row);
      numbers = store.quickly(() => appendAudit(store, key, connection, rows));
    } catch (thrown) {
      // What was to be sent is not; the rest is still true.
      pending = [...taken.filter(({ row }) => row.type !== "sent"), ...pending];
      throw thrown;
    }
    for (const [index, { numbered }] of taken.entries()) numbered(numbers[index] ?? 0);
  };
  /** What only looked is not worth a failure at the very end. */
  const atLast = (): void => {
    if (pending.length === 0 || (key === undefined && !unsigned)) return;
    try {
      append(context.store());
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
    }
  };
  const flush = async (make: boolean): Promise<void> => {
    if (key === undefined && !unsigned && database() !== undefined) {
      key = await auditKey(context, make ? "make" : "quiet");
      unsigned = key === undefined && make;
    }
    const store = database();
    if (store === undefined) pending = [];
    else if (key !== undefined || unsigned) append(store);
    else pending = pending.slice(-MOST_WAITING);
  };
  /** All that begin in one tick are recorded together. */
  const flushSoon = (): Promise<void> => {
    soon ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        soon = undefined;
        flush(true).then(resolve, reject);
      });
    });
    return soon;
  };
  return {
    add: (row) => {
      keep({ row, numbered: () => {} });
      // The first one has the key looked for in time.
      if (pending.length % BATCH === 0 || (key === undefined && pending.length === 1)) {
        void flush(false).catch(() => {});
      }
    },
    write: async (row) => {
      let number: number | undefined;
      keep({
        row,
        numbered: (n) => {
          number = n;
        },
      });
      await flushSoon();
      return number;
    },
  };
}
