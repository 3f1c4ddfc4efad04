import { type Clock, systemClock } from "../lib/clock.ts";
import { Fault } from "../lib/fault.ts";
import type { OAuthClient, TokenHeader } from "./provider.ts";
import { readKey, type SigningKey, signedToken } from "./signed-token.ts";
import type { TokenKeep, Tokens } from "./tokens.ts";

/** The shape of an auth method that a session works on; manifests say more about it. */
export type AuthKind =
  | { readonly type: "none" }
  | { readonly type: "basic" }
  | { readonly type: "token"; readonly sentAs: TokenHeader; readonly signs?: SigningKey }
  | { readonly type: "oauth"; readonly sentAs: TokenHeader };

/** The secret values of one connection. */
export interface Secrets {
  readonly password?: string;
  /** One that was made by hand and does not change. */
  readonly token?: string;
  /** The app that signs in, where tokens come from a token endpoint. */
  readonly client?: OAuthClient;
  /** Where the tokens from that endpoint are kept. */
  readonly tokens?: TokenKeep;
  /** What the first of them is asked for; as the provider's manifest says where absent. */
  readonly scopes?: readonly string[];
  /** Extra headers of every request; their values count as secret. */
  readonly headers?: Readonly<Record<string, string>>;
}

type Headers = Readonly<Record<string, string>>;

export interface Session {
  /** Adds the credentials of this moment to the headers of one request. Throws where there are none to be had. */
  readonly authorize: (headers: Headers) => Promise<Headers>;
  /**
   * Asked after a request with these headers was answered by a 401. True where there are newer credentials now and the
   * request may be sent once more.
   */
  readonly refused: (sent: Headers) => Promise<boolean>;
  /** Values that no trace and no message may show. More become known as tokens are renewed. */
  readonly secrets: () => readonly string[];
}

/**
 * `tokens` is for connections by OAuth. Throws `auth` when the method needs something that is not there, `usage` for a
 * user name that cannot be sent.
 */
export function openSession(
  connection: string,
  method: AuthKind,
  username: string | undefined,
  secrets: Secrets,
  tokens?: Tokens,
  clock: Pick<Clock, "now"> = systemClock,
): Session {
  const hidden = Object.values(secrets.headers ?? {});
  switch (method.type) {
    case "none":
      return fixed({}, hidden);
    case "basic":
      return basicSession(connection, username, secrets.password ?? "", hidden);
    case "token": {
      const { token = "" } = secrets;
      if (token === "") throw missing(connection, "token");
      if (method.signs !== undefined)
        return signingSession(method.sentAs, method.signs, token, hidden, clock);
      const { name, value } = carried(method.sentAs, token);
      return fixed({ [name]: value }, [token, ...hidden]);
    }
    case "oauth":
      if (tokens === undefined) throw missing(connection, "tokens");
      return tokenSession(method.sentAs, tokens, hidden);
  }
}

/** As many as may be under way. */
const LATEST = 20;

/** A token for each request, by this machine's clock; the latest are known for hiding. */
function signingSession(
  sentAs: TokenHeader,
  signs: SigningKey,
  key: string,
  hidden: readonly string[],
  clock: Pick<Clock, "now">,
): Session {
  const parts = readKey(key, signs);
  const known = [key, key.slice(key.indexOf(":") + 1), ...hidden];
  let tokens: readonly string[] = [];
  return {
    authorize: async (headers) => {
      const token = signedToken(parts, signs, clock.now());
      if (tokens[0] !== token) tokens = [token, ...tokens].slice(0, LATEST);
      const { name, value } = carried(sentAs, token);
      return { ...headers, [name]: value };
    },
    refused: async () => false,
    secrets: () => [...known, ...tokens],
  };
}

/** Credentials that are the same for every request. */
function fixed(credentials: Headers, secrets: readonly string[]): Session {
  return {
    authorize: async (headers) => ({ ...headers, ...credentials }),
    refused: async () => false,
    secrets: () => secrets,
  };
}

function basicSession(
  connection: string,
  username: string | undefined,
  password: string,
  hidden: readonly string[],
): Session {
  if (password === "") throw missing(connection, "password");
  if (username === undefined || username === "") throw missing(connection, "user name");
  if (username.includes(":")) {
    throw new Fault("usage", "A user name cannot hold a colon here.", { code: "bad-username" });
  }
  const pair = `${username}:${password}`;
  const encoded = Buffer.from(pair, "utf8").toString("base64");
  return fixed({ authorization: `Basic ${encoded}` }, [password, pair, ...hidden]);
}

function tokenSession(sentAs: TokenHeader, tokens: Tokens, hidden: readonly string[]): Session {
  return {
    authorize: async (headers) => {
      const { name, value } = carried(sentAs, await tokens.current());
      return { ...headers, [name]: value };
    },
    refused: async (sent) => {
      const { name, value } = carried(sentAs, "");
      return tokens.replaced((sent[name] ?? "").slice(value.length));
    },
    secrets: () => [...tokens.seen(), ...hidden],
  };
}

function carried({ name, scheme }: TokenHeader, token: string): { name: string; value: string } {
  return { name, value: scheme === undefined ? token : `${scheme} ${token}` };
}

function missing(connection: string, what: string): Fault {
  return new Fault("auth", `The connection "${connection}" has no ${what}.`, {
    code: "credentials-missing",
    hint: `Renew it: ainstein-cms connect <platform> --name ${connection}`,
  });
}
