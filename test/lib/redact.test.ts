import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { excerpt, printable, redact, redactHeaders, redactUrl } from "../../src/lib/redact.ts";

describe("printable", () => {
  it.each([
    ["a colour", "\u001b[31mred\u001b[0m", "red"],
    ["a window title", "a\u001b]0;pwned\u0007b", "ab"],
    ["a link", "\u001b]8;;https://evil.test\u001b\\click\u001b]8;;\u001b\\", "click"],
    ["C1 introducers", "a\u009b31mb\u009d0;x\u009cc", "abc"],
    ["a cursor move", "a\u001b[2K\u001b[1Gb", "ab"],
    ["bell, backspace and delete", "a\u0007\b\u007fb", "ab"],
    ["bidi overrides", "a\u202egnp.exe\u2066b", "agnp.exeb"],
    ["line breaks", "a\r\nb\tc", "a b c"],
    ["an unfinished sequence", "a\u001b[", "a"],
  ])("removes %s", (_, text, clean) => {
    expect(printable(text)).toBe(clean);
  });

  it("leaves people's languages and emoji alone", () => {
    const text = "Grüße, 日本語, ไทย, עברית, 👩‍👩‍👧 e\u0301";
    expect(printable(text)).toBe(text);
  });

  it("never lets a control character through", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(printable(text)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  it("cuts an excerpt between signs", () => {
    expect(excerpt("😀😀😀😀", 3)).toBe("😀😀…");
  });
});

describe("redact", () => {
  const secret = "abcd EFGH ijkl+/ü";

  it.each([
    secret,
    secret.replaceAll(" ", ""),
    encodeURIComponent(secret),
    new URLSearchParams({ p: secret }).toString(),
    Buffer.from(secret).toString("base64"),
    JSON.stringify({ a: secret }),
  ])("hides a known secret in %s", (text) => {
    const clean = redact(`before ${text} after`, [secret]);
    expect(clean).toContain("[hidden]");
    expect(clean).not.toMatch(/EFGH/);
    expect(clean).not.toContain(Buffer.from(secret).toString("base64"));
  });

  it.each([
    ["authorization: Basic YWRtaW46cGFzcw==", "YWRtaW46"],
    ["Bearer eyJhbGciOi.x-y_z", "eyJhbGci"],
    ["https://user:hunter2@x.test/a", "hunter2"],
    ["/?a=1&access_token=hunter2&b=2", "hunter2"],
    ["/?password=hunter2", "hunter2"],
    ["/?_wpnonce=hunter2", "hunter2"],
    ['{"user":"a","password":"hun\\"ter2"}', "ter2"],
    ['{"client_secret": "hunter2"}', "hunter2"],
  ])("finds the credential in %s", (text, hidden) => {
    expect(redact(text, [])).not.toContain(hidden);
  });

  it("leaves ordinary parameters readable", () => {
    const url = "https://x.test/wp/v2/posts?author=3&status=publish&_fields=id,slug";
    expect(redactUrl(url)).toBe(url);
  });

  it("takes a secret with half a surrogate pair, which nothing can encode", () => {
    const secret = "hush \ud800 hush";
    expect(redact(`a ${secret} b hush \ufffd hush c`, [secret])).toBe("a [hidden] b [hidden] c");
  });

  it("does not blank out a text for a secret of three letters", () => {
    expect(redact("a cat sat", ["cat"])).toBe("a cat sat");
  });

  it("masks headers that carry credentials", () => {
    const shown = redactHeaders({
      authorization: "Basic x",
      cookie: "a",
      "x-shopify-access-token": "b",
      accept: "c",
    });
    expect(shown).toEqual({
      authorization: "[hidden]",
      cookie: "[hidden]",
      "x-shopify-access-token": "[hidden]",
      accept: "c",
    });
  });
});
