import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { addressesOf, certificateFault, knock, openTunnel, shakeHands } from "../../src/http/handshake.ts";
import { type Certificate, issued, selfSigned } from "./certificate.ts";
import { faultOf } from "./servers.ts";

const running: Server[] = [];
afterEach(() => {
  for (const server of running.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  running.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function secure(certificate: Certificate): Promise<URL> {
  return new URL(`https://127.0.0.1:${await listen(createHttpsServer(certificate))}`);
}

/** What stands against the certificate there. */
async function against(url: URL, caPem?: string): Promise<string | undefined> {
  return certificateFault(await shakeHands(url, caPem, 2000), url, Date.now())?.code;
}

describe("a certificate", () => {
  it("whose whole chain is sent is taken when its authority is known", async () => {
    const { site, intermediate, root } = issued();
    const url = await secure({ ...site, cert: site.cert + intermediate });
    const { certificate, refused } = await shakeHands(url, root, 2000);
    expect(refused).toBeUndefined();
    expect(certificate).toMatchObject({
      subject: "a site",
      issuer: "test intermediate",
      names: ["127.0.0.1"],
      until: Date.UTC(2049, 11, 31),
      own: false,
      chain: 3,
    });
  });

  it("is told apart by what is wrong with it", async () => {
    const { site, intermediate, root } = issued();
    const whole = await secure({ ...site, cert: site.cert + intermediate });
    const own = selfSigned();
    expect(await against(whole, root)).toBeUndefined();
    expect(await against(await secure(site), root)).toBe("certificate-chain");
    expect(await against(whole)).toBe("certificate-untrusted");
    expect(await against(await secure(own))).toBe("certificate-self-signed");
    expect(await against(await secure(own), own.cert)).toBeUndefined();
  });

  it("that never comes is not waited for", async () => {
    const url = new URL(`https://127.0.0.1:${await listen(createServer(() => {}))}`);
    expect((await faultOf(shakeHands(url, undefined, 50))).code).toBe("connect-timeout");
  });
});

describe("a port", () => {
  it("is knocked at, and nothing is sent", async () => {
    const heard: Buffer[] = [];
    const port = await listen(createServer((socket) => socket.on("data", (bytes) => heard.push(bytes))));
    await knock(new URL(`http://127.0.0.1:${port}`), 2000);
    expect(heard).toEqual([]);
  });
});

describe("a name", () => {
  it("that is an address already is not looked up", async () => {
    expect(await addressesOf(new URL("http://127.0.0.1:1"))).toEqual(["127.0.0.1"]);
    expect(await addressesOf(new URL("http://[::1]:1"))).toEqual(["::1"]);
  });

  it("that nobody knows says so", async () => {
    const fault = await faultOf(addressesOf(new URL("https://nobody.invalid")));
    expect(fault).toMatchObject({ kind: "unavailable", code: "name-not-found" });
  });
});

describe("a proxy", () => {
  const site = new URL("https://acme.test");

  it("is told where to, and who we are, and what it opens leads there", async () => {
    const server = createHttpServer();
    const asked: unknown[] = [];
    server.on("connect", ({ url, headers }, socket) => {
      asked.push([url, headers["proxy-authorization"]]);
      socket.end("HTTP/1.1 200 OK\r\n\r\n");
    });
    const proxy = new URL(`http://me:p%40ss@127.0.0.1:${await listen(server)}`);
    (await openTunnel(proxy, site, 2000)).destroy();
    expect(asked).toEqual([["acme.test:443", `Basic ${Buffer.from("me:p@ss").toString("base64")}`]]);
  });

  it("that never answers is not waited for", async () => {
    const silent = createServer(() => {});
    const proxy = new URL(`http://127.0.0.1:${await listen(silent)}`);
    const fault = await faultOf(openTunnel(proxy, site, 50));
    expect(fault).toMatchObject({ code: "connect-timeout" });
    expect(fault.message).toContain(proxy.host);
  });
});
