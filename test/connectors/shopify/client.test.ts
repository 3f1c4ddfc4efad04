import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Connector, Draft, Entry, Listing } from "../../../src/connectors/contract.ts";
import { codec } from "../../../src/connectors/shopify/codec.ts";
import type { Document as Content } from "../../../src/content/document.ts";
import type { Clock } from "../../../src/lib/clock.ts";
import type { JsonObject } from "../../../src/lib/json.ts";
import { makeBlog } from "../../../src/sandbox/shopify/blogs.ts";
import { type ShopifySandbox, startShopifySandbox } from "../../../src/sandbox/shopify/server.ts";
import { at, faultOf } from "../rules/writing.ts";
import { article, define, draftOf, openShopify, put, QUICK, refsOf } from "./shop.ts";

let sandbox: ShopifySandbox;
let connector: Connector;

beforeEach(async () => {
  sandbox = await startShopifySandbox({ behaviours: { processingMs: 20 } });
  connector = openShopify(sandbox);
});
afterEach(() => sandbox.close());

const requests = () => sandbox.requests.filter(({ url }) => url.includes("/graphql.json"));
const mutations = () => requests().filter(({ body }) => body.includes('"query":"mutation'));
const stored = (id: string) => {
  const found = sandbox.store.articles.get(`gid://shopify/Article/${id}`);
  if (found === undefined) throw new Error(`no article ${id}`);
  return found;
};

async function rowsOf(kind: string): Promise<readonly Listing[]> {
  const rows: Listing[] = [];
  for await (const page of connector.list([kind])) rows.push(...page);
  return rows;
}

function change(entry: Entry, wire: JsonObject): Promise<Entry> {
  const draft: Draft = { key: "k", kind: entry.kind, locale: "", scope: entry.scope, slug: entry.slug, wire };
  return connector.update(entry.id, draft, at(entry));
}

/** Articles that were there before. */
function fill(count: number): void {
  const [blog] = sandbox.store.blogs.values();
  for (let n = 1; n <= count; n += 1) {
    const id = `gid://shopify/Article/${5000 + n}`;
    const now = "2026-01-01T00:00:00Z";
    const texts = { handle: `a-${n}`, title: `A ${n}`, author: "Ada", body: "", summary: null };
    const rest = { tags: [], image: null, publishedAt: now, createdAt: now, updatedAt: now };
    sandbox.store.articles.set(id, { id, blogId: blog?.id ?? "", templateSuffix: null, ...texts, ...rest });
  }
}

describe("listings", () => {
  test("have every entry once, over pages, in requests the shop affords", async () => {
    fill(620);
    const rows = await rowsOf("article");
    expect(new Set(rows.map(({ id }) => id)).size).toBe(620);
    expect(rows).toHaveLength(620);
    expect(rows[0]).toMatchObject({ scope: "news", slug: "a-1", state: "published" });
  });

  test("come in smaller pages where the shop finds them too much", async () => {
    fill(120);
    sandbox.behaviours.singleQueryMaximum = 150;
    expect(await rowsOf("article")).toHaveLength(120);
  });

  test("are refused where the token is, with what to type", async () => {
    sandbox.behaviours.refusesTokens = true;
    const fault = await faultOf(rowsOf("article"));
    expect(fault).toMatchObject({ kind: "auth", code: "shopify.token", scope: "connection" });
    expect(fault.hint).toContain("connect shopify");
  });
});

