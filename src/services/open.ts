// A provider's data and somebody's values, made into a service.

import { createExchange } from "./exchange.ts";
import { createHooks } from "./hooks.ts";
import { withPage } from "./page.ts";
import { prove } from "./prove.ts";
import type { Inputs, Provider, RequestTemplate } from "./provider.ts";
import { type Asker, ask, buildRequest } from "./request.ts";
import { send } from "./send.ts";
import type { Opened, OpenParts, Signer } from "./service.ts";
import { signerFor } from "./signers.ts";
import { BASE_URL, checkedValues, modeOf, secretTexts } from "./values.ts";

/** Sends nothing yet. Throws `usage` for values that are missing or of another form. */
export async function openService(
  provider: Provider,
  given: Readonly<Record<string, string>>,
  parts: OpenParts,
): Promise<Opened> {
  const values = checkedValues(provider, given);
  const mode = modeOf(provider, values);
  if (provider.driver !== undefined) {
    const driver = await provider.driver();
    return { provider, mode, ...driver.open(values, mode, parts) };
  }
  const { asker, inputs, hidden } = askerOf(provider, values, parts);
  const { webhooks } = provider;
  const byRequest =
    webhooks.kind === "api" && (webhooks.when ?? []).every((name) => (values[name] ?? "") !== "");
  return {
    provider,
    mode,
    prove: async () => withPage(await prove(asker, inputs, hidden), asker, inputs, hidden),
    send: (occurrence) =>
      send({ asker, values, mode, fields: parts.fields ?? [], now: parts.clock.now, hidden }, occurrence),
    ...(byRequest ? { hooks: createHooks(webhooks, asker, inputs, hidden) } : {}),
    close: async () => {},
  };
}

export interface AskerParts {
  readonly asker: Asker;
  readonly inputs: Inputs;
  /** Secrets, tokens that were given meanwhile among them. */
  readonly hidden: () => readonly string[];
}

/** What sends the provider's requests with values that were checked. Signs in once for each kind of sign-in. */
export function askerOf(
  provider: Provider,
  values: Readonly<Record<string, string>>,
  parts: OpenParts,
): AskerParts {
  const inputs: Inputs = { values, mode: modeOf(provider, values) };
  const filler = {
    title: provider.title,
    ...(provider.rules === undefined ? {} : { rules: provider.rules }),
  };
  const tokens: string[] = [];
  const hidden = () => [...secretTexts(provider, values), ...tokens];
  const exchange = createExchange(provider, parts, hidden, values[BASE_URL]);
  const signers = new Map<unknown, Promise<Signer>>();
  const asker: Asker = {
    provider,
    filler,
    exchange: async (asking) => {
      const answered = await exchange(asking);
      noteTokens(answered.payload, tokens);
      return answered;
    },
    signerOf: (template) => {
      const authentication = template.authentication ?? provider.authentication;
      let signer = signers.get(authentication);
      if (signer === undefined) {
        signer = signerFor(authentication, {
          inputs,
          filler,
          clock: parts.clock,
          exchange: asker.exchange,
          ask: (request) => ask(asker, request, inputs, { repeatable: true }),
          addressOf: ({ base, path }) => addressOf(asker, { method: "POST", base, path }, inputs),
        });
        signers.set(authentication, signer);
      }
      return signer;
    },
  };
  return { asker, inputs, hidden };
}

function addressOf(asker: Asker, template: RequestTemplate, inputs: Inputs): string {
  return buildRequest(asker, template, inputs).url.href;
}

/** Tokens are secrets as soon as they are there: no trace may show them. */
function noteTokens(payload: unknown, tokens: string[]): void {
  if (typeof payload !== "object" || payload === null || !("access_token" in payload)) return;
  const { access_token: token } = payload;
  if (typeof token === "string" && !tokens.includes(token)) tokens.push(token);
}
