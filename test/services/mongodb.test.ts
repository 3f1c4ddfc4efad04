// MongoDB as a service, on a fake that speaks as much of its wire protocol as this needs: no real one is to be had here.
// Signing in cannot be tried on it.
import { createServer, type Server, type Socket } from "node:net";
import { BSON } from "mongodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { provider as mongodb } from "../../src/services/mongodb/provider.ts";
import { openService } from "../../src/services/open.ts";
import type { Occurrence } from "../../src/services/service.ts";
import { AT_MS, FIELDS, ID } from "./provider-cases.ts";

type Document = Record<string, unknown>;

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HELLO = {
  ok: 1,
  isWritablePrimary: true,
  ismaster: true,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 1000,
  minWireVersion: 0,
  maxWireVersion: 21,
  readOnly: false,
};

const kept = new Map<string, Document>();
let users: readonly Document[] = [];
let refuse: Document | undefined;
let server: Server;
let url = "";

beforeAll(async () => {
  server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `mongodb://127.0.0.1:${typeof address === "object" ? address?.port : 0}/events`;
});
afterAll(() => server.close());

function serve(socket: Socket): void {
  let held = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 16 && held.length >= held.readInt32LE(0)) {
      const size = held.readInt32LE(0);
      socket.write(reply(held.subarray(0, size)));
      held = held.subarray(size);
    }
  });
}

function reply(message: Buffer): Buffer {
  const [id, code] = [message.readInt32LE(4), message.readInt32LE(12)];
  if (code === OP_QUERY)
    return packed(
      OP_REPLY,
      id,
      Buffer.concat([Buffer.alloc(16), int(1), Buffer.from(BSON.serialize(HELLO))]),
    );
  const size = message.readInt32LE(21);
  const command = BSON.deserialize(message.subarray(21, 21 + size)) as Document;
  const listed = message.subarray(21 + size);
  return packed(
    OP_MSG,
    id,
    Buffer.concat([int(0), Buffer.from([0]), Buffer.from(BSON.serialize(answer(command, listed)))]),
  );
}

function packed(code: number, to: number, body: Buffer): Buffer {
  return Buffer.concat([int(16 + body.length), int(1), int(to), int(code), body]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function answer(command: Document, listed: Buffer): Document {
  if ("hello" in command || "ismaster" in command) return HELLO;
  if ("connectionStatus" in command) return refuse ?? { ok: 1, authInfo: { authenticatedUsers: users } };
  if (!("insert" in command)) return { ok: 1 };
  if (refuse !== undefined) return refuse;
  const [document] = (command.documents as Document[] | undefined) ?? [documentOf(listed)];
  const id = String(document?._id);
  if (kept.has(id)) {
    return {
      ok: 1,
      n: 0,
      writeErrors: [{ index: 0, code: 11000, keyPattern: { _id: 1 }, errmsg: "E11000 duplicate key" }],
    };
  }
  kept.set(id, document ?? {});
  return { ok: 1, n: 1 };
}

/** Of a section of documents: kind, size, name, and then the first. */
function documentOf(section: Buffer): Document {
  const begins = section.indexOf(0, 5) + 1;
  return BSON.deserialize(section.subarray(begins, begins + section.readInt32LE(begins))) as Document;
}

const PARTS = { clock: systemClock, random: () => 0, answerMs: 1000 };
const OCCURRENCE: Occurrence = {
  id: ID,
  point: "checkout",
  atMs: AT_MS,
  fields: FIELDS.checkout,
  tried: false,
};

test("a user who signed in is proven; a server that asks nobody proves nothing", async () => {
  const service = await openService(mongodb, { url }, PARTS);
  expect((await service.prove()).verdict).toBe("not-verifiable");
  users = [{ user: "events", db: "admin" }];
  expect(await service.prove()).toMatchObject({ verdict: "verified", account: "events@admin" });
  refuse = { ok: 0, code: 18, codeName: "AuthenticationFailed", errmsg: "Authentication failed." };
  expect((await service.prove()).verdict).toBe("refused");
  refuse = undefined;
  await service.close();
});

test("an event is a document once, however often it is sent", async () => {
  const service = await openService(mongodb, { url }, PARTS);
  expect(await service.send(OCCURRENCE)).toEqual({ state: "sent", detail: "a document of ainstein_events" });
  expect(await service.send({ ...OCCURRENCE, tried: true })).toEqual({
    state: "sent",
    detail: "was there already",
  });
  expect([...kept.values()]).toEqual([
    { _id: ID, point: "checkout", at: new Date(AT_MS), fields: FIELDS.checkout },
  ]);
  refuse = { ok: 0, code: 13, codeName: "Unauthorized", errmsg: "not authorized" };
  expect((await service.send({ ...OCCURRENCE, id: "other" })).state).toBe("retry");
  refuse = { ok: 1, n: 0, writeErrors: [{ index: 0, code: 121, errmsg: "Document failed validation" }] };
  expect((await service.send({ ...OCCURRENCE, id: "other" })).state).toBe("refused");
  refuse = undefined;
  await service.close();
});

test("a server that is not there is unreachable, and the event waits", async () => {
  const service = await openService(
    mongodb,
    { url: "mongodb://u:the-password@127.0.0.1:1/events" },
    { ...PARTS, answerMs: 300 },
  );
  const verdict = await service.prove();
  expect(verdict.verdict).toBe("unreachable");
  expect(JSON.stringify(verdict)).not.toContain("the-password");
  expect((await service.send(OCCURRENCE)).state).toBe("retry");
  await service.close();
});
