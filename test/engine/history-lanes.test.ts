import { describe, expect, it } from "vitest";
import { changesBetween } from "../../src/engine/history-changes.ts";
import { type Known, type Sighting, versionsFrom } from "../../src/engine/history-lanes.ts";

const MINUTE = 60_000;

function on(
  side: Sighting["side"],
  how: Known["how"],
  minute: number,
  says: string,
  more: Partial<Known> = {},
): Sighting {
  const isSaved = how === "saved";
  return {
    ...{ side, target: side === "site" ? "shop" : "", path: "a.md", id: "1", digest: isSaved ? "" : says },
    text:
      side === "site"
        ? { type: "wire", wire: isSaved ? { body: says } : { body: says, tags: [] }, partial: isSaved }
        : { type: "file", bytes: Buffer.from(says) },
    known: { how, at: minute * MINUTE, ...more },
  };
}

/** Newest first: the text with its first letters of what is known, and when it counts as made. */
const shown = (sightings: readonly Sighting[]) =>
  versionsFrom(sightings, changesBetween).map(({ text, known, at }) => {
    const says =
      text.type === "wire"
        ? text.wire.body
        : text.type === "file"
          ? String(Buffer.from(text.bytes))
          : text.type;
    return `${says} ${known.map(({ how }) => how).join("+")} ${at / MINUTE}`;
  });

describe("versions", () => {
  it("that follow each other with the same text are one, and a text that comes back is another", () => {
    const file = [on("file", "committed", 1, "a"), on("file", "read", 2, "a"), on("file", "read", 3, "b")];
    expect(shown([...file, on("file", "written", 4, "a")])).toEqual([
      "a written 4",
      "b read 3",
      "a committed+read 1",
    ]);
  });

  it("of different sides and connections are never put together", () => {
    const other = { ...on("site", "sent", 2, "a"), target: "other" };
    expect(shown([on("site", "sent", 1, "a"), other, on("file", "read", 3, "a")])).toHaveLength(3);
  });

  it("of the CMS's own record are given to what we know of the same text, though the clocks differ", () => {
    const ours = [on("site", "sent", 10, "a"), on("site", "sent", 12, "b")];
    const theirs = [on("site", "saved", 15, "a", { by: "ed" }), on("site", "saved", 17, "b", { by: "ed" })];
    expect(shown([...ours, ...theirs])).toEqual(["b sent+saved 12", "a sent+saved 10"]);
  });

  it("of the CMS that nobody else saw stand by themselves, each once", () => {
    const saved = [1, 2, 3].map((minute) => on("site", "saved", minute, minute === 2 ? "b" : "a"));
    expect(shown([...saved, on("site", "seen", 4, "a")])).toEqual([
      "a saved+seen 3",
      "b saved 2",
      "a saved 1",
    ]);
  });

  it("that differ in what the CMS does not keep stay apart", () => {
    const tagged: Sighting = {
      ...on("site", "seen", 3, "a"),
      digest: "tagged",
      text: { type: "wire", wire: { body: "a", tags: [7] }, partial: false },
    };
    const versions = versionsFrom(
      [on("site", "saved", 1, "a"), on("site", "sent", 2, "a"), tagged],
      changesBetween,
    );
    expect(versions.map(({ changes }) => changes?.parts)).toEqual([["tags"], undefined]);
  });

  it("found on the site were made after the last look at it, or when the CMS says", () => {
    const sent = on("site", "sent", 1, "a");
    const again = on("site", "now", 5, "a");
    const [found] = versionsFrom([sent, again, on("site", "seen", 9, "b")], changesBetween);
    expect(found).toMatchObject({ at: 9 * MINUTE, since: 5 * MINUTE });
    const saved = on("site", "saved", 7, "b", { by: "ed" });
    const [told] = versionsFrom([sent, again, on("site", "seen", 9, "b"), saved], changesBetween);
    expect(told).toMatchObject({ at: 7 * MINUTE });
    expect(told?.since).toBeUndefined();
  });

  it("whose texts cannot be had are told apart by what is known of them", () => {
    const locked = (says: string, minute: number): Sighting => ({
      ...on("file", "read", minute, says),
      text: { type: "locked" },
    });
    const versions = versionsFrom([locked("a", 1), locked("a", 2), locked("b", 3)], changesBetween);
    expect(versions.map(({ digest, changes }) => [digest, changes])).toEqual([
      ["b", undefined],
      ["a", undefined],
    ]);
  });

  it("tell which fields changed, and how many lines of the body", () => {
    const file = (text: string) => ({ type: "file", bytes: Buffer.from(text) }) as const;
    const before = file("---\ntitle: A\ntags: [x]\n---\n\none\ntwo\n");
    expect(changesBetween(before, file("---\ntitle: B\n---\n\none\nthree\nfour\n"))).toEqual({
      parts: ["tags", "title", "body"],
      added: 2,
      removed: 1,
    });
    expect(changesBetween(before, before)).toEqual({ parts: [], added: 0, removed: 0 });
    expect(changesBetween(before, file("---\ntitle: [\n"))?.parts).toContain("body");
    expect(changesBetween(before, { type: "not-kept" })).toBeUndefined();
  });
});
