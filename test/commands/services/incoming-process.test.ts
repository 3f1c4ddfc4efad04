// The built receiver as an operator starts it, told by sources of all kinds. The newsletter is a fake on loopback.
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "../../../src/store/db.ts";
import { listDeliveries } from "../../../src/store/occurrences.ts";
import { PROGRAM, runProgram } from "../../cli/program.ts";
import { type FakeProvider, startFakeProvider } from "../../services/fake-provider.ts";
import { killHard, tempDir } from "../../store/programs.ts";
import { KEY } from "../bench.ts";

const AT = "2026-11-20T11:59:58.000Z";

interface Receiver {
  readonly child: ChildProcess;
  readonly url: string;
}

let env: Record<string, string>;
let fake: FakeProvider;
let secret: string;
const receivers: ChildProcess[] = [];

beforeEach(async () => {
  env = { AINSTEIN_HOME: tempDir(), AINSTEIN_KEY: KEY };
  fake = await startFakeProvider();
  fake.answer(() => ({ status: 200, json: { health_status: "Everything's Chimpy!" } }));
  await program(
    [
      "services",
      "connect",
      "mailchimp",
      "--set",
      `baseUrl=${fake.baseUrl}`,
      "--set",
      "list_id=0123456789",
    ].concat(["--point", "form_submission", "--field", "email", "--every", "weekly", "--secrets-stdin"]),
    JSON.stringify({ api_key: "0123456789abcdef0123456789abcdef-us19" }),
  );
  const [added] = await program(["services", "sources", "add", "forms"]);
  secret = String(added?.secret);
});

afterEach(async () => {
  for (const child of receivers.splice(0)) child.kill("SIGKILL");
  await fake.close();
});

/** What it recorded; it must end well. */
async function program(words: readonly string[], input = ""): Promise<readonly Record<string, unknown>[]> {
  const { code, out, err } = await runProgram([...words, "--json"], { env, input });
  expect(code, `${words.join(" ")}\n${out}${err}`).toBe(0);
  return out
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

async function serve(): Promise<Receiver> {
  const words = [PROGRAM, "webhooks", "serve", "--port", "0", "--json"];
  const child = spawn(process.execPath, words, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  receivers.push(child);
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`ended early with ${code}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const said = JSON.parse(line);
      if (said.type === "webhooks") resolve(said.url);
    });
  });
  return { child, url };
}

function signed(id: string, body: string, at = Date.now()): RequestInit {
  const time = String(Math.floor(at / 1000));
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${time}.${body}`).digest("base64");
  const headers = { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": `v1,${signature}` };
  return { method: "POST", headers: { ...headers, "content-type": "application/json" }, body };
}

const form = (data: object = { form: "contact", email: "ada@example.com" }) =>
  JSON.stringify({ type: "form_submission", timestamp: AT, data });

const tell = (url: string, id: string, body = form()) => fetch(`${url}/events/forms`, signed(id, body));

function queued() {
  const store = openStore(env.AINSTEIN_HOME ?? "");
  try {
    return listDeliveries(store, undefined, 10_000);
  } finally {
    store.close();
  }
}

test("what was answered 200 is there after a kill -9, and is not taken a second time after it", async () => {
  const first = await serve();
  expect((await tell(first.url, "msg_1")).status).toBe(200);
  await killHard(first.child);
  const [kept, ...others] = await program(["services", "events"]);
  expect(others).toEqual([]);
  expect(kept).toMatchObject({ point: "form_submission", source: "forms", service: "mailchimp", at: AT });
  const second = await serve();
  expect((await tell(second.url, "msg_1")).status).toBe(200);
  await killHard(second.child);
  expect(await program(["services", "events"])).toEqual([kept]);
});

test("a kill -9 in the middle of a burst loses none that was answered, and keeps none twice", async () => {
  const [COUNT, AT_ONCE] = [160, 8];
  let receiver = await serve();
  const answered = new Set<number>();
  let restarted: Promise<void> | undefined;
  let [atKill, there, again] = [0, 0, 0];
  const kill = async () => {
    await killHard(receiver.child);
    atKill = answered.size;
    there = queued().length;
    receiver = await serve();
  };
  const sendUntilTaken = async (n: number) => {
    for (let times = 0; times < 400; times += 1) {
      const status = await tell(receiver.url, `msg_${n}`).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 200) return;
      again += 1;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`${n} was never taken`);
  };
  const lane = async (start: number) => {
    for (let n = start; n < COUNT; n += AT_ONCE) {
      await sendUntilTaken(n);
      answered.add(n);
      if (answered.size === COUNT / 2) restarted = kill();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, start) => lane(start)));
  await restarted;
  await killHard(receiver.child);
  expect(again).toBeGreaterThan(0);
  expect(there).toBeGreaterThanOrEqual(atKill);
  const occurrences = queued().map(({ occurrence }) => occurrence);
  expect([occurrences.length, new Set(occurrences).size]).toEqual([COUNT, COUNT]);
}, 60_000);

