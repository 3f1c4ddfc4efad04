// Which connection a delivery is for, and what it must be signed with.
import { readEnvironmentConnection, variableFor } from "../../auth/environment.ts";
import { parseClient } from "../../auth/token-keep.ts";
import type { WebhookScheme } from "../../connectors/contract-webhooks.ts";
import { webhookScheme } from "../../connectors/registry.ts";
import { Fault } from "../../lib/fault.ts";
import { getConnection, listConnections } from "../../store/connections.ts";
import type { Context } from "../context.ts";
import { WEBHOOK_SECRET } from "../secrets.ts";

export interface Keyed {
  readonly platform: string;
  readonly scheme: WebhookScheme;
  /** Undefined where there is none yet: nothing is taken then. */
  readonly secret: string | undefined;
  readonly settings: Readonly<Record<string, string>>;
  readonly fromEnvironment: boolean;
}

/** Undefined where there is no such connection. Looked up anew each time: one may be made while a receiver runs. */
export async function keyedConnection(context: Context, name: string): Promise<Keyed | undefined> {
  const given = readEnvironmentConnection(context.env, name, context.cwd);
  if (given !== undefined) {
    const scheme = await webhookScheme(given.platform);
    const secret = given.webhookSecret ?? (scheme.secret === "app" ? given.clientSecret : undefined);
    const settings = given.settings ?? {};
    return { platform: given.platform, scheme, secret, settings, fromEnvironment: true };
  }
  const record = getConnection(context.store(), name);
  if (record === undefined) return undefined;
  const scheme = await webhookScheme(record.platform);
  const own = await context.vault().get(name, WEBHOOK_SECRET);
  const secret = own ?? (scheme.secret === "app" ? await appSecret(context, name) : undefined);
  const { platform, settings } = record;
  return { platform, scheme, secret, settings, fromEnvironment: false };
}

/** Throws what keeps the vault shut, where stored connections have their secrets in it. */
export async function secretsReadable(context: Context): Promise<void> {
  for (const { name } of listConnections(context.store())) {
    for (const kind of [WEBHOOK_SECRET, "client"]) {
      if ((await context.vault().get(name, kind)) !== undefined) return;
    }
  }
}

async function appSecret(context: Context, name: string): Promise<string | undefined> {
  const client = await context.vault().get(name, "client");
  return client === undefined ? undefined : parseClient(client).secret;
}

/** There is nothing yet that deliveries could be verified with. */
export function noSecret(name: string, { scheme, fromEnvironment }: Keyed): Fault {
  return new Fault("usage", `Webhooks of ${name} cannot be verified: ${scheme.secretName} is not known.`, {
    code: "webhooks.no-secret",
    hint: fromEnvironment
      ? `Set "webhookSecret" in the JSON of ${variableFor(name)}.`
      : `Pass it on standard input: ainstein-cms webhooks register ${name} --url <address> --secret-stdin`,
  });
}
