// What a command did, as services may ask to be told of it. Heard from the events that are shown to a person, too.
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DocumentResult, Emit, Event } from "../../engine/events.ts";
import { asFault } from "../../lib/fault.ts";
import { printable } from "../../lib/redact.ts";
import type { Point } from "../../services/provider.ts";
import type { Occurrence } from "../../services/service.ts";
import { DATABASE } from "../../store/db.ts";
import { isAnyWaiting } from "../../store/occurrences.ts";
import { listServices } from "../../store/services.ts";
import type { Step } from "../../sync/plan.ts";
import type { Context } from "../context.ts";
import { deliverDue } from "./deliver.ts";
import { enqueue } from "./queue.ts";

/** Nobody waits longer for it at the end of a command; the rest is sent by a later one. */
const PATIENCE_MS = 15_000;

/** What sends something to the site. */
const WRITES: ReadonlySet<DocumentResult["action"]> = new Set(["create", "publish", "update", "merge"]);
const RUNS: ReadonlySet<string> = new Set(["publish", "push", "sync", "apply", "runs", "pull", "resolve"]);

interface Listening {
  readonly emit: Emit;
  /** The command is over: sends what waits. Never throws. */
  readonly end: () => Promise<void>;
}

/** Listens where a service asked for anything; what it hears is durable before the command ends. */
export function listening(context: Context, command: string): Listening {
  if (!existsSync(join(context.home, DATABASE))) return { emit: context.emit, end: async () => {} };
  const coming: Promise<unknown>[] = [];
  const memory: Memory = { runs: new Map(), steps: new Map() };
  const asked = wanted(context);
  const note = (point: Point, fields: Occurrence["fields"]): void => {
    if (!asked.has(point)) return;
    const happening = { id: randomUUID(), point, fields, source: "engine", atMs: context.clock.now() };
    coming.push(enqueue(context, happening).catch((thrown) => complain(context, thrown)));
  };
  return {
    emit: (event) => {
      if (asked.size > 0 && RUNS.has(command)) hear(event, memory, command, note);
      context.emit(event);
    },
    end: async () => {
      try {
        await Promise.all(coming);
        const isDue = command !== "services" && !context.signal.aborted && isAnyWaiting(context.store());
        if (isDue) await deliverDue(context, context.clock.now() + PATIENCE_MS);
      } catch (thrown) {
        complain(context, thrown);
      }
    },
  };
}

function wanted(context: Context): ReadonlySet<string> {
  try {
    return new Set(listServices(context.store()).flatMap(({ points }) => points));
  } catch {
    // A database that cannot be read is told of by whoever needs it.
    return new Set();
  }
}

function complain({ ui }: Context, thrown: unknown): void {
  ui.note(printable(`services: ${asFault(thrown).message}`));
}

type Note = (point: Point, fields: Occurrence["fields"]) => void;

/** Of each target, what is under way. */
interface Memory {
  readonly runs: Map<string, string>;
  /** By path. */
  readonly steps: Map<string, ReadonlyMap<string, Step>>;
}

function hear(event: Event, { runs, steps }: Memory, command: string, note: Note): void {
  if (event.type === "run") runs.set(event.target, event.run);
  if (event.type === "plan")
    steps.set(event.target, new Map(event.plan.steps.map((step) => [step.path, step])));
  if (event.type === "result") hearResult(event.target, event.result, steps.get(event.target), note);
  if (event.type === "summary" && event.summary.target !== null && event.summary.failed > 0) {
    const { target, run, failed } = event.summary;
    note("run_failed", { run, target, command: event.summary.command, code: "documents-failed", failed });
  }
  if (event.type === "fault" && event.target !== undefined && runs.has(event.target)) {
    const { target, fault } = event;
    note("run_failed", { run: runs.get(target) ?? "", target, command, code: fault.code, failed: 0 });
  }
}

/** Of what visitors see, and not of drafts; the site was read back by then. */
function hearResult(
  target: string,
  { action, status, path, url }: DocumentResult,
  steps: ReadonlyMap<string, Step> | undefined,
  note: Note,
): void {
  const step = steps?.get(path);
  if (status !== "ok" || step === undefined || !WRITES.has(action)) return;
  if ((step.to ?? step.from) !== "published") return;
  const { title, kind, locale } = step;
  const fields = { title, path, kind, target, locale, ...(url === undefined ? {} : { url }) };
  note(step.from === "published" ? "content_updated" : "content_published", fields);
}
