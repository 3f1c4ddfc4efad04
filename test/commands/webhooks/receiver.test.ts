import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BODY_LIMIT, createReceiver, type ReceiverParts } from "../../../src/commands/webhooks/receiver.ts";
import { openStore, type Store } from "../../../src/store/db.ts";
import { listEvents } from "../../../src/store/events.ts";
import { tempDir } from "../../store/programs.ts";
import { keyed, type Sent, signed } from "./deliveries.ts";

const MINUTE = 60_000;
const limits = { headersMs: 200, requestMs: 400, perMinute: 6_000, burst: 1_000 };
let store: Store;
let now: number;
let told: string[];
let server: ReturnType<typeof createReceiver>;

beforeEach(() => {
  store = openStore(tempDir());
  now = Date.parse("2026-11-20T12:00:00Z");
  told = [];
  server = createReceiver(parts());
});
afterEach(async () => {
  await server.close();
  store.close();
});

function parts(more: Partial<ReceiverParts> = {}): ReceiverParts {
  return {
    store: () => store,
    clock: { now: () => now, sleep: async () => {} },
    keyed,
    ready: async () => {},
    tell: (connection, what) => told.push(`${connection}: ${what}`),
    ...more,
  };
}

async function deliver({ headers, body }: Sent, connection = "wp") {
  const url = `/webhooks/${connection}`;
  const { statusCode, body: answer } = await server.inject({ method: "POST", url, headers, payload: body });
  return [statusCode, answer];
}

const post = (n: number) => signed(`msg_${n}`, { id: String(n), modified: "2026-11-20T11:59:58Z" }, now);

test("each of five deliveries, three times and in any order, is one event, and each is answered 200", async () => {
  const order = [3, 1, 2, 1, 5, 4, 3, 2, 5, 4, 1, 5, 2, 4, 3];
  for (const n of order) expect(await deliver(post(n))).toEqual([200, ""]);
  const events = listEvents(store, 100);
  expect(events.map(({ key }) => key).sort()).toEqual([1, 2, 3, 4, 5].map((n) => `id:msg_${n}`));
  expect(events.map(({ deliveries, state }) => [deliveries, state])).toEqual(
    Array.from({ length: 5 }, () => [3, "new"]),
  );
});

test("a delivery that comes late, signed anew, is the event that it was", async () => {
  await deliver(post(1));
  now += 24 * 60 * MINUTE;
  expect(await deliver(post(1))).toEqual([200, ""]);
  expect(listEvents(store, 10)).toMatchObject([{ deliveries: 2 }]);
});

test("a replay after six minutes, a clock six minutes off, a wrong signature: 401, and nothing is stored", async () => {
  const recorded = post(1);
  now += 6 * MINUTE;
  expect(await deliver(recorded)).toEqual([401, ""]);
  now -= 12 * MINUTE;
  expect(await deliver(recorded)).toEqual([401, ""]);
  now += 6 * MINUTE;
  const forged = { ...recorded, body: recorded.body.replace('"1"', '"2"') };
  expect(await deliver(forged)).toEqual([401, ""]);
  expect(await deliver({ body: recorded.body, headers: {} })).toEqual([401, ""]);
  expect(listEvents(store, 10)).toEqual([]);
  expect(told.join("\n")).toMatch(/replay[\s\S]*signature does not fit[\s\S]*without signature/);
});

test("a stranger cannot tell a connection that is there from one that is not, nor from one without secret", async () => {
  const genuine = post(1);
  const answers = [];
  for (const name of ["wp", "bare", "nobody", "Not-A-Name"]) {
    const url = `/webhooks/${name}`;
    const spoilt = { ...genuine.headers, "webhook-signature": "v1,x" };
    const answer = await server.inject({ method: "POST", url, headers: spoilt, payload: genuine.body });
    const { date: _, ...headers } = answer.headers;
    answers.push([answer.statusCode, answer.body, headers]);
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]).toEqual([401, "", { "content-length": "0", connection: "keep-alive" }]);
  // Even what would be genuine elsewhere.
  expect(await deliver(genuine, "bare")).toEqual([401, ""]);
  expect(await deliver(genuine, "nobody")).toEqual([401, ""]);
  expect(listEvents(store, 10)).toEqual([]);
});

test("what is genuine and not understood is 400; other paths and methods are 404 without a word", async () => {
  expect(
    await deliver({ ...signed("msg_1", {}, now, ""), headers: signed("msg_1", {}, now, "").headers }),
  ).toEqual([400, ""]);
  for (const [method, url] of [
    ["GET", "/webhooks/wp"],
    ["POST", "/"],
    ["GET", "/metrics"],
    ["DELETE", "/webhooks/wp"],
  ] as const) {
    const answer = await server.inject({ method, url });
    expect([answer.statusCode, answer.body]).toEqual([404, ""]);
  }
  const health = await server.inject({ method: "GET", url: "/healthz" });
  expect([health.statusCode, health.body]).toEqual([200, "ok\n"]);
});

test("while the vault is shut nobody is told which connections there are, and all are told to come again", async () => {
  const shut = async () => {
    throw new Error("the keychain is locked");
  };
  server = createReceiver(parts({ ready: shut, keyed: (name) => (name === "wp" ? shut() : keyed(name)) }));
  const answers = [];
  for (const name of ["wp", "bare", "nobody", "Not-A-Name"]) answers.push(await deliver(post(1), name));
  expect(answers).toEqual(Array.from({ length: 4 }, () => [503, ""]));
  expect(listEvents(store, 10)).toEqual([]);
});

