import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { isMap, isScalar } from "yaml";
import type { z } from "zod";
import { Fault } from "../lib/fault.ts";
import { nearestName } from "../lib/suggest.ts";
import { type MediaRules, mediaFields, mediaRules } from "./config-media.ts";
import { type ConfigFile, type ConflictRule, configSchema, type FieldType } from "./config-schema.ts";
import { canonicalLocale } from "./locale.ts";
import { decodeText, placeOf } from "./text.ts";
import { type Origin, parseYaml, type Yaml, yamlFields } from "./yaml-front.ts";

export const CONFIG_FILE = "ainstein.yaml";
export const LOCK_FILE = "ainstein.lock";

/** What a root says about itself, every default filled in. */
export interface Config {
  /** Whether there is an `ainstein.yaml`; without one every Markdown file is a document. */
  readonly present: boolean;
  /** The closed list of connections; undefined where the file names none. */
  readonly targets: readonly TargetRule[] | undefined;
  readonly content: readonly ContentRule[];
  /** By the key in the file. */
  readonly fields: Readonly<Record<string, FieldRule>>;
  /** By the field that carries them, e.g. `tags`. */
  readonly terms: Readonly<Record<string, TermRule>>;
  readonly media: MediaRules & { readonly dirs: readonly string[] };
  /** By field or `body`. */
  readonly onConflict: Readonly<Record<string, ConflictRule>>;
  readonly protect: {
    readonly kinds: readonly string[];
    readonly paths: readonly string[];
    readonly fields: readonly string[];
  };
  readonly readOnly: boolean;
  readonly ignore: readonly string[];
  /** Language of documents that name none, canonical. */
  readonly locale: string | undefined;
  readonly timezone: string | undefined;
  readonly unknownFields: "refuse" | "warn" | "local";
}

export interface TargetRule {
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Our kind -> this target's. */
  readonly kinds: Readonly<Record<string, string>>;
}

export interface ContentRule {
  /** Without slashes at its ends; "" is the root. `{locale}` stands for a language. */
  readonly dir: string;
  readonly kind: string;
  /** Template of new files' names, relative to `dir`. */
  readonly path: string;
  readonly where: Readonly<Record<string, readonly (string | number | boolean)[]>>;
}

/** `to` undefined: the key stays in the file only. */
export interface FieldRule {
  readonly to: string | undefined;
  readonly type?: FieldType;
}

export interface TermRule {
  readonly unknown: "create" | "refuse";
  /** Name in the files -> name on the site. */
  readonly aliases: Readonly<Record<string, string>>;
}

export const DEFAULT_PATH = "{slug}.md";

const NOT_HERE =
  /^(url|uri|address|host|endpoint|site|proxy|user(name)?|pass(word|phrase)?|token|secret|.*(token|secret|password|api_?key)|key|auth|headers?|credentials?|command|cmd|exec|run|script|hooks?|webhooks?|notify|editor)$/i;

/** The root's `ainstein.yaml`, or the defaults when it has none. Throws `usage` with line and column. */
export async function loadConfig(root: string): Promise<Config> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(join(root, CONFIG_FILE));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return complete({}, false);
    throw new Fault("usage", `${CONFIG_FILE} cannot be read: ${(cause as Error).message}`, {
      code: "config",
      place: { file: CONFIG_FILE },
      cause,
    });
  }
  return parseConfig(bytes);
}

