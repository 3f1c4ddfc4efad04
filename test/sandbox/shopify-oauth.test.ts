import { createHash, createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { shopifySignature } from "../../src/auth/callback.ts";
import { type Deep, openShop, type Shop } from "./shop.ts";

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(() => shop.close());

const REDIRECT = "http://127.0.0.1:13387/auth/callback";
const VERIFIER = "a-verifier-of-forty-three-characters-or-more-0";
const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");

function question(more: Readonly<Record<string, string>> = {}): string {
  const { id } = shop.client;
  const scope = "read_content,write_content";
  return `?${new URLSearchParams({ client_id: id, scope, redirect_uri: REDIRECT, state: "s1", ...more })}`;
}

/** What the browser is sent back with. */
async function decide(decision: string, query = question()): Promise<URL> {
  const body = new URLSearchParams({ request: query, decision });
  const address = `${shop.url}/admin/oauth/authorize`;
  const answer = await fetch(address, { method: "POST", body, redirect: "manual" });
  expect(answer.status).toBe(303);
  return new URL(answer.headers.get("location") ?? "");
}

async function token(fields: Readonly<Record<string, unknown>>): Promise<Deep & { status: number }> {
  const answer = await fetch(`${shop.url}/admin/oauth/access_token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ client_id: shop.client.id, ...fields }),
  });
  return { ...((await answer.json()) as Deep), status: answer.status } as Deep & { status: number };
}

const SECRET = () => ({ client_secret: shop.client.secret });

async function signIn(more: Readonly<Record<string, unknown>> = { expiring: "1" }): Promise<Deep> {
  const code = (await decide("approve")).searchParams.get("code");
  return token({ ...SECRET(), code, ...more });
}

const refresh = (refresh_token: unknown) =>
  token({ ...SECRET(), grant_type: "refresh_token", refresh_token });

async function opens(access: unknown): Promise<boolean> {
  return (await shop.raw("{ shop { id } }", {}, { token: String(access) })).status === 200;
}

describe("the consent page", () => {
  test("says what it is, who asks and for what, and loads nothing", async () => {
    const answer = await fetch(`${shop.url}/admin/oauth/authorize${question({ state: '"><script>' })}`);
    const html = await answer.text();
    expect(answer.status).toBe(200);
    expect(html).toContain("This is a sandbox, not Shopify. Nothing is kept.");
    expect(html).toContain("Read and change blog articles and pages");
    expect(html).toContain(shop.client.id);
    expect(html).not.toMatch(/<script|src=|href=/);
    expect(answer.headers.get("content-security-policy")).toContain(
      "form-action 'self' http://127.0.0.1:13387",
    );
  });

  test.each([
    [{ client_id: "other" }, "no app with this client id"],
    [{ redirect_uri: "http://127.0.0.1:13388/auth/callback" }, "is not registered"],
    [{ redirect_uri: `${REDIRECT}/` }, "is not registered"],
    [{ code_challenge: "x", code_challenge_method: "plain" }, "S256"],
  ])("sends nobody anywhere for %j", async (more, words) => {
    const answer = await fetch(`${shop.url}/admin/oauth/authorize${question(more)}`, { redirect: "manual" });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(words)]);
  });

  test("accepts any port where the app says so", async () => {
    const other = await openShop({ redirects: ["http://127.0.0.1:*/auth/callback"] });
    const redirect_uri = "http://127.0.0.1:50001/auth/callback";
    const { status } = await fetch(`${other.url}/admin/oauth/authorize${question({ redirect_uri })}`);
    const bad = question({ redirect_uri: "http://127.0.0.1:50001.example/auth/callback" });
    const refused = await fetch(`${other.url}/admin/oauth/authorize${bad}`);
    await other.close();
    expect([status, refused.status]).toEqual([200, 400]);
  });
});

describe("the callback", () => {
  test("is signed over its sorted parameters, names the shop and brings the state back", async () => {
    const { origin, pathname, searchParams } = await decide("approve");
    expect(`${origin}${pathname}`).toBe(REDIRECT);
    const { hmac, ...signed } = Object.fromEntries(searchParams);
    expect(signed).toMatchObject({
      state: "s1",
      shop: "ainstein-sandbox.myshopify.com",
      timestamp: "1793527200",
    });
    const sorted = Object.keys(signed).sort();
    const message = sorted.map((key) => `${key}=${encodeURIComponent(signed[key] ?? "")}`).join("&");
    expect(createHmac("sha256", shop.client.secret).update(message).digest("hex")).toBe(hmac);
    expect(shopifySignature(searchParams, shop.client.secret)).toBe(hmac);
  });

  test("tells that consent was declined", async () => {
    const { searchParams } = await decide("decline");
    expect(searchParams.get("error")).toBe("access_denied");
    expect(searchParams.has("code")).toBe(false);
  });
});

describe("a code", () => {
  test("gives a token without an end, or one with a refresh token where that is asked for", async () => {
    const plain = await signIn({});
    expect(Object.keys(plain).sort()).toEqual(["access_token", "scope", "status"]);
    const expiring = await signIn();
    expect(expiring).toMatchObject({ expires_in: 3600, refresh_token: expect.stringMatching(/^shprt_/) });
    // The right to write includes the one to read.
    expect(expiring.scope).toBe("write_content");
    shop.clock.pass(3_600_000);
    expect([await opens(plain.access_token), await opens(expiring.access_token)]).toEqual([true, false]);
  });

  test("is good once: coming again it ends what came of it", async () => {
    const code = (await decide("approve")).searchParams.get("code");
    const first = await token({ ...SECRET(), code, expiring: "1" });
    expect(await opens(first.access_token)).toBe(true);
    expect(await token({ ...SECRET(), code, expiring: "1" })).toMatchObject({
      status: 400,
      error: "invalid_request",
    });
    expect(await opens(first.access_token)).toBe(false);
  });

  test("is good for a minute, with the right secret, and for its own redirect address", async () => {
    const code = async () => (await decide("approve")).searchParams.get("code");
    expect(await token({ code: await code(), client_secret: "wrong" })).toMatchObject({
      status: 401,
      error: "invalid_client",
    });
    expect(await token({ code: await code() })).toMatchObject({ status: 400, error: "invalid_grant" });
    expect(
      await token({ ...SECRET(), code: await code(), redirect_uri: "http://127.0.0.1:1/x" }),
    ).toMatchObject({ status: 400 });
    const late = await code();
    shop.clock.pass(61_000);
    expect(await token({ ...SECRET(), code: late })).toMatchObject({ status: 400, error: "invalid_request" });
  });

  test("that was asked for with a challenge wants its verifier, and may do without the secret", async () => {
    const query = question({ code_challenge: CHALLENGE, code_challenge_method: "S256" });
    const code = async () => (await decide("approve", query)).searchParams.get("code");
    expect(await token({ ...SECRET(), code: await code() })).toMatchObject({
      status: 400,
      error: "invalid_grant",
    });
    const good = { code_verifier: VERIFIER, redirect_uri: REDIRECT };
    expect(await token({ ...good, code: await code() })).toMatchObject({ status: 200 });
    shop.behaviours.pkceWithoutSecret = false;
    expect(await token({ ...good, code: await code() })).toMatchObject({ status: 400 });
    expect(await token({ ...good, ...SECRET(), code: await code() })).toMatchObject({ status: 200 });
  });
});

describe("a refresh token", () => {
  test("is replaced by each refresh, and good again until its successor was used", async () => {
    const one = await signIn();
    const two = await refresh(one.refresh_token);
    expect(two.refresh_token).not.toBe(one.refresh_token);
    // As after an answer that was lost.
    const again = await refresh(one.refresh_token);
    expect(again.status).toBe(200);
    const three = await refresh(again.refresh_token);
    expect(three.status).toBe(200);
    expect(await opens(three.access_token)).toBe(true);
    expect(shop.grants.counts).toMatchObject({ code: 1, refresh: 3 });
  });

  test("that comes after its successor was used ends all that came of the consent", async () => {
    const one = await signIn();
    const two = await refresh(one.refresh_token);
    const three = await refresh(two.refresh_token);
    expect(await refresh(one.refresh_token)).toMatchObject({ status: 400, error: "invalid_grant" });
    expect(await opens(three.access_token)).toBe(false);
    expect(await refresh(three.refresh_token)).toMatchObject({ status: 400 });
  });

  test("is retired by the first use of the new access token, where that is switched", async () => {
    shop.behaviours.refreshRetiredBy = "use";
    shop.behaviours.reuseEndsFamily = false;
    const one = await signIn();
    const two = await refresh(one.refresh_token);
    expect(await opens(two.access_token)).toBe(true);
    expect(await refresh(one.refresh_token)).toMatchObject({ status: 400 });
    expect((await refresh(two.refresh_token)).status).toBe(200);
  });

  test("ends with its own life; answers with tokens may be lost", async () => {
    const one = await signIn();
    shop.behaviours.dropsTokenAnswers = 1;
    await expect(refresh(one.refresh_token)).rejects.toThrow();
    expect((await refresh(one.refresh_token)).status).toBe(200);
    shop.behaviours.refreshLife = 60;
    const short = await signIn();
    shop.clock.pass(61_000);
    expect(await refresh(short.refresh_token)).toMatchObject({ status: 400, error: "invalid_grant" });
  });

  test("belongs to expiring tokens of a settable life", async () => {
    shop.behaviours.tokenLife = 3;
    const one = await signIn();
    expect(one.expires_in).toBe(3);
    shop.clock.pass(3_000);
    expect(await opens(one.access_token)).toBe(false);
    expect(await opens((await refresh(one.refresh_token)).access_token)).toBe(true);
  });
});

test("an app signs in by itself for a day, with its secret only, by JSON or by a form", async () => {
  const given = await token({ ...SECRET(), grant_type: "client_credentials" });
  expect(given).toMatchObject({ status: 200, expires_in: 86_399 });
  expect(given.refresh_token).toBeUndefined();
  expect(await opens(given.access_token)).toBe(true);
  shop.clock.pass(86_400_000);
  expect(await opens(given.access_token)).toBe(false);
  expect(await token({ grant_type: "client_credentials" })).toMatchObject({ status: 401 });
  expect(await token({ ...SECRET(), grant_type: "password" })).toMatchObject({
    error: "unsupported_grant_type",
  });
  const { id, secret } = shop.client;
  const body = new URLSearchParams({
    client_id: id,
    client_secret: secret,
    grant_type: "client_credentials",
  });
  expect((await fetch(`${shop.url}/admin/oauth/access_token`, { method: "POST", body })).status).toBe(200);
});
