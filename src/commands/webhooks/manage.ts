// Subscriptions at the platforms, and the secrets that deliveries are verified with.
import { randomBytes } from "node:crypto";
import type { Hook, Hooks } from "../../connectors/contract-webhooks.ts";
import { EXIT, type ExitCode } from "../../lib/exit.ts";
import { Fault } from "../../lib/fault.ts";
import { printable } from "../../lib/redact.ts";
import { tableLines } from "../../report/table.ts";
import { listHooks, putHook, removeHook } from "../../store/hooks.ts";
import type { Args, Context } from "../context.ts";
import { switchFlag, textFlag } from "../flags.ts";
import { WEBHOOK_SECRET } from "../secrets.ts";
import { connectionNames, openTarget, storedRecord } from "../target.ts";
import { type Keyed, keyedConnection, noSecret } from "./keyed.ts";

/** Makes the subscriptions where the platform lets us, and says what to do by hand where it does not. */
export async function register(context: Context, args: Args): Promise<ExitCode> {
  const name = connectionOf(args, "register");
  const url = addressOf(args, name);
  const keyed = await knownConnection(context, name);
  const given = switchFlag(args, "secretStdin") ? (await context.ui.stdin()).trim() : undefined;
  const { secret, made } = await secretFor(context, name, keyed, given);
  const { ui } = context;
  const { scheme } = keyed;
  if (scheme.hooks === undefined) {
    const shown = made ? { secret } : {};
    ui.record({ type: "webhooks", target: name, url, hooks: [], byHand: scheme.byHand, ...shown });
    ui.out(scheme.byHand);
    ui.out(`  address  ${url}`);
    // Shown once, to be carried over by hand; afterwards it is in the vault alone.
    if (made) ui.out(`  secret   ${secret}`);
    return EXIT.done;
  }
  const hooks = await openHooks(context, name, scheme.hooks);
  const store = context.store();
  const known = listHooks(store, name);
  const there = await hooks.register(url, secret, known, (hook) => putHook(store, name, hook));
  for (const { id } of known.filter((hook) => hook.url === url)) removeHook(store, name, id);
  for (const hook of there) putHook(store, name, hook);
  ui.record({ type: "webhooks", target: name, url, hooks: there });
  for (const line of hookLines(context, name, there)) ui.out(line);
  ui.note("Deliveries are taken while this runs: ainstein-cms webhooks serve");
  return EXIT.done;
}

/** Of one connection as the platform has them, else of all as they were made from here. */
export async function list(context: Context, args: Args): Promise<ExitCode> {
  const [only] = args.positionals;
  const names = only === undefined ? connectionNames(context) : [only];
  let count = 0;
  for (const name of names) {
    const hooks = only === undefined ? listHooks(context.store(), name) : await listed(context, name);
    for (const hook of hooks) context.ui.record({ type: "webhook", target: name, ...hook });
    for (const line of hookLines(context, name, hooks)) context.ui.out(line);
    count += hooks.length;
  }
  if (count === 0 && only === undefined) {
    context.ui.note("None were made from here: ainstein-cms webhooks register <connection> --url <address>");
  }
  return EXIT.done;
}

async function listed(context: Context, name: string): Promise<readonly Hook[]> {
  const { scheme } = await knownConnection(context, name);
  if (scheme.hooks === undefined) {
    context.ui.note(scheme.byHand);
    return [];
  }
  const hooks = await openHooks(context, name, scheme.hooks);
  return hooks.list === undefined ? listHooks(context.store(), name) : hooks.list();
}

/** Those that are named, else all that were made from here. The secret is kept: what is under way still fits it. */
export async function remove(context: Context, args: Args): Promise<ExitCode> {
  const name = connectionOf(args, "remove");
  const store = context.store();
  const known = listHooks(store, name);
  const [, ...named] = args.positionals;
  const ids = named.length > 0 ? named : known.map(({ id }) => id);
  const { scheme } = await knownConnection(context, name);
  if (scheme.hooks === undefined) {
    throw new Fault("usage", `Webhooks of ${name} are removed where they were made: at the site.`, {
      code: "webhooks.by-hand",
      hint: scheme.byHand,
    });
  }
  if (ids.length === 0) {
    context.ui.note(`None were made from here: ainstein-cms webhooks list ${name}`);
    return EXIT.done;
  }
  const hooks = await openHooks(context, name, scheme.hooks);
  for (const id of ids) {
    await hooks.remove(id);
    removeHook(store, name, id);
    context.ui.record({ type: "webhook", target: name, id, removed: true });
    context.ui.out(`Removed ${printable(id)}`);
  }
  return EXIT.done;
}

function hookLines({ ui }: Context, name: string, hooks: readonly Hook[]): readonly string[] {
  const rows = hooks.map(({ id, topic, url }) => [name, topic, url, id]);
  return rows.length === 0 ? [] : tableLines(["connection", "topic", "address", "id"], rows, ui);
}

export function connectionOf(args: Args, action: string): string {
  const [name] = args.positionals;
  if (name !== undefined) return name;
  throw new Fault("usage", "Which connection?", {
    code: "missing-name",
    hint: `ainstein-cms webhooks ${action} <connection>; ainstein-cms connections list shows them.`,
  });
}

/** Throws `usage` with the nearest name and the list. */
export async function knownConnection(context: Context, name: string): Promise<Keyed> {
  const keyed = await keyedConnection(context, name);
  if (keyed !== undefined) return keyed;
  storedRecord(context, name);
  throw new Fault("defect", `The connection ${name} was removed a moment ago.`);
}

async function openHooks(
  context: Context,
  name: string,
  open: NonNullable<Keyed["scheme"]["hooks"]>,
): Promise<Hooks> {
  const { record, http, settings } = await openTarget(context, name);
  const { clock, signal } = context;
  return open({ url: record.url, settings, http, clock, signal });
}

/** An address of the receiver's origin alone is completed. */
function addressOf(args: Args, name: string): string {
  const given = textFlag(args, "url") ?? "";
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.hostname !== "127.0.0.1")) {
    throw new Fault("usage", "Where do platforms reach the receiver? --url takes its https address.", {
      code: "bad-url",
      hint: `ainstein-cms webhooks register ${name} --url https://hooks.example.com`,
    });
  }
  if (url.pathname === "/") url.pathname = `/webhooks/${name}`;
  return url.href;
}

/** `made`: nobody but us knows it yet. */
async function secretFor(
  context: Context,
  name: string,
  keyed: Keyed,
  given: string | undefined,
): Promise<{ readonly secret: string; readonly made: boolean }> {
  if (given !== undefined && given !== "") {
    if (keyed.fromEnvironment) throw noSecret(name, keyed);
    await context.vault().put(name, WEBHOOK_SECRET, given);
    return { secret: given, made: false };
  }
  if (keyed.secret !== undefined) return { secret: keyed.secret, made: false };
  if (keyed.scheme.secret !== "chosen" || keyed.fromEnvironment) throw noSecret(name, keyed);
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  await context.vault().put(name, WEBHOOK_SECRET, secret);
  return { secret, made: true };
}
