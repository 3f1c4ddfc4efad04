// Each habit of Joomla's that would damage an article, lose one or make two.
import { afterEach, describe, expect, it } from "vitest";
import type { Listing } from "../../../src/connectors/contract.ts";
import { codec } from "../../../src/connectors/joomla/codec.ts";
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

type Opened = Awaited<ReturnType<typeof site>>;

const stored = ({ fake }: Opened, id: string) => {
  const found = fake.store.articles.get(Number(id));
  if (found === undefined) throw new Error(`no article ${id}`);
  return found;
};

async function read({ connector }: Opened, id: string) {
  const [result] = await connector.read([{ id, kind: "article", locale: "" }]);
  if (result?.entry === undefined) throw new Error(`article ${id} is not there`);
  return result.entry;
}

async function rename(opened: Opened, id: string, title: string) {
  const entry = await read(opened, id);
  const draft = { key: "", kind: "article", locale: "", scope: "", slug: entry.slug, wire: { title } };
  return opened.connector.update(id, draft, at(entry));
}

async function listed({ connector }: Opened): Promise<readonly Listing[]> {
  const rows: Listing[] = [];
  for await (const page of connector.list(["article"])) rows.push(...page);
  return rows;
}

const writes = ({ fake }: Opened) => fake.requests.filter((request) => fake.isWrite(request)).length;

describe("a change of the title alone", () => {
  it.each(["4.4", "5.1", "5.3", "6.0", "6.1"] as const)(
    "leaves tags, texts, images and dates on %s",
    async (version) => {
      const opened = await site({ version, siteZone: "America/New_York" });
      const { id } = await put(
        opened.connector,
        article(
          "One",
          { status: "published", date: "2026-01-31T09:30:00", tags: ["a", "b"], featured: true },
          "Intro\n\n<!--more-->\n\nRest",
        ),
        "one",
      );
      Object.assign(stored(opened, id), {
        featured_up: "2026-02-01 00:00:00",
        featured_down: "2027-02-01 00:00:00",
        images: { image_intro: "images/x.png", float_intro: "left" },
        metadata: { robots: "noindex" },
      });
      const { title: _, version: __, modified: ___, ...before } = structuredClone(stored(opened, id));
      await rename(opened, id, "Two");
      await rename(opened, id, "Three");
      expect(stored(opened, id)).toMatchObject({ ...before, title: "Three" });
      expect(before.created).toBe("2026-01-31 14:30:00");
    },
  );
});

describe("a user whose time zone is not the site's", () => {
  it.each(["UTC", "Asia/Kathmandu", "Europe/Berlin"])(
    "moves no date in %s, and is told of",
    async (userZone) => {
      const opened = await site({ siteZone: "America/New_York", userZone });
      const fields = { status: "published", date: "2026-01-31T09:30:00", publishDown: "2026-07-31T09:30:00" };
      const { id } = await put(opened.connector, article("Dated", fields), "dated");
      const dates = {
        created: "2026-01-31 14:30:00",
        publish_up: "2026-01-31 14:30:00",
        publish_down: "2026-07-31 13:30:00",
      };
      expect(stored(opened, id)).toMatchObject(dates);
      const before = writes(opened);
      await rename(opened, id, "Dated again");
      expect(stored(opened, id)).toMatchObject(dates);
      expect(writes(opened)).toBe(before + 1);
      expect(opened.connector.notices?.().join()).toContain("another time zone");
    },
  );

  it("is found out by a change, too, and the change's own harm is mended", async () => {
    const opened = await site({ siteZone: "America/New_York", userZone: "UTC" });
    const { id } = await put(opened.connector, article("Old"), "old");
    Object.assign(stored(opened, id), { created: "2020-05-05 12:00:00", publish_up: "2020-05-05 12:00:00" });
    const fresh = { ...opened, connector: openJoomla(opened.fake) };
    await rename(fresh, id, "Older");
    expect(stored(opened, id)).toMatchObject({
      created: "2020-05-05 12:00:00",
      publish_up: "2020-05-05 12:00:00",
    });
  });
});

