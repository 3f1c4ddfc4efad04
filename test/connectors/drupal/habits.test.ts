// Each habit of Drupal that would mislead somebody, switched on in the fake.
import { describe, expect, it } from "vitest";
import { codec } from "../../../src/connectors/drupal/codec.ts";
import type { Document } from "../../../src/content/document.ts";
import { rowsOf } from "../local-site.ts";
import { faultOf } from "../rules/writing.ts";
import { openDrupal, refsOf } from "./site.ts";
import { article, change, draftOf, drupal, nodeOf, put } from "./trapped.ts";

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

  it("have the states of their own workflow, and none of another", async () => {
    const { fake, connector } = await drupal();
    const draft = await draftOf(connector, news("Waiting", "pending"), "waiting");
    await connector.create(draft, await connector.prepare(draft)).catch(() => undefined);
    const sent = fake.requests.filter(({ method }) => method === "POST").map(({ body }) => body);
    expect(sent.join()).toContain('"moderation_state":"review"');
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

  it("is taken for text where some of its values merely look like days", async () => {
    const { fake, connector } = await drupal();
    await put(connector, article("Sample", { field_names: ["2026-01-02", "harbour"] }), "sample");
    const { kinds } = await openDrupal(fake.url, fake.editor).connector.model();
    const field = kinds[0]?.fields.find(({ name }) => name === "field_names");
    expect(field?.schema?.drupal).toBe("text");
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

  it("at an address that is no valid escape are not known, and nothing breaks", async () => {
    const { connector } = await drupal();
    expect(await connector.media?.at?.(["/sites/default/files/100%.png"])).toEqual(new Map());
  });

  it("go up once, though the answer is lost", async () => {
    const { fake, connector } = await drupal();
    fake.behaviours.dropsAnswerAfterWrite = 1;
    await refsOf(connector, article("Lost", {}, "![A loaf](./loaf.png)"));
    expect(fake.state.files.size).toBe(1);
  });
});
