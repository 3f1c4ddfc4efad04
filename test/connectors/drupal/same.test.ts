import { describe, expect, it } from "vitest";
import { plainDecimal, same } from "../../../src/connectors/drupal/same.ts";

describe("what the site says", () => {
  it("is not the same where a text has another zero at its end", () => {
    expect(same("field_version", "1.10", "1.1")).toBe(false);
    expect(same("field_version", "1.1", "1.1")).toBe(true);
  });

  it("is the same where a moment is written in another zone", () => {
    expect(same("field_moment", "2026-01-01T10:00:00Z", "2026-01-01T11:00:00+01:00")).toBe(true);
  });

  it.each([
    ["12.50", "12.5"],
    ["12.00", "12"],
    ["100", "100"],
    ["-0.10", "-0.1"],
    ["12345678901234567.8900", "12345678901234567.89"],
    ["1.2.30", "1.2.30"],
  ])("as the decimal %s is %s", (written, plain) => {
    expect(plainDecimal(written)).toBe(plain);
  });
});
