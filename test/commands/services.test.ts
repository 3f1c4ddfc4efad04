// Services on the command line. The provider is a fake on loopback (labelled): it proves the shape of what is asked.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { services } from "../../src/commands/services.ts";
import { openStore } from "../../src/store/db.ts";
import { getService } from "../../src/store/services.ts";
import { type FakeProvider, startFakeProvider } from "../services/fake-provider.ts";
import { createOperator, type Manner, type Operator } from "./operator.ts";

const KEY = "0123456789abcdef0123456789abcdef-us19";

let operator: Operator;
let fake: FakeProvider;
beforeEach(async () => {
  operator = createOperator();
  fake = await startFakeProvider();
  fake.answer(() => ({ status: 200, json: { health_status: "Everything's Chimpy!" } }));
});
afterEach(async () => {
  operator.remove();
  await fake.close();
});

const run = (action: string, positionals: readonly string[], manner: Manner = {}) =>
  operator.run(services, [action, ...positionals], manner);

function connectMailchimp(manner: Manner = {}) {
  const flags = {
    set: [`baseUrl=${fake.baseUrl}`, "list_id=0123456789"],
    point: ["form_submission"],
    field: ["email"],
    ...manner.flags,
  };
  return run("connect", ["mailchimp"], { answers: [KEY], ...manner, flags });
}

function stored(name = "mailchimp") {
  const store = openStore(operator.home);
  try {
    return getService(store, name);
  } finally {
    store.close();
  }
}

describe("services connect", () => {
  test("asks for what is missing, proves it, and stores it where nobody reads it", async () => {
    const { exit, out, questions, all } = await connectMailchimp();
    expect({ exit, questions: questions.length }).toEqual({ exit: 0, questions: 1 });
    expect(out).toContain("mailchimp: verified");
    expect(all).not.toContain(KEY);
    expect(stored()).toMatchObject({
      provider: "mailchimp",
      points: ["form_submission"],
      fields: ["email"],
      settings: { list_id: "0123456789" },
    });
    expect(JSON.stringify(stored())).not.toContain(KEY);
    expect(fake.seen[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from(`ainstein-cms:${KEY}`).toString("base64")}`,
    );
  });

  test("stores nothing that the provider refuses", async () => {
    fake.answer(() => ({ status: 401, json: { title: "API Key Invalid" } }));
    const { exit, out, notes } = await connectMailchimp();
    expect(exit).toBe(5);
    expect(out).toContain("mailchimp: refused");
    expect(notes).toContain("Nothing was stored.");
    expect(stored()).toBeUndefined();
  });

  test("stores nothing where nobody answers", async () => {
    fake.answer(() => "reset");
    const { exit } = await connectMailchimp();
    expect(exit).toBe(6);
    expect(stored()).toBeUndefined();
  });

  test("names what is missing, where it is found and the variable, where nobody can be asked", async () => {
    const attempt = run("connect", ["mailchimp"], { flags: { name: "client-news" } });
    await expect(attempt).rejects.toMatchObject({
      code: "services.credentials-missing",
      hint: expect.stringMatching(/API keys.*AINSTEIN_SERVICE_CLIENT_NEWS/s),
    });
  });

  test("secrets from standard input and from the environment, which are written nowhere", async () => {
    const given = await connectMailchimp({
      answers: [],
      stdin: JSON.stringify({ api_key: KEY }),
      flags: { secretsStdin: true },
    });
    expect(given.exit).toBe(0);
    const env = { AINSTEIN_SERVICE_OTHER: JSON.stringify({ provider: "mailchimp", api_key: KEY }) };
    const other = await connectMailchimp({ answers: [], env, flags: { name: "other" } });
    expect(other.exit).toBe(0);
    await expect(run("test", ["other"])).rejects.toMatchObject({ code: "services.credentials-missing" });
    expect((await run("test", ["other"], { env })).exit).toBe(0);
  });

  test.each([
    ["a provider there is not", ["mailchump"], {}, "services.unknown-provider"],
    ["a field there is not", ["mailchimp"], { set: ["lisd_id=1"] }, "services.unknown-field"],
    ["a point there is not", ["mailchimp"], { point: ["form_submision"] }, "bad-flag"],
    ["an interval that is none", ["mailchimp"], { every: "sometimes" }, "bad-flag"],
    ["a name that is none", ["mailchimp"], { name: "Über" }, "services.bad-name"],
  ])("%s is refused with what helps", async (_what, positionals, flags, code) => {
    const attempt = run("connect", positionals, { answers: [KEY], flags });
    await expect(attempt).rejects.toMatchObject({ kind: "usage", code, hint: expect.stringMatching(/./) });
    expect(fake.seen).toEqual([]);
  });
});

describe("services that are connected", () => {
  test("are listed and shown without their secrets, tested and removed", async () => {
    await connectMailchimp();
    const shown = [await run("list", []), await run("show", ["mailchimp"])];
    expect(shown.map(({ exit }) => exit)).toEqual([0, 0]);
    for (const { all } of shown) {
      expect(all).toContain("form_submission");
      expect(all).not.toContain(KEY);
    }
    fake.answer(() => ({ status: 401, json: {} }));
    expect((await run("test", [])).exit).toBe(5);
    expect(stored()?.verdict).toMatchObject({ verdict: "refused" });
    expect((await run("remove", ["mailchimp"])).exit).toBe(0);
    expect(stored()).toBeUndefined();
    await expect(run("remove", ["mailchimp"])).rejects.toMatchObject({ code: "services.unknown" });
  });

  test("one that was connected is not replaced by another provider of that name", async () => {
    await connectMailchimp();
    const attempt = run("connect", ["stripe"], { answers: ["sk_test_1"], flags: { name: "mailchimp" } });
    await expect(attempt).rejects.toMatchObject({ code: "services.name-taken" });
  });

  test("a provider is shown as its page has it", async () => {
    const { out } = await run("show", ["stripe"]);
    expect(out).toContain("# Stripe");
    expect((await run("list", [], { flags: { all: true } })).out).toContain("hubspot");
  });
});
