// `services list` and `services show`.
import { EXIT, type ExitCode } from "../../lib/exit.ts";
import { Fault } from "../../lib/fault.ts";
import { printable } from "../../lib/redact.ts";
import { pageLines } from "../../report/page.ts";
import { servicePage } from "../../report/service-page.ts";
import { tableLines } from "../../report/table.ts";
import type { Field } from "../../services/provider.ts";
import { allProviders, findProvider } from "../../services/registry.ts";
import type { Verdict } from "../../services/service.ts";
import { countDeliveries } from "../../store/occurrences.ts";
import { getService, listServices, type ServiceRecord } from "../../store/services.ts";
import type { Args, Context } from "../context.ts";
import { switchFlag } from "../flags.ts";
import { tellingLines, unsentOf, verdictWords } from "./words.ts";

const HEAD = ["NAME", "PROVIDER", "PROOF", "MODE", "ACCOUNT", "TOLD OF", "QUEUE", "PROVEN"] as const;
const ALL_HEAD = ["PROVIDER", "TYPE", "WHAT FOR"] as const;

export async function list(context: Context, args: Args): Promise<ExitCode> {
  return switchFlag(args, "all") ? listProviders(context) : listConnected(context);
}

function listConnected(context: Context): ExitCode {
  const { ui } = context;
  const services = listServices(context.store());
  const counts = countDeliveries(context.store());
  const queued = (name: string) =>
    counts.filter(({ service, state }) => service === name && state !== "sent");
  for (const record of services) {
    const queue = Object.fromEntries(queued(record.name).map(({ state, count }) => [state, count]));
    ui.record({ type: "service", ...viewOf(record), queue });
  }
  if (services.length === 0) {
    ui.note(
      "No service is connected yet: ainstein-cms services connect <provider>; services list --all shows the providers",
    );
    return EXIT.done;
  }
  const rows = services.map((record) => {
    const { verdict, mode, account } = record.verdict as unknown as Verdict;
    const { name, provider, points, provedAt } = record;
    const told = [points.join(", "), unsentOf(counts, name).join(", ")];
    return [name, provider, verdict, mode, account ?? "", ...told, provedAt.slice(0, 10)].map(printable);
  });
  for (const line of tableLines(HEAD, rows, ui)) ui.out(line);
  return EXIT.done;
}

async function listProviders({ ui }: Context): Promise<ExitCode> {
  const providers = await allProviders();
  for (const { id, title, types, about } of providers)
    ui.record({ type: "provider", id, title, types, about });
  const rows = providers.map(({ id, types, about }) => [id, types.join(", "), about]);
  for (const line of tableLines(ALL_HEAD, rows, ui)) ui.out(line);
  return EXIT.done;
}

/** Of a service that is connected what is known of it, of a provider its page. */
export async function show(context: Context, args: Args): Promise<ExitCode> {
  const { ui } = context;
  const [name] = args.positionals;
  if (name === undefined) {
    throw new Fault("usage", "Which service, or which provider?", {
      code: "services.no-name",
      hint: "ainstein-cms services list; ainstein-cms services list --all",
    });
  }
  const record = getService(context.store(), name);
  const provider = await findProvider(record?.provider ?? name);
  if (record === undefined) {
    const { id, title, types, about, fields } = provider;
    ui.record({
      type: "provider",
      id,
      title,
      types,
      about,
      fields: fields.map(fieldView),
      points: [...new Set(provider.actions.flatMap(({ points }) => points))],
      webhooks: provider.webhooks.kind,
    });
    const page = servicePage(provider).trimEnd();
    for (const line of ui.terminal ? (pageLines(page, ui) ?? []) : page.split("\n")) ui.out(line);
    return EXIT.done;
  }
  ui.record({ type: "service", ...viewOf(record) });
  for (const line of lines(record)) ui.out(printable(line));
  return EXIT.done;
}

function fieldView({ name, title, secret, need = "calls", where, default: usual, format }: Field) {
  return { name, title, secret, need, default: usual ?? null, format: format?.words ?? null, where };
}

/** No secret is in a record. */
function viewOf({
  name,
  provider,
  settings,
  points,
  fields,
  every,
  verdict,
  provedAt,
  createdAt,
}: ServiceRecord) {
  return {
    name,
    provider,
    settings,
    points,
    fields,
    every,
    ...(verdict as unknown as Verdict),
    provedAt,
    createdAt,
  };
}

function lines(record: ServiceRecord): readonly string[] {
  const { name, provider, settings, provedAt } = record;
  return [
    `${name}: ${provider}`,
    `  ${verdictWords(record.verdict as unknown as Verdict)} (${provedAt})`,
    ...tellingLines(record),
    ...Object.entries(settings).map(([field, value]) => `  ${field}: ${value}`),
  ];
}
