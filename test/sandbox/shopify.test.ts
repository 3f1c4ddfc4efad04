import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ARTICLE_CREATE, type Deep, items, openShop, type Shop } from "./shop.ts";

let shop: Shop;
let blog = "";
beforeEach(async () => {
  shop = await openShop();
  blog = [...shop.store.blogs.keys()][0] ?? "";
});
afterEach(() => shop.close());

const ADA = { author: { name: "Ada" } };

async function create(article: object): Promise<Deep | undefined> {
  return (await shop.data(ARTICLE_CREATE, { article: { blogId: blog, ...ADA, ...article } })).articleCreate;
}

/** The codes of user errors. */
async function refusals(article: object): Promise<unknown> {
  return items((await create(article))?.userErrors).map(({ code }) => code);
}

const UPDATE = `mutation ($id: ID!, $article: ArticleUpdateInput!) {
  articleUpdate(id: $id, article: $article) {
    article { id handle title body tags isPublished publishedAt updatedAt image { url altText } }
    userErrors { code field message }
  }
}`;

async function update(id: unknown, article: object): Promise<Deep | undefined> {
  return (await shop.data(UPDATE, { id, article })).articleUpdate;
}

describe("articles", () => {
  test("are created with a handle from their title, published at once", async () => {
    const made = await create({ title: "Über uns, aus Köln!", body: "<p>Hi</p>", tags: ["b", "A", "b"] });
    expect(made?.userErrors).toEqual([]);
    expect(made?.article).toMatchObject({
      handle: "uber-uns-aus-koln",
      title: "Über uns, aus Köln!",
      body: "<p>Hi</p>",
      tags: ["A", "b"],
      isPublished: true,
      publishedAt: "2026-11-01T10:00:00Z",
      blog: { handle: "news" },
      author: { name: "Ada" },
    });
  });

  test("answer with Shopify's codes and the field for what cannot be", async () => {
    expect(await refusals({ title: " " })).toEqual(["BLANK"]);
    expect(await refusals({ title: "x".repeat(256) })).toEqual(["TOO_LONG"]);
    expect(await refusals({ title: "a", author: {} })).toEqual(["AUTHOR_FIELD_REQUIRED"]);
    expect(
      await refusals({ title: "a", author: { name: "A", userId: "gid://shopify/StaffMember/101" } }),
    ).toEqual(["AMBIGUOUS_AUTHOR"]);
    expect(await refusals({ title: "a", author: { userId: "gid://shopify/StaffMember/9" } })).toEqual([
      "AUTHOR_MUST_EXIST",
    ]);
    expect(await refusals({ title: "a", blogId: undefined })).toEqual(["BLOG_REFERENCE_REQUIRED"]);
    expect(await refusals({ title: "a", blogId: "gid://shopify/Blog/1" })).toEqual(["NOT_FOUND"]);
    expect(await refusals({ title: "a", isPublished: true, publishDate: "2027-01-01T00:00:00Z" })).toEqual([
      "INVALID_PUBLISH_DATE",
    ]);
    expect(await refusals({ title: "a", image: { url: "nowhere" } })).toEqual(["UPLOAD_FAILED"]);
    const metafields = [{ namespace: "custom", key: "n", type: "number_integer", value: "much" }];
    expect(await refusals({ title: "a", metafields: [{ ...metafields[0], key: "size" }] })).toEqual([
      "INVALID_VALUE",
    ]);
    expect(shop.store.articles.size).toBe(0);
    const blank = await create({ title: "" });
    expect(blank?.userErrors).toMatchObject([
      { field: ["article", "title"], message: "Title can't be blank" },
    ]);
  });

  test("with an explicit handle that is in use are refused, or get a suffix where that is switched", async () => {
    expect((await create({ title: "One", handle: "one" }))?.article?.handle).toBe("one");
    expect(await refusals({ title: "Other", handle: "one" })).toEqual(["TAKEN"]);
    expect((await create({ title: "One" }))?.article?.handle).toBe("one-1");
    shop.behaviours.handleCollision = "suffix";
    expect((await create({ title: "Other", handle: "one" }))?.article?.handle).toBe("one-2");
  });

  test("with a date ahead become visible when the time has come", async () => {
    const made = await create({
      title: "Soon",
      isPublished: false,
      publishDate: "2026-11-01T11:00:00+00:00",
    });
    expect(made?.article).toMatchObject({ isPublished: false, publishedAt: "2026-11-01T11:00:00Z" });
    shop.clock.pass(3_600_000);
    const seen = await shop.data("query ($id: ID!) { article(id: $id) { isPublished } }", {
      id: made?.article?.id,
    });
    expect(seen.article?.isPublished).toBe(true);
    const hidden = await update(made?.article?.id, { isPublished: false });
    expect(hidden?.article).toMatchObject({ isPublished: false, publishedAt: null });
  });

  test("change only what an update names, and updatedAt only where anything changed", async () => {
    const made = await create({ title: "One", body: "<p>1</p>", tags: ["x"] });
    const { id } = made?.article ?? {};
    shop.clock.pass(5_000);
    const same = await update(id, { title: "One", body: "<p>1</p>" });
    expect(same?.article).toMatchObject({ updatedAt: "2026-11-01T10:00:00Z", tags: ["x"] });
    const other = await update(id, { body: "<p>2</p>" });
    expect(other?.article).toMatchObject({
      ...{ updatedAt: "2026-11-01T10:00:05Z", title: "One", handle: "one", body: "<p>2</p>" },
      publishedAt: "2026-11-01T10:00:00Z",
    });
    const gone = await update("gid://shopify/Article/1", { title: "x" });
    expect(gone).toMatchObject({ article: null, userErrors: [{ code: "NOT_FOUND", field: ["id"] }] });
  });

  test("are deleted for good, with their metafields", async () => {
    const metafields = [{ namespace: "custom", key: "size", type: "number_integer", value: "3" }];
    const { id } = (await create({ title: "One", metafields }))?.article ?? {};
    const query = "mutation ($id: ID!) { articleDelete(id: $id) { deletedArticleId userErrors { code } } }";
    expect(await shop.data(query, { id })).toEqual({
      articleDelete: { deletedArticleId: id, userErrors: [] },
    });
    expect((await shop.data(query, { id })).articleDelete?.userErrors).toEqual([{ code: "NOT_FOUND" }]);
    expect(shop.store.metafields.size).toBe(0);
  });

  test("get tags added and removed one by one, whatever their case", async () => {
    const { id } = (await create({ title: "One", tags: ["red"] }))?.article ?? {};
    const change = (name: string) => `mutation ($id: ID!, $tags: [String!]!) {
      ${name}(id: $id, tags: $tags) { node { ... on Article { tags } } userErrors { message } } }`;
    const added = await shop.data(change("tagsAdd"), { id, tags: ["blue, Red", "green"] });
    expect(added.tagsAdd?.node?.tags).toEqual(["blue", "green", "red"]);
    const removed = await shop.data(change("tagsRemove"), { id, tags: ["RED"] });
    expect(removed.tagsRemove?.node?.tags).toEqual(["blue", "green"]);
    const none = await shop.data(change("tagsAdd"), { id: blog, tags: ["x"] });
    expect(none.tagsAdd).toMatchObject({ node: null, userErrors: [{ message: "Resource does not exist" }] });
  });

  test("keep their HTML, or have it cleaned where that is switched", async () => {
    const body = ' <p onclick="go()">a<br/>b</p><script>x</script>';
    expect((await create({ title: "a", body }))?.article?.body).toBe(body);
    shop.behaviours.cleansHtml = "scripts";
    expect((await create({ title: "b", body }))?.article?.body).toBe(" <p>a<br/>b</p>");
    shop.behaviours.cleansHtml = "tidy";
    expect((await create({ title: "c", body }))?.article?.body).toBe("<p>a<br>b</p>");
  });

  test("take over an image, whose alternative text can change by itself", async () => {
    const image = { url: "https://example.org/cat.jpg", altText: "A cat" };
    const made = (await create({ title: "One", image }))?.article;
    expect(made?.image?.url).toMatch(`${shop.url}/cdn/shop/articles/cat.jpg?v=`);
    const changed = await update(made?.id, { image: { altText: "Two cats" } });
    expect(changed?.article?.image).toEqual({ url: made?.image?.url, altText: "Two cats" });
    expect((await update(made?.id, { image: null }))?.article?.image).toBeNull();
  });
});

