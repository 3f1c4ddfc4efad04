// Answers of other versions of WordPress, and of plug-ins that have their own idea of them, on a fake.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Connector, Entry, Kind } from "../../src/connectors/contract.ts";
import { codec } from "../../src/connectors/wordpress/codec.ts";
import { noLinks } from "../../src/content/links.ts";
import { isObject, type Json } from "../../src/lib/json.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { openWordPress } from "../fakes/wordpress-client.ts";
import { rowsOf } from "../fakes/wordpress-drafts.ts";
import { addPost } from "../fakes/wordpress-state.ts";

type Values = Record<string, unknown>;

describe("WordPress answering in another form (fake)", () => {
  let fake: FakeWordPress;
  let connector: Connector;

  beforeEach(async () => {
    fake = await startFakeWordPress();
    connector = openWordPress(fake.api, "admin", fake.users.admin, 200).connector;
  });
  afterEach(async () => {
    await fake.stop();
  });

  /** Every object that an answer to a path below `prefix` is or lists gets these values. */
  const rewrite = (prefix: string, change: (item: Values) => Values) => {
    fake.quirks.rewrites = (path, body) => {
      if (!path.startsWith(prefix)) return body;
      if (Array.isArray(body)) return body.map((item: unknown) => (isObject(item) ? change(item) : item));
      return isObject(body) && !("code" in body) ? change(body) : body;
    };
  };
  const readOne = async (id: number): Promise<Entry> => {
    const [result] = await connector.read([{ id: String(id), kind: "post", locale: "" }]);
    if (result?.entry === undefined) throw new Error("not read");
    return result.entry;
  };
  const kindOf = async (name: string): Promise<Kind> => {
    const kind = (await connector.model()).kinds.find((candidate) => candidate.name === name);
    if (kind === undefined) throw new Error(`no ${name}`);
    return kind;
  };

  it("reads ids as text, lists with gaps, an empty map as a list, and fields of plug-ins", async () => {
    const post = addPost(fake.state, { title: "T", tags: [7, 9], author: 1, meta: { rating: 3 } });
    rewrite("/wp/v2/posts", (row) => ({
      ...row,
      id: String(row.id),
      author: "1",
      tags: { 1: 7, 4: "9" },
      categories: [],
      meta: [],
      yoast_head: "<title>x</title>",
      yoast_head_json: { og: [null, { deep: 1 }] },
      template: null,
      sticky: "maybe",
    }));
    const entry = await readOne(post.id);
    expect(entry).toMatchObject({ id: String(post.id), title: "T" });
    expect(entry.wire).toMatchObject({ author: 1, tags: [7, 9], categories: [] });
    expect(Object.keys(entry.wire).filter((part) => part.startsWith("meta"))).toEqual([]);
    expect("template" in entry.wire).toBe(false);
    expect("sticky" in entry.wire).toBe(false);
    expect((await rowsOf(connector)).map((row) => row.id)).toEqual([String(post.id)]);
  });

  it.each([
    ["dates that are null", { date: null, date_gmt: null, modified_gmt: null }],
    [
      "dates of zeros",
      { date: "0000-00-00T00:00:00", date_gmt: "0000-00-00T00:00:00", modified_gmt: "0000-00-00T00:00:00" },
    ],
    ["no slug, link or excerpt", { slug: null, link: false, excerpt: null }],
    ["a title of the wrong type", { title: "plain text" }],
  ])("reads entries with %s", async (_what, values: Values) => {
    const post = addPost(fake.state, { title: "T", content: "<p>x</p>", status: "draft" });
    rewrite("/wp/v2/posts", (row) => ({ ...row, ...values }));
    const entry = await readOne(post.id);
    expect(entry.wire.body).toBe("<p>x</p>");
    expect(await rowsOf(connector)).toHaveLength(1);
    const refs = {
      timezone: "Europe/Berlin",
      siteUrl: fake.url,
      terms: [],
      media: [],
      files: [],
      links: noLinks,
      types: {},
      may: [],
      authors: [],
      parents: [],
      kind: await kindOf("post"),
      settings: {},
    };
    expect(codec.decode(entry, refs).body.trim()).toBe("x");
  });

  it("says which entries are behind a password, and never the password", async () => {
    const open = addPost(fake.state, { title: "Open" });
    const closed = addPost(fake.state, { title: "Closed", password: "sesame" });
    const rows = await rowsOf(connector);
    expect(rows.map((row) => [row.id, row.protected ?? false])).toEqual([
      [String(open.id), false],
      [String(closed.id), true],
    ]);
    expect(JSON.stringify([rows, await readOne(closed.id)])).not.toContain("sesame");
  });

  it("knows rights that a role editor stored as 1", async () => {
    rewrite("/wp/v2/users/me", (me) => ({
      ...me,
      roles: { 1: "administrator" },
      capabilities: { read: true, edit_posts: 1, publish_posts: "1", upload_files: false, delete_posts: 0 },
    }));
    const account = await connector.whoami();
    expect([...account.may].sort()).toEqual(["publish", "read", "write"]);
    expect(account.roles).toEqual(["administrator"]);
  });

  it("leaves out types and taxonomies it cannot understand, and keeps the rest", async () => {
    fake.quirks.rewrites = (path, body) => {
      if (path === "/wp/v2/types") return { ...(body as Values), broken: { slug: "broken" }, nothing: null };
      if (path === "/wp/v2/taxonomies") return { ...(body as Values), odd: { name: "Odd" } };
      return body;
    };
    expect((await connector.model()).kinds.map((kind) => kind.name)).toEqual(["post", "page"]);
  });

  it("takes fields whose schema a plug-in left empty", async () => {
    rewrite("/wp/v2/posts", (options) => {
      const { schema } = options as { schema: { properties: Values } };
      return { schema: { properties: { ...schema.properties, a: null, b: [], c: "text" } } };
    });
    expect((await kindOf("post")).fields.map((field) => field.name)).toContain("title");
  });

  it("names people when a plug-in closes the list of users", async () => {
    fake.quirks.usersClosed = true;
    expect(await connector.authors?.()).toMatchObject([{ id: "1", slug: "admin" }]);
  });

  it("reads uploads whose file is gone as no uploads, and others whatever their details are", async () => {
    fake.state.media.push(
      {
        id: 5,
        slug: "a",
        source_url: `${fake.url}/a-0123456789ab.png`,
        mime_type: "image/png",
        alt_text: "",
      },
      { id: 6, slug: "b", source_url: "", mime_type: "image/png", alt_text: "" },
      { id: 7, slug: "c", source_url: "//cdn.test/c.png", mime_type: "image/png", alt_text: "" },
    );
    rewrite("/wp/v2/media", (media) => ({
      ...media,
      source_url: media.source_url === "" ? false : media.source_url,
      alt_text: null,
      media_details: { original_image: "c.png", sizes: [] },
    }));
    const found = await connector.media?.get(["5", "6", "7"]);
    expect(found?.map((media) => media.id)).toEqual(["5", "7"]);
  });

  it("reads ten thousand tags in pages, quickly, and finds each in a document", async () => {
    for (let n = 1; n <= 10_000; n += 1) {
      fake.state.terms.push({
        id: 100 + n,
        taxonomy: "tags",
        name: `Tag ${n} &amp; co`,
        slug: `tag-${n}`,
        parent: 0,
      });
    }
    const started = performance.now();
    const terms = (await connector.terms?.list("post_tag")) ?? [];
    expect(terms).toHaveLength(10_000);
    const kind = await kindOf("post");
    const refs = {
      timezone: "UTC",
      siteUrl: fake.url,
      terms,
      media: [],
      files: [],
      links: noLinks,
      types: {},
      may: [],
      authors: [],
      parents: [],
      kind,
      settings: {},
    };
    for (let n = 0; n < 1000; n += 1) {
      const tags: Json = [`tag ${9_000 + n} & Co`, `Tag ${n + 1} & co`];
      const { wire } = codec.encode(
        { kind: "post", locale: "", fields: { title: "T", tags }, body: "" },
        refs,
        undefined,
      );
      expect(wire.tags).toEqual([101 + n, 9_100 + n]);
    }
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
