// Events: who listens is told of what was stored, by a signed event that is never lost.
import type { Reply } from "./ask.ts";
import type { Expectation } from "./expect.ts";
import { type About, type Probe, type Seen, seen, until } from "./probe.ts";
import type { Received } from "./sinks.ts";
import { asNew, countOf, goodRequest, MANY_CLIENTS, startTrial, type Trial } from "./trial.ts";

const PATIENCE_MS = 15_000;

/** What a probe does with one endpoint that tells of what it took. */
interface Telling {
  readonly trial: Trial;
  /** Of the event. */
  readonly type: string;
  /** A good request by somebody new, to the service or to another one of its kind. */
  submit(at?: string): Promise<{ readonly email: string; readonly reply: Reply }>;
  /** Events about that address so far. */
  told(email: string): readonly Received[];
}

/** All of it for forms, as everything that is told goes the same way; for others, that they tell. */
export function eventProbes(trial: Trial, base: string, endpoint: Expectation): readonly Probe[] {
  if (!endpoint.fields.some((field) => field.name === "email")) return [];
  const type = endpoint.handler === "register" ? "user_registration" : "form_submission";
  const telling = tellingAt(trial, base, endpoint, type);
  const looks = endpoint.handler === "contact" ? LOOKS : LOOKS.slice(0, 1);
  return looks.map(({ what, about, expected, look }) => ({
    name: `${endpoint.method} ${endpoint.path}: ${what}`,
    about,
    expected,
    look: () => look(telling),
  }));
}

function tellingAt(trial: Trial, base: string, endpoint: Expectation, type: string): Telling {
  return {
    trial,
    type,
    async submit(at = base) {
      const email = `sender${trial.next()}@example.test`;
      const asked = await goodRequest(trial, endpoint);
      const json = { ...Object(asked.json), email };
      return { email, reply: await asNew(trial, at, { ...asked, json }) };
    },
    told: (email) => trial.events.received.filter(({ body }) => body.includes(email)),
  };
}

interface Look {
  readonly what: string;
  readonly about: About;
  readonly expected: string;
  readonly look: (telling: Telling) => Promise<Seen>;
}

const LOOKS: readonly Look[] = [
  {
    what: "who listens is told, by a signed event",
    about: "delivery",
    expected: "one event of its type, signed as Standard Webhooks says, without a password",
    look: async ({ submit, told, type }) => {
      const { email } = await submit();
      await until(PATIENCE_MS, () => told(email).length > 0);
      const [event, ...more] = told(email);
      if (event === undefined) return seen(false, "nothing came");
      const isRight = event.body.includes(`"${type}"`) && !event.body.includes("password");
      return seen(
        event.genuine && isRight && more.length === 0,
        `${more.length + 1} came, ${event.genuine ? "signed" : "not signed by the secret"}${isRight ? "" : `, but ${event.body.slice(0, 160)}`}`,
      );
    },
  },
  {
    what: "a receiver that is away is told later, by the same id",
    about: "delivery",
    expected: "the same event again until it is taken, and then no more",
    look: async ({ trial, submit, told }) => {
      // What is still on its way would take the refusals that are meant for this one.
      await until(PATIENCE_MS, async () => (await countOf(trial, "outbox")) === 0);
      trial.events.refuse(2);
      const { email } = await submit();
      await until(PATIENCE_MS * 2, () => told(email).length >= 3);
      trial.events.refuse(0);
      const ids = new Set(told(email).map(({ id }) => id));
      return seen(told(email).length === 3 && ids.size === 1, `${told(email).length} tries, ${ids.size} ids`);
    },
  },
  {
    what: "nothing is lost where the service is killed",
    about: "delivery",
    expected: "201, killed at once, and told after the next start",
    look: killedThenTold,
  },
];

async function killedThenTold({ trial, submit, told }: Telling): Promise<Seen> {
  // The one that is under way, too, would tell it: both are refused until the one is gone.
  trial.events.refuse(Number.POSITIVE_INFINITY);
  const first = await startTrial(trial, MANY_CLIENTS);
  if (!("url" in first)) return seen(false, first.output.slice(-300));
  const { email, reply } = await submit(first.url);
  first.signal("KILL");
  await first.ended;
  const tries = told(email).length;
  trial.events.refuse(0);
  const taken = () => told(email).length > tries;
  await until(PATIENCE_MS * 4, taken);
  return seen(
    reply.status === 201 && taken(),
    `${reply.status}, ${taken() ? "told afterwards" : "never told"}`,
  );
}
