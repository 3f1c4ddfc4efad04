// A newsletter: nobody is on the list whose mailbox has not said yes.
import type { Reply } from "./ask.ts";
import type { Expectation } from "./expect.ts";
import { type About, type Probe, type Seen, seen, until } from "./probe.ts";
import type { Received } from "./sinks.ts";
import { asNew, countOf, find, sql, type Trial } from "./trial.ts";

const PATIENCE_MS = 30_000;
const TABLE = "newsletter_subscribers";

interface Reader {
  readonly email: string;
  readonly reply: Reply;
  /** Of the mail; undefined where none came. */
  readonly link: string | undefined;
}

/** What a probe does with one newsletter. */
interface Newsletter {
  readonly trial: Trial;
  subscribe(email: string): Promise<Reply>;
  /** Somebody new who has got their mail. */
  join(): Promise<Reader>;
  /** Goes where the link leads, or to its neighbour. */
  follow(link: string | undefined, end?: "confirm" | "unsubscribe", method?: "GET" | "POST"): Promise<Reply>;
  stateOf(email: string): Promise<string>;
  /** Events about that address so far. */
  told(email: string): readonly Received[];
}

export function newsletterProbes(trial: Trial, base: string, endpoint: Expectation): readonly Probe[] {
  const newsletter = newsletterAt(trial, base, endpoint);
  return PROBES.map(({ what, about, expected, look }) => ({
    name: `${endpoint.method} ${endpoint.path}: ${what}`,
    about,
    expected,
    look: () => look(newsletter),
  }));
}

function newsletterAt(trial: Trial, base: string, { path }: Expectation): Newsletter {
  const subscribe = (email: string) => asNew(trial, base, { method: "POST", path, json: { email } });
  return {
    trial,
    subscribe,
    async join() {
      const email = `reader${trial.next()}@example.test`;
      const reply = await subscribe(email);
      await until(PATIENCE_MS, () => trial.mail.mails.some(({ to }) => to === email));
      return { email, reply, link: linkIn(trial, email, path) };
    },
    follow: (link, end = "confirm", method = "GET") =>
      asNew(trial, base, { method, path: `${path}/${end}?token=${tokenIn(link)}` }),
    stateOf: async (email) => String((await find(trial, TABLE, "email", email))[0]?.status),
    told: (email) => trial.events.received.filter(({ body }) => body.includes(email)),
  };
}

function linkIn({ mail }: Trial, email: string, path: string): string | undefined {
  const text = mail.mails.findLast(({ to }) => to === email)?.text ?? "";
  return new RegExp(`https://public\\.example\\.test${path}/confirm\\?token=[\\w-]+`).exec(text)?.[0];
}

const tokenIn = (link: string | undefined): string => /token=([\w-]+)/.exec(link ?? "")?.[1] ?? "none";

interface Look {
  readonly what: string;
  readonly about: About;
  readonly expected: string;
  readonly look: (newsletter: Newsletter) => Promise<Seen>;
}

const PROBES: readonly Look[] = [
  {
    what: "nobody is on the list before they confirmed",
    about: "security",
    expected: "202 pending, a mail with a link, and a row that is pending",
    look: async ({ join, stateOf }) => {
      const { email, reply, link } = await join();
      const state = await stateOf(email);
      return seen(
        reply.status === 202 && link !== undefined && state === "pending",
        `${reply.status}, ${link === undefined ? "no mail with a link" : "a mail with a link"}, ${state}`,
      );
    },
  },
  {
    what: "the link confirms; a token that was made up does not",
    about: "security",
    expected: "404 for a made-up token, 200 for the link, then confirmed",
    look: async ({ join, follow, stateOf }) => {
      const { email, link } = await join();
      const wrong = await follow(`token=${"A".repeat(43)}`);
      const before = await stateOf(email);
      const right = await follow(link);
      const state = await stateOf(email);
      return seen(
        wrong.status === 404 && before === "pending" && right.status === 200 && state === "confirmed",
        `${wrong.status} and ${before}, then ${right.status} and ${state}`,
      );
    },
  },
  {
    what: "the link says the same twice, and who listens is told once, when it is confirmed",
    about: "delivery",
    expected: "200 twice with one text, and one signed event that was not there before",
    look: confirmedTwice,
  },
  {
    what: "a link that is too old confirms nothing",
    about: "security",
    expected: "404, and still pending",
    look: async ({ trial, join, follow, stateOf }) => {
      const { email, link } = await join();
      await trial.database.rows(sql(trial, `UPDATE ${TABLE} SET token_expires_at = ? WHERE email = ?`), [
        "2020-01-01 00:00:00",
        email,
      ]);
      const reply = await follow(link);
      const state = await stateOf(email);
      return seen(reply.status === 404 && state === "pending", `${reply.status}, ${state}`);
    },
  },
  {
    what: "the answer does not tell who is on the list",
    about: "security",
    expected: "the same answer for a known and an unknown address",
    look: async ({ join, follow, subscribe }) => {
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
    what: "the token itself is not stored",
    about: "security",
    expected: "another text in the row than in the mail",
    look: async ({ trial, join }) => {
      const { email, link } = await join();
      const [row] = await find(trial, TABLE, "email", email);
      const isThere = JSON.stringify(row ?? {}).includes(tokenIn(link));
      return seen(row !== undefined && !isThere, isThere ? "it is there" : "it is not there");
    },
  },
  {
    what: "looking at the way out changes nothing, taking it does",
    about: "delivery",
    expected: "confirmed after a GET, unsubscribed after a POST",
    look: async ({ join, follow, stateOf }) => {
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

async function confirmedTwice({ trial, join, follow, told }: Newsletter): Promise<Seen> {
  const { email, link } = await join();
  const early = told(email).length;
  const replies = [await follow(link), await follow(link)];
  // Whatever was written is sent by then.
  await until(PATIENCE_MS, async () => (await countOf(trial, "outbox")) === 0);
  const events = told(email);
  const [first, second] = replies.map(({ status, text }) => `${status} ${text}`);
  const right =
    replies.every(({ status }) => status === 200) &&
    first === second &&
    early === 0 &&
    events.length === 1 &&
    events.every(({ genuine, body }) => genuine && body.includes('"form_submission"'));
  return seen(right, `${first}, then ${second}; ${early} events before, ${events.length} afterwards`);
}
