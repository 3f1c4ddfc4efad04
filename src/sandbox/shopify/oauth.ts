// Who may ask: codes, tokens and their families, as Shopify hands them out. No HTTP here.
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { withoutImplied } from "./context.ts";
import type { ShopStore } from "./state.ts";

export interface SandboxApp {
  readonly id: string;
  readonly secret: string;
  /** Compared exactly; `*` in place of the port stands for any. */
  readonly redirects: readonly string[];
}

interface AccessToken {
  readonly scopes: readonly string[];
  /** By the clock; undefined where it does not end. */
  readonly expiresAt: number | undefined;
  readonly family: Family | undefined;
  /** The refresh that it came with. */
  readonly refresh: string | undefined;
}

/** All that came of one consent. */
interface Family {
  readonly scopes: readonly string[];
  current: string;
  /** Still good, until what replaced it is used. */
  former: string | undefined;
  refreshExpiresAt: number;
  ended: boolean;
}

interface Code {
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  readonly challenge: string | undefined;
  readonly expiresAt: number;
  used: Family | undefined | "never";
}

export interface Grants {
  readonly app: SandboxApp;
  /** The one that does not end, as custom apps of before 2026 have it. */
  readonly staticToken: string;
  readonly access: Map<string, AccessToken>;
  readonly refresh: Map<string, Family>;
  readonly codes: Map<string, Code>;
  /** How often each grant was carried out, for tests. */
  readonly counts: { code: number; refresh: number; clientCredentials: number };
}

const CODE_LIFE_MS = 60_000;

export function newGrants(app: SandboxApp, scopes: readonly string[]): Grants {
  const staticToken = `shpat_${randomBytes(16).toString("hex")}`;
  return {
    app,
    staticToken,
    access: new Map([[staticToken, { scopes, expiresAt: undefined, family: undefined, refresh: undefined }]]),
    refresh: new Map(),
    codes: new Map(),
    counts: { code: 0, refresh: 0, clientCredentials: 0 },
  };
}

/** Scopes of an access token; undefined where it opens nothing (any more). */
export function scopesOf(grants: Grants, store: ShopStore, token: string): readonly string[] | undefined {
  const known = grants.access.get(token);
  if (known === undefined || known.family?.ended === true || store.behaviours.refusesTokens) return undefined;
  if (known.expiresAt !== undefined && known.expiresAt <= store.clock.now()) return undefined;
  const { family } = known;
  if (
    family !== undefined &&
    known.refresh === family.current &&
    store.behaviours.refreshRetiredBy === "use"
  ) {
    family.former = undefined;
  }
  return known.scopes;
}

export interface AuthorizeRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string;
  readonly challenge: string | undefined;
}

/** What the consent page was asked for; a text says why there is none. Nothing is sent to an address that is not registered. */
export function readAuthorize(grants: Grants, parameters: URLSearchParams): AuthorizeRequest | string {
  const get = (name: string): string => parameters.get(name) ?? "";
  if (get("client_id") !== grants.app.id) return "There is no app with this client id.";
  if (!isRegistered(grants.app, get("redirect_uri"))) {
    return `The redirect address ${get("redirect_uri")} is not registered for this app. Registered: ${grants.app.redirects.join(", ")}`;
  }
  const method = get("code_challenge_method");
  if (get("code_challenge") !== "" && method !== "S256")
    return "Only the code challenge method S256 is known.";
  return {
    clientId: get("client_id"),
    redirectUri: get("redirect_uri"),
    scopes: get("scope")
      .split(/[\s,]+/)
      .filter((scope) => scope !== ""),
    state: get("state"),
    challenge: get("code_challenge") || undefined,
  };
}

