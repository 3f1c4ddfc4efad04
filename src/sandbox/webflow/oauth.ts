// Who may ask: site tokens, and codes that a person's consent brings. https://developers.webflow.com/data/reference/oauth-app
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { consentPage, text } from "../pages.ts";
import { newId, type SiteStore } from "./state.ts";

export const PLATFORM = "Webflow";

export interface SandboxApp {
  readonly id: string;
  readonly secret: string;
  /** Compared exactly; `*` in place of the port stands for any. */
  readonly redirects: readonly string[];
}

interface Grant {
  readonly scopes: readonly string[];
  /** `site`: a token that was made by hand, which may not look at itself. */
  readonly type: "site" | "app";
  readonly id: string;
}

interface Code {
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  readonly expiresAt: number;
}

export interface Grants {
  readonly app: SandboxApp;
  readonly siteToken: string;
  readonly tokens: Map<string, Grant>;
  readonly codes: Map<string, Code>;
}

/** All that content needs. */
export const ALL_SCOPES: readonly string[] = [
  ...["sites:read", "sites:write", "cms:read", "cms:write", "assets:read", "assets:write"],
  "authorized_user:read",
];

const CODE_LIFE_MS = 15 * 60_000;

export function newGrants(app: SandboxApp, scopes: readonly string[]): Grants {
  const siteToken = randomBytes(32).toString("hex");
  const grant: Grant = { scopes, type: "site", id: newId() };
  return { app, siteToken, tokens: new Map([[siteToken, grant]]), codes: new Map() };
}

export interface AuthorizeRequest {
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string;
}

/** What the consent page was asked for; a text says why there is none. */
export function readAuthorize({ app }: Grants, parameters: URLSearchParams): AuthorizeRequest | string {
  const get = (name: string) => parameters.get(name) ?? "";
  if (get("client_id") !== app.id) return "There is no app with this client id.";
  if (get("response_type") !== "code") return "Only response_type=code is known.";
  const redirectUri = get("redirect_uri");
  const isRegistered = app.redirects.some(
    (one) => one === redirectUri || one === redirectUri.replace(/:\d+\//, ":*/"),
  );
  if (!isRegistered) {
    return `The redirect address ${redirectUri} is not registered for this app. Registered: ${app.redirects.join(", ")}`;
  }
  const scopes = get("scope")
    .split(" ")
    .filter((scope) => scope !== "");
  return { redirectUri, scopes, state: get("state") };
}

export function consentTo({ app }: Grants, request: AuthorizeRequest, site: string, query: string): string {
  return consentPage(PLATFORM, {
    title: "Authorize app",
    question: `Let this app into ${site}?`,
    clientId: app.id,
    scopes: request.scopes.map((scope) => `<code>${text(scope)}</code>`),
    action: "/oauth/authorize",
    request: query,
    yes: "Authorize app",
    redirectUri: request.redirectUri,
  });
}

/** Where the browser goes after consent. */
export function approve({ codes }: Grants, { clock }: SiteStore, request: AuthorizeRequest): string {
  const code = randomBytes(24).toString("hex");
  const { scopes, redirectUri, state } = request;
  codes.set(code, { scopes, redirectUri, expiresAt: clock.now() + CODE_LIFE_MS });
  return `${redirectUri}?${new URLSearchParams({ code, state })}`;
}

export function decline({ redirectUri, state }: AuthorizeRequest): string {
  const error_description = "The user denied the request";
  return `${redirectUri}?${new URLSearchParams({ error: "access_denied", error_description, state })}`;
}

export interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What the token endpoint answers. There are no refresh tokens: what it gives does not end. */
export function answerToken(
  grants: Grants,
  { clock }: SiteStore,
  fields: Readonly<Record<string, string>>,
): TokenAnswer {
  const { app, codes, tokens } = grants;
  const { client_id = "", client_secret = "", code = "", grant_type, redirect_uri } = fields;
  if (client_id !== app.id || !equalTexts(client_secret, app.secret)) {
    return refused(401, "invalid_client", "The client id or secret is wrong.");
  }
  if (grant_type !== "authorization_code") {
    return refused(400, "unsupported_grant_type", "Only authorization_code is known.");
  }
  const known = codes.get(code);
  codes.delete(code);
  if (known === undefined || known.expiresAt <= clock.now()) {
    return refused(400, "invalid_grant", "The code is unknown, used or too old.");
  }
  if (redirect_uri !== undefined && redirect_uri !== known.redirectUri) {
    return refused(400, "invalid_grant", "The redirect address is another one than that of the request.");
  }
  const access_token = randomBytes(32).toString("hex");
  tokens.set(access_token, { scopes: known.scopes, type: "app", id: newId() });
  const body = { token_type: "bearer", access_token, scope: known.scopes.join(" ") };
  return { status: 200, body };
}

function refused(status: number, error: string, error_description: string): TokenAnswer {
  return { status, body: { error, error_description } };
}

export function grantOf({ tokens }: Grants, authorization: unknown): Grant | undefined {
  const token = /^Bearer (\S+)$/i.exec(String(authorization ?? ""))?.[1];
  return token === undefined ? undefined : tokens.get(token);
}

/** In constant time, whatever the lengths. */
function equalTexts(a: string, b: string): boolean {
  const digest = (one: string): Buffer => createHash("sha256").update(one).digest();
  return timingSafeEqual(digest(a), digest(b));
}
