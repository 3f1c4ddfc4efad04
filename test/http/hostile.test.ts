import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { client, faultOf, get, post, serve } from "./servers.ts";

const quick = { limits: { connectMs: 300, firstByteMs: 200, wholeMs: 400 }, retry: { attempts: 1 } };

const raw: Server[] = [];
afterEach(() => {
  for (const server of raw.splice(0)) server.close();
});

/** A server that writes these bytes after the first that come in, and then hangs up. */
async function spill(bytes: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(bytes));
  });
  raw.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("a server that", () => {
  it("stalls before the first byte", async () => {
    const url = await serve((request) => request.resume());
    expect(await faultOf(client(url, quick).send(get("/")))).toMatchObject({
      kind: "unavailable",
      code: "no-answer",
    });
    expect(await faultOf(client(url, quick).send(post("/")))).toMatchObject({
      kind: "ambiguous",
      code: "answer-lost",
    });
  });

  it("stalls after the headers, or drips", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const timer = setInterval(() => response.write(" "), 30);
      response.on("close", () => clearInterval(timer));
    });
    const started = performance.now();
    expect((await faultOf(client(url, quick).send(get("/")))).message).toContain("not complete in time");
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it("sends ten gigabytes", async () => {
    let sent = 0;
    const chunk = Buffer.alloc(1024 * 1024, 32);
    const url = await serve((_, response) => {
      response.writeHead(200, {
        "content-type": "application/json",
        "content-length": String(10 * 1024 ** 3),
      });
      const pump = (): void => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.byteLength;
        sent += chunk.byteLength;
      };
      response.on("drain", pump);
      pump();
    });
    const fault = await faultOf(client(url, { limits: { bodyBytes: 4 * 1024 * 1024 } }).send(get("/")));
    expect(fault).toMatchObject({ kind: "protocol", code: "answer-too-large" });
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it("sends a gzip bomb", async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, 32), { level: 9 });
    expect(bomb.byteLength).toBeLessThan(300_000);
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(bomb);
    });
    const before = process.memoryUsage().arrayBuffers;
    const fault = await faultOf(client(url, { limits: { bodyBytes: 4 * 1024 * 1024 } }).send(get("/")));
    expect(fault.code).toBe("answer-too-large");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });

  it("resets the connection after the request came", async () => {
    let asked = 0;
    const url = await serve((request) => {
      asked += 1;
      request.socket.resetAndDestroy();
    });
    expect((await faultOf(client(url).send(get("/")))).kind).toBe("unavailable");
    expect(asked).toBe(5);
    expect((await faultOf(client(url).send(post("/")))).kind).toBe("ambiguous");
    expect(asked).toBe(6);
  });

  it("ends in the middle of the body", async () => {
    const url = await spill(
      'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"id":',
    );
    expect((await faultOf(client(url, quick).send(get("/")))).code).toBe("no-answer");
    expect((await faultOf(client(url, quick).send(post("/")))).kind).toBe("ambiguous");
  });

  it("does not speak HTTP", async () => {
    const url = await spill("SSH-2.0-OpenSSH_9.2\r\n");
    expect((await faultOf(client(url, quick).send(get("/")))).kind).toBe("unavailable");
  });

  it("is not there", async () => {
    const url = await spill("");
    const port = new URL(url).port;
    await new Promise((resolve) => raw.splice(0)[0]?.close(resolve));
    const fault = await faultOf(client(`http://127.0.0.1:${port}`).send(post("/")));
    expect(fault).toMatchObject({ kind: "unavailable", code: "connection-refused" });
  });

  it("has no name", async () => {
    const fault = await faultOf(client("http://nowhere.invalid").send(get("/")));
    expect(fault).toMatchObject({ kind: "unavailable", code: "name-not-found" });
    expect(fault.message).toContain("nowhere.invalid");
  });

  it("speaks http where https was asked for", async () => {
    const url = await serve((_, response) => response.end("{}"));
    const fault = await faultOf(client(url.replace("http:", "https:"), quick).send(post("/")));
    expect(fault).toMatchObject({ kind: "unavailable", code: "tls-failed" });
  });
});

describe("a redirect", () => {
  it("of a read is followed inside the origin", async () => {
    const url = await serve((request, response) => {
      if (request.url === "/a") response.writeHead(301, { location: "/b/?x=1" }).end();
      else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(request.url));
    });
    const http = client(url);
    expect((await http.send(get("/a"))).value).toBe("/b/?x=1");
    expect(http.requests()).toBe(2);
  });

  it("to another host never carries the credentials there", async () => {
    let asked = 0;
    const thief = await serve((_, response) => {
      asked += 1;
      response.end("{}");
    });
    const url = await serve((_, response) => response.writeHead(302, { location: `${thief}/steal` }).end());
    const fault = await faultOf(client(url).send(get("/")));
    expect(fault).toMatchObject({ kind: "protocol", code: "redirected-elsewhere" });
    expect(fault.hint).toContain(thief);
    expect(asked).toBe(0);
  });

  it("from http to https names the address to connect to", async () => {
    const url = await serve((request, response) => {
      response.writeHead(301, { location: `https://127.0.0.1/${request.url}` }).end();
    });
    const fault = await faultOf(client(url).send(get("/wp-json")));
    expect(fault.code).toBe("redirected-to-https");
    expect(fault.hint).toContain("https://127.0.0.1");
  });

  it("of a write is refused", async () => {
    const seen: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      seen.push(request.url);
      request.resume();
      response.writeHead(307, { location: "/other" }).end();
    });
    expect(await faultOf(client(url).send(post("/a")))).toMatchObject({
      kind: "protocol",
      code: "redirected-write",
    });
    expect(seen).toEqual(["/a"]);
  });

  it("in circles ends", async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: "/again" }).end());
    const http = client(url);
    expect((await faultOf(http.send(get("/")))).code).toBe("redirect-loop");
    expect(http.requests()).toBe(6);
  });

  it("to what is no address is refused", async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: "http://[" }).end());
    expect((await faultOf(client(url).send(get("/")))).code).toBe("redirected-elsewhere");
  });
});
