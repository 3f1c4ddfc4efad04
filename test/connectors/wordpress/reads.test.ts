// How often the site is read for many documents, on a fake, and that nothing is missed for it.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Connector, Entry } from "../../../src/connectors/contract.ts";
import { open } from "../../../src/connectors/wordpress/client.ts";
import type { Clock } from "../../../src/lib/clock.ts";
import { sha256Hex } from "../../../src/lib/hash.ts";
import { type FakeWordPress, startFakeWordPress } from "../../fakes/wordpress.ts";
import { openWordPress } from "../../fakes/wordpress-client.ts";
import { at, change, draftOf, faultOf, make, rowsOf } from "../../fakes/wordpress-drafts.ts";
import { addPost } from "../../fakes/wordpress-state.ts";
import { upTo } from "../batches.ts";

let fake: FakeWordPress;
let connector: Connector;
/** Milliseconds that the clock of this machine is ahead, and all that was waited for. */
let ahead: number;
let waited: number;

beforeEach(async () => {
  fake = await startFakeWordPress();
  [ahead, waited] = [0, 0];
  connector = opened("admin");
  await connector.model();
});
afterEach(async () => {
  await fake.stop();
});

function opened(login: "admin" | "auth"): Connector {
  const { http } = openWordPress(fake.api, login, fake.users[login]);
  const clock: Clock = {
    now: () => Date.now() + ahead,
    sleep: async (ms) => {
      waited += ms;
      ahead += ms;
    },
  };
  return open({ url: fake.api, settings: {}, http, clock });
}

const isRead = ({ method }: { readonly method: string }) => method === "GET";
/** The addresses that were read from while this was done. */
async function readsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const from = fake.requests.length;
  await work();
  return fake.requests
    .slice(from)
    .filter(isRead)
    .map(({ url }) => url);
}
const prepareAll = (names: readonly string[]) =>
  Promise.all(names.map((name) => connector.prepare(draftOf(name, { status: "published" }))));
const makeAll = (names: readonly string[]) =>
  Promise.all(names.map((name) => make(connector, name, { status: "published" })));
const live = () => [...fake.state.posts.values()].filter(({ status }) => status !== "trash");

describe("slugs of new documents", () => {
  it("are asked for a hundred at one time, in addresses of 2 kB at most", async () => {
    expect(await readsOf(() => prepareAll(upTo(100)))).toHaveLength(1);
    const long = upTo(100).map((name) => `a-slug-as-long-as-titles-of-articles-are-${name}`);
    const reads = await readsOf(() => prepareAll(long));
    expect(reads.length).toBeGreaterThan(1);
    expect(Math.max(...reads.map((url) => url.length))).toBeLessThan(2000);
  });

  it("are not asked for where a listing of a moment ago shows that nobody has them", async () => {
    addPost(fake.state, { slug: "d-01" });
    await rowsOf(connector);
    expect(await readsOf(() => prepareAll(["d-00", "d-02"]))).toEqual([]);
    expect(await faultOf(connector.prepare(draftOf("d-01", {})))).toMatchObject({ code: "slug-taken" });
    ahead += 61_000;
    expect(await readsOf(() => prepareAll(["d-03"]))).toHaveLength(1);
  });

  it("are asked for by roles that no listing shows all entries", async () => {
    connector = opened("auth");
    await connector.model();
    await rowsOf(connector);
    expect(await readsOf(() => prepareAll(["d-00"]))).toHaveLength(1);
  });

  it("that somebody takes after the listing are left to them, and the next ones are asked for", async () => {
    await rowsOf(connector);
    const { id } = addPost(fake.state, { slug: "d-00", title: "somebody else's" });
    const fault = await faultOf(make(connector, "d-00", { status: "published" }));
    expect(fault).toMatchObject({ kind: "conflict", code: "slug-taken" });
    expect(live().map((post) => post.id)).toEqual([id]);
    expect(await readsOf(() => prepareAll(["d-01"]))).toHaveLength(1);
  });

  it("that somebody takes one after the other cost no more than the batches that are under way", async () => {
    const names = upTo(60);
    await rowsOf(connector);
    const drafts = names.map((name) => draftOf(name, { status: "published" }));
    const intents = await Promise.all(drafts.map((draft) => connector.prepare(draft)));
    const theirs = names.map((slug) => addPost(fake.state, { slug, title: "somebody else's" }).id);
    const from = fake.requests.length;
    const faults = await Promise.all(
      drafts.map((draft, n) => faultOf(connector.create(draft, intents[n] ?? null))),
    );
    expect(new Set(faults.map(({ code }) => code))).toEqual(new Set(["slug-taken"]));
    expect(live().map(({ id }) => id)).toEqual(theirs);
    const batches = fake.requests.slice(from).filter(({ url }) => url.includes("/batch/v1"));
    expect(batches).toHaveLength(2);
    expect(faults.filter(({ unsent }) => unsent)).toHaveLength(10);
  });

  it("that another document of this run took are refused before anything is sent", async () => {
    await rowsOf(connector);
    await make(connector, "d-00", { status: "published" });
    const sent = fake.requests.length;
    expect(await faultOf(make(connector, "d-00", { title: "Another" }))).toMatchObject({
      code: "slug-taken",
    });
    expect(fake.requests.slice(sent).filter(({ write }) => write)).toEqual([]);
  });
});