describe("the text as it is stored", () => {
  const BODY = "Intro {loadposition top} and {random}\n\n<!--more-->\n\nRest";

  it("is read, whatever content plug-ins make of it", async () => {
    const opened = await site();
    const { id } = await put(opened.connector, article("Text", {}, BODY), "text");
    const entry = await read(opened, id);
    expect(entry.bodyOwner).toBeUndefined();
    expect(entry.wire.body).toContain("{loadposition top} and {random}");
    expect(entry.wire.body).toContain('<hr id="system-readmore">');
    expect(stored(opened, id).fulltext.trim()).toBe("<p>Rest</p>");
  });

  it("has one revision however often plug-ins show it anew", async () => {
    const opened = await site();
    const { id, revision } = await put(opened.connector, article("Text", {}, BODY), "text");
    expect((await read(opened, id)).revision).toBe(revision);
  });

  it("is left alone where versions are off, and other fields are changed", async () => {
    const opened = await site();
    const { id } = await put(opened.connector, article("Text", {}, BODY), "text");
    opened.fake.store.versions.length = 0;
    opened.fake.behaviours.history = false;
    const before = structuredClone(stored(opened, id));
    const renamed = await rename(opened, id, "Renamed");
    expect(renamed.title).toBe("Renamed");
    expect(renamed.bodyOwner).toContain("content history is off");
    expect(stored(opened, id)).toMatchObject({ introtext: before.introtext, fulltext: before.fulltext });
  });

  it("is not overwritten where it cannot be read, and nothing is sent", async () => {
    const opened = await site({ history: false });
    const entry = await put(opened.connector, article("Text", {}, BODY), "text");
    const count = writes(opened);
    const draft = {
      key: "",
      kind: "article",
      locale: "",
      scope: "",
      slug: "text",
      wire: { body: "<p>x</p>" },
    };
    const fault = await faultOf(opened.connector.update(entry.id, draft, at(entry)));
    expect([fault.kind, fault.code, fault.unsent]).toEqual(["unsupported", "body-owner", true]);
    expect(writes(opened)).toBe(count);
  });

  it("of somebody else's article is left alone by a user who is not shown its versions", async () => {
    const opened = await site();
    const { id } = await put(opened.connector, article("Text", {}, BODY), "text");
    opened.fake.behaviours.superUser = false;
    expect((await read(opened, id)).bodyOwner).toContain("may not edit the article");
  });

  it.each(["5.3", "6.1"] as const)(
    "is that of the last save on %s, however fast they follow",
    async (version) => {
      const opened = await site({ version });
      const { id } = await put(opened.connector, article("Text", {}, "First {loadposition a}"), "text");
      expect((await read(opened, id)).wire.body).toBe("<p>First {loadposition a}</p>");
      for (const word of ["Second", "Third", "Fourth"]) {
        opened.fake.save(Number(id), { introtext: `<p>${word} {loadposition a}</p>` });
        expect((await read(opened, id)).wire.body).toBe(`<p>${word} {loadposition a}</p>`);
      }
    },
  );

  it("that may be one of two is not guessed on 6.1", async () => {
    const opened = await site({ version: "6.1" });
    const { id } = await put(opened.connector, article("Text", {}, "First"), "text");
    opened.fake.save(Number(id), { introtext: "<p>Second</p>" });
    opened.fake.save(Number(id), { introtext: "<p>First</p>" });
    const { versions } = opened.fake.store;
    const now = stored(opened, id).modified;
    versions.splice(0, versions.length, ...versions.map((version) => ({ ...version, saved: now })));
    const entry = await read(opened, id);
    expect([entry.bodyOwner === undefined, entry.wire.body]).toEqual([false, "<p>First</p> "]);
  });

  it("that went back to what it was is known by its words", async () => {
    const opened = await site();
    const { id } = await put(opened.connector, article("Text", {}, "First"), "text");
    opened.fake.save(Number(id), { introtext: "<p>Second</p>" });
    opened.fake.save(Number(id), { introtext: "<p>First</p>" });
    expect((await read(opened, id)).wire.body).toBe("<p>First</p>");
  });
});

