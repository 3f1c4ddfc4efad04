// The built receiver, two at a time, which send what waits, killed wherever they are. Providers are fakes on loopback: two
// that know keys, in a header and in the body, one that knows whom it is told of, and one that takes all it is sent.
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { services } from "../../../src/commands/services.ts";
import { openStore, type Store } from "../../../src/store/db.ts";
import { listDeliveries, noteOccurrence } from "../../../src/store/occurrences.ts";
import { PROGRAM } from "../../cli/program.ts";
import { randomOf } from "../../real/both-sides.ts";
import { type FakeProvider, type Seen, startFakeProvider } from "../../services/fake-provider.ts";
import { SEED } from "../../setup/seed.ts";
import { createOperator, type Operator } from "../operator.ts";

const VAULT = Buffer.alloc(32, 7).toString("base64");
const MEMBER = { id: "m1", health_status: "fine" };
const CONNECTED = {
  stripe: { secret: `sk_test_${"a1".repeat(20)}`, set: [] },
  mailchimp: { secret: "0123456789abcdef0123456789abcdef-us19", set: ["list_id=0123456789"] },
  square: { secret: "EAAAsquare-token-0123456789", set: ["environment=sandbox"] },
  zapier: { secret: "https://hooks.zapier.com/hooks/catch/123456/abcdef/", set: [] },
} as const;
const NAMES = Object.keys(CONNECTED) as (keyof typeof CONNECTED)[];
const FULL = process.env.AINSTEIN_SWEEP !== undefined;
const PEOPLE = FULL ? 120 : 20;
/** Two are killed each time. */
const ROUNDS = FULL ? 40 : 5;
/** More than this, and something waits for ever. */
const MOST_ROUNDS = ROUNDS + 20;

let operator: Operator;
let fake: FakeProvider;
beforeEach(async () => {
  operator = createOperator();
  fake = await startFakeProvider();
  fake.answer(() => ({
    status: 200,
    json: { object: "balance", livemode: false, client_id: "c1", ...MEMBER },
  }));
  for (const name of NAMES) {
    const { secret, set } = CONNECTED[name];
    const flags = { set: [`baseUrl=${fake.baseUrl}`, ...set] };
    const { exit } = await operator.run(services, ["connect", name], { answers: [secret], flags });
    expect([name, exit]).toEqual([name, 0]);
  }
  fake.answer(() => ({ status: 200, json: { object: "customer", customer: { id: "c1" }, ...MEMBER } }));
});
afterEach(async () => {
  operator.remove();
  await fake.close();
});

function inStore<T>(work: (store: Store) => T): T {
  const store = openStore(operator.home);
  try {
    return work(store);
  } finally {
    store.close();
  }
}

function register(id: string): void {
  const fields = { email: `${id}@example.com`, name: "Ada" };
  const occurrence = {
    ...{ id, point: "user_registration", source: "hand", atMs: Date.now(), notedMs: Date.now() },
    sealed: false,
    body: Buffer.from(JSON.stringify(fields)),
  };
  inStore((store) =>
    noteOccurrence(
      store,
      occurrence,
      NAMES.map((name) => ({ name, notBeforeMs: 0 })),
    ),
  );
}

/** Starts two, and kills each some time after this many more requests; undefined: once nothing waits any more. */
async function serve(requests: number | undefined, moreMs: readonly [number, number]): Promise<void> {
  const from = fake.seen.length;
  const isTime = () => (requests !== undefined && fake.seen.length >= from + requests) || !waits();
  const children = moreMs.map((ms) => ({ ms, child: spawnReceiver() }));
  const ended = children.map(({ child }) => new Promise((resolve) => child.once("close", resolve)));
  while (!isTime()) await new Promise((resolve) => setTimeout(resolve, 5));
  for (const { ms, child } of children) setTimeout(() => child.kill("SIGKILL"), ms);
  await Promise.all(ended);
}

function spawnReceiver(): ChildProcess {
  return spawn(process.execPath, [PROGRAM, "webhooks", "serve", "--port", "0"], {
    env: { PATH: process.env.PATH, HOME: operator.cwd, AINSTEIN_HOME: operator.home, AINSTEIN_KEY: VAULT },
    stdio: "ignore",
  });
}

const waits = () => inStore((store) => listDeliveries(store, "waiting", 1).length > 0);

/** What was sent about a person, by provider. */
const about = (id: string, host: RegExp): readonly Seen[] =>
  fake.seen.filter(({ path, body }) => host.test(path) && decodeURIComponent(body).includes(id));

test("killed wherever it is, again and again: nothing is lost, and nothing is there twice", async () => {
  const ids = Array.from({ length: PEOPLE }, () => randomUUID());
  for (const id of ids) register(id);
  const random = randomOf(SEED);
  const upTo = (most: number) => Math.floor(random() * most);
  let rounds = 0;
  for (; rounds < ROUNDS && waits(); rounds += 1) await serve(1 + upTo(20), [upTo(30), upTo(30)]);
  for (; rounds < MOST_ROUNDS && waits(); rounds += 1) await serve(undefined, [0, 0]);
  const states = inStore((store) => listDeliveries(store, undefined, -1)).map(
    ({ occurrence, service, state }) => [`${service} ${occurrence}`, state] as const,
  );
  const stateOf = new Map(states);
  expect(stateOf.size).toBe(PEOPLE * NAMES.length);
  for (const id of ids) {
    const customers = about(id, /stripe/);
    expect(stateOf.get(`stripe ${id}`)).toBe("sent");
    expect(new Set(customers.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
    expect(new Set(customers.map(({ body }) => body)).size).toBe(1);
    const square = about(id, /square/);
    expect(stateOf.get(`square ${id}`)).toBe("sent");
    const keys = square.map(({ body }) => (JSON.parse(body) as Record<string, unknown>).idempotency_key);
    expect(new Set(keys)).toEqual(new Set([id]));
    const members = about(id, /mailchimp/);
    expect(stateOf.get(`mailchimp ${id}`)).toBe("sent");
    expect(new Set(members.map(({ path, body }) => `${path} ${body}`)).size).toBe(1);
    const caught = about(id, /zapier/);
    expect(caught.length).toBe(stateOf.get(`zapier ${id}`) === "sent" ? 1 : Math.min(caught.length, 1));
    expect(["sent", "parked"]).toContain(stateOf.get(`zapier ${id}`));
  }
  const parked = [...stateOf.values()].filter((state) => state === "parked").length;
  expect(parked).toBeLessThanOrEqual(2 * rounds);
}, 600_000);
