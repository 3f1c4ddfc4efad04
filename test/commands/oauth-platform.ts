import { z } from "zod";
import type { OAuthProvider, TokenSet } from "../../src/auth/provider.ts";
import { createVault, type Vault } from "../../src/auth/vault.ts";
import type { Account, Connector, ConnectorModule, Manifest } from "../../src/connectors/contract.ts";
import { putConnection } from "../../src/store/connections.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { memoryKeychain } from "../auth/memory-keychain.ts";
import type { TokenSite } from "../auth/token-site.ts";
import type { Operator } from "./operator.ts";

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

const HOUR = 3_600_000;
export const KEY = Buffer.alloc(32, 7).toString("base64");

/** What another process of the installation would see. */
export async function inside<T>(
  { home }: Operator,
  work: (store: Store, vault: Vault) => Promise<T>,
): Promise<T> {
  const store = openStore(home);
  const env = { AINSTEIN_KEY: KEY };
  const vault = createVault({ store: () => store, env, keychain: memoryKeychain(), notice: () => {} });
  try {
    return await work(store, vault);
  } finally {
    vault.close();
    store.close();
  }
}

/** A connection `shop` by consent, as if a person had given it. */
export async function consented(
  operator: Operator,
  site: TokenSite,
  more: Partial<TokenSet> = {},
): Promise<void> {
  const now = Date.now();
  const tokens = { ...site.signIn(), obtainedAt: now, expiresAt: now + HOUR, scopes: ["write"], ...more };
  await inside(operator, async (store, vault) => {
    const secrets = {
      client: JSON.stringify({ id: "app", secret: "app-secret" }),
      tokens: JSON.stringify(tokens),
      headers: JSON.stringify({ "x-guard": "guard-secret" }),
    };
    await vault.replace({ shop: secrets }, () =>
      putConnection(store, {
        ...{ name: "shop", platform: "tokens", url: site.url, auth: "oauth", settings: {} },
        ...{ site: site.url, siteTitle: "Shop", account: "/me" },
        ...{ createdAt: "2026-01-01T00:00:00.000Z", checkedAt: "2026-01-01T00:00:00.000Z" },
      }),
    );
  });
}
