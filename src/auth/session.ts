import { Fault } from "../lib/fault.ts";

/** The shape of an auth method that a session works on; manifests say more about it. */
export type AuthKind = { readonly type: "none" } | { readonly type: "basic" };

/** The secret values of one connection. */
export interface Secrets {
  readonly password?: string;
  /** Extra headers of every request; their values count as secret. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Session {
  /** Adds the credentials to the headers of one request. */
  readonly authorize: (headers: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
  /** Values that no trace and no message may show. */
  readonly secrets: readonly string[];
}

/** Throws `auth` when the method needs something that is not there, `usage` for a user name that cannot be sent. */
export function openSession(
  connection: string,
  method: AuthKind,
  username: string | undefined,
  secrets: Secrets,
): Session {
  const headerValues = Object.values(secrets.headers ?? {});
  if (method.type === "none") return { authorize: (headers) => headers, secrets: headerValues };
  const { password } = secrets;
  if (username === undefined || username === "" || password === undefined || password === "") {
    const missing = password === undefined || password === "" ? "password" : "user name";
    throw new Fault("auth", `The connection "${connection}" has no ${missing}.`, {
      code: "credentials-missing",
      hint: `Renew it: ainstein-cms connect <platform> --name ${connection}`,
    });
  }
  if (username.includes(":")) {
    throw new Fault("usage", "A user name cannot hold a colon here.", { code: "bad-username" });
  }
  const pair = `${username}:${password}`;
  const authorization = `Basic ${Buffer.from(pair, "utf8").toString("base64")}`;
  return {
    authorize: (headers) => ({ ...headers, authorization }),
    secrets: [password, pair, ...headerValues],
  };
}
