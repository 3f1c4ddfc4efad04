import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { clockFinding, LEAST_NODE, nodeFinding, spaceFinding } from "../../../src/commands/doctor/machine.ts";
import { lastingFinding, skewFinding } from "../../../src/commands/doctor/reach.ts";

describe("figures", () => {
  const MB = 1024 * 1024;

  it.each([
    [{ freeBytes: 900 * MB, freeFiles: 10 }, "ok"],
    [{ freeBytes: 900 * MB, freeFiles: undefined }, "ok"],
    [{ freeBytes: 200 * MB, freeFiles: 10 }, "warning"],
    [{ freeBytes: 10 * MB, freeFiles: 10 }, "broken"],
    [{ freeBytes: 900 * MB, freeFiles: 0 }, "broken"],
  ])("a disk with %j is %s", (space, state) => {
    expect(spaceFinding("/home", space).state).toBe(state);
  });

  it.each([
    ["20.18.3", "broken"],
    ["18.20.0", "broken"],
    ["20.19.0", "ok"],
    ["24.1.0", "ok"],
  ])("Node %s is %s", (version, state) => {
    expect(nodeFinding(version).state).toBe(state);
  });

  it("of the oldest Node are those of package.json", () => {
    const { engines } = JSON.parse(
      readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
    ) as {
      engines: { node: string };
    };
    expect(engines.node).toBe(`>=${LEAST_NODE}`);
  });

  it.each([
    [undefined, "ok"],
    [-1e9, "ok"],
    [4 * 60_000, "ok"],
    [6 * 60_000, "broken"],
  ])("a clock by which the latest run began in %s ms is %s", (ahead, state) => {
    const now = Date.UTC(2026, 0, 1);
    expect(clockFinding(now, ahead === undefined ? undefined : now + ahead).state).toBe(state);
  });

  it.each([
    [59_000, "ok"],
    [-61_000, "warning"],
    [299_000, "warning"],
    [-300_000, "broken"],
  ])("a site's clock that is %i ms off is %s", (skewMs, state) => {
    expect(skewFinding(skewMs).state).toBe(state);
  });

  it.each([
    [20, "ok"],
    [13, "warning"],
  ])("a certificate that holds for %i days is %s", (days, state) => {
    const now = Date.UTC(2026, 0, 1);
    const until = now + days * 86_400_000;
    const shown = { subject: "a", issuer: "b", names: [], from: 0, until, own: false, chain: 3 };
    expect(lastingFinding(shown, "site.test", now)).toMatchObject({ state, check: "certificate" });
  });
});
