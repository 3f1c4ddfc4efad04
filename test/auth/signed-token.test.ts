import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openSession } from "../../src/auth/session.ts";
import { readKey, signedToken } from "../../src/auth/signed-token.ts";

const SIGNS = { audience: "/admin/", seconds: 300, hint: "The Admin API key is under Settings." };
const SENT_AS = { name: "authorization", scheme: "Ghost" };
const SECRET = "0123456789abcdef".repeat(4);
const KEY = `abc123:${SECRET}`;

const decoded = (part: string | undefined) =>
  JSON.parse(Buffer.from(part ?? "", "base64url").toString("utf8")) as unknown;

describe("a key that signs", () => {
  test("makes a token that names the key, its audience and its five minutes", () => {
    const token = signedToken(readKey(KEY, SIGNS), SIGNS, 1_700_000_000_900);
    const [head, claims, signature] = token.split(".");
    expect(decoded(head)).toEqual({ alg: "HS256", typ: "JWT", kid: "abc123" });
    expect(decoded(claims)).toEqual({ iat: 1_700_000_000, exp: 1_700_000_300, aud: "/admin/" });
    const bytes = Buffer.from(SECRET, "hex");
    const expected = createHmac("sha256", bytes).update(`${head}.${claims}`).digest("base64url");
    expect(signature).toBe(expected);
  });

  test("sends another token as time goes by, and hides the key, its secret half and the tokens", async () => {
    let now = 1_700_000_000_000;
    const method = { type: "token", sentAs: SENT_AS, signs: SIGNS } as const;
    const session = openSession("blog", method, undefined, { token: KEY }, undefined, { now: () => now });
    const first = await session.authorize({});
    now += 240_000;
    const second = await session.authorize({ accept: "x" });
    expect(first.authorization).toMatch(/^Ghost eyJ/);
    expect(second.authorization).not.toBe(first.authorization);
    expect(second.accept).toBe("x");
    expect(first.authorization).not.toContain(SECRET);
    const sent = [first, second].map(({ authorization = "" }) => authorization.slice("Ghost ".length));
    expect(session.secrets()).toEqual(expect.arrayContaining([KEY, SECRET, ...sent]));
  });

  test.each([
    ["22444f78447824223cefc48062", "no colon"],
    ["abc123:nothex-nothex-nothex-nothex-nothex", "hexadecimal"],
    ["abc123:", "missing"],
    [`abc123:${"a".repeat(31)}`, "missing"],
  ])("of another form is refused in words, without showing it: %s", (key, why) => {
    const method = { type: "token", sentAs: SENT_AS, signs: SIGNS } as const;
    const open = () => openSession("blog", method, undefined, { token: key });
    expect(open).toThrow(why);
    expect(open).toThrow(expect.objectContaining({ kind: "auth", code: "malformed-key", hint: SIGNS.hint }));
    expect(open).not.toThrow(key);
  });
});
