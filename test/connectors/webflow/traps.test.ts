import { afterEach, describe, expect, test } from "vitest";
import type { Connector, Draft, Entry } from "../../../src/connectors/contract.ts";
import { codec } from "../../../src/connectors/webflow/codec.ts";
import type { JsonObject } from "../../../src/lib/json.ts";
import {
  type SandboxOptions,
  startWebflowSandbox,
  type WebflowSandbox,
} from "../../../src/sandbox/webflow/server.ts";
import { type Collection, type Item, itemsOf, nowStamp } from "../../../src/sandbox/webflow/state.ts";
import { FILES } from "../local-site.ts";
import { faultOf } from "../rules/writing.ts";
import { leapingClock, openWebflow, post, put, refsOf } from "./site.ts";
import { watchVendor } from "./vendor.ts";

let sandbox: WebflowSandbox;
let connector: Connector;
let problems: readonly string[] = [];

async function open(options: SandboxOptions = {}, settings: Readonly<Record<string, string>> = {}) {
  const clock = options.clock ?? leapingClock();
  const behaviours = { perMinute: 9000, ...options.behaviours };
  sandbox = await startWebflowSandbox({ ...options, clock, behaviours });
  problems = watchVendor(sandbox);
  connector = openWebflow(sandbox, settings, clock);
}
afterEach(async () => {
  await sandbox.close();
  expect(problems).toEqual([]);
});

function collection(slug: string): Collection {
  const found = [...sandbox.store.collections.values()].find((one) => one.slug === slug);
  if (found === undefined) throw new Error(`no collection ${slug}`);
  return found;
}
const posts = (): readonly Item[] => [...itemsOf(sandbox.store, collection("posts").id).values()];
const named = (name: string) => posts().filter(({ fieldData }) => fieldData.name === name);
const at = ({ revision, wire }: Entry) => ({ revision, wire });
const change = (entry: Entry, wire: JsonObject): Draft => ({
  ...{ key: "", kind: entry.kind, locale: entry.locale, scope: "", slug: entry.slug, wire },
});
const update = (entry: Entry, wire: JsonObject) => connector.update(entry.id, change(entry, wire), at(entry));
const writes = () => sandbox.requests.filter(({ method }) => method !== "GET").length;

const draftNamed = (slug: string, wire: JsonObject = {}): Draft => ({
  ...{ key: slug, kind: "posts", locale: "", scope: "", slug },
  wire: { title: slug, status: "draft", ...wire },
});
async function make(drafts: readonly Draft[]) {
  const intents = await Promise.all(drafts.map((draft) => connector.prepare(draft)));
  return Promise.allSettled(drafts.map((draft, n) => connector.create(draft, intents[n] ?? null)));
}
const reasons = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.map((one) => (one.status === "rejected" ? [one.reason.kind, one.reason.code] : "made"));

