// The fields of a provider as they were given: whole, fit, and with what is usual filled in.
import { Fault } from "../lib/fault.ts";
import { nearestName } from "../lib/suggest.ts";
import type { Field, Mode, Provider } from "./provider.ts";

type Values = Readonly<Record<string, string>>;

/** For tests: every address of the provider is asked below this one, host first. Loopback only. */
export const BASE_URL = "baseUrl";

/** Fields without which nothing goes, or (`webhooks`) no delivery can be verified, that have no value. */
export function missingFields(
  provider: Provider,
  values: Values,
  need: "calls" | "webhooks" = "calls",
): readonly Field[] {
  return provider.fields.filter(
    (field) =>
      (field.need ?? "calls") === need && (values[field.name] ?? "") === "" && field.default === undefined,
  );
}

/**
 * With defaults. Throws `usage` for a field there is not, one that is missing and one of another form; no message holds a
 * value.
 */
export function checkedValues(provider: Provider, given: Values): Values {
  const values: Record<string, string> = {};
  for (const [name, text] of Object.entries(given)) {
    if (name === BASE_URL) values[name] = checkedBase(text);
    else if (text.trim() !== "") values[name] = fitting(provider, name, text.trim());
  }
  for (const { name, default: usual } of provider.fields) {
    if (usual !== undefined) values[name] ??= usual;
  }
  const missing = missingFields(provider, values);
  if (missing.length === 0) return values;
  const names = missing.map(({ name }) => name).join(", ");
  throw new Fault("usage", `${provider.title} needs ${names}.`, {
    code: "services.credentials-missing",
    hint: missing.map(({ name, where }) => `${name}: ${where}`).join(" "),
  });
}

function fitting(provider: Provider, name: string, text: string): string {
  const field = provider.fields.find((each) => each.name === name);
  if (field === undefined) throw unknownField(provider, name);
  const wrong = copiedWith(text);
  const { pattern, words } = field.format ?? {};
  if (wrong === undefined && pattern?.test(text) !== false) return text;
  throw new Fault("usage", `${name} of ${provider.title} ${wrong ?? `must be ${words}`}.`, {
    code: "services.malformed-value",
    place: { file: provider.id, field: name },
    hint: field.where,
  });
}

/** What came along when a value was copied, and is never a part of one. */
function copiedWith(text: string): string | undefined {
  if (/^(["'`]).*\1$/s.test(text) || /^[\u2018-\u201e]/.test(text)) return "stands in quotes: leave them out";
  if (/^(?:bearer|basic)\s/i.test(text)) return "begins with the name of a scheme: leave it out";
  // A key file is JSON of many lines.
  if (!text.startsWith("{") && /\p{Cc}/u.test(text)) return "holds a line break or another control character";
  return undefined;
}

function unknownField({ title, fields }: Provider, name: string): Fault {
  const names = fields.map((field) => field.name);
  const near = nearestName(name, names);
  return new Fault("usage", `${title} has no field ${JSON.stringify(name)}.`, {
    code: "services.unknown-field",
    hint: `${near === undefined ? "" : `Did you mean ${near}? `}There are: ${names.join(", ")}.`,
  });
}

function checkedBase(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = url !== undefined && ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (loopback && url.protocol === "http:") return text.replace(/\/+$/, "");
  throw new Fault("usage", `${BASE_URL} must be an http address of this machine itself.`, {
    code: "services.malformed-value",
    hint: "It is for tests only: leave it out.",
  });
}

export function modeOf({ mode }: Provider, values: Values): Mode {
  const text = mode === undefined ? undefined : values[mode.field];
  if (mode === undefined || text === undefined) return "unknown";
  if (mode.test?.test(text) === true) return "test";
  return mode.live?.test(text) === true ? "live" : "unknown";
}

/** Texts that no message and no trace may show. An address that is a secret is one without its host, too. */
export function secretTexts(provider: Provider, values: Values): readonly string[] {
  return provider.fields.flatMap(({ name, secret }) => {
    const text = values[name];
    if (!secret || text === undefined || text.length < 4) return [];
    return /^https:\/\//.test(text) && URL.canParse(text) ? [text, new URL(text).pathname] : [text];
  });
}
