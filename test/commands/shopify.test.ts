import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { connect } from "../../src/commands/connect.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { runs } from "../../src/commands/runs.ts";
import { makeBlog } from "../../src/sandbox/shopify/blogs.ts";
import { type ShopifySandbox, startShopifySandbox } from "../../src/sandbox/shopify/server.ts";
import { faultOf } from "../connectors/rules/writing.ts";
import { define, leapingClock } from "../connectors/shopify/shop.ts";
import { type Bench, bench, removeTempDirs } from "./bench.ts";
import { createOperator } from "./operator.ts";

let sandbox: ShopifySandbox;
let operator: Bench;

beforeEach(async () => {
  const clock = leapingClock();
  sandbox = await startShopifySandbox({ clock, behaviours: { processingMs: 20 } });
  makeBlog(sandbox.store, "Guides");
  define(sandbox, "ARTICLE", "minutes", "number_integer");
  const { url, token } = sandbox;
  const connection = { platform: "shopify", url, auth: "token", token };
  operator = bench({ env: { AINSTEIN_CONNECTION_SHOP: JSON.stringify(connection) } });
  operator.clock = clock;
});
afterEach(() => sandbox.close());
afterAll(removeTempDirs);

const titles = () => [...sandbox.store.articles.values()].map(({ title }) => title).sort();

test("articles of two blogs go out, are known again, and come back as their editors left them", async () => {
  const front = "status: published\ndate: 2026-01-02 08:00\ntags: [tea, green]";
  operator.write(
    "tea.md",
    `---\ntitle: Tea\nblog: news\n${front}\nmetafields:\n  custom.minutes: 3\n---\n\nWater, *hot*.\n`,
  );
  operator.write("pot.md", `---\ntitle: Pot\nblog: guides\nslug: tea\n${front}\n---\n\nOf [iron](tea.md).\n`);
  const made = await operator.run(publish, ["."], { target: ["shop"] });
  expect(made.fault).toBeUndefined();
  expect(made.results.map(({ status, fault }) => [status, fault?.message])).toEqual([
    ["ok", undefined],
    ["ok", undefined],
  ]);
  expect(made.summary).toMatchObject({ created: 2, verified: 2 });
  expect(titles()).toEqual(["Pot", "Tea"]);
  const again = await operator.run(push, ["."], { target: ["shop"] });
  expect(again.summary).toMatchObject({ writes: 0, unchanged: 2 });

  const tea = [...sandbox.store.articles.values()].find(({ title }) => title === "Tea");
  if (tea === undefined) throw new Error("not there");
  tea.body = tea.body.replace("hot", "boiling");
  tea.tags = ["black", "tea"];
  tea.updatedAt = new Date(Date.now() + 5000).toISOString();
  const before = operator.read("tea.md");
  const pulled = await operator.run(pull, ["."], { target: ["shop"] });
  expect(pulled.summary).toMatchObject({ pulled: 1 });
  expect(operator.read("tea.md")).toBe(
    before.replace("*hot*", "*boiling*").replace("[tea, green]", "[black, tea]"),
  );
});

test("a draft's date is told to the shop when it goes live, and a date ahead schedules", async () => {
  operator.write(
    "soon.md",
    "---\ntitle: Soon\nblog: news\nstatus: draft\ndate: 2099-05-01 10:00\n---\n\nText.\n",
  );
  expect((await operator.run(push, ["."], { target: ["shop"] })).summary).toMatchObject({ created: 1 });
  const [soon] = sandbox.store.articles.values();
  expect(soon?.publishedAt).toBeNull();
  operator.write("soon.md", operator.read("soon.md").replace("status: draft", "status: scheduled"));
  const sent = await operator.run(push, ["."], { target: ["shop"] });
  expect(sent.results.map(({ status, fault }) => [status, fault?.message])).toEqual([["ok", undefined]]);
  expect(soon?.publishedAt).toBe("2099-05-01T08:00:00Z");
  expect((await operator.run(push, ["."], { target: ["shop"] })).summary).toMatchObject({ writes: 0 });
});

test("what Shopify says that it will drop is told by the run, and by the record of the run", async () => {
  sandbox.behaviours.versionAnswered = "2027-04";
  operator.write("tea.md", "---\ntitle: Tea\nblog: news\n---\n\nText.\n");
  const ran = await operator.run(push, ["."], { target: ["shop"] });
  const told = expect.objectContaining({ type: "notice", message: expect.stringContaining("2027-04") });
  expect(ran.events).toContainEqual(told);
  const shown = await operator.run(runs, ["show", ran.summary.run]);
  expect(shown.events).toContainEqual(told);
});

