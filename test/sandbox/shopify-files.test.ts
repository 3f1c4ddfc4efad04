import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ASSUMED } from "../../src/sandbox/shopify/behaviours.ts";
import { ARTICLE_CREATE, type Deep, items, openShop, type Shop } from "./shop.ts";

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(() => shop.close());

interface Target {
  readonly url: string;
  readonly resourceUrl: string;
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
}

const STAGE = `mutation ($input: [StagedUploadInput!]!) {
  stagedUploadsCreate(input: $input) { stagedTargets { url resourceUrl parameters { name value } } userErrors { message } } }`;
const FILES = `mutation ($files: [FileCreateInput!]!) {
  fileCreate(files: $files) { files { id alt fileStatus ... on MediaImage { image { url } } } userErrors { code field } } }`;
const LOOK = `query ($id: ID!) { node(id: $id) { ... on File { fileStatus fileErrors { code } } ... on MediaImage { image { url altText } } ... on GenericFile { url } } }`;

async function stage(more: object = {}): Promise<Target> {
  const input = [
    { resource: "IMAGE", filename: "cat.png", mimeType: "image/png", httpMethod: "POST", ...more },
  ];
  const { stagedUploadsCreate } = await shop.data(STAGE, { input });
  return items(stagedUploadsCreate?.stagedTargets)[0] as unknown as Target;
}

async function send(target: Target, content: string): Promise<number> {
  const form = new FormData();
  for (const { name, value } of target.parameters) form.append(name, value);
  form.append("file", new Blob([content]), "cat.png");
  return (await fetch(target.url, { method: "POST", body: form })).status;
}

async function make(file: object): Promise<Deep | undefined> {
  return (await shop.data(FILES, { files: [file] })).fileCreate;
}

const idOf = (made: Deep | undefined) => made?.files?.["0"]?.id;