describe("writes", () => {
  test("of one moment travel together, and one that is refused leaves the others", async () => {
    const drafts = await Promise.all(
      Array.from({ length: 20 }, (_, n) => draftOf(connector, article(`T ${n}`), `t-${n}`)),
    );
    const intents = await Promise.all(drafts.map((draft) => connector.prepare(draft)));
    const before = mutations().length;
    const outcomes = await Promise.allSettled(
      drafts.map((draft, n) => {
        const wire = n === 7 ? { ...draft.wire, title: "x".repeat(300) } : draft.wire;
        return connector.create({ ...draft, wire }, intents[n] ?? null);
      }),
    );
    expect(mutations().length - before).toBe(1);
    const failed = outcomes.flatMap((outcome, n) =>
      outcome.status === "rejected" ? [[n, outcome.reason]] : [],
    );
    expect(failed).toMatchObject([[7, { kind: "invalid", code: "shopify.invalid-title" }]]);
    expect(sandbox.store.articles.size).toBe(19);
  });

  test("that are throttled are sent again and done once", async () => {
    const draft = await draftOf(connector, article("One"), "one");
    const intent = await connector.prepare(draft);
    sandbox.behaviours.throttles = 2;
    await connector.create(draft, intent);
    expect(sandbox.store.articles.size).toBe(1);
  });

  test("that failed inside after they were done are found", async () => {
    const draft = await draftOf(connector, article("One"), "one");
    const intent = await connector.prepare(draft);
    sandbox.behaviours.internalErrorAfterWrite = 1;
    sandbox.behaviours.searchLagMs = 60_000;
    expect((await faultOf(connector.create(draft, intent))).kind).toBe("ambiguous");
    const found = await connector.find(draft, intent);
    expect(found?.slug).toBe("one");
    sandbox.behaviours.dropsAnswerAfterWrite = 1;
    expect((await change(found as Entry, { title: "Two" })).title).toBe("Two");
    expect(sandbox.store.articles.size).toBe(1);
  });

  test("under a slug that another entry took meanwhile leave nothing behind", async () => {
    for (const handleCollision of ["taken", "suffix"] as const) {
      sandbox.behaviours.handleCollision = handleCollision;
      const slug = `s-${handleCollision}`;
      const draft = await draftOf(connector, article("Mine"), slug);
      const intent = await connector.prepare(draft);
      const theirs = await put(connector, article("Theirs"), slug);
      const fault = await faultOf(connector.create(draft, intent));
      expect([fault.kind, fault.code]).toEqual(["conflict", "slug-taken"]);
      const holders = [...sandbox.store.articles.values()].filter(({ handle }) => handle.startsWith(slug));
      expect(holders.map(({ id }) => id)).toEqual([`gid://shopify/Article/${theirs.id}`]);
    }
  });

  test("that had to wait do not overwrite what an editor saved meanwhile", async () => {
    let waited = 0;
    const clock: Clock = {
      now: () => Date.now() + waited,
      sleep: async (ms) => {
        waited += ms + 60_000;
      },
    };
    connector = openShopify(sandbox, {}, clock);
    const [edited, left] = await Promise.all(
      ["one", "two"].map((slug) => put(connector, article(slug), slug)),
    );
    if (edited === undefined || left === undefined) throw new Error("nothing was created");
    sandbox.behaviours.onRequest = (query) => {
      if (!query.startsWith("mutation")) return;
      sandbox.behaviours.onRequest = undefined;
      sandbox.behaviours.throttles = 1;
      Object.assign(stored(edited.id), { body: "<p>An editor's</p>", updatedAt: "2030-01-01T00:00:00Z" });
    };
    const changes = [edited, left].map((entry) => change(entry, { body: "<p>Ours</p>" }));
    const [first, second] = await Promise.allSettled(changes);
    expect(first).toMatchObject({ status: "rejected", reason: { kind: "conflict", code: "moved" } });
    expect(second).toMatchObject({ status: "fulfilled", value: { wire: { body: "<p>Ours</p>" } } });
    expect(stored(edited.id).body).toBe("<p>An editor's</p>");
  });

  test("of tags leave those that somebody else added meanwhile", async () => {
    const entry = await put(connector, article("Tea", { tags: ["green", "black"] }), "tea");
    stored(entry.id).tags = ["black", "green", "white"];
    const draft = {
      key: "k",
      kind: "article",
      locale: "",
      scope: "news",
      slug: "tea",
      wire: { tags: ["Green", "herbal"] },
    };
    // Seen by nobody: the revision that Shopify's own screens would have changed.
    const now = (await connector.read([entry]))[0]?.entry as Entry;
    const seen = { revision: now.revision, wire: { ...now.wire, tags: ["black", "green"] } };
    await expect(connector.update(entry.id, draft, seen)).rejects.toMatchObject({ code: "moved" });
    const updated = await connector.update(entry.id, draft, at(now));
    expect(updated.wire.tags).toEqual(["green", "herbal"]);
    const sent = mutations().at(-1)?.body ?? "";
    expect([sent.includes("tagsAdd"), sent.includes("tagsRemove"), sent.includes("articleUpdate")]).toEqual([
      ...[true, true, false],
    ]);
  });

  test("clear metafields, and write each type as the shop stores it", async () => {
    define(sandbox, "ARTICLE", "minutes", "number_integer");
    define(sandbox, "ARTICLE", "when", "date_time");
    define(sandbox, "ARTICLE", "extra", "json");
    connector = openShopify(sandbox);
    const fields = {
      "metafields.custom.minutes": 5,
      "metafields.custom.when": "2026-03-01T09:00:00Z",
      "metafields.custom.extra": { a: [1] },
      "seo.title": "Short",
    };
    const entry = await put(connector, article("Tea", fields), "tea");
    expect(entry.wire).toMatchObject(fields);
    const cleared = await change(entry, { "metafields.custom.minutes": null, "seo.title": "", title: "Cup" });
    expect(cleared.wire).toMatchObject({ title: "Cup", "metafields.custom.minutes": null, "seo.title": "" });
    expect(cleared.wire["metafields.custom.extra"]).toEqual({ a: [1] });
  });

  test("go live at their time, on a machine whose clock is wrong", async () => {
    for (const wrong of [-600_000, 600_000]) {
      connector = openShopify(sandbox, {}, { ...QUICK, now: () => Date.now() + wrong });
      const ago = (ms: number) => new Date(Date.now() - ms).toISOString().slice(0, 19);
      const fields = { status: "published", date: `${ago(300_000)}Z` };
      const past = await put(connector, article("Past", fields), `past${wrong > 0}`);
      expect(past.state).toBe("published");
      expect(Math.abs((past.modified ?? 0) - Date.now() - wrong)).toBeLessThan(60_000);
      const ahead = { status: "scheduled", date: `${ago(-300_000)}Z` };
      const later = await put(connector, article("Later", ahead), `later${wrong > 0}`);
      expect(later.state).toBe("scheduled");
      const shown = await change(later, { status: "published" });
      expect(shown.state).toBe("published");
      expect(Date.parse(stored(later.id).publishedAt ?? "")).toBeLessThanOrEqual(Date.now());
    }
  });

  test("that clear a metafield of what was removed just then say that it is gone", async () => {
    define(sandbox, "ARTICLE", "minutes", "number_integer");
    connector = openShopify(sandbox);
    const entry = await put(connector, article("One", { "metafields.custom.minutes": 3 }), "one");
    sandbox.behaviours.onRequest = (query) => {
      if (query.startsWith("mutation")) sandbox.store.articles.clear();
    };
    const fault = await faultOf(change(entry, { "metafields.custom.minutes": null }));
    expect(fault).toMatchObject({ kind: "conflict", code: "gone" });
  });

  test("hide, show and schedule, and tell the date again", async () => {
    const entry = await put(
      connector,
      article("Tea", { status: "draft", date: "2026-01-02T08:00:00" }),
      "tea",
    );
    expect([entry.state, entry.wire.date]).toEqual(["draft", null]);
    const date = "2026-01-02T08:00:00Z";
    const shown = await change(entry, { status: "published", date });
    expect([shown.state, shown.wire.date]).toEqual(["published", date]);
    const later = await change(shown, { status: "scheduled", date: "2099-01-02T08:00:00Z" });
    expect(later.state).toBe("scheduled");
    const now = await change(later, { status: "published" });
    expect(now.state).toBe("published");
    expect(Date.parse(String(now.wire.date))).toBeLessThanOrEqual(Date.now());
    expect((await change(now, { status: "draft" })).state).toBe("draft");
  });
});

