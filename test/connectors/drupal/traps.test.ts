// Each habit of Drupal that would damage content, switched on in the fake.
import { describe, expect, it } from "vitest";
import { codec } from "../../../src/connectors/drupal/codec.ts";
import { uuidV5 } from "../../../src/lib/hash.ts";
import type { Json, JsonObject } from "../../../src/lib/json.ts";
import type { DrupalFake } from "../../fakes/drupal.ts";
import { faultOf } from "../rules/writing.ts";
import { openDrupal, refsOf } from "./site.ts";
import { article, change, draftOf, drupal, nodeOf, put, stored } from "./trapped.ts";

describe("creating", () => {
  it("sends the document's own id, in small letters, and finds it after a race that ends in an error of the database", async () => {
    const { fake, connector } = await drupal({ duplicateIsError: true, writeMs: 30 });
    const draft = await draftOf(connector, article("Once"), "once");
    const intent = await connector.prepare(draft);
    const other = openDrupal(fake.url, fake.admin).connector;
    await other.model();
    const outcomes = await Promise.allSettled([connector.create(draft, intent), other.create(draft, intent)]);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const lost = outcomes.find(({ status }) => status === "rejected");
    expect(lost).toMatchObject({ reason: { kind: "ambiguous" } });
    expect((await connector.find(draft, intent))?.id).toBe(draft.key.toLowerCase());
    expect(fake.state.nodes.size).toBe(1);
  });

  it("returns what an earlier try made, and never another document under that id", async () => {
    const { fake, connector } = await drupal();
    const draft = await draftOf(connector, article("Twice"), "twice");
    const intent = await connector.prepare(draft);
    const first = await connector.create(draft, intent);
    expect((await connector.create(draft, intent)).id).toBe(first.id);
    fake.edit("twice", { title: "Somebody else's" });
    expect(await faultOf(connector.create(draft, intent))).toMatchObject({
      kind: "conflict",
      code: "slug-taken",
    });
    expect(fake.state.nodes.size).toBe(1);
  });

  it("takes another id where an entry of another address has the document's", async () => {
    const { connector } = await drupal();
    const first = await put(connector, article("First"), "first");
    await change(connector, first, { slug: "moved" });
    const second = await put(connector, article("Second"), "first");
    expect(second.id).not.toBe(first.id);
    expect(second.slug).toBe("first");
  });

  it("never sends a draft without saying that it is one", async () => {
    const { fake, connector } = await drupal({}, "editor");
    const draft = await draftOf(connector, article("Secret", { status: "draft" }), "secret");
    const fault = await faultOf(connector.create(draft, await connector.prepare(draft)));
    expect(fault).toMatchObject({ kind: "forbidden", code: "drupal.cannot-set-status" });
    expect(fault.hint).toContain("/admin/people/permissions");
    expect(fake.state.nodes.size).toBe(0);
  });

  it("publishes for an account that may not say so", async () => {
    const { connector } = await drupal({}, "editor");
    expect((await put(connector, article("Open"), "open")).state).toBe("published");
  });

  it("learns which text format the account may use", async () => {
    const { fake, connector } = await drupal({}, "editor");
    const entry = await put(connector, article("Formatted"), "formatted");
    expect(entry.wire.format).toBe("basic_html");
    const before = fake.requests.length;
    await put(connector, article("Next"), "next");
    const sent = fake.requests.slice(before).filter(({ method }) => method === "POST");
    expect(sent.some(({ body }) => body.includes("full_html"))).toBe(false);
  });

  it("says so where the setting names a format that the account may not use", async () => {
    const { connector } = await drupal({}, "editor", { format: "full_html" });
    const draft = await draftOf(connector, article("Formatted"), "formatted");
    const fault = await faultOf(connector.create(draft, await connector.prepare(draft)));
    expect(fault).toMatchObject({ kind: "invalid", code: "drupal.invalid-format" });
  });

  it("tells what the text format hides from visitors of what it keeps", async () => {
    const { connector } = await drupal({}, "editor");
    await put(connector, article("Plain", {}, "*Plain*."), "plain");
    const hides = () => (connector.notices?.() ?? []).filter((notice) => notice.includes("hides"));
    expect(hides()).toEqual([]);
    await put(connector, article("Prices", {}, "| Loaf | 3 |\n| --- | --- |\n\n```js\nx\n```"), "prices");
    await put(connector, article("Code", {}, "```\ny\n```"), "code");
    const [notice, more] = hides();
    expect(notice).toContain(
      'basic_html hides <table>, <thead>, <tr>, <th>, <pre> of "Prices" and 1 more from visitors',
    );
    expect(more).toBeUndefined();
  });

  it("takes the address that Pathauto gives for the truth", async () => {
    const { connector } = await drupal({ pathauto: true });
    expect(await put(connector, article("Own"), "own")).toMatchObject({ scope: "content", slug: "1" });
  });

  it("sees a taken address without the right to list addresses", async () => {
    const { fake, connector } = await drupal({}, "editor");
    await put(connector, article("Here"), "here");
    const key = "11111111-1111-5111-8111-111111111111";
    const draft = { ...(await draftOf(connector, article("There"), "here")), key };
    expect(await faultOf(connector.prepare(draft))).toMatchObject({ code: "slug-taken" });
    expect(fake.requests.some(({ method }) => method === "HEAD")).toBe(true);
  });
});