describe("a file", () => {
  test("goes up in three steps and is READY after a while", async () => {
    const target = await stage();
    expect(await send(target, "\u0089PNG\r\n--bytes\r\n")).toBe(201);
    const made = await make({ originalSource: target.resourceUrl, alt: "A cat", contentType: "IMAGE" });
    expect(made).toMatchObject({
      files: [{ alt: "A cat", fileStatus: "UPLOADED", image: null }],
      userErrors: [],
    });
    shop.clock.pass(600);
    expect((await shop.data(LOOK, { id: idOf(made) })).node).toMatchObject({
      fileStatus: "PROCESSING",
      image: null,
    });
    shop.clock.pass(600);
    const { node } = await shop.data(LOOK, { id: idOf(made) });
    expect(node).toMatchObject({ fileStatus: "READY", image: { altText: "A cat" } });
    const shown = await fetch(String(node?.image?.url));
    expect([shown.headers.get("content-type"), await shown.text()]).toEqual([
      "image/png",
      "\u0089PNG\r\n--bytes\r\n",
    ]);
  });

  test("goes up by PUT too", async () => {
    const target = await stage({
      httpMethod: "PUT",
      resource: "FILE",
      filename: "a.pdf",
      mimeType: "application/pdf",
    });
    expect((await fetch(target.url, { method: "PUT", body: "%PDF" })).status).toBe(200);
    const made = await make({ originalSource: target.resourceUrl });
    shop.clock.pass(1_000);
    const { node } = await shop.data(LOOK, { id: idOf(made) });
    expect(await (await fetch(String(node?.url))).text()).toBe("%PDF");
  });

  test("that was never sent, or that Shopify cannot use, ends as FAILED", async () => {
    const target = await stage();
    const unsent = await make({ originalSource: target.resourceUrl, contentType: "IMAGE" });
    shop.behaviours.failsFiles = 1;
    const unusable = await make({ originalSource: "https://example.org/a.png" });
    shop.clock.pass(1_000);
    for (const made of [unsent, unusable]) {
      expect((await shop.data(LOOK, { id: idOf(made) })).node).toMatchObject({
        ...{ fileStatus: "FAILED", image: null },
        fileErrors: [{ code: "IMAGE_DOWNLOAD_FAILURE" }],
      });
    }
  });

  test("whose upload is refused, is too large, or is another than before can be sent again", async () => {
    shop.behaviours.refusesUploads = 1;
    const target = await stage({ fileSize: "5" });
    expect(await send(target, "cat")).toBe(503);
    expect(await send(target, "too large")).toBe(400);
    expect(await send(target, "cat")).toBe(201);
    expect(await send(target, "cat")).toBe(201);
    expect(await send(target, "dog")).toBe(403);
  });

  test("of a name that is in use gets another, replaces it, or is refused, as is asked", async () => {
    const source = { originalSource: "https://example.org/cat.png" };
    const first = idOf(await make(source));
    const second = idOf(await make(source));
    expect(second).not.toBe(first);
    const replaced = await make({ ...source, filename: "cat.png", duplicateResolutionMode: "REPLACE" });
    expect(idOf(replaced)).toBe(first);
    const refused = await make({ ...source, duplicateResolutionMode: "RAISE_ERROR" });
    expect(refused?.userErrors).toMatchObject([{ code: "FILENAME_ALREADY_EXISTS" }]);
    expect([...shop.store.files.values()].map(({ name }) => name).sort()).toEqual([
      "cat.png",
      expect.stringMatching(/^cat_[0-9a-f-]{36}\.png$/),
    ]);
    const found = await shop.data('{ files(first: 5, query: "filename:cat.png") { nodes { id } } }');
    expect(found.files?.nodes).toEqual([{ id: first }]);
  });

  test("changes its alternative text once it is READY, and is deleted", async () => {
    const id = idOf(await make({ originalSource: "https://example.org/cat.png" }));
    const change = `mutation ($files: [FileUpdateInput!]!) { fileUpdate(files: $files) { files { alt } userErrors { code } } }`;
    const early = await shop.data(change, { files: [{ id, alt: "Cat" }] });
    expect(early.fileUpdate?.userErrors).toEqual([{ code: "NON_READY_STATE" }]);
    shop.clock.pass(1_000);
    const late = await shop.data(change, { files: [{ id, alt: "Cat" }] });
    expect(late.fileUpdate).toEqual({ files: [{ alt: "Cat" }], userErrors: [] });
    const gone =
      "mutation ($ids: [ID!]!) { fileDelete(fileIds: $ids) { deletedFileIds userErrors { code } } }";
    expect((await shop.data(gone, { ids: [id] })).fileDelete?.deletedFileIds).toEqual([id]);
    expect((await shop.data(gone, { ids: [id] })).fileDelete?.userErrors).toEqual([
      { code: "FILE_DOES_NOT_EXIST" },
    ]);
  });
});

