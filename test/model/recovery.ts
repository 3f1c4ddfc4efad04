import type { Base } from "../../src/sync/model.ts";
import { entryPrint } from "./sight.ts";
import type { ModelEntry, World } from "./world.ts";

export interface Recovered {
  readonly lines: readonly Base[];
  readonly created: ReadonlyMap<string, string>;
  readonly oursIn: (entry: ModelEntry) => readonly string[];
}

export const nothing: Recovered = { lines: [], created: new Map(), oursIn: () => [] };

/** Finds out what runs that were cut off left open, as the engine does, and closes them. */
export function recover(world: World): Recovered {
  const { db } = world;
  const created = new Map<string, string>();
  const open = db.intents.filter((intent) => intent.outcome === "open");
  for (const intent of open) {
    if (intent.op === "update") continue;
    const found = [...world.entries.values()].find((entry) => entry.key === intent.key && !entry.trashed);
    if (intent.op === "create" && found !== undefined) created.set(intent.path, found.id);
    else intent.outcome = intent.op === "create" ? "absent" : "failed";
  }
  const dead = db.runs.filter((run) => !db.ended.has(run));
  const lines = dead.flatMap((run) =>
    db.intents.flatMap((intent) =>
      intent.run === run && intent.outcome === "done" && intent.line !== undefined ? intent.line : [],
    ),
  );
  if (lines.length > 0) {
    const proven = new Map(lines.map((line) => [line.id, line]));
    const rest = world.lock.filter((line) => !proven.has(line.id));
    world.lock = [...new Map([...rest, ...proven.values()].map((line) => [line.path, line])).values()];
  }
  for (const run of dead) db.ended.add(run);
  const { tool } = world;
  return {
    lines,
    created,
    oursIn: (entry) => {
      const held = entryPrint(entry, tool).parts;
      const ours = open.filter(({ op, key }) => key === (op === "create" ? entry.key : entry.id));
      return Object.keys(held).filter((part) => ours.some(({ sent }) => sent[part] === held[part]));
    },
  };
}

/** Closes what earlier runs left open about documents that are dealt with now, or whose file is gone. */
export function closeEarlier(world: World, run: number, settled: ReadonlySet<string>): void {
  for (const intent of world.db.intents) {
    if (intent.run === run || intent.outcome !== "open") continue;
    if (settled.has(intent.path)) intent.outcome = "done";
    else if (!world.files.has(intent.path)) intent.outcome = "failed";
  }
}
