// A contact form: the message is stored, and told to who listens.
export function contact({ table, form }, { store, outbox }) {
  return async (request, reply) => {
    const row = await store.transaction(async (tx) => {
      const stored = await tx.insert(table, request.body);
      await outbox.event(tx, "form_submission", { ...request.body, form });
      return stored;
    });
    return reply.code(201).send({ id: row.id, created_at: row.created_at });
  };
}
