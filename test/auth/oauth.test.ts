import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { acceptCallback } from "../../src/auth/callback.ts";
import {
  type AuthorizationRequest,
  authorizationRequest,
  clientCredentials,
  exchangeCode,
  missingScopes,
  type OAuthParts,
  refreshTokens,
  revokeToken,
} from "../../src/auth/oauth.ts";
import type { TokenSet } from "../../src/auth/provider.ts";
import { faultOf } from "../http/servers.ts";
import {
  APP,
  consent,
  type Oidc,
  OTHER_APP,
  PUBLIC_APP,
  REDIRECT,
  RENEW,
  SCOPES,
  startOidc,
} from "./oidc.ts";

const redirectUri = `http://${REDIRECT.host}:${REDIRECT.port}${REDIRECT.path}`;
let oidc: Oidc;
beforeAll(async () => {
  oidc = await startOidc();
});
afterAll(() => oidc.close());
afterEach(() => void vi.useRealTimers());

interface Back {
  readonly request: AuthorizationRequest;
  readonly code: string;
  readonly parameters: URLSearchParams;
}

async function allowed(parts: OAuthParts, answer?: Readonly<Record<string, string>>): Promise<Back> {
  const request = await authorizationRequest(parts, { redirectUri });
  const { searchParams } = await consent(request.address, redirectUri, answer);
  return { request, code: acceptCallback(parts, request, searchParams), parameters: searchParams };
}

async function signedIn(parts: OAuthParts): Promise<TokenSet> {
  const { request, code } = await allowed(parts);
  return exchangeCode(parts, request, code);
}

/** Whether the server itself still takes the access token. */
const isLive = async (tokens: TokenSet): Promise<boolean> =>
  (await oidc.server.AccessToken.find(tokens.access)) !== undefined;

describe("consent in a browser, at a real OAuth 2 server", () => {
  it("gives tokens, with PKCE, the state and the server's issuer proven", async () => {
    const parts = oidc.parts();
    const before = Date.now();
    const { request, code, parameters } = await allowed(parts);
    const asked = new URL(request.address).searchParams;
    const digest = createHash("sha256")
      .update(request.verifier ?? "")
      .digest("base64url");
    expect(asked.get("code_challenge")).toBe(digest);
    expect(asked.get("code_challenge_method")).toBe("S256");
    expect(asked.get("scope")).toBe(SCOPES.join(" "));
    expect(parameters.get("iss")).toBe(oidc.issuer);
    const tokens = await exchangeCode(parts, request, code);
    expect(await isLive(tokens)).toBe(true);
    expect([...tokens.scopes].sort()).toEqual([...SCOPES].sort());
    expect(tokens.refresh).toBeDefined();
    expect(tokens.obtainedAt).toBeGreaterThanOrEqual(before);
    expect((tokens.expiresAt ?? 0) - tokens.obtainedAt).toBe(3_600_000);
  });

  it("works for an app that has no secret, by PKCE alone", async () => {
    const tokens = await signedIn(oidc.parts(PUBLIC_APP, { client: "public" }));
    expect(await isLive(tokens)).toBe(true);
  });

  it("says that it was declined", async () => {
    const fault = await faultOf(allowed(oidc.parts(), { answer: "decline" }));
    expect(fault).toMatchObject({ kind: "auth", code: "declined" });
    expect(fault.message).toBe("The connection was declined in the browser.");
    expect(fault.hint).toContain(RENEW);
  });

  it("says which scopes were not given, where the person gave less than was asked for", async () => {
    const parts = oidc.parts();
    const { request, code } = await allowed(parts, { answer: "allow", scopes: "read_content write_content" });
    const fault = await faultOf(exchangeCode(parts, request, code));
    expect(fault).toMatchObject({ kind: "auth", code: "scope-missing" });
    expect(fault.message).toContain("read_files");
    expect(fault.message).not.toContain("write_content");
  });

  it("takes a callback for its own request only", async () => {
    const parts = oidc.parts();
    const mine = await authorizationRequest(parts, { redirectUri });
    const { parameters } = await allowed(parts);
    const accept = async (): Promise<string> => acceptCallback(parts, mine, parameters);
    expect(await faultOf(accept())).toMatchObject({ kind: "auth", code: "other-request" });
  });

  it("cannot replay a callback: the code is good once, and its tokens end with the second use", async () => {
    const parts = oidc.parts();
    const { request, code } = await allowed(parts);
    const tokens = await exchangeCode(parts, request, code);
    const fault = await faultOf(exchangeCode(parts, request, code));
    expect(fault).toMatchObject({ kind: "auth", code: "code-refused", httpStatus: 400 });
    expect(fault.hint).toContain(RENEW);
    expect(await isLive(tokens)).toBe(false);
  });

  it("cannot use the code of another app, nor without its own verifier", async () => {
    const { request, code } = await allowed(oidc.parts());
    const other = await faultOf(exchangeCode(oidc.parts(OTHER_APP), request, code));
    expect(other.code).toBe("code-refused");
    const again = await allowed(oidc.parts());
    const stranger = await authorizationRequest(oidc.parts(), { redirectUri });
    const stolen = { ...again.request, verifier: stranger.verifier ?? "" };
    expect((await faultOf(exchangeCode(oidc.parts(), stolen, again.code))).code).toBe("code-refused");
  });

  it("says that a code was too old", async () => {
    const parts = oidc.parts();
    const { request, code } = await allowed(parts);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 120_000 });
    const fault = await faultOf(exchangeCode(parts, request, code));
    expect(fault.code).toBe("code-refused");
    expect(fault.hint).toContain("good for a moment");
  });
});

