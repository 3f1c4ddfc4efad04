import { lookup } from "node:dns/promises";
import { describe, expect, it } from "vitest";
import { createDownload, type DownloadOptions } from "../../src/http/download.ts";
import { isPublicIp } from "../../src/http/public.ts";
import { client, faultOf, serve } from "./servers.ts";

const BYTES = Buffer.from("the bytes of a picture");

/** 127.0.0.1 stands for the public internet here, 127.0.0.2 for a network behind it. */
const isOpen = (ip: string) => ip === "127.0.0.1";
const elsewhere = (address: string) => address.replace("127.0.0.1", "127.0.0.2");

function download(site: string, options: Partial<DownloadOptions> = {}) {
  return createDownload({
    http: client(`${site}/wp-json`),
    origin: new URL(site).origin,
    proxy: () => undefined,
    version: "1.2.3",
    isOpen,
    ...options,
  });
}

describe("what is of the public internet", () => {
  it.each([
    ["8.8.8.8", true],
    ["93.184.216.34", true],
    ["2606:4700::1111", true],
    ["127.0.0.1", false],
    ["10.1.2.3", false],
    ["172.31.255.255", false],
    ["192.168.1.1", false],
    ["169.254.169.254", false],
    ["100.64.0.1", false],
    ["0.0.0.0", false],
    ["255.255.255.255", false],
    ["::1", false],
    ["::ffff:10.0.0.1", false],
    ["::ffff:8.8.8.8", false],
    ["64:ff9b::a00:1", false],
    ["2002:a00:1::", false],
    ["fe80::1", false],
    ["fd00::1", false],
    ["2001:db8::1", false],
    ["localhost", false],
  ])("%s: %s", (address, expected) => {
    expect(isPublicIp(address)).toBe(expected);
  });
});

describe("a download", () => {
  it("from the connection's own site carries its headers and no credentials, wherever that site is", async () => {
    const seen: (string | undefined)[] = [];
    const site = await serve((request, response) => {
      seen.push(request.headers.authorization, request.headers["x-gate"] as string | undefined);
      response.end(BYTES);
    });
    const http = client(`${site}/wp-json`, { headers: { "X-Gate": "pass" } });
    const get = download(site, { http, isOpen: () => false });
    expect(Buffer.from(await get(`${site}/a.png`, 100))).toEqual(BYTES);
    // What a text names, a read of ours must not carry out: this one would delete, were it signed in.
    await get(`${site}/wp-json/wp/v2/posts/1?_method=DELETE`, 100);
    expect(seen).toEqual([undefined, "pass", undefined, "pass"]);
  });

  it("that is sent on to the connection's own site carries no credentials there", async () => {
    let signed: string | undefined = "not asked";
    const site = await serve((request, response) => {
      signed = request.headers.authorization;
      response.end(BYTES);
    });
    const other = await serve((_, response) => {
      response.writeHead(302, { location: `${site}/wp-json/wp/v2/settings` }).end();
    });
    await download(site)(`${other}/a.txt`, 100);
    expect(signed).toBeUndefined();
  });

  it("from elsewhere carries no credentials, over redirects too", async () => {
    const seen: (string | undefined)[] = [];
    const site = await serve((_, response) => response.end());
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization);
      if (request.url === "/a.png") response.writeHead(302, { location: "/b.png" }).end();
      else response.end(BYTES);
    });
    expect(Buffer.from(await download(site)(`${other}/a.png`, 100))).toEqual(BYTES);
    expect(seen).toEqual([undefined, undefined]);
  });

  it("never asks a private address, by number, by name, or behind a redirect", async () => {
    let asked = 0;
    const inner = await serve((_, response) => {
      asked += 1;
      response.end(BYTES);
    });
    const site = await serve((_, response) => response.end());
    const outer = await serve((_, response) => {
      response.writeHead(302, { location: elsewhere(inner) }).end();
    });
    const refused = { code: "download-refused", kind: "invalid" };
    const named = inner.replace("127.0.0.1", "localhost");
    const closed = download(site, { isOpen: () => false });
    for (const [get, address] of [
      [download(site), elsewhere(inner)],
      [download(site), outer],
      [closed, inner],
      [closed, named],
      [download(site), "file:///etc/passwd"],
    ] as const) {
      expect(await faultOf(get(address, 100))).toMatchObject(refused);
    }
    expect(asked).toBe(0);
  });

  it("goes to the address that was judged: a name that leads elsewhere the next time is refused", async () => {
    let asked = 0;
    const other = await serve((_, response) => {
      asked += 1;
      response.end(BYTES);
    });
    const site = await serve((_, response) => response.end());
    const { length } = await lookup("localhost", { all: true });
    let judged = 0;
    const isOpenOnce = () => {
      judged += 1;
      return judged <= length;
    };
    const get = download(site, { isOpen: isOpenOnce });
    const named = other.replace("127.0.0.1", "localhost");
    expect(await faultOf(get(named, 100))).toMatchObject({ code: "download-refused" });
    expect([asked, judged > length]).toEqual([0, true]);
  });

  it("stops at its bound, whatever the answer says of its length", async () => {
    const site = await serve((_, response) => {
      for (let n = 0; n < 100; n += 1) response.write(Buffer.alloc(1000));
      response.end();
    });
    const other = await serve((_, response) => {
      for (let n = 0; n < 100; n += 1) response.write(Buffer.alloc(1000));
      response.end();
    });
    for (const from of [site, other]) {
      expect(await faultOf(download(site)(`${from}/big.png`, 5000))).toMatchObject({
        code: "media-too-large",
      });
    }
  });

  it("that fails is the fault of that one file", async () => {
    const site = await serve((request, response) => {
      if (request.url === "/loop.png") response.writeHead(302, { location: "/loop.png" }).end();
      else response.writeHead(Number(request.url?.slice(1, 4))).end();
    });
    for (const path of ["401.png", "403.png", "404.png", "loop.png"]) {
      expect(await faultOf(download(site)(`${site}/${path}`, 100))).toMatchObject({
        ...{ scope: "item", code: "download-refused" },
        message: expect.stringContaining(`${site}/${path}`),
      });
    }
    const other = await serve((_, response) => response.writeHead(404).end());
    for (const address of [`${other}/none.png`, "http://127.0.0.1:1/none.png"]) {
      expect(await faultOf(download(site)(address, 100))).toMatchObject({ scope: "item" });
    }
  });
});
