import { secretsIn } from "../auth/environment.ts";
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