describe("new entries that are read back", () => {
  const readBack = async (made: readonly Entry[]) => {
    const results = await connector.read(made);
    const entries = results.flatMap(({ entry }) => entry ?? []);
    return { results, doubled: await connector.twins?.(entries) };
  };

  it("and entries like them come in the same requests, in addresses of 2 kB at most", async () => {
    const made = await makeAll(upTo(60));
    const [first, , third] = made;
    const like = { title: "d-00", date: String(first?.wire.date), status: "publish" };
    const second = addPost(fake.state, { ...like, slug: "d-00-2" });
    const same = addPost(fake.state, { slug: "d-02", status: "publish" });
    let found: Awaited<ReturnType<typeof readBack>> | undefined;
    fake.quirks.rewrites = (_, body) => {
      // It is withdrawn, or would be waited for.
      second.status = "trash";
      return body;
    };
    const reads = await readsOf(async () => {
      found = await readBack(made);
    });
    expect(found?.results.map(({ id }) => id)).toEqual(made.map(({ id }) => id));
    expect(found?.doubled).toEqual(new Map([[third?.id, [String(same.id)]]]));
    expect(reads).toHaveLength(2);
    expect(Math.max(...reads.map((url) => url.length))).toBeLessThan(2000);
  });

  it("are found under another slug, too, and proven to be gone", async () => {
    const made = await makeAll(upTo(3));
    const posts = made.map(({ id }) => fake.state.posts.get(Number(id)));
    Object.assign(posts[0] ?? {}, { slug: "renamed" });
    Object.assign(posts[1] ?? {}, { status: "trash" });
    fake.state.posts.delete(Number(made[2]?.id));
    const { results } = await readBack(made);
    expect(results.map((result) => result.entry?.slug ?? ("gone" in result ? result.gone : ""))).toEqual([
      "renamed",
      "trashed",
      "missing",
    ]);
  });

  it("are not taken for seconds of each other, and nothing is waited for", async () => {
    const wire = { status: "published", title: "News", date: "2024-01-01T00:00:00" };
    const made = await Promise.all(["news", "news-2"].map((name) => make(connector, name, wire)));
    expect((await readBack(made)).doubled).toEqual(new Map());
    expect(waited).toBe(0);
  });

  it("are not said to be there twice while another machine still withdraws its own, one after the other", async () => {
    const made = await makeAll(upTo(3));
    const seconds = made.map(({ slug, title, wire }) =>
      addPost(fake.state, { slug: `${slug}-2`, title, date: String(wire.date), status: "publish" }),
    );
    fake.quirks.rewrites = (_, body) => {
      for (const second of seconds.slice(0, Math.floor(waited / 4000))) second.status = "trash";
      return body;
    };
    expect((await readBack(made)).doubled).toEqual(new Map());
    expect(waited).toBeGreaterThan(10_000);
  });

  it("are told of a second that is older than they are, which nobody is about to withdraw", async () => {
    const date = "2024-01-01T00:00:00";
    const old = addPost(fake.state, { slug: "news-2", title: "News", date });
    const made = await make(connector, "news", { status: "published", title: "News", date });
    expect((await readBack([made])).doubled).toEqual(new Map([[made.id, [String(old.id)]]]));
    expect(waited).toBe(0);
  });
});

