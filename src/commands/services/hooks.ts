// `services webhooks`: subscriptions at providers, so that they tell of what happens there.
import { randomBytes } from "node:crypto";
import { EXIT, type ExitCode } from "../../lib/exit.ts";
import { Fault } from "../../lib/fault.ts";
import { printable } from "../../lib/redact.ts";
import { tableLines } from "../../report/table.ts";
import type { Provider } from "../../services/provider.ts";
import { findProvider } from "../../services/registry.ts";
import type { Registered, ServiceHooks } from "../../services/service.ts";
import { listHooks, putHook, removeHook } from "../../store/hooks.ts";
import { findService, putService, type ServiceRecord } from "../../store/services.ts";
import { byAction } from "../actions.ts";
import type { Args, Context } from "../context.ts";
import { textFlag } from "../flags.ts";
import { opened, type Values, valuesFor, vaultName } from "./connected.ts";

export const hooks = byAction("services webhooks", {
  register: async () => register,
  list: async () => list,
  remove: async () => remove,
});

/** What all subscriptions of a service are about: its provider's record says it. */
const TOPIC = "*";
const HEAD = ["SERVICE", "ADDRESS", "ID"] as const;

/** By the provider's interface, else as steps for a person. What it gave to verify deliveries with is kept. */
async function register(context: Context, args: Args): Promise<ExitCode> {
  const record = serviceOf(context, args, "register");
  const url = addressOf(args, record.name);
  const provider = await findProvider(record.provider);
  const values = await valuesFor(context, provider, record);
  return withHooks(context, provider, record, values, async (api) => {
    if (api === undefined) return sayByHand(context, record, provider, url);
    const secret = (values[provider.signature?.secret ?? ""] ?? "") || randomBytes(32).toString("hex");
    const registered = await api.register(url, secret);
    await keep(context, record, provider, registered);
    const { id } = registered;
    context.ui.record({ type: "service-webhook", name: record.name, id, url });
    for (const line of tableLines(HEAD, [[record.name, url, id].map(printable)], context.ui))
      context.ui.out(line);
    context.ui.note("Deliveries are taken while this runs: ainstein-cms webhooks serve");
    return EXIT.done;
  });
}

/** As the provider has them. */
async function list(context: Context, args: Args): Promise<ExitCode> {
  const record = serviceOf(context, args, "list");
  const provider = await findProvider(record.provider);
  const values = await valuesFor(context, provider, record);
  return withHooks(context, provider, record, values, async (api) => {
    if (api === undefined) throw byHand(provider);
    const there = await api.list();
    const made = new Set(madeHere(context, record));
    for (const { id, url } of there)
      context.ui.record({ type: "service-webhook", name: record.name, id, url, made: made.has(id) });
    if (there.length === 0) context.ui.note(`${provider.title} tells nobody of anything yet.`);
    const rows = there.map(({ id, url }) => [record.name, url, id].map(printable));
    if (rows.length > 0) for (const line of tableLines(HEAD, rows, context.ui)) context.ui.out(line);
    return EXIT.done;
  });
}

/** Those that are named, else all that were made from here. */
async function remove(context: Context, args: Args): Promise<ExitCode> {
  const record = serviceOf(context, args, "remove");
  const [, ...named] = args.positionals;
  const provider = await findProvider(record.provider);
  const values = await valuesFor(context, provider, record);
  return withHooks(context, provider, record, values, async (api) => {
    if (api === undefined) throw byHand(provider);
    const ids = named.length > 0 ? named : madeHere(context, record);
    if (ids.length === 0) context.ui.note("None were made from here: nothing was removed");
    for (const id of ids) {
      await api.remove(id);
      removeHook(context.store(), vaultName(record.name), id);
      context.ui.record({ type: "service-webhook", name: record.name, id, removed: true });
      context.ui.out(`Removed ${printable(id)}`);
    }
    return EXIT.done;
  });
}

/** `api` is undefined where subscriptions are made by hand, or not at all. */
async function withHooks(
  context: Context,
  provider: Provider,
  record: ServiceRecord,
  values: Values,
  work: (api: ServiceHooks | undefined) => Promise<ExitCode>,
): Promise<ExitCode> {
  const service = await opened(context, record, provider, values);
  try {
    return await work(service.hooks);
  } finally {
    await service.close();
  }
}

function madeHere({ store }: Context, { name }: ServiceRecord): readonly string[] {
  return listHooks(store(), vaultName(name)).map(({ id }) => id);
}

/** In the vault whatever the other secrets come from: the environment cannot have what was made a moment ago. */
async function keep(
  context: Context,
  record: ServiceRecord,
  { fields }: Provider,
  { id, url, values }: Registered,
): Promise<void> {
  const store = context.store();
  const isSecret = (name: string) => fields.some((field) => field.name === name && field.secret);
  for (const [name, value] of Object.entries(values))
    if (isSecret(name)) await context.vault().put(vaultName(record.name), name, value);
  const plain = Object.fromEntries(Object.entries(values).filter(([name]) => !isSecret(name)));
  store.transaction(() => {
    putService(store, { ...record, settings: { ...record.settings, ...plain } });
    putHook(store, vaultName(record.name), { id, topic: TOPIC, url });
  });
}

function sayByHand({ ui }: Context, { name }: ServiceRecord, provider: Provider, url: string): ExitCode {
  const { webhooks } = provider;
  if (webhooks.kind !== "steps") throw byHand(provider);
  const steps = webhooks.steps.map((step) => step.replaceAll("{hook.url}", url));
  ui.record({ type: "service-webhook", name, url, steps });
  ui.out(`${provider.title} lets nobody do it from here; at ${provider.title}:`);
  for (const [n, step] of steps.entries()) ui.out(`  ${n + 1}. ${step}`);
  return EXIT.done;
}

function byHand({ title, webhooks }: Provider): Fault {
  if (webhooks.kind === "api") {
    const needs = (webhooks.when ?? []).join(", ");
    return new Fault("usage", `${title} takes subscriptions only with ${needs}.`, {
      code: "services.webhooks-need",
      hint: `Connect it again with --set ${webhooks.when?.[0] ?? "field"}=…`,
    });
  }
  const why = webhooks.kind === "none" ? webhooks.why : "They are made, listed and removed by hand, there.";
  return new Fault("usage", `${title} has no webhooks that could be managed from here. ${why}`, {
    code: "services.by-hand",
  });
}

function serviceOf(context: Context, { positionals: [name] }: Args, action: string): ServiceRecord {
  if (name !== undefined) return findService(context.store(), name);
  throw new Fault("usage", "Which service?", {
    code: "services.no-name",
    hint: `ainstein-cms services webhooks ${action} <service>`,
  });
}

/** An address of the receiver's origin alone is completed. */
function addressOf(args: Args, name: string): string {
  const given = textFlag(args, "url") ?? "";
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.hostname !== "127.0.0.1")) {
    throw new Fault("usage", "Where does the provider reach the receiver? --url takes its https address.", {
      code: "bad-url",
      hint: `ainstein-cms services webhooks register ${name} --url https://hooks.example.com`,
    });
  }
  if (url.pathname === "/") url.pathname = `/services/${name}`;
  return url.href;
}