describe("pages, blogs and products", () => {
  test("pages are written, found and deleted", async () => {
    const create = `mutation ($page: PageCreateInput!) { pageCreate(page: $page) { page { id handle bodySummary } userErrors { code } } }`;
    const made = (
      await shop.data(create, { page: { title: "About us", body: `<p>${"ab ".repeat(80)}</p>` } })
    ).pageCreate?.page;
    expect(made?.handle).toBe("about-us");
    expect(String(made?.bodySummary)).toHaveLength(153);
    const large = await shop.data(create, { page: { title: "x", body: "x".repeat(600_000) } });
    expect(large.pageCreate?.userErrors).toEqual([{ code: "TOO_BIG" }]);
    const change = `mutation ($id: ID!, $page: PageUpdateInput!) { pageUpdate(id: $id, page: $page) { page { title handle } userErrors { code } } }`;
    const changed = await shop.data(change, { id: made?.id, page: { title: "Who", handle: "who we are" } });
    expect(changed.pageUpdate).toEqual({ page: { title: "Who", handle: "who-we-are" }, userErrors: [] });
    const gone = "mutation ($id: ID!) { pageDelete(id: $id) { deletedPageId userErrors { code } } }";
    expect((await shop.data(gone, { id: made?.id })).pageDelete?.deletedPageId).toBe(made?.id);
    expect((await shop.data("{ pagesCount { count precision } }")).pagesCount).toEqual({
      count: 0,
      precision: "EXACT",
    });
  });

  test("blogs are created, changed and deleted with their articles", async () => {
    const create = `mutation ($blog: BlogCreateInput!) { blogCreate(blog: $blog) { blog { id handle commentPolicy } userErrors { code } } }`;
    const made = (await shop.data(create, { blog: { title: "Tea & more" } })).blogCreate?.blog;
    expect(made).toMatchObject({ handle: "tea-more", commentPolicy: "CLOSED" });
    const taken = await shop.data(create, { blog: { title: "Other", handle: "tea-more" } });
    // The codes of blogs know no TAKEN.
    expect(taken.blogCreate?.userErrors).toEqual([{ code: "INVALID" }]);
    await shop.data(ARTICLE_CREATE, { article: { title: "In it", blogId: made?.id, ...ADA } });
    const gone = "mutation ($id: ID!) { blogDelete(id: $id) { deletedBlogId userErrors { code } } }";
    await shop.data(gone, { id: made?.id });
    expect([shop.store.blogs.size, shop.store.articles.size]).toEqual([1, 0]);
  });

  test("products are content only: a price or a collection is refused, not dropped", async () => {
    const create = `mutation ($product: ProductCreateInput!) {
      productCreate(product: $product) { product { id handle status seo { title description } tags } userErrors { field } } }`;
    const made = (
      await shop.data(create, {
        product: { title: "Sencha", status: "DRAFT", seo: { title: "S" }, tags: ["t"] },
      })
    ).productCreate?.product;
    expect(made).toMatchObject({ handle: "sencha", status: "DRAFT", seo: { title: "S", description: null } });
    const refused = await shop.ask(create, { product: { title: "X", collectionsToJoin: [] } });
    expect(refused.errors?.["0"]?.message).toBe(
      "The sandbox does not model of a product: collectionsToJoin.",
    );
    const change = `mutation ($product: ProductUpdateInput!) { productUpdate(product: $product) { product { status } userErrors { message } } }`;
    const archived = await shop.data(change, { product: { id: made?.id, status: "ARCHIVED" } });
    expect(archived.productUpdate?.product?.status).toBe("ARCHIVED");
    const found = await shop.data(`{ productByIdentifier(identifier: { handle: "sencha" }) { status } }`);
    expect(found.productByIdentifier?.status).toBe("ARCHIVED");
  });
});

