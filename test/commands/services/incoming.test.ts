// What comes in about services, through the real receiver. Providers are fakes on loopback (labelled); signatures are real.
import { createHmac, randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { metrics } from "../../../src/commands/metrics.ts";
import { services } from "../../../src/commands/services.ts";
import { webhooks } from "../../../src/commands/webhooks.ts";
import { openStore } from "../../../src/store/db.ts";
import { bodyOf, listDeliveries, listKept } from "../../../src/store/occurrences.ts";
import { type FakeProvider, startFakeProvider } from "../../services/fake-provider.ts";
import { createOperator, type Manner, type Operator } from "../operator.ts";

const KEY = "0123456789abcdef0123456789abcdef-us19";
const AT = "2026-11-20T11:59:58.000Z";

let operator: Operator;
let fake: FakeProvider;
beforeEach(async () => {
  operator = createOperator();
  fake = await startFakeProvider();
});
afterEach(async () => {
  operator.remove();
  await fake.close();
});

const run = (action: string, positionals: readonly string[], manner: Manner = {}) =>
  operator.run(services, [action, ...positionals], manner);

/** Serves until `meanwhile` is done. */
async function whileServing(
  meanwhile: (url: string) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const end = new AbortController();
  let failed: unknown;
  const { all } = await operator.run(
    (context, args) => {
      const record = (value: object): void => {
        const { type, url } = value as { type: string; url: string };
        if (type !== "webhooks") return;
        meanwhile(url)
          .catch((thrown: unknown) => {
            failed = thrown;
          })
          .finally(() => end.abort());
      };
      return webhooks({ ...context, ui: { ...context.ui, record } }, args);
    },
    ["serve"],
    { flags: { port: 0 }, signal: end.signal, env },
  );
  if (failed !== undefined) throw failed;
  return all;
}

async function addSource(name = "forms"): Promise<string> {
  const { records } = await run("sources", ["add", name]);
  return String(records[0]?.secret);
}

function signed(secret: string, event: object, id = "msg_1", at = Date.now()): RequestInit {
  const body = JSON.stringify(event);
  const time = String(Math.floor(at / 1000));
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${time}.${body}`).digest("base64");
  const headers = { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": `v1,${signature}` };
  return { method: "POST", headers: { ...headers, "content-type": "application/json" }, body };
}

const form = (email = "ada@example.com") => ({
  type: "form_submission",
  timestamp: AT,
  data: { form: "contact", name: "Ada", email },
});

async function inStore<T>(read: (store: ReturnType<typeof openStore>) => T): Promise<T> {
  const store = openStore(operator.home);
  try {
    return read(store);
  } finally {
    store.close();
  }
}

async function connectMailchimp(): Promise<void> {
  fake.answer(() => ({ status: 200, json: { health_status: "Everything's Chimpy!" } }));
  const set = [`baseUrl=${fake.baseUrl}`, "list_id=0123456789"];
  const { exit } = await run("connect", ["mailchimp"], {
    answers: [KEY],
    flags: { set, point: ["form_submission"], field: ["email"], every: "weekly" },
  });
  expect(exit).toBe(0);
}

describe("services sources", () => {
  test("a secret is shown once, and is in no list", async () => {
    const { out, records } = await run("sources", ["add", "forms"]);
    const secret = String(records[0]?.secret);
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(out).toContain(secret);
    const listed = await run("sources", ["list"]);
    expect(listed.records).toEqual([
      expect.objectContaining({ type: "source", name: "forms", path: "/events/forms" }),
    ]);
    expect(listed.all).not.toContain(secret);
    await expect(run("sources", ["add", "forms"])).rejects.toMatchObject({ code: "services.name-taken" });
  });

  test.each(["engine", "hand", "Forms", "../x", ""])("none is called %j", async (name) => {
    await expect(run("sources", ["add", name])).rejects.toMatchObject({ code: "services.bad-name" });
  });

  test("one that is removed is a stranger", async () => {
    const secret = await addSource();
    expect((await run("sources", ["remove", "forms"])).exit).toBe(0);
    await expect(run("sources", ["remove", "forms"])).rejects.toMatchObject({
      code: "services.unknown-source",
    });
    await whileServing(async (url) => {
      expect((await fetch(`${url}/events/forms`, signed(secret, form()))).status).toBe(401);
    });
  });
});

describe("POST /events/<source>", () => {
  test("what is told is queued once, sealed, with its own time, for those who asked", async () => {
    await connectMailchimp();
    const secret = await addSource();
    await whileServing(async (url) => {
      for (let n = 0; n < 3; n++) {
        const answer = await fetch(`${url}/events/forms`, signed(secret, form()));
        expect([answer.status, await answer.text()]).toEqual([200, ""]);
      }
    });
    const [one, ...others] = await inStore((store) => listDeliveries(store, undefined, 10));
    expect(others).toEqual([]);
    expect(one).toMatchObject({
      service: "mailchimp",
      source: "forms",
      point: "form_submission",
      atMs: Date.parse(AT),
      state: "waiting",
    });
    expect(one?.occurrence).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    const kept = await inStore((store) => bodyOf(store, one?.occurrence ?? ""));
    expect(kept?.sealed).toBe(true);
    expect(Buffer.from(kept?.body ?? []).toString("latin1")).not.toContain("ada@");
  });

  test("an id that comes with other content is taken once, and the operator is told", async () => {
    await connectMailchimp();
    const secret = await addSource();
    const shown = await whileServing(async (url) => {
      for (const email of ["ada@example.com", "ada@example.com", "eve@example.com"])
        expect((await fetch(`${url}/events/forms`, signed(secret, form(email)))).status).toBe(200);
    });
    expect(shown.match(/with other content/g)).toHaveLength(1);
    expect(await inStore((store) => listDeliveries(store, undefined, 10))).toHaveLength(1);
  });

  test("two sources that use the same id told of two things", async () => {
    await connectMailchimp();
    const [forms, shop] = [await addSource("forms"), await addSource("shop")];
    await whileServing(async (url) => {
      await fetch(`${url}/events/forms`, signed(forms, form("a@example.com")));
      await fetch(`${url}/events/shop`, signed(shop, form("b@example.com")));
    });
    expect(await inStore((store) => listDeliveries(store, undefined, 10))).toHaveLength(2);
  });

  test("a stranger is told the same as one who has the wrong secret, and nothing is queued", async () => {
    await connectMailchimp();
    const secret = await addSource();
    const wrong = `whsec_${Buffer.alloc(32).toString("base64")}`;
    const shown = await whileServing(async (url) => {
      const tampered = {
        ...signed(secret, form()),
        body: JSON.stringify(form("eve@example.com")),
      };
      const stale = signed(secret, form(), "msg_2", Date.now() - 6 * 60_000);
      const tries = [
        fetch(`${url}/events/forms`, signed(wrong, form())),
        fetch(`${url}/events/nobody`, signed(secret, form())),
        fetch(`${url}/events/forms`, tampered),
        fetch(`${url}/events/forms`, stale),
        fetch(`${url}/events/forms`, { method: "POST", body: JSON.stringify(form()) }),
      ];
      for (const answer of await Promise.all(tries)) {
        expect([answer.status, await answer.text()]).toEqual([401, ""]);
      }
    });
    expect(shown).toContain("signature does not fit");
    expect(await inStore((store) => listDeliveries(store, undefined, 10))).toEqual([]);
  });

  test.each([
    { ...form(), type: "content_published" },
    { ...form(), type: "anything" },
    { ...form(), timestamp: "yesterday" },
    { type: "form_submission", data: {} },
  ])("genuine, but not understood: %j", async (event) => {
    const secret = await addSource();
    const shown = await whileServing(async (url) => {
      expect((await fetch(`${url}/events/forms`, signed(secret, event, randomUUID()))).status).toBe(400);
    });
    expect(shown).toContain("not understood");
  });
});

test("what a service tells back of what it was sent goes round no second time", async () => {
  await connectMailchimp();
  const secret = await addSource();
  const shown = await whileServing(async (url) => {
    await fetch(`${url}/events/forms`, signed(secret, form()));
    const [sent] = await inStore((store) => listDeliveries(store, undefined, 10));
    // As a Zap does that hands on all it was given, under ids of its own.
    const back = { ...form(), data: { ...form().data, event_id: String(sent?.occurrence) } };
    for (const id of ["zap_1", "zap_2", "zap_2"]) {
      expect((await fetch(`${url}/events/forms`, signed(secret, back, id))).status).toBe(200);
    }
  });
  expect(shown).toContain("it came back");
  expect(await inStore((store) => listDeliveries(store, undefined, 10))).toHaveLength(1);
});

describe("services forget", () => {
  test("removes what waits of this person, and of nobody else; it is not taken again", async () => {
    await connectMailchimp();
    const secret = await addSource();
    const tell = (id: string, email: string) => (url: string) =>
      fetch(`${url}/events/forms`, signed(secret, form(email), id));
    await whileServing(async (url) => {
      await tell("msg_1", "ada@example.com")(url);
      await tell("msg_2", "eve@example.com")(url);
    });
    await expect(run("forget", ["@example.com"])).rejects.toMatchObject({ code: "services.no-address" });
    for (const other of ["da@example.com", "ada@example.co"]) {
      const { records } = await run("forget", [other], { flags: { yes: true } });
      expect(records).toEqual([{ type: "forgotten", occurrences: 0 }]);
    }
    const declined = await run("forget", ["ADA@example.com"], { answers: [false] });
    expect(declined.exit).not.toBe(0);
    expect(await inStore((store) => listKept(store))).toHaveLength(2);
    const { exit, records } = await run("forget", ["ADA@example.com"], { flags: { yes: true } });
    expect([exit, records]).toEqual([0, [{ type: "forgotten", occurrences: 1 }]]);
    await whileServing(async (url) => {
      expect((await tell("msg_1", "ada@example.com")(url)).status).toBe(200);
    });
    expect(await inStore((store) => listDeliveries(store, undefined, 10))).toHaveLength(1);
    expect(await inStore((store) => listKept(store))).toHaveLength(1);
    const { out } = await operator.run(metrics, []);
    expect(out).toContain('ainstein_cms_service_deliveries{service="mailchimp",state="waiting"} 1');
  });
});

describe("POST /services/<name>", () => {
  const body = new URLSearchParams({ type: "subscribe", "data[email]": "ada@example.com" }).toString();
  const post = (): RequestInit => ({
    method: "POST",
    body,
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });

  test("a webhook that was registered is taken, once; strangers are not", async () => {
    await connectMailchimp();
    const registered: string[] = [];
    fake.answer(({ method, body: asked }) => {
      if (method !== "POST") return { status: 200, json: { webhooks: [] } };
      registered.push(JSON.parse(asked).url);
      return { status: 200, json: { id: "hook1", url: JSON.parse(asked).url } };
    });
    const { exit, all } = await run("webhooks", ["register", "mailchimp"], {
      flags: { url: "https://hooks.example.com" },
    });
    expect(exit).toBe(0);
    const [target = ""] = registered;
    const key = new URL(target).searchParams.get("key") ?? "";
    expect(target).toMatch(/^https:\/\/hooks\.example\.com\/services\/mailchimp\?key=/);
    expect(key.length).toBeGreaterThan(30);
    expect(all).not.toContain(key);
    const genuine = `/services/mailchimp?key=${encodeURIComponent(key)}`;
    await whileServing(async (url) => {
      expect((await fetch(`${url}/services/mailchimp`)).status).toBe(200);
      for (const path of [genuine, genuine]) expect((await fetch(`${url}${path}`, post())).status).toBe(200);
      for (const path of ["/services/mailchimp", "/services/mailchimp?key=x", `/services/nobody?key=${key}`])
        expect((await fetch(`${url}${path}`, post())).status).toBe(401);
    });
    const { records, all: shown } = await run("events", [], { flags: { in: true } });
    expect(records).toEqual([
      expect.objectContaining({ service: "mailchimp", topic: "subscribe", deliveries: 2 }),
    ]);
    expect(shown).not.toContain("ada@");
  });

  test("an address that is signed is the one the provider knows, not the one behind the proxy", async () => {
    const values = {
      environment: "sandbox",
      access_token: "EAAA0123456789abcdef0123456789",
      webhook_signature_key: "key of the subscription",
      baseUrl: fake.baseUrl,
    };
    const env = { AINSTEIN_SERVICE_SQUARE: JSON.stringify(values) };
    fake.answer(() => ({ status: 200, json: { client_id: "sq0idp", merchant_id: "M1", scopes: [] } }));
    expect((await run("connect", ["square"], { env, flags: { every: "real_time" } })).exit).toBe(0);
    const told = JSON.stringify({ event_id: "e1", type: "payment.updated", created_at: AT });
    const sign = (address: string) =>
      createHmac("sha256", values.webhook_signature_key).update(`${address}${told}`).digest("base64");
    const from = (host: string, proto?: string) => ({
      "x-forwarded-host": host,
      ...(proto === undefined ? {} : { "x-forwarded-proto": proto }),
      "x-square-hmacsha256-signature": sign("https://hooks.example.com/services/square"),
    });
    await whileServing(async (url) => {
      const post = (headers: Record<string, string>, body = told) =>
        fetch(`${url}/services/square`, { method: "POST", headers, body });
      expect((await post(from("hooks.example.com", "https"))).status).toBe(200);
      expect((await post(from("else.example.com", "https"))).status).toBe(401);
      expect((await post(from("hooks.example.com", "https"), told.replace("e1", "e2"))).status).toBe(401);
    }, env);
    const { records } = await run("events", [], { flags: { in: true } });
    expect(records).toEqual([
      expect.objectContaining({ service: "square", topic: "payment.updated", at: AT, deliveries: 1 }),
    ]);
  });

  test("a subscription that ends by itself is renewed while the receiver runs", async () => {
    fake.answer(() => ({ status: 200, json: { records: [{ id: "rec1", fields: {} }] } }));
    const set = [`baseUrl=${fake.baseUrl}`, "base_id=app0123456789ABCD", "table=Leads"];
    const connected = await run("connect", ["airtable"], {
      answers: [`pat0123456789ABCD.${"0".repeat(64)}`],
      flags: { set, every: "real_time" },
    });
    expect(connected.exit, connected.all).toBe(0);
    fake.answer(({ method }) =>
      method === "POST"
        ? { status: 200, json: { id: "ach1", macSecretBase64: "c2VjcmV0" } }
        : { status: 200, json: { webhooks: [] } },
    );
    await run("webhooks", ["register", "airtable"], { flags: { url: "https://hooks.example.com" } });
    fake.answer(() => ({ status: 200, json: {} }));
    await whileServing(async () => {
      while (fake.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    });
    expect(fake.seen.map(({ method, path }) => [method, path.split("/").slice(-2).join("/")])).toEqual([
      ["POST", "ach1/refresh"],
    ]);
  });

  test("what was registered from here is removed there, and no other", async () => {
    await connectMailchimp();
    fake.answer(({ method }) =>
      method === "POST"
        ? { status: 200, json: { id: "hook1" } }
        : { status: 200, json: { webhooks: [{ id: "hook0", url: "https://else.example" }] } },
    );
    await run("webhooks", ["register", "mailchimp"], { flags: { url: "https://hooks.example.com" } });
    const url = "https://hooks.example.com/services/mailchimp";
    const hooks = [
      { id: "hook0", url: "https://else.example" },
      { id: "hook1", url: `${url}?k=hidden` },
    ];
    fake.answer(() => ({ status: 200, json: { webhooks: hooks } }));
    const listed = await run("webhooks", ["list", "mailchimp"]);
    expect(listed.records).toMatchObject([
      { id: "hook0", url: "https://else.example", made: false },
      { id: "hook1", url, made: true },
    ]);
    expect(listed.all).not.toContain("hidden");
    fake.answer(() => ({ status: 204, text: "" }));
    expect((await run("webhooks", ["remove", "mailchimp"])).exit).toBe(0);
    expect(fake.seen.map(({ method, path }) => [method, path.split("/").at(-1)])).toEqual([
      ["DELETE", "hook1"],
    ]);
  });
});
