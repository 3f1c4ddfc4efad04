import { describe, expect, it } from "vitest";
import { Fault } from "../../src/lib/fault.ts";
import { bodyOf, client, faultOf, get, json, post, serve } from "./servers.ts";

/** A site that takes one token at a time, and lists what it was sent. */
async function guarded(): Promise<{ readonly url: string; good: string; readonly seen: string[] }> {
  const seen: string[] = [];
  const site = { url: "", good: "second", seen };
  site.url = await serve(async (request, response) => {
    const token = request.headers["x-token"];
    seen.push(`${request.method} ${token} ${await bodyOf(request)}`);
    if (token === site.good) return json(response, 200, { ok: true });
    json(response, 401, { message: `not with ${token}` });
  });
  return site;
}

describe("a request that is answered by a 401", () => {
  it.each([
    ["read", get("/x"), "GET"],
    ["write", post("/x"), "POST"],
  ])("is sent once more with newer credentials: a %s", async (_, call, method) => {
    const site = await guarded();
    let token = "first";
    const http = client(site.url, {
      authorize: async (headers) => ({ ...headers, "x-token": token }),
      refused: async (sent) => {
        expect(sent["x-token"]).toBe("first");
        token = "second";
        return true;
      },
    });
    expect((await http.send(call)).value).toEqual({ ok: true });
    const body = method === "POST" ? '{"title":"x"}' : "";
    expect(site.seen).toEqual([`${method} first ${body}`, `${method} second ${body}`]);
    expect(http.requests()).toBe(2);
  });

  it("is sent no third time", async () => {
    const site = await guarded();
    let number = 0;
    const http = client(site.url, {
      authorize: async (headers) => ({ ...headers, "x-token": `other-${++number}` }),
      refused: async () => true,
    });
    expect(await faultOf(http.send(post("/x")))).toMatchObject({ kind: "auth", httpStatus: 401 });
    expect(site.seen).toHaveLength(2);
  });

  it("stays refused where there are no newer ones, or where none were sent", async () => {
    const site = await guarded();
    let asked = 0;
    const http = client(site.url, {
      refused: async () => {
        asked += 1;
        return false;
      },
    });
    await faultOf(http.send(get("/x")));
    expect(asked).toBe(1);
    await faultOf(http.send(get("/x", { anonymous: true })));
    expect(asked).toBe(1);
    expect(site.seen).toHaveLength(2);
  });

  it("fails with why there are no newer ones", async () => {
    const site = await guarded();
    const refused = async () => {
      throw new Fault("auth", "The sign-in is over.", { code: "sign-in-over" });
    };
    expect(await faultOf(client(site.url, { refused }).send(post("/x")))).toMatchObject({
      code: "sign-in-over",
    });
  });
});

describe("credentials", () => {
  it("are those of the moment of sending, of each attempt anew", async () => {
    const tokens: unknown[] = [];
    const url = await serve((request, response) => {
      tokens.push(request.headers["x-token"]);
      json(response, tokens.length < 3 ? 503 : 200, {});
    });
    let number = 0;
    const authorize = async (headers: Readonly<Record<string, string>>) => ({
      ...headers,
      "x-token": `${++number}`,
    });
    await client(url, { authorize }).send(get("/x"));
    expect(tokens).toEqual(["1", "2", "3"]);
  });

  it("that cannot be had leave a write unsent, and free its place", async () => {
    const site = await guarded();
    site.good = "late";
    let has = false;
    const http = client(site.url, {
      pace: { perSecond: Number.POSITIVE_INFINITY, concurrency: 1 },
      authorize: async (headers) => {
        if (!has) throw new Fault("auth", "There is no token.");
        return { ...headers, "x-token": "late" };
      },
    });
    const fault = await faultOf(http.send(post("/x", { begins: true })));
    expect(fault).toMatchObject({ kind: "auth", unsent: true });
    expect(site.seen).toEqual([]);
    has = true;
    expect((await http.send(post("/x"))).status).toBe(200);
  });

  it("that became known later are in no message either", async () => {
    const url = await serve((request, response) =>
      json(response, 400, { message: request.headers["x-token"] }),
    );
    const known: string[] = [];
    const http = client(url, {
      authorize: async (headers) => {
        known.push("token-of-later");
        return { ...headers, "x-token": "token-of-later" };
      },
      secrets: () => known,
    });
    const fault = await faultOf(http.send(get("/x")));
    expect(fault.message).toContain("[hidden]");
    expect(fault.message).not.toContain("token-of-later");
  });
});
