import { randomUUID } from "node:crypto";
import type { RemoteMedia } from "../connectors/contract.ts";
import { asFault, type Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import { thisProcess } from "../store/processes.ts";
import { createRun, finishRun, type NewRun } from "../store/runs.ts";
import { recordResult, recordSteps } from "../store/steps.ts";
import type { AtSite, RunParts } from "./at-site.ts";
import { begun, type Decision, ended, NOTHING_ALLOWED } from "./decisions.ts";

export interface Removal {
  readonly media: RemoteMedia;
  /** Why it is still there. */
  readonly fault: Fault | undefined;
}

/**
 * Removes uploads for good, one after the other, recorded as a run that cannot be undone. Stops at a fault of the whole
 * connection, which is thrown.
 */
export async function removeMedia(
  parts: RunParts,
  { site, root, store, tell }: AtSite,
  uploads: readonly RemoteMedia[],
): Promise<{ readonly run: string; readonly removed: readonly Removal[] }> {
  const run = randomUUID();
  const remove = site.target.connector.media?.remove;
  if (store === undefined || remove === undefined) return { run, removed: [] };
  const now = () => new Date(parts.clock.now()).toISOString();
  const record: NewRun = {
    ...{ id: run, command: "media", target: site.target.name, site: site.account.site, root: root.dir },
    ...{ startedAt: now(), ...thisProcess() },
    actor: { ...(await parts.actor()), account: site.account.name },
    options: { uploads: uploads.map(({ id, url }) => ({ id, url })) } as Json,
  };
  const removed: Removal[] = [];
  let stopped: Fault | undefined;
  const steps = uploads.map(({ id, url }, n) => ({
    ...{ n, path: url, locale: "", action: "delete" },
    step: { id, url } as Json,
  }));
  store.transaction(() => {
    createRun(store, record);
    recordSteps(store, run, steps);
    tell([begun(record, NOTHING_ALLOWED)]);
  });
  for (const [n, media] of uploads.entries()) {
    if (parts.signal.aborted) break;
    try {
      await remove(media.id);
      recordResult(store, run, n, { status: "ok", id: media.id, url: media.url });
      removed.push({ media, fault: undefined });
    } catch (thrown) {
      const fault = asFault(thrown);
      const { kind, code, message } = fault;
      recordResult(store, run, n, { status: "failed", id: media.id, fault: { kind, code, message } });
      if (fault.scope !== "item") {
        stopped = fault;
        break;
      }
      removed.push({ media, fault });
    }
  }
  const whole = removed.length === uploads.length && removed.every(({ fault }) => fault === undefined);
  store.transaction(() => {
    const endedAt = now();
    const status = whole ? "done" : stopped === undefined ? "interrupted" : "failed";
    finishRun(store, run, { status, endedAt });
    tell([...removed.flatMap((one) => removal(run, one, endedAt)), ...ended(store, run, endedAt)]);
  });
  if (stopped !== undefined) throw stopped;
  return { run, removed };
}

function removal(run: string, { media: { id, url }, fault }: Removal, at: string): readonly Decision[] {
  return fault === undefined
    ? [{ type: "wrote", at, run, op: "delete", path: url, entry: id, outcome: "done" }]
    : [];
}
