import { createHmac, timingSafeEqual } from "node:crypto";
import { rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Scratch, scratchServer } from "../../../src/tasks/database/server.ts";
import { call, install, modelOf, type Running, run, start, written } from "./support.ts";

const KEY = "3f9d1c77e0b24a5f8d6e2b1a90c4f7e1";
const SECRET = "b7e2d94f1a6c4830957e6d2f8c1b0a34";
const WITH_KEY = { "x-api-key": KEY };

const specification = (type: "postgresql" | "mysql") => ({
  api_requirements: {
    name: "site",
    endpoints: [
      {
        path: "/api/contact",
        authentication: "api_key",
        fields: ["name", "email", "message", { name: "budget", type: "integer", required: false, min: 0 }],
      },
      { path: "/api/newsletter" },
      { path: "/api/register" },
      { path: "/api/login" },
      { path: "/api/me", method: "GET", authentication: "jwt_token" },
      { path: "/api/products", method: "GET" },
      { path: "/api/products/{id}", method: "GET" },
      { path: "/api/products", method: "POST", authentication: "jwt_token" },
      { path: "/api/orders", method: "POST", authentication: "api_key" },
      { path: "/hooks/pay", handler: "webhook" },
      { path: "/api/things", method: "POST", table: "things" },
      { path: "/api/things/{id}", method: "GET", table: "things" },
    ],
    rate_limiting: "300_requests_per_minute",
    cors_origins: ["https://client.example"],
  },
  database_config: {
    type,
    name: "site",
    schema_requirements: {
      tables: ["users", "orders", "products", THINGS],
      relationships: ["users_to_orders", "orders_to_products"],
    },
  },
});

/** A column of each type. */
const THINGS = {
  name: "things",
  columns: [
    { name: "id", type: "uuid" },
    { name: "title", type: "string", length: 20, unique: true },
    { name: "body", type: "text", nullable: true },
    { name: "count", type: "integer", check: { min: 1 } },
    { name: "large", type: "bigint" },
    { name: "ratio", type: "decimal", precision: 6, scale: 2 },
    { name: "on", type: "boolean", default: false },
    { name: "day", type: "date" },
    { name: "at", type: "timestamp" },
    { name: "extra", type: "json" },
    { name: "price", type: "money_cents" },
    { name: "kind", type: "enum", values: ["a", "b"], nullable: true },
  ],
  primary_key: ["id"],
};
const THING = {
  title: "Ünïcode 🙂",
  body: "'; DROP TABLE things; --",
  count: 3,
  large: "900719925474099312",
  ratio: "12.50",
  on: true,
  day: "2025-03-30",
  at: "2025-03-30T01:30:00.250Z",
  extra: [{ deep: null }],
  price: 9_007_199_254_740_991,
  kind: null,
};

