// The sandbox as a browser and as programs of others see it.
import { afterEach, expect, test } from "vitest";
import { createPost } from "../../src/sandbox/wix/posts.ts";
import { startWixSandbox, type WixSandbox } from "../../src/sandbox/wix/server.ts";

let sandbox: WixSandbox;
afterEach(() => sandbox.close());

const asked = (path: string, init: RequestInit = {}) =>
  fetch(sandbox.url + path, {
    ...init,
    headers: { authorization: sandbox.key, "wix-site-id": sandbox.siteId, ...init.headers },
  });

const posted = (path: string, body: unknown, method = "POST") =>
  asked(path, { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } });

test("a browser sees what is published, and that this is a sandbox", async () => {
  sandbox = await startWixSandbox({ seeded: true });
  const front = await (await fetch(sandbox.url)).text();
  expect(front).toContain("This is a sandbox, not Wix");
  expect(front).toContain("A loaf for Sunday");
  expect(front).not.toContain("Not yet done");
  expect(await (await fetch(`${sandbox.url}/post/a-loaf-for-sunday`)).text()).toContain("More tomorrow");
});

test("a key without the id of a site, and a key that is none, are refused", async () => {
  sandbox = await startWixSandbox();
  const path = "/site-properties/v4/properties";
  expect((await fetch(sandbox.url + path, { headers: { authorization: sandbox.key } })).status).toBe(400);
  expect((await asked(path, { headers: { authorization: "another" } })).status).toBe(401);
  expect((await asked(path, { headers: { "wix-site-id": "another" } })).status).toBe(403);
  expect((await asked(path)).status).toBe(200);
});

test("more than 200 requests in a minute are refused: an empty 403, as bursts are", async () => {
  sandbox = await startWixSandbox({ behaviours: { perMinute: 3 } });
  const answers = [];
  for (let n = 0; n < 4; n += 1) answers.push(await asked("/site-properties/v4/properties"));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 403]);
  expect(await answers[3]?.text()).toBe("");
});

test("requests that Wix refuses are refused as Wix does it", async () => {
  sandbox = await startWixSandbox();
  const create = "/blog/v3/bulk/draft-posts/create";
  const many = Array.from({ length: 21 }, (_, n) => ({ title: `Post ${n}` }));
  expect((await posted(create, { draftPosts: many })).status).toBe(400);
  const nested = await (await posted(create, { draftPosts: [{ draftPost: { title: "A" } }] })).json();
  expect(JSON.stringify(nested)).toContain("draftPosts[0].title must not be empty");
  const bare = { nodes: [{ type: "BLOCKQUOTE", nodes: [{ type: "TEXT" }] }] };
  const ricos = await (
    await posted("/blog/v3/draft-posts", { draftPost: { title: "A", richContent: bare } })
  ).json();
  expect(JSON.stringify(ricos)).toContain("Expected a paragraph node but found TEXT");
  expect((await posted("/blog/v3/draft-posts/query", { query: { filter: { seoSlug: "a" } } })).status).toBe(
    400,
  );
  expect((await posted("/blog/v3/tags", { label: "Rye" })).status).toBe(200);
  expect((await posted("/blog/v3/tags", { label: "rye" })).status).toBe(409);
});

test("a request's `slug` and unknown categories are ignored in silence", async () => {
  sandbox = await startWixSandbox();
  const draftPost = { title: "Bread", slug: "my-slug", categoryIds: ["nowhere"] };
  const made = await (await posted("/blog/v3/draft-posts", { draftPost })).json();
  expect(made).toMatchObject({ draftPost: { seoSlug: "bread", categoryIds: [] } });
});

test("an update of a published post without publishing leaves the live copy", async () => {
  sandbox = await startWixSandbox();
  const post = createPost(sandbox.store, { title: "Bread" }, true);
  const path = `/blog/v3/draft-posts/${post.id}`;
  const changed = await (await posted(path, { draftPost: { title: "Loaf" } }, "PATCH")).json();
  expect(changed).toMatchObject({ draftPost: { title: "Loaf", hasUnpublishedChanges: true } });
  expect(post.live).toMatchObject({ title: "Bread" });
  await posted(`${path}/publish`, {});
  expect(post.live).toMatchObject({ title: "Loaf" });
});