describe("creates of one tick", () => {
  test("are one request, and the one that Webflow refuses does not keep the others from being made", async () => {
    await open();
    const before = writes();
    const drafts = Array.from({ length: 40 }, (_, n) =>
      draftNamed(`p${n}`, n === 17 ? { color: "no color!" } : {}),
    );
    const results = await make(drafts);
    expect(reasons(results).filter((one) => one !== "made")).toEqual([["invalid", "webflow.refused"]]);
    const refused = results[17];
    expect(refused?.status === "rejected" && refused.reason.message).toContain(
      "color: Value (no color!) is no color",
    );
    expect(posts()).toHaveLength(39);
    expect(writes() - before).toBeLessThan(15);
  });

  test("whose slug somebody takes meanwhile are told, with the item that has it; the others are made", async () => {
    await open();
    const drafts = ["a", "b", "c", "d", "e"].map((slug) => draftNamed(slug));
    const intents = await Promise.all(drafts.map((draft) => connector.prepare(draft)));
    await put(openWebflow(sandbox, {}, leapingClock()), post("Theirs", { status: "draft" }), "c");
    const results = await Promise.allSettled(
      drafts.map((draft, n) => connector.create(draft, intents[n] ?? null)),
    );
    expect(reasons(results)).toEqual(["made", "made", ["conflict", "slug-taken"], "made", "made"]);
    const taken = results[2];
    const [holder] = named("Theirs");
    expect(taken?.status === "rejected" && taken.reason.message).toContain(holder?.id);
    expect(posts()).toHaveLength(5);
  });

  test("that something on the way sends twice make one item each", async () => {
    await open();
    const drafts = ["a", "b"].map((slug) => draftNamed(slug));
    const intents = await Promise.all(drafts.map((draft) => connector.prepare(draft)));
    const first = await Promise.all(drafts.map((draft, n) => connector.create(draft, intents[n] ?? null)));
    const second = await Promise.all(drafts.map((draft, n) => connector.create(draft, intents[n] ?? null)));
    expect(second).toEqual(first);
    expect(posts()).toHaveLength(2);
  });

  test("whose answer is lost are found by a few requests", async () => {
    await open();
    const drafts = Array.from({ length: 60 }, (_, n) => draftNamed(`p${n}`));
    const intents = await Promise.all(drafts.map((draft) => connector.prepare(draft)));
    sandbox.behaviours.internalErrorAfterWrite = 1;
    const results = await Promise.allSettled(
      drafts.map((draft, n) => connector.create(draft, intents[n] ?? null)),
    );
    expect(new Set(reasons(results).map(String))).toEqual(new Set(["ambiguous,webflow.failed-writing"]));
    const before = sandbox.requests.length;
    const found = await Promise.all(drafts.map((draft, n) => connector.find(draft, intents[n] ?? null)));
    expect(found.map((entry) => entry?.slug)).toEqual(drafts.map(({ slug }) => slug));
    expect(sandbox.requests.length - before).toBeLessThan(5);
  });

  test("wait for a listing that lags behind", async () => {
    await open({ behaviours: { listLagMs: 2000 } });
    const draft = draftNamed("late");
    const intent = await connector.prepare(draft);
    sandbox.behaviours.dropsAnswerAfterWrite = 1;
    expect((await faultOf(connector.create(draft, intent))).kind).toBe("ambiguous");
    expect((await connector.find(draft, intent))?.slug).toBe("late");
  });
});

describe("an update", () => {
  test("leaves out the slug that the item has: Webflow would call it taken", async () => {
    await open();
    const entry = await put(connector, post("One", { status: "published" }), "one");
    const updated = await update(entry, { title: "Two", slug: "one" });
    expect([updated.title, updated.slug, named("Two")[0]?.live?.fieldData.name]).toEqual([
      "Two",
      "one",
      "Two",
    ]);
    const other = await put(connector, post("Other"), "other");
    expect(await faultOf(update(other, { slug: "one" }))).toMatchObject({
      kind: "conflict",
      code: "slug-taken",
    });
  });

  test("takes an item through all its states, and visitors see what the state says", async () => {
    await open();
    let entry = await put(connector, post("One", {}, "Text."), "one");
    const [item] = posts();
    const seen = () => item?.live?.fieldData.name;
    for (const [status, shows] of [
      ["published", "One"],
      ["archived", undefined],
      ["published", "One"],
      ["pending", undefined],
      ["draft", undefined],
      ["archived", undefined],
      ["draft", undefined],
      ["published", "One"],
      ["draft", undefined],
    ] as const) {
      entry = await update(entry, { status });
      expect([entry.state, entry.pendingChanges, seen()]).toEqual([status, false, shows]);
    }
  });

  test("of a hundred items looks at all of them with a request, and sees somebody's edit among its own", async () => {
    await open();
    const made = (await make(Array.from({ length: 250 }, (_, n) => draftNamed(`p${n}`)))).flatMap((one) =>
      one.status === "fulfilled" ? one.value : [],
    );
    for await (const _ of connector.list(["posts"]));
    const [first, second] = [made.slice(0, 120), made.slice(120)];
    await Promise.all(first.map((entry) => update(entry, { title: `${entry.title}!` })));
    const edited = posts().find(({ id }) => id === second[7]?.id);
    if (edited === undefined) throw new Error("not there");
    Object.assign(edited, {
      fieldData: { ...edited.fieldData, name: "By hand" },
      lastUpdated: nowStamp(sandbox.store),
    });
    const before = sandbox.requests.length;
    const results = await Promise.allSettled(
      second.map((entry) => update(entry, { title: `${entry.title}!` })),
    );
    expect(reasons(results).filter((one) => one !== "made")).toEqual([["conflict", "moved"]]);
    expect(named("By hand")).toHaveLength(1);
    expect(sandbox.requests.length - before).toBeLessThan(12);
  });

  test("that Webflow saves and does not publish is not done, and is carried on with", async () => {
    await open();
    const entry = await put(connector, post("One", { status: "published" }), "one");
    sandbox.behaviours.failsPublishing = 1;
    const fault = await faultOf(update(entry, { title: "Two" }));
    expect(fault).toMatchObject({ kind: "ambiguous", code: "webflow.not-published" });
    expect(fault.message).toContain("could not be published");
    const updated = await update(entry, { title: "Two" });
    expect([updated.title, updated.pendingChanges, named("Two")[0]?.live?.fieldData.name]).toEqual([
      "Two",
      false,
      "Two",
    ]);
  });

  test("empties fields of every type", async () => {
    await open();
    const full = post("Full", {
      ...{
        status: "draft",
        excerpt: "Short",
        date: "2026-01-01",
        featured: true,
        "reading-minutes": 3,
        format: "Recipe",
      },
      ...{
        tags: ["a"],
        image: { src: "./loaf.png", alt: "x" },
        gallery: ["./loaf.png"],
        color: "#fff",
        source: "https://a.example/",
      },
    });
    const entry = await put(connector, full, "full");
    const names = Object.keys(full.fields).filter((name) => name !== "title" && name !== "status");
    const fields = Object.fromEntries([["title", "Full"], ...names.map((name) => [name, null])]);
    const { wire } = codec.encode({ ...full, fields }, await refsOf(connector, full), entry);
    const emptied = await update(entry, wire);
    const back = codec.decode(emptied, await refsOf(connector, full));
    expect(back.fields).toEqual({ title: "Full", slug: "full", status: "draft" });
    expect(Object.keys(posts()[0]?.fieldData ?? {}).sort()).toEqual([
      "featured",
      "gallery",
      "name",
      "slug",
      "tags",
    ]);
  });

  test("names a picture that the item has by its id, so that Webflow makes no second copy of it", async () => {
    await open();
    const document = post("One", { status: "draft", image: { src: "./loaf.png", alt: "A loaf" } });
    const entry = await put(connector, document, "one");
    const files = sandbox.store.hosted.size;
    const refs = await refsOf(connector, document);
    const described = {
      ...document,
      fields: { ...document.fields, image: { src: "./loaf.png", alt: "Bread" } },
    };
    const { image } = codec.encode(described, refs, entry).wire;
    const updated = await update(entry, { image: image ?? null });
    expect(updated.wire.image).toMatchObject({ alt: "Bread", id: (entry.wire.image as JsonObject).id });
    expect(sandbox.store.hosted.size).toBe(files);
  });
});

