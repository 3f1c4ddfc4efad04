// What happens in the moments between two requests: somebody else's save, or the end of our process.
import { afterEach, describe, expect, it } from "vitest";
import { type JoomlaFake, type JoomlaOptions, startJoomla } from "../../fakes/joomla.ts";
import { faultOf } from "../rules/writing.ts";
import { article, at, draftOf, openJoomla, put } from "./site.ts";

const running: JoomlaFake[] = [];

async function site(behaviours: JoomlaOptions["behaviours"] = {}) {
  const fake = await startJoomla({ behaviours });
  running.push(fake);
  return { fake, connector: openJoomla(fake) };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((fake) => fake.close()));
});

const change = (wire: Record<string, string>) => ({
  ...{ key: "", kind: "article", locale: "", scope: "", slug: "one" },
  wire,
});

describe("a save of somebody else's between our look and our write", () => {
  const meanwhile = async (version: "4.4" | "5.3" | "6.1", theirs: object, ours: Record<string, string>) => {
    const { fake, connector } = await site({ version });
    const entry = await put(connector, article("One", {}, "Text"), "one");
    fake.beforeNextWrite(() => fake.save(Number(entry.id), { ...theirs }));
    return { fake, id: Number(entry.id), work: connector.update(entry.id, change(ours), at(entry)) };
  };

  it.each(["4.4", "5.3", "6.1"] as const)("is told where ours goes over it on %s", async (version) => {
    const { fake, id, work } = await meanwhile(version, { title: "Theirs" }, { title: "Ours" });
    const fault = await faultOf(work);
    expect([fault.kind, fault.code, fault.unsent]).toEqual(["conflict", "moved", false]);
    expect(fault.message).toContain("title");
    expect(fault.hint).toContain("Versions");
    expect(fake.store.articles.get(id)?.title).toBe("Ours");
  });

  it.each(["4.4", "5.3", "6.1"] as const)("of the body is told on %s, too", async (version) => {
    const theirs = { introtext: "<p>Theirs</p>" };
    const fault = await faultOf((await meanwhile(version, theirs, { body: "<p>Ours</p>" })).work);
    expect(fault.message).toContain("body");
  });

  it.each(["5.3", "6.1"] as const)(
    "of another part stays, and comes back with ours on %s",
    async (version) => {
      const { work } = await meanwhile(version, { metadesc: "Theirs" }, { title: "Ours" });
      expect((await work).wire).toMatchObject({ title: "Ours", "seo.description": "Theirs" });
    },
  );

  it.each(["5.3", "6.1"] as const)("is told on %s where ours brings back what once was", async (version) => {
    const { fake, connector } = await site({ version });
    const { id } = await put(connector, article("One", {}, "Text"), "one");
    fake.save(Number(id), { title: "Two" });
    const [two] = await connector.read([{ id, kind: "article", locale: "" }]);
    if (two?.entry === undefined) throw new Error("no article");
    fake.beforeNextWrite(() => fake.save(Number(id), { title: "Theirs" }));
    const fault = await faultOf(connector.update(id, change({ title: "One" }), at(two.entry)));
    expect([fault.code, fault.message]).toEqual(["moved", expect.stringContaining("title")]);
  });

  it("that brings back what once was, and touches nothing of ours, is nobody's loss", async () => {
    const { fake, connector } = await site();
    const { id } = await put(connector, article("One", {}, "Text"), "one");
    fake.save(Number(id), { title: "Two" });
    const [two] = await connector.read([{ id, kind: "article", locale: "" }]);
    if (two?.entry === undefined) throw new Error("no article");
    fake.beforeNextWrite(() => fake.save(Number(id), { title: "One" }));
    const written = await connector.update(id, change({ "seo.description": "Ours" }), at(two.entry));
    expect(written.wire).toMatchObject({ title: "One", "seo.description": "Ours" });
  });

  it("that says the same as ours is nobody's loss", async () => {
    const { work } = await meanwhile("5.3", { title: "Both" }, { title: "Both" });
    expect((await work).title).toBe("Both");
  });

  it("of which Joomla keeps no version may be lost, which is told", async () => {
    const { fake, connector } = await site({ history: false });
    const entry = await put(connector, article("One", {}, "Text"), "one");
    fake.beforeNextWrite(() => fake.save(Number(entry.id), { metadesc: "Theirs" }));
    const fault = await faultOf(connector.update(entry.id, change({ title: "Ours" }), at(entry)));
    expect(fault.code).toBe("moved");
  });
});

describe("a process that ends between a create and the correction of its dates", () => {
  const FIELDS = { status: "published", date: "2026-01-31T09:30:00", publishDown: "2026-07-31T09:30:00" };
  const RIGHT = { publish_up: "2026-01-31 14:30:00", publish_down: "2026-07-31 13:30:00" };

  const cutOff = async () => {
    const { fake, connector } = await site({ siteZone: "America/New_York", userZone: "Asia/Kathmandu" });
    const draft = await draftOf(connector, article("Dated", FIELDS), "dated");
    const intent = await connector.prepare(draft);
    fake.behaviours.dropsAnswerAfterWrite = 1;
    await faultOf(connector.create(draft, intent));
    const [made] = [...fake.store.articles.values()];
    if (made === undefined) throw new Error("no article");
    return { fake, made, find: () => openJoomla(fake).find({ ...draft, wire: {} }, intent) };
  };

  it("leaves dates that the next one makes right, once", async () => {
    const { fake, made, find } = await cutOff();
    expect(made.publish_up).not.toBe(RIGHT.publish_up);
    expect((await find())?.wire.date).toBe("2026-01-31T14:30:00Z");
    expect(fake.store.articles.get(made.id)).toMatchObject({
      ...RIGHT,
      created: RIGHT.publish_up,
      version: 2,
    });
    await find();
    expect(fake.store.articles.get(made.id)).toMatchObject({ ...RIGHT, version: 2 });
  });

  it("leaves alone what somebody has saved since", async () => {
    const { fake, made, find } = await cutOff();
    const dates = {
      created: made.created,
      publish_up: "2026-02-01 00:00:00",
      publish_down: made.publish_down,
    };
    fake.save(made.id, dates);
    await find();
    expect(fake.store.articles.get(made.id)).toMatchObject({ ...dates, version: 2 });
  });
});

it("a list that 6.0 fails to show for one article is told with the cure, and nothing is taken for gone", async () => {
  const { fake, connector } = await site({ version: "6.0" });
  const { id } = await put(connector, article("One", {}, "Text"), "one");
  await put(connector, article("Two", {}, "Text"), "two");
  fake.save(Number(id), { introtext: "<p>{loadposition top}</p>" });
  const rows = connector.list(["article"])[Symbol.asyncIterator]();
  const fault = await faultOf(rows.next());
  expect([fault.code, fault.hint]).toEqual(["joomla.cannot-show", expect.stringContaining("6.1")]);
});
