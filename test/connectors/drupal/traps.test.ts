// Each habit of Drupal that would damage content or mislead somebody, switched on in the fake.
import { afterEach, describe, expect, it } from "vitest";
import type { Connector, Draft, Entry } from "../../../src/connectors/contract.ts";
import { codec } from "../../../src/connectors/drupal/codec.ts";
import type { Document } from "../../../src/content/document.ts";
import { uuidV5 } from "../../../src/lib/hash.ts";
import type { Json, JsonObject } from "../../../src/lib/json.ts";
import type { Behaviours, Node } from "../../fakes/drupal/state.ts";
import { type DrupalFake, startDrupal } from "../../fakes/drupal.ts";
import { rowsOf } from "../local-site.ts";
import { faultOf } from "../rules/writing.ts";
import { openDrupal, refsOf } from "./site.ts";

const fakes: DrupalFake[] = [];

afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake.close();
});

async function drupal(options: Partial<Behaviours> = {}, who: "admin" | "editor" = "admin", settings = {}) {
  const fake = await startDrupal(options);
  fakes.push(fake);
  return { fake, ...openDrupal(fake.url, fake[who], settings) };
}

async function draftOf(connector: Connector, document: Document, slug: string): Promise<Draft> {
  const { wire } = codec.encode(document, await refsOf(connector, document), undefined);
  const key = uuidV5("6ba7b811-9dad-11d1-80b4-00c04fd430c8", slug);
  return { key, kind: document.kind, locale: document.locale, scope: "", slug, wire };
}

async function put(connector: Connector, document: Document, slug: string): Promise<Entry> {
  const draft = await draftOf(connector, document, slug);
  return connector.create(draft, await connector.prepare(draft));
}

const article = (title: string, fields: JsonObject = {}, body = "Text."): Document => ({
  ...{ kind: "article", locale: "", body },
  fields: { title, status: "published", ...fields },
});

function change(connector: Connector, entry: Entry, wire: Record<string, Json>): Promise<Entry> {
  const { kind, locale, scope, slug } = entry;
  return connector.update(entry.id, { key: "", kind, locale, scope, slug, wire }, entry);
}

const nodeOf = (fake: DrupalFake, { id }: Entry): Node => {
  const node = fake.state.nodes.get(id);
  if (node === undefined) throw new Error(`no node ${id}`);
  return node;
};

const stored = (fake: DrupalFake, entry: Entry) => nodeOf(fake, entry).texts.get("en")?.attributes ?? {};

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

describe("moderated entries", () => {
  const news = (title: string, status: string): Document => ({
    ...{ kind: "news", locale: "", body: "News." },
    fields: { title, status },
  });

  it("have a moderation state in place of the published flag", async () => {
    const { fake, connector } = await drupal();
    const entry = await put(connector, news("New", "draft"), "new");
    const live = await change(connector, entry, { status: "published" });
    expect([entry.state, live.state]).toEqual(["draft", "published"]);
    expect((await change(connector, live, { status: "archived" })).state).toBe("archived");
    expect(fake.requests.filter(({ body }) => body.includes('"status":')).length).toBe(0);
  });

  it("are known as such though no entry shows it to the account", async () => {
    const { connector } = await drupal({}, "editor");
    const draft = await put(connector, news("Hidden", "draft"), "hidden");
    const live = await put(connector, news("Shown", "published"), "shown");
    expect([draft.state, live.state]).toEqual(["draft", "published"]);
  });

  it("show a draft beside what visitors see, and are not written to then", async () => {
    const { fake, connector } = await drupal();
    const entry = await put(connector, news("Live", "published"), "live");
    const node = nodeOf(fake, entry);
    const text = node.texts.get("en");
    if (text !== undefined) node.draft = { ...text, attributes: { ...text.attributes, title: "Next" } };
    const [row] = await rowsOf(connector.list(["news"]));
    const [read] = await connector.read([entry]);
    expect(row).toMatchObject({ state: "published", pendingChanges: true, title: "Next" });
    expect(read?.entry).toMatchObject({ pendingChanges: true, revision: row?.revision });
    if (read?.entry === undefined) throw new Error("gone");
    expect(await faultOf(change(connector, read.entry, { title: "Mine" }))).toMatchObject({
      code: "drupal.working-copy",
    });
  });

  it("are refused in the plan as drafts once they are live", async () => {
    const { connector } = await drupal();
    const entry = await put(connector, news("Live", "published"), "live");
    const document = news("Live", "draft");
    const refs = await refsOf(connector, document);
    expect(() => codec.encode(document, refs, entry)).toThrow(/would leave the published/);
  });
});

