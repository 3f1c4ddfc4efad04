// Deliveries that come to the service: taken once, and only when they are signed, now and by the secret.
import { randomUUID } from "node:crypto";
import type { Reply } from "./ask.ts";
import type { Expectation } from "./expect.ts";
import { type Probe, type Seen, seen, seenStatus } from "./probe.ts";
import { signatureOf } from "./sinks.ts";
import { asNew, countOf, type Trial } from "./trial.ts";

interface Change {
  readonly id?: string;
  /** From now. */
  readonly shiftS?: number;
  readonly secret?: string;
  /** In place of what was signed. */
  readonly sent?: string;
}

const BODY = JSON.stringify({ type: "trial", data: { id: "1" } });

/** Changed in one thing, and what is thereby wrong. */
const REFUSED: readonly (readonly [what: string, change: Change])[] = [
  ["a signature of another secret is refused", { secret: "whsec_bm90IHRoZSBzZWNyZXQ=" }],
  ["a body that was changed is refused", { sent: `${BODY} ` }],
  ["what is too old is refused", { shiftS: -400 }],
  ["what comes from the future is refused", { shiftS: 400 }],
];

export function webhookProbes(trial: Trial, base: string, endpoint: Expectation): readonly Probe[] {
  const { path } = endpoint;
  const stored = () => countOf(trial, "webhook_events");
  const probe = (what: string, expected: string, look: () => Promise<Seen>): Probe => ({
    name: `${endpoint.method} ${path}: ${what}`,
    about: "security",
    expected,
    look,
  });
  const refusal = (what: string, send: () => Promise<Reply>) =>
    probe(what, "401, and nothing stored", async () => {
      const before = await stored();
      const said = seenStatus(await send(), 401);
      const more = (await stored()) - before;
      return seen(said.ok && more === 0, `${said.seen}, ${more} stored`);
    });
  return [
    probe("what is signed is stored, and stored once", "202, then 200, and one row", async () => {
      const id = randomUUID();
      const before = await stored();
      const replies = [await deliver(trial, base, path, { id }), await deliver(trial, base, path, { id })];
      const more = (await stored()) - before;
      const statuses = replies.map(({ status }) => status).join(", ");
      return seen(statuses === "202, 200" && more === 1, `${statuses}, ${more} stored`);
    }),
    ...REFUSED.map(([what, change]) => refusal(what, () => deliver(trial, base, path, change))),
    refusal("what is not signed is refused", () =>
      asNew(trial, base, { method: "POST", path, json: { type: "trial" } }),
    ),
  ];
}

/** Signed as it should be, but for the change. */
function deliver(trial: Trial, base: string, path: string, change: Change): Promise<Reply> {
  const { id = randomUUID(), shiftS = 0, secret = trial.settings.webhookSecret, sent = BODY } = change;
  const time = String(Math.floor(Date.now() / 1000) + shiftS);
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": time,
    "webhook-signature": signatureOf(secret, id, time, BODY),
  };
  return asNew(trial, base, { method: "POST", path, headers, raw: sent });
}
