import { describe, expect, it } from "vitest";
import { createMeter, type Traffic } from "../../src/http/traffic.ts";
import { client, faultOf, get, json, post, serve } from "./servers.ts";

describe("how a connection is doing", () => {
  function meter() {
    let now = 0;
    const told: Traffic[] = [];
    const pass = (ms: number): void => {
      now += ms;
    };
    const state = () => ({ requests: 1, retries: 0, concurrency: 2, used: undefined });
    const made = createMeter((traffic) => told.push(traffic), state, {
      now: () => now,
      sleep: async () => {},
    });
    return { ...made, told, pass };
  }

  it("is told a few times a second at most", () => {
    const { moved, told, pass } = meter();
    for (let n = 0; n < 100; n += 1) {
      moved();
      pass(10);
    }
    expect(told).toHaveLength(4);
  });

  it("is told at once when a long wait begins and when it ends", () => {
    const { moved, waits, told } = meter();
    moved();
    waits({ why: "a moment", until: 900 })();
    expect(told).toHaveLength(1);
    const over = waits({ why: "the site answered 503", until: 5000 });
    expect(told.at(-1)?.waiting).toEqual({ why: "the site answered 503", until: 5000 });
    over();
    expect(told.at(-1)?.waiting).toBeUndefined();
    expect(told).toHaveLength(3);
  });

  it("names the wait that ends first: then something moves again", () => {
    const { waits, told } = meter();
    waits({ why: "long", until: 60_000 });
    waits({ why: "short", until: 2000 });
    expect(told.at(-1)?.waiting?.why).toBe("short");
  });
});

describe("a refusal in other words", () => {
  it("of status 200 is taken for what it is, and even a write is sent again", async () => {
    let asked = 0;
    const throttleStatus = { maximumAvailable: 1000, currentlyAvailable: 90, restoreRate: 1000 };
    const extensions = { cost: { requestedQueryCost: 100, actualQueryCost: null, throttleStatus } };
    const errors = [{ message: "Throttled", extensions: { code: "THROTTLED" } }];
    const url = await serve((_, response) => {
      asked += 1;
      json(response, 200, asked === 1 ? { errors, extensions } : { data: asked, extensions });
    });
    const http = client(url, { tells: { graphqlCost: true } });
    expect((await http.send(post("/"))).value).toMatchObject({ data: 2 });
    expect(http.requests()).toBe(2);
  });

  it("of an empty 403 is sent again only where the vendor means that by it", async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      if (asked % 2 === 1) response.writeHead(403).end();
      else json(response, 200, {});
    });
    expect((await faultOf(client(url).send(post("/")))).kind).toBe("forbidden");
    asked = 0;
    await client(url, { tells: { emptyMeansTooFast: [403] } }).send(post("/"));
    expect(asked).toBe(2);
  });

  it("that asks for an hour keeps everybody else from asking in vain", async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      json(response, 429, {}, { "retry-after": "3600" });
    });
    const http = client(url);
    await faultOf(http.send(get("/")));
    const fault = await faultOf(http.send(get("/")));
    expect(fault).toMatchObject({ kind: "rate-limited" });
    expect(fault.message).toContain("left alone until");
    expect(asked).toBe(1);
  });
});