describe("updating", () => {
  it("leaves an address alone that somebody typed with blanks and marks", async () => {
    const { fake, connector } = await drupal();
    const { id } = await put(connector, article("Typed"), "typed");
    const text = fake.state.nodes.get(id)?.texts.get("en");
    const pid = text?.pid ?? 0;
    const alias = "/My news/two words? #1--x";
    if (text !== undefined) text.alias = alias;
    fake.state.aliases.set(pid, { alias, nid: 1, langcode: "en" });
    const ref = { id, kind: "article", locale: "" };
    const entry = (await connector.read([ref]))[0]?.entry;
    if (entry === undefined) throw new Error("gone");
    expect(entry).toMatchObject({ scope: "My-news", slug: "two-words-1-x" });
    const document = article("Typed", { slug: entry.slug, folder: entry.scope }, "New.");
    const { wire } = codec.encode(document, await refsOf(connector, document), entry);
    await change(connector, entry, wire);
    expect(nodeOf(fake, entry).texts.get("en")?.alias).toBe(alias);
    await change(connector, (await connector.read([ref]))[0]?.entry ?? entry, { slug: "two-words" });
    expect(nodeOf(fake, entry).texts.get("en")?.alias).toBe("/My-news/two-words");
  });

  it("sends whole fields: a new text keeps its format and its summary", async () => {
    const { fake, connector } = await drupal();
    const entry = await put(connector, article("Whole", { excerpt: "Short." }), "whole");
    await change(connector, entry, { body: "<p>New.</p>" });
    expect(stored(fake, entry).body).toMatchObject({
      value: "<p>New.</p>",
      format: "full_html",
      summary: "Short.",
    });
  });

  it("keeps the line ends that Drupal's own editor sends, and no summary where there is none", async () => {
    const { fake, connector } = await drupal();
    const { id } = await put(connector, article("Ends"), "ends");
    const text = fake.state.nodes.get(id)?.texts.get("en");
    const body = { value: "<p>One.</p>\r\n\r\n<p>Two.</p>", format: "full_html", summary: null };
    if (text !== undefined) text.attributes.body = body;
    const entry = (await connector.read([{ id, kind: "article", locale: "" }]))[0]?.entry;
    if (entry === undefined) throw new Error("gone");
    expect(entry.wire.body).toBe("<p>One.</p>\n\n<p>Two.</p>");
    const now = await change(connector, entry, { body: "<p>One.</p>\n\n<p>Three.</p>" });
    expect(stored(fake, entry).body).toMatchObject({
      value: "<p>One.</p>\r\n\r\n<p>Three.</p>",
      summary: null,
    });
    expect(now.wire.body).toBe("<p>One.</p>\n\n<p>Three.</p>");
  });

  it("renames the address that is there, and leaves no second one", async () => {
    const { fake, connector } = await drupal();
    const entry = await put(connector, article("Moved"), "old");
    await change(connector, entry, { slug: "new" });
    expect([...fake.state.aliases.values()].map(({ alias }) => alias)).toEqual(["/new"]);
  });

  it("sends dates without parts of a second", async () => {
    const { fake, connector } = await drupal();
    const entry = await put(connector, article("Dated", { date: "2025-01-02T03:04:05+01:00" }), "dated");
    expect(stored(fake, entry).created).toBe("2025-01-02T02:04:05+00:00");
  });

  it("names the revision that was read, so that Drupal refuses what somebody saved in between", async () => {
    const { fake, connector } = await drupal({ writeMs: 40 });
    const entry = await put(connector, article("Raced"), "raced");
    nodeOf(fake, entry).revised -= 60;
    const updated = change(connector, entry, { title: "Mine" });
    await fakeSees(fake, "PATCH");
    nodeOf(fake, entry).revised += 30;
    await updated;
    const sent = JSON.parse(fake.requests.findLast(({ method }) => method === "PATCH")?.body ?? "{}") as {
      data: { attributes: JsonObject };
    };
    expect(sent.data.attributes.revision_timestamp).toMatch(/^20\d\d-.*\+00:00$/);
  });

  it.each(["admin", "editor"] as const)(
    "takes one address twice, of two machines at one moment, which %s is told with both ids",
    async (who) => {
      const { fake, connector } = await drupal({}, who);
      const mine = await draftOf(connector, article("Same"), "same");
      const theirs = { ...mine, key: uuidV5(mine.key, "their root") };
      const intents = [await connector.prepare(mine), await connector.prepare(theirs)];
      const [one, two] = [
        await connector.create(mine, intents[0] ?? null),
        await connector.create(theirs, intents[1] ?? null),
      ];
      const other = await put(connector, article("Same"), "other");
      const many = Array.from({ length: 40 }, (_, n) => ({
        ...{ ...other, id: uuidV5(mine.key, String(n)), slug: `many-${n}` },
        title: `Many ${n} ${"é".repeat(40)}`,
      }));
      expect(await connector.twins?.([other, ...many, one])).toEqual(new Map([[one.id, [two.id]]]));
      expect(Math.max(...fake.requests.map(({ url }) => url.length))).toBeLessThan(8000);
    },
  );

  it("has one writer per entry: two updates at one time do not wedge it", async () => {
    const { fake, connector } = await drupal({ writeMs: 20 });
    const entry = await put(connector, article("Two"), "two");
    await Promise.allSettled([
      change(connector, entry, { title: "A" }),
      change(connector, entry, { title: "B" }),
    ]);
    expect(nodeOf(fake, entry).wedged).toBe(false);
  });

  it("explains an entry that can no longer be written to", async () => {
    const { fake, connector } = await drupal();
    const entry = await put(connector, article("Wedged"), "wedged");
    nodeOf(fake, entry).wedged = true;
    const fault = await faultOf(change(connector, entry, { title: "New" }));
    expect(fault).toMatchObject({ kind: "conflict", code: "drupal.working-copy" });
    expect(fault.hint).toContain("Revisions");
  });

  it("does not send an update again whose answer was lost", async () => {
    const { fake, connector } = await drupal();
    const entry = await put(connector, article("Lost"), "lost");
    fake.behaviours.dropsAnswerAfterWrite = 1;
    expect((await change(connector, entry, { title: "Landed" })).title).toBe("Landed");
    expect(fake.requests.filter(({ method }) => method === "PATCH")).toHaveLength(1);
  });

  it("says nothing of the revision where the account may not", async () => {
    const { fake, connector } = await drupal({ takesLog: false });
    const entry = await put(connector, article("Silent"), "silent");
    expect((await change(connector, entry, { title: "Still" })).title).toBe("Still");
    expect(stored(fake, entry).revision_log).toBeNull();
  });

  it("tells the revision where it came from", async () => {
    const { fake, connector } = await drupal({}, "admin", { log: "from the files" });
    const entry = await put(connector, article("Told"), "told");
    expect(stored(fake, entry).revision_log).toBe("from the files");
  });

  it("leaves paragraphs as they are", async () => {
    const { fake, connector } = await drupal();
    const entry = await put(connector, article("Parts"), "parts");
    const text = nodeOf(fake, entry).texts.get("en");
    const paragraph = { type: "paragraph--text", id: "22222222-2222-4222-8222-222222222222" };
    if (text !== undefined) text.relationships.field_paragraphs = [paragraph];
    await change(connector, entry, { title: "Whole" });
    expect(nodeOf(fake, entry).texts.get("en")?.relationships.field_paragraphs).toEqual([paragraph]);
  });
});

