import type { OAuthProvider } from "../../auth/provider.ts";
import type { Manifest } from "../contract.ts";

/** The contributed module Simple OAuth: https://www.drupal.org/project/simple_oauth */
const common = {
  token: "{url}/oauth/token",
  scopes: [],
  scopeSeparator: " ",
  client: "post",
  tokenBody: "form",
  redirect: { host: "127.0.0.1", port: 13388, path: "/auth/callback" },
} as const;

const code: OAuthProvider = { ...common, authorize: "{url}/oauth/authorize", pkce: true, rotates: true };
const own: OAuthProvider = { ...common, pkce: false, rotates: false };

const sentAs = { name: "authorization", scheme: "Bearer" } as const;

export const manifest: Manifest = {
  id: "drupal",
  title: "Drupal",
  docs: "docs/platforms/drupal.md",
  address: { label: "Address of the site", example: "https://www.example.com" },
  auth: [
    {
      type: "basic",
      id: "basic",
      title: "User name and password (core module HTTP Basic Authentication)",
      username: "User name",
      password: "Password",
    },
    {
      type: "oauth",
      id: "oauth",
      title: "Consent in the browser (module Simple OAuth)",
      grant: "code",
      provider: code,
      sentAs,
    },
    {
      type: "oauth",
      id: "app",
      title: "Client id and secret of a consumer (module Simple OAuth)",
      grant: "client-credentials",
      provider: own,
      sentAs,
    },
  ],
  settings: [
    {
      name: "format",
      label:
        "Text format of new bodies; where empty, the first of full_html and basic_html that the account may use",
      fallback: "",
    },
    {
      name: "languages",
      label: "Codes of the site's languages, as in `en, de`, where the account may not list them",
      fallback: "",
    },
    {
      name: "trees",
      label:
        "Vocabularies whose terms lie below others, as in `topics, areas`, though none does yet: there `A/B` is term B below A",
      fallback: "",
    },
    { name: "log", label: "What revisions say of how they came about", fallback: "ainstein-cms" },
  ],
  // No two hosts are alike; PHP does a few at a time.
  pace: { perSecond: Number.POSITIVE_INFINITY, concurrency: 4 },
  defaultKind: "article",
  load: async () => {
    const [{ open }, { codec }] = await Promise.all([import("./client.ts"), import("./codec.ts")]);
    return { codec, open };
  },
};
