import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSource, patchSource, type Source } from "../../src/content/source.ts";
import { isFault } from "../../src/lib/fault.ts";
import type { Json, JsonObject } from "../../src/lib/json.ts";

const string = (data: Uint8Array): string => Buffer.from(data).toString("utf8");
const parse = (text: string): Source => parseSource(Buffer.from(text, "utf8"), "a.md");

const word = fc.stringMatching(/^[a-z]{1,8}$/);
const awkward = fc.constantFrom(
  "it's",
  'say "hi"',
  "a: b",
  "# no comment",
  "x # y",
  "- dash",
  "[1, 2]",
  "yes",
  "007",
  "null",
  "  spaced  ",
  "日本語 😀",
  "two\nlines",
  "end\n",
  "\n start",
  "a\n\n\nb\n",
  "@at",
  "%",
  "`tick`",
  "*star",
  "&amp",
  "back\\slash",
  "2026-01-31",
  "",
  "~",
  "trailing:",
  "--- no",
  "\u00a0",
  "\u00a0Preis: 5\u00a0€",
  "\u2003wide\u3000",
  "\u2028line\u2029",
  "\u00a0\n\u00a0x\u00a0",
  "\u0085next",
);
const text = fc.oneof(
  word,
  awkward,
  fc.string({ unit: "grapheme", maxLength: 12 }).map((s) => s.replace(/[\p{C}\uFFFD]/gu, "x")),
);
const scalar: fc.Arbitrary<Json> = fc.oneof(text, fc.integer({ min: -1000, max: 1000 }), fc.boolean());
const value: fc.Arbitrary<Json> = fc.oneof(
  scalar,
  fc.array(text, { maxLength: 4 }),
  fc.dictionary(word, scalar, { maxKeys: 3, noNullPrototype: true }),
  fc.array(fc.dictionary(word, scalar, { minKeys: 1, maxKeys: 2, noNullPrototype: true }), { maxLength: 2 }),
);

/** One field in one of many notations: the lines, and nothing else. */
const field = (key: string): fc.Arbitrary<string> =>
  fc
    .record({
      w: fc.array(word, { minLength: 1, maxLength: 3 }),
      comment: fc.constantFrom("", " # why", "   # 'quoted' \"too\""),
      above: fc.constantFrom("", "# above\n", "\n", "\n# two\n\n"),
      pad: fc.constantFrom(" ", "   "),
      style: fc.integer({ min: 0, max: 15 }),
    })
    .map(({ w, comment, above, pad, style }) => {
      const all = w.join(" ");
      const forms = [
        `${key}:${pad}${all}${comment}`,
        `${key}:${pad}"${all}: \\u00e9"${comment}`,
        `${key}:${pad}'${all} ''q'''${comment}`,
        `${key}:${comment}\n${w.map((x) => `  - ${x}${comment}`).join("\n")}`,
        `${key}:\n${w.map((x) => `- "${x}"`).join("\n")}`,
        `${key}: [${w.join(", ")}]${comment}`,
        `${key}: [ ${w.map((x) => `"${x}"`).join(" , ")} ]`,
        `${key}: [\n  ${w.join(",\n  ")},\n]`,
        `${key}: |${comment}\n${w.map((x) => `  ${x}`).join("\n\n")}`,
        `${key}: >-\n${w.map((x) => `    ${x}`).join("\n")}`,
        `${key}:${comment}`,
        `${key}: {${[...new Set(w)].map((x) => `${x}: 1`).join(", ")}}${comment}`,
        `${key}:\n${[...new Set(w)].map((x) => `    ${x}: "v"${comment}`).join("\n")}`,
        `${key}: ${all}\n  more words\n\n  after a gap`,
        `"${key}": 1_000${comment}`,
        `${key}:\n${w.map((x) => `  - name: ${x}\n    url: '#'${comment}`).join("\n")}`,
      ];
      return `${above}${forms[style] ?? ""}\n`;
    });

const header = fc.uniqueArray(word, { minLength: 1, maxLength: 6 }).chain((keys) =>
  fc.record({
    keys: fc.constant(keys),
    parts: fc.tuple(...keys.map(field)),
    eol: fc.constantFrom("\n", "\r\n"),
    bom: fc.constantFrom("", "\uFEFF"),
    body: fc.constantFrom("", "Body", "\n# Title\n\ntext\n---\nmore\n", "\n\n"),
  }),
);

