// What somebody who is not there is told of runs, sign-ins and circuits.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { notifications } from "../../../src/commands/notifications.ts";
import { push } from "../../../src/commands/push.ts";
import { status } from "../../../src/commands/status.ts";
import { EXIT } from "../../../src/lib/exit.ts";
import { openStore } from "../../../src/store/db.ts";
import { listNotifications } from "../../../src/store/notifications.ts";
import { thisProcess } from "../../../src/store/processes.ts";
import { createRun } from "../../../src/store/runs.ts";
import { type FaultProxy, startFaultProxy } from "../../fakes/fault-proxy.ts";
import { type FakeWordPress, startFakeWordPress } from "../../fakes/wordpress.ts";
import { removeTempDirs } from "../bench.ts";
import { type Chat, HOOK_SECRET, hand, keeper, type Scene, scene, startChat } from "./scene.ts";

const HOUR_MS = 3_600_000;
const PASSWORD = "admin pass";

let fake: FakeWordPress;
let road: FaultProxy;
let chat: Chat;
let at: Scene;
const clock = hand();

beforeEach(async () => {
  clock.aheadMs = 0;
  fake = await startFakeWordPress();
  road = await startFaultProxy(fake.url);
  chat = await startChat();
  at = scene({ AINSTEIN_CONNECTION_WP: connection(PASSWORD) });
  at.self.clock = clock;
  at.self.write("ainstein.yaml", "targets: [wp]\n");
  at.self.write("good.md", "---\ntitle: A quiet one\n---\n\nText.\n");
});
afterEach(async () => {
  chat.stop();
  await road.stop();
  await fake.stop();
  removeTempDirs();
});

function connection(password: string): string {
  const url = `${road.url}/wp-json`;
  return JSON.stringify({ platform: "wordpress", url, auth: "app-password", username: "admin", password });
}

const rule = (on: string, rest = "") => `notifications:\n  - on: [${on}]\n    webhook: ${chat.url}\n${rest}`;
const breakOne = () => at.self.write("secret-plans.md", "---\ntitle: Secret plans\n---\n\n![a](gone.png)\n");

function outbox() {
  const store = openStore(at.self.home);
  try {
    return listNotifications(store);
  } finally {
    store.close();
  }
}

describe("a run in which a document fails", () => {
  it("is told to a chat, without titles, paths, addresses or secrets", async () => {
    at.configure(rule("run-failed"));
    breakOne();
    const ran = await at.run("push", push);
    expect([ran.exit, ran.notes]).toEqual([EXIT.failed, []]);
    const [{ text, payload, url, headers } = { text: "", payload: {}, url: "", headers: {} }] = chat.posted;
    expect(chat.posted).toHaveLength(1);
    expect(url).toBe(`/services/${HOOK_SECRET}`);
    expect(headers).toMatchObject({ "content-type": expect.stringContaining("application/json") });
    expect(text).toMatch(
      /^wp: push: 1 document failed \(1 [a-z-.]+\)\. What helps: ainstein-cms (runs show|status)/,
    );
    expect(payload).toMatchObject({
      v: 1,
      type: "notification",
      event: "run-failed",
      connection: "wp",
      failed: 1,
    });
    expect(JSON.stringify(chat.posted)).not.toMatch(/secret.plans|gone\.png|admin|\bpass\b|wp-json/i);
    expect(outbox().map(({ state }) => state)).toEqual(["sent"]);
  });

  it("is told with paths and messages to whom asks for that, by a command without our environment", async () => {
    const kept = keeper(at.self);
    at.configure(
      `notifications:\n  - on: [run-failed]\n    connections: [wp]\n    command: ${kept.yaml}\n    content: true\n  - on: [run-failed]\n    connections: [other]\n    webhook: ${chat.url}\n`,
    );
    breakOne();
    expect((await at.run("push", push)).exit).toBe(EXIT.failed);
    const [message] = kept.told();
    expect(message).toMatchObject({
      event: "run-failed",
      content: { documents: [{ path: "secret-plans.md", message: expect.stringContaining("gone.png") }] },
    });
    expect(message?.text).toContain("secret-plans.md: ");
    expect(JSON.stringify(message)).not.toContain(PASSWORD);
    expect(chat.posted).toEqual([]);
  });

  it("is not told where nothing failed, where somebody only looks, and of a conflict", async () => {
    at.configure(rule("run-failed, auth-failed, circuit-open, token-expiring"));
    expect((await at.run("push", push)).exit).toBe(EXIT.done);
    breakOne();
    await at.run("status", status, [], true);
    expect(chat.posted).toEqual([]);
    expect(outbox()).toEqual([]);
  });

  it("is told at once, then once an hour with the number of those in between", async () => {
    at.configure(rule("run-failed"));
    breakOne();
    for (let n = 0; n < 3; n += 1) await at.run("push", push);
    expect(chat.posted).toHaveLength(1);
    clock.aheadMs = HOUR_MS + 1_000;
    await at.run("status", status, [], true);
    expect(chat.posted.map(({ payload }) => payload.more)).toEqual([undefined, 1]);
    expect(chat.posted[1]?.text).toContain("(and 1 more since ");
    expect(outbox().map(({ state }) => state)).toEqual(["sent", "sent", "sent"]);
  });
});

