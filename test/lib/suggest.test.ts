import { describe, expect, it } from "vitest";
import { nearestName } from "../../src/lib/suggest.ts";

const COMMANDS = ["push", "pull", "publish", "status", "connections", "connect"];

describe("the nearest name", () => {
  it.each([
    ["psuh", "push"],
    ["pulll", "pull"],
    ["conections", "connections"],
    ["STATUS", "status"],
    ["publsih", "publish"],
  ])("of %s is %s", (wanted, meant) => {
    expect(nearestName(wanted, COMMANDS)).toBe(meant);
  });

  it("is none where nothing is near", () => {
    expect(nearestName("deploy", COMMANDS)).toBeUndefined();
    expect(nearestName("x", COMMANDS)).toBeUndefined();
    expect(nearestName("push", [])).toBeUndefined();
  });
});
