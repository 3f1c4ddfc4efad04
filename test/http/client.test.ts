import type { IncomingMessage, RequestListener } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Clock } from "../../src/lib/clock.ts";
import { Fault } from "../../src/lib/fault.ts";
import { bodyOf, client, faultOf, get, json, post, serve } from "./servers.ts";

/** A server that answers one thing and keeps what it was asked. */
async function answering(listener: RequestListener): Promise<{ url: string; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const url = await serve((request, response) => {
    seen.push(request);
    return listener(request, response);
  });
  return { url, seen };
}

const html = (title: string): string =>
  `<!DOCTYPE html><html><head><title>${title}</title></head><body>x</body></html>`;

describe("a request", () => {
  it("is signed, named, and carries the connection's headers", async () => {
    const { url, seen } = await answering((_, response) => json(response, 200, { ok: true }));
    const reply = await client(url, { headers: { "X-Pass": "guard" } }).send(
      get("/a", { query: { b: 1, c: undefined } }),
    );
    expect(reply).toMatchObject({ status: 200, value: { ok: true } });
    expect(Math.abs((reply.serverTime ?? 0) - Date.now())).toBeLessThan(5000);
    expect(seen[0]?.url).toBe("/a?b=1");
    expect(seen[0]?.headers).toMatchObject({
      authorization: "Basic c2VjcmV0LXBhaXI=",
      "x-pass": "guard",
      accept: "application/json",
      "user-agent": "ainstein-cms/1.2.3",
    });
    expect(seen[0]?.headers.cookie).toBeUndefined();
  });

  it("sends JSON, bytes and forms as what they are", async () => {
    const bodies: string[] = [];
    const { url } = await answering(async (request, response) => {
      bodies.push(`${request.headers["content-type"]} ${await bodyOf(request)}`);
      json(response, 201, {});
    });
    const http = client(url);
    await http.send(post("/", { body: { json: { a: "ü" } } }));
    await http.send(post("/", { body: { bytes: Buffer.from("raw"), type: "image/png" } }));
    await http.send(post("/", { body: { form: { a: "1 2" } } }));
    const { body: _, ...bare } = post("/");
    await http.send({ ...bare, method: "DELETE" });
    expect(bodies).toEqual([
      'application/json; charset=utf-8 {"a":"ü"}',
      "image/png raw",
      "application/x-www-form-urlencoded a=1+2",
      "undefined ",
    ]);
    expect(http.requests()).toBe(4);
  });

  it("unpacks gzip, and gives text and bytes as they are", async () => {
    const { url } = await answering((_, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync('{"a":1}'));
    });
    const http = client(url);
    expect((await http.send(get("/"))).value).toEqual({ a: 1 });
    expect((await http.send(get("/", { as: "text" }))).value).toBe('{"a":1}');
    expect((await http.send(get("/", { as: "bytes" }))).value).toEqual(
      new Uint8Array(Buffer.from('{"a":1}')),
    );
  });

  it("never leaves its origin", async () => {
    const { url, seen } = await answering((_, response) => json(response, 200, {}));
    const fault = await faultOf(client(url).send(get("https://evil.test/x")));
    expect(fault.kind).toBe("defect");
    expect(seen).toHaveLength(0);
  });
});

describe("an answer that decides", () => {
  it("is asked for past all caches, at an address of its own", async () => {
    const { url, seen } = await answering((_, response) => json(response, 200, {}));
    const http = client(url);
    await http.send(get("/", { fresh: true }));
    await http.send(get("/", { fresh: true }));
    expect(seen[0]?.headers).toMatchObject({ "cache-control": "no-cache", pragma: "no-cache" });
    expect(seen[0]?.url).toMatch(/_fresh=\d+/);
    expect(seen[0]?.url).not.toBe(seen[1]?.url);
    await http.send(get("/", { fresh: "ownName" }));
    expect(seen[2]?.url).toMatch(/^\/\?ownName=\d+$/);
  });

  it.each([
    [{ age: "12" }],
    [{ "x-cache": "Hit from cloudfront" }],
    [{ "cf-cache-status": "HIT" }],
    [{ "x-litespeed-cache": "hit" }],
  ])("is refused when a cache gave it: %j", async (headers) => {
    const { url } = await answering((_, response) =>
      json(response, 200, {}, headers as Record<string, string>),
    );
    const fault = await faultOf(client(url).send(get("/", { fresh: true })));
    expect(fault).toMatchObject({ kind: "protocol", code: "cached-answer" });
    await expect(client(url).send(get("/"))).resolves.toBeDefined();
  });

  it("is taken when no cache kept it", async () => {
    const headers = { age: "0", "x-cache": "MISS", "cf-cache-status": "DYNAMIC" };
    const { url } = await answering((_, response) => json(response, 200, { a: 1 }, headers));
    expect((await client(url).send(get("/", { fresh: true }))).value).toEqual({ a: 1 });
  });
});

