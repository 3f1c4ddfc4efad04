import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import {
  authorizationRequest,
  clientCredentials,
  exchangeCode,
  type OAuthParts,
  refreshTokens,
  revokeToken,
} from "../../src/auth/oauth.ts";
import { createTokenFetch } from "../../src/auth/oauth-fetch.ts";
import type { OAuthClient, OAuthProvider } from "../../src/auth/provider.ts";
import { bodyOf, faultOf, json, serve } from "../http/servers.ts";

const SECRET = "shhh-of-the-app-0123";
const CODE = "code-from-the-browser-0123";
const REFRESH = "refresh-token-0123456789";
const ACCESS = "access-token-0123456789";
const RENEW = "ainstein-cms connect shop --name acme";
const NOW = 1_800_000_000_000;

const PROVIDER: OAuthProvider = {
  authorize: "{url}/admin/oauth/authorize",
  token: "{url}/admin/oauth/access_token",
  revoke: "{url}/admin/oauth/revoke",
  scopes: ["read_content", "write_content"],
  scopeSeparator: ",",
  pkce: false,
  client: "post",
  tokenBody: "json",
  redirect: { host: "127.0.0.1", port: 13_387, path: "/auth/callback" },
  tokenParameters: { expiring: "1" },
  rotates: true,
};

interface Asked {
  readonly path: string;
  readonly type: string | undefined;
  readonly authorization: string | undefined;
  readonly guard: string | undefined;
  readonly body: string;
}

interface Vendor {
  readonly parts: OAuthParts;
  readonly asked: Asked[];
  readonly waited: number[];
  readonly traced: string[];
}

type Answerer = (response: ServerResponse, asked: Asked, request: IncomingMessage) => void;

/** A token endpoint that answers as it is told, and the parts to reach it. */
async function vendor(
  answer: Answerer,
  changed: Partial<OAuthProvider> = {},
  client: OAuthClient = { id: "app-id", secret: SECRET },
): Promise<Vendor> {
  const asked: Asked[] = [];
  const [waited, traced]: [number[], string[]] = [[], []];
  const url = await serve(async (request, response) => {
    const { headers } = request;
    const one = {
      path: request.url ?? "",
      type: headers["content-type"],
      authorization: headers.authorization,
      guard: headers["x-guard"] as string | undefined,
      body: await bodyOf(request),
    };
    asked.push(one);
    answer(response, one, request);
  });
  return { parts: partsAt(url, changed, client, waited, traced), asked, waited, traced };
}

function partsAt(
  url: string,
  changed: Partial<OAuthProvider> = {},
  client: OAuthClient = { id: "app-id", secret: SECRET },
  waited: number[] = [],
  traced: string[] = [],
): OAuthParts {
  const clock = { now: () => NOW, sleep: async (ms: number) => void waited.push(ms) };
  const fetch = createTokenFetch({
    url,
    headers: { "X-Guard": "let-me-through" },
    proxy: () => undefined,
    clock,
    trace: (line) => void traced.push(line),
    version: "1.2.3",
  });
  return { provider: { ...PROVIDER, ...changed }, url: `${url}/`, client, fetch, clock, renew: RENEW };
}

const redirectUri = "http://127.0.0.1:13387/auth/callback";
const REQUEST = { address: "", state: "s", redirectUri, scopes: PROVIDER.scopes };