describe("what is not there", () => {
  test("is gone only where Webflow says so of the item itself", async () => {
    await open();
    const entry = await put(connector, post("One"), "one");
    itemsOf(sandbox.store, collection("posts").id).clear();
    const ref = { id: entry.id, kind: "posts", locale: "" };
    expect(await connector.read([ref])).toEqual([{ id: entry.id, entry: undefined, gone: "missing" }]);
    expect(await faultOf(update(entry, { title: "x" }))).toMatchObject({ kind: "conflict", code: "gone" });
    sandbox.store.collections.clear();
    expect((await faultOf(connector.read([ref]))).kind).toBe("not-found");
  });

  test("a listing that does not hold still is a fault, never a part of the whole", async () => {
    await open();
    await make(Array.from({ length: 150 }, (_, n) => draftNamed(`p${n}`)));
    let turns = 0;
    sandbox.behaviours.onRequest = (method, path) => {
      if (method !== "GET" || !path.includes("offset=100")) return;
      turns += 1;
      const items = itemsOf(sandbox.store, collection("posts").id);
      const [first = ""] = items.keys();
      items.delete(first);
    };
    const listed = (async () => {
      for await (const _ of connector.list(["posts"]));
    })();
    expect((await faultOf(listed)).code).toBe("webflow.listing-unstable");
    expect(turns).toBe(4);
  });
});

describe("the site as a whole", () => {
  test("is never published unasked: where Webflow publishes no single items that is told", async () => {
    await open({ behaviours: { outOfStep: true } });
    const fault = await faultOf(put(connector, post("One", { status: "published" }), "one"));
    expect(fault).toMatchObject({
      code: "webflow.cannot-publish",
      hint: expect.stringContaining("sitePublish=needed"),
    });
    expect(sandbox.requests.some(({ url }) => url.endsWith("/publish"))).toBe(false);
    expect(posts()).toEqual([]);
  });

  test("is published once where that is allowed and needed, and told", async () => {
    await open({ behaviours: { outOfStep: true } }, { sitePublish: "needed" });
    const made = await Promise.all(
      ["a", "b"].map((slug) => put(connector, post(slug.toUpperCase(), { status: "published" }), slug)),
    );
    expect(made.map(({ state }) => state)).toEqual(["published", "published"]);
    expect(sandbox.requests.filter(({ url }) => /\/sites\/\w+\/publish$/.test(url))).toHaveLength(1);
    expect(connector.notices?.()).toEqual([expect.stringContaining("the whole site was published")]);
  });
});

