// Requests as the provider's data has them: addressed, filled in, signed, sent.
import { Fault } from "../lib/fault.ts";
import type { Base, Idempotency, Inputs, Provider, RequestTemplate } from "./provider.ts";
import type { Answered, Exchange, Signer, Unsigned } from "./service.ts";
import { demandText, type Filler, fillJson, fillMembers, fillText } from "./template.ts";

/** What sends a request; `signerOf` gives who we are for it. */
export interface Asker {
  readonly provider: Provider;
  readonly filler: Filler;
  readonly exchange: Exchange;
  readonly signerOf: (template: RequestTemplate) => Promise<Signer>;
}

/** Sent, and once more with newer credentials after a 401, which did nothing. */
export async function ask(
  asker: Asker,
  template: RequestTemplate,
  inputs: Inputs,
  { repeatable, idempotency }: { readonly repeatable: boolean; readonly idempotency?: Idempotency },
): Promise<Answered> {
  const unsigned = buildRequest(asker, template, inputs, idempotency);
  const signer = await asker.signerOf(template);
  const send = async () => asker.exchange({ ...unsigned, headers: await signer.sign(unsigned), repeatable });
  const answered = await send();
  if (answered.status !== 401 || (await signer.renew?.()) !== true) return answered;
  return send();
}

/** Throws `invalid` where something that it needs is not there. */
export function buildRequest(
  { provider, filler }: Pick<Asker, "provider" | "filler">,
  template: RequestTemplate,
  inputs: Inputs,
  idempotency?: Idempotency,
): Unsigned {
  const url = new URL(addressOf(provider, template, inputs, filler));
  for (const [name, text] of Object.entries(fillMembers(template.query ?? {}, inputs, "raw", filler))) {
    url.searchParams.append(name, text);
  }
  const { body, type } = bodyOf(template, inputs, filler, idempotency);
  const headers: Record<string, string> = {
    ...(type === undefined ? {} : { "content-type": type }),
    ...lowerNames(provider.headers ?? {}),
    ...(provider.version?.header === undefined
      ? {}
      : { [provider.version.header.toLowerCase()]: provider.version.value }),
    ...lowerNames(fillMembers(template.headers ?? {}, inputs, "header", filler)),
  };
  if (idempotency?.kind === "header") {
    headers[idempotency.name.toLowerCase()] = demandText(idempotency.value, inputs, "header", filler);
  }
  return { method: template.method, url, path: template.path, headers, body };
}

function lowerNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function addressOf(provider: Provider, template: RequestTemplate, inputs: Inputs, filler: Filler): string {
  const { base: name = "api", path } = template;
  const base = baseOf(provider, name, inputs);
  const whole = /^\{[a-z_]+\}$/.test(base);
  const address = demandText(base, inputs, whole ? "raw" : "host", filler).replace(/\/+$/, "");
  if (!URL.canParse(address)) {
    throw new Fault("usage", `The address of ${provider.title} that was given is none.`, {
      code: "services.malformed-value",
      hint: "Give it whole, with https:// in front.",
    });
  }
  return address + demandText(path, inputs, "path", filler);
}

function baseOf({ id, bases }: Provider, name: string, inputs: Inputs): string {
  const base: Base | undefined = bases[name];
  if (typeof base === "string") return base;
  const key = base?.by === "mode" ? inputs.mode : inputs.values[base?.by ?? ""];
  const found = base?.at[key ?? ""];
  if (found !== undefined) return found;
  throw new Fault("usage", `${id} has no address for ${base?.by ?? name} ${JSON.stringify(key ?? "")}.`, {
    code: "services.malformed-value",
    hint:
      base === undefined ? "This is a fault of its data." : `There are: ${Object.keys(base.at).join(", ")}.`,
  });
}

interface Encoded {
  readonly body: Uint8Array | undefined;
  readonly type: string | undefined;
}

function bodyOf(
  template: RequestTemplate,
  inputs: Inputs,
  filler: Filler,
  idempotency?: Idempotency,
): Encoded {
  const { body } = template;
  if (body === undefined) return { body: undefined, type: undefined };
  const key =
    idempotency?.kind === "body"
      ? { [idempotency.member]: fillText(idempotency.value, inputs, "raw", filler) }
      : {};
  if ("form" in body) {
    const form = new URLSearchParams({ ...fillMembers(body.form, inputs, "raw", filler), ...withText(key) });
    return { body: Buffer.from(form.toString(), "utf8"), type: "application/x-www-form-urlencoded" };
  }
  const filled = fillJson(body.json, inputs, filler) ?? {};
  const json = Object.keys(key).length === 0 ? filled : { ...key, ...(filled as object) };
  return { body: Buffer.from(JSON.stringify(json), "utf8"), type: "application/json" };
}

function withText(members: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, text]): [string, string][] =>
      text === undefined ? [] : [[name, text]],
    ),
  );
}
