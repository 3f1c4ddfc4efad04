// What is handed out for a service: a module for the client's own project, a snippet for its pages, and a guide.
import { readFileSync } from "node:fs";
import type { Provider, Signature } from "../../services/provider.ts";
import { actionFor, neededFields } from "../../services/send.ts";
import { type MadeSnippet, snippetOf } from "../../services/snippet.ts";
import { namesIn } from "../../services/template.ts";
import type { OutputFile } from "../answer.ts";
import { literal } from "../api/literal.ts";
import { TEMPLATES } from "../templates.ts";
import { type Connecting, guideOf } from "./guide.ts";

/** What a connection is told of: what a task says. */
export interface ServiceWish {
  /** Of the connection. */
  readonly name: string;
  readonly points: readonly string[];
  /** Besides those that an action needs; all where empty. */
  readonly fields: readonly string[];
  /** What is no secret. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Below `services/`, and the guide. Equal data give equal files; none of them holds a secret. */
export function serviceFiles(provider: Provider, wish: ServiceWish): readonly OutputFile[] {
  const snippet = snippetFor(provider, wish);
  const told = tellingOf(provider, wish);
  const verified = verifyingOf(provider.signature);
  const module = `services/${provider.id}-integration.js`;
  const page = `services/${provider.id}-snippet.html`;
  const parts: Connecting = {
    ...(told.length + (verified === undefined ? 0 : 1) > 0 ? { module } : {}),
    ...(snippet === undefined ? {} : { snippet: { ...snippet, path: page } }),
    tells: told,
    ...(provider.signature === undefined || verified === undefined
      ? {}
      : { secretVariable: variableOf(provider, provider.signature.secret) }),
  };
  return [
    ...(parts.module === undefined ? [] : [{ path: module, text: moduleText(provider, parts, verified) }]),
    ...(snippet === undefined ? [] : [{ path: page, text: `${snippet.html.trim()}\n` }]),
    { path: "documentation/integration-guide.md", text: guideOf(provider, wish, parts) },
  ];
}

/** One point: what the service does about it, and what it is sent. */
export interface Telling {
  readonly point: string;
  readonly title: string;
  readonly needs: readonly string[];
  /** All where empty. */
  readonly fields: readonly string[];
}

function tellingOf(provider: Provider, { points, fields, settings }: ServiceWish): readonly Telling[] {
  return points.flatMap((point): Telling[] => {
    const action = actionFor(provider, point, withAll(provider, settings));
    if (action === undefined) return [];
    const needs = neededFields(action);
    const sent = fields.length === 0 ? [] : [...new Set([...needs, ...fields])];
    return [{ point, title: action.title, needs, fields: sent }];
  });
}

/** What is asked for at the prompt is there by the time it counts. */
function withAll({ fields }: Provider, settings: ServiceWish["settings"]): Readonly<Record<string, string>> {
  return { ...Object.fromEntries(fields.map(({ name }) => [name, name])), ...settings };
}

function snippetFor(provider: Provider, { settings }: ServiceWish): MadeSnippet | undefined {
  const { snippet, fields, rules = {} } = provider;
  if (snippet === undefined) return undefined;
  const usual = fields.flatMap(({ name, default: text }) => (text === undefined ? [] : [[name, text]]));
  const values = { ...Object.fromEntries(usual), ...settings };
  const isThere = namesIn(snippet.html).every(
    ({ name }) => name === "nonce" || Object.hasOwn(values, name) || Object.hasOwn(rules, name),
  );
  return isThere ? snippetOf(provider, values) : undefined;
}

/** The template that verifies such deliveries. Undefined where that takes more than a key and the delivery. */
function verifyingOf(signature: Signature | undefined): string | undefined {
  if (signature === undefined) return undefined;
  if (signature.kind !== "signed") return "verify-shared.js";
  return signature.key === "certificate" ? undefined : "verify-signed.js";
}

export function variableOf({ id }: Provider, field: string): string {
  return `${id}_${field}`.replaceAll("-", "_").toUpperCase();
}

const CRYPTO = ["createHash", "createHmac", "createPublicKey", "randomUUID", "timingSafeEqual", "verify"];

function moduleText(provider: Provider, parts: Connecting, verified: string | undefined): string {
  const { title, signature } = provider;
  const pointsData = Object.fromEntries(
    parts.tells.map(({ point, needs, fields }) => [point, { needs, fields }]),
  );
  const telling =
    parts.tells.length === 0
      ? []
      : [
          `const SERVICE = ${JSON.stringify(title)};`,
          `/** What it is told of: the fields that must be there, and those that are sent (all where none is named). */`,
          `const POINTS = ${literal(pointsData)};`,
          template("send.js"),
        ];
  const verifying =
    verified === undefined || signature === undefined
      ? []
      : [
          `const SECRET_VARIABLE = ${JSON.stringify(parts.secretVariable)};`,
          `const SIGNATURE = ${literal(signatureData(signature))};`,
          template(verified),
        ];
  const body = [...telling, ...verifying].join("\n\n");
  const used = CRYPTO.filter((name) => new RegExp(`\\b${name}\\(`).test(body));
  return `// ${title}, for this project's own code. Node.js 20 or later; it needs no package. See documentation/integration-guide.md.
import { ${used.join(", ")} } from "node:crypto";

${body}
`;
}

/** Of a signature what verifying goes by; which events there are in a delivery is the receiver's matter. */
function signatureData(signature: Signature): object {
  const { event: _event, secret: _secret, ...rest } = signature;
  return rest;
}

function template(name: string): string {
  return readFileSync(new URL(`services/${name}`, TEMPLATES), "utf8").trim();
}