describe("entries that are overwritten", () => {
  const updates = (made: readonly Entry[]) =>
    made.map((entry) => connector.update(entry.id, change(entry, { title: "New" }), at(entry)));
  const isBatch = ({ url }: { readonly url: string }) => url.includes("/batch/v1");
  const sizes = (from: number) =>
    fake.requests
      .slice(from)
      .filter(isBatch)
      .map(({ body }) => (JSON.parse(body) as { readonly requests: readonly unknown[] }).requests.length);

  it("are looked at a hundred at one time, right before the first of them", async () => {
    const made = await makeAll(upTo(100));
    const from = fake.requests.length;
    const reads = await readsOf(() => Promise.all(updates(made)));
    expect(reads).toHaveLength(1);
    expect(sizes(from)).toEqual([25, 25, 25, 25]);
  });

  it("are not asked for how many older texts they have, where that was told before", async () => {
    const made = await makeAll(upTo(3));
    const [look] = await readsOf(() => Promise.all(updates(made)));
    expect(look).toContain("content.raw");
    expect(look).not.toContain("_links");
    const elsewhere = opened("admin");
    await elsewhere.model();
    const [first, ...others] = await readsOf(() =>
      Promise.all(
        made.map((entry) =>
          elsewhere.update(entry.id, change(entry, { title: "Newer" }), at(entry)).catch(() => 0),
        ),
      ),
    );
    expect([first, ...others].join()).toContain("_links");
  });

  it("and were saved with the same words meanwhile are refused", async () => {
    const [entry] = await makeAll(["d-00"]);
    if (entry === undefined) throw new Error("nothing made");
    const post = fake.state.posts.get(Number(entry.id));
    Object.assign(post ?? {}, { modified: "2031-01-01T00:00:00" });
    expect(await faultOf(updates([entry])[0] ?? Promise.resolve())).toMatchObject({ code: "moved" });
  });

  it("go in their order, and fill batches with what came later", async () => {
    const made = await makeAll(upTo(70));
    const from = fake.requests.length;
    const first = updates(made.slice(0, 60));
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([...first, ...updates(made.slice(60))]);
    expect(sizes(from)).toEqual([25, 25, 20]);
  });

  it("are looked at again where the first look was long ago", async () => {
    const made = await makeAll(upTo(60));
    fake.quirks.answersInBatch = () => {
      ahead += 300;
      return undefined;
    };
    expect(await readsOf(() => Promise.all(updates(made)))).toHaveLength(2);
  });

  it("are not sent where the look fails, and are known not to have been sent", async () => {
    const [entry] = await makeAll(["d-00"]);
    if (entry === undefined) throw new Error("nothing made");
    fake.quirks.cached = true;
    const from = fake.requests.length;
    expect(await faultOf(updates([entry])[0] ?? Promise.resolve())).toMatchObject({ unsent: true });
    expect(fake.requests.slice(from).filter(({ write }) => write)).toEqual([]);
  });
});

describe("uploads", () => {
  const fileOf = (n: number) => {
    const bytes = new Uint8Array([0x89, 0x50, n]);
    const digest = sha256Hex(bytes);
    return { bytes, file: { ref: `${n}.png`, path: `${n}.png`, digest, type: "image/png", size: 3 } };
  };
  const files = [1, 2, 3, 4, 5].map(fileOf);
  const media = () => {
    if (connector.media === undefined) throw new Error("no media");
    return connector.media;
  };
  const lookForAll = () => media().findByDigest(files.map(({ file }) => file.digest));
  const uploadAll = async () => {
    const made = [];
    for (const { file, bytes } of files) made.push(await media().upload(file, bytes));
    return made;
  };

  it("are not looked for again where a moment ago there were none", async () => {
    await lookForAll();
    expect(await readsOf(uploadAll)).toEqual([]);
    expect(fake.state.media).toHaveLength(files.length);
  });

  it("are looked for together once that is a while ago", async () => {
    await lookForAll();
    ahead += 61_000;
    expect(await readsOf(uploadAll)).toHaveLength(1);
    expect(fake.state.media).toHaveLength(files.length);
  });

  it("that another machine made meanwhile are used, and ours are taken back", async () => {
    await lookForAll();
    const other = openWordPress(fake.api, "admin", fake.users.admin).connector;
    const [first] = files;
    if (first === undefined) throw new Error("no file");
    const theirs = await other.media?.upload(first.file, first.bytes);
    const ours = await uploadAll();
    expect(ours[0]).toEqual(theirs);
    expect(fake.state.media.map(({ id }) => String(id))).toEqual(ours.map(({ id }) => id));
  });
});
