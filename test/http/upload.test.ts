import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createUpload } from "../../src/http/upload.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { selfSigned } from "./certificate.ts";
import { bodyOf } from "./servers.ts";

const clock = { now: systemClock.now, sleep: async () => {} };
const options = { proxy: () => undefined, version: "1", clock };
const sending = { bytes: Buffer.from("bytes"), type: "text/x-test" };

let close = async (): Promise<void> => {};
afterEach(() => close());

/** A store that answers with these statuses, one after the other, or with a page; and what it was sent. */
async function store(...statuses: readonly (number | "page")[]) {
  const { key, cert } = selfSigned();
  const seen: { body: string; headers: object }[] = [];
  const ports: unknown[] = [];
  const server = createServer({ key, cert }, async (request, response) => {
    ports.push(request.socket.remotePort);
    seen.push({ body: await bodyOf(request), headers: request.headers });
    const status = statuses[seen.length - 1] ?? 500;
    if (status !== "page") response.writeHead(status).end(`answer ${status}`);
    else response.writeHead(200, { "content-type": "text/html" }).end("<title>Welcome</title>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  close = () => new Promise((resolve) => server.close(() => resolve()));
  const trace: string[] = [];
  const { port } = server.address() as AddressInfo;
  const upload = createUpload({
    ...options,
    ...{ caPem: cert, isOpen: () => true, trace: (line) => trace.push(line) },
  });
  return {
    seen,
    ports,
    trace,
    send: () => upload(`https://127.0.0.1:${port}/bucket?signature=s3cret`, sending),
  };
}

test("a file goes to an https address of the public internet only", async () => {
  const upload = createUpload(options);
  for (const address of ["http://store.example/x", "file:///etc/passwd", "nowhere", ""]) {
    await expect(upload(address, sending), address).rejects.toMatchObject({ code: "upload-refused" });
  }
  for (const address of ["https://127.0.0.1/x", "https://169.254.169.254/latest", "https://[::1]/x"]) {
    await expect(upload(address, sending), address).rejects.toMatchObject({
      ...{ kind: "unavailable", code: "upload-failed", scope: "item" },
      message: expect.stringContaining("public internet"),
    });
  }
});

test("a file goes with its type and nothing of the connection, again where the store fails, and its signature is not traced", async () => {
  const { seen, trace, send } = await store(503, 201);
  expect(await send()).toBe("answer 201");
  expect(seen.map(({ body }) => body)).toEqual(["bytes", "bytes"]);
  expect(seen[0]?.headers).toMatchObject({ "content-type": "text/x-test" });
  expect(Object.keys(seen[0]?.headers ?? {}).filter((name) => /auth|token|cookie/.test(name))).toEqual([]);
  expect(trace.join("\n")).toContain("/bucket");
  expect(trace.join("\n")).not.toContain("s3cret");
});

test("files go one after the other over one connection", async () => {
  const { ports, send } = await store(201, 201, 201);
  for (let file = 0; file < 3; file += 1) await send();
  expect(ports).toHaveLength(3);
  expect(new Set(ports).size).toBe(1);
});

test("a page in place of the store's answer is no arrival", async () => {
  const once = await store("page", 201);
  await once.send();
  expect(once.seen).toHaveLength(2);
  await close();
  const always = await store("page", "page", "page");
  await expect(always.send()).rejects.toMatchObject({ kind: "unavailable", code: "upload-failed" });
});

test("a store that refuses is told without its signature, and is not asked again", async () => {
  const { seen, send } = await store(403);
  const fault = await send().catch((thrown: unknown) => thrown);
  expect(fault).toMatchObject({
    kind: "invalid",
    code: "upload-refused",
    message: expect.stringContaining("403"),
  });
  expect(String(fault)).not.toContain("s3cret");
  expect(seen).toHaveLength(1);
});
