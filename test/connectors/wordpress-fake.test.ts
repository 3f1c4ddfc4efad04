// What a real WordPress cannot be made to do on demand, on a fake.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Connector } from "../../src/connectors/contract.ts";
import { sha256Hex } from "../../src/lib/hash.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { openWordPress } from "../fakes/wordpress-client.ts";
import { at, change, draftOf, faultOf, make, rowsOf } from "../fakes/wordpress-drafts.ts";
import { addPost } from "../fakes/wordpress-state.ts";

describe("WordPress in trouble (fake)", () => {
  let fake: FakeWordPress;
  let connector: Connector;

  beforeEach(async () => {
    fake = await startFakeWordPress();
    connector = openWordPress(fake.api, "admin", fake.users.admin, 200).connector;
  });
  afterEach(async () => {
    await fake.stop();
  });

  const live = () => [...fake.state.posts.values()].filter((post) => post.status !== "trash");
  const writes = () => fake.requests.filter((request) => request.write);
  const fill = (count: number) => {
    for (let n = 0; n < count; n += 1) addPost(fake.state, { slug: `p-${n}`, title: `P ${n}` });
  };

  describe("proof of who asks", () => {
    it("takes a stripped Authorization header for what it is", async () => {
      fake.quirks.stripsAuthorization = true;
      expect(await faultOf(connector.whoami())).toMatchObject({
        kind: "auth",
        code: "wordpress.not-logged-in",
      });
      expect((await faultOf(connector.whoami())).hint).toContain("Authorization");
      expect((await faultOf(rowsOf(connector))).kind).toBe("auth");
    });

    it("refuses a write that was answered as to a visitor", async () => {
      const draft = draftOf("a", {});
      const intent = await connector.prepare(draft);
      fake.quirks.stripsAuthorization = true;
      expect(await faultOf(connector.create(draft, intent))).toMatchObject({
        kind: "auth",
        code: "wordpress.anonymous",
      });
    });

    it("refuses a listing when the credentials stop counting on the way", async () => {
      fill(250);
      await connector.model();
      for (const after of [1, 2, 3]) {
        fake.state.authenticated = 0;
        fake.quirks.anonymousAfter = after;
        expect((await faultOf(rowsOf(connector))).kind).toBe("auth");
      }
      fake.quirks.anonymousAfter = 1000;
      expect(await rowsOf(connector)).toHaveLength(250);
    });

    it("refuses a listing during which the site took us for somebody else", async () => {
      fill(3);
      await connector.whoami();
      await connector.model();
      fake.quirks.otherUserAfter = fake.state.authenticated + 2;
      expect(await faultOf(rowsOf(connector))).toMatchObject({
        kind: "auth",
        code: "wordpress.identity-changed",
      });
    });

    it("refuses entries as visitors see them", async () => {
      fill(3);
      fake.quirks.ignoresContext = true;
      expect(await faultOf(rowsOf(connector))).toMatchObject({ kind: "auth", code: "wordpress.anonymous" });
    });

    it("refuses HTML and cached answers", async () => {
      fake.quirks.htmlInstead = true;
      expect((await faultOf(connector.whoami())).kind).toBe("unavailable");
      fake.quirks.htmlInstead = false;
      fake.quirks.cached = true;
      expect(await faultOf(rowsOf(connector))).toMatchObject({ kind: "protocol", code: "cached-answer" });
    });
  });

  describe("listings", () => {
    it("are whole when entries are added or trashed between the pages", async () => {
      fill(250);
      let turn = 0;
      fake.quirks.betweenPages = (state) => {
        turn += 1;
        if (turn === 1) addPost(state, { slug: "late" });
        if (turn === 4) for (const id of [12, 13]) state.posts.delete(id);
      };
      const rows = await rowsOf(connector);
      expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
      expect(rows.map((row) => Number(row.id))).toEqual(live().map((post) => post.id));
      expect(rows).toHaveLength(249);
    });

    it("notice one entry gone and one come, which leaves the total as it was", async () => {
      fill(250);
      let done = false;
      fake.quirks.betweenPages = (state) => {
        if (done) return;
        done = true;
        state.posts.delete(15);
        addPost(state, { slug: "in-its-place" });
      };
      const rows = await rowsOf(connector);
      expect(rows.map((row) => Number(row.id))).toEqual(live().map((post) => post.id));
    });

    it("are refused when they do not fit their total", async () => {
      fill(150);
      for (const quirk of [{ pageMissing: true }, { totalLies: 2 }, { totalLies: -2 }]) {
        Object.assign(fake.quirks, { pageMissing: false, totalLies: 0 }, quirk);
        expect(await faultOf(rowsOf(connector))).toMatchObject({
          kind: "protocol",
          code: "wordpress.listing-unstable",
        });
      }
      Object.assign(fake.quirks, { totalLies: 0, totalMissing: true });
      expect(await faultOf(rowsOf(connector))).toMatchObject({ code: "wordpress.no-total" });
    });

    it("tell changes where revisions are off", async () => {
      fake.quirks.revisionsOff = true;
      const post = addPost(fake.state, { title: "a", modified: "2020-01-01T00:00:00" });
      const [before] = await rowsOf(connector);
      post.modified = "2020-01-01T00:00:01";
      const [after] = await rowsOf(connector);
      expect(after?.revision).not.toBe(before?.revision);
    });

    it("tell what changed in the second of our own write by the count of revisions", async () => {
      const post = addPost(fake.state, { title: "a" });
      const [before] = await rowsOf(connector);
      post.revisions += 1;
      const [after] = await rowsOf(connector);
      expect(after?.revision).not.toBe(before?.revision);
    });

    it("do not take the date of a scheduled entry for its last change", async () => {
      const date = "2099-01-01T00:00:00";
      addPost(fake.state, { status: "future", date, modified: date });
      expect((await rowsOf(connector))[0]).toMatchObject({ state: "scheduled", modified: 0 });
    });
  });

  describe("a create", () => {
    it("whose answer is lost happened once, and is found", async () => {
      for (const lose of [{ dropsAnswerAfterCommit: 1 }, { badGatewayAfterCommit: 1 }]) {
        Object.assign(fake.quirks, lose);
        const draft = draftOf(`lost-${Object.keys(lose)}`.toLowerCase(), { status: "published" });
        const intent = await connector.prepare(draft);
        expect((await faultOf(connector.create(draft, intent))).kind).toBe("ambiguous");
        const found = await connector.find(draft, intent);
        expect(live().filter((post) => post.slug === draft.slug)).toHaveLength(1);
        expect(found?.slug).toBe(draft.slug);
      }
    });

    it("during which PHP died may have happened", async () => {
      fake.quirks.fatalErrorAfterCommit = true;
      const draft = draftOf("fatal", { status: "draft" });
      const intent = await connector.prepare(draft);
      expect(await faultOf(connector.create(draft, intent))).toMatchObject({
        kind: "ambiguous",
        code: "wordpress.failed-writing",
      });
      expect((await connector.find(draft, intent))?.title).toBe("fatal");
    });

    it("that landed before is not made a second time", async () => {
      const draft = draftOf("once", { status: "published" });
      const intent = await connector.prepare(draft);
      const first = await connector.create(draft, intent);
      const second = await connector.create(draft, intent);
      expect(second.id).toBe(first.id);
      expect(live()).toHaveLength(1);
    });

    it("that somebody else's entry beat to the slug is taken back", async () => {
      fake.quirks.slugRace = true;
      const fault = await faultOf(make(connector, "raced", { status: "published" }));
      expect(fault).toMatchObject({ kind: "conflict", code: "slug-taken" });
      expect(live().map((post) => post.title)).toEqual(["somebody else's"]);
    });

    it("is not taken for ours when somebody else made an entry of that slug", async () => {
      const draft = draftOf("theirs", { status: "draft" });
      const intent = await connector.prepare(draft);
      addPost(fake.state, { slug: "theirs", title: "Another", date: "2030-01-01T00:00:00" });
      expect(await connector.find(draft, intent)).toBeUndefined();
    });

    it("under a slug that a plug-in chose is accepted, and found by date and title", async () => {
      fake.quirks.slugPrefix = "blog-";
      const draft = draftOf("mine", { status: "published" });
      const intent = await connector.prepare(draft);
      const made = await connector.create(draft, intent);
      expect(made.slug).toBe("blog-mine");
      expect((await connector.find(draft, intent))?.id).toBe(made.id);
    });

    it("that is on the site twice is reported with both ids", async () => {
      const draft = draftOf("twice", { status: "published", date: "2024-01-01T00:00:00" });
      const intent = await connector.prepare(draft);
      const ids = [1, 2].map(() => addPost(fake.state, { slug: "twice", date: "2024-01-01T00:00:00" }).id);
      const fault = await faultOf(connector.find(draft, intent));
      expect(fault).toMatchObject({ kind: "conflict", code: "duplicate" });
      for (const id of ids) expect(fault.message).toContain(String(id));
    });

    it("that was made once more has a twin, unless whoever was second withdraws it", async () => {
      const made = await make(connector, "two", { status: "published" });
      const [first] = live();
      const second = addPost(fake.state, { ...first, id: fake.state.nextId, slug: "two-2" });
      expect(await connector.twins?.([made])).toEqual(new Map([[made.id, [String(second.id)]]]));
      let looks = 0;
      fake.quirks.rewrites = (path, body) => {
        if (path === "/wp/v2/posts") looks += 1;
        if (looks === 2) second.status = "trash";
        return body;
      };
      expect(await connector.twins?.([made])).toEqual(new Map());
      expect(looks).toBe(3);
    });

    it("whose custom fields are refused says so when the site has no trash", async () => {
      Object.assign(fake.quirks, { metaRefusedAfterPublish: true, trashOff: true });
      const fault = await faultOf(make(connector, "left", { status: "published", "meta.rating": 1 }));
      expect(fault).toMatchObject({ kind: "forbidden", code: "wordpress.cannot-update-meta" });
      expect(fault.message).toContain(`entry ${live()[0]?.id}, which it had made, is still on the site`);
    });
  });

  describe("an update", () => {
    it("whose answer is lost is settled by reading, never by sending again", async () => {
      const made = await make(connector, "u", { status: "published" });
      const before = writes().length;
      fake.quirks.dropsAnswerAfterCommit = 1;
      const updated = await connector.update(made.id, change(made, { title: "New" }), at(made));
      expect(updated.title).toBe("New");
      expect(writes()).toHaveLength(before + 1);
    });

    it("never sends an id or a password", async () => {
      const made = await make(connector, "u", { status: "published" });
      await connector.update(made.id, change(made, { title: "x", protected: true }), at(made));
      for (const request of writes()) expect(Object.keys(JSON.parse(request.body))).not.toContain("id");
      for (const request of writes()) expect(request.body).not.toMatch(/password|protected/);
    });

    it("of a body that Elementor keeps elsewhere is refused", async () => {
      const post = addPost(fake.state, { content: "plain text" });
      fake.quirks.elementor = [post.id];
      const [result] = await connector.read([{ id: String(post.id), kind: "post", locale: "" }]);
      if (result?.entry === undefined) throw new Error("not read");
      expect(result.entry.bodyOwner).toBe("Elementor");
      const sent = connector.update(result.id, change(result.entry, { body: "x" }), at(result.entry));
      expect(await faultOf(sent)).toMatchObject({ kind: "unsupported", code: "body-owner" });
      expect(writes()).toHaveLength(0);
    });

    it("gives back what the site made of it", async () => {
      const made = await make(connector, "k", { status: "published" });
      fake.quirks.kses = true;
      const wire = { body: "<p>a <iframe>b</iframe></p>" };
      const filtered = await connector.update(made.id, change(made, wire), at(made));
      expect(filtered.wire.body).toBe("<p>a b</p>");
      expect(filtered).toEqual((await connector.read([made]))[0]?.entry);
    });
  });

  describe("a removal", () => {
    it("is fine twice, and refused without a trash", async () => {
      const made = await make(connector, "r", { status: "published" });
      fake.quirks.trashOff = true;
      expect(await faultOf(connector.remove?.(made.id, "post", at(made)) ?? Promise.resolve())).toMatchObject(
        {
          kind: "unsupported",
          code: "wordpress.no-trash",
        },
      );
      fake.quirks.trashOff = false;
      fake.quirks.dropsAnswerAfterCommit = 1;
      await connector.remove?.(made.id, "post", at(made));
      await connector.remove?.(made.id, "post", at(made));
      await connector.remove?.("4711", "post", at(made));
      expect(fake.state.posts.get(Number(made.id))?.status).toBe("trash");
      expect(writes().every((request) => !request.url.includes("force"))).toBe(true);
    });
  });

  describe("terms and media", () => {
    it("adopt a term that appeared at the same moment", async () => {
      fake.quirks.termRace = true;
      const term = await connector.terms?.create("post_tag", "Fast & first", undefined);
      expect(term?.name).toBe("Fast & first");
      expect(fake.state.terms.filter((known) => known.taxonomy === "tags")).toHaveLength(1);
    });

    it("make a term once when the answer is lost", async () => {
      fake.quirks.dropsAnswerAfterCommit = 1;
      const term = await connector.terms?.create("category", "News", undefined);
      expect(
        fake.state.terms.filter((known) => known.name === "News").map((known) => String(known.id)),
      ).toEqual([term?.id]);
    });

    it("upload a file once when the answer is lost, with its checksum", async () => {
      const bytes = new Uint8Array([0x89, 0x50, 1, 2, 3]);
      const file = { ref: "a.png", path: "x/ä b.png", digest: sha256Hex(bytes), type: "image/png", size: 5 };
      fake.quirks.dropsAnswerAfterCommit = 1;
      const media = await connector.media?.upload(file, bytes);
      expect(fake.state.media).toHaveLength(1);
      expect(media).toMatchObject({ digest: file.digest });
      const [upload] = writes();
      expect(upload?.headers["content-md5"]).toMatch(/^[0-9a-f]{32}$/);
      expect(upload?.headers["content-disposition"]).toBe(
        `attachment; filename="a-b-${file.digest.slice(0, 12)}.png"`,
      );
    });

    it("say which file is too large for the web server", async () => {
      fake.quirks.bodyLimit = 1000;
      const bytes = new Uint8Array(2000);
      const file = { ref: "a.png", path: "a.png", digest: sha256Hex(bytes), type: "image/png", size: 2000 };
      const fault = await faultOf(connector.media?.upload(file, bytes) ?? Promise.resolve());
      expect(fault.kind).toBe("invalid");
      expect(fault.message).toMatch(/a\.png|2000|0\.0/);
    });
  });
});
