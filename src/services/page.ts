// Whether the client's own page holds a provider's snippet: no answer of the provider tells that.
import { asFault } from "../lib/fault.ts";
import type { Field, Inputs } from "./provider.ts";
import type { Asker } from "./request.ts";
import type { Verdict } from "./service.ts";
import { hasSnippet } from "./snippet.ts";
import { cleanWords } from "./words.ts";

/** For providers with a snippet. */
export const PAGE_URL: Field = {
  name: "page_url",
  title: "Page with the snippet",
  secret: false,
  need: "optional",
  format: { pattern: /^https:\/\/[^\s/@]+(?:\/\S*)?$/, words: "an address that begins with https://" },
  where: "A page of the site that anybody may read. Each check looks whether the snippet is in its HTML.",
};

interface Look {
  readonly seen: string;
  readonly hint?: string;
}

/**
 * The verdict with what the page says under `details.page`, where a page is named. It changes no verdict: a snippet that
 * is there proves neither its ids nor any credential. The provider's own hint stays.
 */
export async function withPage(
  verdict: Verdict,
  asker: Asker,
  inputs: Inputs,
  hidden: () => readonly string[],
): Promise<Verdict> {
  const { [PAGE_URL.name]: address = "" } = inputs.values;
  if (asker.provider.snippet === undefined || address === "") return verdict;
  const { seen, hint } = await look(address, asker, inputs, hidden);
  return {
    ...verdict,
    details: { ...verdict.details, page: seen },
    ...(verdict.hint === undefined && hint !== undefined ? { hint } : {}),
  };
}

async function look(
  address: string,
  { provider, exchange }: Asker,
  { values }: Inputs,
  hidden: () => readonly string[],
): Promise<Look> {
  try {
    // Nobody is signed in: it is read as a visitor reads it.
    const { status, headers, payload } = await exchange({
      method: "GET",
      url: new URL(address),
      headers: { accept: "text/html" },
      body: undefined,
      repeatable: true,
    });
    if (status >= 300 && status < 400) {
      return {
        seen: `not read: ${status}, it is elsewhere`,
        hint: `Give the address where ${PAGE_URL.name} ends${elsewhere(headers.location, address)}.`,
      };
    }
    if (status !== 200 || typeof payload !== "string") {
      return { seen: `not read: ${status}, no page`, hint: `Look at ${PAGE_URL.name} in a browser.` };
    }
    if (hasSnippet(provider, payload, values)) return { seen: "the snippet is in its HTML" };
    return {
      seen: "the snippet with these ids is not in its HTML",
      hint: "Put the snippet into the page; one that scripts or a tag manager bring in is not seen here.",
    };
  } catch (thrown) {
    const fault = asFault(thrown);
    if (fault.kind === "defect") throw fault;
    return { seen: `not read: ${cleanWords(fault.message, hidden())}` };
  }
}

function elsewhere(location: string | undefined, from: string): string {
  return location !== undefined && URL.canParse(location, from) ? `: ${new URL(location, from).href}` : "";
}
