// What leaves the service: mails that ask for consent, events that are signed; and webhooks that come to it.
import { randomUUID } from "node:crypto";
import type { Reply } from "./ask.ts";
import type { Expectation } from "./expect.ts";
import { type Probe, type Seen, seen, seenStatus, until } from "./probe.ts";
import { type Received, signatureOf } from "./sinks.ts";
import { asNew, countOf, find, goodRequest, MANY_CLIENTS, sql, startTrial, type Trial } from "./trial.ts";

const PATIENCE_MS = 15_000;

export function deliveryProbes(trial: Trial, base: string): readonly Probe[] {
  const of = (handler: Expectation["handler"]) =>
    trial.wanted.endpoints.filter((endpoint) => endpoint.handler === handler);
  return [
    ...of("newsletter").flatMap((endpoint) => newsletterProbes(trial, base, endpoint)),
    ...of("contact")
      .slice(0, 1)
      .flatMap((endpoint) => eventProbes(trial, base, endpoint)),
    ...of("webhook").flatMap((endpoint) => webhookProbes(trial, base, endpoint)),
  ];
}

function newsletterProbes(trial: Trial, base: string, endpoint: Expectation): readonly Probe[] {
  const name = (what: string) => `${endpoint.method} ${endpoint.path}: ${what}`;
  const subscribe = (email: string) =>
    asNew(trial, base, { method: "POST", path: endpoint.path, json: { email } });
  const stateOf = async (email: string) =>
    String((await find(trial, "newsletter_subscribers", "email", email))[0]?.status);
  const join = async () => {
    const email = `reader${trial.next()}@example.test`;
    const reply = await subscribe(email);
    await until(PATIENCE_MS, () => trial.mail.mails.some(({ to }) => to === email));
    return { email, reply, link: linkIn(trial, email, endpoint.path) };
  };
  const follow = (link: string | undefined, end = "confirm", method = "GET") =>
    asNew(trial, base, { method, path: `${endpoint.path}/${end}?token=${tokenIn(link)}` });
  return [
    {
      name: name("nobody is on the list before they confirmed"),
      about: "security",
      expected: "202 pending, a mail with a link, and a row that is pending",
      look: async () => {
        const { email, reply, link } = await join();
        const state = await stateOf(email);
        return seen(
          reply.status === 202 && link !== undefined && state === "pending",
          `${reply.status}, ${link === undefined ? "no mail with a link" : "a mail with a link"}, ${state}`,
        );
      },
    },
    {
      name: name("the link confirms; a token that was made up does not"),
      about: "security",
      expected: "404 for a made-up token, 200 for the link, then confirmed",
      look: async () => {
        const { email, link } = await join();
        const wrong = await follow(`token=${"A".repeat(43)}`);
        const before = await stateOf(email);
        const right = await follow(link);
        const state = await stateOf(email);
        const words = `${wrong.status} and ${before}, then ${right.status} and ${state}`;
        return seen(
          wrong.status === 404 && before === "pending" && right.status === 200 && state === "confirmed",
          words,
        );
      },
    },
    {
      name: name("a link that is too old confirms nothing"),
      about: "security",
      expected: "404, and still pending",
      look: async () => {
        const { email, link } = await join();
        await trial.database.rows(
          sql(trial, "UPDATE newsletter_subscribers SET token_expires_at = ? WHERE email = ?"),
          ["2020-01-01 00:00:00", email],
        );
        const reply = await follow(link);
        const state = await stateOf(email);
        return seen(reply.status === 404 && state === "pending", `${reply.status}, ${state}`);
      },
    },
    {
      name: name("the answer does not tell who is on the list"),
      about: "security",
      expected: "the same answer for a known and an unknown address",
      look: async () => {
        const { email, link, reply } = await join();
        await follow(link);
        const again = await subscribe(email);
        return seen(
          again.status === reply.status && again.text === reply.text,
          `${reply.status} ${reply.text} / ${again.status} ${again.text}`,
        );
      },
    },
    {
      name: name("the token itself is not stored"),
      about: "security",
      expected: "another text in the row than in the mail",
      look: async () => {
        const { email, link } = await join();
        const [row] = await find(trial, "newsletter_subscribers", "email", email);
        const isThere = JSON.stringify(row ?? {}).includes(tokenIn(link));
        return seen(row !== undefined && !isThere, isThere ? "it is there" : "it is not there");
      },
    },
    {
      name: name("looking at the way out changes nothing, taking it does"),
      about: "delivery",
      expected: "confirmed after a GET, unsubscribed after a POST",
      look: async () => {
        const { email, link } = await join();
        await follow(link);
        await follow(link, "unsubscribe");
        const looked = await stateOf(email);
        const reply = await follow(link, "unsubscribe", "POST");
        const left = await stateOf(email);
        return seen(
          looked === "confirmed" && reply.status === 200 && left === "unsubscribed",
          `${looked}, ${reply.status}, ${left}`,
        );
      },
    },
  ];
}

function linkIn({ mail }: Trial, email: string, path: string): string | undefined {
  const text = mail.mails.findLast(({ to }) => to === email)?.text ?? "";
  return new RegExp(`https://public\\.example\\.test${path}/confirm\\?token=[\\w-]+`).exec(text)?.[0];
}

const tokenIn = (link: string | undefined): string => /token=([\w-]+)/.exec(link ?? "")?.[1] ?? "none";

