import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Connector, Draft, Entry } from "../../../src/connectors/contract.ts";
import { codec } from "../../../src/connectors/ghost/codec.ts";
import { asFault } from "../../../src/lib/fault.ts";
import type { Json, JsonObject } from "../../../src/lib/json.ts";
import { type GhostFake, startGhost } from "../../fakes/ghost.ts";
import { addTag } from "../../fakes/ghost-store.ts";
import { leapingClock, openGhost, refsOf } from "./blog.ts";

let fake: GhostFake;
let blog: Connector;
let clock = leapingClock();

beforeEach(async () => {
  clock = leapingClock();
  fake = await startGhost({ clock });
  blog = openGhost(fake, clock);
});
afterEach(() => fake.close());

const draftOf = (slug: string, wire: JsonObject = {}): Draft => ({
  ...{ key: "k", kind: "post", locale: "", scope: "", slug },
  wire: { title: slug, ...wire },
});
const make = async (slug: string, wire: JsonObject = {}): Promise<Entry> => {
  const draft = draftOf(slug, wire);
  return blog.create(draft, await blog.prepare(draft));
};
const faultOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (thrown: unknown) => asFault(thrown),
  );
const at = ({ revision, wire }: Entry) => ({ revision, wire });
const stored = (id: string) => fake.store.posts.get(id) ?? expect.fail("no such post");
const lastWrite = () => fake.requests.findLast((request) => fake.isWrite(request));
const listed = async () => {
  const rows = [];
  for await (const page of blog.list(["post"])) rows.push(...page);
  return rows;
};

describe.each(["5.130", "6.65"])("Ghost %s", (version) => {
  beforeEach(() => {
    fake.behaviours.version = version;
  });

  test("a list of several pages is read to its end", async () => {
    const { id, columns, ...rest } = stored((await make("first")).id);
    for (let n = 0; n < 250; n += 1) {
      const next = fake.store.id();
      fake.store.posts.set(next, { ...rest, id: next, columns: { ...columns, slug: `post-${n}` } });
    }
    expect(new Set((await listed()).map((row) => row.id)).size).toBe(251);
    expect(id).toBe((await listed())[0]?.id);
  });
});

describe("what Ghost does not date", () => {
  test("an edit of tags alone shows in the listing, and another order of them too", async () => {
    const entry = await make("tagged");
    const terms = await Promise.all(
      ["a", "b"].map(async (name) => blog.terms?.create("tags", name, undefined)),
    );
    const ids = terms.map((term) => term?.id ?? "");
    const before = stored(entry.id).columns.updated_at;
    const revisions = [(await listed())[0]?.revision];
    for (const tags of [ids, ids.toReversed()]) {
      stored(entry.id).tags = tags;
      revisions.push((await listed())[0]?.revision);
    }
    expect(stored(entry.id).columns.updated_at).toBe(before);
    expect(new Set(revisions).size).toBe(3);
  });

  test("an edit within the second in which the entry was read is waited out, not written over", async () => {
    const entry = await make("same-second");
    const { columns } = stored(entry.id);
    const wait = clock.sleep;
    // Somebody saves again before the second is over: the stamp stays.
    clock.sleep = async (ms) => {
      columns.title = "Theirs, in the same second";
      await wait(ms);
    };
    const fault = await faultOf(blog.update(entry.id, draftOf("same-second", { title: "Mine" }), at(entry)));
    expect([fault?.kind, fault?.code, fault?.unsent]).toEqual(["conflict", "moved", true]);
    expect(stored(entry.id).columns.title).toBe("Theirs, in the same second");
  });
});

