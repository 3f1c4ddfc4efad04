import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import type { Entry } from "../../src/connectors/contract.ts";
import { codec } from "../../src/connectors/local/codec.ts";
import { manifest } from "../../src/connectors/local/manifest.ts";
import type { Document } from "../../src/content/document.ts";
import { type Clock, systemClock } from "../../src/lib/clock.ts";
import { Fault } from "../../src/lib/fault.ts";
import { type ContractTarget, contractSuite, gatherRefs, type Sent } from "./contract.ts";
import {
  at,
  draftOf,
  editByHand,
  FILES,
  noHttp,
  openAt,
  page,
  pagesIn,
  place,
  put,
  refsOf,
  rowsOf,
  SAMPLE,
} from "./local-site.ts";

const TARGET: ContractTarget = {
  name: "local",
  unknownId: "abcdefabcdef",
  listingSize: 105,
  samples: [
    SAMPLE,
    { kind: "page", locale: "de-AT", fields: { title: "Über uns", status: "private" }, body: "Wir." },
    {
      kind: "entry",
      locale: "",
      fields: { title: "Hours", status: "draft", "meta.mo": "8-18" },
      body: "",
    },
  ],
  start: async () => {
    const directory = mkdtempSync(join(tmpdir(), "local-contract-"));
    const connector = openAt(directory, { timezone: "Europe/Vienna" });
    const refsFor = (document: Document) => gatherRefs({ connector, codec, files: FILES }, document);
    const watch = watchWrites(directory);
    let losing = false;
    return {
      connector: {
        ...connector,
        create: async (draft, intent) => {
          const entry = await connector.create(draft, intent);
          if (!losing) return entry;
          losing = false;
          throw new Fault("ambiguous", "the answer was lost");
        },
      },
      loseNextAnswer: () => {
        losing = true;
      },
      codec,
      refsFor,
      editElsewhere: async (id) => editByHand(directory, id, { title: `${Date.now()} by hand` }),
      sent: watch,
      stop: async () => rmSync(directory, { recursive: true, force: true }),
    };
  },
};

contractSuite(TARGET);

/** Each file of the site that was written counts as one request. */
function watchWrites(directory: string): () => readonly Sent[] {
  const seen = new Map<string, string>();
  const sent: Sent[] = [];
  return () => {
    for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" }).sort()) {
      const stat = statSync(join(directory, name), { bigint: true });
      const stamp = `${stat.ino}.${stat.mtimeNs}`;
      if (stat.isDirectory() || name === ".lock" || seen.get(name) === stamp) continue;
      seen.set(name, stamp);
      sent.push({ method: "PUT", url: pathToFileURL(join(directory, name)).href, write: true });
    }
    return [...sent];
  };
}

describe("opening a directory", () => {
  test("makes a site where there is nothing, and finds the same one again", async () => {
    const directory = join(place(), "deep", "site");
    const made = await openAt(directory, { title: "Bakery", timezone: "Asia/Tokyo" }).whoami();
    const again = await openAt(directory, { title: "Other", timezone: "UTC" }).whoami();
    expect(again).toEqual(made);
    expect(made).toMatchObject({ siteTitle: "Bakery", timezone: "Asia/Tokyo" });
    expect(made.site).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.siteUrl).toBe(pathToFileURL(join(directory, "public")).href);
  });

  test("refuses a directory of other things and leaves it alone", () => {
    const directory = place();
    writeFileSync(join(directory, "thesis.doc"), "years of work");
    expect(() => openAt(directory)).toThrow(
      expect.objectContaining({
        kind: "usage",
        code: "local.not-a-site",
        message: expect.stringContaining("thesis.doc"),
      }),
    );
    expect(readdirSync(directory)).toEqual(["thesis.doc"]);
  });

  test("refuses a relative directory, a file, and a time zone that is none", () => {
    expect(() => openAt("./site")).toThrow(expect.objectContaining({ kind: "usage" }));
    const file = join(place(), "file");
    writeFileSync(file, "");
    expect(() => openAt(file)).toThrow(expect.objectContaining({ kind: "unavailable" }));
    const directory = place();
    expect(() => openAt(directory, { timezone: "Mars/Olympus" })).toThrow(/timezone/);
    expect(readdirSync(directory)).toEqual([]);
  });

  test("names a file that somebody damaged, and how to mend it", async () => {
    const directory = place();
    const connector = openAt(directory);
    const entry = await put(connector, SAMPLE, "loaf");
    const path = join(directory, "entries", `${entry.id}.json`);
    const good = readFileSync(path, "utf8");
    const damaged = {
      "half a file": good.slice(0, 100),
      "a field of no kind": good.replace('"excerpt"', '"exerpt"'),
      "a date that is none": good.replace("2026-01-31T09:30:00Z", "soon"),
      "another id": good.replace(entry.id, "someoneelse0"),
    };
    for (const [what, text] of Object.entries(damaged)) {
      expect([what, text]).not.toEqual([what, good]);
      writeFileSync(path, text);
      const reading = connector.read([{ id: entry.id, kind: "post", locale: "" }]);
      await expect(reading, what).rejects.toMatchObject({
        kind: "protocol",
        message: expect.stringContaining(path),
      });
      await expect(rowsOf(connector.list(["post"])), what).rejects.toMatchObject({
        kind: "protocol",
      });
    }
  });

  test("the manifest loads this connector", async () => {
    const module = await manifest.load();
    expect(manifest.id).toBe("local");
    expect(module.codec).toBe(codec);
    const connector = module.open({ url: place(), settings: {}, http: noHttp, clock: systemClock });
    const { kinds } = await connector.model();
    expect(kinds.map((kind) => kind.name)).toContain(manifest.defaultKind);
  });
});

