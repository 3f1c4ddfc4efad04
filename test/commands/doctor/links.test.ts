import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LINKS, linkFor } from "../../../src/commands/doctor/links.ts";
import { anchorsOf } from "../../headings.ts";

describe("where a finding's story is told", () => {
  it.each(LINKS)("%s is there", (link) => {
    const [page = "", heading] = link.split("#");
    const anchors = anchorsOf(readFileSync(new URL(`../../../${page}`, import.meta.url), "utf8"));
    expect(anchors).toContain(heading ?? anchors[0]);
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

  it("is the platform's own page for what only that has, and the page on signing in for credentials", () => {
    expect(linkFor("drupal.locked")).toBe("docs/platforms/drupal.md");
    expect(linkFor("auth", "auth")).toBe("docs/signing-in.md");
    expect(linkFor("wordpress.wrong-credentials", "auth")).toContain("troubleshooting");
  });
});
