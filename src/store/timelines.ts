import type { Json } from "../lib/json.ts";
import type { Store } from "./db.ts";
import { columns } from "./rows.ts";

/** Keeps how a run went over time, in place of what was kept before. Does nothing for an unknown run. */
export function saveTimeline(store: Store, run: string, timeline: Json): void {
  store.run("UPDATE runs SET timeline = @timeline WHERE id = @run", {
    run,
    timeline: JSON.stringify(timeline),
  });
}

/** Undefined for a run that left none, such as one that was cut off. */
export function timelineOf(store: Store, run: string): Json | undefined {
  const row = store.one("SELECT timeline FROM runs WHERE id = @run", { run });
  return row === undefined ? undefined : columns("runs", row).optionalJson("timeline");
}
