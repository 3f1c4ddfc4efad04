// Snippets for the client's own pages, filled in; and whether a page holds one.
import { Fault } from "../lib/fault.ts";
import type { Provider } from "./provider.ts";
import { demandText } from "./template.ts";

export interface MadeSnippet {
  readonly html: string;
  readonly csp: string;
  readonly consent: string;
}

/** `{nonce}` stays where the page puts its own. Undefined for a provider without one. Throws `invalid` for a missing value. */
export function snippetOf(
  { title, snippet, rules = {} }: Provider,
  values: Readonly<Record<string, string>>,
): MadeSnippet | undefined {
  if (snippet === undefined) return undefined;
  const inputs = { values, mode: "unknown", named: { nonce: "{nonce}" } } as const;
  // Ids are letters, digits and hyphens: what is safe within a script's text is so within HTML.
  const html = demandText(snippet.html, inputs, "script", { title, rules });
  return { html, csp: snippet.csp, consent: snippet.consent };
}

/** Whether a page that was fetched has the snippet with these ids. Throws `usage` for a provider without one. */
export function hasSnippet(
  { title, snippet }: Provider,
  html: string,
  values: Readonly<Record<string, string>>,
): boolean {
  if (snippet !== undefined) return snippet.found(html, values);
  throw new Fault("usage", `${title} has no snippet for pages.`, { code: "services.no-snippet" });
}