describe("a receiver that does not take it", () => {
  it.each([500, 302])(
    "(%i) changes nothing about the command, and is told by the next one",
    async (answer) => {
      at.configure(rule("run-failed"));
      breakOne();
      chat.status = answer;
      const ran = await at.run("push", push);
      expect(ran.exit).toBe(EXIT.failed);
      expect(JSON.stringify([ran.events, ran.out])).not.toMatch(/hookSecret|answered/);
      expect(ran.notes.join()).toContain(`answered ${answer}. It is tried again by a later command`);
      expect(ran.notes.join()).not.toContain(HOOK_SECRET);
      chat.status = 200;
      await at.run("status", status, [], true);
      expect(chat.posted).toHaveLength(1);
      clock.aheadMs = 61_000;
      await at.run("status", status, [], true);
      const [first, again] = chat.posted.map(({ payload }) => payload.id);
      expect([chat.posted.length, again]).toEqual([2, first]);
      expect(JSON.stringify(outbox())).not.toContain(HOOK_SECRET);
    },
  );

  it("is given up after seven tries, which the list says", async () => {
    at.configure(rule("run-failed"));
    breakOne();
    chat.status = 404;
    await at.run("push", push);
    let last: readonly string[] = [];
    for (let n = 0; n < 8; n += 1) {
      clock.aheadMs += 16 * HOUR_MS;
      last = [...last, ...(await at.run("status", status, [], true)).notes];
    }
    expect(chat.posted).toHaveLength(7);
    expect(last.at(-1)).toContain("is not tried again");
    const { out } = await at.run("notifications", notifications, ["list"]);
    expect(out.join("\n")).toMatch(/never\t0\t1/);
    expect(out.join("\n")).toContain("Rule 1: http://127.0.0.1:");
    expect(out.join("\n")).not.toContain(HOOK_SECRET);
  });

  it("is not waited for after Ctrl-C, and told by the next command", async () => {
    at.configure(rule("run-failed"));
    breakOne();
    const end = new AbortController();
    at.self.signal = end.signal;
    const ran = await at.run("push", async (context, args) => {
      const exit = await push(context, args);
      end.abort();
      return exit;
    });
    expect([ran.exit, chat.posted.length, outbox()[0]?.state]).toEqual([EXIT.failed, 0, "waiting"]);
    at.self.signal = new AbortController().signal;
    expect((await at.run("notifications", notifications, ["check"])).out).toEqual(["Notifications: 1 sent"]);
    expect(chat.posted).toHaveLength(1);
  });
});

describe("a sign-in that is refused", () => {
  it("is told once until a run works again, and to nobody twice for the run that it ended", async () => {
    at.configure(rule("run-failed, auth-failed"));
    at.self.env.AINSTEIN_CONNECTION_WP = connection("wrong one");
    for (let n = 0; n < 2; n += 1) {
      expect((await at.run("push", push)).exit).toBe(EXIT.auth);
      clock.aheadMs += 2 * HOUR_MS;
    }
    expect(chat.posted.map(({ payload }) => payload.event)).toEqual(["auth-failed"]);
    expect(chat.posted[0]?.text).toContain("ainstein-cms connections test wp");
    expect(JSON.stringify(chat.posted)).not.toContain("wrong one");
    at.self.env.AINSTEIN_CONNECTION_WP = connection(PASSWORD);
    expect((await at.run("push", push)).exit).toBe(EXIT.done);
    at.self.env.AINSTEIN_CONNECTION_WP = connection("wrong again");
    await at.run("status", status, [], true);
    expect(chat.posted.map(({ payload }) => payload.event)).toEqual(["auth-failed", "auth-failed"]);
  });
});

