// Mails that are not taken: of a mailbox that is none, of a server that hangs up in the middle, and of one that is busy.
import { rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Connected, connect } from "../../../src/tasks/database/connection.ts";
import { type Scratch, scratchServer } from "../../../src/tasks/database/server.ts";
import { call, install, modelOf, type Running, run, start, written } from "./support.ts";

/** A mail server (RFC 5321) that does as the recipient is called; the recipients whose mail it was given, in turn. */
async function awkwardServer() {
  const given: string[] = [];
  const server = createServer((socket) => {
    let to = "";
    let isData = false;
    const say = (line: string) => socket.write(`${line}\r\n`);
    const recipient = (line: string): string => {
      to = /<([^>]*)>/.exec(line)?.[1] ?? "";
      if (to.startsWith("nobody")) return `550 5.1.1 <${to}>: no such mailbox`;
      return to.startsWith("busy") ? `451 4.7.1 <${to}>: try again later` : "250 ok";
    };
    const takeMail = () => {
      isData = false;
      given.push(to);
      if (to.startsWith("cut") && given.filter((each) => each === to).length === 1) socket.destroy();
      else say("250 ok");
    };
    let left = "";
    const takeLine = (line: string) => {
      if (isData) {
        if (line === ".") takeMail();
      } else if (line.startsWith("RCPT")) say(recipient(line));
      else {
        isData = line.startsWith("DATA");
        say(isData ? "354 go on" : line.startsWith("QUIT") ? "221 bye" : "250 ok");
      }
    };
    socket.on("error", () => undefined).setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      const lines = (left + chunk).split("\r\n");
      left = lines.pop() ?? "";
      for (const line of lines) takeLine(line);
    });
    say("220 here");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return { server, given, url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe("mails of a made service", () => {
  let scratch: Scratch;
  let mail: Awaited<ReturnType<typeof awkwardServer>>;
  let dir: string;
  let service: Running;
  let database: Connected;
  let log = "";

  beforeAll(async () => {
    const endpoints = [{ path: "/newsletter" }];
    dir = await written(
      modelOf({ api_requirements: { name: "mails", endpoints, rate_limiting: "60_requests_per_minute" } }),
    );
    [scratch, mail] = await Promise.all([
      scratchServer("postgresql", { env: process.env }),
      awkwardServer(),
      install(dir),
    ]);
    const { url } = await scratch.createDatabase("mails");
    database = await connect(url);
    const env = { DATABASE_URL: url };
    await run(process.execPath, ["migrate.js", "up"], { cwd: dir, env });
    const sender = {
      SMTP_URL: mail.url,
      MAIL_FROM: "Site <site@client.example>",
      PUBLIC_URL: "https://client.example",
    };
    await expect(start(dir, { ...env, ...sender, MAIL_FROM: "site" })).rejects.toThrow(/exit 2: MAIL_FROM/);
    service = await start(dir, { ...env, ...sender });
    service.child.stdout?.on("data", (chunk: Buffer) => {
      log += chunk.toString();
    });
  });
  afterAll(async () => {
    service?.child.kill("SIGKILL");
    mail?.server.close();
    await database?.close();
    await scratch?.close();
    if (dir !== undefined) await rm(dirname(dirname(dir)), { recursive: true, force: true });
  });

  const waiting = async () =>
    (await database.rows("SELECT payload->>'to' AS to FROM outbox")).map(({ to }) => to);
  const subscribe = (email: string) => call(service.url, "POST /newsletter", { email });
  const PATIENCE = { timeout: 30_000 };

  test("to a mailbox that does not exist are tried once; the server's words, which name it, are in no log", async () => {
    expect((await subscribe("nobody@client.example")).status).toBe(202);
    await vi.waitFor(() => expect(log).toContain("message given up"), PATIENCE);
    await vi.waitFor(async () => expect(await waiting()).toEqual([]), PATIENCE);
    expect(log).toContain("550 to RCPT TO");
    expect(log).not.toContain("nobody@");
  });

  test("are given again where the server hung up, and counted while they wait", async () => {
    expect((await subscribe("busy@client.example")).status).toBe(202);
    expect((await subscribe("cut@client.example")).status).toBe(202);
    await vi.waitFor(
      () => expect(mail.given).toEqual(["cut@client.example", "cut@client.example"]),
      PATIENCE,
    );
    await vi.waitFor(async () => expect(await waiting()).toEqual(["busy@client.example"]), PATIENCE);
    const { body } = await call(service.url, "GET /metrics");
    expect(body).toContain('outbox_messages{state="waiting"} 1');
    expect(body).toContain('outbox_messages{state="given_up"} 0');
    expect(log).not.toMatch(/(?:busy|cut)@/);
  });

  test("are left alone after three days, and counted as such", async () => {
    await database.rows("UPDATE outbox SET created_at = now() - interval '4 days', next_attempt_at = now()");
    const { body } = await call(service.url, "GET /metrics");
    expect(body).toContain('outbox_messages{state="given_up"} 1');
    expect(body).toContain('outbox_messages{state="waiting"} 0');
  });
});
