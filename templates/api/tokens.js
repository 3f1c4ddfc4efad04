// Tokens of people who have signed in: JWT, HS256 alone, one hour, for this API alone.
import jwt from "@fastify/jwt";
import { unauthorized } from "./authentication.js";
import { api, tables } from "./endpoints.js";
import { isKey } from "./rows.js";

export const EXPIRES_IN = 3600;

export async function addTokens(app, { secret }) {
  await app.register(jwt, {
    secret,
    sign: { algorithm: "HS256", iss: api.name, aud: api.name, expiresIn: EXPIRES_IN },
    verify: {
      algorithms: ["HS256"],
      allowedIss: api.name,
      allowedAud: api.name,
      requiredClaims: ["sub", "exp", "iss", "aud"],
    },
  });
}

/** Header `Authorization: Bearer`. The token of somebody who is no longer there is worth nothing. */
export function tokenCheck(store) {
  return async (request) => {
    const claims = await request.jwtVerify().catch(() => undefined);
    const known = typeof claims?.sub === "string" && isKey("users", claims.sub);
    const user = known ? await store.find("users", { [tables.users.key]: claims.sub }) : undefined;
    if (user === undefined)
      throw unauthorized("Bearer", "Sign in, and give the token in the header Authorization: Bearer.");
    request.user = user;
  };
}