describe("what is sent", () => {
  it("asks for consent with the vendor's own separator and parameters", async () => {
    const parts = partsAt("https://acme.example", { authorizeParameters: { access_mode: "offline" } });
    const request = await authorizationRequest(parts, { redirectUri, scopes: ["a", "b"] });
    const url = new URL(request.address);
    expect(url.origin + url.pathname).toBe("https://acme.example/admin/oauth/authorize");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      access_mode: "offline",
      response_type: "code",
      client_id: "app-id",
      redirect_uri: redirectUri,
      scope: "a,b",
      state: request.state,
    });
    expect(request.state.length).toBeGreaterThan(30);
    expect(request.verifier).toBeUndefined();
  });

  it("is JSON where the vendor takes JSON, with its extra parameters, and a refresh token that lives as it says", async () => {
    const granted = {
      access_token: ACCESS,
      expires_in: 3600,
      refresh_token: REFRESH,
      refresh_token_expires_in: 7200,
      scope: "write_content",
      associated_user: null,
    };
    const { parts, asked } = await vendor((response) => json(response, 201, granted));
    const tokens = await exchangeCode(parts, REQUEST, CODE);
    expect(asked[0]).toMatchObject({ path: "/admin/oauth/access_token", type: "application/json" });
    expect(JSON.parse(asked[0]?.body ?? "")).toEqual({
      grant_type: "authorization_code",
      client_id: "app-id",
      client_secret: SECRET,
      code: CODE,
      redirect_uri: redirectUri,
      expiring: "1",
    });
    expect(asked[0]?.guard).toBe("let-me-through");
    expect(tokens).toEqual({
      access: ACCESS,
      refresh: REFRESH,
      obtainedAt: NOW,
      expiresAt: NOW + 3_600_000,
      refreshExpiresAt: NOW + 7_200_000,
      scopes: ["write_content"],
    });
  });

  it("is a form elsewhere, the secret in a Basic header where the vendor wants it there", async () => {
    const granted = { access_token: ACCESS, token_type: "Bearer", expires_in: null };
    const { parts, asked } = await vendor((response) => json(response, 200, granted), {
      client: "basic",
      tokenBody: "form",
      tokenParameters: {},
    });
    const tokens = await refreshTokens(parts, REFRESH, ["read_content"]);
    expect(tokens).toEqual({ access: ACCESS, refresh: REFRESH, obtainedAt: NOW, scopes: ["read_content"] });
    expect(asked[0]?.authorization).toMatch(/^Basic /);
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toEqual({
      grant_type: "refresh_token",
      refresh_token: REFRESH,
    });
  });

  it("carries the connection's extra headers to its own origin only", async () => {
    const { parts, asked } = await vendor((response) => json(response, 200, { access_token: ACCESS }));
    const token = `${parts.url}token`;
    const elsewhere = partsAt("http://127.0.0.1:9", { token });
    await clientCredentials(elsewhere);
    await clientCredentials(parts);
    expect(asked.map(({ guard }) => guard)).toEqual([undefined, "let-me-through"]);
  });

  it("never leaves this machine without encryption", async () => {
    const parts = partsAt("http://acme.example");
    for (const fault of [
      await faultOf(authorizationRequest(parts, { redirectUri })),
      await faultOf(clientCredentials(parts)),
    ]) {
      expect(fault).toMatchObject({ kind: "usage", code: "insecure-sign-in" });
      expect(fault.hint).toContain("https");
    }
  });

  it("is nothing without the app's secret, and says how to pass it", async () => {
    const { parts, asked } = await vendor((response) => json(response, 200, {}), {}, { id: "app-id" });
    const fault = await faultOf(clientCredentials(parts));
    expect(fault).toMatchObject({ kind: "auth", code: "client-secret-missing" });
    expect(fault.hint).toContain(`${RENEW} --client-id app-id --client-secret-stdin`);
    expect(asked).toEqual([]);
  });
});

