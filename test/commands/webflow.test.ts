import { afterAll, afterEach, expect, test } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { push } from "../../src/commands/push.ts";
import { startWebflowSandbox, type WebflowSandbox } from "../../src/sandbox/webflow/server.ts";
import { itemsOf } from "../../src/sandbox/webflow/state.ts";
import { restingClock } from "../connectors/webflow/site.ts";
import { type Bench, bench, removeTempDirs } from "./bench.ts";

let sandbox: WebflowSandbox;
let operator: Bench;

async function scene(perMinute: number): Promise<void> {
  const clock = restingClock();
  sandbox = await startWebflowSandbox({ clock, behaviours: { perMinute } });
  const { url, token } = sandbox;
  operator = bench({
    env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "webflow", url, auth: "token", token }) },
  });
  operator.clock = clock;
}
afterEach(() => sandbox.close());
afterAll(removeTempDirs);

function writePosts(count: number, words = "Text"): void {
  for (let n = 1; n <= count; n += 1) {
    operator.write(`posts/post-${n}.md`, `---\ntitle: Post ${n}\n---\n\n${words} of ${n}.\n`);
  }
}

const send = () => operator.run(publish, ["posts"], { target: ["site"], maxChanges: 10_000 });

function posts() {
  const collection = [...sandbox.store.collections.values()].find(({ slug }) => slug === "posts");
  return [...itemsOf(sandbox.store, collection?.id ?? "").values()];
}
const texts = () => posts().map(({ live }) => String(live?.fieldData["post-body"] ?? ""));

/** Of what the plan allows, how much was asked for while there was something to ask. */
async function share(perMinute: number, work: () => Promise<unknown>): Promise<number> {
  const [from, before] = [operator.clock.now(), sandbox.minute.passed];
  await work();
  const ms = operator.clock.now() - from;
  return ((sandbox.minute.passed - before) / ms) * (60_000 / perMinute);
}

test("two thousand new posts go live and are verified with less than a fiftieth of a request each", async () => {
  await scene(60);
  writePosts(2000);
  let ran: Awaited<ReturnType<typeof send>> | undefined;
  const used = await share(60, async () => {
    ran = await send();
  });
  expect(ran?.exit).toBe(0);
  expect(ran?.summary).toMatchObject({ created: 2000, failed: 0, verified: 2000 });
  expect(texts().filter((text) => text.startsWith("<p>Text of"))).toHaveLength(2000);
  expect(sandbox.requests.length).toBeLessThanOrEqual(2000 / 50);
  expect(ran?.summary?.requests).toBe(sandbox.requests.length);
  expect([sandbox.minute.refused, used > 0.95]).toEqual([0, true]);
}, 60_000);

test("a plan with twice as many requests is used in full, and updates go live a hundred at a time", async () => {
  await scene(120);
  writePosts(150);
  expect((await send()).summary).toMatchObject({ created: 150, verified: 150 });
  writePosts(150, "News");
  const before = sandbox.requests.length;
  let ran: Awaited<ReturnType<typeof send>> | undefined;
  const used = await share(120, async () => {
    ran = await send();
  });
  expect(ran?.summary).toMatchObject({ updated: 150, failed: 0, verified: 150 });
  expect(texts().filter((text) => text.startsWith("<p>News of"))).toHaveLength(150);
  expect(sandbox.requests.length - before).toBeLessThanOrEqual(30);
  expect([sandbox.minute.refused, used > 0.9]).toEqual([0, true]);
  expect((await send()).summary).toMatchObject({ writes: 0, unchanged: 150 });
});

test("a document that names no kind goes to the collection that is a blog; another one is named by the setting", async () => {
  await scene(1000);
  operator.write("about.md", "---\ntitle: About\nkind: topics\n---\n");
  operator.write("news.md", "---\ntitle: News\nauthor: nobody\n---\n\nText.\n");
  const ran = await operator.run(push, [], { target: ["site"] });
  expect(ran.results.map(({ path, status, fault }) => [path, status, fault?.code]).sort()).toEqual([
    ["about.md", "ok", undefined],
    ["news.md", "failed", "not-on-site"],
  ]);
  operator.write("news.md", "---\ntitle: News\n---\n\nText.\n");
  await operator.run(push, [], { target: ["site"] });
  expect(posts().map(({ fieldData }) => fieldData.name)).toEqual(["News"]);
});
