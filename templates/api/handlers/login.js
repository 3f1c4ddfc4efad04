// E-mail address and password for a token. An unknown address and a wrong password look alike, in time, too.
import { unauthorized } from "../authentication.js";
import { hashPassword, passwordFits } from "../passwords.js";
import { EXPIRES_IN } from "../tokens.js";

export function login(_endpoint, { app, store }) {
  // Somebody unknown costs the same work, against a password that nobody has.
  const nobody = hashPassword(crypto.randomUUID());
  return async (request) => {
    const { email, password } = request.body;
    const user = await store.find("users", { email });
    const fits = await passwordFits(password, user?.password_hash ?? (await nobody));
    if (user === undefined || !fits)
      throw unauthorized("Bearer", "The e-mail address or the password is wrong.");
    return { token: app.jwt.sign({}, { sub: user.id }), token_type: "Bearer", expires_in: EXPIRES_IN };
  };
}