describe("answers that are none", () => {
  const faulty = async (status: number, body: string, headers: Record<string, string> = {}) => {
    const { parts } = await vendor((response) => void response.writeHead(status, headers).end(body));
    const fault = await faultOf(exchangeCode(parts, REQUEST, CODE));
    expect(`${fault.message} ${fault.hint}`).not.toMatch(/shhh|code-from/);
    return fault;
  };
  const refusal = (error: string, words = "") => JSON.stringify({ error, error_description: words });

  it("shows the vendor's words without secrets and control characters", async () => {
    const fault = await faulty(
      400,
      refusal("invalid_request", `\u001b[31mcode ${CODE} of ${SECRET} was used`),
    );
    expect(fault).toMatchObject({ kind: "auth", code: "code-refused" });
    expect(fault.message).toContain('"code [hidden] of [hidden] was used"');
    const strange = await faulty(400, refusal("shop_not_permitted", "wrong organisation"));
    expect(strange).toMatchObject({ kind: "auth", code: "token-refused" });
    expect(strange.message).toContain("shop_not_permitted");
  });

  it("knows a wrong client, also behind a challenge header", async () => {
    const fault = await faulty(401, refusal("invalid_client"), { "www-authenticate": "Basic realm=x" });
    expect(fault).toMatchObject({ code: "client-refused", httpStatus: 401 });
  });

  it("shows what a server adds to the vendor's words", async () => {
    const words = { error_description: "A parameter is malformed.", hint: "Check the `scope` parameter" };
    const fault = await faulty(400, JSON.stringify({ error: "unsupported_grant_type", ...words }));
    expect(fault.message).toContain('"A parameter is malformed. Check the `scope` parameter"');
  });

  it("takes an error in an answer of status 200 for one", async () => {
    expect((await faulty(200, refusal("invalid_scope"))).code).toBe("scope-refused");
  });

  it("quotes the title of a page that refuses, as Shopify's does", async () => {
    const fault = await faulty(400, "<html><title>Oauth error application_cannot_be_found</title></html>");
    expect(fault).toMatchObject({ kind: "auth", code: "token-refused", httpStatus: 400 });
    expect(fault.message).toContain("application_cannot_be_found");
  });

  it("knows a page in place of an answer, and a guard in front of the site", async () => {
    const login = await faulty(200, "<!doctype html><title>Log in</title>");
    expect(login).toMatchObject({ kind: "unavailable", code: "html-instead-of-json" });
    const guard = await faulty(403, "<html><title>Just a moment...</title></html>", { "cf-ray": "abc" });
    expect(guard.code).toBe("challenge-page");
  });

  it("tells a busy and a failing vendor from a refusal", async () => {
    expect(await faulty(429, "", { "retry-after": "7" })).toMatchObject({
      kind: "rate-limited",
      retryAfterMs: 7000,
    });
    expect(await faulty(503, refusal("server_error"))).toMatchObject({
      kind: "unavailable",
      code: "sign-in-unavailable",
    });
  });

  it("follows no redirect with a secret", async () => {
    const fault = await faulty(302, "", { location: `https://new.example/token?code=${CODE}` });
    expect(fault).toMatchObject({ kind: "protocol", code: "redirected-sign-in" });
    expect(fault.hint).toContain("https://new.example");
  });

  it("refuses an answer without a token, with one of an unknown type, and no JSON at all", async () => {
    for (const body of ["{}", '{"access_token":7}', `{"access_token":"${ACCESS}","token_type":"mac"}`]) {
      const fault = await faulty(200, body);
      expect(fault).toMatchObject({ kind: "protocol", code: "strange-token-answer" });
      expect(fault.message).not.toContain(ACCESS);
    }
    expect((await faulty(200, "ok")).code).toBe("token-refused");
  });

  it("sends again only what cannot have arrived, and says which it was", async () => {
    const { parts, asked } = await vendor((_, __, request) => void request.socket.destroy());
    const lost = await faultOf(refreshTokens(parts, REFRESH));
    expect(lost).toMatchObject({ kind: "unavailable", code: "no-answer", unsent: false });
    expect(asked).toHaveLength(1);
    const waited: number[] = [];
    const nobody = partsAt("http://127.0.0.1:9", {}, { id: "app-id", secret: SECRET }, waited);
    const unsent = await faultOf(refreshTokens(nobody, REFRESH));
    expect(unsent).toMatchObject({ kind: "unavailable", code: "connection-refused", unsent: true });
    expect(waited).toEqual([250, 1000]);
  });
});

it("an app that is given less than it asked for is told what is missing", async () => {
  const granted = { access_token: ACCESS, scope: "read_content" };
  const { parts } = await vendor((response) => json(response, 200, granted));
  const fault = await faultOf(clientCredentials(parts));
  expect(fault).toMatchObject({ kind: "auth", code: "scope-missing" });
  expect(fault.message).toContain("write_content is missing");
  expect(fault.hint).toContain(RENEW);
});

describe("revoking", () => {
  it("names the token and the app, and takes an empty answer", async () => {
    const { parts, asked, traced } = await vendor((response) => void response.writeHead(200).end());
    await revokeToken(parts, ACCESS);
    expect(asked[0]?.path).toBe("/admin/oauth/revoke");
    expect(JSON.parse(asked[0]?.body ?? "")).toMatchObject({ token: ACCESS, client_id: "app-id" });
    expect(traced.join("\n")).not.toMatch(/shhh|access-token|let-me/);
  });

  it("says where to do it by hand when the vendor revokes nothing, and what failed when it does not work", async () => {
    const { parts } = await vendor((response) => json(response, 503, {}));
    expect((await faultOf(revokeToken(parts, ACCESS))).code).toBe("sign-in-unavailable");
    const { revoke: _, ...without } = PROVIDER;
    const fault = await faultOf(revokeToken({ ...parts, provider: without }, ACCESS));
    expect(fault).toMatchObject({ kind: "unsupported", code: "no-revocation" });
  });
});
