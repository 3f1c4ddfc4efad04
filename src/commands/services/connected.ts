// A service with its credentials: from the environment, the vault or a person; proven before it is stored.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { serviceVariable } from "../../auth/environment.ts";
import { proxyFor } from "../../http/proxy.ts";
import type { Recorder } from "../../http/record.ts";
import type { Clock } from "../../lib/clock.ts";
import { Fault } from "../../lib/fault.ts";
import type { Json } from "../../lib/json.ts";
import { openService } from "../../services/open.ts";
import type { Provider } from "../../services/provider.ts";
import { findProvider } from "../../services/registry.ts";
import { idleWords } from "../../services/send.ts";
import type { Opened, OpenParts, Verdict } from "../../services/service.ts";
import { getService, putService, type ServiceRecord } from "../../store/services.ts";
import { auditing } from "../audit.ts";
import type { Context } from "../context.ts";
import { tracer } from "../route.ts";
import { type Asking, completed, type Given, type Values, waysFor } from "./asking.ts";
import { intervalOf } from "./queue.ts";

export type { Values };

/** What is to be connected. */
export interface ServiceWish extends Asking {
  readonly provider: string;
  /** The provider's id where absent. */
  readonly name?: string | undefined;
  /** Fields that are no secrets. */
  readonly settings: Values;
  /** Secrets that were given otherwise than by the environment. */
  readonly secrets?: Values;
  /** These three stay as they were where absent: nothing, all, and at once for one that is new. */
  readonly points?: readonly string[] | undefined;
  readonly fields?: readonly string[] | undefined;
  readonly every?: string | undefined;
}

type Telling = Pick<ServiceRecord, "points" | "fields" | "every">;

export interface Connected {
  readonly name: string;
  readonly provider: Provider;
  readonly verdict: Verdict;
  /** It is connected from now on: nothing that was refused, or could not be asked, is. */
  readonly stored: boolean;
  readonly telling: Telling;
  /** Of the points that it is to be told of, those that it would do nothing about as it is set up, and why. */
  readonly idle: readonly string[];
  /** What is left for a person to do at the provider. */
  readonly steps: readonly string[];
}

const HOUR_MS = 3_600_000;
const NAME = /^[a-z][a-z0-9-]{0,39}$/;

/** Name that its secrets are sealed under. */
export const vaultName = (service: string): string => `service:${service}`;

/**
 * Proves the credentials, and stores them where nothing speaks against them. Throws `usage` for values that are missing
 * (`services.credentials-missing`), unknown or of another form, with where they are found and how CI gives them.
 */
export async function connectService(context: Context, wish: ServiceWish): Promise<Connected> {
  const provider = await findProvider(wish.provider);
  const name = wish.name ?? provider.id;
  if (!NAME.test(name)) throw badName(name);
  const before = getService(context.store(), name);
  if (before !== undefined && before.provider !== provider.id) throw taken(before);
  refuseSecretSettings(provider, name, wish.settings);
  const telling = tellingOf(provider, wish, before);
  const given = await valuesOf(context, provider, name, wish, before);
  const values = await completed(context, provider, name, given, wish);
  const verdict = await proven(context, { name, fields: telling.fields }, provider, values);
  const stored = verdict.verdict === "verified" || verdict.verdict === "not-verifiable";
  if (stored) await keep(context, provider, { ...given, values }, { name, telling, verdict, before });
  const idle = telling.points.flatMap((point) => idleWords(provider, point, values) ?? []);
  return { name, provider, verdict, stored, telling, idle, steps: stepsOf(provider) };
}

/** Settings come from command lines and from files, which others can read. */
function refuseSecretSettings({ fields }: Provider, name: string, settings: Values): void {
  const secret = fields.find((field) => field.secret && Object.hasOwn(settings, field.name));
  if (secret === undefined) return;
  throw new Fault("usage", `${secret.name} is a secret, and others can read where it was given.`, {
    code: "services.secret-setting",
    hint: `Give it ${waysFor(name)}; and if it was a good one, make another at the provider.`,
  });
}

function tellingOf(
  { title, actions }: Provider,
  { points, fields, every }: ServiceWish,
  before: ServiceRecord | undefined,
): Telling {
  const telling = {
    points: points ?? before?.points ?? [],
    fields: fields ?? before?.fields ?? [],
    every: every ?? before?.every ?? "real_time",
  };
  const about = actions.filter((action) => action.points.some((point) => telling.points.includes(point)));
  const taken = Math.min(...about.map(({ takenHours = Number.POSITIVE_INFINITY }) => takenHours));
  if (intervalOf(telling.every) < taken * HOUR_MS) return telling;
  throw new Fault("usage", `${title} counts nothing that is older than ${taken} hours.`, {
    code: "services.too-seldom",
    hint: `Choose another interval than ${telling.every}, such as daily.`,
  });
}

async function valuesOf(
  context: Context,
  provider: Provider,
  name: string,
  wish: Pick<ServiceWish, "settings" | "secrets">,
  before: ServiceRecord | undefined,
): Promise<Given> {
  const kept = before === undefined ? {} : await storedValues(context, before);
  const environment = environmentValues(context, provider, name);
  const values = { ...kept, ...wish.settings, ...wish.secrets, ...environment };
  return {
    values,
    kept: without(kept, { ...wish.settings, ...wish.secrets, ...environment }),
    fromEnvironment: environment !== undefined,
  };
}

