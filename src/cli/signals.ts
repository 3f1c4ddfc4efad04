import { setMaxListeners } from "node:events";
import { EXIT } from "../lib/exit.ts";
import type { Fault } from "../lib/fault.ts";

export interface Interruption {
  readonly signal: AbortSignal;
  /** Aborts with this fault once so many milliseconds have passed; `passed` is told, unless it was interrupted before. */
  readonly after: (ms: number, fault: Fault, passed: () => void) => void;
}

/**
 * The first Ctrl-C, SIGTERM or SIGHUP aborts, so that the step in flight is finished and recorded; the second ends
 * the process at once. `begun` is told of the first.
 */
export function interruption(begun: () => void): Interruption {
  const controller = new AbortController();
  const { signal } = controller;
  // Each request under way listens.
  setMaxListeners(0, signal);
  let asked = false;
  const stop = (): void => {
    if (asked) process.exit(EXIT.interrupted);
    asked = true;
    controller.abort();
    begun();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, stop);
  const after: Interruption["after"] = (ms, fault, passed) => {
    const end = (): void => {
      if (signal.aborted) return;
      controller.abort(fault);
      passed();
    };
    setTimeout(end, ms).unref();
  };
  return { signal, after };
}

/**
 * A reader that went away (`| head -1`) or a closed terminal is no error: what follows is dropped. `lost` is told
 * of anything else, e.g. a full disk.
 */
export function tolerateClosedPipes(lost: (error: Error) => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "EIO") lost(error);
    });
  }
}

/** Resolves once everything written so far has left the process, or cannot any more. */
export async function flushed(): Promise<void> {
  const streams = [process.stdout, process.stderr];
  await Promise.all(
    streams.map(
      (stream) =>
        new Promise<void>((resolve) => {
          if (stream.destroyed || stream.writableEnded) resolve();
          else stream.write("", () => resolve());
        }),
    ),
  );
}
