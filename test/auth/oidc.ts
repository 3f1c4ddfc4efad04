// A real OAuth 2 server in this process: oidc-provider, with consent pages of our own.
import { generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type ClientMetadata } from "oidc-provider";
import type { OAuthParts } from "../../src/auth/oauth.ts";
import { createTokenFetch } from "../../src/auth/oauth-fetch.ts";
import type { OAuthClient, OAuthProvider } from "../../src/auth/provider.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { bodyOf } from "../http/servers.ts";

export const SCOPES = ["read_content", "write_content", "read_files"];
export const APP = { id: "app", secret: "secret-of-the-app-0123456789" };
export const OTHER_APP = { id: "other-app", secret: "secret-of-the-other-0123456789" };
export const PUBLIC_APP: OAuthClient = { id: "public-app" };
export const REDIRECT = { host: "127.0.0.1", port: 13_987, path: "/auth/callback" } as const;
export const RENEW = "ainstein-cms connect oidc --name acme";

export interface Oidc {
  readonly issuer: string;
  /** The server itself, to look behind its interface. */
  readonly server: Provider;
  readonly data: OAuthProvider;
  readonly parts: (client?: OAuthClient, changed?: Partial<OAuthProvider>) => OAuthParts;
  /** What `parts` traced, one line per request and answer. */
  readonly traced: string[];
  close(): Promise<void>;
}

export async function startOidc(): Promise<Oidc> {
  let server: Provider | undefined;
  const http = createServer((request, response) => {
    if (server === undefined) return void response.writeHead(503).end();
    if (request.url?.startsWith("/interaction/") !== true) return void server.callback()(request, response);
    interact(server, request, response).catch((thrown) => response.writeHead(500).end(String(thrown)));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  server = createProvider(issuer);
  const traced: string[] = [];
  const data = providerData(issuer);
  const parts = (client: OAuthClient = APP, changed: Partial<OAuthProvider> = {}): OAuthParts => ({
    provider: { ...data, ...changed },
    url: issuer,
    client,
    fetch: createTokenFetch({
      url: issuer,
      proxy: () => undefined,
      clock: systemClock,
      trace: (line) => void traced.push(line),
      version: "1.2.3",
    }),
    clock: systemClock,
    renew: RENEW,
  });
  const close = (): Promise<void> => {
    http.closeAllConnections();
    return new Promise((resolve) => http.close(() => resolve()));
  };
  return { issuer, server, data, parts, traced, close };
}

function providerData(issuer: string): OAuthProvider {
  return {
    authorize: "{url}/auth",
    token: "{url}/token",
    revoke: "{url}/token/revocation",
    scopes: SCOPES,
    scopeSeparator: " ",
    pkce: true,
    client: "post",
    tokenBody: "form",
    redirect: REDIRECT,
    issuer,
    rotates: true,
  };
}

function createProvider(issuer: string): Provider {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const common: Partial<ClientMetadata> = {
    application_type: "native",
    redirect_uris: [`http://${REDIRECT.host}:${REDIRECT.port}${REDIRECT.path}`],
    response_types: ["code"],
    id_token_signed_response_alg: "ES256",
  };
  const confidential = (client: Required<OAuthClient>): ClientMetadata => ({
    ...common,
    client_id: client.id,
    client_secret: client.secret,
    grant_types: ["authorization_code", "refresh_token", "client_credentials"],
    token_endpoint_auth_method: "client_secret_post",
  });
  return new Provider(issuer, {
    clients: [
      confidential(APP),
      { ...confidential(OTHER_APP), scope: "read_content" },
      {
        ...common,
        client_id: PUBLIC_APP.id,
        grant_types: ["authorization_code", "refresh_token"],
        token_endpoint_auth_method: "none",
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), alg: "ES256", use: "sig" }] },
    cookies: { keys: ["not a secret: tests only"] },
    scopes: SCOPES,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: {
        enabled: true,
        allowedPolicy: async (_, client, token) => token.clientId === client.clientId,
      },
    },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async (_, client) => client.grantTypeAllowed("refresh_token"),
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    ttl: {
      AccessToken: 3600,
      ClientCredentials: 86_400,
      AuthorizationCode: 60,
      RefreshToken: 86_400,
      Grant: 86_400,
      Session: 60,
      Interaction: 60,
    },
  });
}

/** A page with two buttons; what the button says comes back as `answer`, with `scopes` where not all are given. */
async function interact(server: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session } = await server.interactionDetails(request, response);
  if (request.method !== "POST") {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(
      `<!doctype html><title>Consent</title><h1>Let ${String(params.client_id)} in?</h1><form method="post"><button name="answer" value="allow">Allow</button> <button name="answer" value="decline">Decline</button></form>`,
    );
    return;
  }
  const form = new URLSearchParams(await bodyOf(request));
  if (form.get("answer") !== "allow") {
    const error = { error: "access_denied", error_description: `declined at ${prompt.name}` };
    await server.interactionFinished(request, response, error, { mergeWithLastSubmission: false });
    return;
  }
  const accountId = session?.accountId ?? "jane";
  const grant = new server.Grant({ accountId, clientId: String(params.client_id) });
  const asked = String(params.scope ?? "").split(" ");
  const given = form.get("scopes")?.split(" ") ?? asked;
  grant.addOIDCScope(given.join(" "));
  const rejected = asked.filter((scope) => !given.includes(scope));
  if (rejected.length > 0) grant.rejectOIDCScope(rejected.join(" "));
  const grantId = await grant.save();
  const result = { login: { accountId }, consent: { grantId } };
  await server.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

/** What a person's browser does with the address of a request: all redirects up to the one that leads back. */
export async function consent(
  address: string,
  redirectUri: string,
  answer: Readonly<Record<string, string>> = { answer: "allow" },
): Promise<URL> {
  const cookies = new Map<string, string>();
  let [url, form] = [new URL(address), undefined as URLSearchParams | undefined];
  for (let hops = 0; hops < 10; hops += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const reply = await fetch(url, {
      redirect: "manual",
      headers: { cookie },
      ...(form === undefined ? {} : { method: "POST", body: form }),
    });
    for (const line of reply.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = reply.headers.get("location");
    form =
      location === null && url.pathname.startsWith("/interaction/") ? new URLSearchParams(answer) : undefined;
    if (location === null && form === undefined) throw new Error(`${reply.status} ${await reply.text()}`);
    if (location !== null) url = new URL(location, url);
    if (url.href.startsWith(redirectUri)) return url;
  }
  throw new Error("too many redirects");
}
