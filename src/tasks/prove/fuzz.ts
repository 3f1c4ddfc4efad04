// Bodies by chance, made from the schemas of the service's own description: what fits is taken, what does not is refused.
import { ask, type Reply } from "./ask.ts";
import { DESCRIPTION, type Description, descriptionIn, type JsonSchema } from "./described.ts";
import type { Expectation, Handler } from "./expect.ts";
import { isProblem, type Probe, type Seen, seen } from "./probe.ts";
import { asNew, goodRequest, type Trial } from "./trial.ts";

/** The same bodies each time: what failed once fails again. */
const SEED = 20_250_101;
const BODIES = 200;
/** Where each body that fits costs a password's hash. */
const COSTLY = 8;
const AT_ONCE = 10;

interface Fitting {
  /** What may come for a body that fits: rows may be there already, or refer to some that are not. */
  readonly statuses: readonly number[];
  readonly count: number;
}

const FITTING: Readonly<Partial<Record<Handler, Fitting>>> = {
  contact: { statuses: [201], count: BODIES },
  newsletter: { statuses: [202], count: BODIES },
  register: { statuses: [201, 409], count: COSTLY },
  login: { statuses: [200, 401], count: COSTLY },
  create: { statuses: [201, 400, 409], count: BODIES },
};

export async function fuzzProbes(trial: Trial, base: string): Promise<readonly Probe[]> {
  const description = descriptionIn(await ask(base, DESCRIPTION));
  return trial.wanted.endpoints.flatMap((endpoint) => {
    const fitting = FITTING[endpoint.handler];
    const schema = bodySchema(description, endpoint);
    return fitting === undefined ? [] : probesOf(trial, base, { endpoint, schema, fitting });
  });
}

function bodySchema(
  description: Description | undefined,
  { method, path }: Expectation,
): JsonSchema | undefined {
  const operation = description?.paths[path]?.[method.toLowerCase()];
  return operation?.requestBody?.content?.["application/json"]?.schema;
}

interface Fuzzed {
  readonly endpoint: Expectation;
  readonly schema: JsonSchema | undefined;
  readonly fitting: Fitting;
}

function probesOf(trial: Trial, base: string, { endpoint, schema, fitting }: Fuzzed): readonly Probe[] {
  const name = (what: string) => `${endpoint.method} ${endpoint.path}: ${what}`;
  const send = async (make: (chance: Chance) => unknown, count: number, fits: (reply: Reply) => boolean) => {
    const chance = chanceOf(SEED);
    // One account for all of them: whose they are makes no difference to what they are.
    const { headers } = await goodRequest(trial, endpoint);
    const { method, path } = endpoint;
    const asked = (json: unknown) => ({ method, path, json, ...(headers === undefined ? {} : { headers }) });
    const bodies = Array.from({ length: count }, () => make(chance));
    return judged(bodies, (json) => asNew(trial, base, asked(json)), fits);
  };
  const undescribed: Seen = seen(false, "the description has no schema of a body");
  return [
    {
      name: name(`${fitting.count} bodies that fit the description are taken`),
      about: "input",
      expected: `each time one of ${fitting.statuses.join(", ")}`,
      look: async () =>
        schema === undefined
          ? undescribed
          : send(
              (chance) => fittingBody(schema, chance),
              fitting.count,
              ({ status }) => fitting.statuses.includes(status),
            ),
    },
    {
      name: name(`${BODIES} bodies that do not fit the description are refused`),
      about: "input",
      expected: "each time 400",
      look: async () =>
        schema === undefined
          ? undescribed
          : send(
              (chance) => unfitBody(schema, chance),
              BODIES,
              (reply) => reply.status === 400 && isProblem(reply),
            ),
    },
  ];
}

async function judged(
  bodies: readonly unknown[],
  send: (body: unknown) => Promise<Reply>,
  fits: (reply: Reply) => boolean,
): Promise<Seen> {
  for (let at = 0; at < bodies.length; at += AT_ONCE) {
    const part = bodies.slice(at, at + AT_ONCE);
    const replies = await Promise.all(part.map(send));
    const wrong = replies.findIndex((reply) => !fits(reply));
    if (wrong >= 0) {
      const body = JSON.stringify(part[wrong]).slice(0, 160);
      return seen(false, `${replies[wrong]?.status} for ${body}`);
    }
  }
  return seen(true, `${bodies.length} of ${bodies.length}`);
}

/** From 0 up to below 1. */
export type Chance = () => number;