describe("blogs", () => {
  test("are named by articles where there are several, and moved between", async () => {
    makeBlog(sandbox.store, "Guides");
    connector = openShopify(sandbox);
    const unnamed = await draftOf(connector, article("Tea"), "tea");
    expect(await faultOf(connector.prepare(unnamed))).toMatchObject({
      code: "shopify.which-blog",
      hint: expect.stringContaining("guides"),
    });
    const news = await put(connector, article("Tea", { blog: "news" }), "tea");
    const guide = await put(connector, article("Tea too", { blog: "guides" }), "tea");
    expect([news.scope, guide.scope, guide.url.endsWith("/blogs/guides/tea")]).toEqual([
      "news",
      "guides",
      true,
    ]);
    expect(await faultOf(change(news, { blog: "guides" }))).toMatchObject({ code: "slug-taken" });
    expect((await change(news, { blog: "guides", slug: "tea-2" })).scope).toBe("guides");
    const kinds = (await openShopify(sandbox, { blog: "guides" }).model()).kinds;
    expect(kinds[0]?.scopeField).toEqual({ name: "blog", fallback: "guides" });
    expect(await faultOf(put(connector, article("Tea", { blog: "nowhere" }), "x"))).toMatchObject({
      code: "shopify.no-blog",
    });
  });
});