describe("a refusal", () => {
  it.each([
    [401, "auth"],
    [403, "forbidden"],
    [404, "not-found"],
    [410, "not-found"],
    [409, "conflict"],
    [412, "conflict"],
    [400, "invalid"],
    [422, "invalid"],
    [413, "invalid"],
    [501, "unavailable"],
  ])("%i is %s, in the server's own words", async (status, kind) => {
    const { url, seen } = await answering((_, response) =>
      json(response, status, { message: "Not\u001b[31m today" }),
    );
    const fault = await faultOf(client(url).send(get("/x")));
    expect(fault).toMatchObject({ kind, httpStatus: status });
    if (status !== 413) expect(fault.message).toContain("Not today");
    expect(seen).toHaveLength(1);
  });

  it("says how much was sent when that was too much", async () => {
    const { url } = await answering((request, response) => {
      request.resume();
      request.on("end", () => response.writeHead(413, { "content-type": "text/html" }).end(html("413")));
    });
    const bytes = { body: { bytes: new Uint8Array(3 * 1024 * 1024), type: "image/png" } };
    const fault = await faultOf(client(url).send(post("/media", bytes)));
    expect(fault).toMatchObject({ kind: "invalid", code: "too-large" });
    expect(fault.message).toContain("3.0 MB");
  });

  it("gets its meaning from the platform first", async () => {
    const { url } = await answering((_, response) =>
      json(response, 400, { code: "term_exists" }, { "x-a": "b" }),
    );
    const fault = await faultOf(
      client(url).send(
        post("/", {
          refuse: ({ status, headers, payload }) =>
            new Fault("conflict", JSON.stringify({ status, a: headers["x-a"], payload })),
        }),
      ),
    );
    expect(fault.kind).toBe("conflict");
    expect(JSON.parse(fault.message)).toEqual({ status: 400, a: "b", payload: { code: "term_exists" } });
  });

  it("that the caller accepts is decoded", async () => {
    const { url } = await answering((_, response) => json(response, 404, { gone: true }));
    const reply = await client(url).send(get("/", { accept: [404] }));
    expect(reply).toMatchObject({ status: 404, value: { gone: true } });
  });

  it("a missing page in HTML is never taken for a missing entry", async () => {
    const { url } = await answering((_, response) => {
      response.writeHead(404, { "content-type": "text/html" }).end(html("Page not found"));
    });
    const fault = await faultOf(client(url).send(get("/x")));
    expect(fault).toMatchObject({ kind: "unavailable", code: "html-instead-of-json" });
    expect(fault.message).toContain("Page not found");
  });

  it("names the second password of a web server in front", async () => {
    const { url } = await answering((_, response) => {
      response
        .writeHead(401, { "www-authenticate": 'Basic realm="staging"', "content-type": "text/html" })
        .end(html("401"));
    });
    expect(await faultOf(client(url).send(get("/x")))).toMatchObject({
      kind: "auth",
      code: "basic-auth-in-front",
    });
  });
});

