// What happened is sent to services: durable, and never twice. Providers are fakes on loopback (labelled).
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { services } from "../../src/commands/services.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { bodyOf, type DeliveryState, listDeliveries } from "../../src/store/occurrences.ts";
import { PROGRAM, runProgram } from "../cli/program.ts";
import { type FakeProvider, type Given, startFakeProvider } from "../services/fake-provider.ts";
import { createOperator, type Manner, type Operator } from "./operator.ts";

const KEY = "0123456789abcdef0123456789abcdef-us19";
const HOOK = "https://hooks.zapier.com/hooks/catch/123456/abcdef/";
const VAULT = Buffer.alloc(32, 7).toString("base64");
const GOOD: Given = { status: 200, json: { id: "m1", health_status: "fine" } };

let operator: Operator;
let fake: FakeProvider;
beforeEach(async () => {
  operator = createOperator();
  fake = await startFakeProvider();
  fake.answer(() => GOOD);
});
afterEach(async () => {
  operator.remove();
  await fake.close();
});

const run = (action: string, positionals: readonly string[], manner: Manner = {}) =>
  operator.run(services, [action, ...positionals], manner);

async function connect(provider: "mailchimp" | "zapier", flags: Readonly<Record<string, unknown>> = {}) {
  const own = provider === "mailchimp" ? ["list_id=0123456789"] : [];
  const answers = [provider === "mailchimp" ? KEY : HOOK];
  const set = [`baseUrl=${fake.baseUrl}`, ...own];
  expect((await run("connect", [provider], { answers, flags: { set, ...flags } })).exit).toBe(0);
  fake.answer(() => GOOD);
}

const send = (service: string, flags: Readonly<Record<string, unknown>> = {}) =>
  run("send", [service, "form_submission"], {
    flags: { yes: true, field: ["email=ada@example.com", "name=Ada"], ...flags },
  });

function inStore<T>(look: (store: Store) => T): T {
  const store = openStore(operator.home);
  try {
    return look(store);
  } finally {
    store.close();
  }
}

const states = (): readonly DeliveryState[] =>
  inStore((store) => listDeliveries(store, undefined, 99).map(({ state }) => state));

/** Its pause is over. */
const letTimePass = () =>
  inStore((store) => store.run("UPDATE deliveries SET not_before_ms = 0 WHERE state = 'waiting'"));

describe("services send", () => {
  test("is sent once, its text removed, and nobody's address shown", async () => {
    await connect("mailchimp");
    const { exit, out } = await send("mailchimp");
    expect({ exit, out }).toEqual({ exit: 0, out: "1 sent" });
    expect(JSON.parse(fake.seen[0]?.body ?? "")).toMatchObject({ email_address: "ada@example.com" });
    const [delivery] = inStore((store) => listDeliveries(store, "sent", 9));
    expect(inStore((store) => bodyOf(store, delivery?.occurrence ?? ""))).toBeUndefined();
    expect((await run("events", [])).all).not.toContain("ada@");
  });

  test("asks first, and without a terminal takes no silence for a yes", async () => {
    await connect("mailchimp");
    await expect(send("mailchimp", { yes: false })).rejects.toMatchObject({ kind: "usage" });
    expect(fake.seen).toEqual([]);
    expect(states()).toEqual([]);
  });

  test("what waits is sealed", async () => {
    await connect("mailchimp");
    fake.answer(() => "reset");
    expect((await send("mailchimp")).exit).toBe(1);
    const [delivery] = inStore((store) => listDeliveries(store, "waiting", 9));
    const kept = inStore((store) => bodyOf(store, delivery?.occurrence ?? ""));
    expect(kept?.sealed).toBe(true);
    expect(Buffer.from(kept?.body ?? []).toString("latin1")).not.toContain("ada@");
  });
});

describe("a lost answer", () => {
  test("is asked again where the provider knows what it was sent, with the same words", async () => {
    await connect("mailchimp");
    fake.answer(() => "reset");
    await send("mailchimp");
    const [first] = fake.seen.slice(-1);
    letTimePass();
    fake.answer(() => GOOD);
    await connectAnew();
    expect(states()).toEqual(["sent", "sent"]);
    expect(fake.seen.some(({ body, path }) => body === first?.body && path === first?.path)).toBe(true);
  });

  test("parks what a provider would take twice, until somebody says so", async () => {
    await connect("zapier");
    fake.answer(() => "reset");
    await send("zapier");
    expect(states()).toEqual(["parked"]);
    fake.answer(() => GOOD);
    letTimePass();
    await send("zapier");
    expect(fake.seen.length).toBe(1);
    const [parked] = inStore((store) => listDeliveries(store, "parked", 9));
    expect((await run("replay", [String(parked?.seq)])).exit).toBe(0);
    expect(fake.seen.length).toBe(2);
    expect(states()).toEqual(["sent", "sent"]);
  });

  async function connectAnew() {
    await send("mailchimp");
  }
});

