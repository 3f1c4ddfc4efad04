// `services connect` of what is connected already, and what it does not take. The provider is a fake on loopback (labelled).
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { services } from "../../../src/commands/services.ts";
import { openStore } from "../../../src/store/db.ts";
import { getService } from "../../../src/store/services.ts";
import { type FakeProvider, startFakeProvider } from "../../services/fake-provider.ts";
import { createOperator, type Manner, type Operator } from "../operator.ts";

const OLD = "pat-na1-old-0123456789abcdef";
const NEW = "pat-na1-new-0123456789abcdef";
const HOOKS = "client-secret-0123456789";

let operator: Operator;
let fake: FakeProvider;
beforeEach(async () => {
  operator = createOperator();
  fake = await startFakeProvider();
  fake.answer(() => ({ status: 200, json: { portalId: 7 } }));
});
afterEach(async () => {
  operator.remove();
  await fake.close();
});

const connect = (provider: string, manner: Manner = {}) =>
  operator.run(services, ["connect", provider], manner);
const set = (...more: readonly string[]) => [`baseUrl=${fake.baseUrl}`, ...more];

const connectHubspot = () =>
  connect("hubspot", {
    answers: [OLD, ""],
    flags: { set: set(), point: ["form_submission"], field: ["email"], every: "hourly" },
  });

function stored(name = "hubspot") {
  const store = openStore(operator.home);
  try {
    return getService(store, name);
  } finally {
    store.close();
  }
}

const bearer = () => fake.seen.map(({ headers }) => headers.authorization);

describe("a service that is connected again", () => {
  test("is told of the same as before, with the same fields, where nothing else is said", async () => {
    expect((await connectHubspot()).exit).toBe(0);
    const before = stored();
    const again = await connect("hubspot", {
      stdin: JSON.stringify({ access_token: NEW }),
      flags: { secretsStdin: true },
    });
    expect(again.exit).toBe(0);
    const telling = { points: ["form_submission"], fields: ["email"], every: "hourly" };
    expect(stored()).toMatchObject({ ...telling, createdAt: before?.createdAt });
    expect(again.records).toEqual([expect.objectContaining(telling)]);
    expect(bearer()).toEqual([`Bearer ${OLD}`, `Bearer ${NEW}`]);
  });

  test("is asked for new secrets, of which an empty answer keeps the old; and for what signs its webhooks", async () => {
    await connectHubspot();
    const asked = await connect("hubspot", { answers: [NEW, HOOKS] });
    expect(asked.questions).toEqual([
      expect.stringContaining("empty keeps"),
      expect.stringContaining("for what comes in"),
    ]);
    expect(asked.all).not.toContain(HOOKS);
    expect((await connect("hubspot", { answers: ["", ""] })).exit).toBe(0);
    expect(bearer()).toEqual([OLD, NEW, NEW].map((token) => `Bearer ${token}`));
  });

  test("keeps the old ones where the new ones are refused", async () => {
    await connectHubspot();
    fake.answer(() => ({ status: 401, json: {} }));
    expect((await connect("hubspot", { answers: [NEW, ""] })).exit).toBe(5);
    fake.answer(() => ({ status: 200, json: { portalId: 7 } }));
    await operator.run(services, ["test", "hubspot"]);
    expect(bearer()).toEqual([`Bearer ${OLD}`]);
  });

  test("is told of nothing, or sent everything, where that is said", async () => {
    await connectHubspot();
    await connect("hubspot", { answers: ["", ""], flags: { field: ["all"] } });
    expect(stored()).toMatchObject({ points: ["form_submission"], fields: [] });
    await connect("hubspot", { answers: ["", ""], flags: { point: ["none"] } });
    expect(stored()).toMatchObject({ points: [] });
  });
});

describe("what is not taken", () => {
  test("a secret on the command line, whatever it is worth", async () => {
    const attempt = connect("hubspot", { answers: [OLD], flags: { set: set(`access_token=${OLD}`) } });
    await expect(attempt).rejects.toMatchObject({
      code: "services.secret-setting",
      message: expect.not.stringContaining(OLD),
      hint: expect.stringContaining("--secrets-stdin"),
    });
    expect(fake.seen).toEqual([]);
  });

  test("a point that the provider does nothing about, before anything is asked", async () => {
    const attempt = connect("hubspot", { answers: [OLD], flags: { set: set(), point: ["run_failed"] } });
    await expect(attempt).rejects.toMatchObject({
      message: "--point run_failed: HubSpot does nothing with it.",
      hint: expect.stringContaining("form_submission"),
    });
    expect(fake.seen).toEqual([]);
  });

  test("an interval after which a provider counts nothing", async () => {
    const env = {
      AINSTEIN_SERVICE_GOOGLE_ANALYTICS: JSON.stringify({
        measurement_id: "G-ABC123",
        api_secret: "0123456789abcdef",
      }),
    };
    const flags = { point: ["form_submission"] };
    const weekly = connect("google-analytics", { env, flags: { ...flags, every: "weekly" } });
    await expect(weekly).rejects.toMatchObject({ code: "services.too-seldom" });
    expect((await connect("google-analytics", { env, flags: { ...flags, every: "daily" } })).exit).toBe(0);
  });
});

test("what is told of, and would do nothing as it is set up, is said", async () => {
  fake.answer(() => ({ status: 200, json: { health_status: "Everything's Chimpy!" } }));
  const key = "0123456789abcdef0123456789abcdef-us19";
  const said = await connect("mailchimp", {
    answers: [key],
    flags: { set: set(), point: ["form_submission"] },
  });
  expect(said.notes).toContain("only where list_id is set");
  const silent = await connect("mailchimp", { answers: [""], flags: { set: ["list_id=0123456789"] } });
  expect(silent.notes).not.toContain("only where");
});

test("a point that nothing is done about is not queued", async () => {
  await connectHubspot();
  const attempt = operator.run(services, ["send", "hubspot", "checkout"], { flags: { yes: true } });
  await expect(attempt).rejects.toMatchObject({
    code: "services.idle",
    hint: expect.stringContaining("form_submission"),
  });
  expect((await operator.run(services, ["events"])).records).toEqual([]);
});

test("what a service was not sent yet is asked about before it is removed with it", async () => {
  await connectHubspot();
  fake.answer(() => ({ status: 503, json: {} }));
  const event = { flags: { field: ["email=ada@example.com"], yes: true } };
  await operator.run(services, ["send", "hubspot", "form_submission"], event);
  const declined = await operator.run(services, ["remove", "hubspot"], { answers: [false] });
  expect([declined.exit, declined.questions]).toEqual([2, [expect.stringContaining("1 waiting")]]);
  expect(stored()).toBeDefined();
  expect((await operator.run(services, ["remove", "hubspot"], { flags: { yes: true } })).exit).toBe(0);
  expect(stored()).toBeUndefined();
});