describe("a site that fails", () => {
  it("is told when its circuit opens, once for all commands that find it open", async () => {
    at.configure(rule("run-failed, circuit-open"));
    expect((await at.run("push", push)).exit).toBe(EXIT.done);
    road.reset("page", 0, true);
    for (let n = 0; n < 3; n += 1) expect((await at.run("push", push)).exit).toBe(EXIT.unavailable);
    const events = chat.posted.map(({ payload }) => payload.event);
    expect(events.filter((event) => event === "circuit-open")).toHaveLength(1);
    expect(chat.posted.find(({ payload }) => payload.event === "circuit-open")?.payload).toMatchObject({
      connection: "wp",
      help: "ainstein-cms doctor wp",
      until: expect.stringMatching(/Z$/),
    });
  });

  it("is told as a run that failed to who asks for those alone, though it never began", async () => {
    at.configure(rule("run-failed"));
    road.reset("page", 0, true);
    expect((await at.run("push", push)).exit).toBe(EXIT.unavailable);
    expect(chat.posted.map(({ payload }) => [payload.event, payload.command])).toEqual([
      ["run-failed", "push"],
    ]);
    expect(chat.posted[0]?.text).toMatch(/wp: push: ended with \S+\. What helps: ainstein-cms runs resume/);
  });
});

it("a run whose process was killed is told by the next command", async () => {
  at.configure(rule("run-failed"));
  const store = openStore(at.self.home);
  const { host } = thisProcess();
  const id = "0f0f0f0f-0000-4000-8000-000000000000";
  const startedAt = new Date().toISOString();
  createRun(store, {
    id,
    command: "push",
    target: "wp",
    site: "s",
    root: "/r",
    startedAt,
    pid: 2 ** 22 + 7,
    host,
  });
  store.close();
  await at.run("status", status, [], true);
  await at.run("status", status, [], true);
  expect(chat.posted.map(({ text }) => text)).toEqual([
    "wp: push: was cut off. What helps: ainstein-cms runs resume 0f0f0f0f",
  ]);
});

describe("config.yaml", () => {
  it("that is wrong is told of once and keeps no command from its work", async () => {
    at.configure("notifications:\n  - on: [run-faild]\n    webhook: https://example.org\n");
    breakOne();
    const { exit, notes } = await at.run("push", push);
    expect([exit, notes]).toEqual([EXIT.failed, [expect.stringContaining("config.yaml:2")]]);
    expect(notes[0]).toContain("docs/notifications.md");
  });

  it("may name a webhook of this machine without https, and no other one", async () => {
    writeFileSync(join(at.self.root, "unused"), "");
    at.configure("notifications:\n  - on: [run-failed]\n    webhook: http://hooks.example.org/secret-path\n");
    const { fault } = await at.self.run(notifications, ["list"]);
    expect(fault).toMatchObject({ kind: "usage", code: "home-config" });
    expect(`${fault?.message} ${fault?.hint}`).toContain("must be an https address");
    expect(`${fault?.message} ${fault?.hint}`).not.toContain("secret-path");
  });
});

describe("notifications test", () => {
  it("tells each receiver that it is a test, and why one cannot be told", async () => {
    const kept = keeper(at.self);
    at.configure(
      `${rule("run-failed")}  - on: [auth-failed]\n    command: ${kept.yaml}\n  - on: [circuit-open]\n    command: [/no/such/program]\n`,
    );
    const { exit, out } = await at.self.run(notifications, ["test"]);
    expect([exit, out.at(-1)]).toEqual([
      EXIT.failed,
      "Rule 3: /no/such/program was not told: the command was not found",
    ]);
    expect(chat.posted[0]?.payload).toMatchObject({ test: true, connection: null });
    expect(kept.told()).toMatchObject([
      { test: true, event: "auth-failed", text: expect.stringMatching(/^A test\. /) },
    ]);
    expect((await at.self.run(notifications, ["test"], { rule: 1 })).exit).toBe(EXIT.done);
    expect((await at.self.run(notifications, ["test"], { rule: 4 })).fault?.code).toBe(
      "notifications.no-such-rule",
    );
  });

  it("says where there is nobody to be told", async () => {
    expect((await at.self.run(notifications, ["check"])).fault?.code).toBe("notifications.no-rules");
    expect((await at.self.run(notifications, ["list"])).out.join()).toContain("Nobody is told");
  });
});
