// Tokens that credentials are exchanged for. Kept in memory for as long as they are good, never stored.
import { createPrivateKey } from "node:crypto";
import { SignJWT } from "jose";
import { z } from "zod";
import type { Clock } from "../lib/clock.ts";
import { Fault } from "../lib/fault.ts";
import { isPage } from "./exchange.ts";
import type { ClientCredentials, Inputs, RequestTemplate, ServiceAccount } from "./provider.ts";
import type { Answered, Exchange, Signer } from "./service.ts";

/** A token is used until a minute before it ends; one whose end is not told, for five. */
const EARLY_MS = 60_000;
const UNTOLD_S = 360;

const granted = z.object({
  access_token: z.string().min(1).max(16_384),
  expires_in: z.coerce.number().positive().max(31_536_000).catch(UNTOLD_S),
});

/** OAuth 2.0 client credentials (RFC 6749, 4.4). One sign-in at a time; a token that is refused is not used again. */
export function clientCredentials(
  auth: ClientCredentials,
  ask: (request: RequestTemplate) => Promise<Answered>,
  clock: Clock,
): Signer {
  return tokenSigner(() => ask(auth.token), clock);
}

const keyFile = z.object({
  client_email: z.string().min(3),
  private_key: z.string().includes("PRIVATE KEY"),
  private_key_id: z.string().optional(),
});

/** Google's service accounts (https://developers.google.com/identity/protocols/oauth2/service-account). `to.url`: where the assertion goes. */
export function serviceAccount(
  auth: ServiceAccount,
  inputs: Inputs,
  to: { readonly url: string; readonly exchange: Exchange },
  clock: Clock,
): Signer {
  const file = keyFileOf(inputs.values[auth.field] ?? "", auth.field);
  const signIn = async (): Promise<Answered> => {
    const now = Math.floor(clock.now() / 1000);
    const assertion = await new SignJWT({ scope: auth.scope })
      .setProtectedHeader({
        alg: "RS256",
        typ: "JWT",
        ...(file.private_key_id === undefined ? {} : { kid: file.private_key_id }),
      })
      .setIssuer(file.client_email)
      .setAudience(to.url)
      .setIssuedAt(now)
      .setExpirationTime(now + 3600)
      .sign(file.key);
    const form = new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion,
    });
    return to.exchange({
      method: "POST",
      url: new URL(to.url),
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: Buffer.from(form.toString(), "utf8"),
      repeatable: true,
    });
  };
  return tokenSigner(signIn, clock);
}

function keyFileOf(text: string, field: string) {
  try {
    const file = keyFile.parse(JSON.parse(text));
    return { ...file, key: createPrivateKey(file.private_key) };
  } catch {
    // The cause would quote the key.
    throw new Fault("usage", `${field} is no key file of a service account.`, {
      code: "services.malformed-value",
      hint: "Give the whole JSON file that Google Cloud made for it, with client_email and private_key.",
    });
  }
}

interface Token {
  readonly text: string;
  readonly until: number;
}

function tokenSigner(signIn: () => Promise<Answered>, clock: Clock): Signer {
  let token: Token | undefined;
  let coming: Promise<Answered> | undefined;
  const fetchToken = (): Promise<Answered> => {
    coming ??= signIn()
      .then((answered) => {
        const read = granted.safeParse(answered.payload);
        token =
          answered.status === 200 && read.success
            ? { text: read.data.access_token, until: clock.now() + read.data.expires_in * 1000 - EARLY_MS }
            : undefined;
        return answered;
      })
      .finally(() => {
        coming = undefined;
      });
    return coming;
  };
  return {
    async sign({ headers }) {
      if (token === undefined || clock.now() >= token.until) {
        const answered = await fetchToken();
        if (token === undefined) throw refused(answered);
      }
      return { ...headers, authorization: `Bearer ${token.text}` };
    },
    // A new one may be good where this one was ended at the provider; one that is refused at once is not asked for again.
    async renew() {
      if (token === undefined) return false;
      token = undefined;
      await fetchToken();
      return token !== undefined;
    },
    signIn: fetchToken,
  };
}

/** The provider's own words are masked where this is told: they may repeat what was sent. */
function refused(answered: Answered): Fault {
  const { status, payload } = answered;
  const said = z.object({ error: z.string(), error_description: z.string().optional() }).safeParse(payload);
  const words = said.success ? `: ${said.data.error_description ?? said.data.error}` : "";
  if (status >= 500 || isPage(answered) || (status < 400 && !said.success)) {
    return new Fault("unavailable", `the sign-in was answered ${status} without a token${words}`, {
      code: "services.no-token",
      httpStatus: status,
    });
  }
  return new Fault("auth", `the sign-in was refused with ${status}${words}`, {
    code: "services.sign-in-refused",
    httpStatus: status,
    hint: "Check that id and secret belong together, and to the mode (live or test) that is meant.",
  });
}
