// How a connection's site is reached, and what may be seen of it.
import { readFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { Fault } from "../lib/fault.ts";
import { printable } from "../lib/redact.ts";
import type { ConnectionRecord } from "../store/connections.ts";
import type { Context } from "./context.ts";

/** How a site is reached, whoever we are there. */
export interface Route {
  readonly proxy?: string | undefined;
  readonly caFile?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export type Spec = Pick<
  ConnectionRecord,
  "name" | "platform" | "url" | "auth" | "username" | "settings" | "proxy" | "caFile"
>;

/** AINSTEIN_DEBUG_HTTP shows each request and answer on stderr, without credentials. */
export function tracer(context: Pick<Context, "env" | "ui">): ((line: string) => void) | undefined {
  const wanted = context.env.AINSTEIN_DEBUG_HTTP ?? "";
  if (wanted === "" || wanted === "0" || wanted === "false") return undefined;
  return (line) => context.ui.note(printable(line));
}

/** The certificates that are trusted besides the usual ones, as PEM text. Throws `usage` for a file that holds none. */
export function readCa(context: Context, caFile: string | undefined): string | undefined {
  if (caFile === undefined) return undefined;
  const file = isAbsolute(caFile) ? caFile : resolve(context.cwd, caFile);
  let pem: string;
  try {
    pem = readFileSync(file, "utf8");
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? "unreadable";
    throw new Fault("usage", `The certificate file ${file} cannot be read (${code}).`, {
      code: "bad-ca-file",
      place: { file },
      hint: "Connect again with --ca-file and the right path.",
    });
  }
  if (pem.includes("-----BEGIN CERTIFICATE-----")) return pem;
  throw new Fault("usage", `${file} holds no certificate in PEM form.`, {
    code: "bad-ca-file",
    place: { file },
    hint: `Convert it: openssl x509 -inform der -in ${file} -out ca.pem`,
  });
}