describe("products", () => {
  const bread = { kind: "product", locale: "", fields: { title: "Bread" }, body: "Rye." };

  test("are out of reach unless the connection or the root allows them", async () => {
    expect((await connector.model()).kinds.map(({ name }) => name)).toEqual(["article", "page"]);
    const draft = {
      key: "k",
      kind: "product",
      locale: "",
      scope: "",
      slug: "bread",
      wire: { title: "Bread" },
    };
    expect(await faultOf(connector.prepare(draft))).toMatchObject({ code: "shopify.products-locked" });
    await faultOf(connector.read([{ id: "1", kind: "product", locale: "" }]));
    expect(requests().some(({ body }) => body.includes("product"))).toBe(false);
  });

  test("are never live from the first: they would cost nothing", async () => {
    connector = openShopify(sandbox, { allow: "products" });
    const live = { ...bread, fields: { ...bread.fields, status: "published" } };
    const { losses } = codec.encode(live, await refsOf(connector, live), undefined);
    expect(losses).toMatchObject([{ field: "status", changed: true }]);
    const draft = await draftOf(connector, bread, "bread");
    const sent = { ...draft, wire: { ...draft.wire, status: "published" } };
    const entry = await connector.create(sent, await connector.prepare(sent));
    expect(entry.state).toBe("draft");
    expect((await change(entry, { status: "published" })).state).toBe("published");
  });

  test("show the image that they were made with", async () => {
    sandbox.behaviours.processingMs = 250;
    connector = openShopify(sandbox, { allow: "products" });
    const image = { src: "https://tea.example/bread.png", alt: "Bread" };
    const entry = await put(connector, { ...bread, fields: { ...bread.fields, image } }, "bread");
    expect(entry.wire.image).toMatchObject({ alt: "Bread", src: expect.stringContaining("bread") });
  });

  test("begin as drafts, and are archived where they are removed", async () => {
    connector = openShopify(sandbox, { allow: "products" });
    const entry = await put(connector, bread, "bread");
    expect(entry.state).toBe("draft");
    await connector.remove?.(entry.id, "product", at(entry));
    expect(sandbox.store.products.get(`gid://shopify/Product/${entry.id}`)?.status).toBe("ARCHIVED");
    expect((await connector.read([entry]))[0]).toMatchObject({ gone: "trashed" });
    expect(await rowsOf("product")).toEqual([]);
  });

  /** One with all its parts, archived: as it was, and how it comes back with these. */
  async function archived(fields: Content["fields"]) {
    connector = openShopify(sandbox, { allow: "products" });
    const image = { src: "https://tea.example/bread.png", alt: "Bread" };
    const made = await put(
      connector,
      { ...bread, fields: { ...bread.fields, tags: ["rye"], image, ...fields } },
      "bread",
    );
    await connector.remove?.(made.id, "product", at(made));
    const back = async (wire: JsonObject = {}) => {
      const draft = { key: "", kind: "product", locale: "", scope: "", slug: made.slug };
      return connector.restore?.(made.id, { ...draft, wire: { ...made.wire, ...wire } });
    };
    return { made, back, product: () => sandbox.store.products.get(`gid://shopify/Product/${made.id}`) };
  }

  test("come back from the archive with all their parts, under their id", async () => {
    const { made, back, product } = await archived({ "seo.title": "Fresh bread" });
    Object.assign(product() ?? {}, { title: "By hand", tags: ["stale"] });
    const restored = await back();
    expect([restored?.id, restored?.state, restored?.wire]).toEqual([made.id, "draft", made.wire]);
    expect((await connector.read([made]))[0]?.entry).toEqual(restored);
    expect(await rowsOf("product")).toHaveLength(1);
    expect(await faultOf(back())).toMatchObject({ kind: "conflict", code: "not-trashed" });
  });

  test("come back live where they were, once, also when the answer is lost", async () => {
    const { back, product } = await archived({});
    sandbox.behaviours.dropsAnswerAfterWrite = 1;
    const before = requests().length;
    expect((await back({ status: "published" }))?.state).toBe("published");
    expect(product()?.status).toBe("ACTIVE");
    const sent = requests()
      .slice(before)
      .filter(({ body }) => body.includes("productUpdate("));
    expect(sent).toHaveLength(1);
  });

  test("stay in the archive while another has their slug", async () => {
    const { back, product } = await archived({});
    const other = await put(connector, bread, "other-bread");
    const fault = await faultOf(back({ slug: other.slug }));
    expect(fault).toMatchObject({ kind: "conflict", code: "slug-taken" });
    expect(product()?.status).toBe("ARCHIVED");
  });
});

