// Out of the trash, and what was said before, where a real WordPress cannot be brought to it on demand: on a fake.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Connector, Entry } from "../../src/connectors/contract.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { openWordPress } from "../fakes/wordpress-client.ts";
import { at, change, faultOf, make } from "../fakes/wordpress-drafts.ts";
import { addPost, addRevision } from "../fakes/wordpress-state.ts";

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

  describe("a restoration", () => {
    const trashed = async (slug: string, wire: JsonObject = {}) => {
      const made = await make(connector, slug, { status: "published", ...wire });
      await connector.remove?.(made.id, "post", at(made));
      return made;
    };
    const restore = async (entry: Entry, wire: JsonObject = {}) => {
      if (connector.restore === undefined) throw new Error("cannot restore");
      return connector.restore(entry.id, change(entry, { ...entry.wire, ...wire }));
    };

    it("sends only what the trash changed", async () => {
      const made = await trashed("plain", { body: "<p>x</p>", sticky: true });
      const before = writes().length;
      expect((await restore(made)).wire).toEqual(made.wire);
      const [sent, ...more] = writes().slice(before);
      expect(JSON.parse(sent?.body ?? "")).toEqual({ slug: "plain", status: "publish", sticky: true });
      expect(more).toEqual([]);
    });

    it("whose answer is lost is settled by reading, never by sending again", async () => {
      const made = await trashed("lost");
      const before = writes().length;
      fake.quirks.dropsAnswerAfterCommit = 1;
      expect((await restore(made)).slug).toBe("lost");
      expect(writes()).toHaveLength(before + 1);
      expect(await faultOf(restore(made))).toMatchObject({ kind: "conflict", code: "not-trashed" });
    });

    it("gives it another slug where that is asked for, though WordPress brings back the old one", async () => {
      const made = await trashed("old");
      addPost(fake.state, { slug: "old", title: "In its place" });
      for (const [slug, status] of [
        ["new", "published"],
        ["newer", "draft"],
      ] as const) {
        const restored = await restore(made, { slug, status });
        expect([restored.slug, restored.state]).toEqual([slug, status]);
        await connector.remove?.(made.id, "post", at(restored));
      }
      expect(live().map((post) => [post.slug, post.title])).toEqual([["old", "In its place"]]);
    });

    it("that somebody else's entry beat to the slug goes back to the trash", async () => {
      const made = await trashed("raced");
      fake.quirks.slugRace = true;
      const fault = await faultOf(restore(made));
      expect(fault).toMatchObject({ kind: "conflict", code: "slug-taken" });
      expect(fault.message).toContain(`entry ${made.id}, which it had restored, is in the trash`);
      expect(live().map((post) => post.title)).toEqual(["somebody else's"]);
      for (const { id } of live()) fake.state.posts.delete(id);
      expect((await restore(made)).wire).toEqual(made.wire);
    });

    it("under a slug that a plug-in chose is accepted", async () => {
      const made = await trashed("mine");
      fake.quirks.slugPrefix = "blog-";
      expect((await restore(made)).slug).toBe("blog-mine");
    });

    it("that is refused after the entry left the trash puts it back", async () => {
      const made = await trashed("meta", { "meta.rating": 1 });
      fake.quirks.metaRefusedAfterPublish = true;
      const fault = await faultOf(restore(made, { "meta.rating": 2 }));
      expect(fault).toMatchObject({ kind: "forbidden", code: "wordpress.cannot-update-meta" });
      expect(fault.message).toContain("is in the trash");
      expect(fake.state.posts.get(Number(made.id))?.status).toBe("trash");
    });

    it("gives back what the site made of it", async () => {
      const made = await trashed("terms");
      expect((await restore(made, { categories: [4711] })).wire.categories).not.toContain(4711);
    });

    it("leaves the body of a page builder as it is, and refuses another", async () => {
      const made = await trashed("built", { body: "plain" });
      fake.quirks.elementor = [Number(made.id)];
      const before = writes().length;
      expect(await faultOf(restore(made, { body: "x" }))).toMatchObject({ code: "body-owner" });
      expect(writes()).toHaveLength(before);
      expect((await restore(made)).wire.body).toBe("plain");
    });

    it("of what was deleted for good meanwhile is not found", async () => {
      const made = await trashed("deleted");
      fake.state.posts.delete(Number(made.id));
      expect(await faultOf(restore(made))).toMatchObject({ kind: "not-found", code: "gone" });
    });
  });

  describe("revisions", () => {
    const told = async (id: number, by = connector) =>
      by.revisions?.({ id: String(id), kind: "post", locale: "" });

    it("come over all pages, newest first, without what was typed and not saved", async () => {
      const post = addPost(fake.state, {});
      for (let n = 0; n < 120; n += 1) {
        Object.assign(post, { title: `T ${n}`, content: `${n}\r\nx`, modified: "2026-01-01T00:00:00" });
        addRevision(fake.state, post, 2);
      }
      addRevision(fake.state, post, 1, { title: "typed", content: "typed", excerpt: "" });
      const all = await told(post.id);
      expect(all?.map(({ wire }) => wire.title)).toEqual(
        Array.from({ length: 120 }, (_, n) => `T ${119 - n}`),
      );
      expect(all?.[0]).toMatchObject({
        at: Date.parse("2026-01-01T00:00:00Z"),
        author: "Author",
        wire: { title: "T 119", body: "119\nx", excerpt: "" },
      });
    });

    it("are those that came, when the site drops old ones while they are read", async () => {
      const post = addPost(fake.state, {});
      for (let n = 0; n < 60; n += 1) addRevision(fake.state, post, 1);
      fake.quirks.rewrites = (path, body) => {
        if (path.endsWith("/revisions")) post.texts.splice(0, 30);
        return body;
      };
      expect(await told(post.id)).toHaveLength(50);
    });

    it("name authors by id where the list of users is closed, and nobody where WordPress did it itself", async () => {
      fake.quirks.usersClosed = true;
      const post = addPost(fake.state, {});
      for (const author of [0, 1, 2]) addRevision(fake.state, post, author);
      expect((await told(post.id))?.map(({ author }) => author)).toEqual(["2", "Admin", ""]);
    });

    it("are none where the site keeps none, the role may not see them, or the entry is gone", async () => {
      const post = addPost(fake.state, { author: 1 });
      addRevision(fake.state, post, 1);
      const author = openWordPress(fake.api, "auth", fake.users.auth).connector;
      expect(await told(post.id, author)).toEqual([]);
      expect(await told(4711)).toEqual([]);
      expect(await connector.revisions?.({ id: "../1", kind: "post", locale: "" })).toEqual([]);
      expect(await told(post.id)).toHaveLength(1);
      fake.quirks.revisionsOff = true;
      expect(await told(post.id)).toEqual([]);
    });

    it("are not none when the site is in trouble, or does not know us any more", async () => {
      const post = addPost(fake.state, {});
      addRevision(fake.state, post, 1);
      await connector.model();
      fake.quirks.htmlInstead = true;
      expect((await faultOf(told(post.id))).kind).toBe("unavailable");
      fake.quirks.htmlInstead = false;
      fake.quirks.stripsAuthorization = true;
      expect((await faultOf(told(post.id))).kind).toBe("auth");
    });
  });
});