describe("sending again", () => {
  it("repeats a read until it succeeds, waiting as long as asked", async () => {
    let asked = 0;
    const { url } = await answering((_, response) => {
      asked += 1;
      if (asked === 1) return json(response, 503, {}, { "retry-after": "1" });
      if (asked === 2) return json(response, 502, {});
      json(response, 200, { asked });
    });
    const started = performance.now();
    expect((await client(url).send(get("/"))).value).toEqual({ asked: 3 });
    expect(performance.now() - started).toBeGreaterThan(990);
  });

  it("sends a write once, whatever gateway answered", async () => {
    for (const status of [500, 502, 503, 504, 520, 524]) {
      const { url, seen } = await answering((_, response) => {
        response.writeHead(status, { "content-type": "text/html" }).end(html("Bad gateway"));
      });
      const fault = await faultOf(client(url).send(post("/")));
      expect(fault).toMatchObject({ kind: "ambiguous", httpStatus: status });
      expect(seen).toHaveLength(1);
    }
  });

  it("does not believe Varnish that a write was refused", async () => {
    const { url, seen } = await answering((_, response) => {
      response.writeHead(503, { "retry-after": "0", "x-varnish": "1" }).end(html("503 Backend fetch failed"));
    });
    expect((await faultOf(client(url).send(post("/")))).kind).toBe("ambiguous");
    expect(seen).toHaveLength(1);
  });

  it("sends a write again that was turned away at the door", async () => {
    let asked = 0;
    const { url } = await answering((request, response) => {
      request.resume();
      asked += 1;
      json(response, asked === 1 ? 429 : asked === 2 ? 503 : 201, { asked }, { "retry-after": "0" });
    });
    expect((await client(url).send(post("/"))).value).toEqual({ asked: 3 });
  });

  it("waits as long as a server says whose clock is another one", async () => {
    const waits: number[] = [];
    const clock: Clock = { now: () => Date.now(), sleep: async (ms) => void waits.push(ms) };
    const at = (ms: number) => new Date(ms).toUTCString();
    const hourAhead = Date.now() + 3_600_000;
    const { url, seen } = await answering((_, response) =>
      seen.length > 1
        ? json(response, 200, {})
        : json(response, 429, {}, { date: at(hourAhead), "retry-after": at(hourAhead + 3000) }),
    );
    await client(url, { clock }).send(get("/"));
    expect(seen).toHaveLength(2);
    const [first = 0] = waits;
    expect(first).toBeGreaterThanOrEqual(3000);
    expect(first).toBeLessThan(10_000);
  });

  it("stops at a server that asks for an hour, and passes on what it asked", async () => {
    const { url, seen } = await answering((_, response) =>
      json(response, 429, {}, { "retry-after": "3600" }),
    );
    const fault = await faultOf(client(url).send(get("/")));
    expect(fault).toMatchObject({ kind: "rate-limited", retryAfterMs: 3_600_000 });
    expect(seen).toHaveLength(1);
  });

  it("an abort ends the waiting, not a request in flight", async () => {
    const abort = new AbortController();
    const { url } = await answering((request, response) => {
      if (request.url === "/slow") {
        abort.abort();
        setTimeout(() => json(response, 200, { done: true }), 50);
        return;
      }
      json(response, 503, {}, { "retry-after": "60" });
    });
    const http = client(url, { signal: abort.signal });
    expect((await http.send(post("/slow"))).value).toEqual({ done: true });
    expect((await faultOf(http.send(get("/")))).kind).toBe("interrupted");
  });

  it("the deadline breaks off what only reads, and waits for the answer to what writes", async () => {
    const over = new Fault("deadline", "the time is over");
    const abort = new AbortController();
    let asked = 0;
    const { url } = await answering((request, response) => {
      asked += 1;
      if (asked === 2) abort.abort(over);
      if (request.method === "POST") setTimeout(() => json(response, 200, { done: true }), 50);
    });
    const http = client(url, { signal: abort.signal });
    const read = faultOf(http.send(get("/stalls")));
    const written = http.send(post("/"));
    expect(await read).toBe(over);
    expect((await written).value).toEqual({ done: true });
  });

  it("nothing is begun once the run is to end, which is told from a write whose answer is not known", async () => {
    const abort = new AbortController();
    const { url, seen } = await answering((request, response) => {
      if (request.url === "/busy") abort.abort();
      json(response, request.url === "/busy" ? 429 : 200, {}, { "retry-after": "60" });
    });
    const begins = { begins: true } as const;
    // Refused at the door, and not sent again.
    const busy = client(url, { signal: abort.signal }).send(post("/busy", begins));
    expect(await faultOf(busy)).toMatchObject({ kind: "interrupted", unsent: true });
    const http = client(url, { signal: abort.signal });
    const first = await faultOf(http.send(post("/first", begins)));
    expect(first).toMatchObject({ kind: "interrupted", unsent: true });
    await http.send(post("/rest"));
    expect(seen.map(({ url: path }) => path)).toEqual(["/busy", "/rest"]);
  });
});