async function storedValues(context: Context, { name, settings }: ServiceRecord): Promise<Values> {
  return { ...settings, ...(await context.vault().all(vaultName(name))) };
}

const environmentSchema = z.record(z.string(), z.string());

/** Undefined where the environment has none. Throws `usage` that names the variable, never a value. */
export function environmentValues(
  { env, cwd }: Pick<Context, "env" | "cwd">,
  provider: Provider,
  name: string,
): Values | undefined {
  const variable = serviceVariable(name);
  const text = env[variable] ?? "";
  if (text === "") return undefined;
  const refuse = (why: string): Fault =>
    new Fault("usage", `${variable} does not hold a service: ${why}.`, {
      code: "services.bad-environment",
      hint: `It holds JSON such as {"provider":"${provider.id}", …}, or {"file":"…"}; ainstein-cms services show ${provider.id} names the fields.`,
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
    const file = z.strictObject({ file: z.string() }).safeParse(value);
    if (file.success) value = JSON.parse(readFileSync(resolve(cwd, file.data.file), "utf8"));
  } catch {
    throw refuse("it, or the file it names, is no JSON");
  }
  const parsed = environmentSchema.safeParse(value);
  if (!parsed.success) throw refuse("it is no JSON object of texts");
  const { provider: named, ...values } = parsed.data;
  if (named !== undefined && named !== provider.id) throw refuse(`it is for ${JSON.stringify(named)}`);
  return values;
}

function without(values: Values, others: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !Object.hasOwn(others, name)));
}

/** Nothing that the provider answers is thrown. */
async function proven(context: Context, whose: Whose, provider: Provider, values: Values): Promise<Verdict> {
  const service = await opened(context, whose, provider, values);
  try {
    return await service.prove();
  } finally {
    await service.close();
  }
}

type Whose = Pick<ServiceRecord, "name" | "fields">;

export async function opened(
  context: Context,
  { name, fields }: Whose,
  provider: Provider,
  values: Values,
): Promise<Opened> {
  const service = await openService(provider, values, { ...openParts(context, name), fields });
  return provider.driver === undefined
    ? service
    : recorded(service, auditing(context, vaultName(name)), context.clock);
}

/** What is no request of HTTP is recorded as a whole. */
function recorded(service: Opened, recorder: Recorder, { now }: Clock): Opened {
  const { id } = service.provider;
  return {
    ...service,
    send: async (occurrence) => {
      const at = now();
      const about = { at, method: "WRITE", url: `${id}:`, attempt: 1, bytesOut: 0, writes: true };
      const tell = await recorder(about);
      const outcome = await service.send(occurrence);
      tell({ ms: now() - at, bytesIn: 0, ...(outcome.state === "sent" ? {} : { fault: outcome.state }) });
      return outcome;
    },
  };
}

/** What the service of that name is opened, and its deliveries are verified with. */
export function openParts(context: Context, name: string): OpenParts {
  const { clock, env, signal, version } = context;
  return {
    clock,
    random: Math.random,
    signal,
    version,
    proxy: (url) => proxyFor(url, undefined, env),
    trace: tracer(context),
    recorder: auditing(context, vaultName(name)),
  };
}

interface Keeping {
  readonly name: string;
  readonly telling: Telling;
  readonly verdict: Verdict;
  readonly before: ServiceRecord | undefined;
}

async function keep(
  context: Context,
  provider: Provider,
  { values, fromEnvironment }: Given,
  { name, telling, verdict, before }: Keeping,
): Promise<void> {
  const isSecret = (field: string) => provider.fields.some((one) => one.name === field && one.secret);
  const of = (secret: boolean) =>
    Object.fromEntries(Object.entries(values).filter(([field]) => isSecret(field) === secret));
  const now = new Date(context.clock.now()).toISOString();
  const record = {
    ...{ name, provider: provider.id, ...telling, provedAt: now, createdAt: before?.createdAt ?? now },
    settings: of(false),
    verdict: verdict as unknown as Json,
  };
  const store = () => putService(context.store(), record);
  if (fromEnvironment) store();
  else await context.vault().replace({ [vaultName(name)]: of(true) }, store);
}

function stepsOf({ webhooks }: Provider): readonly string[] {
  return webhooks.kind === "steps" ? webhooks.steps : [];
}

/** Every field of a service that is connected, secrets too. */
export async function valuesFor(
  context: Context,
  provider: Provider,
  record: ServiceRecord,
): Promise<Values> {
  return (await valuesOf(context, provider, record.name, { settings: {} }, record)).values;
}

/** What the provider says of a service now; stored with it. */
export async function provenAgain(context: Context, record: ServiceRecord): Promise<Verdict> {
  const provider = await findProvider(record.provider);
  const values = await valuesFor(context, provider, record);
  const verdict = await proven(context, record, provider, values);
  const provedAt = new Date(context.clock.now()).toISOString();
  putService(context.store(), { ...record, verdict: verdict as unknown as Json, provedAt });
  return verdict;
}

function badName(name: string): Fault {
  return new Fault("usage", `A service cannot be called ${JSON.stringify(name)}.`, {
    code: "services.bad-name",
    hint: "Use lower-case letters, digits and -, beginning with a letter, at most 40.",
  });
}

function taken({ name, provider }: ServiceRecord): Fault {
  return new Fault("usage", `${name} is connected already, to ${provider}.`, {
    code: "services.name-taken",
    hint: `Choose another name with --name; or first: ainstein-cms services remove ${name}`,
  });
}
