// What can be seen of a connection's tokens, and done with them.
import { revokeToken } from "../auth/oauth.ts";
import type { TokenSet } from "../auth/provider.ts";
import type { TokenKeep } from "../auth/tokens.ts";
import { findPlatform } from "../connectors/registry.ts";
import { isFault } from "../lib/fault.ts";
import type { ConnectionRecord } from "../store/connections.ts";
import { findMethod } from "./connection.ts";
import type { Context } from "./context.ts";
import { storedSecrets } from "./secrets.ts";
import type { Known } from "./target.ts";
import { connectCommand, type OAuthMethod, oauthParts } from "./tokens.ts";

/** How the connection gets its tokens; undefined for one that has none. */
export function oauthOf({
  platform,
  auth,
}: Pick<ConnectionRecord, "platform" | "auth">): OAuthMethod | undefined {
  const method = findMethod(findPlatform(platform).manifest, auth);
  return method.type === "oauth" ? method : undefined;
}

export type TokenView = Readonly<Record<string, string | boolean | null | readonly string[]>>;

/**
 * Until when and for what the connection is signed in, times in ISO 8601. Empty for one without tokens; holds no secret.
 * Where the vault cannot be opened it says so: the rest of a connection is still worth seeing.
 */
export async function describeTokens(
  record: ConnectionRecord,
  keep: TokenKeep | undefined,
): Promise<TokenView> {
  const method = oauthOf(record);
  if (method === undefined) return {};
  try {
    return viewOf(await keep?.read(), method.grant === "client-credentials");
  } catch (thrown) {
    if (!isFault(thrown, "auth")) throw thrown;
    return { tokens: `cannot be read: ${thrown.message}` };
  }
}

function viewOf(tokens: TokenSet | undefined, bySelf: boolean): TokenView {
  if (tokens === undefined) return { signedIn: false, renewsItself: bySelf };
  const { scopes, expiresAt, refreshExpiresAt, refresh } = tokens;
  return {
    signedIn: true,
    scopes,
    tokenExpiresAt: instant(expiresAt),
    renewsItself: bySelf || refresh !== undefined,
    ...(refreshExpiresAt === undefined ? {} : { signInEndsAt: instant(refreshExpiresAt) }),
  };
}

function instant(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

/**
 * When the sign-in ends, in ms since 1970: a token that renews itself ends with what renews it, where the provider has
 * told when. Undefined where that is not known; nobody is asked for a key that is not at hand.
 */
export async function signInEnds(
  context: Pick<Context, "vault" | "store" | "clock">,
  record: ConnectionRecord,
): Promise<number | undefined> {
  const method = oauthOf(record);
  if (method === undefined || (await context.vault().derive("metrics", "quiet")) === undefined)
    return undefined;
  try {
    const tokens = await (await storedSecrets(context, record)).tokens?.read();
    if (tokens === undefined) return undefined;
    const renews = method.grant === "client-credentials" || tokens.refresh !== undefined;
    return tokens.refreshExpiresAt ?? (renews ? undefined : tokens.expiresAt);
  } catch (thrown) {
    if (!isFault(thrown, "auth")) throw thrown;
    return undefined;
  }
}

/**
 * Takes the tokens of a connection back at the site. Undefined where it has none, or the site knows no such request.
 */
export async function revokeTokens(context: Context, { record, secrets }: Known): Promise<true | undefined> {
  const method = oauthOf(record);
  const { client, tokens: keep } = secrets;
  if (method?.provider.revoke === undefined || client === undefined || keep === undefined) return undefined;
  const { url, proxy, caFile, platform, name } = record;
  const at = { name, url, proxy, caFile, headers: secrets.headers };
  const parts = oauthParts(context, method, client, at, connectCommand(platform, name));
  return keep.alone(async () => {
    const tokens = await keep.read();
    if (tokens === undefined) return undefined;
    await revokeToken(parts, chief(tokens));
    return true;
  });
}

/** With a refresh token go all access tokens that came of it (RFC 7009, 2.1). */
function chief({ access, refresh }: TokenSet): string {
  return refresh ?? access;
}