/** Mulberry32: small, and the same everywhere. */
export function chanceOf(seed: number): Chance {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const below = (chance: Chance, most: number): number => Math.floor(chance() * most);
function oneOf<T>(chance: Chance, values: readonly T[]): T | undefined {
  return values[below(chance, values.length)];
}

function propertiesOf({ properties }: JsonSchema): readonly (readonly [string, JsonSchema])[] {
  return Object.entries((properties ?? {}) as Readonly<Record<string, JsonSchema>>);
}
const requiredOf = ({ required }: JsonSchema): readonly string[] => (Array.isArray(required) ? required : []);

/** What must be there, and now and then what may be. */
export function fittingBody(schema: JsonSchema, chance: Chance): Record<string, unknown> {
  const given = propertiesOf(schema).filter(([name]) => requiredOf(schema).includes(name) || chance() < 0.5);
  return Object.fromEntries(given.map(([name, each]) => [name, fittingValue(each, chance)]));
}

const LETTERS = [..."abcXYZ019 .,-_'\"\\/<>&%;:{}$#@!?äßøñ漢字🙂"];

function text(chance: Chance, length: number): string {
  // Counted as the schema counts: an emoji is one.
  return Array.from({ length }, () => oneOf(chance, LETTERS)).join("");
}

function digits(chance: Chance, length: number): string {
  return `${1 + below(chance, 9)}${Array.from({ length: length - 1 }, () => below(chance, 10)).join("")}`;
}

function fittingValue(schema: JsonSchema, chance: Chance): unknown {
  const { type, enum: values, nullable } = schema;
  if (nullable === true && chance() < 0.2) return null;
  if (Array.isArray(values))
    return oneOf(
      chance,
      values.filter((value) => value !== null),
    );
  if (type === "boolean") return chance() < 0.5;
  if (type === "integer" || type === "number") return fittingNumber(schema, chance);
  if (type === "string") return fittingText(schema, chance);
  return oneOf(chance, [{ a: [1, "two", null] }, [], "text", 3, true]);
}

function fittingNumber({ minimum, maximum }: JsonSchema, chance: Chance): number {
  const least = typeof minimum === "number" ? Math.ceil(minimum) : -1000;
  const most = typeof maximum === "number" ? Math.floor(maximum) : least + 2000;
  const near = Math.min(most, least + 100_000);
  return oneOf(chance, [least, most, least + below(chance, near - least + 1)]) ?? least;
}

const FORMATS: Readonly<Record<string, (chance: Chance) => string>> = {
  email: (chance) => `f${digits(chance, 9)}@example.test`,
  uri: (chance) => `https://example.test/${digits(chance, 5)}?a=b`,
  date: (chance) => `20${10 + below(chance, 20)}-0${1 + below(chance, 9)}-${10 + below(chance, 18)}`,
  "date-time": (chance) =>
    `20${10 + below(chance, 20)}-01-${10 + below(chance, 18)}T0${below(chance, 10)}:30:00Z`,
  uuid: (chance) => `00000000-0000-4000-8000-${digits(chance, 12)}`,
};

function fittingText({ format, pattern, minLength, maxLength }: JsonSchema, chance: Chance): string {
  const made = typeof format === "string" ? FORMATS[format] : undefined;
  if (made !== undefined) return made(chance);
  const least = typeof minLength === "number" ? minLength : 0;
  const most = typeof maxLength === "number" ? maxLength : least + 60;
  const length = oneOf(chance, [least, most, least + below(chance, most - least + 1)]) ?? least;
  const candidates = [text(chance, length), digits(chance, 1 + below(chance, 3)), "0", "1.5", "0.25"];
  const fits = (value: string) => typeof pattern !== "string" || new RegExp(pattern, "u").test(value);
  const found = candidates.find(fits);
  if (found === undefined) throw new Error(`no text is known that fits ${String(pattern)}`);
  return found;
}

/** A body that fits but for one thing. */
export function unfitBody(schema: JsonSchema, chance: Chance): unknown {
  const body = fittingBody(schema, chance);
  const ways: (() => unknown)[] = [
    () => ({ ...body, [`x${digits(chance, 4)}`]: "nobody asked" }),
    () => oneOf(chance, [[body], "text", 12, true, null, []]),
    ...requiredOf(schema).map((name) => () => {
      const { [name]: _left, ...rest } = body;
      return rest;
    }),
    ...propertiesOf(schema).flatMap(([name, each]) =>
      unfitValues(each, chance).map((value) => () => ({ ...body, [name]: value })),
    ),
  ];
  return oneOf(chance, ways)?.();
}

/** What PostgreSQL stores in no text. */
const NUL = "a\u0000b";

function unfitValues(schema: JsonSchema, chance: Chance): readonly unknown[] {
  const { type, enum: values, nullable, minLength, maxLength, minimum, maximum, format, pattern } = schema;
  if (type === undefined && values === undefined) return [];
  const isText = type === "string";
  return [
    isText ? below(chance, 1000) : text(chance, 5),
    { a: 1 },
    ["a"],
    ...(nullable === true ? [] : [null]),
    ...(isText && typeof maxLength === "number" ? [text(chance, maxLength + 1 + below(chance, 20))] : []),
    ...(isText && typeof minLength === "number" && minLength > 0 ? [text(chance, minLength - 1)] : []),
    ...(isText && (format !== undefined || values !== undefined) ? [`${text(chance, 6)} no`] : []),
    ...(typeof pattern === "string" && !new RegExp(pattern, "u").test(NUL) ? [NUL] : []),
    ...(typeof minimum === "number" ? [minimum - 1] : []),
    ...(typeof maximum === "number" ? [maximum + 1] : []),
    ...(type === "integer" ? [0.5 + below(chance, 9)] : []),
  ];
}
