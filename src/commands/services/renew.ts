// Subscriptions that end by themselves at their providers are renewed before they do.
import { asFault } from "../../lib/fault.ts";
import { printable } from "../../lib/redact.ts";
import { findProvider } from "../../services/registry.ts";
import { listHooks } from "../../store/hooks.ts";
import { listServices, type ServiceRecord } from "../../store/services.ts";
import type { Context } from "../context.ts";
import { opened, valuesFor, vaultName } from "./connected.ts";

const HOUR_MS = 3_600_000;

/** Renews those made from here, at the first call and then as often as their providers ask for. Never throws. */
export function createRenewal(context: Context): () => Promise<void> {
  const notBefore = new Map<string, number>();
  return async () => {
    try {
      for (const record of listServices(context.store())) {
        const due = (notBefore.get(record.name) ?? 0) <= context.clock.now();
        if (!due || context.signal.aborted) continue;
        const hours = await renewed(context, record);
        notBefore.set(record.name, context.clock.now() + hours * HOUR_MS);
      }
    } catch (thrown) {
      context.ui.note(printable(`services: ${asFault(thrown).message}`));
    }
  };
}

/** In how many hours it is to be looked at again. */
async function renewed(context: Context, record: ServiceRecord): Promise<number> {
  const made = listHooks(context.store(), vaultName(record.name));
  const provider = await findProvider(record.provider);
  const everyHours = provider.webhooks.kind === "api" ? provider.webhooks.refresh?.everyHours : undefined;
  if (made.length === 0 || everyHours === undefined) return 1;
  try {
    const values = await valuesFor(context, provider, record);
    const service = await opened(context, record, provider, values);
    try {
      for (const { id } of made) await service.hooks?.refresh?.(id);
    } finally {
      await service.close();
    }
    return everyHours;
  } catch (thrown) {
    const { message } = asFault(thrown);
    context.ui.note(printable(`services: webhooks of ${record.name} were not renewed: ${message}`));
    return 1;
  }
}
