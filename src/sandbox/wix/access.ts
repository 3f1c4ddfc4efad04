// Who may ask: a key together with the site's id, or the token of an app.
import { randomBytes } from "node:crypto";
import { equalTexts } from "../../auth/equal-texts.ts";
import { isObject } from "../../lib/json.ts";
import { json, type Reply } from "../serve.ts";
import type { WixStore } from "./state.ts";

export interface App {
  readonly id: string;
  readonly secret: string;
  readonly instance: string;
}

export interface Grants {
  readonly key: string;
  readonly app: App;
  /** Token -> when it ends, in ms since 1970. */
  readonly tokens: Map<string, number>;
}

export const newGrants = (): Grants => ({
  key: "IST.ainstein-sandbox-api-key-0001",
  app: {
    id: "a15e11f0-0000-4000-8000-00000000a001",
    secret: "a15e11f0-0000-4000-8000-00000000a002",
    instance: "a15e11f0-0000-4000-8000-00000000a003",
  },
  tokens: new Map(),
});

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Undefined where the request may pass. */
export function stopped(store: WixStore, { key, tokens }: Grants, headers: Headers): Reply | undefined {
  const authorization = String(headers.authorization ?? "");
  const token = /^Bearer (.+)$/i.exec(authorization)?.[1];
  if (token !== undefined) {
    return (tokens.get(token) ?? 0) > store.clock.now() ? undefined : json(401, { message: "UNAUTHORIZED" });
  }
  if (!equalTexts(authorization, key)) return json(401, { message: "UNAUTHORIZED" });
  const site = headers["wix-site-id"];
  if (site === undefined) return json(400, { message: "The header wix-site-id is missing" });
  if (String(site).toLowerCase() === store.site.id) return undefined;
  return json(403, { message: "The key has no permission for this site" });
}

/** Errors are those of OAuth. JSON alone is taken. */
export function giveToken(store: WixStore, { app, tokens }: Grants, given: unknown): Reply {
  const fields = isObject(given) ? given : {};
  const refused = (status: number, error: string) => json(status, { error, error_description: error });
  if (fields.grant_type !== "client_credentials") return refused(400, "unsupported_grant_type");
  const isApp = fields.client_id === app.id && equalTexts(String(fields.client_secret ?? ""), app.secret);
  if (!isApp) return refused(401, "invalid_client");
  if (fields.instance_id !== app.instance) return refused(400, "invalid_grant");
  const token = `OauthNG.JWS.${randomBytes(16).toString("hex")}`;
  const { tokenLife } = store.behaviours;
  tokens.set(token, store.clock.now() + tokenLife * 1000);
  return json(200, { access_token: token, token_type: "Bearer", expires_in: tokenLife });
}