describe("a bulk mutation", () => {
  const RUN = `mutation ($mutation: String!, $path: String!) {
    bulkOperationRunMutation(mutation: $mutation, stagedUploadPath: $path, clientIdentifier: "run-1") {
      bulkOperation { id status } userErrors { code message } } }`;
  const stageRows = async (...rows: object[]): Promise<string> => {
    const target = await stage({
      resource: "BULK_MUTATION_VARIABLES",
      filename: "rows.jsonl",
      mimeType: "text/jsonl",
    });
    await send(target, rows.map((row) => JSON.stringify(row)).join("\n"));
    return target.parameters.find(({ name }) => name === "key")?.value ?? "";
  };

  test("carries out a line at a time, and shows what became of each", async () => {
    const blogId = [...shop.store.blogs.keys()][0];
    const row = (title: string) => ({ article: { title, blogId, author: { name: "Ada" } } });
    const path = await stageRows(row("One"), row(""), { article: {} });
    const run = (await shop.data(RUN, { mutation: ARTICLE_CREATE, path })).bulkOperationRunMutation;
    expect(run).toMatchObject({ bulkOperation: { status: "CREATED" }, userErrors: [] });
    const look = `{ bulkOperations(first: 1, query: "client_identifier:run-1") { nodes { status objectCount url } } }`;
    shop.clock.pass(1_000);
    const operation = (await shop.data(look)).bulkOperations?.nodes?.["0"];
    expect(operation).toMatchObject({ status: "COMPLETED", objectCount: "3" });
    const lines = (await (await fetch(String(operation?.url))).text()).trim().split("\n");
    const results = lines.map((line) => JSON.parse(line) as Deep);
    expect(results[0]).toMatchObject({
      data: { articleCreate: { article: { title: "One" } } },
      __lineNumber: 0,
    });
    expect(results[1]).toMatchObject({
      data: { articleCreate: { userErrors: [{ code: "BLANK" }] } },
      __lineNumber: 1,
    });
    expect(results[2]).toMatchObject({ errors: [{}, {}], __lineNumber: 2 });
  });

  test("is refused without its file, with a broken one, and while five others run", async () => {
    const run = async (path: string) =>
      (await shop.data(RUN, { mutation: ARTICLE_CREATE, path })).bulkOperationRunMutation;
    expect((await run("tmp/none"))?.userErrors).toMatchObject([{ code: "NO_SUCH_FILE" }]);
    const path = await stageRows({ article: {} });
    for (let number = 0; number < 5; number++) expect((await run(path))?.userErrors).toEqual([]);
    expect((await run(path))?.userErrors).toMatchObject([{ code: "LIMIT_REACHED" }]);
    shop.clock.pass(1_000);
    expect((await run(path))?.userErrors).toEqual([]);
    const target = await stage({ resource: "BULK_MUTATION_VARIABLES" });
    await send(target, "not json");
    const broken = target.parameters.find(({ name }) => name === "key")?.value ?? "";
    expect((await run(broken))?.userErrors).toMatchObject([{ code: "INVALID_STAGED_UPLOAD_FILE" }]);
  });
});

describe("in a browser", () => {
  const look = async (path: string) => {
    const answer = await fetch(`${shop.url}${path}`);
    return [answer.status, await answer.text()] as const;
  };

  test("the sandbox tells what it is and what it assumes", async () => {
    const [status, html] = await look("/");
    expect(status).toBe(200);
    expect(html).toContain("This is a sandbox, not Shopify.");
    for (const words of ASSUMED) expect(html).toContain(words.replaceAll("'", "&#39;"));
  });

  test("what is published is shown, drafts and scheduled entries are not", async () => {
    const seeded = await openShop({ seeded: true });
    const status = async (path: string) => (await fetch(`${seeded.url}${path}`)).status;
    const paths = [
      "/blogs/news/the-first-flush-is-here",
      "/blogs/guides/storing-tea",
      "/blogs/news/winter-opening-hours",
    ];
    expect(await Promise.all(paths.map(status))).toEqual([200, 404, 404]);
    const front = await (await fetch(`${seeded.url}/`)).text();
    expect(paths.map((path) => front.includes(`href="${path}"`))).toEqual([true, false, false]);
    expect(await Promise.all(["/pages/about-us", "/products/sencha", "/pages/none"].map(status))).toEqual([
      200, 200, 404,
    ]);
    await seeded.close();
  });

  test("scripts in a body stay text of a frame that may do nothing", async () => {
    const blogId = [...shop.store.blogs.keys()][0];
    const body = '<script>alert(1)</script>"><b>x</b>';
    await shop.data(ARTICLE_CREATE, { article: { title: "<i>One", blogId, author: { name: "A" }, body } });
    const [, html] = await look("/blogs/news/i-one");
    expect(html).toContain("<iframe sandbox srcdoc=");
    expect(html).not.toMatch(/<script|<b>|<i>/);
  });
});