describe("what the shop says of itself", () => {
  test("a version that is not the one asked for is told", async () => {
    sandbox.behaviours.versionAnswered = "2027-04";
    await connector.whoami();
    expect((await connector.whoami()).notices).toContainEqual(expect.stringContaining("2027-04"));
    sandbox.behaviours.versionAnswered = "2026-07";
    expect(await faultOf(connector.whoami())).toMatchObject({ code: "shopify.api-version" });
  });

  test("scopes that are missing are told, and what they keep from being done", async () => {
    await sandbox.close();
    sandbox = await startShopifySandbox({ scopes: ["read_content", "read_files"] });
    connector = openShopify(sandbox);
    const { may, notices } = await connector.whoami();
    expect(may).toEqual(["read"]);
    expect(notices.join("\n")).toMatch(/write_content[\s\S]*write_files/);
    const draft = await draftOf(connector, article("One"), "one");
    const fault = await faultOf(connector.create(draft, await connector.prepare(draft)));
    expect(fault).toMatchObject({ kind: "forbidden", code: "shopify.scopes" });
  });

  test("a setting that names a blog which is not there is told before anything is sent", async () => {
    connector = openShopify(sandbox, { blog: "nws" });
    expect((await connector.whoami()).notices).toEqual([expect.stringContaining('"nws"')]);
    connector = openShopify(sandbox, { blog: "news" });
    expect((await connector.whoami()).notices).toEqual([]);
  });

  test("a file that Shopify cannot use is told with its name", async () => {
    sandbox.behaviours.failsFiles = 1;
    const image = article("Tea", { image: "./loaf.png" });
    expect(await faultOf(put(connector, image, "tea"))).toMatchObject({ code: "shopify.file-failed" });
  });
});
