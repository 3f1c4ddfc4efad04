import type { OAuthProvider } from "../../auth/provider.ts";
import type { Manifest } from "../contract.ts";

/** https://developers.webflow.com/data/reference/scopes */
const SCOPES = [...["sites:read", "sites:write", "cms:read", "cms:write", "assets:read", "assets:write"]];

/** https://developers.webflow.com/data/reference/oauth-app: no PKCE, and tokens that do not end. */
const provider: OAuthProvider = {
  authorize: "https://webflow.com/oauth/authorize",
  token: "https://api.webflow.com/oauth/access_token",
  scopes: SCOPES,
  scopeSeparator: " ",
  pkce: false,
  client: "post",
  tokenBody: "json",
  // Webflow's own guide registers an address at localhost; it takes no other without encryption.
  redirect: { host: "localhost", port: 13388, path: "/auth/callback" },
  rotates: false,
};

const sentAs = { name: "authorization", scheme: "Bearer" } as const;

export const manifest: Manifest = {
  id: "webflow",
  title: "Webflow",
  docs: "docs/platforms/webflow.md",
  address: { label: "Address of the site, or its name in Webflow", example: "my-site.webflow.io" },
  auth: [
    {
      type: "token",
      id: "token",
      title: "API token of the site",
      label: "Site token (Site settings > Apps & integrations > API access)",
      sentAs,
    },
    {
      type: "oauth",
      id: "oauth",
      title: "Consent in the browser, with an app",
      grant: "code",
      provider,
      sentAs,
    },
  ],
  settings: [
    { name: "kind", label: "Collection of documents that name none, by its slug", fallback: "" },
    {
      name: "codeBlocks",
      label: "What becomes of code blocks, which Webflow's rich text does not keep",
      values: ["refuse", "embed"],
      fallback: "refuse",
    },
    {
      name: "sitePublish",
      label: "Whether the whole site may be published, where Webflow publishes no single items otherwise",
      values: ["never", "needed"],
      fallback: "never",
    },
  ],
  // 60 in a minute on the smaller plans, 120 on the others, as every answer says.
  pace: { perSecond: 1, window: 60, limitTold: true, concurrency: 2 },
  defaultKind: "post",
  load: async () => {
    const [{ open }, { codec }] = await Promise.all([import("./client.ts"), import("./codec.ts")]);
    return { codec, open };
  },
};
