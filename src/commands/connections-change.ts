import { environmentNames, variableFor } from "../auth/environment.ts";
import { vaultKeep } from "../auth/token-keep.ts";
import type { Account } from "../connectors/contract.ts";
import { findPlatform } from "../connectors/registry.ts";
import { EXIT } from "../lib/exit.ts";
import { Fault, isFault } from "../lib/fault.ts";
import { printable } from "../lib/redact.ts";
import {
  type ConnectionRecord,
  checkConnectionName,
  removeConnection as removeRecord,
  setConnectionUrl,
} from "../store/connections.ts";
import { fullAddress, openConnection, openProbe } from "./connection.ts";
import { describeTokens, oauthOf, revokeTokens } from "./connections-tokens.ts";
import type { Args, Command, Context } from "./context.ts";
import { switchFlag } from "./flags.ts";
import { findConnection, openTarget, storedRecord } from "./target.ts";
import { connectCommand, openTokens } from "./tokens.ts";

/** `rename <from> <to>`: files and lockfiles name connections too, so the operator is told. */
export const renameConnection: Command = async (context, args) => {
  const [from, to] = twoOf(args, "rename <name> <new-name>");
  storedRecord(context, from);
  checkConnectionName(to);
  // Tokens that another process renews at this moment would be saved under the old name, and be lost.
  const keep = vaultKeep(from, context.vault(), context.store(), context.clock);
  await keep.alone(() => context.vault().rename(from, to), context.signal);
  context.ui.record({ type: "connection", target: to, name: to, renamedFrom: from });
  context.ui.out(`Renamed ${from} to ${to}.`);
  context.ui.note(
    `Roots that name ${from} (ainstein.yaml, ainstein.lock, scripts) have to be changed as well.`,
  );
  return EXIT.done;
};

/** `set-url <name> <address>`: the same site at another address. Only the connection is changed. */
export const setUrl: Command = async (context, args) => {
  const [name, address] = twoOf(args, "set-url <name> <address>");
  const record = stored(context, name);
  const { secrets } = await findConnection(context, name);
  const { manifest, setup } = findPlatform(record.platform);
  const { proxy, caFile } = record;
  const probe = openProbe(context, { name, proxy, caFile, headers: secrets.headers });
  const site = await (await setup?.())?.discover(address, probe);
  for (const message of site?.notes ?? [])
    context.emit({ type: "notice", target: name, level: "info", message });
  const url = site?.url ?? fullAddress(context, address);
  const { connector } = await openConnection(context, manifest, { ...record, url }, secrets, {
    always: true,
  });
  const account = await connector.whoami();
  await agreeToMove(context, args, record, account);
  const checkedAt = new Date(context.clock.now()).toISOString();
  setConnectionUrl(context.store(), name, {
    url,
    site: account.site,
    siteTitle: account.siteTitle,
    checkedAt,
  });
  context.ui.record({
    type: "connection",
    target: name,
    name,
    url,
    site: account.site,
    formerSite: record.site,
  });
  context.ui.out(`${name} is now at ${url}.`);
  return EXIT.done;
};

async function agreeToMove(
  context: Context,
  args: Args,
  record: ConnectionRecord,
  account: Account,
): Promise<void> {
  if (account.site === record.site || switchFlag(args, "yes")) return;
  const question = `This is "${account.siteTitle}" (${account.site}); the connection was made for "${record.siteTitle}" (${record.site}). Is it the same site, moved?`;
  if (await context.ui.confirm(printable(question), "--yes, if it is the same site, moved")) return;
  throw new Fault("usage", "The connection was left as it is.", { code: "connection.other-site" });
}

/** `remove <name>`: takes the credential back at the site where it can, then drops the connection. Its history stays. */
export const removeConnection: Command = async (context, args) => {
  const name = oneOf(args, "remove <name>");
  const record = stored(context, name);
  if (!switchFlag(args, "yes")) {
    const question = printable(`Remove ${name} (${record.siteTitle}, ${record.url})?`);
    if (!(await context.ui.confirm(question, "--yes"))) {
      throw new Fault("usage", "Nothing was removed.", { code: "not-confirmed" });
    }
  }
  const revoked = switchFlag(args, "keepRemote") ? false : await revoke(context, name, "remove");
  removeRecord(context.store(), name);
  context.ui.record({ type: "connection", target: name, name, removed: true, revoked });
  context.ui.out(
    revoked ? `Removed ${name}; its credential is no longer valid at the site.` : `Removed ${name}.`,
  );
  context.ui.note(`What was recorded of it stays here until: ainstein-cms connections forget ${name}`);
  if (!revoked && record.auth !== "none") {
    context.ui.note(
      `Its credential is still valid at the site: delete it there, as ${printable(record.account)}.`,
    );
  }
  return EXIT.done;
};