/** Throws `usage` with line and column in the file. */
export function parseConfig(bytes: Uint8Array): Config {
  try {
    const text = decodeText(bytes, CONFIG_FILE);
    const origin: Origin = { path: CONFIG_FILE, lf: text.lf, offset: 0 };
    const document = parseYaml(text.lf, origin);
    const checked = configSchema.safeParse(yamlFields(document, origin));
    if (checked.success) {
      refuseSettings(checked.data, document, text.lf);
      return complete(checked.data, true);
    }
    const [issue] = checked.error.issues;
    throw issue === undefined ? checked.error : issueFault(deepest(issue), document, text.lf);
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.kind === "usage") throw thrown;
    const { place, hint } = thrown;
    throw new Fault("usage", thrown.message, {
      code: "config",
      cause: thrown,
      ...(place === undefined ? {} : { place }),
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/**
 * The nearest directory upwards that holds `ainstein.yaml` or `ainstein.lock`, else `start` itself (of a file, the
 * directory it is in). Absolute.
 */
export async function findRoot(start: string): Promise<string> {
  const absolute = resolve(start);
  const isFile = await stat(absolute).then(
    (found) => !found.isDirectory(),
    () => false,
  );
  const first = isFile ? dirname(absolute) : absolute;
  for (let directory = first; ; directory = dirname(directory)) {
    if (await isRoot(directory)) return directory;
    if (dirname(directory) === directory) return first;
  }
}

/** Whether the directory holds `ainstein.yaml` or `ainstein.lock`. */
export async function isRoot(directory: string): Promise<boolean> {
  return (await exists(join(directory, CONFIG_FILE))) || (await exists(join(directory, LOCK_FILE)));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function complete(file: ConfigFile, present: boolean): Config {
  return {
    present,
    targets: targetsOf(file.targets),
    content: (file.content ?? []).map((rule) => ({
      dir: rule.dir.replace(/^(\.\/)+|^\.$|\/+$/g, ""),
      kind: rule.kind,
      path: rule.path ?? DEFAULT_PATH,
      where: mapValues(rule.where ?? {}, (value) => (Array.isArray(value) ? value : [value])),
    })),
    fields: mapValues(file.fields ?? {}, (rule) => {
      if (rule === false) return { to: undefined };
      return typeof rule === "string" ? { to: rule } : rule;
    }),
    terms: mapValues(file.terms ?? {}, (rule) =>
      typeof rule === "string"
        ? { unknown: rule, aliases: {} }
        : { unknown: rule.unknown ?? "create", aliases: rule.aliases ?? {} },
    ),
    media: { dirs: file.media?.dirs ?? ["static", "public"], ...mediaRules(file.media) },
    onConflict: file.onConflict ?? {},
    protect: {
      kinds: file.protect?.kinds ?? [],
      paths: file.protect?.paths ?? [],
      fields: file.protect?.fields ?? [],
    },
    readOnly: file.readOnly ?? false,
    ignore: file.ignore ?? [],
    locale: file.locale === undefined ? undefined : canonicalLocale(file.locale),
    timezone: file.timezone,
    unknownFields: file.unknownFields ?? "warn",
  };
}

function targetsOf(targets: ConfigFile["targets"]): readonly TargetRule[] | undefined {
  if (targets === undefined) return undefined;
  if (Array.isArray(targets)) return targets.map((name) => ({ name, settings: {}, kinds: {} }));
  return Object.entries(targets).map(([name, rule]) => ({
    name,
    settings: mapValues(rule?.settings ?? {}, String),
    kinds: rule?.kinds ?? {},
  }));
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

// --- Errors -----------------------------------------------------------------------------------------------------

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Of a value that fits none of several shapes, what is wrong with the shape it comes nearest to. */
function deepest(issue: Issue): Issue {
  if (issue.code !== "invalid_union") return issue;
  const candidates = issue.errors
    .flatMap((issues) => issues.slice(0, 1))
    .filter((inner) => inner.path.length > 0 || isChoice(inner) || inner.code === "unrecognized_keys")
    .sort((a, b) => b.path.length - a.path.length);
  const [first] = candidates;
  if (first === undefined) return { ...issue, message: "has a form that is not known here" };
  return deepest({ ...first, path: [...issue.path, ...first.path] });
}

function isChoice(issue: Issue): boolean {
  return issue.code === "invalid_value" && issue.values.length > 1;
}

function issueFault(issue: Issue, document: Yaml, lf: string): Fault {
  const where = issue.path.map(String).join(".");
  const shown = where === "" ? "" : `\`${where}\`: `;
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    if (NOT_HERE.test(key)) return notHere(document, lf, issue.path, key);
    const near = nearestName(key, knownKeys(issue.path));
    const place = placeAt(document, lf, [...issue.path, key], true);
    return new Fault("usage", `${shown}\`${key}\` is not known here`, {
      code: "config",
      place,
      ...(near === undefined ? {} : { hint: `Did you mean \`${near}\`?` }),
    });
  }
  const message =
    issue.code === "invalid_value" ? `must be one of ${issue.values.map(String).join(", ")}` : issue.message;
  return new Fault("usage", `${shown}${message}`, {
    code: "config",
    place: placeAt(document, lf, issue.path, issue.code === "invalid_key"),
  });
}

function refuseSettings(file: ConfigFile, document: Yaml, lf: string): void {
  if (file.targets === undefined || Array.isArray(file.targets)) return;
  for (const [name, rule] of Object.entries(file.targets)) {
    const key = Object.keys(rule?.settings ?? {}).find((setting) => NOT_HERE.test(setting));
    if (key !== undefined) throw notHere(document, lf, ["targets", name, "settings"], key);
  }
}

function notHere(document: Yaml, lf: string, path: Path, key: string): Fault {
  return new Fault(
    "usage",
    `\`${key}\` cannot stand in ${CONFIG_FILE}: addresses, secrets and commands never come from a repository`,
    {
      code: "config-untrusted",
      place: placeAt(document, lf, [...path, key], true),
      hint: "Remove it. Addresses and secrets belong to the connection: `ainstein-cms connect`.",
    },
  );
}

/** Keys that the schema has at a path of the file. */
function knownKeys(path: Path): readonly string[] {
  switch (String(path[0] ?? "")) {
    case "":
      return Object.keys(configSchema.shape);
    case "targets":
      return ["settings", "kinds"];
    case "content":
      return ["dir", "kind", "path", "where"];
    case "fields":
      return ["to", "type"];
    case "terms":
      return ["unknown", "aliases"];
    case "media":
      return ["dirs", ...Object.keys(mediaFields)];
    default:
      return ["kinds", "paths", "fields"];
  }
}

function placeAt(document: Yaml, lf: string, path: Path, key: boolean) {
  let offset = 0;
  for (let length = path.length; length > 0; length -= 1) {
    const found = offsetAt(document, path.slice(0, length), key && length === path.length);
    if (found === undefined) continue;
    offset = found;
    break;
  }
  return placeOf(CONFIG_FILE, lf, offset);
}

function offsetAt(document: Yaml, path: Path, key: boolean): number | undefined {
  const parent: unknown = document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    const pair = parent.items.find(
      (item) => isScalar(item.key) && String(item.key.value) === String(path.at(-1)),
    );
    const named = pair !== undefined && isScalar(pair.key) ? pair.key.range?.[0] : undefined;
    if (key) return named;
  }
  const node = document.getIn(path, true) as { range?: readonly number[] | null } | undefined;
  return node?.range?.[0];
}
