import { randomUUID } from "node:crypto";
import type { OAuthProvider } from "../../src/auth/provider.ts";
import { bodyOf, json, serve } from "../http/servers.ts";

/** A site whose tokens live for a moment, and whose refresh tokens are used once: a second use ends the sign-in. */
export interface TokenSite {
  readonly url: string;
  readonly provider: OAuthProvider;
  /** A first sign-in, as consent would give it. */
  signIn(): { readonly access: string; readonly refresh: string };
  /** Documents that were written, with how often. */
  readonly written: Map<string, number>;
  /** `needless`: renewals of a token that was never used. */
  readonly counts: { refreshes: number; reused: number; refused: number; needless: number };
  /** Every token it ever gave. */
  readonly given: string[];
  /** The answer to the next so many renewals is lost after they were carried out. */
  loseAnswers: number;
  /** Access tokens that are refused although their time is not over. */
  readonly revoked: Set<string>;
}

const PROVIDER: OAuthProvider = {
  token: "{url}/token",
  revoke: "{url}/revoke",
  scopes: ["write"],
  scopeSeparator: " ",
  pkce: true,
  client: "post",
  tokenBody: "form",
  redirect: { host: "127.0.0.1", port: 0, path: "/" },
  rotates: true,
};

export async function tokenSite(
  lifeMs: number,
  options: { readonly grace?: boolean } = {},
): Promise<TokenSite> {
  const good = new Map<string, number>();
  const counts = { refreshes: 0, reused: 0, refused: 0, needless: 0 };
  const used = new Set<string>();
  const written = new Map<string, number>();
  const given: string[] = [];
  let refresh = "";
  let former = "";
  const issue = (): { access: string; refresh: string } => {
    const access = `access-${randomUUID()}`;
    former = refresh;
    refresh = `refresh-${randomUUID()}`;
    given.push(access, refresh);
    good.set(access, Date.now() + lifeMs);
    return { access, refresh };
  };
  const takes = (token: string | null): boolean => {
    if (token === refresh) return true;
    return options.grace === true && token === former && token !== "";
  };
  const url = await serve(async (request, response) => {
    const body = await bodyOf(request);
    if (request.url === "/token") {
      const form = new URLSearchParams(body);
      const isApp =
        form.get("grant_type") === "client_credentials" && form.get("client_secret") === "app-secret";
      if (!isApp && !takes(form.get("refresh_token"))) {
        counts.reused += 1;
        refresh = "";
        good.clear();
        return json(response, 400, { error: "invalid_grant", error_description: "used before" });
      }
      counts.refreshes += 1;
      if (counts.refreshes > 1 && !used.has(given.at(-2) ?? "")) counts.needless += 1;
      const tokens = issue();
      if (site.loseAnswers > 0) {
        site.loseAnswers -= 1;
        return void request.socket.destroy();
      }
      const answer = { access_token: tokens.access, expires_in: lifeMs / 1000, scope: "write" };
      return json(response, 200, isApp ? answer : { ...answer, refresh_token: tokens.refresh });
    }
    if (request.url === "/revoke") {
      good.clear();
      refresh = "";
      return json(response, 200, {});
    }
    const token = (request.headers.authorization ?? "").replace("Bearer ", "");
    if ((good.get(token) ?? 0) <= Date.now() || site.revoked.has(token)) {
      counts.refused += 1;
      return json(response, 401, { message: `bad token ${token}` });
    }
    const name = request.url ?? "";
    used.add(token);
    if (request.method === "POST") written.set(name, (written.get(name) ?? 0) + 1);
    json(response, 200, { name });
  });
  const site: TokenSite = {
    url,
    provider: PROVIDER,
    signIn: issue,
    written,
    counts,
    given,
    loseAnswers: 0,
    revoked: new Set(),
  };
  return site;
}
