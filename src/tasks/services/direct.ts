// A module that calls a provider by itself, made of the same data as our own requests: as source that a person can own.
import { readFileSync } from "node:fs";
import type {
  Action,
  AnswerRule,
  Authentication,
  Base,
  Field,
  Idempotency,
  Provider,
  RequestTemplate,
  Step,
} from "../../services/provider.ts";
import { namesIn } from "../../services/template.ts";
import { TEMPLATES } from "../templates.ts";
import { bodyCode, type RuleNames, textCode, type Written, written } from "./source.ts";

/** What is done with some of the points that were asked for. */
export interface Doing {
  readonly action: Action;
  readonly points: readonly string[];
  readonly needs: readonly string[];
}

/** Rules as functions of the module, each by its name, with all that stands before it. */
function ruleTexts(): ReadonlyMap<string, string> {
  const blocks = template("rules.js").split(/\n\n(?=\/\*\*|function |const )/);
  return new Map(blocks.map((block) => [/^(?:function|const) (\w+)/m.exec(block)?.[1] ?? "", block]));
}

/** A function of the module does what a rule of the same name does. */
function ruleNames({ rules = {} }: Provider): RuleNames {
  return (name) => (Object.hasOwn(rules, name) ? Object.keys(rules[name] ?? {})[0] : undefined);
}

/** Why an action cannot be carried out by the module itself; undefined where it can. */
export function indirectWords(provider: Provider, { steps }: Action): string | undefined {
  if (provider.driver !== undefined || steps.length === 0) return "it is not called over HTTP";
  const identities = [provider.authentication, ...steps.map(({ request }) => request.authentication)];
  for (const identity of identities) {
    if (identity?.kind === "sigv4") return "each call is signed (AWS Signature Version 4)";
    if (identity?.kind === "service-account") return "it signs in with the key file of a service account";
  }
  const texts = ruleTexts();
  const known = (name: string) => isKnown(provider, name, texts);
  const plain = steps.every(({ request, keep, answers = [] }) => {
    const conditions = answers.flatMap(({ where = [] }) => where);
    const fixed = conditions.every(({ is }) => typeof is !== "string" || !is.includes("{"));
    const form = request.body !== undefined && "form" in request.body ? Object.keys(request.body.form) : [];
    const named = !form.some((name) => name.includes("..."));
    const { base = "api" } = request;
    const fits = typeof provider.bases[base] === "string" || (base === "api" && hasFixedHosts(provider));
    return keep === undefined && fixed && named && fits && namesOf(provider, request).every(known);
  });
  return plain ? undefined : "its requests are made of what only the receiver knows";
}

/** The addresses of a base of several are written out as they are. */
function hasFixedHosts({ bases: { api } }: Provider): boolean {
  return typeof api === "object" && Object.values(api.at).every((host) => !host.includes("{"));
}

function namesOf(provider: Provider, request: RequestTemplate): readonly string[] {
  const { path, query = {}, headers = {}, body, base = "api" } = request;
  const address = provider.bases[base] ?? "";
  const texts = [
    path,
    ...Object.values(query),
    ...Object.values(headers),
    ...(typeof address === "string" ? [address] : []),
  ];
  const content = body === undefined ? [] : ["json" in body ? body.json : body.form];
  return [...texts, ...content].flatMap(namesIn).map(({ name }) => name);
}

function isKnown(provider: Provider, name: string, texts: ReadonlyMap<string, string>): boolean {
  const rule = ruleNames(provider)(name);
  if (rule !== undefined) return texts.has(rule);
  if (name.startsWith("event.") || /^(?:id|point|at\.(?:iso|seconds|ms))$/.test(name)) return true;
  return provider.fields.some((field) => field.name === name);
}

/** The functions that call it, and all they stand on. `settings`: what is no secret, as the task says. */
export function directText(
  provider: Provider,
  doings: readonly Doing[],
  settings: Readonly<Record<string, string>>,
  variableOf: (field: string) => string,
): string {
  const { errors, headers = {}, version } = provider;
  const pinned = {
    ...headers,
    ...(version?.header === undefined ? {} : { [version.header]: version.value }),
  };
  const lists = { message: errors?.message ?? [], code: errors?.code ?? [], as5xx: errors?.as5xx ?? [] };
  const called = calledWith(provider, doings, settings).map(({ field, usual }): [string, Written] => {
    const optional = field.need === "optional" && usual === undefined ? true : undefined;
    return [field.name, { variable: variableOf(field.name), usual, optional }];
  });
  return [
    `/** What it is called with: variables of the environment; \`usual\` stands where one is not set. */
const SETTINGS = ${written(Object.fromEntries(called))};`,
    `const HEADERS = ${written(lowerNames(pinned))};`,
    `/** Where its answers say why. */\nconst ERRORS = ${written(lists)};`,
    ...addressesText(provider.bases.api),
    callsText(provider, doings),
    template("call.js"),
  ].join("\n\n");
}

