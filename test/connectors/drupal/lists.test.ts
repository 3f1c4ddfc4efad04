// What spans several pages, what lies below what, and what is gone though nobody said so.
import { describe, expect, it } from "vitest";
import { codec } from "../../../src/connectors/drupal/codec.ts";
import { faultOf } from "../rules/writing.ts";
import { refsOf } from "./site.ts";
import { article, drupal, put } from "./trapped.ts";

describe("terms", () => {
  it("with a slash in their names stay one term where no term lies below another", async () => {
    const { fake, connector } = await drupal();
    const entry = await put(connector, article("Loud", { tags: ["AC/DC", "Sour\\/dough"] }), "loud");
    expect([...fake.state.terms.values()].map(({ name, parent }) => [name, parent])).toEqual([
      ["AC/DC", undefined],
      ["Sour/dough", undefined],
    ]);
    const refs = await refsOf(connector, article("Loud"));
    expect(codec.decode(entry, refs).fields.tags).toEqual(["AC/DC", "Sour/dough"]);
  });

  it("that the account may not make are told with the permission and its page", async () => {
    const { fake, connector } = await drupal({ closedTypes: ["tags"] }, "editor");
    if (connector.terms === undefined) throw new Error("no terms");
    const fault = await faultOf(connector.terms.create("tags", "New", undefined));
    expect([fault.kind, fault.code]).toEqual(["forbidden", "drupal.cannot-create-terms"]);
    expect(fault.message + fault.hint).toMatch(/create terms.*\/admin\/people\/permissions/is);
    expect(fake.state.terms.size).toBe(0);
  });

  it("lie below others where some do already, or where the connection says so", async () => {
    const { fake, connector } = await drupal();
    const parent = await connector.terms?.create("tags", "Bread", undefined);
    await connector.terms?.create("tags", "White", parent);
    await put(connector, article("Dark", { tags: ["Bread/Dark"] }), "dark");
    expect([...fake.state.terms.values()].find(({ name }) => name === "Dark")?.parent).toBe(parent?.id);
    const other = await drupal({}, "admin", { trees: "topics, tags" });
    await put(other.connector, article("First", { tags: ["Bread/Dark"] }), "first");
    expect([...other.fake.state.terms.values()].map(({ name }) => name)).toEqual(["Bread", "Dark"]);
  });

  it("are each there once, over several pages", async () => {
    const { fake, connector } = await drupal();
    for (let n = 0; n < 120; n += 1) {
      const uuid = `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
      const tid = fake.state.next.tid++;
      fake.state.terms.set(uuid, { uuid, tid, vocabulary: "tags", name: `t${n}`, parent: undefined });
    }
    const names = (await connector.terms?.list("tags"))?.map(({ name }) => name) ?? [];
    expect(names).toEqual(Array.from({ length: 120 }, (_, n) => `t${n}`));
  });
});

describe("languages", () => {
  it("are all known where there are more than one page of them", async () => {
    const letters = [..."abcdefgh"];
    const codes = letters.flatMap((a) => letters.map((b) => `${a}${b}`)).slice(0, 55);
    const languages = ["en", ...codes];
    const { connector } = await drupal({ languages });
    const known = (await connector.model()).languages?.locales ?? [];
    expect(known.toSorted()).toEqual(languages.toSorted());
  });
});

describe("removals", () => {
  it("that were carried out are done, though no answer of them came", async () => {
    const { fake, connector } = await drupal();
    const entry = await put(connector, article("Gone"), "gone");
    fake.behaviours.losesRemovals = true;
    await connector.remove?.(entry.id, entry.kind, entry);
    expect(fake.state.nodes.size).toBe(0);
  });
});

describe("references to media", () => {
  it("cannot be made of a file, which is said with what to do", async () => {
    const { connector } = await drupal();
    const refs = await refsOf(connector, article("Pictured"));
    const schema = { drupal: "reference", many: false, target: ["media--image"] };
    const field = { name: "field_media", type: "json", schema } as const;
    const kind = { ...refs.kind, fields: [...refs.kind.fields, field] };
    const document = article("Pictured", { field_media: "./loaf.png" });
    const fault = await faultOf(
      Promise.resolve().then(() => codec.encode(document, { ...refs, kind }, undefined)),
    );
    expect(fault.message).toContain("media entities are not made from files here");
    expect(fault.hint).toContain("/media/add/image");
  });
});