describe("a save that is refused, and done", () => {
  it.each(["refusesAfterSave", "breaksAfterSave"] as const)("makes one article (%s)", async (habit) => {
    const opened = await site();
    opened.fake.behaviours[habit] = 1;
    const entry = await put(opened.connector, article("Once", {}, "Text"), "once");
    expect([...opened.fake.store.articles.keys()]).toEqual([Number(entry.id)]);
    opened.fake.behaviours[habit] = 1;
    expect((await rename(opened, entry.id, "Twice")).title).toBe("Twice");
  });

  it("under another alias, as 6.1 does, is taken back where somebody has the alias, and holds none that others want", async () => {
    const opened = await site({ version: "6.1" });
    const draft = await draftOf(opened.connector, article("Mine"), "one");
    const intent = await opened.connector.prepare(draft);
    const theirs = await put(openJoomla(opened.fake), article("Theirs"), "one");
    const fault = await faultOf(opened.connector.create(draft, intent));
    expect([fault.kind, fault.code]).toEqual(["conflict", "slug-taken"]);
    expect((await listed(opened)).map(({ id }) => id)).toEqual([theirs.id]);
    expect((await put(opened.connector, article("Next"), "one-2")).slug).toBe("one-2");
  });

  it("twice on its way leaves one article on 6.1", async () => {
    const opened = await site({ version: "6.1" });
    const draft = await draftOf(opened.connector, article("Mine"), "one");
    const intent = await opened.connector.prepare(draft);
    const first = await opened.connector.create(draft, intent);
    expect((await opened.connector.create(draft, intent)).id).toBe(first.id);
    expect((await listed(opened)).map(({ id }) => id)).toEqual([first.id]);
  });

  it("of two machines at one time leaves one article of each", async () => {
    const opened = await site();
    const others = openJoomla(opened.fake);
    const drafts = [
      await draftOf(opened.connector, article("A"), "a"),
      await draftOf(others, article("B"), "b"),
    ];
    const made = await Promise.all(
      [opened.connector, others].map(async (connector, n) => {
        const draft = drafts[n];
        if (draft === undefined) throw new Error("two drafts");
        return connector.create(draft, await connector.prepare(draft));
      }),
    );
    expect(made.map(({ slug }) => slug)).toEqual(["a", "b"]);
    expect(opened.fake.store.articles.size).toBe(2);
  });

  it("that was not done says why", async () => {
    const opened = await site();
    const { id } = await put(opened.connector, article("Open"), "open");
    stored(opened, id).checkedOut = 102;
    const fault = await faultOf(rename(opened, id, "Mine"));
    expect([fault.kind, fault.code]).toEqual(["invalid", "joomla.checked-out"]);
    expect(fault.hint).toContain("Global Check-in");
    expect(stored(opened, id).title).toBe("Open");
  });
});

describe("listings", () => {
  it.each([100, 199, 200, 201])("are whole with %d articles, archived ones among them", async (count) => {
    const opened = await site();
    const { id } = await put(opened.connector, article("Pattern"), "pattern");
    const pattern = stored(opened, id);
    for (let n = 1; n < count; n += 1) {
      const copy = 1000 + n;
      opened.fake.store.articles.set(copy, { ...pattern, id: copy, alias: `copy-${n}`, state: n % 3 });
    }
    const rows = await listed(opened);
    expect(rows).toHaveLength(count);
    expect(new Set(rows.map((row) => row.id)).size).toBe(count);
    expect(new Set(rows.map((row) => row.state))).toEqual(new Set(["draft", "published", "archived"]));
  });

  it("leave the trash out", async () => {
    const opened = await site();
    const entry = await put(opened.connector, article("Gone"), "gone");
    await opened.connector.remove?.(entry.id, "article", at(entry));
    expect(await listed(opened)).toEqual([]);
    expect(stored(opened, entry.id).state).toBe(-2);
  });
});

describe("names that the site does not have", () => {
  it("are not sent, since Joomla would make a category of a number and keep tags that are not there", async () => {
    const opened = await site();
    const draft = await draftOf(opened.connector, article("Lost"), "lost");
    for (const wire of [{ categories: ["News"] }, { tags: ["new"] }]) {
      const wanted = { ...draft, wire: { ...draft.wire, ...wire } };
      const intent = { slug: "lost", category: "2", key: draft.key };
      const fault = await faultOf(opened.connector.create(wanted, intent));
      expect([fault.code, fault.unsent]).toEqual(["not-on-site", true]);
    }
    expect(writes(opened)).toBe(0);
  });

  it("an alias in the trash is told as such", async () => {
    const opened = await site();
    const entry = await put(opened.connector, article("Kept"), "kept");
    await opened.connector.remove?.(entry.id, "article", at(entry));
    const fault = await faultOf(put(opened.connector, article("Kept"), "kept"));
    expect([fault.code, fault.message]).toEqual(["slug-taken", expect.stringContaining("in the trash")]);
  });
});

