// Who we are at a provider, by the kind of its sign-in. What signs with more than a text is loaded where it is needed.
import type { Clock } from "../lib/clock.ts";
import type {
  Authentication,
  ClientCredentials,
  Inputs,
  RequestTemplate,
  ServiceAccount,
} from "./provider.ts";
import type { Answered, Exchange, Signer } from "./service.ts";
import { demandText, type Filler } from "./template.ts";

export interface SignerParts {
  readonly inputs: Inputs;
  readonly filler: Filler;
  readonly clock: Clock;
  readonly exchange: Exchange;
  /** Asks for a token. */
  readonly ask: (request: RequestTemplate) => Promise<Answered>;
  /** The whole address of a base and path. */
  readonly addressOf: (token: ServiceAccount["token"]) => string;
}

export async function signerFor(authentication: Authentication, parts: SignerParts): Promise<Signer> {
  const { inputs, filler, clock, exchange, ask, addressOf } = parts;
  const text = (template: string) => demandText(template, inputs, "header", filler);
  switch (authentication.kind) {
    case "none":
    case "in-request":
      return { sign: async ({ headers }) => headers };
    case "bearer":
      return withHeader("authorization", `Bearer ${text(authentication.token)}`);
    case "basic":
      return withHeader("authorization", basic(text(authentication.user), text(authentication.password)));
    case "header":
      return withHeader(authentication.name.toLowerCase(), text(authentication.value));
    case "client-credentials": {
      const tokens = await import("./tokens.ts");
      return tokens.clientCredentials(authentication satisfies ClientCredentials, ask, clock);
    }
    case "service-account": {
      const tokens = await import("./tokens.ts");
      return tokens.serviceAccount(
        authentication,
        inputs,
        { url: addressOf(authentication.token), exchange },
        clock,
      );
    }
    case "sigv4":
      return (await import("./aws.ts")).sigV4(authentication, inputs, clock, filler);
  }
}

function withHeader(name: string, value: string): Signer {
  return { sign: async ({ headers }) => ({ ...headers, [name]: value }) };
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}
