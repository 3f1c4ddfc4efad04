// `config.yaml` in AINSTEIN_HOME: what this installation does by itself. Never read from a repository, since it names
// commands and addresses.
import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { z } from "zod";
import { isLoopback } from "../auth/oauth-fetch.ts";
import { decodeText } from "../content/text.ts";
import { checkYaml, type FieldPath, type Wrong, wrongAt } from "../content/yaml-checked.ts";
import { type Origin, parseYaml, yamlFields } from "../content/yaml-front.ts";
import { Fault, isFault } from "../lib/fault.ts";
import { NOTIFICATION_KINDS, type NotificationKind } from "../store/notifications.ts";
import type { Context } from "./context.ts";
import { HOME_CONFIG } from "./home-file.ts";

export { HOME_CONFIG };

const MAX_BYTES = 1024 * 1024;

const connectionName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,63}$/,
    "must be the name of a connection, as `ainstein-cms connections` lists it",
  );
const command = z
  .array(z.string().min(1, "must not be empty"))
  .min(1, "must be a list: the program, then its arguments");

const webhookSchema = z.strictObject({
  root: z.string().refine(isAbsolute, "must be an absolute path").optional(),
  do: z.enum(["note", "pull"]).optional(),
  command: command.optional(),
});

const notificationSchema = z.strictObject({
  on: z.array(z.enum(NOTIFICATION_KINDS)).min(1),
  connections: z.array(connectionName).optional(),
  webhook: z
    .string()
    .refine(isPrivate, "must be an https address; plain http is for this machine alone")
    .optional(),
  command: command.optional(),
  content: z.boolean().optional(),
});

function isPrivate(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url));
}

const configSchema = z.strictObject({
  webhooks: z.record(connectionName, webhookSchema).optional(),
  notifications: z.array(notificationSchema).optional(),
});

/** What a genuine webhook of a connection leads to. */
export interface WebhookRule {
  /** Absolute path of the root that is pulled into. */
  readonly root?: string | undefined;
  /** `note`: status shows it; the default. `pull`: brought into `root`. */
  readonly do: "note" | "pull";
  /** Program and arguments to run afterwards. */
  readonly command?: readonly string[] | undefined;
}

/** Who is told of what. Exactly one of `webhook` and `command` is there. */
export interface NotificationRule {
  readonly on: readonly NotificationKind[];
  /** All where absent. */
  readonly connections?: readonly string[] | undefined;
  /** An https address, or one of this machine, that takes Slack-compatible JSON. A secret. */
  readonly webhook?: string | undefined;
  readonly command?: readonly string[] | undefined;
  /** Whether titles and the like may be told. */
  readonly content: boolean;
}

export interface HomeConfig {
  /** By connection. */
  readonly webhooks: Readonly<Record<string, WebhookRule>>;
  readonly notifications: readonly NotificationRule[];
}

/** Empty where there is no file. Throws `usage` (code `home-config`) that names file, line and field. */
export function loadHomeConfig({ home }: Pick<Context, "home">): HomeConfig {
  const file = join(home, HOME_CONFIG);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unreadable";
    if (code === "ENOENT") return { webhooks: {}, notifications: [] };
    throw new Fault("usage", `${file} cannot be read (${code}).`, {
      code: "home-config",
      place: { file },
      hint: "Let this user read it, or remove it.",
      cause,
    });
  }
  return parseHomeConfig(bytes, file);
}

/** Throws `usage` (code `home-config`) that names `file`, line and field. */
export function parseHomeConfig(bytes: Uint8Array, file: string): HomeConfig {
  if (bytes.byteLength > MAX_BYTES) throw wrong("is too large to be a configuration", { file });
  try {
    const { lf } = decodeText(bytes, file);
    const origin: Origin = { path: file, lf, offset: 0 };
    const document = parseYaml(lf, origin);
    const checked = checkYaml(configSchema, yamlFields(document, origin), document, origin);
    if (!checked.ok) throw faultOf(checked.wrong[0]);
    return complete(checked.value, (path, message) => faultOf(wrongAt(path, message, document, origin)));
  } catch (thrown) {
    if (!isFault(thrown) || thrown.kind === "usage") throw thrown;
    throw wrong(thrown.message, thrown.place ?? { file }, thrown.hint);
  }
}

/** What one field alone does not tell. */
function complete(
  { webhooks = {}, notifications = [] }: z.infer<typeof configSchema>,
  fault: (path: FieldPath, message: string) => Fault,
): HomeConfig {
  for (const [name, rule] of Object.entries(webhooks)) {
    if (rule.do === "pull" && rule.root === undefined) {
      throw fault(["webhooks", name, "do"], "needs `root`, the directory to pull into");
    }
  }
  for (const [index, rule] of notifications.entries()) {
    if ((rule.webhook === undefined) !== (rule.command === undefined)) continue;
    throw fault(["notifications", index], "must have either `webhook` or `command`");
  }
  return {
    webhooks: Object.fromEntries(
      Object.entries(webhooks).map(([name, rule]) => [name, { ...rule, do: rule.do ?? "note" }]),
    ),
    notifications: notifications.map((rule) => ({ ...rule, content: rule.content ?? false })),
  };
}

function wrong(message: string, place: NonNullable<Fault["place"]>, hint?: string): Fault {
  const page = `docs/${pageOf(place.field)}.md shows what may stand there.`;
  return new Fault("usage", message, {
    code: "home-config",
    place,
    hint: hint === undefined ? page : `${hint}${/[.?]$/.test(hint) ? "" : "."} ${page}`,
  });
}

function pageOf(field: string | undefined): string {
  return field?.startsWith("notifications") === true ? "notifications" : "webhooks";
}

function faultOf({ message, place, hint }: Wrong): Fault {
  return wrong(message, place, hint);
}
