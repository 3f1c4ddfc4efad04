/** Tokens that the credentials were exchanged for, by the environment that they were taken from. */
const TOKENS = new WeakMap();

/** OAuth 2.0 client credentials. A token is used until a minute before it ends. */
async function tokenFor(what) {
  const known = TOKENS.get(what.env);
  if (known !== undefined && Date.now() < known.until) return known.header;
  const answer = await exchange(tokenRequest(what), what.timeoutMs);
  const { access_token: text, expires_in: seconds = 360 } = Object(answer.payload);
  if (answer.status === 200 && typeof text === "string") {
    const header = `Bearer ${text}`;
    TOKENS.set(what.env, { header, until: Date.now() + Number(seconds) * 1000 - 60_000 });
    return header;
  }
  // No token, no call: what happened was not sent.
  throw new CallError({ ...answer, state: "retry", words: "the sign-in gave no token" }, what);
}