/** What was posted to it, the first of them refused. */
async function receiver(): Promise<{ server: Server; url: string; got: Delivery[] }> {
  const got: Delivery[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    got.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(got.length === 1 ? 500 : 200).end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, got };
}
interface Delivery {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** As much of SMTP as is needed to take mails. */
async function mailbox(): Promise<{ server: TcpServer; url: string; mails: string[] }> {
  const mails: string[] = [];
  const server = createTcpServer((socket) => {
    let data: string | undefined;
    socket.write("220 here\r\n").toString();
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      const text = chunk.toString();
      if (data !== undefined) {
        data += text;
        if (!data.endsWith("\r\n.\r\n")) return;
        mails.push(data.replace(/=\r\n/g, "").replaceAll("=3D", "="));
        data = undefined;
      } else if (text.startsWith("DATA")) {
        data = "";
        socket.write("354 go on\r\n");
        return;
      }
      socket.write(text.startsWith("QUIT") ? "221 bye\r\n" : "250 ok\r\n");
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return { server, url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, mails };
}

function signed(body: string, at = Math.floor(Date.now() / 1000), secret = SECRET): Record<string, string> {
  const signature = createHmac("sha256", secret).update(`msg_1.${at}.${body}`).digest("base64");
  return { "webhook-id": "msg_1", "webhook-timestamp": String(at), "webhook-signature": `v1,${signature}` };
}

describe.each(["postgresql", "mysql"] as const)("a service on %s", (type) => {
  let scratch: Scratch;
  let dir: string;
  let service: Running;
  let events: Awaited<ReturnType<typeof receiver>>;
  let mail: Awaited<ReturnType<typeof mailbox>>;
  let env: Record<string, string>;
  let token: string;

  beforeAll(async () => {
    dir = await written(modelOf(specification(type)));
    [scratch, events, mail] = await Promise.all([
      scratchServer(type, { env: process.env }),
      receiver(),
      mailbox(),
      install(dir),
    ]);
    const { url } = await scratch.createDatabase("site");
    env = {
      DATABASE_URL: url,
      API_KEYS: `site:${KEY}`,
      JWT_SECRET: SECRET,
      WEBHOOK_SECRET: SECRET,
      EVENTS_URL: events.url,
      EVENTS_SECRET: SECRET,
      SMTP_URL: mail.url,
      MAIL_FROM: "site@client.example",
      PUBLIC_URL: "https://api.client.example",
    };
    await expect(start(dir, env)).rejects.toThrow(/exit 2: The database is not up to date/);
    await run(process.execPath, ["migrate.js", "up"], { cwd: dir, env });
    service = await start(dir, env);
  });
  afterAll(async () => {
    service?.child.kill("SIGKILL");
    events?.server.close();
    mail?.server.close();
    await scratch?.close();
    if (dir !== undefined) await rm(dirname(dirname(dir)), { recursive: true, force: true });
  });
  const ask: (words: string, body?: unknown, headers?: Record<string, string>) => ReturnType<typeof call> = (
    ...rest
  ) => call(service.url, ...rest);

  test("weak and missing secrets end the start with the name of the variable", async () => {
    for (const [name, value] of [
      ["JWT_SECRET", "short"],
      ["JWT_SECRET", "change-me-change-me-change-me-change-me"],
      ["API_KEYS", ""],
      ["TRUST_PROXY", "false"],
    ] as const)
      await expect(start(dir, { ...env, [name]: value })).rejects.toThrow(new RegExp(`exit 2: ${name}`));
  });

  test("a message is stored and told, signed, again after a refusal and under one id", async () => {
    const message = { name: "Ada", email: "ada@client.example", message: "<b>Hello</b>", budget: 5 };
    expect((await ask("POST /api/contact", message)).status).toBe(401);
    const stored = await ask("POST /api/contact", message, WITH_KEY);
    expect(stored).toMatchObject({ status: 201, body: { id: "1" } });
    expect((await ask("POST /api/contact", { ...message, extra: 1 }, WITH_KEY)).body.errors[0].field).toBe(
      "extra",
    );
    expect((await ask("POST /api/contact", { ...message, budget: "5" }, WITH_KEY)).status).toBe(400);
    expect((await ask("POST /api/contact", { ...message, name: "a\u0000" }, WITH_KEY)).status).toBe(400);
    expect((await ask("POST /api/contact", "x".repeat(70_000), WITH_KEY)).status).toBe(413);
    expect(
      (await ask("POST /api/contact", "a=1", { ...WITH_KEY, "content-type": "text/plain" })).status,
    ).toBe(415);
    await vi.waitFor(() => expect(events.got).toHaveLength(2), { timeout: 10_000 });
    const [first, second] = events.got;
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(JSON.parse(second?.body ?? "")).toMatchObject({
      type: "form_submission",
      data: { form: "contact", ...message },
    });
    const {
      "webhook-id": id,
      "webhook-timestamp": at,
      "webhook-signature": signature = "",
    } = second?.headers ?? {};
    const wanted = createHmac("sha256", SECRET).update(`${id}.${at}.${second?.body}`).digest();
    expect(timingSafeEqual(Buffer.from(String(signature).slice(3), "base64"), wanted)).toBe(true);
  });

  test("an account is made once, signs in, and sees itself without its hash", async () => {
    const account = { email: "Ada@Client.example", password: "correct horse battery", name: "Ada" };
    const made = await ask("POST /api/register", account);
    expect(made).toMatchObject({ status: 201, body: { email: account.email, name: "Ada" } });
    expect((await ask("POST /api/register", { ...account, email: "ada@client.example" })).status).toBe(409);
    const wrong = await ask("POST /api/login", { email: account.email, password: "wrong horse battery" });
    const unknown = await ask("POST /api/login", {
      email: "eve@client.example",
      password: "wrong horse battery",
    });
    expect(wrong.status).toBe(401);
    expect(unknown).toMatchObject({ status: 401, body: wrong.body });
    const login = await ask("POST /api/login", { email: "ada@client.example", password: account.password });
    expect(login).toMatchObject({ status: 200, body: { token_type: "Bearer", expires_in: 3600 } });
    token = login.body.token;
    const me = await ask("GET /api/me", undefined, { authorization: `Bearer ${token}` });
    expect(Object.keys(me.body).sort()).toEqual(["created_at", "email", "id", "name"]);
    const tampered = { authorization: `Bearer ${token.slice(0, -2)}xx` };
    expect((await ask("GET /api/me", undefined, tampered)).headers.get("www-authenticate")).toBe("Bearer");
  });

  test("accounts are made at the prompt, too", async () => {
    const made = run(process.execPath, ["create-user.js"], { cwd: dir, env });
    made.child.stdin?.end("grace@client.example\ncorrect horse battery\n");
    expect((await made).stdout).toMatch(/grace@client.example has the id \d+/);
    expect(
      (await ask("POST /api/login", { email: "grace@client.example", password: "correct horse battery" }))
        .status,
    ).toBe(200);
  });

  test("rows are made, found and listed; references, uniques and checks hold", async () => {
    const signedIn = { authorization: `Bearer ${token}` };
    const product = (sku: string) => ({ sku, name: "Cup", price_cents: 450, currency: "EUR" });
    for (const sku of ["c1", "c2", "c3"])
      expect(await ask("POST /api/products", product(sku), signedIn)).toMatchObject({
        status: 201,
        body: { active: true, description: null },
      });
    expect((await ask("POST /api/products", product("c1"), signedIn)).status).toBe(409);
    expect((await ask("POST /api/products", { ...product("c4"), price_cents: -1 }, signedIn)).status).toBe(
      400,
    );
    const page = await ask("GET /api/products?limit=2");
    expect(page.body.items.map(({ sku }: { sku: string }) => sku)).toEqual(["c1", "c2"]);
    expect((await ask(`GET /api/products?after=${page.body.next}`)).body).toMatchObject({
      items: [{ sku: "c3" }],
      next: null,
    });
    expect((await ask("GET /api/products?limit=0")).status).toBe(400);
    expect((await ask("GET /api/products/2")).body).toMatchObject({ id: "2", sku: "c2" });
    expect((await ask("GET /api/products/x")).status).toBe(404);
    expect((await ask("GET /api/products/99")).status).toBe(404);
    const order = { user_id: "999", currency: "EUR" };
    expect(await ask("POST /api/orders", order, WITH_KEY)).toMatchObject({
      status: 400,
      body: { errors: [{ field: "user_id" }] },
    });
    expect(await ask("POST /api/orders", { ...order, user_id: "1" }, WITH_KEY)).toMatchObject({
      status: 201,
      body: { user_id: "1", status: "pending", total_cents: 0 },
    });
  });

  test("a value of each type comes back as it went in", async () => {
    const made = await ask("POST /api/things", THING);
    expect(made).toMatchObject({ status: 201, body: THING });
    expect((await ask(`GET /api/things/${made.body.id}`)).body).toEqual(made.body);
    const deep = `${"[".repeat(2000)}${"]".repeat(2000)}`;
    for (const wrong of [
      { extra: JSON.parse(deep) },
      { extra: ["\ud800"] },
      { title: "\ud800" },
      { day: "2025-02-30" },
    ])
      expect((await ask("POST /api/things", JSON.stringify({ ...THING, title: "t", ...wrong }))).status).toBe(
        400,
      );
  });

  test("a delivery is taken once, and only when it is signed now and by us", async () => {
    const body = '{ "a" : 1 }';
    expect(await ask("POST /hooks/pay", body, signed(body))).toMatchObject({
      status: 202,
      body: { status: "accepted" },
    });
    expect(await ask("POST /hooks/pay", body, signed(body))).toMatchObject({
      status: 200,
      body: { status: "duplicate" },
    });
    const now = Math.floor(Date.now() / 1000);
    expect((await ask("POST /hooks/pay", '{"a":2}', signed(body))).status).toBe(401);
    expect((await ask("POST /hooks/pay", body, signed(body, now - 400))).status).toBe(401);
    expect((await ask("POST /hooks/pay", body, signed(body, now + 400))).status).toBe(401);
    expect((await ask("POST /hooks/pay", body, signed(body, now, KEY))).status).toBe(401);
    expect((await ask("POST /hooks/pay", body)).status).toBe(401);
  });

  test("nobody is on the list who has not confirmed", async () => {
    const subscribe = () => ask("POST /api/newsletter", { email: "ada@client.example", name: "Ada" });
    expect(await subscribe()).toMatchObject({ status: 202, body: { status: "pending" } });
    expect(await subscribe()).toMatchObject({ status: 202, body: { status: "pending" } });
    await vi.waitFor(() => expect(mail.mails).toHaveLength(1), { timeout: 10_000 });
    const link =
      /https:\/\/api\.client\.example(\/api\/newsletter\/confirm\?token=[\w-]+)/.exec(
        mail.mails[0] ?? "",
      )?.[1] ?? "";
    const leave = link.replace("confirm", "unsubscribe");
    expect((await ask(`GET ${leave}`)).body).toEqual({ status: "pending" });
    const before = events.got.length;
    for (let twice = 0; twice < 2; twice += 1)
      expect(await ask(`GET ${link}`)).toMatchObject({ status: 200, body: { status: "confirmed" } });
    await vi.waitFor(() => expect(events.got).toHaveLength(before + 1), { timeout: 10_000 });
    expect(JSON.parse(events.got.at(-1)?.body ?? "").data).toEqual({
      form: "newsletter",
      name: "Ada",
      email: "ada@client.example",
    });
    expect(await subscribe()).toMatchObject({ status: 202, body: { status: "pending" } });
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect(await ask(`POST ${leave}`, "List-Unsubscribe=One-Click", form)).toMatchObject({
      status: 200,
      body: { status: "unsubscribed" },
    });
    expect((await ask("GET /api/newsletter/confirm?token=none")).status).toBe(404);
    expect(mail.mails).toHaveLength(1);
  });

  test("origins, headers, numbers and its own description are as they should be", async () => {
    const allowed = await ask("GET /api/products", undefined, { origin: "https://client.example" });
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://client.example");
    expect(allowed.headers.get("x-content-type-options")).toBe("nosniff");
    expect(allowed.headers.get("content-security-policy")).toContain("default-src 'none'");
    const foreign = await ask("GET /api/products", undefined, { origin: "https://evil.example" });
    expect(foreign.headers.get("access-control-allow-origin")).toBeNull();
    expect((await ask("GET /metrics")).body).toMatch(
      /http_requests_total\{method="GET",route="\/api\/products",status="200"\} \d/,
    );
    expect((await ask("GET /metrics", undefined, { "x-forwarded-for": "203.0.113.9" })).status).toBe(401);
    expect((await ask("GET /openapi.json")).body.paths).toHaveProperty("/api/things/{id}.get");
  });

  test("the database goes and comes back, and the service stays", async () => {
    await scratch.stopServer?.();
    await vi.waitFor(async () => expect(await ask("GET /healthz")).toMatchObject({ status: 503 }), {
      timeout: 10_000,
    });
    const away = await ask("GET /api/products");
    expect(away.status).toBe(503);
    expect(Number(away.headers.get("retry-after"))).toBeGreaterThan(0);
    await scratch.startServer?.();
    await vi.waitFor(async () => expect((await ask("GET /api/products")).status).toBe(200), {
      timeout: 20_000,
    });
  });

  test("exactly so many calls are answered, those without a key and to nowhere among them", async () => {
    const fresh = await start(dir, { ...env, TRUST_PROXY: "1" });
    const from = (address: string, words: string) =>
      call(fresh.url, words, undefined, { "x-forwarded-for": address });
    const statuses = await Promise.all(
      Array.from({ length: 301 }, (_, index) =>
        from("203.0.113.1", index % 2 === 0 ? "GET /nowhere" : "GET /api/me"),
      ),
    );
    expect(statuses.filter(({ status }) => status === 429)).toHaveLength(1);
    const refused = await from("203.0.113.1", "GET /api/products");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect((await from("203.0.113.2", "GET /api/products")).status).toBe(200);
    expect((await from("203.0.113.1", "GET /healthz")).status).toBe(200);
    expect(await fresh.stop()).toBe(0);
  });

  test("it ends well, and nobody is cut off", async () => {
    const calls = Array.from({ length: 5 }, (_, index) =>
      ask("POST /api/register", { email: `late${index}@client.example`, password: "correct horse battery" }),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    const [code, ...answers] = await Promise.all([service.stop(), ...calls]);
    expect(code).toBe(0);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
  });
});
