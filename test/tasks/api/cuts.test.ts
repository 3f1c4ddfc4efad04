// Connections to the database that are cut at random while many write: what was answered is so, and nothing else is.
import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { type Connected, connect } from "../../../src/tasks/database/connection.ts";
import { scratchServer } from "../../../src/tasks/database/server.ts";
import { call, install, modelOf, run, start, written } from "./support.ts";

const KEY = "3f9d1c77e0b24a5f8d6e2b1a90c4f7e1";
const WRITERS = 20;
const CUTS = 40;

const specification = (type: Dialect) => ({
  api_requirements: {
    name: "cuts",
    endpoints: [{ path: "/contact", authentication: "api_key" }],
    rate_limiting: "100000_requests_per_minute",
  },
  database_config: { type, name: "cuts", schema_requirements: { tables: ["users"], relationships: [] } },
});
type Dialect = "postgresql" | "mysql";

/** Some of those who are connected to it, whatever they are about to do. */
async function cutSome(admin: Connected, dialect: Dialect, database: string): Promise<number> {
  if (dialect === "postgresql") {
    const some = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}' AND random() < 0.3`;
    return (await admin.rows(some)).length;
  }
  const all = await admin.rows(`SELECT id FROM information_schema.processlist WHERE db = '${database}'`);
  const some = all.filter(() => Math.random() < 0.3);
  // One of them may have gone meanwhile.
  for (const { id } of some) await admin.rows(`KILL ${id}`).catch(() => undefined);
  return some.length;
}

async function receiver() {
  const told = new Set<string>();
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    told.add(JSON.parse(body).data.email);
    response.end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return { server, told, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

describe.each(["postgresql", "mysql"] as const)("on %s", { timeout: 120_000 }, (dialect) => {
  test("cut connections are 503 to those who wait, and what was taken is stored and told", async () => {
    const [scratch, events] = [await scratchServer(dialect, { env: process.env }), await receiver()];
    const dir = await written(modelOf(specification(dialect)));
    await install(dir);
    const { url, name } = await scratch.createDatabase("cuts");
    const env = { DATABASE_URL: url, PATH: process.env.PATH ?? "" };
    await run("node", ["migrate.js", "up"], { cwd: dir, env });
    const admin = await connect(scratch.adminUrl);
    const service = await start(dir, {
      ...env,
      API_KEYS: `site:${KEY}`,
      EVENTS_URL: events.url,
      EVENTS_SECRET: `events-${KEY}`,
    });
    try {
      const [statuses, taken] = [new Set<number>(), new Set<string>()];
      let [cuts, nth] = [0, 0];
      const write = async () => {
        while (cuts < CUTS) {
          nth += 1;
          const body = { name: "Ada", email: `ada${nth}@client.example`, message: "Good day" };
          const reply = await call(service.url, "POST /contact", body, { "x-api-key": KEY });
          statuses.add(reply.status);
          if (reply.status === 201) taken.add(body.email);
        }
      };
      const cut = async () => {
        while (cuts < CUTS) {
          cuts += await cutSome(admin, dialect, name);
          await new Promise((resolve) => setTimeout(resolve, 40));
        }
      };
      await Promise.all([cut(), ...Array.from({ length: WRITERS }, write)]);
      expect([...statuses].sort()).toEqual([201, 503]);
      expect((await call(service.url, "GET /healthz")).status).toBe(200);
      await service.stop("SIGKILL");
      const fresh = await connect(url);
      const rows = await fresh.rows("SELECT email FROM contact_messages");
      const stored = new Set(rows.map(({ email }) => String(email)));
      const waiting = await fresh.rows("SELECT payload FROM outbox");
      await fresh.close();
      const emailOf = ({ payload }: { readonly payload?: unknown }) =>
        (typeof payload === "string" ? JSON.parse(payload) : Object(payload)).data.email;
      const promised = new Set([...waiting.map(emailOf), ...events.told]);
      expect([...taken].filter((email) => !stored.has(email))).toEqual([]);
      expect([...stored].filter((email) => !promised.has(email))).toEqual([]);
      expect([...promised].filter((email) => !stored.has(email))).toEqual([]);
    } finally {
      await service.stop("SIGKILL");
      events.server.closeAllConnections();
      events.server.close();
      await admin.close();
      await scratch.close();
      await rm(dirname(dirname(dir)), { recursive: true, force: true });
    }
  });
});
