import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command, Context } from "../../src/commands/context.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { sync } from "../../src/commands/sync.ts";
import type { Store } from "../../src/store/db.ts";
import type { Ran } from "../commands/bench.ts";
import {
  doGroundDeed,
  entriesOf,
  filesOf,
  forget,
  type Ground,
  type GroundDeed,
  look,
  newGround,
  noteScreens,
  nothingLost,
  nothingTwice,
} from "./ground.ts";
import { refuse } from "./laws.ts";
import type { Tally } from "./play.ts";

const COMMANDS = { sync, push, pull, publish };

export type GroundAct =
  | GroundDeed
  | {
      readonly type: "run";
      readonly direction: keyof typeof COMMANDS;
      readonly remove: boolean;
      /** The process dies before the write to the database of this number. */
      readonly crashAt: number | undefined;
    };

export async function playGround(acts: readonly GroundAct[], tally: Tally): Promise<void> {
  const ground = newGround();
  for (const act of acts) await playGroundAct(ground, act, tally);
  count(tally, "sequence");
}

export async function playGroundAct(ground: Ground, act: GroundAct, tally: Tally): Promise<void> {
  if (act.type !== "run") return doGroundDeed(ground, act);
  const before = { file: filesOf(ground), site: entriesOf(ground) };
  noteScreens(ground);
  const command = COMMANDS[act.direction];
  const fuse = { left: act.crashAt ?? Number.POSITIVE_INFINITY };
  const flags = { target: ["site"], delete: act.remove, maxDelete: 99, maxChanges: 99 };
  const ran = await call(ground, dying(command, fuse), flags);
  nothingLost(ground, "file", before.file);
  nothingLost(ground, "site", before.site);
  look(ground);
  nothingTwice(ground);
  if (fuse.left < 0 || ran === undefined) {
    count(tally, "crash");
    // A file that was written before its line was is ahead of its base.
    forget(ground);
    return;
  }
  if (ran.fault !== undefined) return count(tally, `fault ${ran.fault.code}`);
  for (const step of ran.plan.steps) count(tally, step.action);
  await atRest(ground, act.direction, command, flags, ran);
  if (existsSync(join(ground.operator.root, "ainstein.lock"))) {
    ground.locks.push(ground.operator.read("ainstein.lock"));
  }
}

/** Faults of the tool come back; what dies in the middle does not. */
async function call(
  ground: Ground,
  command: Command,
  flags: Readonly<Record<string, unknown>>,
): Promise<Ran | undefined> {
  try {
    return await ground.operator.run(command, [], flags);
  } catch (thrown) {
    if (thrown instanceof Died) return undefined;
    if (thrown instanceof Error && thrown.cause instanceof Died) return undefined;
    throw thrown;
  }
}

class Died extends Error {}

/** The command in a process that dies before a write to the database: from then on nothing it does has an effect. */
function dying(command: Command, fuse: { left: number }): Command {
  const alive = <T>(work: () => T): T => {
    if (fuse.left < 0) throw new Died("dead");
    return work();
  };
  const spend = <T>(work: () => T): T => {
    fuse.left -= 1;
    return alive(work);
  };
  const mortal = (store: Store): Store => ({
    ...store,
    db: store.db,
    file: store.file,
    transaction: (work) => spend(() => store.transaction(work)),
    run: (sql, parameters) => spend(() => store.run(sql, parameters)),
    all: (sql, parameters) => alive(() => store.all(sql, parameters)),
    one: (sql, parameters) => alive(() => store.one(sql, parameters)),
  });
  return (context, args) => {
    const fragile: Context = {
      ...context,
      store: () => mortal(context.store()),
      emit: (event) => alive(() => context.emit(event)),
    };
    return command(fragile, args);
  };
}

/** The same command again does nothing, and a document without a conflict says the same on both sides. */
async function atRest(
  ground: Ground,
  direction: keyof typeof COMMANDS,
  command: Command,
  flags: Readonly<Record<string, unknown>>,
  first: Ran,
): Promise<void> {
  const before = everything(ground);
  const again = await ground.operator.run(command, [], flags);
  const failed = new Set(first.results.flatMap(({ path, status }) => (status === "failed" ? path : [])));
  const left = again.plan.steps.filter(
    ({ action, path }) => action !== "conflict" && action !== "skip" && !failed.has(path),
  );
  const told = left.map(({ action, path, changed }) => `${action} ${path} (${changed.join(", ")})`);
  refuse(left.length > 0, `a second ${direction} would ${told.join("; ")}`);
  refuse(everything(ground) !== before, `a second ${direction} changed something`);
  if (direction !== "sync") return;
  const open = new Set([...failed, ...again.plan.steps.map(({ path }) => path)]);
  for (const file of filesOf(ground)) {
    if (open.has(file.at)) continue;
    const entry = entriesOf(ground).find(({ doc }) => doc === file.doc);
    refuse(entry === undefined, `${file.at} has no entry after a sync`);
    const differing = [...file.words].filter((word) => entry?.words.has(word) !== true);
    const others = [...(entry?.words ?? [])].filter((word) => !file.words.has(word));
    refuse(differing.length + others.length > 0, `${file.at} differs from its entry after a sync`);
    ground.amnesia.delete(file.doc);
  }
}

function everything(ground: Ground): string {
  return JSON.stringify(
    [filesOf(ground), entriesOf(ground)].map((copies) => copies.map(({ at, text }) => [at, text])),
  );
}

function count(tally: Tally, name: string): void {
  tally.set(name, (tally.get(name) ?? 0) + 1);
}
