import { z } from "zod";
import type { Draft, Entry } from "../connectors/contract.ts";
import { entryShape } from "../content/lockfile.ts";
import type { Json } from "../lib/json.ts";
import type { Store } from "../store/db.ts";
import { type Intent, pending, receipts, settle } from "../store/journal.ts";
import { finishRun, listRuns } from "../store/runs.ts";
import type { Base } from "../sync/model.ts";
import { remoteFingerprint } from "./fingerprint.ts";
import type { Site } from "./site.ts";

/** What a run that was cut off left behind, found out by asking the site. */
export interface Recovery {
  /** Lines its receipts prove and the lockfile may not hold yet, newest last. */
  readonly lines: readonly Base[];
  /** Entries that its creates made: path -> id. */
  readonly created: ReadonlyMap<string, string>;
  /** What the entry holds in parts it was writing is what it sent. */
  readonly isOurs: (entry: Entry) => boolean;
  /** Closes the dead runs. Call it once the lockfile holds `lines`. */
  readonly close: () => void;
}

export const nothingToRecover: Recovery = {
  lines: [],
  created: new Map(),
  isOurs: () => false,
  close: () => {},
};

/** Stored with a create, so that another process can ask whether it happened. */
export interface CreatePayload {
  readonly draft: Omit<Draft, "wire">;
  readonly intent: Json;
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
});
const updatePayload = z.object({
  sent: z.record(z.string(), z.string()),
  before: z.record(z.string(), z.string()),
});
const lineReceipt = z.object({ line: entryShape });

/**
 * Settles what earlier runs on this site left open: asks the site about each unanswered create, and gathers the
 * receipts of runs that died before they wrote the lockfile. Call it under the site's lock.
 */
export async function recover(
  store: Store,
  site: Site,
  rootId: string,
  now: () => string,
): Promise<Recovery> {
  const created = new Map<string, string>();
  const updates = new Map<string, z.infer<typeof updatePayload>>();
  for (const intent of pending(store, site.account.site)) {
    if (intent.op === "create") {
      const id = await createdBy(site, intent);
      if (id !== undefined) created.set(intent.path, id);
      settle(store, intent.seq, id === undefined ? "absent" : "done", id === undefined ? undefined : { id });
    } else {
      const payload = updatePayload.safeParse(intent.payload);
      if (intent.op === "update" && intent.id !== undefined && payload.success)
        updates.set(intent.id, payload.data);
      settle(store, intent.seq, "failed", { reason: "cut off" });
    }
  }
  const dead = listRuns(store, 100).filter(
    (run) => run.site === site.account.site && run.endedAt === undefined,
  );
  return {
    lines: dead.reverse().flatMap((run) => linesOf(store, run.id, rootId)),
    close: () => {
      for (const run of dead) finishRun(store, run.id, { status: "interrupted", endedAt: now() });
    },
    created,
    isOurs: (entry) => {
      if ([...created.values()].includes(entry.id)) return true;
      const update = updates.get(entry.id);
      if (update === undefined) return false;
      const held = remoteFingerprint(entry).parts;
      return Object.keys(update.sent).every(
        (part) => held[part] === update.sent[part] || held[part] === update.before[part],
      );
    },
  };
}

async function createdBy(site: Site, intent: Intent): Promise<string | undefined> {
  const { draft, intent: key } = createPayload.parse(intent.payload);
  const entry = await site.target.connector.find({ ...draft, wire: {} }, key as Json);
  return entry?.id;
}

function linesOf(store: Store, run: string, rootId: string): readonly Base[] {
  return receipts(store, run).flatMap((receipt) => {
    if (receipt.rootId !== rootId || receipt.outcome !== "done") return [];
    const parsed = lineReceipt.safeParse(receipt.receipt);
    return parsed.success ? [parsed.data.line] : [];
  });
}
