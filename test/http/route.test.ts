import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { proxyFor } from "../../src/http/proxy.ts";
import { selfSigned } from "./certificate.ts";
import { client, faultOf, get, post, serve } from "./servers.ts";

const running: Server[] = [];
afterEach(() => {
  for (const server of running.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function start(server: Server): Promise<number> {
  running.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function secure(certificate: { key: string; cert: string }): Promise<string> {
  const server = createHttpsServer(certificate, (_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end('{"secure":true}');
  });
  return `https://127.0.0.1:${await start(server)}`;
}

/** A forward proxy that tunnels CONNECT and passes on plain requests; `seen` holds what it was asked. */
async function proxy(status = 200): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = [];
  const server = createHttpServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"] ?? ""}`.trim());
    response.writeHead(200, { "content-type": "application/json" }).end('{"through":"proxy"}');
  });
  server.on("connect", (request, socket) => {
    seen.push(`CONNECT ${request.headers["proxy-authorization"] ?? ""}`.trim());
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const [host, port] = (request.url ?? "").split(":");
    const upstream = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
  });
  return { url: `http://127.0.0.1:${await start(server)}`, seen };
}

describe("a certificate", () => {
  it("that nobody knows is refused before anything is sent, with the cure", async () => {
    const url = await secure(selfSigned());
    const fault = await faultOf(client(url).send(post("/")));
    expect(fault).toMatchObject({ kind: "unavailable", code: "certificate-untrusted" });
    expect(fault.hint).toContain("--ca-file");
  });

  it("is accepted when its file was given", async () => {
    const certificate = selfSigned();
    const url = await secure(certificate);
    expect((await client(url, { caPem: certificate.cert }).send(get("/"))).value).toEqual({ secure: true });
  });

  it("that has expired, or is for another name, says so", async () => {
    const expired = selfSigned({ expired: true });
    const other = selfSigned({ name: "other.test" });
    const late = await faultOf(client(await secure(expired), { caPem: expired.cert }).send(get("/")));
    const wrong = await faultOf(client(await secure(other), { caPem: other.cert }).send(get("/")));
    expect([late.code, wrong.code]).toEqual(["certificate-expired", "certificate-name"]);
  });
});

describe("a proxy", () => {
  it("carries https in a tunnel, so that it sees no credentials of the site", async () => {
    const certificate = selfSigned();
    const url = await secure(certificate);
    const between = await proxy();
    const route = { proxy: between.url.replace("http://", "http://me:pw@"), caPem: certificate.cert };
    expect((await client(url, route).send(post("/"))).value).toEqual({ secure: true });
    expect(between.seen).toEqual([`CONNECT Basic ${Buffer.from("me:pw").toString("base64")}`]);
  });

  it("is asked for plain http", async () => {
    const between = await proxy();
    const site = await serve((_, response) => response.end('{"through":"nothing"}'));
    expect((await client(site, { proxy: between.url }).send(get("/a"))).value).toEqual({ through: "proxy" });
    expect(between.seen).toEqual([`GET ${site}/a`]);
  });

  it("that wants a password says so, and the write was not sent", async () => {
    const between = await proxy(407);
    const fault = await faultOf(client("https://site.test", { proxy: between.url }).send(post("/")));
    expect(fault).toMatchObject({ kind: "unavailable", code: "proxy-auth" });
  });

  it("that is not there is no answer of the site", async () => {
    const fault = await faultOf(
      client("https://site.test", { proxy: "http://127.0.0.1:1", retry: { attempts: 1 } }).send(post("/")),
    );
    expect(fault).toMatchObject({ kind: "unavailable", code: "connection-refused" });
  });
});

describe("proxyFor", () => {
  const env = {
    HTTPS_PROXY: "http://secure:1",
    HTTP_PROXY: "plain:2",
    NO_PROXY: "internal.test, .corp.test example.org:8443",
  };

  it.each([
    ["https://site.test", "http://secure:1"],
    ["http://site.test", "http://plain:2"],
    ["https://internal.test", undefined],
    ["https://a.internal.test", undefined],
    ["https://notinternal.test", "http://secure:1"],
    ["https://x.corp.test", undefined],
    ["https://example.org", "http://secure:1"],
    ["https://example.org:8443", undefined],
    ["http://127.0.0.1:8080", undefined],
    ["http://localhost", undefined],
    ["http://[::1]:1", undefined],
  ])("%s goes through %s", (address, through) => {
    expect(proxyFor(address, undefined, env)).toBe(through);
  });

  it("lets the connection's own one win, and lower case over upper", () => {
    expect(proxyFor("https://internal.test", "http://own:3", env)).toBe("http://own:3");
    expect(proxyFor("https://site.test", undefined, { ...env, https_proxy: "http://lower:4" })).toBe(
      "http://lower:4",
    );
    expect(proxyFor("https://site.test", undefined, { ...env, NO_PROXY: "*" })).toBeUndefined();
  });

  it("refuses what it cannot use, without showing its password", () => {
    expect(() => proxyFor("https://site.test", "socks5://u:hunter2@x:1", {})).toThrow(
      /^(?!.*hunter2).*not the address of a proxy/,
    );
  });
});
