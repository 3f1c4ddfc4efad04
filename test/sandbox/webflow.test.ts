// What Webflow's own client can do with the sandbox, and what the sandbox refuses.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Webflow, WebflowClient } from "webflow-api";
import {
  type SandboxOptions,
  startWebflowSandbox,
  type WebflowSandbox,
} from "../../src/sandbox/webflow/server.ts";
import { problemsOf, watchVendor } from "../connectors/webflow/vendor.ts";
import { type HandClock, handClock } from "./shop.ts";

let clock: HandClock;
let sandbox: WebflowSandbox;
let client: WebflowClient;
let posts = "";
let problems: readonly string[] = [];

async function start(options: SandboxOptions = {}): Promise<void> {
  await sandbox?.close();
  clock = handClock();
  sandbox = await startWebflowSandbox({ clock, ...options });
  problems = watchVendor(sandbox);
  client = new WebflowClient({ accessToken: sandbox.token, baseUrl: `${sandbox.url}/v2`, maxRetries: 0 });
  posts = [...sandbox.store.collections.values()].find(({ slug }) => slug === "posts")?.id ?? "";
}
beforeEach(() => start());
afterEach(async () => {
  await sandbox.close();
  expect(problems).toEqual([]);
});

const fieldData = (slug: string, more = {}) => ({ name: slug.toUpperCase(), slug, ...more });

/** What the client threw: status and Webflow's own words. */
async function refusal(work: Promise<unknown>) {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  const { statusCode, body } = thrown as { statusCode?: number; body?: unknown };
  return { statusCode, body };
}

