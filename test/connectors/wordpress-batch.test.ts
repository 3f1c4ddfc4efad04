// Many documents of one moment: the same on a real WordPress and on the fake, and over a bad road to the real one.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Connector, Entry } from "../../src/connectors/contract.ts";
import type { Fault } from "../../src/lib/fault.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { type FaultProxy, type Mishap, startFaultProxy } from "../fakes/fault-proxy.ts";
import { startFakeWordPress } from "../fakes/wordpress.ts";
import { type Opened, openWordPress } from "../fakes/wordpress-client.ts";
import { at, change, draftOf, faultOf, rowsOf } from "../fakes/wordpress-drafts.ts";
import { type RealSite, startRealSite } from "../fakes/wordpress-real.ts";
import { withoutWordPress } from "../wordpress.ts";
import { createAll, createOnce, upTo } from "./batches.ts";

interface Running {
  readonly api: string;
  readonly password: string;
  stop(): Promise<void>;
}

let tests = 0;
/** Slugs that no other test of this file has. */
const names = (count: number) => {
  tests += 1;
  return upTo(count).map((name) => `t${tests}-${name}`);
};
function suite(start: () => Promise<Running>) {
  let running: Running;
  let opened: Opened;
  let connector: Connector;

  beforeAll(async () => {
    running = await start();
  });
  beforeEach(async () => {
    opened = openWordPress(running.api, "admin", running.password);
    connector = opened.connector;
    await connector.model();
    opened.sent.length = 0;
  });
  afterAll(() => running?.stop());

  const sent = (part: string) => opened.sent.filter(({ url }) => url.includes(part)).length;

  it("posts, drafts with a date and pages below pages are made in a request for each 25", async () => {
    const posts = names(30).map((name) =>
      draftOf(name, { status: "published", body: `<p>${name} \\ "'</p>` }),
    );
    const dated = names(5).map((name) => draftOf(name, { status: "draft", date: "2021-05-04T10:00:00" }));
    const [top, ...below] = names(5);
    const [parent] = await createAll(connector, [draftOf(top ?? "", { status: "published" }, "page")]);
    opened.sent.length = 0;
    const pages = below.map((name) => draftOf(name, { status: "draft", parent: Number(parent?.id) }, "page"));
    const entries = await createAll(connector, [...posts, ...dated, ...pages]);
    expect(entries.map(({ slug }) => slug)).toEqual([...posts, ...dated, ...pages].map(({ slug }) => slug));
    expect(entries.slice(0, 30).map(({ wire }) => wire.body)).toEqual(posts.map(({ wire }) => wire.body));
    expect(entries.slice(30, 35).map(({ wire }) => wire.date)).toEqual(dated.map(({ wire }) => wire.date));
    expect(entries.slice(35).map(({ scope }) => scope)).toEqual(below.map(() => top));
    // 39 creates, and the five dates once more.
    expect([sent("/batch/v1"), sent("slug="), sent("include="), opened.sent.length]).toEqual([3, 2, 1, 6]);
    const read = await connector.read(entries);
    expect(new Map(read.map(({ id, entry }) => [id, entry]))).toEqual(
      new Map(entries.map((entry) => [entry.id, entry])),
    );
  });

  it("answer as each would alone", async () => {
    const wires: readonly JsonObject[] = [
      { status: "published", title: "Ä & <b>b</b> \\" },
      { status: "draft", title: "A draft", excerpt: "In short", commentStatus: "closed" },
      { status: "private", title: "Private", sticky: false, categories: [], tags: [] },
      { status: "scheduled", title: "Later", date: "2099-01-02T03:04:05" },
    ];
    const [alone, joined] = [names(4), names(4)];
    const drafts = (slugs: readonly string[]) => wires.map((wire, n) => draftOf(slugs[n] ?? "", wire));
    const single: Entry[] = [];
    for (const draft of drafts(alone)) single.push(await createOnce(connector, draft));
    const together = await createAll(connector, drafts(joined));
    const plain = ({ wire }: Entry) => ({ ...wire, slug: "", date: "" });
    expect(together.map(plain)).toEqual(single.map(plain));
    expect(sent("/batch/v1")).toBe(1);
  });

  it("are updated with one reading and one batch, but for the one that was edited meanwhile", async () => {
    const slugs = names(12);
    const made = await createAll(
      connector,
      slugs.map((name) => draftOf(name, { status: "published" })),
    );
    const [edited] = made;
    if (edited === undefined) throw new Error("nothing made");
    await connector.update(edited.id, change(edited, { title: "Theirs" }), at(edited));
    opened.sent.length = 0;
    const updates = made.map((entry) =>
      connector.update(entry.id, change(entry, { title: "Ours" }), at(entry)),
    );
    expect((await faultOf(updates[0] ?? Promise.resolve())).code).toBe("moved");
    const updated = await Promise.all(updates.slice(1));
    expect(updated.map(({ title }) => title)).toEqual(slugs.slice(1).map(() => "Ours"));
    expect([sent("/batch/v1"), opened.sent.length]).toEqual([1, 2]);
    expect(opened.sent.every(({ url, method }) => method === "GET" || !/[?&]id=/.test(url))).toBe(true);
  });

  it("see a slug that is taken, each its own", async () => {
    const slugs = names(4);
    const drafts = slugs.map((name) => draftOf(name, { status: "published" }));
    const [first] = drafts;
    if (first === undefined) throw new Error("no draft");
    const { id } = await createOnce(connector, first);
    const prepared = await Promise.allSettled(
      drafts.map((draft) => connector.prepare({ ...draft, key: "other" })),
    );
    expect(prepared.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled", "fulfilled"]);
    expect(prepared[0]).toMatchObject({
      reason: { code: "slug-taken", message: expect.stringContaining(id) },
    });
  });
}

describe("many documents of one moment (fake)", () => {
  suite(async () => {
    const fake = await startFakeWordPress();
    return { api: fake.api, password: fake.users.admin, stop: () => fake.stop() };
  });
});

describe.skipIf(withoutWordPress)("many documents of one moment, on a real WordPress", () => {
  let site: RealSite;
  let proxy: FaultProxy;
  beforeAll(async () => {
    site = await startRealSite();
    proxy = await startFaultProxy(site.wordpress.url);
  });
  afterAll(async () => {
    await proxy?.stop();
    await site?.stop();
  });

  suite(async () => ({
    api: site.wordpress.api,
    password: site.wordpress.users.admin,
    stop: async () => {},
  }));

  it("are refused one by one, in the words that each would be refused with alone", async () => {
    const { connector, sent } = openWordPress(site.wordpress.api, "admin", site.wordpress.users.admin);
    const bad: readonly JsonObject[] = [{ author: 4711 }, { format: "no such format" }, { title: "" }];
    const [badNames, good] = [names(3), names(6)];
    const refused = bad.map((wire, n) => draftOf(badNames[n] ?? "", { status: "published", ...wire }));
    const told: Fault[] = [];
    for (const draft of refused) told.push(await faultOf(createOnce(connector, draft)));
    sent.length = 0;
    const drafts = [...refused, ...good.map((name) => draftOf(name, { status: "published" }))];
    const made = await Promise.allSettled(drafts.map((draft) => createOnce(connector, draft)));
    for (const [index, { kind, code, message, hint, httpStatus }] of told.entries()) {
      expect(made[index]).toMatchObject({ reason: { kind, code, message, hint, httpStatus } });
    }
    expect(made.slice(3)).toMatchObject(good.map((slug) => ({ value: { slug } })));
    expect(sent.filter(({ write }) => write)).toHaveLength(1);
  });

  it("travel together without pretty permalinks as well", async () => {
    const plain = openWordPress(`${site.wordpress.url}/?rest_route=`, "admin", site.wordpress.users.admin);
    await plain.connector.model();
    plain.sent.length = 0;
    const entries = await createAll(
      plain.connector,
      names(4).map((name) => draftOf(name, { status: "draft" })),
    );
    expect(entries).toHaveLength(4);
    expect(plain.sent.map(({ method }) => method)).toEqual(["GET", "POST"]);
  });

  it("are each told what its own custom field or author costs, and the others are kept", async () => {
    const slugs = names(25);
    const drafts = slugs.map((name, n) =>
      draftOf(name, { status: "published", body: "<p>x</p>", ...(n === 7 ? { "meta.locked": "x" } : {}) }),
    );
    const made = await Promise.allSettled(drafts.map((draft) => createOnce(site.connector, draft)));
    expect(made.flatMap(({ status }, n) => (status === "rejected" ? n : []))).toEqual([7]);
    expect(made[7]).toMatchObject({
      reason: { code: "wordpress.cannot-update-meta", message: expect.stringContaining("is in the trash") },
    });
    const live = (await rowsOf(site.connector)).filter(({ slug }) => slugs.includes(slug));
    expect(live).toHaveLength(24);
    const author = site.as("auth");
    const theirs = names(3).map((name, n) =>
      draftOf(name, { status: "published", ...(n === 1 ? { author: 1 } : {}) }),
    );
    const tried = await Promise.allSettled(theirs.map((draft) => createOnce(author, draft)));
    expect(tried.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it.each<Mishap>(["reset-before", "reset-after", "cut-answer", "page", "twice-second"])(
    "%s: each is there once",
    async (mishap) => {
      const slugs = names(8);
      const road = openWordPress(`${proxy.url}/wp-json`, "admin", site.wordpress.users.admin, 200).connector;
      await road.model();
      proxy.reset();
      proxy.before = (passed) => {
        if (!passed.url.includes("/batch/v1")) return;
        proxy.before = undefined;
        proxy.cut(mishap, true);
      };
      const wire = { status: "published", title: "News" };
      const entries = await createAll(
        road,
        slugs.map((name) => draftOf(name, wire)),
      );
      expect(entries.map(({ slug }) => slug)).toEqual(slugs);
      const of = slugs[0]?.replace(/d-00$/, "");
      const count = `echo count(array_filter(get_posts(['numberposts' => -1, 'post_status' => 'any']), fn($p) => str_starts_with($p->post_name, '${of}')));`;
      expect(Number(await site.php(count))).toBe(8);
    },
  );
});