function isRegistered(app: SandboxApp, address: string): boolean {
  return app.redirects.some(
    (one) => one === address || (one.includes(":*/") && one === address.replace(/:\d+\//, ":*/")),
  );
}

/** Where the browser goes after consent. */
export function approve(grants: Grants, store: ShopStore, request: AuthorizeRequest): string {
  const code = randomBytes(16).toString("hex");
  const { scopes, redirectUri, challenge } = request;
  const expiresAt = store.clock.now() + CODE_LIFE_MS;
  grants.codes.set(code, { scopes, redirectUri, challenge, expiresAt, used: "never" });
  return callback(grants, store, request, { code });
}

export function decline(grants: Grants, store: ShopStore, request: AuthorizeRequest): string {
  const error_description = "The merchant did not approve the app.";
  return callback(grants, store, request, { error: "access_denied", error_description });
}

function callback(
  grants: Grants,
  { shop, clock }: ShopStore,
  { redirectUri, state }: AuthorizeRequest,
  fields: Readonly<Record<string, string>>,
): string {
  const name = shop.domain.replace(/\..*$/, "");
  const host = Buffer.from(`admin.shopify.com/store/${name}`).toString("base64").replace(/=+$/, "");
  const timestamp = String(Math.floor(clock.now() / 1000));
  const signed = new URLSearchParams({ ...fields, host, shop: shop.domain, state, timestamp });
  signed.sort();
  const hmac = createHmac("sha256", grants.app.secret).update(signed.toString()).digest("hex");
  signed.set("hmac", hmac);
  return `${redirectUri}?${signed}`;
}

export interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What the token endpoint answers to the fields of a form or of JSON. */
export function answerToken(
  grants: Grants,
  store: ShopStore,
  fields: Readonly<Record<string, string>>,
): TokenAnswer {
  const grant = fields.grant_type ?? "authorization_code";
  if (fields.client_id !== grants.app.id) {
    return refused(401, "invalid_client", "There is no app with this client id.");
  }
  if (fields.client_secret !== undefined && !equalTexts(fields.client_secret, grants.app.secret)) {
    return refused(401, "invalid_client", "The client secret is wrong.");
  }
  if (grant === "authorization_code") return exchange(grants, store, fields);
  if (grant === "refresh_token") return refresh(grants, store, fields);
  if (grant === "client_credentials") return clientCredentials(grants, store, fields);
  return refused(400, "unsupported_grant_type", `The grant ${grant} is not known.`);
}

function exchange(grants: Grants, store: ShopStore, fields: Readonly<Record<string, string>>): TokenAnswer {
  const code = grants.codes.get(fields.code ?? "");
  if (code === undefined || code.used !== "never" || code.expiresAt <= store.clock.now()) {
    // A code that comes twice was seen by somebody else: RFC 6749, section 4.1.2.
    if (code?.used !== undefined && code.used !== "never") code.used.ended = true;
    return refused(400, "invalid_request", "The authorization code was not found or was already used.");
  }
  const fault = proofFault(store, code, fields);
  if (fault !== undefined) return refused(400, "invalid_grant", fault);
  grants.counts.code += 1;
  if (fields.expiring !== "1") {
    code.used = undefined;
    return given(store, issue(grants, store, code.scopes, undefined, undefined), code.scopes, {});
  }
  const family = newFamily(grants, store, code.scopes);
  code.used = family;
  return withRefresh(grants, store, family);
}

/** The verifier where there was a challenge; without one, or without trust in it alone, the secret (checked before). */
function proofFault(
  { behaviours }: ShopStore,
  { challenge, redirectUri }: Code,
  fields: Readonly<Record<string, string>>,
): string | undefined {
  if (fields.redirect_uri !== undefined && fields.redirect_uri !== redirectUri) {
    return "The redirect address is another one than that of the request.";
  }
  if (challenge !== undefined) {
    const digest = createHash("sha256")
      .update(fields.code_verifier ?? "")
      .digest("base64url");
    if (!equalTexts(digest, challenge)) return "The code verifier does not fit the challenge.";
  }
  const proven = challenge !== undefined && behaviours.pkceWithoutSecret;
  return fields.client_secret !== undefined || proven ? undefined : "The client secret is missing.";
}

function refresh(grants: Grants, store: ShopStore, fields: Readonly<Record<string, string>>): TokenAnswer {
  const token = fields.refresh_token ?? "";
  const family = grants.refresh.get(token);
  const late = family !== undefined && family.refreshExpiresAt <= store.clock.now();
  if (family === undefined || family.ended || late) {
    return refused(400, "invalid_grant", "The refresh token is unknown, expired or revoked.");
  }
  if (token !== family.current && token !== family.former) {
    if (store.behaviours.reuseEndsFamily) family.ended = true;
    return refused(400, "invalid_grant", "The refresh token was used before.");
  }
  // Of a refresh whose answer was lost nothing was used: what it made is dropped, and the former one goes on.
  if (token === family.former) grants.refresh.delete(family.current);
  family.former = token;
  family.current = newRefresh(grants, family);
  family.refreshExpiresAt = store.clock.now() + store.behaviours.refreshLife * 1000;
  grants.counts.refresh += 1;
  return withRefresh(grants, store, family);
}

function clientCredentials(
  grants: Grants,
  store: ShopStore,
  fields: Readonly<Record<string, string>>,
): TokenAnswer {
  if (fields.client_secret === undefined)
    return refused(401, "invalid_client", "The client secret is missing.");
  const scopes = grants.access.get(grants.staticToken)?.scopes ?? [];
  const life = store.behaviours.clientCredentialsLife;
  grants.counts.clientCredentials += 1;
  const token = issue(grants, store, scopes, life, undefined);
  return given(store, token, scopes, { expires_in: life });
}

function newFamily(grants: Grants, store: ShopStore, scopes: readonly string[]): Family {
  const refreshExpiresAt = store.clock.now() + store.behaviours.refreshLife * 1000;
  const family: Family = { scopes, current: "", former: undefined, refreshExpiresAt, ended: false };
  family.current = newRefresh(grants, family);
  return family;
}

function newRefresh(grants: Grants, family: Family): string {
  const token = `shprt_${randomBytes(16).toString("hex")}`;
  grants.refresh.set(token, family);
  return token;
}

function issue(
  grants: Grants,
  store: ShopStore,
  scopes: readonly string[],
  life: number | undefined,
  family: Family | undefined,
): string {
  const token = `shpat_${randomBytes(16).toString("hex")}`;
  const expiresAt = life === undefined ? undefined : store.clock.now() + life * 1000;
  grants.access.set(token, { scopes, expiresAt, family, refresh: family?.current });
  return token;
}

function withRefresh(grants: Grants, store: ShopStore, family: Family): TokenAnswer {
  const { tokenLife, refreshLife } = store.behaviours;
  const token = issue(grants, store, family.scopes, tokenLife, family);
  return given(store, token, family.scopes, {
    expires_in: tokenLife,
    refresh_token: family.current,
    refresh_token_expires_in: refreshLife,
  });
}

function given(
  { behaviours }: ShopStore,
  access_token: string,
  scopes: readonly string[],
  more: Readonly<Record<string, unknown>>,
): TokenAnswer {
  const shown = behaviours.shortensScopes ? withoutImplied(scopes) : scopes;
  return { status: 200, body: { access_token, scope: shown.join(","), ...more } };
}

function refused(status: number, error: string, error_description: string): TokenAnswer {
  return { status, body: { error, error_description } };
}

/** In constant time, whatever the lengths. */
function equalTexts(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
