// The flows of OAuth 2 (RFC 6749, 7009, 7636), over providers that are data.
import type * as oauth from "oauth4webapi";
import type { Answer } from "../http/transport.ts";
import type { Clock } from "../lib/clock.ts";
import { Fault } from "../lib/fault.ts";
import { isObject } from "../lib/json.ts";
import { type Asked, refusedToken, strangeAnswer } from "./oauth-faults.ts";
import { isLoopback, secureAddress, type TokenFetch } from "./oauth-fetch.ts";
import type { OAuthClient, OAuthProvider, TokenSet } from "./provider.ts";

type Library = typeof oauth;

/** On first use: most connections need none of it. */
const load = (): Promise<Library> => import("oauth4webapi");

/** What every flow of one connection needs. */
export interface OAuthParts {
  readonly provider: OAuthProvider;
  /** The connection's own address. */
  readonly url: string;
  readonly client: OAuthClient;
  /** Of the connection. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly fetch: TokenFetch;
  readonly clock: Clock;
  /** The command that signs in anew, for hints. */
  readonly renew?: string;
}

/** A consent that is asked for, until its callback came. Secret. */
export interface AuthorizationRequest {
  /** The page to open in a browser. */
  readonly address: string;
  readonly state: string;
  /** Of PKCE, where the provider takes it. */
  readonly verifier?: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
}

/** Throws `unsupported` where the provider has no page for people, `usage` for an address without encryption. */
export async function authorizationRequest(
  { provider, url, client }: OAuthParts,
  {
    redirectUri,
    scopes = provider.scopes,
  }: { readonly redirectUri: string; readonly scopes?: readonly string[] },
): Promise<AuthorizationRequest> {
  if (provider.authorize === undefined) {
    throw new Fault("unsupported", "This platform has no page on which a person could consent.", {
      code: "no-consent-page",
      hint: "Let the app sign in by itself, with its client id and secret.",
    });
  }
  const page = secureAddress(fill(provider.authorize, url));
  const library = await load();
  const state = library.generateRandomState();
  const verifier = provider.pkce ? library.generateRandomCodeVerifier() : undefined;
  const parameters = {
    ...provider.authorizeParameters,
    response_type: "code",
    client_id: client.id,
    redirect_uri: redirectUri,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(provider.scopeSeparator) }),
    state,
    ...(verifier === undefined
      ? {}
      : {
          code_challenge: await library.calculatePKCECodeChallenge(verifier),
          code_challenge_method: "S256",
        }),
  };
  for (const [name, value] of Object.entries(parameters)) page.searchParams.set(name, value);
  const request = { address: page.href, state, redirectUri, scopes };
  return verifier === undefined ? request : { ...request, verifier };
}

/** Throws `auth` when the code is not taken, or when less was granted than asked for. */
export async function exchangeCode(
  parts: OAuthParts,
  request: AuthorizationRequest,
  code: string,
): Promise<TokenSet> {
  const tokens = await askToken(
    parts,
    "authorization_code",
    {
      code,
      redirect_uri: request.redirectUri,
      ...(request.verifier === undefined ? {} : { code_verifier: request.verifier }),
    },
    request.scopes,
  );
  refuseLess(parts, request.scopes, tokens.scopes);
  return tokens;
}

/**
 * New tokens for a refresh token; where the answer brings no new refresh token the old one goes on. `scopes` are those of
 * the tokens so far, for answers that do not name them. Throws `auth` with the code `sign-in-over` when a person must
 * sign in again.
 */
export function refreshTokens(
  parts: OAuthParts,
  refresh: string,
  scopes: readonly string[] = parts.provider.scopes,
): Promise<TokenSet> {
  return askToken(parts, "refresh_token", { refresh_token: refresh }, scopes);
}

/** The app signs in by itself. Throws `auth` when less is granted than asked for. */
export async function clientCredentials(
  parts: OAuthParts,
  scopes: readonly string[] = parts.provider.scopes,
): Promise<TokenSet> {
  const { scopeSeparator } = parts.provider;
  const scope = scopes.length === 0 ? {} : { scope: scopes.join(scopeSeparator) };
  const tokens = await askToken(parts, "client_credentials", scope, scopes);
  refuseLess(parts, scopes, tokens.scopes);
  return tokens;
}

