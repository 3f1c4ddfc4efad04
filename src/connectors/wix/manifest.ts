import type { OAuthProvider } from "../../auth/provider.ts";
import type { Manifest } from "../contract.ts";

/**
 * The app signs in by itself, for one site that has it installed; the token lives for four hours.
 * https://dev.wix.com/docs/rest/app-management/oauth-2/create-access-token
 */
const app: OAuthProvider = {
  token: "{url}/oauth2/token",
  scopes: [],
  scopeSeparator: " ",
  pkce: false,
  client: "post",
  tokenBody: "json",
  tokenSettings: { instance_id: "instance" },
  // Never used: there is no page for people.
  redirect: { host: "127.0.0.1", port: 13391, path: "/callback" },
  rotates: false,
};

export const manifest: Manifest = {
  id: "wix",
  title: "Wix",
  docs: "docs/platforms/wix.md",
  address: {
    label: "Address of Wix's interface (or the site's dashboard, as its address bar shows it)",
    example: "https://www.wixapis.com",
  },
  auth: [
    {
      type: "token",
      id: "api-key",
      title: "API key of the site's owner (Wix lets no program sign in through the browser)",
      label: "API key, from manage.wix.com/account/api-keys",
      // https://dev.wix.com/docs/rest/articles/getting-started/api-keys: without a scheme.
      sentAs: { name: "authorization" },
    },
    {
      type: "oauth",
      id: "app",
      title: "Id and secret of an app of yours that is installed on the site",
      grant: "client-credentials",
      provider: app,
      sentAs: { name: "authorization", scheme: "Bearer" },
    },
  ],
  settings: [
    { name: "site", label: "Id of the site, for an API key: manage.wix.com/dashboard/ID", fallback: "" },
    { name: "instance", label: "Id of the app's instance on the site, for an app", fallback: "" },
    {
      name: "author",
      label: "Member of the site, by nickname, slug or id, for posts that name no author",
      fallback: "",
    },
    {
      name: "collections",
      label: "Ids of the CMS collections that are kinds too, separated by commas",
      fallback: "",
    },
  ],
  // https://dev.wix.com/docs/rest/articles/getting-started/rate-limits: 200 in any minute, the first ones of a run among
  // them. Bursts are answered by an empty 403.
  pace: { perSecond: 190.5 / 60, burst: 8, concurrency: 4, tells: { emptyMeansTooFast: [403] } },
  defaultKind: "post",
  load: async () => {
    const [{ open }, { codec }] = await Promise.all([import("./client.ts"), import("./codec.ts")]);
    return { codec, open };
  },
};
