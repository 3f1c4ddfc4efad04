import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runRuleCommand } from "../../src/commands/rule-command.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "ainstein-rule-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const run = (code: string, options: { readonly input?: string; readonly limitMs?: number } = {}) =>
  runRuleCommand({
    command: [execPath, "-e", code, join(dir, "out")],
    cwd: dir,
    env: {
      PATH: "/usr/bin:/bin",
      HOME: dir,
      AINSTEIN_KEY: "our-key",
      AWS_SECRET_ACCESS_KEY: "theirs",
      GITHUB_TOKEN: "theirs-too",
      HTTPS_PROXY: "http://user:word@proxy",
    },
    input: options.input ?? "",
    limitMs: options.limitMs ?? 20_000,
  });

const WRITE = "const fs = require('fs'), out = process.argv[1];";

describe("a command of the installation's configuration", () => {
  it("is given its input and what a program needs, and no secret of anybody's", async () => {
    const code = `${WRITE} fs.writeFileSync(out, JSON.stringify({ input: fs.readFileSync(0, "utf8"), env: process.env, cwd: process.cwd() }))`;
    expect(await run(code, { input: "told\n" })).toBeUndefined();
    const seen = JSON.parse(readFileSync(join(dir, "out"), "utf8")) as { env: Record<string, string> };
    expect(seen).toMatchObject({ input: "told\n", env: { PATH: "/usr/bin:/bin", HOME: dir } });
    expect(seen.env).not.toHaveProperty("AINSTEIN_KEY");
    expect(JSON.stringify(seen)).not.toMatch(/our-key|theirs|word@/);
  });

  it("may leave its input unread", async () => {
    expect(await run("process.stdin.destroy()", { input: "x".repeat(1_000_000) })).toBeUndefined();
  });

  it("says how it ended badly", async () => {
    expect(await run("process.exit(3)")).toBe("ended with 3");
    expect(await run("process.kill(process.pid, 'SIGTERM')")).toBe("was ended by SIGTERM");
    const none = { command: [join(dir, "none")], cwd: dir, env: {}, input: "", limitMs: 20_000 };
    expect(await runRuleCommand(none)).toBe("was not found");
    expect(await runRuleCommand({ ...none, command: ["no\0name"] })).toMatch(/^could not be run \(ERR_/);
  });

  it("is ended with all that it started once its time is over", async () => {
    const server = createServer();
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const child = `require('net').connect(${port}, '127.0.0.1').on('error', () => {}); setInterval(() => {}, 1000)`;
    const code = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'ignore' }); setInterval(() => {}, 1000)`;
    const gone = once(server, "connection").then(([socket]) => once((socket as Socket).resume(), "close"));
    expect(await run(code, { limitMs: 3_000 })).toBe("was ended after 3 s");
    await gone;
    server.close();
  });
});
