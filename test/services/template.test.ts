import { describe, expect, test } from "vitest";
import { decimalAmount } from "../../src/services/money.ts";
import { fullText, headline, shortText } from "../../src/services/occurrence-text.ts";
import type { Inputs } from "../../src/services/provider.ts";
import { fillJson, fillMembers, fillText, namesIn, type Place } from "../../src/services/template.ts";

const FILLER = {
  title: "The provider",
  rules: { twice: { doubled: ({ values }: Inputs) => `${values.key}${values.key}` } },
};
const INPUTS: Inputs = {
  values: { key: "a b/c?d&e=f", host: "Tenant.example", empty: "" },
  mode: "test",
  event: { email: "ada@example.com", name: "", amount: 5, agreed: true, company: null, odd: "<b>\"'&\n" },
  named: { id: "0b54", "at.seconds": 1_700_000_000, "kept.id": "k1" },
};
const fill = (template: string, place: Place = "raw") => fillText(template, INPUTS, place, FILLER);

describe("texts", () => {
  test("are filled from values, rules, the occurrence and what has a name", () => {
    expect(fill("{key}|{event.amount}|{id}|{at.seconds}|{kept.id}|{mode}")).toBe(
      "a b/c?d&e=f|5|0b54|1700000000|k1|test",
    );
    expect(fill("{twice}")).toBe("a b/c?d&e=fa b/c?d&e=f");
    expect(fill("no place, { no place } and {}")).toBe("no place, { no place } and {}");
  });

  test("what is filled in is not filled in again", () => {
    const event = { message: "{key} {event.email}" };
    expect(fillText("{event.message}", { ...INPUTS, event }, "raw", FILLER)).toBe("{key} {event.email}");
  });

  test("what may be missing takes the whole with it; what may not is named", () => {
    expect(fill("for {event.name?}")).toBeUndefined();
    expect(fill("for {event.company?}")).toBeUndefined();
    expect(() => fill("{event.name}")).toThrow("What happened has no name, which The provider needs.");
    expect(() => fill("{empty}")).toThrow("The provider needs empty");
  });

  test("are escaped as their place demands", () => {
    expect(fill("/x/{key}", "path")).toBe("/x/a%20b%2Fc%3Fd%26e%3Df");
    expect(fill("https://{host}/v1", "host")).toBe("https://tenant.example/v1");
    expect(fill("<p>{event.odd}", "html")).toBe("<p>&#60;b&#62;&#34;&#39;&#38;\n");
    expect(fill("'{event.odd}'", "script")).toBe("'\\u003cb\\u003e\\\"\\u0027\\u0026\\n'");
  });

  test.each<[string, Place, string]>([
    ["..", "path", "a step up in an address"],
    [".", "path", "a step that is none"],
    ["evil.example/x", "host", "a host with a path"],
    ["user@evil.example", "host", "a host with a user"],
    ["evil.example:1", "host", "a host with a port"],
    ["a\r\nx-admin: 1", "header", "two headers"],
    ["\u{1f600}", "header", "what no header can hold"],
  ])("%j in %s is refused: %s", (text, place) => {
    const inputs = { ...INPUTS, values: { text } };
    expect(() => fillText("{text}", inputs, place, FILLER)).toThrow("text cannot be");
  });
});

describe("JSON and forms", () => {
  test("one place and nothing else keeps its type; texts are JSON's to escape", () => {
    const template = {
      a: "{event.amount}",
      b: "n {event.amount}",
      c: "{event.agreed}",
      d: [1, null, "{event.odd}"],
    };
    expect(fillJson(template, INPUTS, FILLER)).toEqual({
      a: 5,
      b: "n 5",
      c: true,
      d: [1, null, "<b>\"'&\n"],
    });
  });

  test("what is missing is left out, with what holds nothing else", () => {
    const template = {
      keep: 1,
      gone: "{event.name?}",
      inner: { gone: "{event.company?}" },
      list: ["{event.name?}", 2],
    };
    expect(fillJson(template, INPUTS, FILLER)).toEqual({ keep: 1, list: [2] });
    expect(fillJson({ none: {} }, INPUTS, FILLER)).toEqual({ none: {} });
  });

  test("all fields of the occurrence may be asked for", () => {
    const event = { email: "a@b.example", n: 1 };
    expect(fillJson({ id: "{id}", "...": "{event.*}" }, { ...INPUTS, event }, FILLER)).toEqual({
      id: "0b54",
      ...event,
    });
    expect(
      fillMembers({ "metadata[...]": "{event.*}", x: "1" }, { ...INPUTS, event }, "raw", FILLER),
    ).toEqual({
      "metadata[email]": "a@b.example",
      "metadata[n]": "1",
      x: "1",
    });
  });

  test("a member that is called __proto__ is a member", () => {
    const event = JSON.parse('{"__proto__":"x"}') as Record<string, string>;
    const filled = fillJson({ "...": "{event.*}" }, { ...INPUTS, event }, FILLER);
    expect(JSON.stringify(filled)).toBe('{"__proto__":"x"}');
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test("names are found wherever they stand", () => {
    expect(namesIn({ a: ["{event.email}"], b: { c: "{event.name?} {id}" } })).toEqual([
      { name: "event.email", optional: false },
      { name: "event.name", optional: true },
      { name: "id", optional: false },
    ]);
  });
});

test.each([
  [1999, "eur", "19.99"],
  [5, "USD", "0.05"],
  [0, "USD", "0.00"],
  [500, "JPY", "500"],
  [1234, "KWD", "1.234"],
  [1.5, "EUR", undefined],
  [-1, "EUR", undefined],
  [100, "euro", undefined],
])("%d of %s is %s", (amount_cents, currency, wanted) => {
  expect(decimalAmount({ values: {}, mode: "test", event: { amount_cents, currency } })).toBe(wanted);
});

test("an occurrence in words has a headline of one line, and each field on one of its own", () => {
  const inputs: Inputs = {
    values: {},
    mode: "live",
    event: { title: `A\r\nBcc: x@y.example ${"long ".repeat(60)}`, url: "https://site.example" },
    named: { point: "content_published" },
  };
  expect(headline(inputs)).toMatch(/^Content was published: A Bcc: x@y\.example [^\r\n]*$/);
  expect(headline(inputs).length).toBeLessThan(150);
  expect(fullText(inputs)).toContain("\nurl: https://site.example");
  const long = { ...inputs, event: { message: "x".repeat(2000) } };
  expect(Array.from(shortText(long))).toHaveLength(600);
});
