import type { OAuthProvider } from "../../auth/provider.ts";
import type { Manifest } from "../contract.ts";

/** What articles, pages and files need. Products are asked for where `--scopes` says so. */
const SCOPES = [
  ...["read_content", "write_content", "read_online_store_pages", "write_online_store_pages"],
  ...["read_files", "write_files"],
];

const common = {
  token: "{url}/admin/oauth/access_token",
  scopes: SCOPES,
  scopeSeparator: ",",
  client: "post",
  tokenBody: "json",
  redirect: { host: "127.0.0.1", port: 13387, path: "/auth/callback" },
} as const;

/** A person consents; the token lives for an hour and is renewed. */
const code: OAuthProvider = {
  ...common,
  authorize: "{url}/admin/oauth/authorize",
  pkce: true,
  tokenParameters: { expiring: "1" },
  signedCallback: "shopify",
  rotates: true,
};

/** The app signs in by itself, on shops of its own organisation; the token lives for a day. */
const own: OAuthProvider = { ...common, pkce: false, rotates: false };

const sentAs = { name: "x-shopify-access-token" } as const;

export const manifest: Manifest = {
  id: "shopify",
  title: "Shopify",
  docs: "docs/platforms/shopify.md",
  address: { label: "Name of the shop, as in name.myshopify.com", example: "my-shop.myshopify.com" },
  auth: [
    { type: "oauth", id: "oauth", title: "Consent in the browser", grant: "code", provider: code, sentAs },
    {
      type: "oauth",
      id: "app",
      title: "Client id and secret of an app of your own organisation",
      grant: "client-credentials",
      provider: own,
      sentAs,
    },
    {
      type: "token",
      id: "token",
      title: "Token of an existing custom app",
      label: "Admin API access token",
      sentAs,
    },
  ],
  settings: [
    { name: "blog", label: "Handle of the blog for articles that name none", fallback: "" },
    { name: "author", label: "Author of articles that name none; the shop's name where empty", fallback: "" },
    {
      name: "allow",
      label: "What may be written besides articles and pages",
      values: ["none", "products"],
      fallback: "none",
    },
  ],
  // The plan decides about the numbers, and every answer tells them.
  pace: { perSecond: 100, burst: 2000, concurrency: 4, tells: { graphqlCost: true } },
  defaultKind: "article",
  load: async () => {
    const [{ open }, { codec }] = await Promise.all([import("./client.ts"), import("./codec.ts")]);
    return { codec, open };
  },
};
