import { z } from "zod";
import type { OAuthProvider } from "../../src/auth/provider.ts";
import type { Account, Connector, ConnectorModule, Manifest } from "../../src/connectors/contract.ts";

const sentAs = { name: "authorization", scheme: "Bearer" };

/** A platform that can do nothing but sign in, in each of the ways that tokens come. */
export function oauthPlatform(provider: OAuthProvider): Manifest {
  return {
    id: "tokens",
    title: "Tokens",
    docs: "platforms/tokens.md",
    address: { label: "Address", example: "https://site.test" },
    auth: [
      { type: "oauth", id: "oauth", title: "Consent", grant: "code", provider, sentAs },
      {
        type: "oauth",
        id: "client-credentials",
        title: "App",
        grant: "client-credentials",
        provider,
        sentAs,
      },
      { type: "token", id: "token", title: "Token", label: "Access token", sentAs },
    ],
    settings: [],
    pace: { perSecond: Number.POSITIVE_INFINITY },
    defaultKind: "post",
    load: async () => module,
  };
}

const module = {
  open: ({ url, http }) =>
    ({
      whoami: async (): Promise<Account> => {
        const decode = (payload: unknown) => z.object({ name: z.string() }).parse(payload).name;
        const { value: name } = await http.send({ method: "GET", path: "/me", repeatable: true, decode });
        return {
          ...{ id: "1", name, roles: ["app"], site: url, siteTitle: "Shop", siteUrl: url, timezone: "UTC" },
          ...{ software: "tokens", may: ["read"], notices: [] },
        };
      },
    }) as Partial<Connector> as Connector,
} as Partial<ConnectorModule> as ConnectorModule;
