// An account of one's own.
import { hashPassword } from "../passwords.js";

export function register(_endpoint, { store, outbox }) {
  return async (request, reply) => {
    const { email, password, name } = request.body;
    const password_hash = await hashPassword(password);
    const user = await store.transaction(async (tx) => {
      const stored = await tx.insert("users", {
        email,
        password_hash,
        ...(name === undefined ? {} : { name }),
      });
      await outbox.event(tx, "user_registration", { user_id: stored.id, name, email });
      return stored;
    });
    return reply
      .code(201)
      .send({ id: user.id, email: user.email, name: user.name, created_at: user.created_at });
  };
}
