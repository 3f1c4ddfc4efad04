import fc from "fast-check";
import { expect, test } from "vitest";
import { patchSource } from "../../src/content/source.ts";
import type { Json } from "../../src/lib/json.ts";
import { parse, string } from "./notations.ts";

const word = fc.stringMatching(/^[a-z]{1,8}$/);
const value: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    "it's",
    'say "hi"',
    "a\nb",
    "日本 😀",
    "# x",
    "2026-02-03",
    "",
    true,
    false,
    42,
    -1.5,
  ),
  fc.array(fc.oneof(word, fc.constantFrom("a, b", 'q"')), { maxLength: 3 }),
);

/** One line of TOML in one of many notations. */
const row = (key: string): fc.Arbitrary<string> =>
  fc
    .record({
      w: word,
      comment: fc.constantFrom("", " # why", "   # '''"),
      form: fc.integer({ min: 0, max: 8 }),
    })
    .map(({ w, comment, form }) => {
      const forms = [
        `${key} = "${w}"${comment}`,
        `${key}   =   '${w} "x"'${comment}`,
        `${key} = 2026-01-31T10:00:00+02:00${comment}`,
        `${key} = 2026-01-31${comment}`,
        `${key} = 1_000${comment}`,
        `${key} = [ "${w}" , 'b' ]${comment}`,
        `"${key}" = true${comment}`,
        `${key} = { ${w} = 1 }${comment}`,
        `# above\n\n${key} = """\n${w}\n${w}"""`,
      ];
      return `${forms[form] ?? ""}\n`;
    });

test("a field of TOML set or removed leaves every other line alone", () => {
  const header = fc.uniqueArray(word, { minLength: 2, maxLength: 5 }).chain((keys) =>
    fc.record({
      keys: fc.constant(keys),
      rows: fc.tuple(...keys.map(row)),
      eol: fc.constantFrom("\n", "\r\n"),
    }),
  );
  fc.assert(
    fc.property(header, fc.nat(), fc.option(value, { nil: undefined }), ({ keys, rows, eol }, pick, to) => {
      const raw = `+++\n${rows.join("")}[zz_table]\n  deep = 1 # keep\n+++\nbody\n`.replaceAll("\n", eol);
      const source = parse(raw);
      expect(string(patchSource(source, { set: source.fields }))).toBe(raw);
      const index = pick % keys.length;
      const key = keys[index] ?? "";
      const patched = string(
        patchSource(source, to === undefined ? { remove: [key] } : { set: { [key]: to } }),
      );
      const { [key]: _old, ...others } = source.fields;
      expect(parse(patched).fields).toEqual(to === undefined ? others : { ...others, [key]: to });
      const left = patched.split(eol);
      const kept = raw.split(eol).filter((line) => !(rows[index] ?? "").split("\n").includes(line));
      for (const line of kept) expect(left).toContain(line);
    }),
    { numRuns: 400 },
  );
});
