import { join } from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import { check } from "../../src/commands/check.ts";
import { publish } from "../../src/commands/publish.ts";
import { push } from "../../src/commands/push.ts";
import { type Bench, bench, removeTempDirs, tempDir } from "./bench.ts";
import { runOffline } from "./offline.ts";
import { onSite } from "./site-edit.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };
const file = (end: string, text = "Seen") =>
  `---\ntitle: Card\n---\n\n# Words\n\n<!-- wp:vendor/card -->\n<div><p>${text}</p></div>\n${end}\n`;

let operator: Bench;
let site: string;

beforeEach(async () => {
  site = join(tempDir("site"), "site");
  operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) } });
  operator.write("card.md", file("<!-- /wp:vendor/card -->"));
  await operator.run(publish, [], TARGET);
});

it("a raw part that an edit broke is named by check, and goes to no site", async () => {
  operator.write("card.md", file("<!-- /wp:vendor/crad -->"));
  const before = onSite(site, "card");
  const { exit, out } = await runOffline(check, operator.root);
  expect(exit).toBe(2);
  expect(out.join("\n")).toContain("card.md:7");
  expect(out.join("\n")).toContain("card.md:9");
  const pushed = await operator.run(push, [], TARGET);
  expect(pushed.results).toMatchObject([
    { path: "card.md", status: "failed", fault: { code: "broken-fence" } },
  ]);
  expect(pushed.summary.writes).toBe(0);
  expect(onSite(site, "card")).toEqual(before);
});

it("an edit of the text in a raw part is pushed as it was made", async () => {
  operator.write("card.md", file("<!-- /wp:vendor/card -->", "Changed *here*"));
  const { exit, summary } = await operator.run(push, [], TARGET);
  expect({ exit, updated: summary.updated }).toEqual({ exit: 0, updated: 1 });
  expect(JSON.stringify(onSite(site, "card"))).toContain("<div><p>Changed *here*</p></div>");
});
