import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Clock } from "../../src/lib/clock.ts";
import { client, faultOf, get, json, post, serve } from "./servers.ts";

/** Bounds so small that a server that goes on for ever is met in no time. */
const bounds = {
  connectMs: 300,
  firstByteMs: 300,
  wholeMs: 10_000,
  idleMs: 100,
  leastBytes: 64,
  bodyBytes: 1024 * 1024,
};
const once = { limits: bounds, retry: { attempts: 1 } };

const running: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of running.splice(0)) server.close();
});

/** A server without manners: what it does with a connection once something came in. */
async function rude(act: (socket: Socket, n: number) => void): Promise<string> {
  let n = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", () => {
      n += 1;
      act(socket, n);
    });
  });
  running.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Writes again and again, as fast as it is read or every so many milliseconds, until the connection is gone. */
function forever(socket: Socket, text: string, everyMs?: number): void {
  if (everyMs !== undefined) {
    const timer = setInterval(() => socket.write(text), everyMs);
    socket.on("close", () => clearInterval(timer));
    return;
  }
  const pump = (): void => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on("drain", pump);
  pump();
}

const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

/** What a read and a write meet: the read a site that is not there now, the write an answer that was lost. */
async function expectLost(url: string, says: string): Promise<void> {
  const read = await faultOf(client(url, once).send(get("/")));
  expect(read).toMatchObject({ kind: "unavailable", code: "no-answer" });
  expect(read.message).toContain(says);
  const http = client(url, { limits: bounds });
  expect(await faultOf(http.send(post("/")))).toMatchObject({ kind: "ambiguous", code: "answer-lost" });
  expect(http.requests()).toBe(1);
}

