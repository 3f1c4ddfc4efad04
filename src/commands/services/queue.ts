// What happened is put into the queue: durable before anybody is told that it was taken.
import { Fault } from "../../lib/fault.ts";
import type { Point } from "../../services/provider.ts";
import type { Occurrence } from "../../services/service.ts";
import { bodyOf, isAnyOccurrence, noteOccurrence, pausedUntil } from "../../store/occurrences.ts";
import { listServices, type ServiceRecord } from "../../store/services.ts";
import type { Context } from "../context.ts";

export type Queued = Pick<Context, "store" | "vault" | "clock">;

export interface Happening {
  readonly id: string;
  readonly point: Point;
  readonly atMs: number;
  readonly fields: Occurrence["fields"];
  /** `engine`, `hand`, or the name of a source. */
  readonly source: string;
}

/** Points whose fields are about nobody. */
const IMPERSONAL: ReadonlySet<Point> = new Set(["content_published", "content_updated", "run_failed"]);

const HOUR_MS = 3_600_000;
const UNITS: Readonly<Record<string, number>> = { minutes: 60_000, hours: HOUR_MS, days: 24 * HOUR_MS };

/**
 * For all who asked for it. `known`: it was taken before. `back`: it is noted, and for nobody, since it came back from a
 * service. Throws `auth` where personal data cannot be sealed.
 */
export async function enqueue(context: Queued, happening: Happening): Promise<"new" | "known" | "back"> {
  const now = context.clock.now();
  if (cameBack(context, happening)) {
    return (await enqueueFor(context, happening, [])) === "new" ? "back" : "known";
  }
  const asking = listServices(context.store()).filter(({ points }) => points.includes(happening.point));
  const services = asking.map((service) => ({ name: service.name, notBeforeMs: nextTime(service, now) }));
  return enqueueFor(context, happening, services);
}

/** Services alone are told our ids: what holds one went through a service, and might go round for ever. */
function cameBack({ store }: Queued, { fields }: Happening): boolean {
  const texts = Object.values(fields).filter((value) => typeof value === "string");
  return isAnyOccurrence(store(), texts);
}

/** The same, for these services and no others. */
export async function enqueueFor(
  context: Queued,
  happening: Happening,
  services: readonly { readonly name: string; readonly notBeforeMs: number }[],
): Promise<"new" | "known"> {
  const { id, point, atMs, source } = happening;
  const { body, sealed } = await packed(context, happening);
  const store = context.store();
  const occurrence = { id, point, source, atMs, notedMs: context.clock.now(), sealed, body };
  // One that did not take the last one is not tried with each that comes, and gets them in their order.
  const due = services.map(({ name, notBeforeMs }) => ({
    name,
    notBeforeMs: Math.max(notBeforeMs, pausedUntil(store, name)),
  }));
  return noteOccurrence(store, occurrence, due) ? "new" : "known";
}

/** Intervals of all services begin at the same moments, so that what waits is gathered. */
function nextTime({ every }: ServiceRecord, now: number): number {
  const interval = intervalOf(every);
  return interval === 0 ? 0 : Math.ceil(now / interval) * interval;
}

/** In ms; 0 for real time. */
export function intervalOf(every: string): number {
  const [, count, unit = ""] = /^every_(\d+)_(\w+)$/.exec(every) ?? [];
  if (count !== undefined) return Number(count) * (UNITS[unit] ?? 0);
  return { hourly: HOUR_MS, daily: 24 * HOUR_MS, weekly: 7 * 24 * HOUR_MS }[every] ?? 0;
}

async function packed(
  { vault }: Queued,
  { id, point, fields }: Happening,
): Promise<{ readonly body: Uint8Array; readonly sealed: boolean }> {
  const plain = Buffer.from(JSON.stringify(fields), "utf8");
  if (IMPERSONAL.has(point)) return { body: plain, sealed: false };
  const sealed = await vault().seal(contextOf(id), plain);
  if (sealed !== undefined) return { body: sealed, sealed: true };
  throw new Fault("auth", "The vault's key cannot be had, and personal data is kept sealed only.", {
    code: "vault.locked",
    hint: "Set AINSTEIN_KEY or AINSTEIN_PASSPHRASE for this process.",
  });
}

/** What was told of an occurrence; undefined once its text is gone. Throws `auth` where it cannot be opened. */
export async function unpacked(
  { store, vault }: Queued,
  id: string,
): Promise<Occurrence["fields"] | undefined> {
  const kept = bodyOf(store(), id);
  if (kept === undefined) return undefined;
  const plain = kept.sealed ? await vault().open(contextOf(id), kept.body) : kept.body;
  return JSON.parse(Buffer.from(plain).toString("utf8")) as Occurrence["fields"];
}

/** What the body is sealed for. */
const contextOf = (id: string): string => `occurrence:${id}`;