describe("refreshing, at a real OAuth 2 server", () => {
  it("brings a new refresh token each time, the scopes staying", async () => {
    const parts = oidc.parts();
    const first = await signedIn(parts);
    const second = await refreshTokens(parts, first.refresh ?? "", first.scopes);
    const third = await refreshTokens(parts, second.refresh ?? "", second.scopes);
    expect(new Set([first.refresh, second.refresh, third.refresh]).size).toBe(3);
    expect([...third.scopes].sort()).toEqual([...SCOPES].sort());
    expect(await isLive(third)).toBe(true);
  });

  it("ends the whole sign-in when an old refresh token is used again, and says what to type", async () => {
    const parts = oidc.parts();
    const first = await signedIn(parts);
    const second = await refreshTokens(parts, first.refresh ?? "");
    const reused = await faultOf(refreshTokens(parts, first.refresh ?? ""));
    expect(reused).toMatchObject({ kind: "auth", code: "sign-in-over" });
    expect(reused.hint).toContain("used by a copy of this installation");
    expect(reused.hint).toContain(RENEW);
    expect(await isLive(second)).toBe(false);
    expect((await faultOf(refreshTokens(parts, second.refresh ?? ""))).code).toBe("sign-in-over");
  });

  it("refuses the refresh token of another app", async () => {
    const tokens = await signedIn(oidc.parts());
    const fault = await faultOf(refreshTokens(oidc.parts(OTHER_APP), tokens.refresh ?? ""));
    expect(fault.code).toBe("sign-in-over");
  });

  it("is over once the tokens were revoked", async () => {
    const parts = oidc.parts();
    const tokens = await signedIn(parts);
    await revokeToken(parts, tokens.refresh ?? "");
    expect((await faultOf(refreshTokens(parts, tokens.refresh ?? ""))).code).toBe("sign-in-over");
    await revokeToken(parts, tokens.refresh ?? "");
  });
});

describe("an app that signs in by itself, at a real OAuth 2 server", () => {
  it("gets tokens that a new sign-in replaces", async () => {
    const tokens = await clientCredentials(oidc.parts());
    expect(await oidc.server.ClientCredentials.find(tokens.access)).toBeDefined();
    expect(tokens.refresh).toBeUndefined();
    expect([...tokens.scopes].sort()).toEqual([...SCOPES].sort());
  });

  it("says that id and secret do not fit, without showing either secret", async () => {
    const parts = oidc.parts({ id: APP.id, secret: OTHER_APP.secret });
    const fault = await faultOf(clientCredentials(parts));
    expect(fault).toMatchObject({ kind: "auth", code: "client-refused" });
    expect(fault.hint).toContain(`${RENEW} --client-id app --client-secret-stdin`);
    expect(`${fault.message}${fault.hint}`).not.toContain("secret-of");
  });

  it("says that the app may not have the scopes", async () => {
    const fault = await faultOf(clientCredentials(oidc.parts(OTHER_APP)));
    expect(fault).toMatchObject({ kind: "auth", code: "scope-refused" });
    expect(fault.hint).toContain("--scopes");
  });
});

it("nothing secret is in what was traced of all this", () => {
  expect(oidc.traced.length).toBeGreaterThan(20);
  const all = oidc.traced.join("\n");
  expect(all).not.toMatch(/secret-of|refresh_token|code_verifier|access_token/);
});

it("write scopes grant what reading grants, and no more", () => {
  const asked = ["read_content", "write_content", "unauthenticated_read_tags", "read_files"];
  expect(missingScopes(asked, ["write_content", "unauthenticated_write_tags"])).toEqual(["read_files"]);
  expect(missingScopes(["write_content"], ["read_content"])).toEqual(["write_content"]);
});
