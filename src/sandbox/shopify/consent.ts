// Shopify's words on the pages for people.
import { consentPage as consentForm, type Shown, frontPage as sandboxPage, text } from "../pages.ts";
import { withoutImplied } from "./context.ts";
import type { AuthorizeRequest } from "./oauth.ts";

export const PLATFORM = "Shopify";

const MEANS: Readonly<Record<string, string>> = {
  content: "blog articles and pages",
  files: "files",
  online_store_pages: "pages of the online store",
  products: "products",
};

/** `query` is the request as it came. */
export function consentPage(request: AuthorizeRequest, shop: string, query: string): string {
  return consentForm(PLATFORM, {
    title: "Install app",
    question: `Let this app into ${shop}?`,
    clientId: request.clientId,
    scopes: withoutImplied(request.scopes).map(
      (scope) => `${text(meaning(scope))} <code class="soft">${text(scope)}</code>`,
    ),
    action: "/admin/oauth/authorize",
    request: query,
    yes: "Install app",
    redirectUri: request.redirectUri,
  });
}

/** `visible` is oldest first. */
export function frontPage(shop: string, visible: readonly Shown[], assumed: readonly string[]): string {
  const about =
    "The Admin interface is below <code>/admin/api/</code>: connect ainstein-cms to this address.";
  const intro = "Requests are held to Shopify's own schema. Where its documents are silent:";
  return sandboxPage(PLATFORM, shop, about, visible, { intro, points: assumed });
}

function meaning(scope: string): string {
  const [, verb, what = ""] = /^(read|write)_(.+)$/.exec(scope) ?? [];
  const means = MEANS[what];
  if (means === undefined) return "Something this sandbox does not have";
  return verb === "read" ? `Read ${means}` : `Read and change ${means}`;
}
