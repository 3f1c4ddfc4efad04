// What a browser brings back from a provider's consent page: untrusted until it is proven here.
import { createHmac } from "node:crypto";
import { Fault } from "../lib/fault.ts";
import { excerpt, redact } from "../lib/redact.ts";
import { equalTexts } from "./equal-texts.ts";
import type { AuthorizationRequest, OAuthParts } from "./oauth.ts";
import { isLoopback } from "./oauth-fetch.ts";

/**
 * The code of a callback. Throws `auth`: `declined`, `other-request` (another state), `other-issuer`, `callback-refused` (an error
 * of the provider's), `bad-signature`, `callback-too-old`, `other-shop`, `callback-without-code`.
 */
export function acceptCallback(
  parts: OAuthParts,
  request: AuthorizationRequest,
  parameters: URLSearchParams,
): string {
  if (!equalTexts(only(parameters, "state") ?? "", request.state)) throw otherRequest(parts);
  const issuer = only(parameters, "iss");
  if (parts.provider.issuer !== undefined && issuer !== undefined && issuer !== parts.provider.issuer) {
    throw refused(
      "other-issuer",
      "The browser came back from another provider than the one that was asked.",
      parts,
    );
  }
  const error = only(parameters, "error");
  if (error !== undefined) throw providerError(parts, request, error, only(parameters, "error_description"));
  if (parts.provider.signedCallback === "shopify") checkShopify(parts, parameters);
  const code = only(parameters, "code");
  if (code === undefined || code === "") {
    throw refused("callback-without-code", "The browser came back without a code.", parts);
  }
  return code;
}

/** No parameter may come twice (RFC 6749, section 3.1): which of them counts would be anybody's guess. */
function only(parameters: URLSearchParams, name: string): string | undefined {
  const values = parameters.getAll(name);
  if (values.length < 2) return values[0];
  throw new Fault("auth", `The browser came back with "${name}" twice.`, { code: "other-request" });
}

function otherRequest(parts: OAuthParts): Fault {
  return refused(
    "other-request",
    "The browser came back for another request than this one: its state is not ours.",
    parts,
  );
}

function refused(code: string, message: string, parts: OAuthParts): Fault {
  return new Fault("auth", message, {
    code,
    hint: `Close the browser's tab and begin again${again(parts)}.`,
  });
}

function again({ renew }: OAuthParts): string {
  return renew === undefined ? "" : `: ${renew}`;
}

function providerError(
  parts: OAuthParts,
  request: AuthorizationRequest,
  error: string,
  description: string | undefined,
): Fault {
  if (error === "access_denied") {
    return new Fault("auth", "The connection was declined in the browser.", {
      code: "declined",
      hint: `Nothing was changed. To ask again, type${again(parts) || " the command again"}`,
    });
  }
  const secrets = [request.state, request.verifier, parts.client.secret].filter((one) => one !== undefined);
  const clean = (text: string, length: number): string => excerpt(redact(text, secrets), length);
  const words = description === undefined || description === "" ? "" : `: "${clean(description, 200)}"`;
  const scopes =
    error === "invalid_scope"
      ? " Allow the scopes in the app's settings, or ask for fewer with --scopes."
      : "";
  return new Fault("auth", `The site refused to let this app in (${clean(error, 60)})${words}.`, {
    code: "callback-refused",
    hint: `Check the app's settings at the vendor, above all its redirect address ${request.redirectUri}.${scopes}`,
  });
}

const MAX_AGE_MS = 90_000;
const SHOP = /^[a-z0-9][a-z0-9_-]*\.(?:myshopify\.com|shopify\.com|myshopify\.io|shop\.dev)$/i;

/** Signed with the client's secret where the app has one, fresh, and for the shop that was asked. */
function checkShopify(parts: OAuthParts, parameters: URLSearchParams): void {
  const { secret } = parts.client;
  if (secret !== undefined) {
    if (!equalTexts(only(parameters, "hmac") ?? "", shopifySignature(parameters, secret))) {
      throw new Fault("auth", "The callback is not signed with this app's secret.", {
        code: "bad-signature",
        hint: "Compare client id and client secret with the app's page: they may be of two apps, or the secret was changed.",
      });
    }
    const sentAt = Number(only(parameters, "timestamp") ?? Number.NaN) * 1000;
    if (!(Math.abs(parts.clock.now() - sentAt) <= MAX_AGE_MS)) {
      throw new Fault("auth", "The callback is too old, or this machine's clock is wrong.", {
        code: "callback-too-old",
        hint: `A callback is good for ${MAX_AGE_MS / 1000} seconds. Check the clock of this machine, then begin again${again(parts)}.`,
      });
    }
  }
  checkShop(parts, only(parameters, "shop") ?? "");
}

/** Shopify's signature of a callback: hex of HMAC-SHA256 over the sorted parameters, `hmac` and `signature` left out. */
export function shopifySignature(parameters: URLSearchParams, secret: string): string {
  const signed = new URLSearchParams(parameters);
  signed.delete("hmac");
  signed.delete("signature");
  signed.sort();
  return createHmac("sha256", secret).update(signed.toString()).digest("hex");
}

function checkShop(parts: OAuthParts, shop: string): void {
  const own = new URL(parts.url);
  // A sandbox on this machine has no name of Shopify's.
  if (isLoopback(own) && (shop === own.host || SHOP.test(shop))) return;
  if (SHOP.test(shop) && shop.toLowerCase() === own.host) return;
  const named = shop === "" ? "no shop" : excerpt(shop, 80);
  throw new Fault("auth", `The browser came back from ${named}, but the connection is to ${own.host}.`, {
    code: "other-shop",
    hint: `In the browser, switch to the store ${own.host}, then begin again${again(parts)}.`,
  });
}
