// What has to leave after a row was stored: events and mails. They are written in the transaction of that row, so that
// there is never one without the other, and sent afterwards. A message may arrive twice, under one id, and is never lost.
import { createHmac, randomUUID } from "node:crypto";

const LEASE_MS = 15_000;
const SEND_MS = 10_000;
const POLL_MS = 1000;
const BATCH = 10;
const LONGEST_PAUSE_MS = 6 * 3_600_000;
/** Older ones stay in the table, for its owner to look at. */
const KEPT_MS = 3 * 86_400_000;

/**
 * `senders` are functions by kind of message; a kind without one is not written at all. What they throw is tried again,
 * unless it is `final`. Call `start` once the service listens; `stop` waits for what is on its way.
 */
export function createOutbox({ store, senders, log }) {
  let timer;
  let working = Promise.resolve();
  let stopped = true;

  async function write(tx, kind, payload) {
    if (senders[kind] === undefined) return;
    await tx.insert("outbox", { id: randomUUID(), kind, payload, next_attempt_at: new Date() });
  }

  async function sendOne(message) {
    try {
      const send = senders[message.kind];
      if (send === undefined) throw new Error(`nothing is set up that sends ${message.kind}s`);
      await send(message);
      await store.remove("outbox", { id: message.id });
    } catch (error) {
      const { id, attempts } = message;
      if (error.final) {
        log.warn({ err: error, message: id, attempts }, "message given up");
        await store.remove("outbox", { id });
        return;
      }
      log.warn({ err: error, message: id, attempts }, "message not sent");
      const pause = Math.min(1000 * 4 ** (attempts - 1), LONGEST_PAUSE_MS);
      await store.update(
        "outbox",
        { id },
        {
          leased_until: null,
          next_attempt_at: new Date(Date.now() + pause),
          last_error: String(error.message).slice(0, 500),
        },
      );
    }
  }

  async function round() {
    const now = Date.now();
    const due = await store.transaction((tx) =>
      tx.claim({
        now: new Date(now),
        until: new Date(now + LEASE_MS),
        oldest: new Date(now - KEPT_MS),
        limit: BATCH,
      }),
    );
    // One that cannot be marked as sent holds up none of the others.
    const failed = (await Promise.allSettled(due.map(sendOne))).find(({ status }) => status === "rejected");
    if (failed !== undefined) throw failed.reason;
    return due.length;
  }

  function schedule(ms) {
    if (stopped) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      working = round()
        .catch((error) => log.warn({ err: error }, "outbox not read"))
        .then((sent) => schedule(sent === BATCH ? 0 : POLL_MS));
    }, ms);
  }

  return {
    /** Writes an event into the transaction `tx`, if somebody listens. */
    event: (tx, type, data) => write(tx, "event", { type, timestamp: new Date().toISOString(), data }),
    /** Writes a mail into the transaction `tx`. */
    mail: (tx, mail) => write(tx, "mail", mail),
    start() {
      stopped = Object.keys(senders).length === 0;
      schedule(0);
    },
    /** How many messages there are: still to be tried, and too old for that. */
    async counts() {
      const [waiting, all] = await Promise.all([
        store.outboxSize(new Date(Date.now() - KEPT_MS)),
        store.outboxSize(),
      ]);
      return { waiting, given_up: all - waiting };
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await working;
    },
  };
}

/** Sends events as Standard Webhooks: signed, with the row's id, which stays the same for each attempt. */
export function eventSender({ url, secret }) {
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret);
  return async ({ id, payload }) => {
    const body = JSON.stringify(payload);
    const timestamp = Math.floor(Date.now() / 1000);
    const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": `v1,${signature}`,
      },
      body,
      redirect: "error",
      signal: AbortSignal.timeout(SEND_MS),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the receiver answered ${response.status}`);
  };
}
