import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { BULK } from "../../src/connectors/shopify/bulk.ts";
import { EXIT } from "../../src/lib/exit.ts";
import { type ShopifySandbox, startShopifySandbox } from "../../src/sandbox/shopify/server.ts";
import { leapingClock } from "../connectors/shopify/shop.ts";
import { type Bench, bench, removeTempDirs } from "./bench.ts";

const MANY = BULK.from;
let sandbox: ShopifySandbox;
let operator: Bench;

beforeEach(async () => {
  const clock = leapingClock();
  sandbox = await startShopifySandbox({ clock, behaviours: { bulkMs: 60_000 } });
  const { url, token } = sandbox;
  operator = bench({
    env: { AINSTEIN_CONNECTION_SHOP: JSON.stringify({ platform: "shopify", url, auth: "token", token }) },
  });
  operator.clock = clock;
});
afterEach(() => sandbox.close());
afterAll(removeTempDirs);

function writePosts(count: number): void {
  for (let n = 1; n <= count; n += 1) {
    operator.write(`posts/post-${n}.md`, `---\ntitle: Post ${n}\ntags: [a, b]\n---\n\nText of ${n}.\n`);
  }
}

const send = () => operator.run(publish, ["posts"], { target: ["shop"] });
const sent = (word: string) => sandbox.requests.filter(({ body }) => body.includes(word)).length;
const handles = () => [...sandbox.store.articles.values()].map(({ handle }) => handle);

test("four hundred new articles are one bulk operation, and are read back", async () => {
  writePosts(400);
  const ran = await send();
  expect([ran.exit, ran.summary]).toMatchObject([0, { created: 400, failed: 0, verified: 400 }]);
  expect([sandbox.store.bulk.size, sent("articleCreate(")]).toEqual([1, 1]);
  expect(new Set(handles()).size).toBe(400);
  expect(sandbox.requests.length).toBeLessThan(100);
  expect((await send()).summary).toMatchObject({ writes: 0, unchanged: 400 });
});

test("none is made twice where the answers to the start and to the looks are lost", async () => {
  writePosts(MANY);
  let looks = 0;
  sandbox.behaviours.onRequest = (query) => {
    if (query.includes("bulkOperationRunMutation(")) sandbox.behaviours.dropsAnswerAfterWrite = 1;
    if (!query.includes("bulkOperation(id")) return;
    looks += 1;
    if (looks < 7) sandbox.behaviours.halvesAnswers = 1;
  };
  const ran = await send();
  sandbox.behaviours.onRequest = undefined;
  expect(sandbox.store.bulk.size).toBe(1);
  const ok = ran.results.filter(({ status }) => status === "ok").length;
  expect(ran.summary).toMatchObject({ created: ok });
  await send();
  expect(handles().sort()).toEqual(Array.from({ length: MANY }, (_, n) => `post-${n + 1}`).sort());
  expect((await send()).summary).toMatchObject({ writes: 0, unchanged: MANY });
});

test("what the operator interrupts is asked about by the next run, and sent once", async () => {
  writePosts(MANY);
  sandbox.behaviours.bulkMs = 600_000;
  const stop = new AbortController();
  operator.signal = stop.signal;
  sandbox.behaviours.onRequest = (query) => {
    if (query.includes("bulkOperation(id")) stop.abort();
  };
  const ran = await send();
  expect(ran.exit).toBe(EXIT.interrupted);
  expect(ran.results.filter(({ status }) => status === "ok")).toEqual([]);
  expect(new Set(ran.results.map(({ fault }) => fault?.code))).toEqual(new Set(["shopify.bulk-runs"]));
  expect(ran.summary).toMatchObject({ created: 0 });
  expect(handles()).toEqual([]);
  sandbox.behaviours.onRequest = undefined;
  operator.signal = new AbortController().signal;
  const next = await send();
  expect([next.exit, next.summary]).toMatchObject([0, { failed: 0 }]);
  expect(sandbox.store.bulk.size).toBe(1);
  expect(handles().sort()).toEqual(Array.from({ length: MANY }, (_, n) => `post-${n + 1}`).sort());
});
