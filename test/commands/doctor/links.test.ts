import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LINKS, linkFor } from "../../../src/commands/doctor/links.ts";
import { anchorsOf } from "../../headings.ts";

describe("where a finding's story is told", () => {
  it.each(LINKS)("%s is there", (link) => {
    const [page = "", heading = ""] = link.split("#");
    const anchors = anchorsOf(readFileSync(new URL(`../../../${page}`, import.meta.url), "utf8"));
    expect(anchors).toContain(heading);
  });

  it.each([
    ["certificate-chain", "other-trouble-with-certificates"],
    ["certificate-untrusted", "a-self-signed-certificate"],
    ["wordpress.authorization-stripped", "wordpress-it-says-that-my-password-is-wrong-but-it-is-not"],
    ["wordpress.rest-api-off", "wordpress-html-instead-of-an-answer"],
    ["vault.locked", "the-keychain"],
    ["lockfile-other-site", "the-lockfile-belongs-to-another-site"],
    ["something-nobody-wrote-about", "what-doctor-looks-at"],
  ])("of %s it is %s", (code, heading) => {
    expect(linkFor(code)).toBe(`docs/troubleshooting.md#${heading}`);
  });
});