describe("slugs", () => {
  test("of a page are taken for posts too", async () => {
    const page = { ...draftOf("about"), kind: "page" };
    await blog.create(page, await blog.prepare(page));
    expect((await faultOf(blog.prepare(draftOf("about"))))?.code).toBe("slug-taken");
  });

  test("that somebody took in the meantime leave nothing numbered behind", async () => {
    const draft = draftOf("contested");
    const intent = await blog.prepare(draft);
    await make("contested", { title: "Somebody else's" });
    const fault = await faultOf(blog.create(draft, intent));
    expect([fault?.kind, fault?.code]).toEqual(["conflict", "slug-taken"]);
    expect([...fake.store.posts.values()].map(({ columns }) => columns.slug)).toEqual(["contested"]);
  });

  test("of a create that came twice are one entry", async () => {
    const draft = draftOf("twice");
    const intent = await blog.prepare(draft);
    const first = await blog.create(draft, intent);
    expect((await blog.create(draft, intent)).id).toBe(first.id);
    expect(fake.store.posts.size).toBe(1);
  });

  test("that end in a number are their own", async () => {
    expect((await make("top-10")).slug).toBe("top-10");
  });

  test.each([
    ["Кириллица мир", "kirillitsa-mir"],
    ["Объём Щи, мой ёж", "obiom-shchi-moi-iozh"],
    ["Größe & Übung", "grosse-ubung"],
  ])("are known before anything is sent, of other scripts too: %s", async (text, slug) => {
    expect(codec.slug?.(text)).toBe(slug);
    expect((await make(text)).slug).toBe(slug);
  });

  test("of Greek are known before anything is sent", () => {
    expect(codec.slug?.("Καλημέρα κόσμε")).toBe("kalemera-kosme");
  });

  test.each(["привет-мир", "привет-2", "日本2", "中文"])(
    "that Ghost spells in its own letters: a create that came twice is one entry: %s",
    async (slug) => {
      const draft = draftOf(slug, { title: "It's «Привет»" });
      const intent = await blog.prepare(draft);
      const first = await blog.create(draft, intent);
      expect(first.slug).toMatch(/^[\w-]+$/);
      expect((await blog.find(draft, intent))?.id).toBe(first.id);
      expect((await blog.create(draft, intent)).id).toBe(first.id);
      expect(fake.store.posts.size).toBe(1);
    },
  );

  test("without an ASCII letter: of two creates with one title each finds what it made itself", async () => {
    const both = ["春", "夏"].map((slug, n) => ({
      ...draftOf(slug, { title: 'A "title"' }),
      key: `key-${n}`,
    }));
    const intents: Json[] = [];
    for (const draft of both) intents.push(await blog.prepare(draft));
    const made = [];
    for (const [n, draft] of both.entries()) made.push(await blog.create(draft, intents[n] ?? null));
    const found = await Promise.all(both.map((draft, n) => blog.find(draft, intents[n] ?? null)));
    expect(found.map((entry) => entry?.id)).toEqual(made.map(({ id }) => id));
    expect(found.map((entry) => entry?.wire.body)).toEqual(made.map(({ wire }) => wire.body));
    expect(JSON.stringify(made)).not.toContain("key-");
    expect(
      await blog.find({ ...both[0], key: "key-9" } as Draft, {
        ...(intents[0] as JsonObject),
        mark: "key-9",
      }),
    ).toBe(undefined);
  });

  test("that Ghost spells in its own letters: what somebody has already is told, and nothing numbered stays", async () => {
    const first = await make("日本語");
    await clock.sleep(60_000);
    const draft = draftOf("日本語", { title: "Another" });
    const fault = await faultOf(blog.create(draft, await blog.prepare(draft)));
    expect(fault?.code).toBe("slug-taken");
    expect([...fake.store.posts.keys()]).toEqual([first.id]);
    expect((await make("日本語-10", { title: "Ten" })).slug).toMatch(/-10$/);
  });
});

describe("answers", () => {
  test("that are lost after an update: it is sent again, and is there once", async () => {
    const entry = await make("lost-update");
    fake.behaviours.dropsAnswerAfterWrite = 1;
    const updated = await blog.update(entry.id, draftOf("lost-update", { title: "New" }), at(entry));
    expect(updated.title).toBe("New");
  });

  test("that fail after a create was stored are ambiguous, and the create is found", async () => {
    const draft = draftOf("failed");
    const intent = await blog.prepare(draft);
    fake.behaviours.failsAfterWrite = 1;
    expect((await faultOf(blog.create(draft, intent)))?.kind).toBe("ambiguous");
    expect((await blog.find(draft, intent))?.slug).toBe("failed");
  });

  test("that are lost after an upload: the file is there once", async () => {
    const bytes = Buffer.from("89504e470d0a1a0a", "hex");
    const file = { ref: "a.png", path: "a.png", digest: "d".repeat(64), type: "image/png", size: 8, alt: "" };
    fake.behaviours.dropsAnswerAfterWrite = 1;
    const media = await blog.media?.upload(file, bytes);
    expect(media?.url).toMatch(/\/content\/images\/\d{4}\/\d\d\/a-dddddddddddd\.png$/);
    // Another process knows nothing of it.
    expect((await openGhost(fake, clock).media?.upload(file, bytes))?.url).toBe(media?.url);
    expect(fake.store.uploads.size).toBe(1);
  });

  test("an upload of long ago is found by the entry that shows it", async () => {
    const url = `${fake.url}/content/images/2019/05/loaf-0123456789ab.png`;
    await make("shows", { image: { src: url, alt: "", caption: "" } });
    const found = await openGhost(fake, clock).media?.findByDigest([`0123456789ab${"0".repeat(52)}`]);
    expect(found?.map((media) => media.url)).toEqual([url]);
  });

  test("an upload is found however many entries show others that are asked for too", async () => {
    const shown = (digits: string) => `${fake.url}/content/images/2019/05/loaf-${digits}.png`;
    const image = (digits: string) => ({ image: { src: shown(digits), alt: "", caption: "" } });
    const { columns, ...rest } = stored((await make("logo", image("aaaaaaaaaaaa"))).id);
    for (let n = 0; n < 150; n += 1) {
      const id = fake.store.id();
      fake.store.posts.set(id, { ...rest, id, columns: { ...columns, slug: `logo-${n}` } });
    }
    await make("last", image("bbbbbbbbbbbb"));
    const page = { ...draftOf("page", image("cccccccccccc")), kind: "page" };
    await blog.create(page, await blog.prepare(page));
    const digests = ["aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc"].map((digits) => digits.padEnd(64, "0"));
    const found = await openGhost(fake, clock).media?.findByDigest(digests);
    expect(found?.map(({ digest }) => digest).sort()).toEqual(digests.map((digest) => digest.slice(0, 12)));
  });
});

