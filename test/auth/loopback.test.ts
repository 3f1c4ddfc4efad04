import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { type Loopback, openLoopback } from "../../src/auth/loopback.ts";
import { faultOf } from "../http/servers.ts";

const open: Loopback[] = [];
afterEach(() => {
  for (const loopback of open.splice(0)) loopback.close();
});

async function listen(options: Partial<Parameters<typeof openLoopback>[0]> = {}): Promise<Loopback> {
  const loopback = await openLoopback({
    timeoutMs: 10_000,
    signal: new AbortController().signal,
    ...options,
  });
  open.push(loopback);
  return loopback;
}

const call = (address: string | URL, init: RequestInit = {}) =>
  fetch(address, { redirect: "manual", ...init });

function withParameters(loopback: Loopback, extra: Record<string, string>): URL {
  const url = new URL(loopback.returnTo);
  for (const [name, value] of Object.entries(extra)) url.searchParams.set(name, value);
  return url;
}

/** The status of a request that names another host than it goes to, as a page of a rebound name would. */
function statusFor(address: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(address, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

describe("the loopback listener", () => {
  it("takes one call, and leaves the browser on a clean address", async () => {
    const loopback = await listen();
    const back = await call(withParameters(loopback, { user_login: "admin", password: "ab cd" }));
    expect(back.status).toBe(303);
    expect(back.headers.get("location")).toBe("/done");
    expect(back.headers.get("cache-control")).toBe("no-store");
    expect(back.headers.get("referrer-policy")).toBe("no-referrer");
    const page = await call(new URL("/done", loopback.returnTo));
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
    const html = await page.text();
    expect(html).toContain("close this window");
    expect(html).not.toMatch(/https?:|<script|ab cd/);
    expect(await loopback.received).toEqual({ user_login: "admin", password: "ab cd" });
    await expect(call(loopback.returnTo)).rejects.toThrow();
  });

  it("ends by itself when the browser does not fetch the last page", async () => {
    const loopback = await listen();
    await call(withParameters(loopback, { a: "1" }));
    expect(await loopback.received).toEqual({ a: "1" });
  });

  it("refuses a second call", async () => {
    const loopback = await listen();
    await call(withParameters(loopback, { password: "first" }));
    expect((await call(withParameters(loopback, { password: "second" }))).status).toBe(410);
    await call(new URL("/done", loopback.returnTo));
    expect(await loopback.received).toEqual({ password: "first" });
  });

  it("refuses a wrong state, path, method or host, and goes on listening", async () => {
    const loopback = await listen();
    const right = withParameters(loopback, { password: "good" });
    const { host, port } = right;
    expect((await call(withParameters(loopback, { state: "wrong", password: "evil" }))).status).toBe(400);
    const twice = new URL(right);
    twice.searchParams.append("state", "other");
    expect((await call(twice)).status).toBe(400);
    const none = new URL(right);
    none.searchParams.delete("state");
    expect((await call(none)).status).toBe(400);
    expect((await call(`http://${host}/favicon.ico`)).status).toBe(404);
    expect((await call(`http://${host}/done`)).status).toBe(404);
    expect((await call(right, { method: "POST" })).status).toBe(405);
    expect((await call(right, { method: "HEAD" })).status).toBe(405);
    for (const name of ["evil.test", `localhost:${port}`, `127.0.0.1:1`]) {
      expect(await statusFor(right.href, name)).toBe(400);
    }
    expect((await call(right)).status).toBe(303);
    await call(new URL("/done", right));
    expect(await loopback.received).toEqual({ password: "good" });
  });

  it("is reachable on this machine's own two addresses only", async () => {
    const loopback = await listen();
    const { host, port } = new URL(loopback.returnTo);
    const others = Object.values(networkInterfaces())
      .flat()
      .flatMap((each) => (each?.family === "IPv4" && !each.internal ? [each.address] : []));
    for (const address of [...others, "127.0.0.2"]) {
      await expect(
        call(`http://${address}:${port}/`, { signal: AbortSignal.timeout(1000) }),
      ).rejects.toThrow();
    }
    const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
      all?.some((one) => one.address === "::1"),
    );
    if (!hasIpv6) return;
    // A tunnel may end on either, whatever the browser calls it.
    expect(await statusFor(`http://[::1]:${port}/elsewhere`, host)).toBe(404);
    expect(await statusFor(`http://[::1]:${port}/elsewhere`, `[::1]:${port}`)).toBe(400);
  });

  it("has another secret address each time", async () => {
    const [first, second] = [await listen(), await listen()];
    const path = (loopback: Loopback): string => new URL(loopback.returnTo).pathname;
    expect(path(first)).not.toBe(path(second));
    expect(new URL(first.returnTo).searchParams.get("state")?.length).toBeGreaterThan(30);
  });

  it("gives up in time, and when interrupted", async () => {
    const late = await faultOf((await listen({ timeoutMs: 30 })).received);
    expect(late).toMatchObject({ kind: "auth", code: "browser-timeout" });
    const abort = new AbortController();
    const waiting = await listen({ signal: abort.signal });
    abort.abort();
    expect((await faultOf(waiting.received)).kind).toBe("interrupted");
    await expect(call(waiting.returnTo)).rejects.toThrow();
  });

  it("takes the port it is told, and says when that is taken", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const { port } = holder.address() as AddressInfo;
    const fault = await faultOf(listen({ port }));
    expect(fault).toMatchObject({ kind: "usage", code: "port-taken" });
    expect(fault.hint).toContain("--port");
    await new Promise((resolve) => holder.close(resolve));
    expect(new URL((await listen({ port })).returnTo).port).toBe(String(port));
  });
});
