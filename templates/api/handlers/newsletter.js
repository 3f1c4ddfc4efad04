// A newsletter with double opt-in: nobody is on the list whose mailbox has not said yes.
import { createHash, randomBytes } from "node:crypto";
import { Problem } from "../problems.js";

const TABLE = "newsletter_subscribers";
const TOKEN_MS = 7 * 86_400_000;
/** Who asks again within this time gets no second mail: the form is no way to fill a stranger's mailbox. */
const QUIET_MS = 5 * 60_000;

const hashOf = (token) => createHash("sha256").update(token).digest("hex");

/** The answer is the same whoever asks: it does not tell who is on the list. */
export function newsletter({ path }, { store, outbox, config }) {
  return async (request, reply) => {
    if (config.mail === undefined)
      throw new Problem(503, "Mail is not set up here, and without it nobody can confirm.");
    await store.transaction((tx) => subscribe(tx, request.body)).catch(ignoreTwin);
    return reply.code(202).send({ status: "pending" });
  };

  async function subscribe(tx, { email, name }) {
    const known = await tx.find(TABLE, { email });
    if (known?.status === "confirmed" || mailedJustNow(known)) return;
    const token = randomBytes(32).toString("base64url");
    const values = {
      status: "pending",
      token_hash: hashOf(token),
      token_expires_at: new Date(Date.now() + TOKEN_MS),
      ...(name === undefined ? {} : { name }),
    };
    if (known === undefined) await tx.insert(TABLE, { email, ...values });
    // Who confirms just now stays on the list.
    else if ((await again(tx, known, values)) === 0) return;
    const link = (end) => `${config.mail.publicUrl}${path}/${end}?token=${token}`;
    await outbox.mail(tx, { to: email, confirm: link("confirm"), unsubscribe: link("unsubscribe") });
  }
}

function again(tx, { id, status }, values) {
  return tx.update(TABLE, { id, status }, { ...values, updated_at: new Date() });
}

function mailedJustNow(known) {
  if (known?.status !== "pending" || !known.token_expires_at) return false;
  return known.token_expires_at.getTime() - TOKEN_MS > Date.now() - QUIET_MS;
}

/** Two at once for one address: the other one has written the row and the mail. */
function ignoreTwin(error) {
  if (error.status !== 409) throw error;
}

/** The link of the mail. Followed twice it says the same twice. */
export function confirmNewsletter(_endpoint, { store, outbox }) {
  return async (request) => {
    const row = await subscriberOf(store, request);
    if (row.status === "unsubscribed") return { status: row.status };
    if (row.status === "pending") {
      if (row.token_expires_at === null || row.token_expires_at < new Date()) throw unknownToken();
      await store.transaction(async (tx) => {
        const now = new Date();
        const changes = { status: "confirmed", confirmed_at: now, updated_at: now };
        // Of two that follow the link at once, one finds it pending.
        if ((await tx.update(TABLE, { id: row.id, status: "pending" }, changes)) === 0) return;
        const data = { form: "newsletter", name: row.name ?? undefined, email: row.email };
        await outbox.event(tx, "form_submission", data);
      });
    }
    return { status: "confirmed" };
  };
}

/** What the link would end. Programs that look at links in mails change nothing by it. */
export function newsletterState(_endpoint, { store }) {
  return async (request) => ({ status: (await subscriberOf(store, request)).status });
}

/** A token that is too old to confirm is still good to leave. */
export function unsubscribeNewsletter(_endpoint, { store }) {
  return async (request) => {
    const row = await subscriberOf(store, request);
    const now = new Date();
    if (row.status !== "unsubscribed")
      await store.update(
        TABLE,
        { id: row.id },
        { status: "unsubscribed", unsubscribed_at: now, updated_at: now },
      );
    return { status: "unsubscribed" };
  };
}

async function subscriberOf(store, { query }) {
  const { token } = query;
  const row = typeof token === "string" ? await store.find(TABLE, { token_hash: hashOf(token) }) : undefined;
  if (row === undefined) throw unknownToken();
  return row;
}

function unknownToken() {
  return new Problem(404, "This link is not known, or no longer valid.");
}
