import { createServer, request, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type CallbackListener, openCallback, openLoopback } from "../../src/auth/loopback.ts";
import type { LastPage } from "../../src/auth/loopback-page.ts";
import { faultOf } from "../http/servers.ts";

const STATE = "state-0123456789";
const PATH = "/auth/callback";
const PAGE: LastPage = { tone: "good", title: "It <worked>", text: ['One & "two"'] };

/** Containers often have no IPv6. */
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);

const open: { close(): void }[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const listener of open.splice(0)) listener.close();
});

async function listen(options: Partial<Parameters<typeof openCallback>[0]> = {}): Promise<CallbackListener> {
  const listener = await openCallback({
    host: "127.0.0.1",
    path: PATH,
    state: STATE,
    timeoutMs: 10_000,
    signal: new AbortController().signal,
    ...options,
  });
  open.push(listener);
  return listener;
}

/** A call to one of this machine's addresses under the name that a browser would use. */
function callAt(address: string, to: string, query = `?state=${STATE}&code=c`): Promise<number | undefined> {
  const { port, host } = new URL(address);
  return new Promise((resolve, reject) => {
    request(`http://${to}:${port}${PATH}${query}`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

/** A machine that has no such address. */
function without(missing: string): void {
  const real = Server.prototype.listen;
  vi.spyOn(Server.prototype, "listen").mockImplementation(function (this: Server, ...args: unknown[]) {
    const [{ host }] = args as [{ host: string }];
    if (host !== missing) return Reflect.apply(real, this, args);
    const error = Object.assign(new Error("no such address"), { code: "EADDRNOTAVAIL" });
    queueMicrotask(() => this.emit("error", error));
    return this;
  });
}

describe("the listener for a registered address", () => {
  it("gives all parameters at once, and lets the browser wait for the page that tells the outcome", async () => {
    const listener = await listen();
    const call = fetch(`${listener.address}?code=c&state=${STATE}&iss=i`);
    const parameters = await listener.received;
    expect(Object.fromEntries(parameters)).toEqual({ code: "c", state: STATE, iss: "i" });
    await listener.finish(PAGE);
    const page = await call;
    expect(page.url).toBe(new URL("/done", listener.address).href);
    const html = await page.text();
    expect(html).toContain("It &lt;worked&gt;");
    expect(html).toContain("One &amp; &quot;two&quot;");
    await expect(fetch(listener.address)).rejects.toThrow();
    await listener.finish(PAGE);
  });

  it.skipIf(!hasIpv6)(
    "is the registered address to the letter, on both addresses of this machine",
    async () => {
      for (const host of ["127.0.0.1", "localhost"] as const) {
        const listener = await listen({ host });
        expect(listener.address).toMatch(new RegExp(`^http://${host}:\\d+${PATH}$`));
        expect(await callAt(listener.address, "[::1]", "?state=other")).toBe(400);
        expect(await callAt(listener.address, "127.0.0.1")).toBe(303);
        expect(await callAt(listener.address, "[::1]")).toBe(410);
        expect((await listener.received).get("code")).toBe("c");
      }
    },
  );

  it("names the other-request page, and goes on listening", async () => {
    const listener = await listen();
    const stranger = await fetch(`${listener.address}?state=x&code=evil`);
    expect(stranger.status).toBe(400);
    expect(await stranger.text()).toContain("another request");
    expect(await callAt(listener.address, "127.0.0.1")).toBe(303);
    expect((await listener.received).get("code")).toBe("c");
  });

  it("refuses what is no address at all, and goes on listening", async () => {
    const listener = await listen();
    const { port, host } = new URL(listener.address);
    const status = await new Promise((resolve, reject) => {
      request({ host: "127.0.0.1", port, path: "//[", headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(await callAt(listener.address, "127.0.0.1")).toBe(303);
  });

  it.skipIf(!hasIpv6)(
    "is taken when either address is: what comes there would be somebody else's",
    async () => {
      for (const host of ["127.0.0.1", "::1"]) {
        const holder = createServer();
        await new Promise<void>((resolve) => holder.listen({ host, port: 0, ipv6Only: true }, resolve));
        const { port } = holder.address() as AddressInfo;
        expect(await faultOf(listen({ port }))).toMatchObject({ kind: "usage", code: "port-taken" });
        await new Promise((resolve) => holder.close(resolve));
        expect(new URL((await listen({ port })).address).port).toBe(String(port));
      }
    },
  );

  it("ends with the run when interrupted, before a call and after it", async () => {
    const abort = new AbortController();
    const before = await listen({ signal: abort.signal });
    const after = await listen({ signal: abort.signal });
    await callAt(after.address, "127.0.0.1");
    abort.abort();
    expect((await faultOf(before.received)).kind).toBe("interrupted");
    await after.finish(PAGE);
    await expect(fetch(after.address)).rejects.toThrow();
  });
});

describe("a machine with one of the two addresses", () => {
  it("with IPv4 alone is as good as any", async () => {
    without("::1");
    const listener = await listen();
    expect(await callAt(listener.address, "127.0.0.1")).toBe(303);
  });

  it.skipIf(!hasIpv6)("with IPv6 alone takes a browser back to localhost, and a hand-off", async () => {
    without("127.0.0.1");
    const listener = await listen({ host: "localhost" });
    expect(await callAt(listener.address, "[::1]")).toBe(303);
    const handOff = await openLoopback({ timeoutMs: 10_000, signal: new AbortController().signal });
    open.push(handOff);
    expect(handOff.returnTo).toMatch(/^http:\/\/\[::1\]:\d+\/back\//);
    await fetch(`${handOff.returnTo}&password=p`);
    expect(await handOff.received).toEqual({ password: "p" });
  });

  it("with IPv6 alone says how to go on where the vendor sends browsers to 127.0.0.1", async () => {
    without("127.0.0.1");
    const fault = await faultOf(listen());
    expect(fault).toMatchObject({ kind: "usage", code: "no-loopback" });
    expect(fault.hint).toContain("--no-browser");
  });
});