test("a field set or removed leaves every other field's bytes alone, and reads back as set", () => {
  fc.assert(
    fc.property(
      header,
      fc.nat(),
      fc.option(value, { nil: undefined }),
      ({ keys, parts, eol, bom, body }, pick, to) => {
        const file = (fields: readonly string[]) =>
          bom + `---\n${fields.join("")}---\n${body}`.replaceAll("\n", eol);
        const original = file(parts);
        const source = parse(original);
        expect(string(patchSource(source, {}))).toBe(original);
        expect(string(patchSource(source, { set: source.fields, body: source.body }))).toBe(original);
        const index = pick % keys.length;
        const key = keys[index] ?? "";
        const patched = string(
          patchSource(source, to === undefined ? { remove: [key] } : { set: { [key]: to } }),
        );
        const before = file(parts.slice(0, index)).split("---")[1] ?? "";
        expect(patched.split("---")[1]?.startsWith(before)).toBe(true);
        const after =
          parts
            .slice(index + 1)
            .join("")
            .replaceAll("\n", eol) +
          `---${eol}` +
          body.replaceAll("\n", eol);
        expect(patched.endsWith(after)).toBe(true);
        expect(patched.startsWith(bom)).toBe(true);
        const { [key]: _old, ...others } = source.fields;
        const wanted: JsonObject = to === undefined ? others : { ...others, [key]: to };
        expect(parse(patched).fields).toEqual(wanted);
        expect(parse(patched).body).toBe(source.body);
      },
    ),
    { numRuns: 800 },
  );
});

test("fields added to any header stand behind the others", () => {
  fc.assert(
    fc.property(
      header,
      fc.dictionary(word, value, { maxKeys: 3, noNullPrototype: true }),
      ({ parts, eol }, added) => {
        const source = parse(`---\n${parts.join("")}---\n`.replaceAll("\n", eol));
        const fresh = Object.fromEntries(
          Object.entries(added).filter(([key]) => !Object.hasOwn(source.fields, key)),
        );
        const patched = string(patchSource(source, { set: fresh }));
        expect(patched.startsWith(`---\n${parts.join("")}`.replaceAll("\n", eol))).toBe(true);
        expect(parse(patched).fields).toEqual({ ...source.fields, ...fresh });
      },
    ),
    { numRuns: 300 },
  );
});

test("a body of any line ends keeps every line that stays", () => {
  const line = fc.tuple(fc.constantFrom("", "a", "b", "longer line"), fc.constantFrom("\n", "\r\n"));
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 12 }),
      fc.array(fc.constantFrom("", "a", "c"), { maxLength: 12 }),
      (old, next) => {
        const raw = `x\n${old.map(([text, eol]) => text + eol).join("")}`;
        const source = parse(raw);
        const body = next.join("\n");
        const patched = patchSource(source, { body });
        expect(parse(string(patched)).body).toBe(body);
        expect(string(patchSource(source, { body: source.body }))).toBe(raw);
        expect(string(patchSource(source, { body: `${source.body}new` }))).toBe(`${raw}new`);
      },
    ),
    { numRuns: 300 },
  );
});

test("whatever the bytes are, the answer is a source or a fault of the operator's file", () => {
  const pieces = fc.constantFrom(
    "---",
    "+++",
    "\n",
    "a: ",
    "b",
    "[",
    "{",
    "\t",
    "'",
    '"',
    "&x ",
    "*x",
    "#",
    "|",
    "<<: ",
    "- ",
    ":",
    "=",
    "{%",
    "%YAML 1.1",
  );
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 20 }),
      fc.constantFrom("---\n", "+++\n", ""),
      (parts, start) => {
        const raw = `${start}${parts.join("")}\n${start}`;
        try {
          expect(string(patchSource(parse(raw), {}))).toBe(raw);
        } catch (thrown) {
          if (!isFault(thrown, "invalid")) throw thrown;
          expect(thrown.place?.line).toBeGreaterThan(0);
        }
      },
    ),
    { numRuns: 1000 },
  );
});
