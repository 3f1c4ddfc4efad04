import { describe, expect, it } from "vitest";
import type { Entry } from "../../src/connectors/contract.ts";
import { remoteFingerprint } from "../../src/engine/fingerprint.ts";
import { stillToPull } from "../../src/engine/incoming.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import type { Base, Subject } from "../../src/sync/model.ts";
import type { Step } from "../../src/sync/plan.ts";
import { base, local, print, remote, subject } from "../sync/build.ts";

const BEFORE: JsonObject = { title: "A", body: "one", excerpt: "short", status: "published" };
const FILE = { title: "a", body: "b", excerpt: "c", status: "d" };

const entryOf = (wire: JsonObject): Entry =>
  ({ ...remote(undefined), wire, modified: undefined, state: wire.status }) as unknown as Entry;
const printOf = (wire: JsonObject) => remoteFingerprint(entryOf(wire));

const known = (wire: JsonObject = BEFORE): Base => base(FILE, {}, { remote: printOf(wire) });

interface Write {
  /** What the entry said when the run read it, and after the write. */
  readonly read: JsonObject;
  readonly after: JsonObject;
  readonly sent: readonly string[];
  readonly before?: JsonObject;
}

/** The line after a push that sent the file's title, and perhaps more. */
function pushed({ read, after: returned, sent, before = BEFORE }: Write) {
  const seen: Subject = subject({
    base: known(before),
    local: local({ ...FILE, title: "new" }),
    remote: remote({}, { fingerprint: printOf(read) }),
  });
  const line = { ...known(returned), local: print({ ...FILE, title: "new" }), revision: "r9" };
  const step = { changed: sent } as unknown as Step;
  return { line, still: stillToPull(line, step, { subject: seen, entry: entryOf(read) }, sent) };
}

describe("what a push leaves for a pull", () => {
  it("is nothing where the site changed nothing: the line stays as it is", () => {
    const { line, still } = pushed({ read: BEFORE, after: { ...BEFORE, title: "N" }, sent: ["title"] });
    expect(still).toBe(line);
  });

  it("is a part that somebody changed before: its base is the old one, and the entry is read again", () => {
    const read = { ...BEFORE, body: "theirs" };
    const { line, still } = pushed({ read, after: { ...read, title: "N" }, sent: ["title"] });
    expect(still.remote.parts).toEqual({ ...line.remote.parts, body: printOf(BEFORE).parts.body });
    expect(still.revision).toBe("");
    expect(still.local).toEqual(line.local);
  });

  it("is a part that somebody changed while the write was on its way: its base is what was read", () => {
    const { line, still } = pushed({
      read: BEFORE,
      after: { ...BEFORE, title: "N", body: "theirs, just now" },
      sent: ["title"],
    });
    expect(still.remote.parts).toEqual({ ...line.remote.parts, body: printOf(BEFORE).parts.body });
    expect(still.revision).toBe("");
  });

  it("is a part that was changed before and once more meanwhile: its base is the oldest", () => {
    const read = { ...BEFORE, body: "theirs" };
    const { still } = pushed({ read, after: { ...read, title: "N", body: "theirs again" }, sent: ["title"] });
    expect(still.remote.parts.body).toBe(printOf(BEFORE).parts.body);
  });

  it("is no part that was sent, whatever the site made of it", () => {
    const read = { ...BEFORE, body: "theirs" };
    const { line, still } = pushed({
      read,
      after: { ...read, title: "N", body: "mine, as the site has it" },
      sent: ["title", "body"],
    });
    expect(still).toBe(line);
  });

  it("is a state that somebody set: the line keeps the one before", () => {
    const read = { ...BEFORE, status: "draft" };
    const { still } = pushed({ read, after: { ...read, title: "N" }, sent: ["title"] });
    expect([still.state, still.remote.parts.status]).toEqual(["published", printOf(BEFORE).parts.status]);
  });

  it("is a part that the entry did not have before: its base has none", () => {
    const { body: _, ...before } = BEFORE;
    const { still } = pushed({ before, read: BEFORE, after: { ...BEFORE, title: "N" }, sent: ["title"] });
    expect(Object.keys(still.remote.parts).sort()).toEqual(Object.keys(printOf(before).parts).sort());
  });

  it("is nothing of an entry that was not read, or that is gone", () => {
    const line = known({ ...BEFORE, body: "theirs" });
    const step = { changed: [] } as unknown as Step;
    const there = subject({ base: known(), remote: remote({}) });
    const gone = subject({ base: known(), remote: { gone: "missing" } });
    expect(stillToPull(line, step, { subject: there, entry: undefined }, [])).toBe(line);
    expect(stillToPull(line, step, { subject: gone, entry: entryOf(BEFORE) }, [])).toBe(line);
  });
});