describe("tags", () => {
  test("of one name, which a repeated request makes, are told with what is to be done", async () => {
    addTag(fake.store, "bread");
    await blog.terms?.list("tags");
    expect(blog.notices?.()).toEqual([]);
    addTag(fake.store, "bread");
    await blog.terms?.list("tags");
    expect(blog.notices?.()).toEqual([
      'The site has the tag "bread" 2 times (bread, bread-2): remove all but one in Ghost\'s admin > Tags.',
    ]);
  });
});

describe("a body", () => {
  test.each([
    [
      "nested without end",
      `{"root":{"children":[${'{"a":'.repeat(5000)}1${"}".repeat(5000)}],"type":"root"}}`,
    ],
    ["that is no list of nodes", '{"root":{"children":[1],"type":"root"}}'],
    ["of another order", '{"root":{"0":{"children":[]},"children":[],"type":"root"}}'],
  ])("%s is read as visitors see it, and never written over", async (_name, lexical) => {
    const entry = await make("strange");
    Object.assign(stored(entry.id).columns, { lexical, html: "<p>As shown</p>" });
    const [result] = await blog.read([entry]);
    const strange = result?.entry ?? expect.fail("not read");
    const document = { kind: "post", locale: "", fields: { title: "T" }, body: "" };
    expect(codec.decode(strange, await refsOf(blog, document)).body).toBe("As shown\n");
    const fault = await faultOf(blog.update(strange.id, draftOf("strange", { body: "{}" }), at(strange)));
    expect([fault?.code, fault?.unsent]).toEqual(["body-owner", true]);
  });
});

describe("e-mail", () => {
  const sent = async (settings: Record<string, string>, status: string) => {
    const document = {
      kind: "post",
      locale: "",
      fields: { title: "T", status, newsletter: "weekly" },
      body: "",
    };
    return codec.encode(document, { ...(await refsOf(blog, document)), settings }, undefined);
  };

  test("is never sent, and a document that asks for it is told so", async () => {
    const { wire, losses } = await sent({ newsletter: "never" }, "published");
    expect(Object.keys(wire)).not.toContain("newsletter");
    expect(losses).toEqual([expect.objectContaining({ field: "newsletter" })]);
    const entry = await make("quiet");
    await blog.update(entry.id, draftOf("quiet", { status: "published" }), at(entry));
    expect(fake.requests.filter(({ url }) => /[?&]newsletter=/.test(url))).toEqual([]);
    expect(fake.store.sent).toEqual([]);
  });

  test("goes out once where connection and document both say so, when a draft goes live", async () => {
    const { wire, losses } = await sent({ newsletter: "as-documents-say" }, "published");
    expect([wire.newsletter, losses]).toEqual(["weekly", []]);
    const entry = await make("loud");
    const live = { status: "published", newsletter: "weekly" };
    fake.behaviours.dropsAnswerAfterWrite = 1;
    const published = await blog.update(entry.id, draftOf("loud", live), at(entry));
    expect(fake.store.sent).toEqual([`${entry.id} weekly`]);
    const again = draftOf("loud", { newsletter: "daily" });
    const fault = await faultOf(blog.update(entry.id, again, at(published)));
    expect([fault?.code, fault?.unsent]).toEqual(["ghost.newsletter-needs-draft", true]);
    expect((await faultOf(make("new", live)))?.code).toBe("ghost.newsletter-needs-draft");
  });
});

