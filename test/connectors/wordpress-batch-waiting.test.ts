// Writes that wait for their turn, on a fake: what is edited meanwhile is not overwritten.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Connector, Entry } from "../../src/connectors/contract.ts";
import { open } from "../../src/connectors/wordpress/client.ts";
import type { Http } from "../../src/http/http.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { openWordPress } from "../fakes/wordpress-client.ts";
import { at, change, make } from "../fakes/wordpress-drafts.ts";
import { upTo } from "./batches.ts";

let fake: FakeWordPress;
let made: readonly Entry[];
beforeEach(async () => {
  fake = await startFakeWordPress();
  const { connector } = openWordPress(fake.api, "admin", fake.users.admin);
  made = await Promise.all(upTo(12).map((name) => make(connector, name, { status: "published" })));
});
afterEach(async () => {
  await fake.stop();
});

/** A site that takes so long for each write; while it does the first, somebody edits the last entry. */
function slowSite(ms: number): { readonly connector: Connector; readonly most: () => number } {
  const { http: fast } = openWordPress(fake.api, "admin", fake.users.admin);
  const time = { ahead: 0, under: 0, most: 0 };
  const clock: Clock = { now: () => Date.now() + time.ahead, sleep: async () => {} };
  const http: Http = {
    ...fast,
    send: async (call) => {
      if (call.method === "GET") return fast.send(call);
      time.under += 1;
      time.most = Math.max(time.most, time.under);
      const reply = await fast.send(call);
      time.under -= 1;
      time.ahead += ms;
      const last = fake.state.posts.get(Number(made.at(-1)?.id));
      if (last?.title === "d-11") Object.assign(last, { title: "Edited", modified: "2030-01-01T00:00:00" });
      return reply;
    },
  };
  const connector = open({ url: fake.api, settings: {}, http, clock });
  return { connector, most: () => time.most };
}

const titles = () => made.map(({ id }) => fake.state.posts.get(Number(id))?.title);
const gets = () => fake.requests.filter(({ write }) => !write).length;
const updateAll = (connector: Connector, body: string) =>
  Promise.allSettled(
    made.map((entry) => connector.update(entry.id, change(entry, { title: "New", body }), at(entry))),
  );

const removeAll = (connector: Connector) =>
  Promise.allSettled(made.map((entry) => connector.remove?.(entry.id, entry.kind, at(entry))));

describe("an entry that is edited while others are written", () => {
  it.each([
    ["one by one, where the site takes no batches", { batchNotAllowed: true }, 10],
    ["in several batches, because of their size", {}, 200_000],
  ])("%s, is a conflict, and the edit stays", async (_, quirks, size) => {
    Object.assign(fake.quirks, quirks);
    const { connector, most } = slowSite(3000);
    const results = await updateAll(connector, "x".repeat(size));
    expect(results.map((result) => (result.status === "fulfilled" ? "" : result.reason.code))).toEqual([
      ...Array.from({ length: 11 }, () => ""),
      "moved",
    ]);
    expect(titles()).toEqual([...Array.from({ length: 11 }, () => "New"), "Edited"]);
    expect(most()).toBe(2);
  });

  it("is not removed with them", async () => {
    const { connector } = slowSite(3000);
    const results = await removeAll(connector);
    expect(results.map((result) => (result.status === "fulfilled" ? "" : result.reason.code))).toEqual([
      ...Array.from({ length: 11 }, () => ""),
      "moved",
    ]);
    const left = [...fake.state.posts.values()].filter(({ status }) => status !== "trash");
    expect(left.map(({ title }) => title)).toEqual(["Edited"]);
  });

  it("is read once where the writes are quick", async () => {
    const { connector } = slowSite(10);
    await connector.model();
    const before = gets();
    await updateAll(connector, "");
    expect(gets() - before).toBe(1);
  });
});

describe("updates that were announced", () => {
  const announced = async (ms: number) => {
    const { connector } = slowSite(ms);
    await connector.model();
    connector.expectUpdates?.(made, ["title"]);
    const before = gets();
    const results: PromiseSettledResult<Entry>[] = [];
    for (let start = 0; start < made.length; start += 4) {
      const some = made.slice(start, start + 4);
      const sent = some.map((entry) =>
        connector.update(entry.id, change(entry, { title: "New" }), at(entry)),
      );
      results.push(...(await Promise.allSettled(sent)));
    }
    return { reads: gets() - before, results };
  };
  const codes = (results: readonly PromiseSettledResult<Entry>[]) =>
    results.map((result) => (result.status === "fulfilled" ? "" : result.reason.code));

  it("are looked at in one request, however few of them are sent at one time", async () => {
    const { reads, results } = await announced(10);
    expect(codes(results)).toEqual(made.map(() => ""));
    expect(titles().slice(0, -1)).toEqual(Array.from({ length: 11 }, () => "New"));
    expect(reads).toBe(1);
  });

  it("are looked at again where their turn comes late: what was edited meanwhile stays", async () => {
    const { reads, results } = await announced(3000);
    expect(codes(results)).toEqual([...Array.from({ length: 11 }, () => ""), "moved"]);
    expect(titles()).toEqual([...Array.from({ length: 11 }, () => "New"), "Edited"]);
    expect(reads).toBe(3);
  });

  it("are looked at again sooner where the site keeps no texts that would show an edit afterwards", async () => {
    fake.quirks.revisionsOff = true;
    const { connector } = openWordPress(fake.api, "admin", fake.users.admin);
    made = (await connector.read(made)).flatMap(({ entry }) => entry ?? []);
    const { reads, results } = await announced(600);
    expect(codes(results)).toEqual([...Array.from({ length: 11 }, () => ""), "moved"]);
    expect(reads).toBe(3);
  });
});
