// What `connect` reads from standard input.
import { parseHeaders } from "../auth/headers.ts";
import type { AuthMethod } from "../connectors/contract.ts";
import { Fault } from "../lib/fault.ts";
import type { Args, Context } from "./context.ts";
import { switchFlag, textFlag } from "./flags.ts";

export interface Given {
  readonly secret: string | undefined;
  readonly headers: Record<string, string> | undefined;
}

interface SecretFlag {
  readonly key: string;
  readonly flag: string;
  /** What it is called, and the kind of method that takes it. */
  readonly what: string;
  readonly type: AuthMethod["type"];
}

const SECRET_FLAGS: readonly SecretFlag[] = [
  { key: "passwordStdin", flag: "--password-stdin", what: "password", type: "basic" },
  { key: "tokenStdin", flag: "--token-stdin", what: "token", type: "token" },
  { key: "clientSecretStdin", flag: "--client-secret-stdin", what: "client secret", type: "oauth" },
];

/** What only apps have. */
const APP_FLAGS = [
  { key: "clientId", flag: "--client-id", what: "client id" },
  { key: "scopes", flag: "--scopes", what: "scopes" },
];

/** Which secret standard input holds, as the flags have it. Throws `usage` for two of them. */
export function secretOnStdin(args: Args): SecretFlag | undefined {
  const [first, second] = SECRET_FLAGS.filter(({ key }) => switchFlag(args, key));
  if (first === undefined || second === undefined) return first;
  throw new Fault("usage", `Only one of ${first.flag} and ${second.flag} can be given.`, {
    code: "several-secrets",
  });
}

/**
 * Standard input holds one secret, or the headers, or the secret on the first line and then the headers. Throws `usage`
 * for what the method does not take, secret or not.
 */
export async function readStdin(context: Context, args: Args, method: AuthMethod): Promise<Given> {
  const wanted = secretOnStdin(args);
  const wantsHeaders = switchFlag(args, "headerStdin");
  if (wanted !== undefined && wanted.type !== method.type) throw unfit(wanted, method);
  for (const own of APP_FLAGS) {
    if (method.type !== "oauth" && textFlag(args, own.key) !== undefined) throw unfit(own, method);
  }
  if (wanted === undefined && !wantsHeaders) return { secret: undefined, headers: undefined };
  const text = (await context.ui.stdin()).replace(/^\ufeff/, "");
  if (wanted === undefined) return { secret: undefined, headers: parseHeaders(text) };
  const [first = "", ...rest] = text.split(/\r?\n/);
  const secret = first.trim();
  if (secret === "") throw empty(wanted);
  return { secret, headers: wantsHeaders ? parseHeaders(rest.join("\n")) : undefined };
}

function unfit({ flag, what }: Pick<SecretFlag, "flag" | "what">, method: AuthMethod): Fault {
  return new Fault("usage", `Signing in by ${method.id} takes no ${what}.`, {
    code: "unfit-secret",
    hint: `Leave out ${flag}, or name another way with --auth.`,
  });
}

function empty({ flag, what }: SecretFlag): Fault {
  return new Fault("usage", `Standard input begins with an empty line where the ${what} was expected.`, {
    code: `no-${what.replace(" ", "-")}`,
    hint: `Pipe it in: pass show client | ainstein-cms connect … ${flag}`,
  });
}