const DONE = { remove: "removed", forget: "forgotten", revoke: "changed" } as const;

/**
 * Whether the site has taken the credential back; one that it no longer knows counts. Where the site or the stored
 * credential cannot be had, throws, naming how `action` goes on without.
 */
export async function revoke(
  context: Context,
  name: string,
  action: "remove" | "forget" | "revoke",
): Promise<boolean> {
  try {
    if (await revokeTokens(context, await findConnection(context, name))) return true;
    const { connector } = await openTarget(context, name);
    if (connector.revoke === undefined) return false;
    await connector.revoke();
    return true;
  } catch (thrown) {
    if (!isFault(thrown) || thrown.kind === "interrupted" || thrown.kind === "defect") throw thrown;
    if (thrown.kind === "auth" && thrown.httpStatus === 401) return true;
    const without = action === "revoke" ? "remove" : action;
    throw new Fault(
      thrown.kind,
      `The credential could not be taken back at the site, so nothing was ${DONE[action]}. ${thrown.message}`,
      {
        code: thrown.code,
        hint: `To ${without} the connection here only: ainstein-cms connections ${without} ${name} --keep-remote`,
      },
    );
  }
}

/** `refresh <name>`: new tokens now, as they come by themselves before they expire. */
export const refreshConnection: Command = async (context, args) => {
  const name = oneOf(args, "refresh <name>");
  const record = stored(context, name);
  const method = oauthOf(record);
  const again = connectCommand(record.platform, name);
  if (method === undefined) {
    throw new Fault("usage", `"${name}" signs in by ${record.auth}, which has nothing to refresh.`, {
      code: "nothing-to-refresh",
      hint: `To give it another credential: ${again}`,
    });
  }
  const { secrets } = await findConnection(context, name);
  const tokens = openTokens(context, method, record, secrets);
  if (tokens === undefined) {
    throw new Fault("auth", `The connection "${name}" is not signed in.`, {
      code: "credentials-missing",
      hint: `Sign in: ${again}`,
    });
  }
  await tokens.renew();
  const view = await describeTokens(record, secrets.tokens);
  context.ui.record({ type: "connection", target: name, name, refreshed: true, ...view });
  const until = typeof view.tokenExpiresAt === "string" ? `: good until ${view.tokenExpiresAt}` : "";
  context.ui.out(`Refreshed ${name}${until}.`);
  return EXIT.done;
};

/** `revoke <name>`: takes the credential back at the site; the connection stays, for another one. */
export const revokeConnection: Command = async (context, args) => {
  const name = oneOf(args, "revoke <name>");
  const record = stored(context, name);
  if (!switchFlag(args, "yes")) {
    const question = printable(`Take back the credential of ${name} at ${record.siteTitle} (${record.url})?`);
    if (!(await context.ui.confirm(question, "--yes"))) {
      throw new Fault("usage", "Nothing was revoked.", { code: "not-confirmed" });
    }
  }
  if (!(await revoke(context, name, "revoke"))) throw notRevocable(record);
  const { password: _, token: __, tokens: ___, ...left } = await context.vault().all(name);
  await context.vault().replace({ [name]: left }, () => {});
  context.ui.record({ type: "connection", target: name, name, revoked: true });
  context.ui.out(`Revoked: the credential of ${name} is no longer valid at the site.`);
  context.ui.note(`To sign in again: ${connectCommand(record.platform, name)}`);
  return EXIT.done;
};

function notRevocable({ name, account }: ConnectionRecord): Fault {
  return new Fault(
    "usage",
    `The site takes back no credential of "${name}" by itself. Nothing was changed.`,
    {
      code: "no-revocation",
      hint: `Delete it there, as ${printable(account)}, then type: ainstein-cms connections remove ${name} --keep-remote`,
    },
  );
}

/** Only what is stored can be changed here. */
function stored(context: Context, name: string): ConnectionRecord {
  if (environmentNames(context.env).includes(name)) {
    throw new Fault(
      "usage",
      `"${name}" comes from the environment (${variableFor(name)}) and is not stored.`,
      {
        code: "connection.from-environment",
        hint: `Change it there, or unset ${variableFor(name)} to get at a stored connection of that name.`,
      },
    );
  }
  return storedRecord(context, name);
}

function oneOf(args: Args, usage: string): string {
  const [name] = args.positionals;
  if (name !== undefined) return name;
  throw usageFault(usage);
}

function twoOf(args: Args, usage: string): readonly [string, string] {
  const [first, second] = args.positionals;
  if (first !== undefined && second !== undefined) return [first, second];
  throw usageFault(usage);
}

function usageFault(usage: string): Fault {
  return new Fault("usage", "Something is missing on the command line.", {
    code: "missing-argument",
    hint: `ainstein-cms connections ${usage}`,
  });
}
