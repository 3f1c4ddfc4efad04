import { expect } from "vitest";
import { type Document, STATES } from "../../../src/content/document.ts";
import type { Json } from "../../../src/lib/json.ts";
import type { Made, Rule, World } from "../contract.ts";
import { awkwardDocuments } from "./awkward.ts";

const FOREIGN = '<section class="foreign" data-x="1"><p>kept as <u>it</u> is</p></section>\n\nAfter it.';

export const CODEC_RULES: readonly Rule[] = [
  {
    name: "a document comes back as it went",
    check: async (world) => {
      for (const { name, made, document } of await created(world)) {
        const back = world.codec.decode(made.entry, made.refs);
        expect([name, back.kind, back.locale]).toEqual([name, document.kind, document.locale]);
        for (const [field, value] of Object.entries(document.fields)) {
          expect([name, field, unordered(back.fields[field])]).toEqual([name, field, unordered(value)]);
        }
        expect([name, back.body.trimEnd()]).toEqual([name, document.body.trimEnd()]);
      }
      return undefined;
    },
  },
  {
    name: "what is decoded encodes to the same again",
    check: async (world) => {
      const { codec } = world;
      for (const { name, made } of await created(world)) {
        const back = codec.decode(made.entry, made.refs);
        const { wire } = codec.encode(back, made.refs, undefined);
        for (const [part, value] of Object.entries(wire)) {
          expect([name, part, codec.same(part, value, made.entry.wire[part] ?? null)]).toEqual([
            name,
            part,
            true,
          ]);
        }
      }
      return undefined;
    },
  },
  {
    name: "the server's values say the same as what was sent, and every loss was told",
    check: async (world) => {
      const { codec, refsFor } = world;
      for (const { name, made, document } of await created(world)) {
        const { wire, losses } = codec.encode(document, await refsFor(document), undefined);
        expect([name, losses]).toEqual([name, []]);
        for (const [part, value] of Object.entries(wire)) {
          expect([name, part, codec.same(part, value, value)]).toEqual([name, part, true]);
          expect([name, part, codec.same(part, value, made.entry.wire[part] ?? null)]).toEqual([
            name,
            part,
            true,
          ]);
        }
      }
      return undefined;
    },
  },
  {
    name: "values that say something else are not the same",
    check: async (world) => {
      const { codec, kind, refsFor, target } = world;
      const [sample] = target.samples;
      const { fields } = await kind(sample.kind);
      const states = fields.find((field) => field.name === "status")?.values ?? STATES;
      const refs = await refsFor(sample);
      const wireOf = (document: Document) => codec.encode(document, refs, undefined).wire;
      const bodies = [
        "One word",
        "One wörd",
        "One *word*",
        "One [word](https://example.com/)",
        "One\n\nword",
        "",
      ];
      for (const a of bodies) {
        for (const b of bodies) {
          const [ours, theirs] = [wireOf({ ...sample, body: a }).body, wireOf({ ...sample, body: b }).body];
          if (ours === undefined || theirs === undefined) return { skip: "the kind has no body" };
          expect([a, b, codec.same("body", ours, theirs)]).toEqual([a, b, a === b]);
        }
      }
      const pairs = {
        title: [
          ["One", "Two"],
          ["One", "one"],
        ],
        status: [
          ["draft", "published"],
          ["draft", "pending"],
        ].filter((pair) => pair.every((state) => states.includes(state))),
      };
      for (const [part, values] of Object.entries(pairs)) {
        for (const [a, b] of values) {
          const [ours, theirs] = [a, b].map(
            (value) => wireOf({ ...sample, fields: { title: "t", [part]: value ?? "" } })[part],
          );
          expect([part, a, b, codec.same(part, ours ?? null, theirs ?? null)]).toEqual([part, a, b, false]);
        }
      }
      return undefined;
    },
  },
  {
    name: "a body that says the same keeps both sides' bytes",
    check: async (world) => {
      const { codec } = world;
      for (const { name, made, document } of await created(world)) {
        const body = made.entry.wire.body;
        if (body === undefined) return { skip: "the kind has no body" };
        expect([name, codec.patchBody(document.body, body, made.refs)]).toEqual([name, document.body]);
        expect([name, codec.encode(document, made.refs, made.entry).wire.body]).toEqual([name, body]);
      }
      return undefined;
    },
  },
  {
    name: "a changed block is the only one that changes in the file",
    check: async ({ codec, make, target }) => {
      const body = "First  block,\nsoft wrapped.\n\n* starred\n* list\n\nLast *block*.";
      const { entry, refs } = await make(
        { ...target.samples[0], body: "Keep\n\nOld words\n\nKeep too" },
        "block",
      );
      expect(codec.patchBody("Keep\n\nOlder words\n\nKeep too", entry.wire.body ?? null, refs)).toBe(
        "Keep\n\nOld words\n\nKeep too",
      );
      const remote = codec.encode(
        { ...target.samples[0], body: body.replace("Last", "Final") },
        refs,
        undefined,
      );
      expect(codec.patchBody(body, remote.wire.body ?? null, refs)).toBe(body.replace("Last", "Final"));
      return undefined;
    },
  },
  {
    name: "markup that Markdown cannot hold survives an update of another part",
    check: async ({ change, codec, connector, make, target }) => {
      const sample = { ...target.samples[0], body: FOREIGN };
      const made = await make(sample, "foreign");
      const { entry, refs } = made;
      const expected = { revision: entry.revision, wire: entry.wire };
      const updated = await connector.update(entry.id, change(made, { title: "Other" }), expected);
      expect(updated.wire.body).toEqual(entry.wire.body);
      const back = codec.decode(updated, refs);
      expect(back.body).toContain('<section class="foreign" data-x="1">');
      expect(codec.encode(back, refs, updated).wire.body).toEqual(entry.wire.body);
      return undefined;
    },
  },
  {
    name: "a document without a field says nothing about it",
    check: async ({ codec, connector, make, refsFor, target }) => {
      const { entry, draft } = await make(target.samples[0], "unmanaged");
      const bare: Document = { ...target.samples[0], fields: { title: "Bare" }, body: "Bare." };
      const { wire } = codec.encode(bare, await refsFor(bare), entry);
      const kept = Object.keys(entry.wire).filter((part) => part !== "title" && part !== "body");
      for (const part of kept) expect([part, wire[part]]).toEqual([part, undefined]);
      const expected = { revision: entry.revision, wire: entry.wire };
      const updated = await connector.update(entry.id, { ...draft, wire }, expected);
      for (const part of kept) expect([part, updated.wire[part]]).toEqual([part, entry.wire[part] as Json]);
      return undefined;
    },
  },
];

/** Sites keep the names of terms in an order of their own. */
function unordered(value: Json | undefined): Json | undefined {
  return Array.isArray(value) ? [...(value as readonly Json[])].map(String).sort() : value;
}

/** The samples and the awkward documents, created once per run of the suite and shared by the rules above. */
async function created(world: World): Promise<readonly Sample[]> {
  const known = CREATED.get(world);
  if (known !== undefined) return known;
  const work = createAll(world);
  CREATED.set(world, work);
  return work;
}

interface Sample {
  readonly name: string;
  readonly document: Document;
  readonly made: Made;
}

const CREATED = new WeakMap<World, Promise<readonly Sample[]>>();

async function createAll({ make, target }: World): Promise<readonly Sample[]> {
  const samples = target.samples.map((document, n) => ({ name: `sample ${n + 1}`, document }));
  const all: Sample[] = [];
  for (const { name, document } of [
    ...samples,
    ...awkwardDocuments(target.samples[0].kind, target.longestTitle),
  ]) {
    all.push({ name, document, made: await make(document, "awkward") });
  }
  return all;
}
