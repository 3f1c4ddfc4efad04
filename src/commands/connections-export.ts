import { variableFor } from "../auth/environment.ts";
import { findPlatform } from "../connectors/registry.ts";
import { EXIT } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import type { ConnectionRecord } from "../store/connections.ts";
import { describeConnection } from "./connection-view.ts";
import { oauthOf } from "./connections-tokens.ts";
import type { Command } from "./context.ts";
import { nameOf, switchFlag } from "./flags.ts";
import { findConnection, type Known, storedRecord } from "./target.ts";
import { connectCommand } from "./tokens.ts";

/** The record; with `--env` the JSON that a CI system keeps as a secret variable. */
export const exportConnection: Command = async (context, args) => {
  const { ui } = context;
  const name = nameOf(args, "export");
  const variable = variableFor(name);
  if (!switchFlag(args, "env")) {
    const view = describeConnection(storedRecord(context, name));
    ui.record({ type: "connection", target: name, ...view });
    ui.out(JSON.stringify(view, null, 2));
    return EXIT.done;
  }
  const known = await findConnection(context, name);
  const { record } = known;
  const { platform, url, username, settings, proxy } = record;
  const value = {
    platform,
    url,
    auth: record.auth,
    ...(username === undefined ? {} : { username }),
    ...(await secretFields(known)),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
    ...(proxy === undefined ? {} : { proxy }),
  };
  ui.note(
    `Secret: whoever has this can sign in as ${record.account || "this user"}. Keep it in ${variable}.`,
  );
  if (record.caFile !== undefined)
    ui.note(`Not in it: the certificate file ${record.caFile}; add "caFile" by hand.`);
  ui.record({ type: "environment", target: name, variable, value });
  ui.out(JSON.stringify(value));
  return EXIT.done;
};

/** The secrets under the names that the environment's JSON has for them. */
async function secretFields({ record, secrets }: Known): Promise<Readonly<Record<string, unknown>>> {
  const { password, token, client, headers } = secrets;
  const method = oauthOf(record);
  const plain = {
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
    ...(headers === undefined ? {} : { headers }),
  };
  if (method === undefined) return plain;
  const tokens = await secrets.tokens?.read();
  if (method.grant === "client-credentials" && client?.secret !== undefined) {
    const scopes = secrets.scopes ?? tokens?.scopes ?? [];
    const asked = scopes.length === 0 ? {} : { scopes: scopes.join(" ") };
    return { ...plain, clientId: client.id, clientSecret: client.secret, ...asked };
  }
  const byHand = findPlatform(record.platform).manifest.auth.find(({ type }) => type === "token");
  const lasts = tokens !== undefined && tokens.expiresAt === undefined && !method.provider.rotates;
  if (!lasts || byHand === undefined) throw changing(record, client?.id);
  return { ...plain, auth: byHand.id, token: tokens.access };
}

/** A copy would be void with the next renewal, and using it might end the sign-in for both. */
function changing({ name, platform, url }: ConnectionRecord, clientId = "<id>"): Fault {
  const { auth } = findPlatform(platform).manifest;
  const app = auth.find((method) => method.type === "oauth" && method.grant === "client-credentials");
  const byHand = auth.find(({ type }) => type === "token");
  const command = connectCommand(platform, `${name}-ci`, url);
  const [way] = [
    ...(app === undefined
      ? []
      : [`${command} --auth ${app.id} --client-id ${clientId} --client-secret-stdin`]),
    ...(byHand === undefined ? [] : [`${command} --auth ${byHand.id} --token-stdin`]),
  ];
  return new Fault(
    "usage",
    `The tokens of "${name}" change when they are renewed, so a copy of them soon fails.`,
    {
      code: "tokens-rotate",
      hint:
        way === undefined
          ? "Move the whole installation instead: ainstein-cms vault export <file>"
          : `For CI let the app sign in by itself, then export that: ${way}`,
    },
  );
}