/** Until the fake has had a request of this method. */
async function fakeSees(fake: DrupalFake, wanted: string): Promise<void> {
  while (!fake.requests.some(({ method }) => method === wanted))
    await new Promise((resolve) => setImmediate(resolve));
}

describe("bodies in plain text", () => {
  const plain = (body: string) => article("Plain", { format: "plain_text" }, body);

  it("are kept without tags, as visitors are to see them", async () => {
    const { fake, connector } = await drupal();
    const entry = await put(connector, plain("Tom & Jerry, 1 < 2.\n\nSecond."), "plain");
    expect(stored(fake, entry).body).toMatchObject({
      value: "Tom & Jerry, 1 < 2.\n\nSecond.",
      format: "plain_text",
    });
    const refs = await refsOf(connector, plain(""));
    expect(codec.decode(entry, refs).body.trim()).toBe("Tom & Jerry, 1 < 2.\n\nSecond.");
  });

  it("keep their line ends and blanks through an edit of another field", async () => {
    const { fake, connector } = await drupal();
    const text = "One\r\ntwo  <b>\r\n\r\n\r\nthree";
    const entry = await put(connector, plain("Text."), "plain");
    Object.assign(stored(fake, entry), { body: { value: text, format: "plain_text", summary: "" } });
    const [read] = await connector.read([entry]);
    if (read?.entry === undefined) throw new Error("gone");
    const refs = await refsOf(connector, plain(""));
    const document = codec.decode(read.entry, refs);
    const { wire } = codec.encode(
      { ...document, fields: { ...document.fields, title: "New" } },
      refs,
      read.entry,
    );
    await change(connector, read.entry, wire as Record<string, Json>);
    expect(stored(fake, entry)).toMatchObject({ title: "New", body: { value: text } });
  });

  it("are refused in the plan where they say more than paragraphs", async () => {
    const { connector } = await drupal();
    const document = plain("Some *marks*.");
    const refs = await refsOf(connector, document);
    expect(() => codec.encode(document, refs, undefined)).toThrow(/plain_text would show its tags/);
  });
});