describe("Webflow's own client", () => {
  test("finds the site, its collections and their fields", async () => {
    const [site] = (await client.sites.list()).sites ?? [];
    expect(site).toMatchObject({ shortName: "the-tea-room", timeZone: "Europe/Berlin" });
    expect(await client.sites.get(site?.id ?? "")).toEqual(site);
    const { collections = [] } = await client.collections.list(site?.id ?? "");
    expect(collections.map(({ slug }) => slug)).toEqual(["authors", "topics", "posts"]);
    const { fields } = await client.collections.get(posts);
    expect(fields.filter(({ isRequired }) => isRequired).map(({ slug }) => slug)).toEqual(["name", "slug"]);
  });

  test("registers a webhook, lists it, and removes it", async () => {
    const site = sandbox.store.site.id;
    const wanted = { triggerType: "collection_item_changed", url: "https://hooks.example.com/w" } as const;
    const made = await client.webhooks.create(site, wanted);
    expect(made).toMatchObject({ ...wanted, siteId: site });
    expect((await client.webhooks.list(site)).webhooks).toEqual([made]);
    expect(await client.webhooks.get(made.id ?? "")).toEqual(made);
    const plain = client.webhooks.create(site, { ...wanted, url: "http://hooks.example.com" });
    expect((await refusal(plain)).statusCode).toBe(400);
    await client.webhooks.delete(made.id ?? "");
    expect((await client.webhooks.list(site)).webhooks).toEqual([]);
    expect((await refusal(client.webhooks.delete(made.id ?? ""))).statusCode).toBe(404);
  });

  test("makes a draft, changes it, publishes it, takes it off and deletes it", async () => {
    const made = await client.collections.items.createItem(posts, {
      fieldData: fieldData("tea", { featured: true }),
    });
    expect(made).toMatchObject({
      isDraft: true,
      isArchived: false,
      fieldData: { slug: "tea", featured: true },
    });
    const id = made.id ?? "";
    clock.pass(1000);
    const changed = await client.collections.items.updateItem(posts, id, { fieldData: { name: "Tea!" } });
    expect(changed).toMatchObject({ fieldData: { name: "Tea!", slug: "tea", featured: true } });
    expect(Date.parse(changed.lastUpdated ?? "") - Date.parse(made.lastUpdated ?? "")).toBe(1000);
    clock.pass(1000);
    expect(await client.collections.items.publishItem(posts, { items: [{ id }] })).toEqual({
      publishedItemIds: [id],
      errors: [],
    });
    const live = await client.collections.items.getItemLive(posts, id);
    expect(live).toMatchObject({ isDraft: false, fieldData: { name: "Tea!" } });
    expect(await (await fetch(`${sandbox.url}/posts/tea`)).text()).toContain("Tea!");
    await client.collections.items.deleteItemLive(posts, id);
    expect(await client.collections.items.getItem(posts, id)).toMatchObject({ isDraft: true });
    expect((await fetch(`${sandbox.url}/posts/tea`)).status).toBe(404);
    await client.collections.items.deleteItem(posts, id);
    expect((await refusal(client.collections.items.getItem(posts, id))).statusCode).toBe(404);
  });

  test("makes, changes and lists a hundred at a time, and no more", async () => {
    const wishes = Array.from({ length: 100 }, (_, n) => ({ fieldData: fieldData(`p${n}`) }));
    await client.collections.items.createItem(posts, { items: wishes });
    await client.collections.items.createItem(posts, { items: [{ fieldData: fieldData("last") }] });
    const page = await client.collections.items.listItems(posts, {
      limit: 100,
      sortBy: "slug",
      sortOrder: "asc",
    });
    expect([page.items?.length, page.pagination?.total, page.items?.[0]?.fieldData?.slug]).toEqual([
      100,
      101,
      "last",
    ]);
    const one = await client.collections.items.listItems(posts, { slug: "p7" });
    expect(one.items?.map((item) => item.fieldData?.name)).toEqual(["P7"]);
    const changes = (page.items ?? []).map(({ id = "" }) => ({ id, fieldData: { featured: true } }));
    await client.collections.items.updateItems(posts, { items: changes });
    const { items: all = [] } = await client.collections.items.listItems(posts, { offset: 1 });
    expect(all.filter((item) => item.fieldData?.featured === true).length).toBeGreaterThan(98);
    const tooMany = [...wishes, { fieldData: fieldData("x") }];
    expect((await refusal(client.collections.items.createItem(posts, { items: tooMany }))).statusCode).toBe(
      400,
    );
    expect((await refusal(client.collections.items.listItems(posts, { limit: 101 }))).statusCode).toBe(400);
  });

  test("changes what visitors see without the staged item, once it is live", async () => {
    const { id = "" } = await client.collections.items.createItem(posts, { fieldData: fieldData("a") });
    const early = refusal(
      client.collections.items.updateItemLive(posts, id, { fieldData: { name: "Live" } }),
    );
    expect((await early).statusCode).toBe(409);
    await client.collections.items.publishItem(posts, { items: [{ id }] });
    await client.collections.items.updateItemLive(posts, id, { fieldData: { name: "Live" } });
    expect((await client.collections.items.getItemLive(posts, id)).fieldData?.name).toBe("Live");
    expect((await client.collections.items.getItem(posts, id)).fieldData?.name).toBe("A");
  });

  test("uploads an asset in two steps, and the same bytes once", async () => {
    const siteId = sandbox.store.site.id;
    const file = new TextEncoder().encode("a leaf").buffer as ArrayBuffer;
    const { id = "", hostedUrl = "" } = await client.assets.utilities.createAndUpload(siteId, {
      file,
      fileName: "leaf.png",
    });
    expect(await (await fetch(hostedUrl)).text()).toBe("a leaf");
    await client.assets.update(id, { displayName: "A leaf" });
    expect((await client.assets.list(siteId)).assets).toMatchObject([
      { id, displayName: "A leaf", contentType: "image/png", size: 6, originalFileName: "leaf.png" },
    ]);
    expect((await client.assets.utilities.createAndUpload(siteId, { file, fileName: "other.png" })).id).toBe(
      id,
    );
    await client.assets.delete(id);
    expect((await client.assets.list(siteId)).assets).toEqual([]);
  });

  test("publishes the whole site, once a minute", async () => {
    const siteId = sandbox.store.site.id;
    await client.collections.items.createItem(posts, { isDraft: false, fieldData: fieldData("queued") });
    await client.collections.items.createItem(posts, { isDraft: true, fieldData: fieldData("draft") });
    await client.sites.publish(siteId, { publishToWebflowSubdomain: true });
    const { items: live = [] } = await client.collections.items.listItemsLive(posts);
    expect(live.map((item) => item.fieldData?.slug)).toEqual(["queued"]);
    const again = () => client.sites.publish(siteId, { publishToWebflowSubdomain: true });
    expect((await refusal(again())).statusCode).toBe(429);
    clock.pass(60_000);
    await again();
    clock.pass(60_000);
    expect((await refusal(client.sites.publish(siteId, {}))).statusCode).toBe(400);
  });

  test("gets Webflow's errors, in its own classes", async () => {
    await client.collections.items.createItem(posts, { fieldData: fieldData("taken") });
    const taken = client.collections.items.createItem(posts, { fieldData: fieldData("taken") });
    await expect(taken).rejects.toBeInstanceOf(Webflow.BadRequestError);
    await expect(taken).rejects.toMatchObject({
      body: {
        code: "validation_error",
        details: [{ param: "slug", description: "Unique value is already in database: 'taken'" }],
      },
    });
    const nobody = new WebflowClient({ accessToken: "wrong", baseUrl: `${sandbox.url}/v2`, maxRetries: 0 });
    await expect(nobody.sites.list()).rejects.toBeInstanceOf(Webflow.UnauthorizedError);
    expect(await refusal(client.token.introspect())).toMatchObject({
      statusCode: 403,
      body: { code: "forbidden" },
    });
    sandbox.behaviours.introspects = true;
    expect((await client.token.introspect()).authorization?.rateLimit).toBe(60);
  });
});

