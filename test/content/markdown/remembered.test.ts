import { expect, test } from "vitest";
import { type Addresses, noAddresses } from "../../../src/content/markdown/addresses.ts";
import { rememberedEncode } from "../../../src/content/markdown/remembered.ts";

/** Shows one link, and counts how often it is asked to. */
function counted() {
  const count = { of: 0 };
  const encode = rememberedEncode((markdown, stored, { linkToSite, toSite }) => {
    count.of += 1;
    const image = markdown.includes("image") ? `, ${toSite("a.png")?.src}` : "";
    return `${markdown} onto ${stored}: ${linkToSite("other.md") ?? "nowhere"}${image}`;
  }, 1000);
  return { encode, count };
}

const leading = (to: string | undefined, src?: string): Addresses => ({
  ...noAddresses,
  linkToSite: () => to,
  toSite: () => (src === undefined ? undefined : { src, id: "1" }),
});

test("a body that is encoded again for the same addresses is not worked out again", () => {
  const { encode, count } = counted();
  const first = encode("text", "stored", leading("/other/", "/a.png"));
  expect(encode("text", "stored", leading("/other/", "/moved.png"))).toBe(first);
  expect(first).toBe("text onto stored: /other/");
  expect(count.of).toBe(1);
});

test("another text, another stored body, or another answer of an address that it asked for are", () => {
  const { encode } = counted();
  expect(encode("text", "stored", leading(undefined))).toBe("text onto stored: nowhere");
  expect(encode("text", "stored", leading("/other/"))).toBe("text onto stored: /other/");
  expect(encode("image", "stored", leading("/other/", "/a.png"))).toBe("image onto stored: /other/, /a.png");
  expect(encode("image", "stored", leading("/other/", "/b.png"))).toBe("image onto stored: /other/, /b.png");
  expect(encode("image", "kept", leading("/other/", "/b.png"))).toBe("image onto kept: /other/, /b.png");
});

test("what was not asked for lately is forgotten", () => {
  const { encode, count } = counted();
  encode("text", "stored", noAddresses);
  for (let n = 0; n < 60; n += 1) encode("text", `stored ${n}`, noAddresses);
  encode("text", "stored", noAddresses);
  expect(count.of).toBe(62);
});
