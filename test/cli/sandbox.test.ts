import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { PROGRAM } from "./program.ts";

const dir = mkdtempSync(join(tmpdir(), "sandbox-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it.each(["SIGINT", "SIGTERM"] as const)(
  "the built program serves a sandbox until %s, which is no failure, and leaves nothing behind",
  async (signal) => {
    const env = { PATH: process.env.PATH, HOME: dir, AINSTEIN_HOME: join(dir, "home") };
    const child = spawn(process.execPath, [PROGRAM, "sandbox", "shopify", "--json"], { env, cwd: dir });
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    const ended = new Promise((resolve) => child.on("close", (code, by) => resolve({ code, by })));
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout.setEncoding("utf8").once("data", resolve);
      child.on("error", reject);
    });
    const { v, type, connection } = JSON.parse(line) as Record<string, unknown>;
    const { url, token } = connection as { url: string; token: string };
    const answer = await fetch(`${url}/admin/api/2026-10/graphql.json`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-shopify-access-token": token },
      body: JSON.stringify({ query: "{ shop { name } }" }),
    });
    expect([v, type, ((await answer.json()) as { data: unknown }).data]).toEqual([
      1,
      "sandbox",
      { shop: { name: "Sandbox Shop" } },
    ]);
    child.kill(signal);
    expect([await ended, err]).toEqual([{ code: 0, by: null }, ""]);
    expect(readdirSync(dir)).toEqual([]);
  },
);