describe("what came is not what was promised", () => {
  it("a page instead of JSON names the page and is not asked again", async () => {
    const { url, seen } = await answering((_, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end(html("Coming &amp; soon"));
    });
    const fault = await faultOf(client(url).send(get("/x")));
    expect(fault).toMatchObject({ kind: "unavailable", code: "html-instead-of-json", scope: "connection" });
    expect(fault.message).toContain('"Coming & soon"');
    expect(seen).toHaveLength(1);
  });

  it.each([
    [403, { "cf-mitigated": "challenge", "cf-ray": "8f2a-FRA" }, "Just a moment..."],
    [503, { "cf-ray": "8f2a-FRA" }, "Just a moment..."],
    [200, { "cf-ray": "8f2a-FRA" }, "Robot Challenge: captcha"],
  ])("a challenge page (%i) gives the ray id and is not asked again", async (status, headers, title) => {
    const { url, seen } = await answering((_, response) => {
      response.writeHead(status, { ...headers, "content-type": "text/html" }).end(html(title));
    });
    const fault = await faultOf(client(url).send(get("/x")));
    expect(fault).toMatchObject({ kind: "unavailable", code: "challenge-page", httpStatus: status });
    expect(fault.message).toContain("8f2a-FRA");
    expect(seen).toHaveLength(1);
  });

  it("tells of PHP's messages and byte order marks before the JSON", async () => {
    let noise =
      "<br />\n<b>Warning</b>:  Undefined variable $x in <b>/srv/plugin.php</b> on line <b>3</b><br />\n";
    const { url } = await answering((_, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(`${noise}{"a":1}`);
    });
    const warned = await faultOf(client(url).send(get("/x")));
    expect(warned.code).toBe("noise-before-json");
    expect(warned.message).toContain("Undefined variable $x in /srv/plugin.php on line 3");
    noise = "\ufeff";
    expect((await faultOf(client(url).send(get("/x")))).message).toContain("byte order mark");
  });

  it("an empty or broken answer to a write may have been carried out", async () => {
    let body = "";
    const { url } = await answering((_, response) => response.writeHead(200).end(body));
    expect((await faultOf(client(url).send(get("/")))).kind).toBe("unavailable");
    expect((await faultOf(client(url).send(post("/")))).kind).toBe("ambiguous");
    body = '{"id":1,';
    expect((await faultOf(client(url).send(get("/")))).kind).toBe("protocol");
    expect((await faultOf(client(url).send(post("/")))).kind).toBe("ambiguous");
  });

  it("a payload of the wrong shape names the request and the field", async () => {
    const { url } = await answering((_, response) => json(response, 200, { id: "seven" }));
    const decode = (payload: unknown) => z.object({ id: z.number() }).parse(payload);
    const fault = await faultOf(client(url).send(get("/posts", { decode })));
    expect(fault).toMatchObject({ kind: "protocol", code: "unexpected-answer" });
    expect(fault.message).toMatch(/GET \/posts.*id: /);
  });
});

describe("secrets", () => {
  it("are in no trace and no message, even when the server sends them back", async () => {
    const { url } = await answering((request, response) => {
      json(response, 400, { message: `you sent ${request.headers.authorization} and hunter2-hunter2` });
    });
    const lines: string[] = [];
    const http = client(url, { trace: (line) => lines.push(line), secrets: () => ["hunter2-hunter2"] });
    const fault = await faultOf(http.send(get("/x", { query: { password: "q-secret" } })));
    const all = [fault.message, ...lines].join("\n");
    expect(lines[0]).toMatch(/^> GET http.*"authorization":"\[hidden\]"/);
    expect(lines[1]).toMatch(/^< 400 /);
    expect(all).not.toMatch(/hunter2|c2VjcmV0|q-secret/);
  });
});