test("the same id many times at once is one", async () => {
  const { url } = await serve();
  const answers = await Promise.all(Array.from({ length: 40 }, () => tell(url, "msg_1")));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(queued()).toHaveLength(1);
});

test("a body beyond the limit is 413, one that never ends is cut off, and others are taken meanwhile", async () => {
  const { url } = await serve();
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const ended = new Promise<string>((resolve) => {
    let said = "";
    socket.on("data", (bytes) => {
      said += bytes;
    });
    socket.on("close", () => resolve(said));
    socket.on("error", () => {});
  });
  socket.write("POST /events/forms HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
  const large = form({ message: "x".repeat(1024 * 1024) });
  expect((await tell(url, "msg_1", large)).status).toBe(413);
  expect((await tell(url, "msg_2")).status).toBe(200);
  expect(await ended).toMatch(/^HTTP\/1\.1 408 /);
  expect(queued()).toHaveLength(1);
}, 30_000);

test.each([
  ["no object", "[]"],
  ["no JSON", "{"],
  ["nothing", ""],
  ["null", "null"],
  ["no data", JSON.stringify({ type: "form_submission", timestamp: AT })],
  ["data that is a list", JSON.stringify({ type: "form_submission", timestamp: AT, data: ["a"] })],
  ["a point that sources may not tell", form().replace("form_submission", "run_failed")],
  ["a time that is none", form().replace(AT, "2026-02-30T00:00:00Z")],
  ["a number that is none", form().replace('"contact"', "1e999")],
  ["a hundred and one fields", form(Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`f${n}`, n])))],
  ["deep nesting", form().replace('"contact"', `${"[".repeat(100_000)}${"]".repeat(100_000)}`)],
  ["a list where a plain value belongs", form({ email: "ada@example.com", tags: ["a"] })],
  ["a text of 900 KB", form({ email: "ada@example.com", message: "x".repeat(900_000) })],
])("genuine, but %s: 400, and nothing is queued", async (_, body) => {
  const { url } = await serve();
  const answer = await tell(url, "msg_1", body);
  expect([answer.status, await answer.text()]).toEqual([400, ""]);
  expect(queued()).toEqual([]);
});

test("names of fields that objects have of their own are fields like others", async () => {
  const { url } = await serve();
  const body = form().replace('"form"', '"__proto__":"x","constructor":"y","form"');
  expect((await tell(url, "msg_1", body)).status).toBe(200);
  expect(queued()).toHaveLength(1);
});

test("who is unknown, who signs wrongly and who is late are told the same", async () => {
  const { url } = await serve();
  const wrong = { ...signed("msg_1", form()), body: form({ email: "eve@example.com" }) };
  const tries: readonly (readonly [string, RequestInit])[] = [
    ["forms", wrong],
    ["nobody", signed("msg_1", form())],
    ["forms", signed("msg_1", form(), Date.now() - 6 * 60_000)],
    ["forms", signed("msg_1", form(), Date.now() + 6 * 60_000)],
    ["forms", { method: "POST", body: form() }],
    ["Not-A-Name", signed("msg_1", form())],
    ["engine", signed("msg_1", form())],
  ];
  for (const [source, request] of tries) {
    const answer = await fetch(`${url}/events/${source}`, request);
    const headers = [...answer.headers].filter(([name]) => name !== "date");
    expect([answer.status, await answer.text(), headers]).toEqual([
      401,
      "",
      [
        ["connection", "keep-alive"],
        ["content-length", "0"],
        ["keep-alive", "timeout=5"],
      ],
    ]);
  }
  expect(queued()).toEqual([]);
});
