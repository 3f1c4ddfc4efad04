// `services connect`, `test` and `remove`.
import { z } from "zod";
import { EXIT, type ExitCode, worstExit } from "../../lib/exit.ts";
import { Fault } from "../../lib/fault.ts";
import { printable } from "../../lib/redact.ts";
import { nearestName } from "../../lib/suggest.ts";
import { POINTS, type Provider } from "../../services/provider.ts";
import { findProvider } from "../../services/registry.ts";
import type { Verdict } from "../../services/service.ts";
import { listHooks, removeHook } from "../../store/hooks.ts";
import { countDeliveries, dropDeliveries } from "../../store/occurrences.ts";
import { findService, listServices, removeService } from "../../store/services.ts";
import type { Args, Context } from "../context.ts";
import { listFlag, switchFlag, textFlag } from "../flags.ts";
import { type Connected, connectService, provenAgain, type Values, vaultName } from "./connected.ts";
import { tellingLines, unsentOf, verdictWords } from "./words.ts";

/** In place of points, and of fields. */
const NONE = "none";
const ALL = "all";
const EVERY = /^(?:real_time|every_[1-9]\d{0,3}_(?:minutes|hours|days)|hourly|daily|weekly)$/;

export async function connect(context: Context, args: Args): Promise<ExitCode> {
  const { ui } = context;
  const [named] = args.positionals;
  if (named === undefined) throw noProvider();
  const provider = await findProvider(named);
  const connected = await connectService(context, {
    provider: provider.id,
    name: textFlag(args, "name"),
    settings: settingsOf(args),
    points: pointsOf(args, provider),
    fields: fieldsOf(args),
    every: everyOf(args),
    secrets: switchFlag(args, "secretsStdin") ? secretsFrom(await ui.stdin()) : {},
    ask: true,
    renew: true,
  });
  const { name, verdict, stored, telling } = connected;
  ui.record({ type: "service", name, provider: provider.id, stored, ...telling, ...verdict });
  ui.out(printable(`${name}: ${verdictWords(verdict)}`));
  if (!stored) return refusal(context, verdict);
  for (const line of tellingLines(telling)) ui.out(printable(line));
  sayWhatIsLeft(context, connected);
  return EXIT.done;
}

function sayWhatIsLeft({ ui }: Context, connected: Connected): void {
  const { name, provider, verdict, telling, idle, steps } = connected;
  if (verdict.verdict === "not-verifiable")
    ui.note("Nothing proves these credentials without a side effect; they are stored as they are.");
  for (const why of idle) ui.note(printable(`${why}: connect it again with --set`));
  const [point] = provider.actions.flatMap(({ points }) => points);
  if (telling.points.length === 0 && point !== undefined) {
    const as = name === provider.id ? "" : ` --name ${name}`;
    ui.note(`To tell it: ainstein-cms services connect ${provider.id}${as} --point ${point}`);
  }
  if (steps.length > 0) ui.note("To be told of what happens there:");
  const address = `https://<the receiver's host>/services/${name}`;
  for (const [index, step] of steps.entries())
    ui.note(printable(`  ${index + 1}. ${step.replaceAll("{hook.url}", address)}`));
}

function refusal(context: Context, { verdict, hint }: Verdict): ExitCode {
  context.ui.note("Nothing was stored.");
  if (hint !== undefined) context.ui.note(printable(hint));
  return verdict === "refused" ? EXIT.auth : EXIT.unavailable;
}

function noProvider(): Fault {
  return new Fault("usage", "Which provider?", {
    code: "services.no-provider",
    hint: "ainstein-cms services list --all shows those there are.",
  });
}

/** `--set list_id=abc`. */
function settingsOf(args: Args): Values {
  return Object.fromEntries(
    listFlag(args, "set").map((text): [string, string] => {
      const at = text.indexOf("=");
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
      throw new Fault("usage", `--set ${text}: write it as name=value.`, { code: "bad-flag" });
    }),
  );
}

