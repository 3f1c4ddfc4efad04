// What is handed out for a service: a module for the client's own project, a snippet for its pages, and a guide.
import type { Action, Provider } from "../../services/provider.ts";
import { neededFields } from "../../services/send.ts";
import type { Signature } from "../../services/signed.ts";
import { type MadeSnippet, snippetOf } from "../../services/snippet.ts";
import { namesIn } from "../../services/template.ts";
import type { OutputFile } from "../answer.ts";
import { indirectWords } from "./direct.ts";
import { type Connecting, guideOf } from "./guide.ts";
import { moduleText, variableOf } from "./module.ts";

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
    ...(parts.module === undefined
      ? []
      : [{ path: module, text: moduleText(provider, parts.tells, wish.settings, verified) }]),
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
  readonly action: Action;
  /** Why the module leaves it to the receiver; undefined where it calls the provider itself. */
  readonly indirect: string | undefined;
}

function tellingOf(provider: Provider, { points, fields, settings }: ServiceWish): readonly Telling[] {
  return points.flatMap((point): Telling[] => {
    const action = likeliest(provider, point, settings);
    if (action === undefined) return [];
    const needs = neededFields(action);
    const sent = fields.length === 0 ? [] : [...new Set([...needs, ...fields])];
    const indirect = indirectWords(provider, action);
    return [{ point, title: action.title, needs, fields: sent, action, indirect }];
  });
}

/**
 * Of several things that could be done with a point, the one that what the task says is about: the first of those that lack
 * least. Secrets are there by the time it counts.
 */
function likeliest(
  { actions, fields }: Provider,
  point: string,
  settings: ServiceWish["settings"],
): Action | undefined {
  const given = new Set([
    ...fields.filter(({ secret }) => secret).map(({ name }) => name),
    ...Object.keys(settings),
  ]);
  const lacks = ({ when = [] }: Action): number => when.filter((name) => !given.has(name)).length;
  const those = actions.filter(({ points }) => points.some((each) => each === point));
  return those.find((action) => lacks(action) === Math.min(...those.map(lacks)));
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
