// The trash and the revisions of a real WordPress.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Connector, Entry, Revision } from "../../src/connectors/contract.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { at, change, faultOf, make } from "../fakes/wordpress-drafts.ts";
import { type RealSite, startRealSite } from "../fakes/wordpress-real.ts";
import { withoutWordPress } from "../wordpress.ts";

describe.skipIf(withoutWordPress)("the trash and the revisions of a real WordPress", () => {
  let site: RealSite;
  let connector: Connector;

  beforeAll(async () => {
    site = await startRealSite();
    connector = site.connector;
  });
  afterAll(async () => {
    await site?.stop();
  });

  const remove = (entry: Entry) => connector.remove?.(entry.id, entry.kind, at(entry));
  const restore = async (entry: Entry, wire: JsonObject = {}, by = connector): Promise<Entry> => {
    if (by.restore === undefined) throw new Error("cannot restore");
    return by.restore(entry.id, change(entry, { ...entry.wire, ...wire }));
  };
  const revisions = async (entry: Entry, by = connector): Promise<readonly Revision[]> => {
    if (by.revisions === undefined) throw new Error("tells no revisions");
    return by.revisions(entry);
  };

  describe("restoring", () => {
    it("brings back every field, whatever the state was", async () => {
      const full: JsonObject = { sticky: true, commentStatus: "closed", excerpt: "e", "meta.rating": 3 };
      const all: readonly JsonObject[] = [
        { ...full, status: "published", date: "2024-02-29T12:00:00", body: "one\n\ntwo & <b>three</b>" },
        { status: "scheduled", date: "2099-05-01T10:00:00" },
        { status: "private" },
        { status: "pending", date: "2025-03-04T05:06:07" },
        { status: "draft" },
      ];
      for (const [index, wire] of all.entries()) {
        const made = await make(connector, `back-${index}`, wire);
        await remove(made);
        expect((await restore(made)).wire).toEqual(made.wire);
        expect((await site.read(made.id)).wire).toEqual(made.wire);
      }
    });

    it("leaves a draft's date open over the trash", async () => {
      const made = await make(connector, "still-floating", { status: "draft" });
      await remove(made);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      expect((await restore(made)).wire.date).toBeNull();
    });

    it("gives it the slug that is asked for, though WordPress remembers another", async () => {
      const made = await make(connector, "remembered", { status: "published" });
      await remove(made);
      const other = await make(connector, "remembered", { status: "published" });
      for (const status of ["published", "draft"]) {
        const restored = await restore(made, { slug: `asked-${status}`, status });
        expect(restored.slug).toBe(`asked-${status}`);
        await remove(restored);
      }
      expect(await faultOf(restore(made))).toMatchObject({ code: "slug-taken" });
      expect((await site.read(other.id)).slug).toBe("remembered");
    });

    it("puts a page back that cannot have its slug because of an upload", async () => {
      const made = await make(connector, "upload-first", { status: "published" }, "page");
      await remove(made);
      await site.php("wp_insert_attachment(['post_title' => 'x', 'post_name' => 'upload-first']);");
      const fault = await faultOf(restore(made));
      expect(fault).toMatchObject({ kind: "conflict", code: "slug-taken" });
      expect(await site.php(`echo get_post_status(${made.id});`)).toBe("trash");
    });

    it("names the parent when the page above is gone, and leaves the page in the trash", async () => {
      const above = await make(connector, "above", { status: "published" }, "page");
      const below = await make(connector, "below", { status: "published", parent: Number(above.id) }, "page");
      await remove(below);
      await site.php(`wp_delete_post(${above.id}, true);`);
      expect(await faultOf(restore(below))).toMatchObject({
        kind: "invalid",
        code: "wordpress.no-such-parent",
        message: expect.stringContaining("parent"),
      });
      expect(await site.php(`echo get_post_status(${below.id});`)).toBe("trash");
      expect((await restore(below, { parent: 0 })).scope).toBe("");
    });

    it("is refused to a role that may not, and changes nothing", async () => {
      const made = await make(connector, "not-theirs", { status: "published" });
      await remove(made);
      expect((await faultOf(restore(made, {}, site.as("auth")))).kind).toBe("forbidden");
      expect(await site.php(`echo get_post_status(${made.id});`)).toBe("trash");
    });

    it("leaves comments hidden, which WordPress's own trash and restore bring back as they were", async () => {
      const made = await make(connector, "discussed", { status: "published" });
      await site.php(
        `foreach (['1', '0', 'spam'] as $s) wp_insert_comment(['comment_post_ID' => ${made.id}, 'comment_content' => 'c', 'comment_approved' => $s]);`,
      );
      const states = () =>
        site.php(`global $wpdb; echo join(',', $wpdb->get_col(
          'SELECT comment_approved FROM ' . $wpdb->comments . ' WHERE comment_post_ID = ${made.id} ORDER BY comment_ID'));`);
      await remove(await site.read(made.id));
      await restore(made);
      expect(await states()).toBe("post-trashed,post-trashed,post-trashed");
      await site.php(`wp_trash_post(${made.id}); wp_untrash_post(${made.id});`);
      expect(await states()).toBe("1,0,spam");
    });
  });

  describe("revisions", () => {
    const edit = (entry: Entry, user: number, fields: string) =>
      site.php(`wp_set_current_user(${user}); wp_update_post(['ID' => ${entry.id}, ${fields}]);`);

    it("tell who said what when, and leave out what was typed and not saved", async () => {
      const made = await make(connector, "history", { status: "published", body: "one", excerpt: "e" });
      const updated = await connector.update(made.id, change(made, { body: "two\nlines" }), at(made));
      await edit(made, 2, "'post_content' => \"three\\r\\nlines\"");
      await site.php(`wp_set_current_user(2); require_once ABSPATH . 'wp-admin/includes/post.php';
        wp_create_post_autosave(['post_ID' => ${made.id}, 'post_title' => 'typed', 'post_content' => 'typed', 'post_excerpt' => '']);`);
      const all = await revisions(made);
      expect(all.map(({ wire }) => wire)).toEqual([
        { title: "history", body: "three\nlines", excerpt: "e" },
        { title: "history", body: "two\nlines", excerpt: "e" },
      ]);
      const [theirs, ours] = all;
      const { name } = await connector.whoami();
      const author = (await connector.authors?.())?.find(({ id }) => id === "2");
      expect([theirs?.author, ours?.author]).toEqual([author?.name, name]);
      expect(ours?.at).toBe(updated.modified);
    });

    it("are told of an entry in the trash, which the trash makes one of", async () => {
      const made = await make(connector, "trashed-history", { status: "published", body: "only" });
      expect(await revisions(made)).toEqual([]);
      await remove(made);
      expect((await revisions(made)).map(({ wire }) => wire.body)).toEqual(["only"]);
    });

    it("are as many as the site is set to keep, and none where it keeps none", async () => {
      const made = await make(connector, "forgetful", { status: "published" });
      await site.php("update_option('revisions_kept', 2);");
      for (const title of ["a", "b", "c"]) await edit(made, 1, `'post_title' => '${title}'`);
      expect((await revisions(made)).map(({ wire }) => wire.title)).toEqual(["c", "b"]);
      await site.php("update_option('revisions_kept', 0);");
      expect(await revisions(made)).toEqual([]);
      await site.php("delete_option('revisions_kept');");
    });

    it("are none of kinds without them, and for roles that may not see them", async () => {
      const recipe = await make(connector, "soup", { status: "published" }, "recipe");
      await edit(recipe, 1, "'post_title' => 'Broth'");
      expect(await revisions(recipe)).toEqual([]);
      const post = await make(connector, "secret-history", { status: "published" });
      await edit(post, 1, "'post_title' => 'Edited'");
      expect(await revisions(post)).toHaveLength(1);
      expect(await revisions(post, site.as("ed"))).toHaveLength(1);
      expect(await revisions(post, site.as("auth"))).toEqual([]);
    });
  });
});