function secretsFrom(text: string): Values {
  const parsed = z.record(z.string(), z.string()).safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new Fault("usage", "Standard input does not hold a JSON object of texts.", {
    code: "services.bad-secrets",
    hint: "Write an object of the fields that `ainstein-cms services show <provider>` names, each with its text.",
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    return undefined;
  }
}

/** Undefined where nothing was said: it stays as it was. */
function pointsOf(args: Args, provider: Provider): readonly string[] | undefined {
  const points = listFlag(args, "point");
  if (points.length === 0) return undefined;
  if (points.join() === NONE) return [];
  const taken = [...new Set<string>(provider.actions.flatMap((action) => action.points))];
  const strange = points.find((point) => !taken.includes(point));
  if (strange !== undefined) throw strangePoint(strange, provider, taken);
  return points;
}

function strangePoint(point: string, { title }: Provider, taken: readonly string[]): Fault {
  const isPoint = POINTS.some((known) => known === point);
  const why = isPoint ? `${title} does nothing with it` : "there is no such point";
  const near = nearestName(point, taken);
  const meant = near === undefined ? "" : `Did you mean ${near}? `;
  const there =
    taken.length === 0
      ? "It is told of nothing: leave --point out."
      : `There are: ${taken.join(", ")}; or ${NONE}.`;
  return new Fault("usage", `--point ${point}: ${why}.`, { code: "bad-flag", hint: `${meant}${there}` });
}

function fieldsOf(args: Args): readonly string[] | undefined {
  const fields = listFlag(args, "field");
  if (fields.length === 0) return undefined;
  return fields.join() === ALL ? [] : fields;
}

function everyOf(args: Args): string | undefined {
  const every = textFlag(args, "every");
  if (every === undefined || EVERY.test(every)) return every;
  throw new Fault("usage", `--every ${every}: how often is that?`, {
    code: "bad-flag",
    hint: "Say real_time, hourly, daily, weekly, or such as every_15_minutes.",
  });
}

/** The named ones, or all. */
export async function test(context: Context, args: Args): Promise<ExitCode> {
  const store = context.store();
  const names = args.positionals.length > 0 ? args.positionals : listServices(store).map(({ name }) => name);
  if (names.length === 0)
    context.ui.note("No service is connected yet: ainstein-cms services connect <provider>");
  const exits: ExitCode[] = [];
  for (const name of names) {
    const verdict = await provenAgain(context, findService(store, name));
    context.ui.record({ type: "service-test", name, ...verdict });
    context.ui.out(printable(`${name}: ${verdictWords(verdict)}`));
    if (verdict.hint !== undefined && verdict.verdict !== "verified")
      context.ui.note(printable(verdict.hint));
    exits.push(EXITS[verdict.verdict]);
  }
  return worstExit(exits);
}

const EXITS: Readonly<Record<Verdict["verdict"], ExitCode>> = {
  verified: EXIT.done,
  "not-verifiable": EXIT.done,
  refused: EXIT.auth,
  unreachable: EXIT.unavailable,
};

/** Here alone: nothing is changed at the provider. What it was not sent yet goes with it, which is asked about. */
export async function remove(context: Context, args: Args): Promise<ExitCode> {
  const [name] = args.positionals;
  if (name === undefined) {
    throw new Fault("usage", "Which service?", {
      code: "services.no-name",
      hint: "ainstein-cms services list",
    });
  }
  const store = context.store();
  const { provider } = findService(store, name);
  const left = unsentOf(countDeliveries(store), name);
  const question = `Remove ${name}, and what it was not sent (${left.join(", ")})?`;
  const agreed =
    left.length === 0 || switchFlag(args, "yes") || (await context.ui.confirm(question, "--yes"));
  if (!agreed) return EXIT.usage;
  store.transaction(() => {
    removeService(store, name);
    dropDeliveries(store, name);
    for (const { id } of listHooks(store, vaultName(name))) removeHook(store, vaultName(name), id);
    context.vault().forget(vaultName(name));
  });
  context.ui.record({ type: "service-removed", name, provider });
  context.ui.out(
    `${name} is removed here; keys and webhooks at the provider stay until they are ended there`,
  );
  return EXIT.done;
}
