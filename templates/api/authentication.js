// Who calls. These run before a body is read: a caller who may not ask is not told what was wrong with the question.
import { createHash, timingSafeEqual } from "node:crypto";
import { Problem } from "./problems.js";

const digest = (text) => createHash("sha256").update(text).digest();

/** Header `x-api-key`. Digests are compared, as they have one length; every key is, so that time tells nothing. */
export function apiKeyCheck(apiKeys) {
  const known = apiKeys.map(({ name, key }) => ({ name, digest: digest(key) }));
  return async (request) => {
    const given = request.headers["x-api-key"];
    const found = typeof given === "string" ? digest(given) : digest("");
    const match = known.filter((key) => timingSafeEqual(key.digest, found))[0];
    if (match === undefined) throw unauthorized("ApiKey", "Give a valid key in the header x-api-key.");
    request.log = request.log.child({ key: match.name });
  };
}

export function unauthorized(scheme, detail) {
  return new Problem(401, detail, { headers: { "www-authenticate": scheme } });
}