/** A field of the provider that calls take, and what it is where nobody says: as the task has it, or as is usual. */
export interface Called {
  readonly field: Field;
  readonly usual: string | undefined;
}

export function calledWith(
  provider: Provider,
  doings: readonly Doing[],
  settings: Readonly<Record<string, string>>,
): readonly Called[] {
  const text = callsText(provider, doings);
  return provider.fields
    .filter(({ name }) => new RegExp(`values\\.${name}\\b`).test(text))
    .map((field) => ({
      field,
      usual: (field.secret ? undefined : settings[field.name]) ?? field.default,
    }));
}

function callsText(provider: Provider, doings: readonly Doing[]): string {
  const rule = ruleNames(provider);
  const { authentication } = provider;
  const token = authentication.kind === "client-credentials" ? authentication.token : undefined;
  const calls = [
    ...doings.flatMap((doing) => functionsOf(provider, doing, rule)),
    identityText(authentication, rule),
    ...(token === undefined ? [] : [tokenText(provider, token, rule), template("token.js")]),
  ].join("\n\n");
  return [calls, ...modeText(provider, calls), ...rulesIn(calls)].join("\n\n");
}

/** Where there are several, by what a setting says. */
function addressesText(base: Base | undefined): readonly string[] {
  return base === undefined || typeof base === "string" ? [] : [`const ADDRESSES = ${written(base.at)};`];
}

function template(name: string): string {
  return readFileSync(new URL(`services/${name}`, TEMPLATES), "utf8").trim();
}

function lowerNames(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** What carries an action out, and one exported function for each of its points. */
function functionsOf(provider: Provider, doing: Doing, rule: RuleNames): readonly string[] {
  const { action, points, needs } = doing;
  const name = camel(action.title.split(",")[0] ?? "");
  const { idempotency, tells, takenHours } = action;
  const plan: Written = {
    repeatable: idempotency.kind !== "none",
    tells,
    takenHours,
    tokens: provider.authentication.kind === "client-credentials" ? { code: "TOKENS" } : undefined,
    steps: action.steps.map((step) => stepCode(provider, step, idempotency, rule)),
  };
  const demands = needs.length === 0 ? "" : ` Needs ${needs.join(", ")}.`;
  const options =
    "Options: `id` (a UUID) and `at` (a Date) of what happened, `env`, `timeoutMs`. Throws a CallError.";
  const demanded = action.when === undefined ? "" : `, ${written(action.when)}`;
  const each = points.map(
    (point) => `/** What is done with a ${point}: see \`${name}\`. */
export function ${sendName(point)}(fields, options) {
  return ${name}("${point}", fields, options);
}`,
  );
  return [
    `${comment(`${sentence(action.title)}${demands} ${idempotencyWords(idempotency)} ${options}`)}
async function ${name}(point, fields, options) {
  const what = given(point, fields, options${demanded});
  return carryOut(what, ${written(plan, 2, WIDE)});
}`,
    ...each,
  ];
}

/** No plan is short enough for one line to be read well. */
const WIDE = 1000;

/** `sendFormSubmission`, for a point. */
export function sendName(point: string): string {
  return camel(`send ${point}`);
}

function camel(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return words
    .map((word, index) => (index === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1)))
    .join("");
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** A comment for what follows, in lines of no more than a page's width. */
function comment(text: string): string {
  const lines = [...text.matchAll(/\S.{0,104}(?=\s|$)/g)].map(([line]) => ` * ${line}`);
  return `/**\n${lines.join("\n")}\n */`;
}

function idempotencyWords(idempotency: Idempotency): string {
  switch (idempotency.kind) {
    case "none":
      return `After a time-out it must not be repeated: ${idempotency.why}. The error's \`ambiguous\` is true then.`;
    case "harmless":
      return `It may be repeated: ${idempotency.why}.`;
    case "natural":
      return `Repeated with the same \`id\` and \`at\` it is taken once, by ${idempotency.by}${within(idempotency.keptHours)}.`;
    case "header":
    case "body": {
      const by = idempotency.kind === "header" ? idempotency.name : idempotency.member;
      return `Repeated with the same \`id\` and \`at\` it is taken once, by ${by}${within(idempotency.keptHours)}.`;
    }
  }
}

function within(hours: number | undefined): string {
  return hours === undefined ? "" : ` for ${hours} hours`;
}

function stepCode(provider: Provider, step: Step, idempotency: Idempotency, rule: RuleNames): Written {
  const request = requestCode(provider, step.request, idempotency, rule);
  return { ...request, answers: step.answers?.map(answerCode) };
}

function answerCode({ status, where, means, words }: AnswerRule<string>): Written {
  const conditions = where?.map(
    ({ path, is, in: listed, matches, exists }): Written => ({
      path,
      is,
      in: listed,
      matches,
      exists,
    }),
  );
  return { status, where: conditions, means, words };
}

function requestCode(
  provider: Provider,
  { method, base = "api", path, query, headers = {}, body }: RequestTemplate,
  idempotency: Idempotency | undefined,
  rule: RuleNames,
): Readonly<Record<string, Written>> {
  const members = (texts: Readonly<Record<string, string>>): Readonly<Record<string, Written>> =>
    Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, textCode(text, rule)]));
  const key: Readonly<Record<string, Written>> =
    idempotency?.kind === "body" ? { [idempotency.member]: textCode(idempotency.value, rule) } : {};
  const header = idempotency?.kind === "header" ? { [idempotency.name]: idempotency.value } : {};
  const all = lowerNames({ ...headers, ...header });
  const content = (filled: Written): Written =>
    Object.keys(key).length === 0 ? filled : { ...key, ...(filled as Readonly<Record<string, Written>>) };
  return {
    method,
    url: { code: addressCode(provider.bases[base] ?? "", path, rule) },
    query: query === undefined ? undefined : members(query),
    headers: Object.keys(all).length === 0 ? undefined : members(all),
    json: body !== undefined && "json" in body ? content(bodyCode(body.json, rule)) : undefined,
    form: body !== undefined && "form" in body ? { ...members(body.form), ...key } : undefined,
  };
}

