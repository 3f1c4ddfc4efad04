// A process that writes documents to a site whose tokens expire as it goes.
import { argv, stdout } from "node:process";
import { refreshTokens } from "../../src/auth/oauth.ts";
import { createTokenFetch } from "../../src/auth/oauth-fetch.ts";
import type { OAuthProvider } from "../../src/auth/provider.ts";
import { openSession } from "../../src/auth/session.ts";
import { vaultKeep } from "../../src/auth/token-keep.ts";
import { createTokens } from "../../src/auth/tokens.ts";
import { createVault } from "../../src/auth/vault.ts";
import { createHttp } from "../../src/http/client.ts";
import { systemClock as clock } from "../../src/lib/clock.ts";
import { openStore } from "../../src/store/db.ts";
import { memoryKeychain } from "./memory-keychain.ts";

const [, , key = "", home = "", url = "", providerJson = "", from = "0", to = "0"] = argv;
const provider = JSON.parse(providerJson) as OAuthProvider;
const store = openStore(home);
const vault = createVault({
  store: () => store,
  env: { AINSTEIN_KEY: key },
  keychain: memoryKeychain(),
  notice: () => {},
});
const keep = vaultKeep("site", vault, store, clock);
const fetch = createTokenFetch({ url, proxy: () => undefined, clock, version: "0" });
const parts = { provider, url, client: { id: "app", secret: "app-secret" }, fetch, clock };
const tokens = createTokens({
  connection: "site",
  keep,
  renewable: (present) => present?.refresh !== undefined,
  obtain: (present) => refreshTokens(parts, present?.refresh ?? ""),
  again: "ainstein-cms connect",
  clock,
});
const sentAs = { name: "authorization", scheme: "Bearer" };
const session = openSession("site", { type: "oauth", sentAs }, undefined, {}, tokens);
const http = createHttp({
  baseUrl: url,
  authorize: session.authorize,
  refused: session.refused,
  pace: { perSecond: 300, concurrency: 8 },
  clock,
  random: Math.random,
});
const numbers = Array.from({ length: Number(to) - Number(from) }, (_, index) => Number(from) + index);
await Promise.all(
  numbers.map((number) =>
    http.send({ method: "POST", path: `/documents/${number}`, repeatable: false, decode: () => undefined }),
  ),
);
stdout.write(`wrote ${numbers.length}\n`);
vault.close();
store.close();
