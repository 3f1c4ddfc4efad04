// `services connect`, `test` and `remove`.
import { z } from "zod";
import { EXIT, type ExitCode, worstExit } from "../../lib/exit.ts";
import { Fault } from "../../lib/fault.ts";
import { printable } from "../../lib/redact.ts";
import { nearestName } from "../../lib/suggest.ts";
import { POINTS } from "../../services/provider.ts";
import type { Verdict } from "../../services/service.ts";
import { listHooks, removeHook } from "../../store/hooks.ts";
import { dropDeliveries } from "../../store/occurrences.ts";
import { findService, listServices, removeService } from "../../store/services.ts";
import type { Args, Context } from "../context.ts";
import { listFlag, switchFlag, textFlag } from "../flags.ts";
import { connectService, provenAgain, type Values, vaultName } from "./connected.ts";
import { verdictWords } from "./words.ts";

const EVERY = /^(?:real_time|every_[1-9]\d{0,3}_(?:minutes|hours|days)|hourly|daily|weekly)$/;

export async function connect(context: Context, args: Args): Promise<ExitCode> {
  const { ui } = context;
  const [provider] = args.positionals;
  if (provider === undefined) throw noProvider();
  const connected = await connectService(context, {
    provider,
    name: textFlag(args, "name"),
    settings: settingsOf(args),
    secrets: switchFlag(args, "secretsStdin") ? secretsFrom(await ui.stdin()) : {},
    points: pointsOf(args),
    fields: listFlag(args, "field"),
    every: everyOf(args),
    ask: true,
  });
  const { name, verdict, stored, steps } = connected;
  ui.record({ type: "service", name, provider: connected.provider.id, stored, ...verdict });
  ui.out(printable(`${name}: ${verdictWords(verdict)}`));
  if (!stored) return refusal(context, verdict);
  if (verdict.verdict === "not-verifiable")
    ui.note("Nothing proves these credentials without a side effect; they are stored as they are.");
  const address = `https://<the receiver's host>/services/${name}`;
  for (const [index, step] of steps.entries())
    ui.note(printable(`${index + 1}. ${step.replaceAll("{hook.url}", address)}`));
  return EXIT.done;
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
    hint: 'Write {"api_key":"…"}, with the fields that `ainstein-cms services show <provider>` names.',
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    return undefined;
  }
}

function pointsOf(args: Args): readonly string[] {
  const points = listFlag(args, "point");
  for (const point of points) {
    if (POINTS.some((known) => known === point)) continue;
    const near = nearestName(point, POINTS);
    throw new Fault("usage", `--point ${point}: there is no such point.`, {
      code: "bad-flag",
      hint: `${near === undefined ? "" : `Did you mean ${near}? `}There are: ${POINTS.join(", ")}.`,
    });
  }
  return points;
}

function everyOf(args: Args): string {
  const every = textFlag(args, "every") ?? "real_time";
  if (EVERY.test(every)) return every;
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

/** Here alone: nothing is changed at the provider. */
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