describe("a provider that is away", () => {
  test("is not asked for each of those that wait", async () => {
    await connect("mailchimp");
    fake.answer(() => ({ status: 503, json: {} }));
    await send("mailchimp");
    const asked = fake.seen.length;
    await send("mailchimp");
    await send("mailchimp");
    expect(states()).toEqual(["waiting", "waiting", "waiting"]);
    expect(fake.seen.length).toBe(asked);
    letTimePass();
    fake.answer(() => GOOD);
    await send("mailchimp");
    expect(states()).toEqual(["sent", "sent", "sent", "sent"]);
  });

  test("one that is never taken holds up no other", async () => {
    await connect("mailchimp");
    const eve = createHash("md5").update("eve@example.com").digest("hex");
    fake.answer(({ path }) => (path.includes(eve) ? { status: 500, json: {} } : GOOD));
    const deliver = () => run("replay", [], { flags: { allDead: true } });
    await send("mailchimp", { field: ["email=eve@example.com"] });
    await send("mailchimp");
    expect(states()).toEqual(["waiting", "waiting"]);
    for (let tries = 0; tries < 3; tries++) {
      letTimePass();
      await deliver();
    }
    expect(states()).toEqual(["sent", "waiting"]);
    await send("mailchimp");
    expect(states()).toEqual(["sent", "sent", "waiting"]);
  });

  test("what was told late is tried as often as anything else", async () => {
    await connect("mailchimp");
    fake.answer(() => ({ status: 503, json: {} }));
    await send("mailchimp");
    inStore((store) => store.run("UPDATE occurrences SET at_ms = 0"));
    letTimePass();
    await send("mailchimp");
    expect(states()).toEqual(["waiting", "waiting"]);
  });

  test("one that refuses the words is a dead letter, which can be replayed", async () => {
    await connect("mailchimp");
    fake.answer(() => ({ status: 400, json: { title: "Invalid Resource", detail: "looks fake" } }));
    await send("mailchimp");
    expect(states()).toEqual(["dead"]);
    fake.answer(() => GOOD);
    expect((await run("replay", [], { flags: { allDead: true } })).out).toBe("1 sent");
    await expect(run("replay", ["1"])).rejects.toMatchObject({ code: "services.not-replayable" });
  });
});

describe("the program itself", () => {
  const env = () => ({ AINSTEIN_HOME: operator.home, AINSTEIN_KEY: VAULT, HOME: operator.cwd });

  test.each(["mailchimp", "zapier"] as const)(
    "killed while %s is sent one: nothing lost, nothing twice",
    async (provider) => {
      await connect(provider);
      fake.answer(() => "silence");
      const words = [
        "services",
        "send",
        provider,
        "form_submission",
        "--field",
        "email=ada@example.com",
        "--yes",
      ];
      const child = spawn(process.execPath, [PROGRAM, ...words], {
        env: { PATH: process.env.PATH, ...env() },
        stdio: "ignore",
      });
      const ended = new Promise((resolve) => child.once("close", resolve));
      while (fake.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      child.kill("SIGKILL");
      await ended;
      const [first] = fake.seen;
      fake.answer(() => GOOD);
      const later = await runProgram(
        ["services", "send", provider, "form_submission", "--field", "email=bob@example.com", "--yes"],
        { env: env() },
      );
      expect(later.code).toBe(provider === "mailchimp" ? 0 : 1);
      const again = fake.seen.filter(({ body }) => body === first?.body);
      expect(again.length).toBe(provider === "mailchimp" ? 1 : 0);
      expect(states()).toEqual(provider === "mailchimp" ? ["sent", "sent"] : ["sent", "parked"]);
    },
  );

  test("tells who asked of what was published, once it was read back", async () => {
    await connect("zapier", { point: ["content_published", "content_updated"] });
    const root = join(operator.cwd, "content");
    mkdirSync(root);
    writeFileSync(join(root, "a.md"), "---\ntitle: One\nstatus: published\n---\n\nText.\n");
    const at = (...args: readonly string[]) => runProgram(args, { env: env(), cwd: root });
    writeFileSync(join(root, "draft.md"), "---\ntitle: Not yet\nstatus: draft\n---\n\nText.\n");
    expect((await at("connect", "local", "--name", "blog", "--url", "../site")).code).toBe(0);
    expect((await at("push", "--target", "blog", "--yes")).code).toBe(0);
    writeFileSync(join(root, "a.md"), "---\ntitle: One\nstatus: published\n---\n\nOther text.\n");
    expect((await at("publish", "a.md", "--target", "blog", "--yes")).code).toBe(0);
    expect((await at("publish", "a.md", "--target", "blog", "--yes")).code).toBe(0);
    const told = fake.seen.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(told).toMatchObject([
      { point: "content_published", title: "One", path: "a.md", kind: "post", target: "blog" },
      { point: "content_updated", title: "One", path: "a.md", target: "blog" },
    ]);
  });
});
