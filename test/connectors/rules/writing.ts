import { expect } from "vitest";
import type { Connector, Entry, Expected, Traits } from "../../../src/connectors/contract.ts";
import type { State } from "../../../src/content/document.ts";
import { asFault, type Fault } from "../../../src/lib/fault.ts";
import type { Json, JsonObject } from "../../../src/lib/json.ts";
import type { Rule, World } from "../contract.ts";

/** Parts a platform may set by itself when the state changes. */
const STATE_PARTS = new Set(["status", "date", "slug"]);

export const WRITING_RULES: readonly Rule[] = [
  {
    name: "what create answers is what read returns",
    check: async ({ make, read, target }) => {
      for (const sample of target.samples) {
        const { entry } = await make(sample, "equal");
        expect((await read(entry)).entry).toEqual(entry);
      }
      return undefined;
    },
  },
  {
    name: "a create is found by its intent afterwards, and not before",
    check: async ({ connector, draft, listed, read, refsFor, target, unique }) => {
      const [sample] = target.samples;
      const wanted = await draft(sample, unique("found"), await refsFor(sample));
      const intent = await connector.prepare(wanted);
      const stored = JSON.parse(JSON.stringify(intent)) as Json;
      expect(await connector.find(wanted, stored)).toBeUndefined();
      const made = await connector.create(wanted, stored);
      const found = await connector.find(wanted, stored);
      expect(found).toEqual((await read(made)).entry);
      expect((await listed(sample.kind)).filter((id) => id === made.id)).toHaveLength(1);
      return undefined;
    },
  },
  {
    name: "a create whose answer is lost made one entry, and find returns it",
    check: async (world) => {
      const { connector, draft, listed, loseNextAnswer, refsFor, target, unique } = world;
      if (loseNextAnswer === undefined) return { skip: "this target cannot lose an answer on demand" };
      const [sample] = target.samples;
      const wanted = await draft(sample, unique("lost"), await refsFor(sample));
      const before = await listed(sample.kind);
      const intent = await connector.prepare(wanted);
      loseNextAnswer();
      expect((await faultOf(connector.create(wanted, intent))).kind).toBe("ambiguous");
      const found = await connector.find(wanted, intent);
      expect(found?.slug).toBe(wanted.slug);
      expect((await listed(sample.kind)).filter((id) => !before.includes(id))).toEqual([found?.id]);
      return undefined;
    },
  },
  {
    name: "a slug that is taken is refused before anything is written",
    check: async ({ connector, make, sent, target }) => {
      const { draft } = await make(target.samples[0], "taken");
      const writes = sent().filter((request) => request.write).length;
      const other = { ...draft, key: draft.key.replace(/^./, (first) => (first === "0" ? "1" : "0")) };
      const fault = await faultOf(connector.prepare(other));
      expect([fault.kind, fault.code]).toEqual(["conflict", "slug-taken"]);
      expect(sent().filter((request) => request.write)).toHaveLength(writes);
      return undefined;
    },
  },
  {
    name: "the revision stays over reads and listings and changes with an update",
    check: async ({ change, connector, listed, make, read, target }) => {
      const made = await make(target.samples[0], "revision");
      await listed(made.entry.kind);
      expect((await read(made.entry)).entry?.revision).toBe(made.entry.revision);
      const updated = await connector.update(
        made.entry.id,
        change(made, { title: "Another" }),
        at(made.entry),
      );
      expect(updated.revision).not.toBe(made.entry.revision);
      expect((await read(made.entry)).entry).toEqual(updated);
      return undefined;
    },
  },
  {
    name: "an update that somebody else's edit made stale is a conflict and changes nothing",
    check: async ({ change, connector, editElsewhere, make, read, target }) => {
      const made = await make(target.samples[0], "stale");
      await editElsewhere(made.entry.id);
      const theirs = (await read(made.entry)).entry;
      expect(theirs?.revision).not.toBe(made.entry.revision);
      const stale = connector.update(made.entry.id, change(made, { title: "Mine" }), at(made.entry));
      expect((await faultOf(stale)).kind).toBe("conflict");
      expect((await read(made.entry)).entry).toEqual(theirs);
      return undefined;
    },
  },
  {
    name: "an update of one part leaves the others",
    check: async ({ change, connector, make, target }) => {
      for (const sample of target.samples) {
        const made = await make(sample, "one-part");
        const updated = await connector.update(
          made.entry.id,
          change(made, { title: "New ✨" }),
          at(made.entry),
        );
        expect(updated.title).toContain("New");
        expect(without(updated.wire, ["title"])).toEqual(without(made.entry.wire, ["title"]));
        expect([updated.state, updated.slug, updated.id]).toEqual([
          made.entry.state,
          made.entry.slug,
          made.entry.id,
        ]);
      }
      return undefined;
    },
  },
  {
    name: "a part the platform does not know is refused, never dropped",
    check: async ({ connector, make, read, target }) => {
      const made = await make(target.samples[0], "unknown-part");
      const draft = { ...made.draft, wire: { "x-no-such-part": "kept?" } };
      await faultOf(connector.update(made.entry.id, draft, at(made.entry)));
      expect((await read(made.entry)).entry).toEqual(made.entry);
      return undefined;
    },
  },
  {
    name: "a change of state alone keeps the content",
    check: async ({ change, connector, make, target }) => {
      const { status: _, ...fields } = target.samples[0].fields;
      const made = await make({ ...target.samples[0], fields: { ...fields, status: "draft" } }, "state");
      let entry = made.entry;
      expect(entry.state).toBe("draft");
      for (const state of ["published", "draft"] satisfies State[]) {
        entry = await connector.update(entry.id, change(made, { status: state }), at(entry));
        expect(entry.state).toBe(state);
        const kept = Object.keys(made.entry.wire).filter((name) => !STATE_PARTS.has(name));
        for (const name of kept) expect([name, entry.wire[name]]).toEqual([name, made.entry.wire[name]]);
      }
      return undefined;
    },
  },
  {
    name: "a scheduled entry is scheduled, where the platform can",
    check: async ({ connector, make, read, target }) => {
      if (!connector.traits.schedules) return { skip: "the platform cannot schedule" };
      const fields = { ...target.samples[0].fields, status: "scheduled", date: "2099-05-01T10:00:00" };
      const { entry } = await make({ ...target.samples[0], fields }, "scheduled");
      expect(entry.state).toBe("scheduled");
      expect((await read(entry)).entry?.state).toBe("scheduled");
      return undefined;
    },
  },
  {
    name: "a removed entry is gone as the traits say, and removing it twice is fine",
    check: async ({ connector, listed, make, read, target }) => {
      if (connector.remove === undefined) {
        expect(connector.traits.removal).toBe("none");
        return { skip: "the platform cannot remove" };
      }
      const { entry } = await make(target.samples[0], "removed");
      await connector.remove(entry.id, entry.kind, at(entry));
      const removal = (await removals(connector)).get(entry.kind);
      const gone = removal === "trash" ? "trashed" : "missing";
      expect(await read(entry)).toEqual({ id: entry.id, entry: undefined, gone });
      expect(await listed(entry.kind)).not.toContain(entry.id);
      await connector.remove(entry.id, entry.kind, at(entry));
      expect((await read(entry)).entry).toBeUndefined();
      return undefined;
    },
  },
  {
    name: "a stale removal is a conflict and removes nothing",
    check: async ({ connector, editElsewhere, make, read, target }) => {
      if (connector.remove === undefined) return { skip: "the platform cannot remove" };
      const { entry } = await make(target.samples[0], "kept");
      await editElsewhere(entry.id);
      expect((await faultOf(connector.remove(entry.id, entry.kind, at(entry)))).kind).toBe("conflict");
      expect((await read(entry)).entry?.id).toBe(entry.id);
      return undefined;
    },
  },
  {
    name: "as many writes at one time as the traits allow all arrive",
    check: async ({ connector, listed, make, target }) => {
      const count = Math.min(connector.traits.writeConcurrency, 8);
      const made = await Promise.all(
        Array.from({ length: count }, () => make(target.samples[0], "parallel")),
      );
      const ids = made.map(({ entry }) => entry.id);
      expect(new Set(ids).size).toBe(count);
      expect(await listed(target.samples[0].kind)).toEqual(expect.arrayContaining(ids));
      return undefined;
    },
  },
  {
    name: "of several updates from one revision the server takes one",
    check: async ({ change, connector, make, target }) => {
      if (connector.traits.staleWrites !== "server") return { skip: "a small race remains on this platform" };
      const made = await make(target.samples[0], "race");
      const updates = ["a", "b", "c", "d"].map((title) =>
        connector.update(made.entry.id, change(made, { title }), at(made.entry)),
      );
      const settled = await Promise.allSettled(updates);
      expect(settled.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
      return undefined;
    },
  },
  {
    name: "no secret is in a fault or an address",
    check: async (world) => {
      const { secrets, sent } = world;
      const texts = (await provokedFaults(world)).flatMap((fault) => [
        fault.message,
        fault.hint ?? "",
        fault.code,
        String(fault.cause ?? ""),
      ]);
      for (const secret of secrets ?? []) {
        for (const text of [...texts, ...sent().map((request) => request.url)])
          expect(text).not.toContain(secret);
      }
      return secrets === undefined || secrets.length === 0 ? { skip: "the target has no secret" } : undefined;
    },
  },
];

async function provokedFaults({
  change,
  connector,
  editElsewhere,
  make,
  target,
}: World): Promise<readonly Fault[]> {
  const made = await make(target.samples[0], "fault");
  await editElsewhere(made.entry.id);
  return [
    await faultOf(connector.update(made.entry.id, change(made, { title: "x" }), at(made.entry))),
    await faultOf(connector.update(target.unknownId, change(made, { title: "x" }), at(made.entry))),
    await faultOf(connector.prepare({ ...made.draft, key: "00000000-0000-5000-8000-000000000000" })),
  ];
}

/** By kind. */
export async function removals({
  traits,
  model,
}: Connector): Promise<ReadonlyMap<string, Traits["removal"]>> {
  const { kinds } = await model();
  return new Map(kinds.map((kind) => [kind.name, kind.removal ?? traits.removal]));
}

export function at(entry: Entry): Expected {
  return { revision: entry.revision, wire: entry.wire };
}

function without(wire: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(wire).filter(([name]) => !names.includes(name)));
}

/** What the promise threw, which must be one of our faults and not a defect. */
export async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const outcome = await work.then(
    () => undefined,
    (thrown: unknown) => asFault(thrown),
  );
  if (outcome === undefined) throw new Error("a fault was due, and nothing was thrown");
  if (outcome.kind === "defect") throw outcome;
  return outcome;
}
