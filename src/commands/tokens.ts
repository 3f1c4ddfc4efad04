// Tokens by OAuth, put together from a connection's parts.
import { clientCredentials, type OAuthParts, refreshTokens } from "../auth/oauth.ts";
import { createTokenFetch } from "../auth/oauth-fetch.ts";
import type { OAuthClient } from "../auth/provider.ts";
import type { Secrets } from "../auth/session.ts";
import { createTokens, type Tokens } from "../auth/tokens.ts";
import type { AuthMethod } from "../connectors/contract.ts";
import { proxyFor } from "../http/proxy.ts";
import { auditing } from "./audit.ts";
import type { Context } from "./context.ts";
import { type Route, readCa, type Spec, tracer } from "./route.ts";

export type OAuthMethod = Extract<AuthMethod, { type: "oauth" }>;

/**
 * What the flows need, over the route of the connection, in whose record the requests go. `again` is the command that
 * signs in anew.
 */
export function oauthParts(
  context: Context,
  { provider }: Pick<OAuthMethod, "provider">,
  client: OAuthClient,
  at: Route & {
    readonly name: string;
    readonly url: string;
    readonly settings?: Readonly<Record<string, string>>;
  },
  again: string,
): OAuthParts {
  const { clock, version } = context;
  const fetch = createTokenFetch({
    url: at.url,
    headers: at.headers,
    proxy: (address) => proxyFor(address, at.proxy, context.env),
    caPem: readCa(context, at.caFile),
    clock,
    trace: tracer(context),
    recorder: auditing(context, at.name),
    version,
  });
  return { provider, url: at.url, client, settings: at.settings ?? {}, fetch, clock, renew: again };
}

/** The command that makes or renews a connection; one that is stored knows its address. */
export function connectCommand(platform: string, name: string, url?: string): string {
  return `ainstein-cms connect ${platform} --name ${name}${url === undefined ? "" : ` --url ${url}`}`;
}

/** Undefined where the connection has no app to sign in as, or no place for tokens. */
export function openTokens(
  context: Context,
  method: OAuthMethod,
  spec: Spec,
  secrets: Secrets,
): Tokens | undefined {
  const { client, tokens: keep, headers, scopes } = secrets;
  if (client === undefined || keep === undefined) return undefined;
  const again = connectCommand(spec.platform, spec.name);
  const { url, proxy, caFile, settings } = spec;
  const parts = oauthParts(
    context,
    method,
    client,
    { name: spec.name, url, proxy, caFile, headers, settings },
    again,
  );
  const bySelf = method.grant === "client-credentials";
  return createTokens({
    connection: spec.name,
    keep,
    renewable: (present) => bySelf || present?.refresh !== undefined,
    obtain: (present) =>
      bySelf || present?.refresh === undefined
        ? clientCredentials(parts, present?.scopes ?? scopes)
        : refreshTokens(parts, present.refresh, present.scopes),
    again,
    clock: context.clock,
    signal: context.signal,
    more: client.secret === undefined ? [] : [client.secret],
  });
}
