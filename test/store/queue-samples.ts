import type { NewQueued } from "../../src/store/queue.ts";

/** Runs `run-0`, `run-1` … to as many targets. */
export function samples(count: number, more: Partial<NewQueued> = {}): readonly NewQueued[] {
  return Array.from({ length: count }, (_, n) => ({
    run: `run-${n}`,
    batch: "batch",
    command: "push",
    target: `site-${n}`,
    root: "/content",
    options: { scope: {} },
    ...more,
  }));
}
