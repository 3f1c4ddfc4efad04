import { describe, expect, it } from "vitest";
import { acceptCallback, shopifySignature } from "../../src/auth/callback.ts";
import type { AuthorizationRequest, OAuthParts } from "../../src/auth/oauth.ts";
import type { OAuthProvider } from "../../src/auth/provider.ts";
import { asFault, type Fault } from "../../src/lib/fault.ts";

const SECRET = "hush";
const NOW = 1_337_178_173_000;
const request: AuthorizationRequest = {
  address: "https://acme.myshopify.com/admin/oauth/authorize",
  state: "0.6784241404160823",
  redirectUri: "http://127.0.0.1:13387/auth/callback",
  scopes: ["write_content"],
};
const PROVIDER: OAuthProvider = {
  authorize: "{url}/admin/oauth/authorize",
  token: "{url}/admin/oauth/access_token",
  scopes: ["write_content"],
  scopeSeparator: ",",
  pkce: false,
  client: "post",
  tokenBody: "json",
  redirect: { host: "127.0.0.1", port: 13_387, path: "/auth/callback" },
  signedCallback: "shopify",
  rotates: true,
};

function parts(changed: Partial<OAuthParts> = {}): OAuthParts {
  return {
    provider: PROVIDER,
    url: "https://some-shop.myshopify.com",
    client: { id: "app", secret: SECRET },
    fetch: () => Promise.reject(new Error("nothing is sent")),
    clock: { now: () => NOW, sleep: async () => {} },
    renew: "ainstein-cms connect shopify --name acme",
    ...changed,
  };
}

const plain = (issuer?: string): OAuthParts => {
  const { signedCallback: _, ...provider } = PROVIDER;
  return parts({ provider: issuer === undefined ? provider : { ...provider, issuer } });
};

const SENT = {
  code: "0907a61c0c8d55e99db179b68161bc00",
  shop: "some-shop.myshopify.com",
  state: request.state,
  timestamp: "1337178173",
};

function signed(changed: Readonly<Record<string, string>> = {}, secret = SECRET): URLSearchParams {
  const parameters = new URLSearchParams({ ...SENT, ...changed });
  parameters.set("hmac", shopifySignature(parameters, secret));
  return parameters;
}

function refusal(of: OAuthParts, parameters: URLSearchParams): Fault {
  try {
    acceptCallback(of, request, parameters);
  } catch (thrown) {
    const fault = asFault(thrown);
    expect(fault.kind).toBe("auth");
    return fault;
  }
  throw new Error("the callback was accepted");
}

describe("a callback", () => {
  it("gives its code when the state is ours", () => {
    expect(acceptCallback(plain(), request, new URLSearchParams(SENT))).toBe(SENT.code);
  });

  it("of another request, or of none, is refused", () => {
    for (const state of ["other", "", `${request.state}x`]) {
      expect(refusal(plain(), new URLSearchParams({ ...SENT, state })).code).toBe("other-request");
    }
    expect(refusal(plain(), new URLSearchParams({ code: "c" })).code).toBe("other-request");
  });

  it("that says a thing twice is refused", () => {
    for (const name of ["state", "code"]) {
      const twice = new URLSearchParams(SENT);
      twice.append(name, twice.get(name) ?? "");
      expect(refusal(plain(), twice).message).toContain(`"${name}" twice`);
    }
  });

  it("of another issuer is refused, and one that names none is taken", () => {
    const issuer = "https://acme.example";
    const named = (iss: string) => new URLSearchParams({ ...SENT, iss });
    expect(acceptCallback(plain(issuer), request, named(issuer))).toBe(SENT.code);
    expect(acceptCallback(plain(issuer), request, new URLSearchParams(SENT))).toBe(SENT.code);
    expect(refusal(plain(issuer), named(`${issuer}/`)).code).toBe("other-issuer");
  });

  it("with an error says what the vendor said, on one line and without secrets", () => {
    const { state } = request;
    const back = { state, error: "invalid_scope", error_description: `bad\u001b[2J\n${SECRET} ${state}` };
    const fault = refusal(plain(), new URLSearchParams(back));
    expect(fault.code).toBe("callback-refused");
    expect(fault.message).toBe(
      'The site refused to let this app in (invalid_scope): "bad [hidden] [hidden]".',
    );
    expect(fault.hint).toContain(request.redirectUri);
    expect(fault.hint).toContain("--scopes");
  });

  it("without a code is refused", () => {
    expect(refusal(plain(), new URLSearchParams({ state: request.state })).code).toBe(
      "callback-without-code",
    );
  });
});

describe("a callback of Shopify's", () => {
  it("is signed as its documentation shows", () => {
    const signature = "700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf";
    expect(shopifySignature(new URLSearchParams(SENT), SECRET)).toBe(signature);
    expect(acceptCallback(parts(), request, new URLSearchParams({ ...SENT, hmac: signature }))).toBe(
      SENT.code,
    );
  });

  it("may hold more parameters than today, all of them signed", () => {
    const more = signed({ host: "YWRtaW4uc2hvcGlmeS5jb20=", another: "a b&c" });
    expect(acceptCallback(parts(), request, more)).toBe(SENT.code);
    more.set("another", "a b");
    expect(refusal(parts(), more).code).toBe("bad-signature");
  });

  it("with a signature of another app, or none, is refused", () => {
    expect(refusal(parts(), signed({}, "other secret"))).toMatchObject({ code: "bad-signature" });
    expect(refusal(parts(), new URLSearchParams(SENT)).code).toBe("bad-signature");
  });

  it("is good for 90 seconds, whichever clock is ahead", () => {
    const at = (seconds: number) => signed({ timestamp: String(NOW / 1000 + seconds) });
    for (const seconds of [-90, 90]) expect(acceptCallback(parts(), request, at(seconds))).toBe(SENT.code);
    for (const seconds of [-91, 91]) expect(refusal(parts(), at(seconds)).code).toBe("callback-too-old");
    expect(refusal(parts(), signed({ timestamp: "now" })).code).toBe("callback-too-old");
  });

  it("of another shop is refused, naming both, with and without a secret", () => {
    const fault = refusal(parts(), signed({ shop: "other.myshopify.com" }));
    expect(fault.code).toBe("other-shop");
    expect(fault.message).toContain("other.myshopify.com");
    expect(fault.message).toContain("some-shop.myshopify.com");
    const open = parts({ client: { id: "app" } });
    expect(acceptCallback(open, request, new URLSearchParams(SENT))).toBe(SENT.code);
    expect(refusal(open, new URLSearchParams({ ...SENT, shop: "other.myshopify.com" })).code).toBe(
      "other-shop",
    );
    for (const shop of ["some-shop.myshopify.com.evil.test", "evil.test", ""]) {
      expect(refusal(parts({ url: "https://evil.test" }), signed({ shop })).code).toBe("other-shop");
    }
  });

  it("of a sandbox on this machine names the sandbox, or a shop", () => {
    const sandbox = parts({ url: "http://127.0.0.1:4010" });
    for (const shop of ["127.0.0.1:4010", "sandbox.myshopify.com"]) {
      expect(acceptCallback(sandbox, request, signed({ shop }))).toBe(SENT.code);
    }
    expect(refusal(sandbox, signed({ shop: "evil.test" })).code).toBe("other-shop");
  });
});