describe("images", () => {
  it("one that is changed leaves the other, and how both stand in the text", async () => {
    const opened = await site();
    const { id } = await put(opened.connector, article("Images"), "images");
    stored(opened, id).images = {
      image_intro: "images/a.png#joomlaImage://local-images/a.png?width=1&height=1",
      float_intro: "left",
      image_fulltext: "images/b.png",
    };
    const entry = await read(opened, id);
    expect(entry.wire.image).toEqual({ src: `${opened.fake.url}/images/a.png`, alt: "", caption: "" });
    const wire = { image: { src: "https://example.com/c.png", alt: "C", caption: "" } };
    await opened.connector.update(
      id,
      { key: "", kind: "article", locale: "", scope: "", slug: "", wire },
      at(entry),
    );
    expect(stored(opened, id).images).toMatchObject({
      image_intro: "https://example.com/c.png",
      image_intro_alt: "C",
      float_intro: "left",
      image_fulltext: "images/b.png",
    });
  });
});

describe("who may", () => {
  it("a token that is not accepted is told with the ways to a new one", async () => {
    const opened = await site({ tokenEnabled: false });
    const fault = await faultOf(opened.connector.whoami());
    expect([fault.kind, fault.code]).toEqual(["auth", "joomla.token"]);
    expect(fault.hint).toContain("Super User");
  });

  it("who may not edit the articles of others is not said to publish or remove", async () => {
    const opened = await site();
    expect((await opened.connector.whoami()).may).toContain("publish");
    await put(opened.connector, article("There"), "there");
    opened.fake.behaviours.superUser = false;
    const { may, notices } = await openJoomla(opened.fake).whoami();
    expect(may).toEqual(["read", "write", "upload", "terms"]);
    expect(notices.join()).toContain("may not edit the articles of others");
  });

  it("the plug-in for articles being off stops a listing, and takes nothing for gone", async () => {
    const opened = await site();
    const { id } = await put(opened.connector, article("There"), "there");
    opened.fake.behaviours.services.delete("content");
    expect((await faultOf(listed(opened))).code).toBe("joomla.content-plugin");
    expect((await faultOf(read(opened, id))).code).toBe("joomla.content-plugin");
  });

  it("what a plug-in that is off offers is not among what may be done", async () => {
    const opened = await site();
    expect((await opened.connector.whoami()).may).toEqual(expect.arrayContaining(["upload", "terms"]));
    opened.fake.behaviours.services.delete("media");
    expect((await opened.connector.whoami()).may).not.toContain("upload");
    opened.fake.behaviours.services.delete("tags");
    expect((await opened.connector.whoami()).may).not.toContain("terms");
  });

  it("a user who is not told the site's time zone has it from the setting", async () => {
    const opened = await site({ superUser: false });
    expect((await opened.connector.whoami()).notices.join()).toContain("time zone");
    const set = openJoomla(opened.fake, { timezone: "Europe/Vienna" });
    expect((await set.whoami()).timezone).toBe("Europe/Vienna");
  });
});

describe("documents", () => {
  it("of several categories have the first, and that is told", async () => {
    const { connector } = await site();
    const document = article("Many", { categories: ["Uncategorised", "News"] });
    const account = await connector.whoami();
    const [kind] = (await connector.model()).kinds;
    if (kind === undefined) throw new Error("a kind");
    const refs = {
      ...{ timezone: account.timezone, siteUrl: account.siteUrl, media: [], files: [], types: {}, may: [] },
      ...{
        authors: [],
        parents: [],
        kind,
        settings: {},
        terms: (await connector.terms?.list("category")) ?? [],
      },
      links: { toSite: () => undefined, toLocal: () => undefined },
    };
    const { wire, losses } = codec.encode(document, refs as never, undefined);
    expect(wire.categories).toEqual([2]);
    expect(losses.map(({ field }) => field)).toEqual(["categories"]);
    const titled = codec.encode(article("A <b>bold</b> one & < 5"), refs as never, undefined);
    expect([titled.wire.title, titled.losses.length]).toEqual(["A bold one &  5", 1]);
  });
});