/** Of several addresses, the one is chosen when it is called. A base that is a place and nothing else is a whole address. */
function addressCode(base: Base, path: string, rule: RuleNames): string {
  const below = textCode(path, rule, "segment");
  const tail = typeof below === "string" ? below : below.code.replace(/^`|`$/g, "");
  if (typeof base !== "string") {
    const key = base.by === "mode" ? "modeOf(what)" : `what.values.${base.by}`;
    return `\`\${must(ADDRESSES[${key}], "the address")}${tail}\``;
  }
  const start = textCode(base, rule);
  if (typeof start === "string") return tail === below ? JSON.stringify(start + tail) : `\`${start}${tail}\``;
  if (/^\{[a-z_]+\}$/.test(base)) return `\`\${${start.code}.replace(/\\/+$/, "")}${tail}\``;
  return `\`${start.code.replace(/^`|`$/g, "")}${tail}\``;
}

function identityText(authentication: Authentication, rule: RuleNames): string {
  return `/** Who calls. */\nasync function identityOf(what) {\n  return ${identityCode(authentication, rule)};\n}`;
}

function identityCode(authentication: Authentication, rule: RuleNames): string {
  const code = (template: string): string => {
    const text = textCode(template, rule);
    return typeof text === "string" ? JSON.stringify(text) : text.code;
  };
  switch (authentication.kind) {
    case "bearer":
      return `{ authorization: \`Bearer \${${code(authentication.token)}}\` }`;
    case "basic": {
      const pair = `\`\${${code(authentication.user)}}:\${${code(authentication.password)}}\``;
      return `{ authorization: \`Basic \${Buffer.from(${pair}, "utf8").toString("base64")}\` }`;
    }
    case "header":
      return `{ ${JSON.stringify(authentication.name.toLowerCase())}: ${code(authentication.value)} }`;
    case "client-credentials":
      return "{ authorization: await tokenFor(what) }";
    default:
      return "{}";
  }
}

function tokenText(provider: Provider, token: RequestTemplate, rule: RuleNames): string {
  const request = requestCode(provider, token, undefined, rule);
  const identity = identityCode(token.authentication ?? { kind: "none" }, rule);
  const headers = identity === "{}" ? request.headers : { code: identity };
  const code = written({ ...request, headers: headers ?? {} }, 2, WIDE);
  return `/** What a token is asked for with. */\nfunction tokenRequest(what) {\n  return ${code};\n}`;
}

/** Live and test told apart, where an address is chosen by it. */
function modeText({ mode }: Provider, text: string): readonly string[] {
  if (mode === undefined || !text.includes("modeOf(what)")) return [];
  const tests = (["test", "live"] as const).flatMap((each) =>
    mode[each] === undefined
      ? []
      : [`  if (${mode[each]}.test(what.values.${mode.field})) return "${each}";`],
  );
  return [`function modeOf(what) {\n${tests.join("\n")}\n  return "unknown";\n}`];
}

/** The rules that a text uses, and those that they use. */
function rulesIn(text: string): readonly string[] {
  const texts = ruleTexts();
  const used = new Set<string>();
  const look = (source: string): void => {
    for (const [name, block] of texts) {
      if (used.has(name) || !new RegExp(`\\b${name}\\b[([]`).test(source)) continue;
      used.add(name);
      look(block);
    }
  };
  look(text);
  return [...texts].flatMap(([name, block]) => (used.has(name) ? [block] : []));
}
