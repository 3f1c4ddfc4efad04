// What `webhooks serve` does about services beside its own work.
import type { Context } from "../context.ts";
import { deliverDue } from "./deliver.ts";
import { createRenewal } from "./renew.ts";

const LOOK_MS = 5_000;

/** Sends what is due every few seconds, and renews subscriptions, until it is interrupted. Never throws. */
export async function keepDelivering(context: Context): Promise<void> {
  const { clock, signal } = context;
  const renew = createRenewal(context);
  while (!signal.aborted) {
    await deliverDue(context);
    await renew();
    // Interrupting it is how it ends.
    await clock.sleep(LOOK_MS, signal).catch(() => {});
  }
}