describe("translations", () => {
  const languages = { languages: ["en", "de"] };

  async function bilingual() {
    const site = await drupal(languages);
    const entry = await put(site.connector, { ...article("Bread"), locale: "en" }, "bread");
    const node = nodeOf(site.fake, entry);
    const text = node.texts.get("en");
    if (text === undefined) throw new Error("no text");
    node.texts.set(
      "de",
      structuredClone({ ...text, attributes: { ...text.attributes, title: "Brot" }, alias: "/brot" }),
    );
    return { ...site, entry, node };
  }

  it("are entries of their own, each once", async () => {
    const { connector } = await bilingual();
    const rows = await rowsOf(connector.list(["article"]));
    expect(rows.map(({ locale, title, slug }) => [locale, title, slug])).toEqual([
      ["en", "Bread", "bread"],
      ["de", "Brot", "brot"],
    ]);
    expect(new Set(rows.map(({ group }) => group)).size).toBe(1);
  });

  it("are written without a change of the others", async () => {
    const { connector, entry, node } = await bilingual();
    const [german] = await connector.read([{ ...entry, locale: "de" }]);
    const before = (await connector.read([entry]))[0]?.entry;
    if (german?.entry === undefined) throw new Error("no German");
    expect((await change(connector, german.entry, { title: "Brote" })).title).toBe("Brote");
    expect((await connector.read([entry]))[0]?.entry).toEqual(before);
    expect(node.texts.get("en")?.attributes.title).toBe("Bread");
  });

  it("that are not there cannot be made, and are not taken for the original", async () => {
    const { connector } = await drupal(languages);
    const entry = await put(connector, { ...article("Alone"), locale: "en" }, "alone");
    expect((await connector.read([{ ...entry, locale: "de" }]))[0]).toMatchObject({ gone: "missing" });
    const draft = await draftOf(connector, { ...article("Allein"), locale: "de" }, "allein");
    const fault = await faultOf(connector.prepare({ ...draft, translationOf: entry.id }));
    expect(fault).toMatchObject({ kind: "unsupported", code: "drupal.translation" });
  });

  it("are not removed with each other", async () => {
    const { fake, connector, entry } = await bilingual();
    const fault = await faultOf(connector.remove?.(entry.id, entry.kind, entry) ?? Promise.resolve());
    expect(fault).toMatchObject({ kind: "unsupported", code: "drupal.removes-translations" });
    expect(fake.state.nodes.size).toBe(1);
  });
});

describe("what the account may not see", () => {
  it("is learned from entries and from refusals", async () => {
    const { fake, connector } = await drupal();
    await put(
      connector,
      article("Sample", {
        tags: ["rye"],
        field_moment: "2026-01-01T10:00:00",
        field_link: "https://example.com/",
      }),
      "sample",
    );
    const editor = openDrupal(fake.url, fake.editor).connector;
    const { kinds } = await editor.model();
    const kind = kinds.find(({ name }) => name === "article");
    const types = Object.fromEntries(kind?.fields.map(({ name, schema }) => [name, schema?.drupal]) ?? []);
    expect(types).toMatchObject({ tags: "terms", image: "image", field_moment: "date", field_link: "link" });
    expect(kind?.taxonomies.tags?.id).toBe("tags");
    expect((await editor.whoami()).notices.join()).toContain("field_count");
  });
});

describe("signing in", () => {
  it("never takes a wrong password for a visit, and tries it once", async () => {
    const { fake } = await drupal();
    const { connector } = openDrupal(fake.url, [fake.admin[0], "wrong"]);
    expect(await faultOf(connector.whoami())).toMatchObject({ kind: "auth", code: "drupal.anonymous" });
    expect(fake.requests).toHaveLength(1);
  });

  it("stops where the account is locked in the middle of a run", async () => {
    const { fake, connector } = await drupal();
    const entry = await put(connector, article("Locked"), "locked");
    for (const user of fake.state.users) user.failures = 5;
    expect((await faultOf(change(connector, entry, { title: "Never" }))).kind).toBe("auth");
    expect((await faultOf(rowsOf(connector.list(["article"])))).kind).toBe("auth");
  });
});

describe("sites that take no writes", () => {
  it.each([
    [{ readOnly: true }, "drupal.read-only", "/admin/config/services/jsonapi"],
    [{ maintenance: true }, "drupal.maintenance", "/admin/config/development/maintenance"],
  ] as const)("are explained with the page that mends them: %j", async (behaviours, code, page) => {
    const { fake, connector } = await drupal();
    const draft = await draftOf(connector, article("Never"), "never");
    const intent = await connector.prepare(draft);
    Object.assign(fake.behaviours, behaviours);
    const fault = await faultOf(connector.create(draft, intent));
    expect(fault.code).toBe(code);
    expect(fault.hint).toContain(page);
  });
});

describe("files", () => {
  it("are marked in bodies, so that Drupal keeps them, and the mark does not show in documents", async () => {
    const { fake, connector } = await drupal();
    const document = article("Shown", {}, "Look:\n\n![A loaf](./loaf.png)");
    const entry = await put(connector, document, "shown");
    const [file] = fake.state.files.values();
    expect(entry.wire.body).toContain(`data-entity-uuid="${file?.uuid}"`);
    const refs = await refsOf(connector, document);
    expect(codec.decode(entry, refs).body.trim()).toBe(document.body);
    expect(codec.encode(document, refs, entry).wire.body).toBe(entry.wire.body);
  });

  it("go up once, though the answer is lost", async () => {
    const { fake, connector } = await drupal();
    fake.behaviours.dropsAnswerAfterWrite = 1;
    await refsOf(connector, article("Lost", {}, "![A loaf](./loaf.png)"));
    expect(fake.state.files.size).toBe(1);
  });
});