describe("assets", () => {
  const LOAF = FILES.get("./loaf.png");
  if (LOAF === undefined) throw new Error("no sample file");
  const { file, bytes } = LOAF;
  const upload = () => connector.media?.upload(file, bytes) ?? Promise.resolve();

  test("of which the bytes did not arrive are no uploads, and are sent again", async () => {
    await open();
    sandbox.behaviours.refusesUploads = 100;
    expect(await faultOf(upload())).toMatchObject({ kind: "invalid", code: "webflow.upload-refused" });
    sandbox.behaviours.refusesUploads = 0;
    expect(await connector.media?.findByDigest([file.digest])).toEqual([]);
    const made = await connector.media?.upload(file, bytes);
    expect([...sandbox.store.assets.keys()]).toEqual([made?.id]);
  });

  test("are one, also where the answer to their announcement is lost", async () => {
    await open();
    sandbox.behaviours.dropsAnswerAfterWrite = 1;
    const made = await connector.media?.upload(file, bytes);
    expect([...sandbox.store.assets.keys()]).toEqual([made?.id]);
  });
});

describe("a site in several languages", () => {
  const LOCALES = ["en-US", "fr-FR"];

  async function bilingual() {
    await open({ locales: LOCALES });
    const [en, fr] = sandbox.store.site.locales.map(({ cmsLocaleId }) => cmsLocaleId);
    const body = { cmsLocaleIds: [en, fr], isDraft: true, fieldData: { name: "Tea", slug: "tea" } };
    await fetch(`${sandbox.url}/v2/collections/${collection("posts").id}/items/bulk`, {
      method: "POST",
      headers: { authorization: `Bearer ${sandbox.token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const rows = [];
    for await (const page of connector.list(["posts"])) rows.push(...page);
    const read = await connector.read(rows);
    return read.flatMap(({ entry }) => entry ?? []).sort((a, b) => (a.locale < b.locale ? -1 : 1));
  }

  test("has an item once in each, together in a group", async () => {
    const [english, french, ...others] = await bilingual();
    expect(others).toEqual([]);
    expect([english?.locale, french?.locale]).toEqual(LOCALES);
    expect([french?.id, french?.group]).toEqual([english?.id, english?.id]);
    expect([english?.url, french?.url]).toEqual([
      `${sandbox.url}/posts/tea`,
      `${sandbox.url}/fr-fr/posts/tea`,
    ]);
    expect((await connector.model()).languages).toEqual({ locales: LOCALES, fallback: "en-US" });
  });

  test("is written in one language at a time, live too", async () => {
    const [english, french] = await bilingual();
    if (english === undefined || french === undefined) throw new Error("not there");
    const updated = await update(french, { title: "Thé", status: "published" });
    expect([updated.title, updated.state, updated.locale]).toEqual(["Thé", "published", "fr-FR"]);
    const [now] = await connector.read([english]);
    expect(now?.entry).toEqual(english);
    await connector.remove?.(french.id, "posts", at(updated));
    expect(posts().map(({ fieldData }) => fieldData.name)).toEqual(["Tea"]);
  });

  test("loses an item in the language that is meant, although that of another one says the same", async () => {
    const [english, french] = await bilingual();
    if (english === undefined || french === undefined) throw new Error("not there");
    await connector.remove?.(french.id, "posts", at(french));
    const [left, ...others] = posts().map(({ cmsLocaleId }) => cmsLocaleId);
    expect([left, others]).toEqual([sandbox.store.site.locales[0]?.cmsLocaleId, []]);
  });

  test("gets new items in the language that they name, and no translations, which its API cannot make", async () => {
    const [english] = await bilingual();
    const draft = { ...draftNamed("cafe"), locale: "fr-FR" };
    const made = await connector.create(draft, await connector.prepare(draft));
    expect([made.locale, posts().find(({ id }) => id === made.id)?.cmsLocaleId]).toEqual([
      "fr-FR",
      sandbox.store.site.locales[1]?.cmsLocaleId,
    ]);
    const other = { ...draft, slug: "the", translationOf: english?.id ?? "" };
    expect(await faultOf(connector.prepare(other))).toMatchObject({
      kind: "unsupported",
      code: "translation-not-made",
    });
    expect(connector.traits.translations).toBe("existing");
  });
});
