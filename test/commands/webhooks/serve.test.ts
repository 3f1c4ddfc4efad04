import { mkdirSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { connect } from "../../../src/commands/connect.ts";
import { publish } from "../../../src/commands/publish.ts";
import { webhooks } from "../../../src/commands/webhooks.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { startShopifySandbox } from "../../../src/sandbox/shopify/server.ts";
import { listEvents } from "../../../src/store/events.ts";
import { type Bench, bench, removeTempDirs, tempDir } from "../bench.ts";
import { editOnSite } from "../site-edit.ts";
import { SECRET, signed } from "./deliveries.ts";

const WP = { platform: "wordpress", url: "http://127.0.0.1:9/wp-json", username: "a", password: "b" };

let operator: Bench;
beforeEach(() => {
  operator = bench({
    env: { AINSTEIN_CONNECTION_WP: JSON.stringify({ ...WP, webhookSecret: SECRET }) },
  });
});
afterAll(removeTempDirs);

interface Listening {
  readonly url: string;
  readonly admin: string;
}

/** Serves until `meanwhile` is done. */
async function whileServing(meanwhile: (at: Listening) => Promise<void>, flags = {}) {
  const end = new AbortController();
  let failed: unknown;
  const ran = await operator.run(
    (context, args) => {
      const record = (value: object): void => {
        if ((value as { type: string }).type !== "webhooks") return;
        meanwhile(value as Listening)
          .catch((thrown: unknown) => {
            failed = thrown;
          })
          .finally(() => end.abort());
      };
      return webhooks({ ...context, signal: end.signal, ui: { ...context.ui, record } }, args);
    },
    ["serve"],
    { port: 0, adminPort: 0, ...flags },
  );
  if (failed !== undefined) throw failed;
  return ran;
}

async function stored() {
  let found: ReturnType<typeof listEvents> = [];
  await operator.run(async (context) => {
    found = listEvents(context.store(), 100);
    return 0;
  });
  return found;
}

/** Waits as long as the test may. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 50));
}

test("serves until it is interrupted: a delivery is noted, a test leads to nothing, and both end well", async () => {
  const ran = await whileServing(async ({ url, admin }) => {
    const { headers, body } = signed("msg_1", { id: "7" }, Date.now());
    const answer = await fetch(`${url}/webhooks/wp`, { method: "POST", headers, body });
    expect(answer.status).toBe(200);
    const tested = await operator.run(webhooks, ["test", "wp"], { url: `${url}/webhooks/wp` });
    expect([tested.exit, tested.out.join()]).toEqual([0, expect.stringContaining("answered 200")]);
    for (const [base, path] of [
      [url, "/healthz"],
      [admin, "/healthz"],
      [admin, "/readyz"],
    ]) {
      expect((await fetch(`${base}${path}`)).status).toBe(200);
    }
    const figures = await fetch(`${admin}/metrics`);
    expect(figures.headers.get("content-type")).toContain("version=0.0.4");
    expect(figures.status).toBe(200);
    for (const path of ["/readyz", "/metrics"]) expect((await fetch(`${url}${path}`)).status).toBe(404);
    await until(async () => (await stored()).every(({ state }) => state !== "new" && state !== "taken"));
  });
  expect(ran.exit).toBe(0);
  expect(ran.out.filter((line) => line.startsWith("wp: ")).join()).toMatch(/1 test/);
  const sample = (await stored())[0]?.seq;
  expect((await operator.run(webhooks, ["replay", `${sample}`])).out).toEqual([
    `event ${sample}: a test, which leads to nothing`,
  ]);
  expect((await stored()).map(({ state, detail }) => [state, detail])).toEqual([
    ["echo", "a test"],
    ["noted", undefined],
  ]);
});

test("what was stored and not dealt with before the receiver ended is dealt with by the next one", async () => {
  const { headers, body } = signed("msg_1", { id: "7" }, Date.now());
  await whileServing(async ({ url }) => {
    await fetch(`${url}/webhooks/wp`, { method: "POST", headers, body });
  });
  expect((await stored()).map(({ state }) => state)).toEqual(["new"]);
  await whileServing(() => until(async () => (await stored())[0]?.state === "noted"));
  expect((await stored()).map(({ state }) => state)).toEqual(["noted"]);
});

test("a delivery that is half there when the receiver is to end is taken, and then it ends", async () => {
  const { headers, body } = signed("msg_1", { id: "7" }, Date.now());
  let answer: Promise<string> = Promise.resolve("");
  const ran = await whileServing(async ({ url }) => {
    const socket = createConnection(Number(new URL(url).port), "127.0.0.1");
    const lines = Object.entries({
      host: "x",
      connection: "close",
      "content-length": `${body.length}`,
      ...headers,
    });
    socket.write(
      `POST /webhooks/wp HTTP/1.1\r\n${lines.map((line) => line.join(": ")).join("\r\n")}\r\n\r\n`,
    );
    socket.write(body.slice(0, 9));
    let heard = "";
    socket.on("data", (data) => {
      heard += data.toString();
    });
    answer = new Promise((resolve) => {
      socket.once("close", () => resolve(heard));
      socket.once("error", () => resolve(heard));
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    setTimeout(() => socket.write(body.slice(9)), 400);
  });
  expect([ran.exit, (await answer).split("\r\n")[0]]).toEqual([0, "HTTP/1.1 200 OK"]);
  expect((await stored()).map(({ key }) => key)).toEqual(["id:msg_1"]);
});

test("a sweep finds what no webhook told, and it is pulled", async () => {
  const site = tempDir("site");
  operator.env.AINSTEIN_CONNECTION_SITE = JSON.stringify({ platform: "local", url: site });
  operator.write("post.md", "---\ntitle: Post\nslug: post\n---\n\nText.\n");
  expect((await operator.run(publish, ["."], { target: ["site"] })).exit).toBe(0);
  writeFileSync(
    join(operator.home, "config.yaml"),
    `webhooks:\n  site: {do: pull, root: ${JSON.stringify(operator.root)}}\n`,
  );
  editOnSite(site, "post", () => ({ body: "Edited." }));
  let ahead = 0;
  operator.clock = { ...systemClock, now: () => Date.now() + ahead };
  // The next sweep is due long before the one under way is done.
  const meanwhile = () =>
    until(async () => {
      ahead += 60_000;
      return (await stored())[0]?.state === "pulled";
    });
  expect((await whileServing(meanwhile, { sweep: 60_000 })).exit).toBe(0);
  expect((await stored()).map(({ topic, state }) => [topic, state])).toEqual([["sweep", "pulled"]]);
  expect(operator.read("post.md")).toContain("Edited.");
});

test("a sweep that compares nothing says so, and one of every few seconds is refused", async () => {
  const { events } = await whileServing(async () => {}, { sweep: 60_000 });
  expect(JSON.stringify(events)).toContain("--sweep compares nothing");
  const { fault } = await operator.run(webhooks, ["serve"], { port: 0, sweep: 30_000 });
  expect(fault).toMatchObject({ code: "bad-flag", hint: "--sweep 15m is usual." });
});

test("a configuration that is wrong keeps the receiver from starting, and says where", async () => {
  mkdirSync(operator.home, { recursive: true, mode: 0o700 });
  writeFileSync(join(operator.home, "config.yaml"), "webhooks:\n  wp: {do: everything}\n");
  const { fault } = await operator.run(webhooks, ["serve"], { port: 0 });
  expect(fault).toMatchObject({ code: "home-config", place: { line: 2, field: "webhooks.wp.do" } });
});

test("events are listed, shown, and replayed by their number", async () => {
  await whileServing(async ({ url }) => {
    const { headers, body } = signed("msg_1", { id: "7" }, Date.now());
    await fetch(`${url}/webhooks/wp`, { method: "POST", headers, body });
  });
  const [event] = await stored();
  const seq = String(event?.seq);
  expect((await operator.run(webhooks, ["events"])).out.join("\n")).toContain("post.updated\t7\t1\tnew");
  expect((await operator.run(webhooks, ["show", seq])).out.join("\n")).toContain("delivered   once");
  expect((await operator.run(webhooks, ["replay", seq])).out).toEqual([`event ${seq}: noted`]);
  const { fault } = await operator.run(webhooks, ["show", "99"]);
  expect(fault?.code).toBe("webhooks.unknown-event");
});

test("Shopify is told where to send, once; what is there is listed and removed", async () => {
  const shop = await startShopifySandbox({});
  const connection = { platform: "shopify", url: shop.url, auth: "token", token: shop.token };
  operator.env.AINSTEIN_CONNECTION_SHOP = JSON.stringify({ ...connection, webhookSecret: "app secret" });
  const url = "https://hooks.example.com";
  for (let n = 0; n < 2; n += 1) {
    const ran = await operator.run(webhooks, ["register", "shop"], { url });
    expect(ran.fault).toBeUndefined();
    expect(ran.out.map((line) => line.split("\t").slice(0, 3))).toEqual(
      ["PRODUCTS_CREATE", "PRODUCTS_UPDATE", "PRODUCTS_DELETE"].map((topic) => [
        ...["shop", topic, "https://hooks.example.com/webhooks/shop"],
      ]),
    );
  }
  expect(shop.store.webhooks.size).toBe(3);
  expect((await operator.run(webhooks, ["list", "shop"])).out).toHaveLength(3);
  expect((await operator.run(webhooks, ["list"])).out).toHaveLength(3);
  expect((await operator.run(webhooks, ["remove", "shop"])).exit).toBe(0);
  expect([shop.store.webhooks.size, (await operator.run(webhooks, ["list"])).out]).toEqual([0, []]);
  await shop.close();
});

test("where webhooks are made by hand it is said how; without a secret nothing is", async () => {
  const url = "https://hooks.example.com";
  const { out } = await operator.run(webhooks, ["register", "wp"], { url });
  expect(out.join("\n")).toContain("https://hooks.example.com/webhooks/wp");
  // It is in the environment already, so nobody is shown it.
  expect(out.join("\n")).not.toContain(SECRET);
  operator.env.AINSTEIN_CONNECTION_WP = JSON.stringify(WP);
  const { fault } = await operator.run(webhooks, ["register", "wp"], { url });
  expect(fault).toMatchObject({
    code: "webhooks.no-secret",
    hint: expect.stringContaining("AINSTEIN_CONNECTION_WP"),
  });
  const plain = await operator.run(webhooks, ["register", "wp"], { url: "http://hooks.example.com" });
  expect(plain.fault?.code).toBe("bad-url");
});

test("a connection that is made anew keeps the secret of its webhooks, and a renamed one takes it along", async () => {
  const site = join(operator.root, "site");
  const flags = { name: "demo", url: site };
  await operator.run(connect, ["local"], flags);
  const secret = async (name: string) => {
    let found: string | undefined;
    await operator.run(async ({ vault }) => {
      found = await vault().get(name, "webhook");
      return 0;
    });
    return found;
  };
  await operator.run(webhooks, ["register", "demo"], { url: "https://hooks.example.com" });
  const made = await secret("demo");
  expect(made).toMatch(/^whsec_/);
  await operator.run(connect, ["local"], flags);
  expect(await secret("demo")).toBe(made);
  await operator.run(async ({ vault }) => {
    await vault().rename("demo", "other");
    return 0;
  });
  expect([await secret("demo"), await secret("other")]).toEqual([undefined, made]);
});

test("a connection of the environment that is not understood keeps the receiver from starting", async () => {
  operator.env.AINSTEIN_CONNECTION_BROKEN = "{";
  const { fault } = await operator.run(webhooks, ["serve"], { port: 0 });
  expect(`${fault?.kind} ${fault?.message}`).toMatch(/^usage .*AINSTEIN_CONNECTION_BROKEN/);
});

test("a vault that does not open keeps the receiver from starting", async () => {
  await operator.run(connect, ["local"], { name: "demo", url: join(operator.root, "site") });
  await operator.run(webhooks, ["register", "demo"], { url: "https://hooks.example.com" });
  operator.env.AINSTEIN_KEY = Buffer.alloc(32, 8).toString("base64");
  const { fault } = await operator.run(webhooks, ["serve"], { port: 0 });
  expect(fault).toMatchObject({ kind: "auth", code: "vault.wrong-key" });
});
