// Items of CMS collections, and what an operator sees of what is not written of them.
import { afterEach, describe, expect, test } from "vitest";
import { codec } from "../../../src/connectors/wix/codec.ts";
import { at, faultOf } from "../rules/writing.ts";
import { addRecipes, draftOf, openWix, put, refsOf, startSite, type WixWorld } from "./site.ts";

let world: WixWorld | undefined;
afterEach(() => world?.sandbox.close());

async function start(): Promise<WixWorld> {
  world = await startSite({}, { collections: "Recipes" });
  return world;
}

describe("collections", () => {
  test("what this program does not write of an item stays, is not in its document, and says why", async () => {
    const { sandbox, connector } = await start();
    const items = addRecipes(sandbox);
    const recipe = { kind: "Recipes", locale: "", fields: { title: "Loaf" }, body: "Rye." };
    const { id } = await put(connector, recipe, "loaf");
    const story = { nodes: [{ type: "DIVIDER", id: "1" }] };
    items.set(id, { ...items.get(id), story });
    const [found] = await connector.read([{ id, kind: "Recipes", locale: "" }]);
    if (found?.entry === undefined) throw new Error("no item");
    const after = await connector.update(
      id,
      { ...(await draftOf(connector, recipe, "loaf")), wire: { title: "Better loaf" } },
      at(found.entry),
    );
    expect(items.get(id)).toMatchObject({ name: "Better loaf", story });
    const refs = await refsOf(connector, recipe);
    expect(codec.decode(after, refs).fields).not.toHaveProperty("story");
    const { wire, losses } = codec.encode(
      { ...recipe, fields: { ...recipe.fields, story: {}, related: ["a"] } },
      refs,
      after,
    );
    expect(Object.keys(wire)).not.toContain("story");
    expect(losses.map(({ field, message }) => [field, message])).toEqual([
      ["story", expect.stringContaining("edited at Wix")],
      ["related", expect.stringContaining("edited there")],
    ]);
  });

  test("an item that somebody edits while its update waits for its turn is not overwritten", async () => {
    const { sandbox, connector, clock } = await start();
    const items = addRecipes(sandbox);
    const recipe = { kind: "Recipes", locale: "", fields: { title: "Loaf" }, body: "Rye." };
    const made = await put(connector, recipe, "loaf");
    const draft = { ...(await draftOf(connector, recipe, "loaf")), wire: { title: "Better loaf" } };
    const edit = () =>
      items.set(made.id, { ...items.get(made.id), name: "Theirs", _updatedDate: { $date: "2031-01-01" } });
    const sleep = (ms: number) => {
      edit();
      return clock.sleep(Math.max(ms, 11_000));
    };
    const slow = openWix(sandbox, { ...clock, sleep }, { collections: "Recipes" });
    await slow.model();
    sandbox.behaviours.onRequest = (_, path) => {
      if (path.includes("/items/query")) sandbox.behaviours.throttles = 1;
      sandbox.behaviours.onRequest = undefined;
    };
    const fault = await faultOf(slow.update(made.id, draft, at(made)));
    expect(fault).toMatchObject({ kind: "conflict", code: "moved" });
    expect(items.get(made.id)).toMatchObject({ name: "Theirs" });
  });

  test("one that keeps drafts of its items is closed, with what opens it", async () => {
    const { sandbox, connector } = await start();
    addRecipes(sandbox);
    const recipes = sandbox.store.collections.get("Recipes");
    if (recipes !== undefined)
      sandbox.store.collections.set("Recipes", { ...recipes, plugins: [{ type: "DRAFT_ITEMS" }] });
    const { kinds, closed } = await connector.model();
    expect(kinds.map(({ name }) => name)).toEqual(["post"]);
    expect(closed?.Recipes).toMatchObject({
      code: "wix.draft-items",
      hint: expect.stringContaining("turn draft items off"),
    });
  });

  test("an item that is refused of several does not touch the others", async () => {
    const { sandbox, connector } = await start();
    const items = addRecipes(sandbox);
    const names = ["a", "b", "c"];
    const drafts = await Promise.all(
      names.map((title) =>
        draftOf(connector, { kind: "Recipes", locale: "", fields: { title }, body: "" }, title),
      ),
    );
    const intents = await Promise.all(drafts.map((draft) => connector.prepare(draft)));
    const [, taken] = drafts;
    if (taken !== undefined) items.set(taken.key, { _id: taken.key, name: "Somebody's" });
    const outcomes = await Promise.allSettled(
      drafts.map((draft, n) => connector.create(draft, intents[n] ?? null)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(items.get(taken?.key ?? "")).toMatchObject({ name: "Somebody's" });
  });
});

test("a collection that the site does not have is told when the connection is made", async () => {
  const { sandbox, clock } = await start();
  const wrong = openWix(sandbox, clock, { collections: "Recipees" });
  const fault = await faultOf(wrong.whoami());
  expect(fault).toMatchObject({ kind: "usage", code: "wix.no-collection" });
  expect(fault?.message).toContain("Recipees");
});