function eventProbes(trial: Trial, base: string, endpoint: Expectation): readonly Probe[] {
  const name = (what: string) => `${endpoint.method} ${endpoint.path}: ${what}`;
  const about = (email: string): readonly Received[] =>
    trial.events.received.filter(({ body }) => body.includes(email));
  const submit = async (at = base) => {
    const email = `sender${trial.next()}@example.test`;
    const asked = await goodRequest(trial, endpoint);
    const json = { ...Object(asked.json), ...("email" in Object(asked.json) ? { email } : {}) };
    return { email, reply: await asNew(trial, at, { ...asked, json }) };
  };
  if (!endpoint.fields.some((field) => field.name === "email")) return [];
  return [
    {
      name: name("who listens is told, by a signed event"),
      about: "delivery",
      expected: "one form_submission, signed as Standard Webhooks says",
      look: async () => {
        const { email } = await submit();
        await until(PATIENCE_MS, () => about(email).length > 0);
        const [event, ...more] = about(email);
        const isForm = event?.body.includes('"form_submission"') === true;
        return seen(
          event?.genuine === true && isForm && more.length === 0,
          event === undefined
            ? "nothing came"
            : `${more.length + 1} came, ${event.genuine ? "signed" : "not signed by the secret"}`,
        );
      },
    },
    {
      name: name("a receiver that is away is told later, by the same id"),
      about: "delivery",
      expected: "the same event again until it is taken, and then no more",
      look: async () => {
        trial.events.refuse(2);
        const { email } = await submit();
        await until(PATIENCE_MS * 2, () => about(email).length >= 3);
        trial.events.refuse(0);
        const ids = new Set(about(email).map(({ id }) => id));
        return seen(
          about(email).length === 3 && ids.size === 1,
          `${about(email).length} tries, ${ids.size} ids`,
        );
      },
    },
    {
      name: name("nothing is lost where the service is killed"),
      about: "delivery",
      expected: "201, killed at once, and told after the next start",
      look: () => killedThenTold(trial, about, submit),
    },
  ];
}

async function killedThenTold(
  trial: Trial,
  about: (email: string) => readonly Received[],
  submit: (at: string) => Promise<{ readonly email: string; readonly reply: Reply }>,
): Promise<Seen> {
  // The one that is under way, too, would tell it: both are refused until the one is gone.
  trial.events.refuse(Number.POSITIVE_INFINITY);
  const first = await startTrial(trial, MANY_CLIENTS);
  if (!("url" in first)) return seen(false, first.output.slice(-300));
  const { email, reply } = await submit(first.url);
  first.signal("KILL");
  await first.ended;
  const tries = about(email).length;
  trial.events.refuse(0);
  const taken = () => about(email).length > tries;
  await until(PATIENCE_MS * 2, taken);
  return seen(
    reply.status === 201 && taken(),
    `${reply.status}, ${taken() ? "told afterwards" : "never told"}`,
  );
}

function webhookProbes(trial: Trial, base: string, endpoint: Expectation): readonly Probe[] {
  const { webhookSecret } = trial.settings;
  const deliver = (
    body: string,
    change: {
      readonly id?: string;
      readonly shiftS?: number;
      readonly secret?: string;
      readonly sent?: string;
    } = {},
  ) => {
    const { id = randomUUID(), shiftS = 0, secret = webhookSecret, sent = body } = change;
    const time = String(Math.floor(Date.now() / 1000) + shiftS);
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": time,
      "webhook-signature": signatureOf(secret, id, time, body),
    };
    return asNew(trial, base, { method: "POST", path: endpoint.path, headers, raw: sent });
  };
  const probe = (what: string, expected: string, look: () => Promise<Seen>): Probe => ({
    name: `${endpoint.method} ${endpoint.path}: ${what}`,
    about: "security",
    expected,
    look,
  });
  const refusal = (what: string, send: () => Promise<Reply>) =>
    probe(what, "401, and nothing stored", async () => {
      const before = await countOf(trial, "webhook_events");
      const reply = await send();
      const more = (await countOf(trial, "webhook_events")) - before;
      const said = seenStatus(reply, 401);
      return seen(said.ok && more === 0, `${said.seen}, ${more} stored`);
    });
  const body = JSON.stringify({ type: "trial", data: { id: "1" } });
  return [
    probe("what is signed is stored, and stored once", "202, then 200, and one row", async () => {
      const id = randomUUID();
      const before = await countOf(trial, "webhook_events");
      const replies = [await deliver(body, { id }), await deliver(body, { id })];
      const more = (await countOf(trial, "webhook_events")) - before;
      const statuses = replies.map(({ status }) => status).join(", ");
      return seen(statuses === "202, 200" && more === 1, `${statuses}, ${more} stored`);
    }),
    refusal("a signature of another secret is refused", () =>
      deliver(body, { secret: "whsec_bm90IHRoZSBzZWNyZXQ=" }),
    ),
    refusal("a body that was changed is refused", () => deliver(body, { sent: `${body} ` })),
    refusal("what is too old is refused", () => deliver(body, { shiftS: -400 })),
    refusal("what comes from the future is refused", () => deliver(body, { shiftS: 400 })),
    refusal("what is not signed is refused", () =>
      asNew(trial, base, { method: "POST", path: endpoint.path, json: { type: "trial" } }),
    ),
  ];
}
