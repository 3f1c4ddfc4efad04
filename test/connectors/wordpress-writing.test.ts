// The traps of writing, on a real WordPress.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Connector } from "../../src/connectors/contract.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { at, change, draftOf, faultOf, make, rowsOf } from "../fakes/wordpress-drafts.ts";
import { type RealSite, startRealSite } from "../fakes/wordpress-real.ts";
import { withoutWordPress } from "../wordpress.ts";

describe.skipIf(withoutWordPress)("writing to a real WordPress", () => {
  let site: RealSite;
  let connector: Connector;

  beforeAll(async () => {
    site = await startRealSite();
    connector = site.connector;
  });
  afterAll(async () => {
    await site?.stop();
  });

  describe("creating", () => {
    it("keeps every field, and is the same when read", async () => {
      const tag = await connector.terms?.create("post_tag", "Harbour", undefined);
      const wire: JsonObject = {
        title: "A title & more",
        status: "published",
        date: "2024-02-29T12:00:00",
        excerpt: "Short.",
        body: "<!-- wp:paragraph -->\n<p>Hi \\ there</p>\n<!-- /wp:paragraph -->",
        sticky: true,
        commentStatus: "closed",
        format: "aside",
        "meta.rating": 4,
        author: 2,
        tags: [Number(tag?.id)],
        categories: [1],
        image: null,
      };
      const made = await make(connector, "every-field", wire);
      expect(made.wire).toMatchObject({ ...wire, "meta.locked": "", slug: "every-field" });
      expect(await site.read(made.id)).toEqual(made);
    });

    it("dates a live entry without a date by the server's clock, never ahead of it", async () => {
      const made = await make(connector, "undated", { status: "published" });
      expect(made.state).toBe("published");
      expect(Math.abs(Date.parse(`${made.wire.date}Z`) - Date.now())).toBeLessThan(20_000);
    });

    it("leaves the date of a draft open: published later, it has the date of that moment", async () => {
      const made = await make(connector, "floating", { status: "draft" });
      expect(made.wire.date).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 1100));
      const live = await connector.update(made.id, change(made, { status: "published" }), at(made));
      expect(Date.parse(`${live.wire.date}Z`)).toBeGreaterThan(made.modified ?? 0);
    });

    it("keeps the date of a draft that has one, through publishing", async () => {
      const made = await make(connector, "dated-draft", { status: "draft", date: "2025-03-04T05:06:07" });
      expect(made.wire.date).toBe("2025-03-04T05:06:07");
      const live = await connector.update(made.id, change(made, { status: "published" }), at(made));
      expect(live.wire.date).toBe("2025-03-04T05:06:07");
    });

    it("refuses a slug that is taken or reserved before anything is written", async () => {
      await make(connector, "taken", { status: "draft" });
      const before = site.sent.length;
      expect(await faultOf(connector.prepare(draftOf("taken", {})))).toMatchObject({
        kind: "conflict",
        code: "slug-taken",
      });
      for (const slug of ["feed", "embed", "12345", "!!!"]) {
        expect(await faultOf(connector.prepare(draftOf(slug, {})))).toMatchObject({ code: "slug-reserved" });
      }
      expect(site.sent.slice(before).some((call) => call.write)).toBe(false);
    });

    it("sees that another's hidden draft holds the slug", async () => {
      await make(connector, "hidden-draft", { status: "draft" });
      expect(await faultOf(site.as("auth").prepare(draftOf("hidden-draft", {})))).toMatchObject({
        code: "slug-taken",
      });
    });

    it("takes back what lost a race for its slug, uploads included", async () => {
      const raced = [
        [
          "post",
          "raced",
          "wp_insert_post(['post_title' => 'x', 'post_name' => 'raced', 'post_status' => 'publish']);",
        ],
        ["page", "raced-page", "wp_insert_attachment(['post_title' => 'x', 'post_name' => 'raced-page']);"],
      ] as const;
      for (const [kind, slug, code] of raced) {
        const draft = draftOf(slug, { status: "published" }, kind);
        const intent = await connector.prepare(draft);
        await site.php(code);
        const fault = await faultOf(connector.create(draft, intent));
        expect(fault).toMatchObject({ kind: "conflict", code: "slug-taken" });
        expect(fault.message).toContain("is in the trash");
        expect(
          await site.php(`echo get_page_by_path('${slug}-2__trashed', OBJECT, '${kind}')->post_status;`),
        ).toBe("trash");
      }
    });

    it("finds what a create made, also among drafts, and nothing before", async () => {
      for (const wire of [
        { status: "published" },
        { status: "draft" },
        { status: "draft", date: "2025-01-01T00:00:00" },
      ]) {
        const draft = draftOf(`findable-${JSON.stringify(wire).length}`, wire);
        const intent = await connector.prepare(draft);
        expect(await connector.find(draft, intent)).toBeUndefined();
        const made = await connector.create(draft, intent);
        expect((await connector.find(draft, intent))?.id).toBe(made.id);
      }
    });

    it("knows beforehand what slug the site will make of a text", async () => {
      const texts = [
        "Hello World.Foo",
        "foo_bar",
        "straße-æ-ł",
        "a--b-",
        "x/y",
        "50%-off",
        "C++ & C#",
        "İstanbul",
      ];
      const more = [
        "ελληνικά",
        "it’s—ok",
        "日本語の段落",
        "Crème Brûlée",
        "Ünïcödé",
        "и\u0306од",
        "🥐 roll",
        "a".repeat(250),
        "あ".repeat(60),
      ];
      for (const text of [...texts, ...more]) {
        const draft = draftOf(text, { status: "draft" });
        const intent = (await connector.prepare(draft)) as { slug: string };
        expect((await connector.create(draft, intent)).slug).toBe(intent.slug);
      }
    });

    it("leaves nothing behind when a custom field is refused after the entry was stored", async () => {
      const wrong = await faultOf(
        make(connector, "meta-wrong", { status: "published", "meta.rating": "high" }),
      );
      expect(wrong).toMatchObject({ kind: "invalid", code: "wordpress.invalid-value" });
      expect(wrong.message).toContain("is in the trash");
      const refused = await faultOf(
        make(connector, "meta-refused", { status: "published", "meta.locked": "x" }),
      );
      expect(refused).toMatchObject({ kind: "forbidden", code: "wordpress.cannot-update-meta" });
      const slugs = (await rowsOf(connector)).map((row) => row.slug);
      expect(slugs.filter((slug) => slug.startsWith("meta-"))).toEqual([]);
    });

    it("gives back what the site made of it", async () => {
      const made = await make(connector, "dropped", { status: "published", categories: [9999], image: 8888 });
      expect(made.wire).toMatchObject({ categories: [], image: null });
      const body =
        "<!-- wp:paragraph -->\n<p>Fish & chips &lt;script&gt; <iframe>x</iframe></p>\n<!-- /wp:paragraph -->";
      const filtered = await make(site.as("auth"), "fish", {
        status: "published",
        title: "Fish & chips",
        body,
      });
      expect(filtered.wire.body).toContain("<p>Fish &amp; chips &lt;script&gt; x</p>");
      const exact = await make(connector, "byte-exact", {
        status: "published",
        body: '<script>a && b</script>\n[x y="\\1"]',
      });
      expect(exact.wire.body).toBe('<script>a && b</script>\n[x y="\\1"]');
    });

    it("explains what a role may not do", async () => {
      const live = await faultOf(make(site.as("contrib"), "not-live", { status: "published" }));
      expect(live).toMatchObject({ kind: "forbidden", code: "wordpress.cannot-publish" });
      expect(live.hint).toContain("publish_posts");
      expect(
        await faultOf(make(site.as("auth"), "for-others", { status: "draft", author: 1 })),
      ).toMatchObject({
        kind: "forbidden",
        code: "wordpress.cannot-edit-others",
      });
    });

    it("names the field that the site refused", async () => {
      const fault = await faultOf(
        make(connector, "no-template", { status: "draft", commentStatus: "perhaps" }),
      );
      expect(fault).toMatchObject({ kind: "invalid", code: "wordpress.invalid-value" });
      expect(fault.message).toContain("commentStatus");
    });
  });

  describe("updating", () => {
    it("sets just the given parts and changes nothing when somebody was faster", async () => {
      const made = await make(connector, "updated", { status: "published", body: "one", excerpt: "e" });
      const updated = await connector.update(made.id, change(made, { title: "New" }), at(made));
      expect(updated.wire).toEqual({ ...made.wire, title: "New" });
      const stale = await faultOf(connector.update(made.id, change(made, { title: "Stale" }), at(made)));
      expect(stale).toMatchObject({ kind: "conflict", code: "moved" });
      expect(stale.message).toContain("title");
      expect((await site.read(made.id)).title).toBe("New");
    });

    it("never overwrites another entry by an id in the wire", async () => {
      const [a, b] = [
        await make(connector, "id-a", { status: "draft" }),
        await make(connector, "id-b", { status: "draft" }),
      ];
      await faultOf(connector.update(a.id, change(a, { id: Number(b.id), title: "X" }), at(a)));
      expect((await site.read(b.id)).title).toBe("id-b");
      expect((await site.read(a.id)).title).toBe("id-a");
    });

    it("refuses an entry in the trash and a taken slug, and tells of a dropped category", async () => {
      const made = await make(connector, "renamed", { status: "published" });
      const taken = await faultOf(connector.update(made.id, change(made, { slug: "hello-world" }), at(made)));
      expect(taken).toMatchObject({ kind: "conflict", code: "slug-taken" });
      const dropped = await connector.update(made.id, change(made, { categories: [1, 9999] }), at(made));
      expect(dropped.wire.categories).toEqual([1]);
      const now = await site.read(made.id);
      await connector.remove?.(made.id, "post", at(now));
      const gone = await faultOf(connector.update(made.id, change(made, { title: "x" }), at(now)));
      expect(gone).toMatchObject({ kind: "conflict", code: "gone" });
    });

    it("clears what is null", async () => {
      const made = await make(connector, "cleared", { status: "published", excerpt: "x", sticky: true });
      const cleared = await connector.update(
        made.id,
        change(made, { categories: null, excerpt: null, sticky: null }),
        at(made),
      );
      expect(cleared.wire).toMatchObject({ categories: [], excerpt: "", sticky: false });
    });
  });
});
