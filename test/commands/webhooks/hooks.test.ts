import { afterAll, beforeEach, expect, test } from "vitest";
import { webhooks } from "../../../src/commands/webhooks.ts";
import { startWebflowSandbox } from "../../../src/sandbox/webflow/server.ts";
import { watchVendor } from "../../connectors/webflow/vendor.ts";
import { leapingClock } from "../../engine/mortal.ts";
import { startGhost } from "../../fakes/ghost.ts";
import { type Bench, bench, type Ran, removeTempDirs } from "../bench.ts";

const url = "https://hooks.example.com";
let operator: Bench;
beforeEach(() => {
  operator = bench();
  operator.clock = leapingClock();
});
afterAll(removeTempDirs);

const columns = ({ out }: Ran) => out.map((line) => line.split("\t").slice(1, 3));
const connect = (name: string, connection: object) => {
  operator.env[`AINSTEIN_CONNECTION_${name.toUpperCase()}`] = JSON.stringify(connection);
};

test("Webflow is told where to send, once, in requests as its API description has them", async () => {
  const sandbox = await startWebflowSandbox({});
  const problems = watchVendor(sandbox);
  connect("flow", {
    platform: "webflow",
    url: `${sandbox.url}/v2`,
    auth: "token",
    token: sandbox.token,
    webhookSecret: "s",
  });
  for (let n = 0; n < 2; n += 1) {
    const ran = await operator.run(webhooks, ["register", "flow"], { url });
    expect(ran.fault).toBeUndefined();
    expect(columns(ran)).toEqual(
      ["created", "changed", "deleted", "published", "unpublished"].map((change) => [
        ...[`collection_item_${change}`, `${url}/webhooks/flow`],
      ]),
    );
  }
  expect(sandbox.store.webhooks.size).toBe(5);
  expect((await operator.run(webhooks, ["list", "flow"])).out).toHaveLength(5);
  const [first = ""] = sandbox.store.webhooks.keys();
  sandbox.store.webhooks.delete(first);
  expect((await operator.run(webhooks, ["remove", "flow"])).exit).toBe(0);
  expect([sandbox.store.webhooks.size, (await operator.run(webhooks, ["list"])).out]).toEqual([0, []]);
  expect(problems).toEqual([]);
  await sandbox.close();
});

test("Ghost is told where to send, once; another secret reaches what is there, and what was removed there is made anew", async () => {
  const ghost = await startGhost();
  const connection = { ...ghost.connection(), webhookSecret: "first" };
  connect("blog", connection);
  const register = () => operator.run(webhooks, ["register", "blog"], { url });
  expect(columns(await register())).toHaveLength(10);
  const there = ghost.store.webhooks;
  const secrets = () => new Set([...there.values()].map(({ secret }) => secret));
  expect([there.size, secrets()]).toEqual([10, new Set(["first"])]);
  const [first = ""] = there.keys();
  there.delete(first);
  connect("blog", { ...connection, webhookSecret: "second" });
  expect(columns(await register())).toHaveLength(10);
  expect([there.size, secrets()]).toEqual([10, new Set(["second"])]);
  expect((await operator.run(webhooks, ["list"])).out).toHaveLength(10);
  expect((await operator.run(webhooks, ["remove", "blog"])).exit).toBe(0);
  expect([there.size, (await operator.run(webhooks, ["list"])).out]).toEqual([0, []]);
  await ghost.close();
});

test("a webhook that Ghost made before something went wrong is known here, and removed like the others", async () => {
  const ghost = await startGhost();
  connect("blog", { ...ghost.connection(), webhookSecret: "s" });
  const taken = { id: "1", event: "page.added", target_url: `${url}/webhooks/blog`, secret: "", name: "" };
  ghost.store.webhooks.set("1", taken);
  const { fault } = await operator.run(webhooks, ["register", "blog"], { url });
  expect(fault).toMatchObject({
    code: "webhooks.taken",
    message: `Ghost sends page.added to ${url}/webhooks/blog already, by a webhook that is not known here.`,
    hint: expect.stringContaining("Ghost Admin"),
  });
  expect(ghost.store.webhooks.size).toBe(6);
  expect((await operator.run(webhooks, ["remove", "blog"])).exit).toBe(0);
  expect([...ghost.store.webhooks.values()]).toEqual([taken]);
  await ghost.close();
});
