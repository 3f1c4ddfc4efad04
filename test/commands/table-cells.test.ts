// Cells that no site would show are told before anything is sent.
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { diff } from "../../src/commands/diff.ts";
import { publish } from "../../src/commands/publish.ts";
import { push } from "../../src/commands/push.ts";
import { bench, removeTempDirs, tempDir } from "./bench.ts";
import { onSite, slugsOn } from "./site-edit.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };
const TABLE = "| Size | Price |\n| --- | --- |\n| Small | 10 |\n| Large | 20 | sold out |\n";

it("a table row with more cells than its header is shown with its line and sent only with --allow-lossy", async () => {
  const site = join(tempDir("site"), "site");
  const operator = bench({
    env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) },
  });
  operator.write("sizes.md", `---\ntitle: Sizes\n---\n\nAs of today.\n\n${TABLE}`);
  operator.write("plain.md", "---\ntitle: Plain\n---\n\nOne | two | three.\n");
  const message = "what a table row has beyond the cells of its header is left out";
  const losses = [{ field: "body", message, line: 10 }];

  const shown = await operator.run(push, [], { ...TARGET, dryRun: true });
  expect(shown.exit).toBe(1);
  expect(shown.plan.steps.map((step) => [step.path, step.losses])).toEqual([
    ["plain.md", undefined],
    ["sizes.md", losses],
  ]);
  const told = await operator.run(diff, ["sizes.md"], TARGET);
  expect(told.out.join("\n")).toContain(`! line 10: ${message}`);

  const refused = await operator.run(publish, [], TARGET);
  expect([refused.exit, refused.summary]).toMatchObject([1, { created: 1, failed: 1 }]);
  expect(refused.results.find(({ path }) => path === "sizes.md")?.fault).toMatchObject({
    code: "lossy",
    place: { file: "sizes.md", line: 10 },
  });
  expect(slugsOn(site)).toEqual(["plain"]);

  const sent = await operator.run(publish, [], { ...TARGET, allowLossy: true });
  expect([sent.exit, sent.results]).toMatchObject([0, [{ path: "sizes.md", status: "ok", losses }]]);
  expect(onSite(site, "sizes").fields.body).not.toContain("sold out");
  const idle = await operator.run(push, [], TARGET);
  expect([idle.exit, idle.summary]).toMatchObject([0, { unchanged: 2, writes: 0 }]);

  operator.write("sizes.md", operator.read("sizes.md").replace("Sizes", "All sizes"));
  const retitled = await operator.run(push, [], TARGET);
  expect([retitled.exit, retitled.summary]).toMatchObject([0, { updated: 1, failed: 0 }]);
});
