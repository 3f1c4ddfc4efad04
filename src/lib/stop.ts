import { Fault, isFault } from "./fault.ts";

/** Why work was stopped: the fault that the signal was aborted with, else that somebody interrupted it. */
export function stopFault(signal: AbortSignal, message: string, hint?: string): Fault {
  if (isFault(signal.reason)) return signal.reason;
  return new Fault("interrupted", message, hint === undefined ? {} : { hint });
}

/**
 * What `work` comes to, unless the signal is aborted before: then its fault, at once. The work goes on unheard, so it
 * must be such that only looks.
 */
export async function unlessStopped<T>(
  work: Promise<T>,
  signal: AbortSignal,
  fault: () => Fault,
): Promise<T> {
  if (signal.aborted) throw fault();
  let stop = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(fault());
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
