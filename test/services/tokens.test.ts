import { generateKeyPairSync } from "node:crypto";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { cognitoSecretHash, sigV4 } from "../../src/services/aws.ts";
import type { Answered, Asking, Unsigned } from "../../src/services/service.ts";
import { clientCredentials, serviceAccount } from "../../src/services/tokens.ts";

const REQUEST: Unsigned = {
  method: "GET",
  url: new URL("https://api.example/x"),
  headers: {},
  body: undefined,
};

function clockAt(ms: number) {
  let now = ms;
  return {
    clock: { ...systemClock, now: () => now },
    pass: (by: number) => {
      now += by;
    },
  };
}

describe("AWS Signature Version 4", () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "Example: GET Object"
  const values = { key: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
  const auth = {
    kind: "sigv4",
    service: "s3",
    region: "us-east-1",
    accessKeyId: "{key}",
    secretAccessKey: "{secret}",
    sessionToken: "{session?}",
  } as const;
  const { clock } = clockAt(Date.UTC(2013, 4, 24));
  const signed = (secret: string, range = "bytes=0-9") =>
    sigV4(auth, { values: { ...values, secret }, mode: "unknown" }, clock).sign({
      ...REQUEST,
      url: new URL("https://examplebucket.s3.amazonaws.com/test.txt"),
      headers: { range },
    });

  test("AWS's own example comes out", async () => {
    const { authorization } = await signed(values.secret);
    expect(authorization).toContain(
      "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    );
    expect(authorization).not.toContain(values.secret);
  });

  test("another key or header gives another signature", async () => {
    const example = (await signed(values.secret)).authorization;
    expect((await signed(`${values.secret}x`)).authorization).not.toBe(example);
    expect((await signed(values.secret, "bytes=0-8")).authorization).not.toBe(example);
  });

  test("Cognito's hash of a client's secret", () => {
    expect(cognitoSecretHash("cog-client-secret", "jane", "1example23456789")).toBe(
      "DaLeTSuceWL2YVQP0iAyqlxzFV2YsacSEUIyrxOo+u0=",
    );
  });
});

describe("client credentials", () => {
  const auth = { kind: "client-credentials", token: { method: "POST", path: "/token" } } as const;
  const good = (token: string): Answered => ({
    status: 200,
    headers: {},
    payload: { access_token: token, expires_in: 3600 },
  });

  function scene(answers: readonly Answered[]) {
    const { clock, pass } = clockAt(1_700_000_000_000);
    let asked = 0;
    const signer = clientCredentials(
      auth,
      async () => {
        asked += 1;
        return answers[Math.min(asked, answers.length) - 1] ?? good("none");
      },
      clock,
    );
    return { signer, pass, asked: () => asked };
  }

  test("one token serves until a minute before it ends, for all who ask at once", async () => {
    const { signer, pass, asked } = scene([good("one"), good("two")]);
    const first = await Promise.all([signer.sign(REQUEST), signer.sign(REQUEST)]);
    expect(first.map(({ authorization }) => authorization)).toEqual(["Bearer one", "Bearer one"]);
    pass(3_539_000);
    await signer.sign(REQUEST);
    expect(asked()).toBe(1);
    pass(2_000);
    expect((await signer.sign(REQUEST)).authorization).toBe("Bearer two");
  });

  test("a token that was ended is replaced once", async () => {
    const { signer, asked } = scene([good("one"), good("two")]);
    await signer.sign(REQUEST);
    expect(await signer.renew?.()).toBe(true);
    expect((await signer.sign(REQUEST)).authorization).toBe("Bearer two");
    expect(asked()).toBe(2);
  });

  test("a sign-in that is refused is a fault of signing in, and one without a token none of it", async () => {
    const refused = scene([
      { status: 401, headers: {}, payload: { error: "invalid_client", error_description: "no such client" } },
    ]);
    await expect(refused.signer.sign(REQUEST)).rejects.toMatchObject({
      kind: "auth",
      message: expect.stringContaining("no such client"),
    });
    const page = scene([{ status: 200, headers: {}, payload: "<html>" }]);
    await expect(page.signer.sign(REQUEST)).rejects.toMatchObject({ kind: "unavailable" });
    expect(await refused.signer.renew?.()).toBe(false);
  });
});

describe("service accounts", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const file = {
    client_email: "robot@project.iam.example",
    private_key_id: "k1",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
  };
  const auth = {
    kind: "service-account",
    field: "service_account",
    scope: "https://scope.example/a",
    token: { base: "token", path: "/token" },
  } as const;
  const url = "https://oauth2.example/token";

  test("the assertion is signed with the account's key, for an hour, and is no secret", async () => {
    const asked: Asking[] = [];
    const { clock } = clockAt(Date.now());
    const inputs = { values: { service_account: JSON.stringify(file) }, mode: "unknown" } as const;
    const exchange = async (asking: Asking): Promise<Answered> => {
      asked.push(asking);
      return { status: 200, headers: {}, payload: { access_token: "t", expires_in: 3599 } };
    };
    const signer = serviceAccount(auth, inputs, { url, exchange }, clock);
    expect((await signer.sign(REQUEST)).authorization).toBe("Bearer t");
    const form = new URLSearchParams(Buffer.from(asked[0]?.body ?? []).toString());
    const assertion = form.get("assertion") ?? "";
    const { payload } = await jwtVerify(assertion, publicKey, {
      issuer: file.client_email,
      audience: url,
      algorithms: ["RS256"],
    });
    expect(payload).toMatchObject({ scope: auth.scope, exp: (payload.iat ?? 0) + 3600 });
    expect(decodeProtectedHeader(assertion).kid).toBe("k1");
  });

  test("what is no key file is told without quoting it", () => {
    const inputs = {
      values: { service_account: '{"private_key":"PRIVATE KEY oops"}' },
      mode: "unknown",
    } as const;
    const make = () =>
      serviceAccount(
        auth,
        inputs,
        { url, exchange: async () => Promise.reject(new Error("asked")) },
        systemClock,
      );
    expect(make).toThrow(expect.objectContaining({ code: "services.malformed-value" }));
    expect(make).not.toThrow(/oops/);
  });
});
