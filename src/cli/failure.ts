import { Fault } from "../lib/fault.ts";
import { isObject } from "../lib/json.ts";
import { redact } from "../lib/redact.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** What the operating system refused, and what helps. */
const REFUSALS: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full. Free some space and run it again.",
  EDQUOT: "The disk quota is used up. Free some space and run it again.",
  EACCES: "Give yourself the right to read and write it, then run it again.",
  EPERM: "Give yourself the right to read and write it, then run it again.",
  EROFS: "The file system is read-only.",
  EMFILE: "Too many files are open: raise the limit with `ulimit -n 4096`.",
  ENOENT: "It is not there; it may have been removed meanwhile. Check the path and run it again.",
  ENOTDIR: "A part of the path is a file, not a directory.",
  EISDIR: "It is a directory, not a file.",
  EIO: "The disk answers with errors. Check it before you go on.",
};

/** Fields of a connection from the environment whose values are secret. */
const SECRET_FIELDS = ["password", "token", "clientSecret", "webhookSecret", "headers"];

/** What the environment holds that may be shown nowhere. A variable that cannot be read counts whole. */
export function secretsIn(env: Variables): readonly string[] {
  const given = Object.entries(env).filter(([name]) => name.startsWith("AINSTEIN_CONNECTION_"));
  return [env.AINSTEIN_KEY, env.AINSTEIN_PASSPHRASE, ...given.flatMap(([, text]) => secretsOf(text ?? ""))]
    .filter((secret) => secret !== undefined)
    .filter((secret) => secret !== "");
}

function secretsOf(text: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(text);
    const fields = isObject(value) ? SECRET_FIELDS.map((name) => value[name]) : [value];
    return fields
      .flatMap((field) => (isObject(field) ? Object.values(field) : [field]))
      .filter((field) => typeof field === "string");
  } catch {
    return [text];
  }
}

/**
 * A fault as it is shown. Waiting that Ctrl-C ended, and what the operating system refused, are told as such; any
 * other thing nobody expected is a defect of this program, said without the secrets of its environment.
 */
export function explain(fault: Fault, env: Variables): Fault {
  const secrets = secretsIn(env);
  if (fault.kind !== "defect") return fault;
  const { cause } = fault;
  if (cause instanceof Error && cause.name === "AbortError") return new Fault("interrupted", "interrupted");
  const code = isObject(cause) && typeof cause.code === "string" ? cause.code : undefined;
  const hint = code === undefined ? undefined : REFUSALS[code];
  const message = redact(fault.message, secrets);
  if (hint !== undefined) return new Fault("invalid", message, { code: code ?? "invalid", hint, cause });
  return new Fault("defect", `a defect of this program: ${message}`, {
    code: fault.code,
    hint: fault.hint ?? "Please report it, with what --verbose prints and the command you typed.",
    ...(fault.place === undefined ? {} : { place: fault.place }),
    cause: fault,
  });
}