describe("an answer that", () => {
  it("stalls after its headers is given up", async () => {
    const url = await rude((socket) => socket.write(`${HEAD}content-length: 20\r\n\r\n`));
    await expectLost(url, "stopped coming");
  });

  it("drips a byte now and then is given up", async () => {
    const url = await rude((socket) => {
      socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
      forever(socket, "1\r\n \r\n", 20);
    });
    await expectLost(url, "stopped coming");
  });

  it("comes slowly and steadily is waited for", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      let left = 12;
      const timer = setInterval(() => {
        left -= 1;
        response.write(" ".repeat(200));
        if (left > 0) return;
        clearInterval(timer);
        response.end("[1]");
      }, 25);
    });
    const patient = { ...bounds, idleMs: 250, wholeMs: 20_000 };
    expect((await client(url, { limits: patient }).send(get("/"))).value).toEqual([1]);
  });

  it("has a body without end is not read further than its bound", async () => {
    let sent = 0;
    const url = await rude((socket) => {
      socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
      const chunk = `10000\r\n${" ".repeat(0x10000)}\r\n`;
      const pump = (): void => {
        do sent += 0x10000;
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on("drain", pump);
      pump();
    });
    expect((await faultOf(client(url, once).send(get("/")))).code).toBe("answer-too-large");
    expect((await faultOf(client(url, once).send(post("/")))).kind).toBe("ambiguous");
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it("has headers without end is given up", async () => {
    await expectLost(await rude((socket) => forever(socket, `${HEAD}x-a: ${"a".repeat(4000)}\r\n`)), "");
    await expectLost(
      await rude((socket) => {
        socket.write(HEAD);
        forever(socket, "x-drip: 1\r\n", 25);
      }),
      "no answer came in time",
    );
  });

  it("is announced again and again is given up", async () => {
    await expectLost(
      await rude((socket) => forever(socket, "HTTP/1.1 102 Processing\r\n\r\n", 5)),
      "no answer came in time",
    );
    await expectLost(
      await rude((socket) => forever(socket, "HTTP/1.1 100 Continue\r\n\r\n", 5)),
      "no answer came in time",
    );
  });

  it("is reset in its body was lost", async () => {
    const url = await rude((socket) => {
      socket.write(`${HEAD}content-length: 2000\r\n\r\n{"id":`, () => {
        setTimeout(() => socket.resetAndDestroy(), 20);
      });
    });
    await expectLost(url, "the connection broke");
  });

  it("is longer than it says is not believed, and the next one is its own", async () => {
    const url = await rude((socket, n) => {
      const body = n === 1 ? '{"id":1,"title":"Hello"}' : '{"id":2}';
      socket.write(`${HEAD}content-length: 8\r\n\r\n${body}`);
    });
    const http = client(url, once);
    expect((await faultOf(http.send(get("/")))).code).toBe("no-answer");
    expect((await http.send(get("/"))).value).toEqual({ id: 2 });
  });

  it("is of HTTP/1.0 ends where the connection does", async () => {
    const url = await rude((socket) =>
      socket.end('HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{"id":3}'),
    );
    expect((await client(url, once).send(get("/"))).value).toEqual({ id: 3 });
  });

  it("comes after announcements is read", async () => {
    const url = await rude((socket) =>
      socket.end(
        `HTTP/1.1 103 Early Hints\r\n\r\n${"HTTP/1.1 102 Processing\r\n\r\n".repeat(20)}${HEAD}content-length: 2\r\n\r\n{}`,
      ),
    );
    expect((await client(url, once).send(get("/"))).value).toEqual({});
  });
});

describe("a server that", () => {
  it("takes the connection and says nothing to a TLS greeting was sent nothing", async () => {
    const url = await rude(() => {});
    const fault = await faultOf(client(url.replace("http:", "https:"), once).send(post("/")));
    expect(fault).toMatchObject({ kind: "unavailable", code: "connect-timeout" });
  });

  it("answers a write with a login page is not sent it again", async () => {
    let asked = 0;
    const url = await serve((request, response) => {
      asked += 1;
      request.resume();
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Log In</title>");
    });
    expect(await faultOf(client(url).send(post("/")))).toMatchObject({
      kind: "ambiguous",
      code: "html-instead-of-json",
    });
    expect(asked).toBe(1);
  });
});

describe("JSON", () => {
  const answering = (text: string) =>
    serve((_, response) => response.writeHead(200, { "content-type": "application/json" }).end(text));

  it.each([
    ["lists", "[".repeat(100_000) + "]".repeat(100_000)],
    ["objects", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    ["both, behind brackets in texts", `["]]]\\"]]]",${'[{"\\\\":'.repeat(300)}1${"}]".repeat(300)}]`],
  ])("nested without end is refused: %s", async (_, text) => {
    const url = await answering(text);
    expect(await faultOf(client(url).send(get("/")))).toMatchObject({ kind: "protocol", code: "not-json" });
    expect((await faultOf(client(url).send(post("/")))).kind).toBe("ambiguous");
  });

  it("nested as deep as anybody needs, with brackets in its texts, is read", async () => {
    const deep = JSON.stringify({ text: "[".repeat(2000), quoted: `"${"{".repeat(2000)}\\`, end: [[[[1]]]] });
    expect((await client(await answering(deep)).send(get("/"))).value).toEqual(JSON.parse(deep));
  });

  it("of odd numbers, double keys and names of prototypes harms nothing", async () => {
    const url = await answering(
      '{"id":1,"id":2,"n":1e400,"i":123456789012345678901,"__proto__":{"owned":true}}',
    );
    const { value } = await client(url).send(get("/"));
    expect(value).toMatchObject({ id: 2, n: Number.POSITIVE_INFINITY });
    expect(({} as { owned?: boolean }).owned).toBeUndefined();
    expect(Object.keys(value as object)).toContain("__proto__");
  });
});

describe("a server that asks to be left alone", () => {
  const START = Date.UTC(2026, 4, 1, 12);

  /** How long a read waits in all, and whether it is sent again, when the first answer carries this. */
  async function waitFor(retryAfter: string): Promise<{ waitedMs: number; asked: number }> {
    let asked = 0;
    let now = START;
    const clock: Clock = {
      now: () => now,
      sleep: async (ms) => {
        now += ms;
      },
    };
    const url = await serve((_, response) => {
      asked += 1;
      const date = new Date(now).toUTCString();
      if (asked === 1) json(response, 429, {}, { date, "retry-after": retryAfter });
      else json(response, 200, {});
    });
    await client(url, { clock, random: () => 0 })
      .send(get("/"))
      .catch(() => {});
    return { waitedMs: now - START, asked };
  }

  it.each([
    ["0", 0],
    ["3", 3000],
    ["1.5", 1500],
    [new Date(START + 40_000).toUTCString(), 40_000],
  ])("for %s is waited for so long", async (retryAfter, least) => {
    const { waitedMs, asked } = await waitFor(retryAfter);
    expect(asked).toBe(2);
    expect(waitedMs).toBeGreaterThanOrEqual(least);
    expect(waitedMs).toBeLessThanOrEqual(least + 5000);
  });

  it.each(["-5", "soon", "1e9", "0x10", "NaN", "", "Thu, 99 Foo 2026", new Date(0).toUTCString()])(
    "for %j, which is no time to come, is asked again after our own back-off",
    async (retryAfter) => {
      const { waitedMs, asked } = await waitFor(retryAfter);
      expect(asked).toBe(2);
      expect(waitedMs).toBeLessThanOrEqual(5000);
    },
  );

  it.each(["86400", "99999999999999999999", new Date(START + 3_600_000).toUTCString()])(
    "for %s is not waited for: that is said instead",
    async (retryAfter) => expect(await waitFor(retryAfter)).toEqual({ waitedMs: 0, asked: 1 }),
  );
});