describe("metafields", () => {
  const SET = `mutation ($metafields: [MetafieldsSetInput!]!) {
    metafieldsSet(metafields: $metafields) {
      metafields { namespace key type value jsonValue compareDigest } userErrors { code field elementIndex } } }`;
  const set = async (...metafields: object[]) => (await shop.data(SET, { metafields })).metafieldsSet;

  test("are set, read by name and deleted, and count as a change of what they belong to", async () => {
    const { id } = (await create({ title: "One" }))?.article ?? {};
    shop.clock.pass(2_000);
    const field = {
      ownerId: id,
      namespace: "custom",
      key: "sizes",
      type: "list.number_integer",
      value: "[1,2]",
    };
    expect((await set(field))?.metafields).toMatchObject([{ key: "sizes", jsonValue: [1, 2] }]);
    const read = `query ($id: ID!) { article(id: $id) { updatedAt
      metafield(namespace: "custom", key: "sizes") { value ownerType } all: metafields(first: 5, namespace: "other") { nodes { key } } } }`;
    expect((await shop.data(read, { id })).article).toEqual({
      updatedAt: "2026-11-01T10:00:02Z",
      metafield: { value: "[1,2]", ownerType: "ARTICLE" },
      all: { nodes: [] },
    });
    const drop = `mutation ($metafields: [MetafieldIdentifierInput!]!) { metafieldsDelete(metafields: $metafields) { deletedMetafields { key } userErrors { message } } }`;
    const { type: _, value: __, ...identifier } = field;
    const other = { ...identifier, key: "unknown" };
    const dropped = await shop.data(drop, { metafields: [identifier, other] });
    expect(dropped.metafieldsDelete).toEqual({ deletedMetafields: [{ key: "sizes" }, null], userErrors: [] });
  });

  test("are all set or none, and only with the digest that was read", async () => {
    const { id } = (await create({ title: "One" }))?.article ?? {};
    const field = (key: string, value: string, more: object = {}) => ({
      ...{ ownerId: id, namespace: "custom", key, type: "single_line_text_field", value },
      ...more,
    });
    expect(await set(field("good", "x"), field("bad", "two\nlines"))).toEqual({
      metafields: [],
      userErrors: [{ code: "INVALID_VALUE", field: ["metafields", "1", "value"], elementIndex: 1 }],
    });
    expect(shop.store.metafields.size).toBe(0);
    const made = await set(field("text", "x", { compareDigest: null }));
    const digest = items(made?.metafields)[0]?.compareDigest;
    expect((await set(field("text", "y", { compareDigest: null })))?.userErrors).toMatchObject([
      { code: "STALE_OBJECT" },
    ]);
    expect((await set(field("text", "y", { compareDigest: digest })))?.userErrors).toEqual([]);
    expect((await set(field("text", "z", { compareDigest: digest })))?.userErrors).toMatchObject([
      { code: "STALE_OBJECT" },
    ]);
  });

  test.each([
    ["boolean", "true", "yes"],
    ["date", "2026-01-31", "31.1.2026"],
    ["date_time", "2026-01-31T10:00:00Z", "soon"],
    ["number_decimal", "1.5", "1,5"],
    ["json", '{"a":1}', "{a}"],
    ["url", "https://example.org", "example"],
    ["color", "#00aaFF", "blue"],
    ["list.single_line_text_field", '["a"]', "a"],
    ["file_reference", "gid://shopify/MediaImage/1", "cat.jpg"],
  ])("of the type %s take %s and not %s", async (type, good, bad) => {
    const { id } = (await create({ title: "One" }))?.article ?? {};
    const field = { ownerId: id, namespace: "custom", key: "some", type };
    expect((await set({ ...field, value: bad }))?.userErrors).toMatchObject([{ code: "INVALID_VALUE" }]);
    expect((await set({ ...field, value: good }))?.userErrors).toEqual([]);
  });
});
