// The secrets of a connection between the vault, where they are texts by name, and sessions.
import type { Secrets } from "../auth/session.ts";
import { parseClient, vaultKeep } from "../auth/token-keep.ts";
import { Fault } from "../lib/fault.ts";
import { isObject } from "../lib/json.ts";
import type { ConnectionRecord } from "../store/connections.ts";
import type { Context } from "./context.ts";

/** What webhooks are verified with. Kept beside the others, and no part of signing in. */
export const WEBHOOK_SECRET = "webhook";

/** Tokens of OAuth are left where they are kept: they change, and other processes change them. */
export async function storedSecrets(
  context: Pick<Context, "vault" | "store" | "clock">,
  { name }: ConnectionRecord,
): Promise<Secrets> {
  const vault = context.vault();
  const password = await vault.get(name, "password");
  const token = await vault.get(name, "token");
  const client = await vault.get(name, "client");
  const headers = await vault.get(name, "headers");
  return {
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
    ...(client === undefined ? {} : { client: parseClient(client) }),
    ...(client === undefined ? {} : { tokens: vaultKeep(name, vault, context.store(), context.clock) }),
    ...(headers === undefined ? {} : { headers: readHeaders(headers) }),
  };
}

/** What the vault keeps of them, the tokens as they are now. */
export async function sealable(secrets: Secrets): Promise<Readonly<Record<string, string>>> {
  const { password, token, client, headers } = secrets;
  const tokens = await secrets.tokens?.read();
  return {
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
    ...(client === undefined ? {} : { client: JSON.stringify(client) }),
    ...(tokens === undefined ? {} : { tokens: JSON.stringify(tokens) }),
    ...(headers === undefined ? {} : { headers: JSON.stringify(headers) }),
  };
}

/** Headers as the vault keeps them: a JSON object of texts. */
function readHeaders(text: string): Record<string, string> {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new Fault("defect", "The vault holds headers that are no object.");
  return Object.fromEntries(Object.entries(value).map(([name, header]) => [name, String(header)]));
}
