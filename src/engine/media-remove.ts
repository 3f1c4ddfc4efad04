import { randomUUID } from "node:crypto";
import type { RemoteMedia } from "../connectors/contract.ts";
import { asFault, type Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import { thisProcess } from "../store/processes.ts";
import { createRun, finishRun } from "../store/runs.ts";
import { recordResult, recordSteps } from "../store/steps.ts";
import type { AtSite, RunParts } from "./at-site.ts";

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
  { site, root, store }: AtSite,
  uploads: readonly RemoteMedia[],
): Promise<{ readonly run: string; readonly removed: readonly Removal[] }> {
  const run = randomUUID();
  const remove = site.target.connector.media?.remove;
  if (store === undefined || remove === undefined) return { run, removed: [] };
  const now = () => new Date(parts.clock.now()).toISOString();
  createRun(store, {
    ...{ id: run, command: "media", target: site.target.name, site: site.account.site, root: root.dir },
    ...{ startedAt: now(), ...thisProcess() },
    actor: { ...(await parts.actor()), account: site.account.name },
    options: { uploads: uploads.map(({ id, url }) => ({ id, url })) } as Json,
  });
  const removed: Removal[] = [];
  let stopped: Fault | undefined;
  const steps = uploads.map(({ id, url }, n) => ({
    ...{ n, path: url, locale: "", action: "delete" },
    step: { id, url } as Json,
  }));
  recordSteps(store, run, steps);
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
  finishRun(store, run, {
    status: whole ? "done" : stopped === undefined ? "interrupted" : "failed",
    endedAt: now(),
  });
  if (stopped !== undefined) throw stopped;
  return { run, removed };
}