describe("the sandbox", () => {
  test("refuses a field that the collection does not have, and values that do not fit, naming each", async () => {
    const wrong = fieldData("x", {
      nowhere: 1,
      featured: "yes",
      "published-date": "soon",
      format: "none",
      author: "nobody",
    });
    const { body } = await refusal(client.collections.items.createItem(posts, { fieldData: wrong }));
    expect((body as { details: { param: string }[] }).details.map(({ param }) => param).sort()).toEqual([
      ...["author", "featured", "format", "nowhere", "published-date"],
    ]);
    const { pagination } = await client.collections.items.listItems(posts);
    expect(pagination?.total).toBe(0);
  });

  test("does nothing of a request of which it refuses a part", async () => {
    const wishes = ["a", "b", "a"].map((slug) => ({ fieldData: fieldData(slug) }));
    expect((await refusal(client.collections.items.createItem(posts, { items: wishes }))).statusCode).toBe(
      400,
    );
    expect((await client.collections.items.listItems(posts)).pagination?.total).toBe(0);
  });

  test("empties code blocks that stand in a rich text, and leaves those in embeds", async () => {
    const embed = "<div data-rt-embed-type='true'><pre><code>x = 1</code></pre></div>";
    const html = `<p>Look:</p><pre><code>x = 1</code></pre>${embed}`;
    const made = await client.collections.items.createItem(posts, {
      fieldData: fieldData("code", { "post-body": html }),
    });
    expect(made.fieldData?.["post-body"]).toBe(`<p>Look:</p><pre></pre>${embed}`);
  });

  test("counts a minute's requests, says what is left, and when to come back", async () => {
    await start({ behaviours: { perMinute: 2 } });
    const ask = () =>
      fetch(`${sandbox.url}/v2/sites`, { headers: { authorization: `Bearer ${sandbox.token}` } });
    const first = await ask();
    expect([
      first.status,
      first.headers.get("x-ratelimit-limit"),
      first.headers.get("x-ratelimit-remaining"),
    ]).toEqual([200, "2", "1"]);
    clock.pass(20_000);
    await ask();
    const refused = await ask();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "40"]);
    clock.pass(40_000);
    expect((await ask()).status).toBe(200);
  });

  test("keeps an item in several languages under one id, each with a text of its own", async () => {
    await start({ locales: ["en-US", "fr-FR"] });
    const locales = sandbox.store.site.locales.map(({ cmsLocaleId }) => cmsLocaleId);
    const [, french = ""] = locales;
    await client.collections.items.createItems(posts, { cmsLocaleIds: locales, fieldData: fieldData("tea") });
    const { items: both = [] } = await client.collections.items.listItems(posts, {
      cmsLocaleId: locales.join(","),
    });
    expect(new Set(both.map(({ id }) => id)).size).toBe(1);
    const id = both[0]?.id ?? "";
    await client.collections.items.updateItems(posts, {
      items: [{ id, cmsLocaleId: french, fieldData: { name: "Thé" } }],
    });
    const { items: primary = [] } = await client.collections.items.listItems(posts);
    expect(primary.map((item) => item.fieldData?.name)).toEqual(["TEA"]);
    const other = await client.collections.items.getItem(posts, id, { cmsLocaleId: french });
    expect(other.fieldData?.name).toBe("Thé");
  });
});

test("what does not fit Webflow's schemas is noticed", () => {
  const answered = (body: object) =>
    problemsOf(
      { method: "GET", path: "/collections/1/items/2", body: "" },
      { status: 200, body: JSON.stringify(body) },
    );
  const item = { id: "1", isDraft: false, fieldData: { name: "A", slug: "a" } };
  expect(answered(item)).toEqual([]);
  expect(answered({ ...item, extra: 1 })).toHaveLength(1);
  expect(answered({ ...item, isDraft: "no" })).toHaveLength(1);
  expect(problemsOf({ method: "GET", path: "/nowhere", body: "" }, { status: 200, body: "{}" })).toHaveLength(
    1,
  );
  const asked = {
    method: "PATCH",
    path: "/collections/1/items",
    body: JSON.stringify({ items: [{ fieldData: {} }] }),
  };
  expect(problemsOf(asked, { status: 200, body: JSON.stringify({ items: [] }) })).toHaveLength(1);
});