test("what is refused is refused after the same time, however long the looking took", async () => {
  const waits: number[] = [];
  const clock = { now: () => now, sleep: async (ms: number) => void waits.push(ms) };
  const slow = (name: string) => {
    now += name === "wp" ? 40 : 0;
    return keyed(name);
  };
  server = createReceiver(parts({ clock, keyed: slow }));
  const spoilt = { ...post(1), headers: {} };
  for (const name of ["wp", "nobody"]) await deliver(spoilt, name);
  expect(waits).toEqual([60, 100]);
});

test("paths that are no connection's are answered without a word, however they are spelt", async () => {
  const { headers, body } = post(1);
  const answers = [];
  for (const path of [
    "/webhooks/%zz",
    "/webhooks/wp/",
    "/webhooks//wp",
    "/webhooks/..%2fhealthz",
    "/webhooks/wp%00",
  ]) {
    const { statusCode, body: said } = await server.inject({
      method: "POST",
      url: path,
      headers,
      payload: body,
    });
    answers.push([path, statusCode >= 400 && statusCode < 500, said]);
  }
  const long = await server.inject({
    method: "POST",
    url: `/webhooks/${"x".repeat(300)}`,
    headers,
    payload: body,
  });
  answers.push(["long", long.statusCode >= 400 && long.statusCode < 500, long.body]);
  expect(answers.filter(([, isRefused, said]) => !isRefused || said !== "")).toEqual([]);
  expect((await server.inject({ method: "HEAD", url: "/webhooks/wp" })).statusCode).toBe(404);
  expect(listEvents(store, 1)).toEqual([]);
});

test("a body is taken as its bytes: nothing is unpacked, and no kind of content is refused unread", async () => {
  const { headers, body } = post(1);
  const packed = gzipSync(body);
  const answer = await server.inject({
    method: "POST",
    url: "/webhooks/wp",
    headers: { ...headers, "content-encoding": "gzip" },
    payload: packed,
  });
  expect([answer.statusCode, answer.body]).toEqual([401, ""]);
  for (const type of ["text", "application/json; charset", "multipart/form-data", ""]) {
    expect(await deliver({ headers: { ...headers, "content-type": type }, body })).toEqual([200, ""]);
  }
});

test("a disk that is full is never answered with 200", async () => {
  store.run("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT raise(ABORT, 'disk full'); END");
  expect(await deliver(post(1))).toEqual([503, ""]);
  store.run("DROP TRIGGER full");
  expect(await deliver(post(1))).toEqual([200, ""]);
});

test("more than a mebibyte is 413, however it is sent, and not read to its end", async () => {
  const [status, answer] = await deliver({ ...post(1), body: "x".repeat(BODY_LIMIT + 1) });
  expect([status, answer]).toEqual([413, ""]);
});

test("deliveries beyond what a connection may are 429, and others' are taken", async () => {
  server = createReceiver(parts(), { ...limits, perMinute: 60, burst: 5 });
  const statuses = [];
  for (let n = 0; n < 7; n += 1) statuses.push((await deliver(post(n)))[0]);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
  now += 1000;
  expect([await deliver(post(7)), await deliver(post(8))]).toEqual([
    [200, ""],
    [429, ""],
  ]);
  expect(listEvents(store, 10)).toHaveLength(6);
});

test("strangers are slowed down, and what is genuine is still taken", async () => {
  const spoilt = { ...post(1), headers: {} };
  const statuses = [];
  for (let n = 0; n < 105; n += 1) statuses.push((await deliver(spoilt))[0]);
  expect(statuses.filter((status) => status === 401)).toHaveLength(100);
  expect(statuses.filter((status) => status === 429)).toHaveLength(5);
  expect(await deliver(post(1))).toEqual([200, ""]);
});

test("where it cannot be stored the platform is told to come again", async () => {
  store.close();
  expect((await deliver(post(1)))[0]).toBe(503);
  expect(told.at(-1)).toMatch(/^wp: could not be taken/);
  store = openStore(tempDir());
});

test("who sends slowly is cut off, head or body, and what is no HTTP gets no explanation", async () => {
  const quick = createReceiver(parts(), limits);
  const url = new URL(await quick.listen({ host: "127.0.0.1", port: 0 }));
  const talk = (text: string) =>
    new Promise<string>((resolve) => {
      let heard = "";
      const socket = connect(Number(url.port), "127.0.0.1", () => socket.write(text));
      socket.on("data", (data) => {
        heard += data.toString();
      });
      socket.on("error", () => {});
      socket.on("close", () => resolve(heard));
    });
  const [head, body, noise] = await Promise.all([
    talk("POST /webhooks/wp HTTP/1.1\r\nHost: x\r\nX-Slow: "),
    talk("POST /webhooks/wp HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this"),
    talk("\u0016\u0003\u0001\r\n\r\n"),
  ]);
  expect(head).toMatch(/^HTTP\/1\.1 408 [^{}]*\r\n\r\n$/);
  expect(body).toMatch(/^(?:HTTP\/1\.1 408 [^{}]*\r\n\r\n)?$/);
  expect(noise).toMatch(/^HTTP\/1\.1 400 [^{}]*\r\n\r\n$/);
  await quick.close();
  expect(listEvents(store, 1)).toEqual([]);
});