describe("entries", () => {
  test("a create that is sent again is the same entry; one after a removal is another", async () => {
    const connector = openAt(place());
    const draft = await draftOf(connector, SAMPLE, "loaf");
    const entry = await connector.create(draft, {});
    expect(await connector.create(draft, {})).toEqual(entry);
    await connector.remove?.(entry.id, "post", at(entry));
    expect(await connector.find(draft, {})).toBeUndefined();
    const another = await connector.create(draft, await connector.prepare(draft));
    expect(another.id).not.toBe(entry.id);
    expect((await connector.read([entry]))[0]).toMatchObject({ gone: "trashed" });
  });

  test("pages know what they are below, and cannot be below themselves", async () => {
    const connector = openAt(place());
    const about = await put(connector, page("About"), "about");
    const parents = [{ id: about.id, kind: "page", path: "about" }];
    const team = await put(connector, page("Team", { parent: "about" }), "team", parents);
    expect([about.scope, team.scope, team.url.endsWith("/page/about/team.html")]).toEqual([
      "",
      "about",
      true,
    ]);
    await expect(
      put(connector, page("Team again", { parent: "/about/" }), "Team", parents),
    ).rejects.toMatchObject({
      code: "slug-taken",
    });
    expect((await put(connector, page("Team of all"), "team")).scope).toBe("");
    const looped = { ...(await draftOf(connector, page("x"), "x")), wire: { parent: team.id } };
    await expect(connector.update(about.id, looped, at(about))).rejects.toMatchObject({ kind: "invalid" });
    const refs = await refsOf(connector, page("x"));
    expect(codec.decode(team, refs).fields.parent).toBe("about");
    expect(() => codec.encode(page("x", { parent: "nowhere" }), refs, undefined)).toThrow(
      /parent: the site has no page "nowhere"/,
    );
  });

  test("refuses what no site could show", async () => {
    const connector = openAt(place());
    for (const slug of ["", "../up", "a/b", "a b", ".hidden", "nul\0", "what?", "x".repeat(500)]) {
      await expect(put(connector, SAMPLE, slug), slug).rejects.toMatchObject({ code: "bad-slug" });
    }
    const scheduled = { ...SAMPLE, fields: { title: "Soon", status: "scheduled" } };
    await expect(put(connector, scheduled, "soon")).rejects.toThrow(/date/);
    const draft = await draftOf(connector, SAMPLE, "loaf");
    for (const wire of [{ tags: ["no-such-term"] }, { parent: "x" }, { status: "live" }, { sticky: "yes" }]) {
      await expect(connector.prepare({ ...draft, wire }), JSON.stringify(wire)).rejects.toMatchObject({
        kind: "invalid",
      });
    }
    await expect(connector.prepare({ ...draft, kind: "film" })).rejects.toMatchObject({ kind: "invalid" });
  });

  test("a path in an id finds nothing", async () => {
    const directory = place();
    const connector = openAt(directory);
    const ids = ["../site", "../../etc/passwd", "..", "a/b", ""];
    const results = await connector.read(ids.map((id) => ({ id, kind: "post", locale: "" })));
    expect(results.map((result) => result.entry)).toEqual(ids.map(() => undefined));
    expect(await connector.media?.get(ids)).toEqual([]);
  });

  test("a scheduled entry is published by the clock, and that is another revision", async () => {
    let now = Date.parse("2026-03-01T12:00:00Z");
    const clock: Clock = { now: () => now, sleep: systemClock.sleep };
    const directory = place();
    const connector = openAt(directory, {}, clock);
    const fields = { title: "Soon", status: "scheduled", date: "2026-03-02T08:00:00" };
    const entry = await put(connector, { ...SAMPLE, fields }, "soon");
    expect([entry.state, pagesIn(directory)]).toEqual(["scheduled", []]);
    now = Date.parse("2026-03-02T08:00:00Z");
    const [due] = await connector.read([entry]);
    expect(due?.entry).toMatchObject({ state: "published", wire: { status: "published" } });
    expect(due?.entry?.revision).not.toBe(entry.revision);
  });

  test("going live sets a date where there was none", async () => {
    const now = Date.parse("2026-03-01T12:00:00Z");
    const connector = openAt(place(), {}, { now: () => now, sleep: systemClock.sleep });
    const entry = await put(connector, { ...SAMPLE, fields: { title: "Now", status: "published" } }, "now");
    expect(entry.wire.date).toBe("2026-03-01T12:00:00Z");
    const draft = await put(connector, { ...SAMPLE, fields: { title: "Later" } }, "later");
    expect([draft.state, draft.wire.date]).toEqual(["draft", null]);
  });

  test("what is restored is another revision, and its page is back", async () => {
    const directory = place();
    const connector = openAt(directory);
    const entry = await put(connector, SAMPLE, "loaf");
    const shown = pagesIn(directory);
    const draft = { ...(await draftOf(connector, SAMPLE, "loaf")), wire: entry.wire };
    await connector.remove?.(entry.id, "post", at(entry));
    expect(pagesIn(directory)).toEqual([]);
    const restored = await connector.restore?.(entry.id, draft);
    expect(restored?.revision).not.toBe(entry.revision);
    expect(pagesIn(directory)).toEqual(shown);
    expect(readdirSync(join(directory, "trash"))).toEqual([]);
  });

  test("a restoration cut off before the trash was emptied is done", async () => {
    const directory = place();
    const connector = openAt(directory);
    const entry = await put(connector, SAMPLE, "loaf");
    const draft = { ...(await draftOf(connector, SAMPLE, "loaf")), wire: entry.wire };
    await connector.remove?.(entry.id, "post", at(entry));
    const inTrash = join(directory, "trash", `${entry.id}.json`);
    const left = readFileSync(inTrash, "utf8");
    const restored = await connector.restore?.(entry.id, {
      ...draft,
      wire: { ...entry.wire, title: "Back" },
    });
    writeFileSync(inTrash, left);
    expect((await connector.read([entry]))[0]?.entry).toEqual(restored);
    await expect(connector.restore?.(entry.id, draft)).rejects.toMatchObject({ code: "not-trashed" });
    expect((await rowsOf(connector.list(["post"]))).map((row) => row.title)).toEqual(["Back"]);
  });

  test("a page whose parent is gone is not restored", async () => {
    const connector = openAt(place());
    const about = await put(connector, page("About"), "about");
    const parents = [{ id: about.id, kind: "page", path: "about" }];
    const team = await put(connector, page("Team", { parent: "about" }), "team", parents);
    for (const entry of [team, about]) await connector.remove?.(entry.id, "page", at(entry));
    const draft = { ...(await draftOf(connector, page("Team"), "team")), wire: team.wire };
    await expect(connector.restore?.(team.id, draft)).rejects.toMatchObject({ kind: "invalid" });
    expect((await connector.read([team]))[0]).toMatchObject({ gone: "trashed" });
  });

  test("a value that returns is another revision; an edit by hand is one too", async () => {
    const directory = place();
    const connector = openAt(directory);
    const first = await put(connector, SAMPLE, "loaf");
    const draft = await draftOf(connector, SAMPLE, "loaf");
    const title = (text: string, entry: Entry) =>
      connector.update(entry.id, { ...draft, wire: { title: text } }, at(entry));
    const second = await title("Other", first);
    const third = await title(String(first.wire.title), second);
    expect(third.wire).toEqual(first.wire);
    expect(third.revision).not.toBe(first.revision);
    editByHand(directory, first.id, { date: "2026-02-01 10:00" });
    const [byHand] = await connector.read([first]);
    expect(byHand?.entry?.wire.date).toBe("2026-02-01T10:00:00Z");
    expect(byHand?.entry?.revision).not.toBe(third.revision);
  });

  test("an entry written by hand is listed, needs little, and can be updated", async () => {
    const directory = place();
    const connector = openAt(directory);
    await put(connector, SAMPLE, "loaf");
    const record = { id: "by-hand", kind: "page", fields: { title: "By hand", slug: "by-hand" } };
    writeFileSync(join(directory, "entries", "by-hand.json"), JSON.stringify(record));
    writeFileSync(join(directory, "entries", ".DS_Store"), "");
    writeFileSync(join(directory, "entries", "by-hand.json~"), "{");
    const rows = await rowsOf(connector.list(["page"]));
    expect(rows.map((row) => [row.id, row.state])).toEqual([["by-hand", "draft"]]);
    const [read] = await connector.read([{ id: "by-hand", kind: "page", locale: "" }]);
    if (read?.entry === undefined) throw new Error("not read");
    const draft = await draftOf(connector, page("x"), "by-hand");
    const updated = await connector.update(
      "by-hand",
      { ...draft, wire: { body: "<p>New</p>" } },
      at(read.entry),
    );
    expect(updated.wire).toMatchObject({ title: "By hand", body: "<p>New</p>" });
    await expect(put(connector, page("Clash"), "BY-hand")).rejects.toMatchObject({ code: "slug-taken" });
  });
});
