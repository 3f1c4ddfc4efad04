// The module of one service for the client's own project: calls it, hands over to the receiver, verifies what it tells.
import { readFileSync } from "node:fs";
import type { Provider } from "../../services/provider.ts";
import { schemeOf } from "../../services/signature.ts";
import type { Signature, SignedDelivery } from "../../services/signed.ts";
import { literal } from "../api/literal.ts";
import { TEMPLATES } from "../templates.ts";
import { type Doing, directText } from "./direct.ts";
import type { Telling } from "./files.ts";

/** Of the environment, what a field of the provider is read from. */
export function variableOf({ id }: Provider, field: string): string {
  return `${id}_${field}`.replaceAll("-", "_").toUpperCase();
}

/** Whether it happens at the client's own site, whose word the receiver takes for it. */
export function isTold(point: string): boolean {
  return ["form_submission", "user_registration", "checkout"].includes(point);
}

const CRYPTO = ["createHash", "createHmac", "createPublicKey", "randomUUID", "timingSafeEqual", "verify"];

/** `verified`: the template that verifies its deliveries; undefined where only the receiver can. */
export function moduleText(
  provider: Provider,
  tells: readonly Telling[],
  settings: Readonly<Record<string, string>>,
  verified: string | undefined,
): string {
  const body = [
    ...pointsText(provider, tells),
    ...callingText(provider, tells, settings),
    ...(tells.some(({ point }) => isTold(point))
      ? ["// Told by way of the receiver, which keeps what it is handed.", template("send.js")]
      : []),
    ...verifyingText(provider, settings, verified),
  ].join("\n\n");
  const used = CRYPTO.filter((name) => new RegExp(`\\b${name}\\(`).test(body));
  return `// ${provider.title}, for this project's own code. Node.js 20 or later; it needs no package. See documentation/integration-guide.md.
import { ${used.join(", ")} } from "node:crypto";

${body}
`;
}

function pointsText({ title }: Provider, tells: readonly Telling[]): readonly string[] {
  if (tells.length === 0) return [];
  const points = Object.fromEntries(tells.map(({ point, needs, fields }) => [point, { needs, fields }]));
  return [
    `const SERVICE = ${JSON.stringify(title)};`,
    `/** What it is told of: the fields that must be there, and those that are sent (all where none is named). */
const POINTS = ${literal(points)};`,
    template("fields.js"),
  ];
}

function callingText(
  provider: Provider,
  tells: readonly Telling[],
  settings: Readonly<Record<string, string>>,
): readonly string[] {
  const doings = doingsOf(tells);
  if (doings.length === 0) return [];
  return [
    "// Called directly: nothing is kept, and what fails is for whoever calls to repeat.",
    directText(provider, doings, settings, (field) => variableOf(provider, field)),
  ];
}

/** What the module does by itself: points that the same is done with, together. */
export function doingsOf(tells: readonly Telling[]): readonly Doing[] {
  const direct = tells.filter(({ indirect }) => indirect === undefined);
  return [...new Set(direct.map(({ action }) => action))].map((action) => {
    const those = direct.filter((telling) => telling.action === action);
    return { action, points: those.map(({ point }) => point), needs: those[0]?.needs ?? [] };
  });
}

function verifyingText(
  provider: Provider,
  settings: Readonly<Record<string, string>>,
  verified: string | undefined,
): readonly string[] {
  const { signature } = provider;
  if (verified === undefined || signature === undefined) return [];
  return [
    "// What it tells.",
    `const SECRET_VARIABLE = ${JSON.stringify(variableOf(provider, signature.secret))};`,
    `const SIGNATURE = ${literal(signatureData(signature, settings))};`,
    template(verified),
  ];
}

/** Of a signature what verifying goes by; which events there are in a delivery is the receiver's matter. */
function signatureData(signature: Signature, settings: Readonly<Record<string, string>>): object {
  const scheme = signature.kind === "signed" ? withoutVersions(schemeOf(signature, settings)) : signature;
  const { event: _event, secret: _secret, ...rest } = scheme;
  return rest;
}

function withoutVersions({ versions: _versions, ...scheme }: SignedDelivery): SignedDelivery {
  return scheme;
}

function template(name: string): string {
  return readFileSync(new URL(`services/${name}`, TEMPLATES), "utf8").trim();
}
