// Who we are on a real WordPress, and what it shows us.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Connector } from "../../src/connectors/contract.ts";
import { openWordPress } from "../fakes/wordpress-client.ts";
import { at, change, faultOf, make, rowsOf } from "../fakes/wordpress-drafts.ts";
import { type RealSite, startRealSite } from "../fakes/wordpress-real.ts";
import { withoutWordPress } from "../wordpress.ts";

describe.skipIf(withoutWordPress)("reading a real WordPress", () => {
  let site: RealSite;
  let connector: Connector;

  beforeAll(async () => {
    site = await startRealSite();
    connector = site.connector;
  });
  afterAll(async () => {
    await site?.stop();
  });

  describe("who we are", () => {
    it("names account, site, zone and rights", async () => {
      const account = await connector.whoami();
      expect(account).toMatchObject({
        name: "admin",
        roles: ["administrator"],
        site: site.wordpress.url.replace("http://", ""),
        siteTitle: "Test site",
        siteUrl: site.wordpress.url,
        timezone: "+00:00",
        may: ["read", "write", "publish", "remove", "upload", "terms", "html"],
        notices: [],
      });
    });

    it("tells what lower roles will meet", async () => {
      expect(await site.as("auth").whoami()).toMatchObject({
        may: ["read", "write", "publish", "remove", "upload"],
      });
      expect((await site.as("auth").whoami()).notices.join()).toContain("unfiltered HTML");
      expect((await site.as("contrib").whoami()).notices.join()).toContain("may not publish");
      expect((await site.as("sub").whoami()).notices.join()).toContain("may not write");
    });

    it("does not take a wrong password for a visitor", async () => {
      const wrong = openWordPress(site.wordpress.api, "admin", "not the password").connector;
      expect(await faultOf(wrong.whoami())).toMatchObject({
        kind: "auth",
        code: expect.stringMatching(/not-logged-in|incorrect-password/),
      });
      expect(await faultOf(rowsOf(wrong))).toMatchObject({ kind: "auth" });
      const nobody = openWordPress(site.wordpress.api, "nobody", "x").connector;
      expect(await faultOf(nobody.whoami())).toMatchObject({
        kind: "auth",
        code: expect.stringMatching(/not-logged-in|invalid-username/),
      });
    });

    it("lets a subscriber list nothing rather than an empty site", async () => {
      expect(await faultOf(rowsOf(site.as("sub")))).toMatchObject({ kind: "forbidden" });
    });

    it("works without pretty permalinks", async () => {
      const plain = openWordPress(
        `${site.wordpress.url}/?rest_route=`,
        "admin",
        site.wordpress.users.admin,
      ).connector;
      expect((await plain.whoami()).site).toBe((await connector.whoami()).site);
      const made = await make(plain, "plain-permalinks", { status: "draft" });
      expect((await rowsOf(plain)).map((row) => row.id)).toContain(made.id);
    });
  });

  describe("the model", () => {
    it("names posts, pages and custom types with registered fields, and nothing of WordPress's own", async () => {
      const { kinds } = await connector.model();
      expect(kinds.map((kind) => kind.name)).toEqual(["post", "page", "recipe"]);
      const [post, page] = kinds;
      expect(post?.fields.filter(({ name }) => name.startsWith("meta"))).toMatchObject([
        { name: "meta.rating", type: "number" },
        { name: "meta.locked", type: "text" },
      ]);
      expect(post?.taxonomies).toEqual({
        categories: { id: "category", hierarchical: true, fallback: "1" },
        tags: { id: "post_tag", hierarchical: false },
      });
      expect(page?.fields.map((field) => field.name)).toContain("parent");
      expect(page?.fields.filter(({ name }) => name.startsWith("meta"))).toEqual([]);
      expect((await connector.authors?.())?.find((author) => author.slug === "ed")?.aliases).toEqual([
        "ed",
        "ed@example.test",
      ]);
    });
  });

  describe("listing", () => {
    it("gives each entry once over pages, all states but the trash, and no body", async () => {
      await site.php(`for ($i = 0; $i < 205; $i++) wp_insert_post(['post_type' => 'recipe', 'post_title' => "R $i",
        'post_status' => ['publish','draft','pending','private','trash'][$i % 5], 'post_content' => 'x']);`);
      const before = site.sent.length;
      const rows = await rowsOf(connector, "recipe");
      expect(rows).toHaveLength(164);
      expect(new Set(rows.map((row) => row.id)).size).toBe(164);
      const asked = site.sent.slice(before);
      expect(asked.filter((call) => call.url.includes("users/me"))).toHaveLength(2);
      expect(asked.some((call) => call.url.includes("content"))).toBe(false);
      expect(asked.every((call) => !call.write)).toBe(true);
    });

    it("agrees with what is read, and shows an author only their own", async () => {
      const mine = await make(site.as("auth"), "by-the-author", { status: "draft" });
      expect((await rowsOf(site.as("auth"))).map((row) => row.id)).toEqual([mine.id]);
      const row = (await rowsOf(connector)).find((candidate) => candidate.id === mine.id);
      const { wire: _, ...listed } = await site.read(mine.id);
      expect(row).toEqual(listed);
    });

    it("notices an edit that leaves title and fields as they are", async () => {
      const made = await make(connector, "same-second", { status: "published", body: "one" });
      await site.php(`wp_update_post(['ID' => ${made.id}, 'post_content' => 'two']);`);
      expect((await site.read(made.id)).revision).not.toBe(made.revision);
    });
  });

  describe("reading", () => {
    it("tells missing, trashed and other kinds apart", async () => {
      const made = await make(connector, "to-the-trash", { status: "published" });
      await connector.remove?.(made.id, "post", at(made));
      const refs = ["99999", made.id, "no-such-id", "1"].map((id) => ({ id, kind: "post", locale: "" }));
      const [missing, trashed, odd, there] = await connector.read(refs);
      expect([missing, trashed, odd].map((result) => result?.entry === undefined && result?.gone)).toEqual([
        "missing",
        "trashed",
        "missing",
      ]);
      expect(there?.entry?.slug).toBe("hello-world");
      expect(await connector.read([{ id: "1", kind: "page", locale: "" }])).toMatchObject([
        { gone: "missing" },
      ]);
    });

    it("never lets an entry's password out", async () => {
      const id =
        await site.php(`echo wp_insert_post(['post_title' => 'P', 'post_status' => 'publish', 'post_content' => 'x',
        'post_password' => 'hush-hush']);`);
      const entry = await site.read(id);
      expect(entry.wire.protected).toBe(true);
      expect(JSON.stringify(entry)).not.toContain("hush-hush");
      const updated = await connector.update(id, change(entry, { title: "Q", protected: true }), at(entry));
      expect(updated.wire.protected).toBe(true);
      expect(await site.php(`echo get_post(${id})->post_password;`)).toBe("hush-hush");
    });

    it("says who owns the body of a page builder's page and does not write it", async () => {
      const id = await site.php(
        "echo wp_insert_post(['post_title' => 'D', 'post_status' => 'publish', 'post_content' => '[et_pb_section fb_built=\"1\"]x[/et_pb_section]']);",
      );
      const entry = await site.read(id);
      expect(entry.bodyOwner).toBe("Divi");
      const fault = await faultOf(connector.update(id, change(entry, { body: "mine" }), at(entry)));
      expect(fault).toMatchObject({ kind: "unsupported", code: "body-owner" });
      expect((await connector.update(id, change(entry, { title: "E" }), at(entry))).title).toBe("E");
    });
  });

  describe("pages", () => {
    it("are scoped by their parent's slug path, where a slug may come again", async () => {
      const top = await make(connector, "about", { status: "published" }, "page");
      const team = await make(connector, "team", { status: "published", parent: Number(top.id) }, "page");
      const leaf = await make(connector, "about", { status: "published", parent: Number(team.id) }, "page");
      expect([top, team, leaf].map((entry) => entry.scope)).toEqual(["", "about", "about/team"]);
      const rows = await rowsOf(connector, "page");
      expect(rows.find((row) => row.id === leaf.id)?.scope).toBe("about/team");
      expect((await site.read(leaf.id, "page")).scope).toBe("about/team");
    });
  });

  it("points at the edit screen", async () => {
    const address = connector.editUrl?.("1", "post");
    expect(address).toBe(`${site.wordpress.url}/wp-admin/post.php?post=1&action=edit`);
  });

  it("takes its own password back and no other", async () => {
    const password = await site.php(
      "[$p] = WP_Application_Passwords::create_new_application_password(2, ['name' => 'second']); echo $p;",
    );
    const second = openWordPress(site.wordpress.api, "ed", password).connector;
    expect((await second.whoami()).name).toBe("ed");
    await second.revoke?.();
    expect(await faultOf(openWordPress(site.wordpress.api, "ed", password).connector.whoami())).toMatchObject(
      {
        kind: "auth",
      },
    );
    expect((await site.as("ed").whoami()).name).toBe("ed");
  });
});