describe("what Ghost would do in silence", () => {
  test("an author whom nobody knows is refused, not replaced by the owner", async () => {
    const document = { kind: "post", locale: "", fields: { title: "T", author: ["ed", "nobody"] }, body: "" };
    const refs = await refsOf(blog, { ...document, fields: { title: "T" } });
    expect(() => codec.encode(document, refs, undefined)).toThrow('"nobody" is no member');
    const known = { ...document, fields: { title: "T", author: ["ed", "Owner@example.test"] } };
    const { wire } = codec.encode(known, refs, undefined);
    expect(wire.author).toEqual([fake.store.users[1]?.id, fake.store.users[0]?.id]);
  });

  test("addresses that begin with a slash are the same after they came back whole", async () => {
    const document = { kind: "post", locale: "", fields: { title: "T" }, body: "[about](/about/)" };
    const { wire } = codec.encode(document, await refsOf(blog, document), undefined);
    const entry = await make("relative", wire);
    expect(String(entry.wire.body)).toContain(`${fake.url}/about/`);
    expect(codec.same("body", wire.body ?? null, entry.wire.body ?? null)).toBe(true);
  });

  test("a body that is emptied leaves a paragraph, which the editor cannot do without", async () => {
    const document = { kind: "post", locale: "", fields: { title: "T" }, body: "Text" };
    const refs = await refsOf(blog, document);
    const entry = await make("emptied", codec.encode(document, refs, undefined).wire);
    const { wire } = codec.encode({ ...document, body: "" }, refs, entry);
    const updated = await blog.update(entry.id, { ...draftOf("emptied"), wire }, at(entry));
    expect(codec.decode(updated, refs).body).toBe("");
  });

  test("a post of the old editor is read, and its body never written over", async () => {
    const entry = await make("old");
    Object.assign(stored(entry.id).columns, {
      lexical: null,
      mobiledoc: "{}",
      html: "<p>Old <strong>words</strong></p>",
    });
    const [result] = await blog.read([entry]);
    const old = result?.entry ?? expect.fail("not read");
    expect(old.bodyOwner).toBe("Ghost's old editor");
    const document = { kind: "post", locale: "", fields: { title: "T" }, body: "" };
    expect(codec.decode(old, await refsOf(blog, document)).body).toBe("Old **words**\n");
    const fault = await faultOf(blog.update(old.id, draftOf("old", { body: "<p>New</p>" }), at(old)));
    expect([fault?.code, fault?.unsent]).toEqual(["body-owner", true]);
  });
});

describe("states", () => {
  test("scheduled with a date that has passed is live, published with one ahead is scheduled", async () => {
    const past = await make("past", { status: "scheduled", date: "2020-01-01T00:00:00.000Z" });
    const ahead = await make("ahead", { status: "published", date: "2099-01-01T00:00:00.000Z" });
    expect([past.state, ahead.state]).toEqual(["published", "scheduled"]);
  });

  test("a live post cannot be scheduled, and the way out is named", async () => {
    const live = await make("live", { status: "published" });
    const wire = { status: "scheduled", date: "2099-01-01T00:00:00.000Z" };
    const fault = await faultOf(blog.update(live.id, draftOf("live", wire), at(live)));
    expect([fault?.code, fault?.hint]).toEqual(["ghost.already-published", expect.stringContaining("draft")]);
  });

  test("a refusal names the field as documents do", async () => {
    const fault = await faultOf(make("long", { excerpt: "x".repeat(301) }));
    expect([fault?.kind, fault?.message]).toEqual(["invalid", expect.stringMatching(/^excerpt: /)]);
  });
});

describe("signing in", () => {
  test.each([
    ["an id of no key", (key: string) => key.replace(/^./, "0"), "ghost.unknown-key"],
    ["a wrong secret", (key: string) => key.replace(/.$/, "0"), "ghost.wrong-secret"],
  ])("with %s is told apart", async (_name, change, code) => {
    const fault = await faultOf(openGhost(fake, clock, { key: change(fake.key) }).whoami());
    expect([fault?.kind, fault?.code]).toEqual(["auth", code]);
  });

  test("with the Content API key is refused before anything is sent", () => {
    expect(() => openGhost(fake, clock, { key: fake.contentKey })).toThrow("it has no colon");
    expect(fake.requests).toEqual([]);
  });

  test("with a clock that is minutes slow names the clock", async () => {
    fake.behaviours.behind = -600_000;
    expect((await faultOf(blog.whoami()))?.code).toBe("ghost.clock");
  });

  test("sends the key's secret in no request", async () => {
    await make("secret");
    const secret = fake.key.slice(fake.key.indexOf(":") + 1);
    expect(JSON.stringify(fake.requests)).not.toContain(secret);
    expect(lastWrite()?.method).toBe("POST");
  });
});
