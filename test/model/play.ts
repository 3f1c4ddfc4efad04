import type { Step } from "../../src/sync/plan.ts";
import { linesOnce, nothingTwice, refuse } from "./laws.ts";
import { type Deed, doDeed, liveEntries } from "./people.ts";
import { recover } from "./recovery.ts";
import { blobOf, differingParts } from "./sight.ts";
import { Crash, type Direction, plan, type RunResult, run } from "./tool.ts";
import { agreeing, emptyWorld, snapshot, type World } from "./world.ts";

export type Act =
  | Deed
  | {
      readonly type: "run";
      readonly direction: Direction;
      readonly remove: boolean;
      readonly crashAt: number | undefined;
      readonly meanwhile: Deed | undefined;
    };

/** What happened in one sequence, for a look at what sequences cover. */
export type Tally = Map<string, number>;

/** Plays a sequence from an empty world; throws where a law is broken. */
export async function play(acts: readonly Act[], tally: Tally = new Map()): Promise<void> {
  const world = emptyWorld();
  for (const act of acts) await playOn(world, act, tally);
}

export async function playOn(world: World, act: Act, tally: Tally): Promise<void> {
  if (act.type === "run") await playRun(world, act, tally);
  else doDeed(world, act);
  nothingTwice(world);
}

async function playRun(world: World, act: Extract<Act, { type: "run" }>, tally: Tally): Promise<void> {
  const { meanwhile } = act;
  const agreed = new Map(world.agreed);
  try {
    const result = await run(world, {
      ...act,
      meanwhile: () => {
        if (meanwhile !== undefined) doDeed(world, meanwhile);
      },
    });
    for (const step of result.steps)
      count(tally, `${step.action}${result.refused.has(step) ? " refused" : ""}`);
    linesOnce(world, result.looked.problems);
    remember(world);
    if (meanwhile === undefined) {
      writesAreThePlan(world, result);
      bothSidesEqual(world, result, act.direction);
      await secondRunIsIdle(world, result, act.direction, act.remove);
    }
  } catch (thrown) {
    if (!(thrown instanceof Crash)) throw thrown;
    // No receipt has the line of a file that was written: its base is the one before.
    for (const { side, path } of world.seen) {
      const file = side === "file" ? world.files.get(path) : undefined;
      if (file !== undefined) world.amnesia.add(file.doc);
    }
    unagree(world, agreed);
    count(tally, "crash");
  }
}

/** What a run that died had brought together is agreed only where a receipt says so. */
function unagree(world: World, before: World["agreed"]): void {
  const last = world.db.runs.at(-1);
  const proven = world.db.intents.flatMap(({ run: id, outcome, line }) => {
    const entry = id === last && outcome === "done" ? world.entries.get(line?.id ?? "") : undefined;
    return entry === undefined ? [] : `${entry.doc}`;
  });
  for (const key of [...world.agreed.keys()]) {
    const old = before.get(key);
    if (proven.includes(key.split(" ")[0] ?? "")) continue;
    if (old === undefined) world.agreed.delete(key);
    else world.agreed.set(key, old);
  }
}

function count(tally: Tally, name: string): void {
  tally.set(name, (tally.get(name) ?? 0) + 1);
}

/** A document whose line tells the truth again has its memory back: what both sides say is agreed. */
function remember(world: World): void {
  for (const line of world.lock) {
    const entry = world.entries.get(line.id);
    const file = world.files.get(line.path);
    const whole = entry?.revision === line.revision && file !== undefined && blobOf(file) === line.blob;
    if (!whole || entry.doc !== file.doc) continue;
    world.amnesia.delete(file.doc);
    agreeing(world, file, entry);
  }
}

const WRITES_SITE: ReadonlySet<string> = new Set(["create", "update", "publish", "unpublish", "merge"]);

/** What site and directory saw is what the plan said: no write more, none less, no part that was not named. */
function writesAreThePlan(world: World, { steps, refused }: RunResult): void {
  const done = steps.filter((step) => !refused.has(step));
  const planned = new Map(steps.map((step) => [step.path, step]));
  for (const seen of world.seen) {
    const step = planned.get(seen.path);
    refuse(step === undefined, `${seen.op} of ${seen.path} (${seen.side}) was not planned`);
    const named = new Set(step?.changed);
    const more = seen.parts.filter((part) => !named.has(part));
    refuse(more.length > 0, `${step?.action} of ${seen.path} wrote ${more.join(", ")} too`);
  }
  for (const step of done) {
    const seen = world.seen.filter((write) => write.path === step.path);
    const toSite = seen.filter((write) => write.side === "site" && write.op !== "delete").length;
    refuse(
      WRITES_SITE.has(step.action) !== (toSite === 1),
      `${step.action} of ${step.path}: ${toSite} writes`,
    );
    refuse(
      step.action === "delete" && seen.filter((write) => write.op === "delete").length !== 1,
      `${step.path} was not removed`,
    );
  }
}

/** Where a sync neither met a conflict nor was kept from its work, both sides say the same. */
function bothSidesEqual(world: World, { steps, refused, looked }: RunResult, direction: Direction): void {
  if (direction !== "sync") return;
  const isOpen = (step: RunResult["steps"][number]) =>
    refused.has(step) || step.action === "conflict" || (step.action === "skip" && step.changed.length === 0);
  const open = new Set(steps.filter(isOpen).map((step) => step.path));
  for (const file of world.files.values()) {
    if (open.has(file.path) || looked.problems.has(file.path)) continue;
    const line = world.lock.find((candidate) => candidate.path === file.path);
    const entry = liveEntries(world).find((candidate) => candidate.id === line?.id);
    refuse(entry === undefined, `${file.path} has no entry after a sync`);
    const parts = entry === undefined ? [] : differingParts(file, entry, undefined);
    refuse(parts.length > 0, `${file.path} differs from its entry after a sync: ${parts.join(", ")}`);
  }
}

/** The same command again finds nothing to do, and does nothing. */
async function secondRunIsIdle(
  world: World,
  first: RunResult,
  direction: Direction,
  remove: boolean,
): Promise<void> {
  const recovered = recover(world);
  const before = snapshot(world);
  const { steps } = await plan(world, direction, remove, recovered);
  const open = new Set([...first.refused].map((step) => step.path));
  const left = steps.filter(
    (step) => step.action !== "conflict" && step.action !== "skip" && !open.has(step.path),
  );
  refuse(left.length > 0, `a second ${direction} would ${left.map(told).join("; ")}`);
  refuse(snapshot(world) !== before, `planning a ${direction} changed something`);
}

function told(step: Step): string {
  return `${step.action} ${step.path} (${step.changed.join(", ")}): ${step.reason}`;
}