/** A token that is no longer valid is revoked in silence. Throws `unsupported` where the provider revokes none. */
export async function revokeToken(parts: OAuthParts, token: string): Promise<void> {
  const { provider, url, client } = parts;
  if (provider.revoke === undefined) {
    throw new Fault("unsupported", "This platform takes back no token by itself.", {
      code: "no-revocation",
      hint: "Remove the app on the site's own page of installed apps.",
    });
  }
  const asked = { parts, grant: "revocation", secrets: secretsOf(client, [token]) } as const;
  const server = { issuer: issuerOf(parts), revocation_endpoint: fill(provider.revoke, url) };
  const library = await load();
  const auth = clientAuth(parts, library);
  const answered = await library.revocationRequest(server, clientOf(client), auth, token, {
    [library.customFetch]: (address, init) => send(asked, address, init),
    [library.allowInsecureRequests]: true,
  });
  await processed(asked, () => library.processRevocationResponse(answered));
}

const SECRET_PARAMETERS = ["code", "code_verifier", "refresh_token"];

type Grant = "authorization_code" | "refresh_token" | "client_credentials";

async function askToken(
  parts: OAuthParts,
  grant: Grant,
  parameters: Readonly<Record<string, string>>,
  scopes: readonly string[],
): Promise<TokenSet> {
  const { provider, url, client, clock } = parts;
  const own = SECRET_PARAMETERS.flatMap((name) => parameters[name] ?? []);
  const asked = { parts, grant, secrets: secretsOf(client, own) } as const;
  const server = { issuer: issuerOf(parts), token_endpoint: fill(provider.token, url) };
  const all = { ...provider.tokenParameters, ...settingsOf(parts), ...parameters };
  const obtainedAt = clock.now();
  const library = await load();
  const [app, auth] = [clientOf(client), clientAuth(parts, library)];
  const answered = await library.genericTokenEndpointRequest(server, app, auth, grant, all, {
    [library.customFetch]: (address, init) => send(asked, address, init),
    [library.allowInsecureRequests]: true,
  });
  const tokens = await processed(asked, () =>
    library.processGenericTokenEndpointResponse(server, app, answered),
  );
  return tokenSet(tokens, obtainedAt, parameters.refresh_token, scopes);
}

function settingsOf({ provider, settings = {}, renew }: OAuthParts): Readonly<Record<string, string>> {
  const wanted = Object.entries(provider.tokenSettings ?? {});
  return Object.fromEntries(
    wanted.map(([parameter, name]) => {
      const value = settings[name] ?? "";
      if (value !== "") return [parameter, value];
      throw new Fault("usage", `Signing in needs the setting ${name}, which the connection does not have.`, {
        code: "setting-missing",
        ...(renew === undefined ? {} : { hint: `${renew} --set ${name}=VALUE` }),
      });
    }),
  );
}

function tokenSet(
  answer: oauth.TokenEndpointResponse,
  obtainedAt: number,
  formerRefresh: string | undefined,
  askedScopes: readonly string[],
): TokenSet {
  const refresh = answer.refresh_token ?? formerRefresh;
  const refreshLife = Number(answer.refresh_token_expires_in ?? Number.NaN);
  return {
    access: answer.access_token,
    ...(refresh === undefined ? {} : { refresh }),
    obtainedAt,
    ...(answer.expires_in === undefined ? {} : { expiresAt: obtainedAt + answer.expires_in * 1000 }),
    ...(Number.isFinite(refreshLife) ? { refreshExpiresAt: obtainedAt + refreshLife * 1000 } : {}),
    scopes:
      answer.scope === undefined ? askedScopes : answer.scope.split(/[\s,]+/).filter((one) => one !== ""),
  };
}

/** What was asked for and not granted; `write_x` grants `read_x` too. */
export function missingScopes(asked: readonly string[], granted: readonly string[]): readonly string[] {
  const implied = granted.flatMap((scope) => {
    const [, before, what] = /^(unauthenticated_)?write_(.+)$/.exec(scope) ?? [];
    return what === undefined ? [] : [`${before ?? ""}read_${what}`];
  });
  const all = new Set([...granted, ...implied]);
  return asked.filter((scope) => !all.has(scope));
}

