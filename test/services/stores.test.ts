// PostgreSQL and Redis as services, on real servers of our own; skipped where their programs are not there.
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Redis } from "ioredis";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { openService } from "../../src/services/open.ts";
import { provider as postgresql } from "../../src/services/postgresql/provider.ts";
import { provider as redis } from "../../src/services/redis/provider.ts";
import type { Occurrence, OpenParts } from "../../src/services/service.ts";
import { missing, sharedServer } from "../tasks/database/support.ts";
import { AT_MS, FIELDS, ID } from "./provider-cases.ts";

const PARTS: OpenParts = { clock: systemClock, random: () => 0, answerMs: 2000 };
const OCCURRENCE: Occurrence = {
  id: ID,
  point: "form_submission",
  atMs: AT_MS,
  fields: { email: "ada@example.com", message: 'it\'s "x"; drop table events' },
  tried: false,
};

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

function withPart(
  url: string,
  part: Partial<Pick<URL, "password" | "pathname" | "port" | "search">>,
): string {
  return Object.assign(new URL(url), part).href;
}

describe.skipIf(missing("postgresql"))("PostgreSQL", () => {
  const server = sharedServer("postgresql");
  let url = "";
  beforeAll(async () => {
    url = (await server().createDatabase("services")).url;
  });

  async function sql(text: string): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(text)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  }

  async function proven(address: string) {
    const service = await openService(postgresql, { url: address }, PARTS);
    const verdict = await service.prove();
    await service.close();
    return verdict;
  }

  test("a session proves user and database, and says what table is missing", async () => {
    const verdict = await proven(url);
    expect(verdict).toMatchObject({
      verdict: "verified",
      details: { version: expect.stringMatching(/^\d+/) },
      hint: expect.stringContaining("create table ainstein_events"),
    });
    expect(verdict.account).toContain("@services");
  });

  test("what is wrong is told apart, and no password is shown", async () => {
    const wrong = await proven(withPart(url, { password: "wrong-password-0123" }));
    expect(wrong).toMatchObject({ verdict: "refused", seen: expect.stringContaining("28P01") });
    expect(JSON.stringify(wrong)).not.toContain("wrong-password-0123");
    expect((await proven(withPart(url, { pathname: "/nowhere" }))).verdict).toBe("refused");
    expect(await proven(withPart(url, { search: "?sslmode=verify-full" }))).toMatchObject({
      verdict: "refused",
      seen: "the server takes no TLS",
    });
    expect((await proven(withPart(url, { port: String(await freePort()) }))).verdict).toBe("unreachable");
  });

  test("an event waits for its table, and is there once however often it is sent", async () => {
    const service = await openService(postgresql, { url }, { ...PARTS, fields: ["email", "message"] });
    expect(await service.send(OCCURRENCE)).toMatchObject({
      state: "retry",
      why: expect.stringContaining("42P01"),
    });
    await sql(
      "create table ainstein_events (id uuid primary key, point text not null, at timestamptz not null, fields jsonb not null)",
    );
    expect(await service.send(OCCURRENCE)).toEqual({ state: "sent", detail: "a row of ainstein_events" });
    const again = { ...OCCURRENCE, tried: true };
    const outcomes = await Promise.all([service.send(again), service.send(again)]);
    expect(outcomes).toEqual(outcomes.map(() => ({ state: "sent", detail: "was there already" })));
    expect(await sql("select id, point, at, fields from ainstein_events")).toEqual([
      { id: ID, point: "form_submission", at: new Date(AT_MS), fields: OCCURRENCE.fields },
    ]);
    await service.close();
  });

  test("a connection that the server ended is made anew", async () => {
    const service = await openService(postgresql, { url }, PARTS);
    expect((await service.prove()).verdict).toBe("verified");
    await sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ainstein-cms'",
    );
    const [first, second] = [await service.prove(), await service.prove()];
    expect(["verified", "unreachable"]).toContain(first.verdict);
    expect(second.verdict).toBe("verified");
    await service.close();
  });
});

const REDIS = (process.env.PATH ?? "").split(delimiter).some((dir) => {
  try {
    accessSync(join(dir, "redis-server"));
    return true;
  } catch {
    return false;
  }
});

describe.skipIf(!REDIS)("Redis", () => {
  let server: ChildProcess;
  let dir = "";
  let port = 0;
  const address = (user: string) => `redis://${user}@127.0.0.1:${port}/0`;
  beforeAll(async () => {
    port = await freePort();
    dir = mkdtempSync(join(tmpdir(), "ainstein-redis-"));
    server = spawn(
      "redis-server",
      [
        ...["--port", String(port), "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "no"],
        ...["--requirepass", "the-admin-password"],
        ...[
          "--user",
          "events",
          "on",
          ">the-events-password",
          "~{ainstein-events}*",
          "+eval",
          "+set",
          "+xadd",
        ],
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await new Promise<void>((resolve, reject) => {
      server.once("exit", () => reject(new Error("redis-server ended")));
      server.stdout?.on("data", (text: Buffer) => {
        if (text.includes("Ready to accept connections")) resolve();
      });
    });
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.removeAllListeners("exit");
    server.once("exit", () => rmSync(dir, { recursive: true, force: true }));
    server.kill();
    await Promise.race([ended, systemClock.sleep(2000)]);
  });

  async function proven(url: string) {
    const service = await openService(redis, { url }, PARTS);
    const verdict = await service.prove();
    await service.close();
    return verdict;
  }

  test("right and wrong passwords, missing ones and rights, and no server are told apart", async () => {
    expect((await proven(address(":the-admin-password"))).verdict).toBe("verified");
    expect(await proven(address("events:the-events-password"))).toMatchObject({
      verdict: "verified",
      seen: expect.stringContaining("may not PING"),
    });
    const wrong = await proven(address(":a-wrong-password"));
    expect(wrong).toMatchObject({ verdict: "refused", seen: expect.stringContaining("WRONGPASS") });
    expect(JSON.stringify(wrong)).not.toContain("a-wrong-password");
    expect(await proven(`redis://127.0.0.1:${port}`)).toMatchObject({
      verdict: "refused",
      seen: expect.stringContaining("NOAUTH"),
    });
    expect((await proven(`redis://:x@127.0.0.1:${await freePort()}`)).verdict).toBe("unreachable");
  });

  test("an event is in the stream once, by a user with few rights", async () => {
    const service = await openService(redis, { url: address("events:the-events-password") }, PARTS);
    const bought = { ...OCCURRENCE, fields: FIELDS.checkout, point: "checkout" } as const;
    const outcomes = await Promise.all([service.send(bought), service.send(bought)]);
    expect(outcomes.map(({ state }) => state)).toEqual(["sent", "sent"]);
    expect(await service.send({ ...OCCURRENCE, tried: true })).toEqual({
      state: "sent",
      detail: "was there already",
    });
    await service.close();
    const admin = new Redis(address(":the-admin-password"));
    const entries = await admin.xrange("{ainstein-events}", "-", "+");
    admin.disconnect();
    expect(entries.map(([, members]) => members)).toEqual([
      [
        "id",
        ID,
        "point",
        "checkout",
        "at",
        new Date(AT_MS).toISOString(),
        "fields",
        JSON.stringify(FIELDS.checkout),
      ],
    ]);
  });

  test("what a user may not write waits", async () => {
    const values = { url: address("events:the-events-password"), stream: "another" };
    const service = await openService(redis, values, PARTS);
    expect(await service.send(OCCURRENCE)).toMatchObject({
      state: "retry",
      why: expect.stringContaining("NOPERM"),
    });
    await service.close();
  });
});