test("products are out of reach until ainstein.yaml allows them, which the refusal says", async () => {
  operator.write("lamp.md", "---\ntitle: Lamp\nkind: product\n---\n\nBright.\n");
  const refused = await operator.run(push, ["."], { target: ["shop"] });
  expect(refused.results.map(({ fault }) => fault?.code)).toEqual(["shopify.products-locked"]);
  expect(refused.results[0]?.fault?.hint).toContain("allow: products");
  operator.write("ainstein.yaml", "targets:\n  shop:\n    settings: { allow: products }\n");
  expect((await operator.run(push, ["."], { target: ["shop"] })).summary).toMatchObject({ created: 1 });
  expect([...sandbox.store.products.values()].map(({ title, status }) => [title, status])).toEqual([
    ["Lamp", "DRAFT"],
  ]);
});

test("the blog and the author that ainstein.yaml sets for a target are used", async () => {
  operator.write(
    "ainstein.yaml",
    "targets:\n  shop:\n    settings: { blog: guides, author: Jo }\n    kinds: { post: article }\n",
  );
  operator.write("tea.md", "---\ntitle: Tea\nkind: post\n---\n\nHot.\n");
  expect((await operator.run(push, ["."], { target: ["shop"] })).summary).toMatchObject({ created: 1 });
  const [tea] = sandbox.store.articles.values();
  const blog = [...sandbox.store.blogs.values()].find(({ id }) => id === tea?.blogId);
  expect([blog?.handle, tea?.author]).toEqual(["guides", "Jo"]);
});

test("a token that the shop refuses is told with the place of the next one", async () => {
  sandbox.behaviours.refusesTokens = true;
  operator.write("tea.md", "---\ntitle: Tea\nblog: news\n---\n\nText.\n");
  const { fault } = await operator.run(push, ["."], { target: ["shop"] });
  expect(fault).toMatchObject({ kind: "auth", code: "shopify.token" });
  expect(fault?.hint).toContain("AINSTEIN_CONNECTION_SHOP");
});

test("a token that is refused before its connection is stored is told with the shop's address", async () => {
  const { url } = sandbox;
  const flags = { name: "fresh", url, auth: "token", tokenStdin: true };
  const person = createOperator();
  try {
    const fault = await faultOf(person.run(connect, ["shopify"], { flags, stdin: "shpat_of_nobody" }));
    expect(fault).toMatchObject({ kind: "auth", code: "shopify.token" });
    expect(`${fault.message} ${fault.hint}`).toContain(`connect shopify --name fresh --url ${url}`);
  } finally {
    person.remove();
  }
});

test("a new product is not live at a price of 0: it is pushed as a draft, and published later", async () => {
  operator.write("ainstein.yaml", "targets:\n  shop:\n    settings: { allow: products }\n");
  operator.write("lamp.md", "---\ntitle: Lamp\nkind: product\n---\n\nBright.\n");
  const statuses = () =>
    [...sandbox.store.products.values()].filter(({ title }) => title === "Lamp").map(({ status }) => status);
  const refused = await operator.run(publish, ["."], { target: ["shop"] });
  expect(refused.results.map(({ fault }) => fault?.message).join()).toContain("begins as a draft");
  expect(statuses()).toEqual([]);
  const pushed = await operator.run(push, ["."], { target: ["shop"] });
  expect(pushed.results.map(({ status, fault }) => [status, fault?.message])).toEqual([["ok", undefined]]);
  expect(statuses()).toEqual(["DRAFT"]);
  const live = await operator.run(publish, ["."], { target: ["shop"] });
  expect(live.results.map(({ status, fault }) => [status, fault?.message])).toEqual([["ok", undefined]]);
  expect(statuses()).toEqual(["ACTIVE"]);
});

test("a product that was removed is archived, and the run's undo brings it back under its id", async () => {
  operator.write("ainstein.yaml", "targets:\n  shop:\n    settings: { allow: products }\n");
  const file = "---\ntitle: Lamp\nkind: product\ntags: [brass]\n---\n\nBright.\n";
  operator.write("lamp.md", file);
  operator.write("pot.md", file.replace("Lamp", "Pot"));
  operator.write("cup.md", file.replace("Lamp", "Cup"));
  await operator.run(push, ["."], { target: ["shop"] });
  await operator.run(publish, ["lamp.md"], { target: ["shop"] });
  const lamps = () =>
    [...sandbox.store.products.values()]
      .filter(({ title }) => title === "Lamp")
      .map(({ id, status, tags, handle }) => [id, status, tags, handle]);
  const before = lamps();
  rmSync(join(operator.root, "lamp.md"));
  const removed = await operator.run(push, ["."], { target: ["shop"], delete: true });
  expect(removed.summary).toMatchObject({ deleted: 1 });
  expect(lamps().map(([, status]) => status)).toEqual(["ARCHIVED"]);
  const undone = await operator.run(runs, ["undo", removed.summary.run], { withFiles: true });
  expect(undone.results.map(({ status, fault }) => [status, fault?.message])).toEqual([["ok", undefined]]);
  expect(lamps()).toEqual(before);
  expect((await operator.run(push, ["."], { target: ["shop"] })).summary).toMatchObject({ writes: 0 });
});