function refuseLess(parts: OAuthParts, asked: readonly string[], granted: readonly string[]): void {
  const missing = missingScopes(asked, granted);
  if (missing.length === 0) return;
  throw new Fault("auth", `The site granted less than was asked for: ${missing.join(", ")} is missing.`, {
    code: "scope-missing",
    hint: `Allow these scopes in the app's settings, then sign in again${again(parts)}; or ask for fewer with --scopes.`,
  });
}

function again({ renew }: OAuthParts): string {
  return renew === undefined ? "" : `: ${renew}`;
}

/** Of a sandbox on this machine the vendor itself knows nothing: who connects to it signs in where it is. */
function fill(template: string, url: string): string {
  const own = new URL(url);
  if (template.includes("{url}") || !isLoopback(own)) {
    return template.replaceAll("{url}", url.replace(/\/+$/, ""));
  }
  const { protocol, pathname, search } = new URL(template);
  return protocol === "https:" ? own.origin + pathname + search : template;
}

/** The library wants one; only RFC 9207 compares it, and that is done where callbacks are read. */
function issuerOf({ provider, url }: OAuthParts): string {
  return provider.issuer ?? new URL(url).origin;
}

function clientOf(client: OAuthClient): oauth.Client {
  return { client_id: client.id };
}

function clientAuth({ provider, client, renew }: OAuthParts, library: Library): oauth.ClientAuth {
  if (provider.client === "public" || (client.secret === undefined && provider.pkce)) return library.None();
  if (client.secret === undefined || client.secret === "") {
    throw new Fault("auth", "The app's client secret is not known.", {
      code: "client-secret-missing",
      hint: `Pass it on standard input: ${renew ?? "ainstein-cms connect …"} --client-id ${client.id} --client-secret-stdin`,
    });
  }
  return provider.client === "basic"
    ? library.ClientSecretBasic(client.secret)
    : library.ClientSecretPost(client.secret);
}

function secretsOf(client: OAuthClient, more: readonly string[]): readonly string[] {
  return [...(client.secret === undefined ? [] : [client.secret]), ...more];
}

/** One request of the library's, sent by our own HTTP; an answer that the library would not understand is a fault. */
async function send(
  asked: Asked,
  address: string,
  { headers, body }: oauth.CustomFetchOptions<"POST", URLSearchParams>,
): Promise<Response> {
  const { parts, secrets } = asked;
  const isJson = parts.provider.tokenBody === "json";
  const answer = await parts.fetch({
    address,
    headers: isJson ? { ...headers, "content-type": "application/json" } : headers,
    body: isJson ? JSON.stringify(Object.fromEntries(body)) : body.toString(),
    secrets,
  });
  return understandable(answer, asked);
}

/** Vendors leave out `token_type`, write null for nothing, answer 201, or put an error into a 200. */
function understandable(answer: Answer, asked: Asked): Response {
  const payload = payloadOf(answer);
  const ok = answer.status >= 200 && answer.status < 300;
  if (payload === undefined) {
    if (ok && asked.grant === "revocation") return new Response(null, { status: 200 });
    throw strangeAnswer(answer, asked);
  }
  const said = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== null));
  if (typeof said.error === "string") throw refusedToken(answer, said, asked);
  if (!ok) throw strangeAnswer(answer, asked);
  return Response.json({ token_type: "bearer", ...said }, { status: 200 });
}

function payloadOf(answer: Answer): Record<string, unknown> | undefined {
  try {
    const payload: unknown = JSON.parse(answer.body.toString("utf8"));
    return isObject(payload) ? payload : undefined;
  } catch {
    return undefined;
  }
}

/** What the library finds wrong in an answer names no secret of ours, and none of the answer's. */
async function processed<T>(asked: Asked, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    const { message } = thrown as Error;
    throw new Fault(
      "protocol",
      `The sign-in at ${asked.parts.url} answered without a usable token: ${message}.`,
      {
        code: "strange-token-answer",
        hint: "The address may lead to another program than the platform's own.",
      },
    );
  }
}
