import { expect } from "vitest";
import type { Connector, Draft } from "../../../src/connectors/contract.ts";
import type { Document } from "../../../src/content/document.ts";
import type { FaultKind } from "../../../src/lib/fault.ts";
import type { ContractTarget, Made, Rule, World } from "../contract.ts";
import { at, faultOf, removals } from "./writing.ts";

const CANNOT = { skip: "the platform cannot restore" };

export const RESTORING_RULES: readonly Rule[] = [
  {
    name: "an entry that is removed and restored is as before, and listed once",
    check: async ({ connector, listed, make, read, target }) => {
      const { remove, restore } = connector;
      const kept = await keptIn(target, connector);
      if (remove === undefined || restore === undefined || kept.length === 0) return CANNOT;
      for (const sample of kept) {
        const made = await make(sample, "restored");
        const { entry } = made;
        await remove(entry.id, entry.kind, at(entry));
        const restored = await restore(entry.id, whole(made));
        expect([restored.id, restored.state, restored.slug, restored.scope]).toEqual([
          entry.id,
          entry.state,
          entry.slug,
          entry.scope,
        ]);
        expect(restored.wire).toEqual(entry.wire);
        expect((await read(entry)).entry).toEqual(restored);
        expect((await listed(entry.kind)).filter((id) => id === entry.id)).toHaveLength(1);
      }
      return undefined;
    },
  },
  {
    name: "restoring what is not in the trash is a conflict and changes nothing",
    check: async (world) => {
      const { connector, make, read, target } = world;
      const [sample] = await keptIn(target, connector);
      if (connector.restore === undefined || sample === undefined) return CANNOT;
      const made = await make(sample, "not-trashed");
      const draft = { ...whole(made), wire: { ...made.entry.wire, title: "Overwritten" } };
      await refused(world, made.entry.id, draft, ["conflict", "not-trashed"]);
      expect((await read(made.entry)).entry).toEqual(made.entry);
      return undefined;
    },
  },
  {
    name: "restoring what is gone for good is refused",
    check: async (world) => {
      const { connector, make, target } = world;
      if (connector.restore === undefined) return CANNOT;
      const made = await make(target.samples[0], "gone");
      const draft = { ...whole(made), wire: { ...made.entry.wire, slug: world.unique("never") } };
      await refused(world, target.unknownId, draft, ["not-found"]);
      return undefined;
    },
  },
  {
    name: "restoring under a slug that another entry has now is a conflict and changes nothing",
    check: async (world) => {
      const { connector, make, read, target } = world;
      const [sample] = await keptIn(target, connector);
      if (connector.remove === undefined || connector.restore === undefined || sample === undefined)
        return CANNOT;
      const made = await make(sample, "slug-gone");
      await connector.remove(made.entry.id, made.entry.kind, at(made.entry));
      const draft = { ...made.draft, key: made.draft.key.split("").toReversed().join("") };
      const other = await connector.create(draft, await connector.prepare(draft));
      await refused(world, made.entry.id, whole(made), ["conflict", "slug-taken"]);
      expect(await read(made.entry)).toMatchObject({ entry: undefined, gone: "trashed" });
      expect((await read(other)).entry).toEqual(other);
      return undefined;
    },
  },
  {
    name: "revisions tell what an entry said before somebody else edited it, newest first",
    check: async ({ change, connector, editElsewhere, make, read, sent, target, unique }) => {
      if (connector.revisions === undefined) return { skip: "the platform tells no revisions" };
      const made = await make(target.samples[0], "revisions");
      let { entry } = made;
      const titles = [unique("second"), unique("third")];
      for (const title of titles) {
        entry = await connector.update(entry.id, change(made, { title }), at(entry));
      }
      await editElsewhere(entry.id);
      const writes = sent().filter((request) => request.write).length;
      const revisions = await connector.revisions(entry);
      expect(sent().filter((request) => request.write)).toHaveLength(writes);
      const told = revisions.map(({ wire }) => wire.title).filter((title) => titles.includes(String(title)));
      expect(told).toEqual(titles.toReversed());
      const times = revisions.map((revision) => revision.at);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      expect(times.every((time) => Number.isInteger(time) && time > 0)).toBe(true);
      expect(new Set(revisions.map(({ id }) => id)).size).toBe(revisions.length);
      const before = revisions.find(({ wire }) => wire.title === titles[1]);
      expect(entry.wire).toMatchObject(before?.wire ?? { "no revision": true });
      expect(before?.author).toBe(target.revisionsBy ?? (await connector.whoami()).name);
      expect((await read(entry)).entry?.title).not.toBe(entry.title);
      expect(await connector.revisions({ ...entry, id: target.unknownId })).toEqual([]);
      return undefined;
    },
  },
];

/** Samples of kinds that have a trash. */
async function keptIn({ samples }: ContractTarget, connector: Connector): Promise<readonly Document[]> {
  const known = await removals(connector);
  return samples.filter(({ kind }) => known.get(kind) === "trash");
}

/** Everything that the entry held, as it is kept for an undo. */
function whole({ draft, entry }: Made): Draft {
  return { ...draft, wire: entry.wire };
}

async function refused(
  { connector, sent }: World,
  id: string,
  draft: Draft,
  [kind, code]: readonly [FaultKind, code?: string],
): Promise<void> {
  const writes = sent().filter((request) => request.write).length;
  const fault = await faultOf(connector.restore?.(id, draft) ?? Promise.resolve());
  expect(fault).toMatchObject(code === undefined ? { kind } : { kind, code });
  expect(sent().filter((request) => request.write)).toHaveLength(writes);
}
