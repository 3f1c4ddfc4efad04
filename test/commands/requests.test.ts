// What commands print for pull and merge requests.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { check } from "../../src/commands/check.ts";
import { diff } from "../../src/commands/diff.ts";
import { runOffline } from "./offline.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "requests-"));
  mkdirSync(join(dir, "content/posts"), { recursive: true });
  writeFileSync(join(dir, "content/ainstein.yaml"), "targets: [acme]\n");
  writeFileSync(join(dir, "content/posts/a.md"), "---\ntitle: A\n---\n\n![x](none.png)\n");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it("check names files as the repository does, whatever directory below it is the root", async () => {
  const args = (format: string) => ({ positionals: ["content"], flags: { format } });
  const github = await runOffline(check, dir, args("github"));
  expect(github.exit).toBe(2);
  expect(github.out).toEqual([expect.stringMatching(/^::error file=content\/posts\/a\.md,line=5,/)]);
  const gitlab = await runOffline(check, dir, args("gitlab"));
  expect(JSON.parse(gitlab.out.join("\n"))).toMatchObject([{ location: { path: "content/posts/a.md" } }]);
});

it("check without a mistake gives an empty report, not none", async () => {
  writeFileSync(join(dir, "content/posts/a.md"), "---\ntitle: A\n---\n\nWords.\n");
  const { exit, out } = await runOffline(check, dir, {
    positionals: ["content"],
    flags: { format: "gitlab" },
  });
  expect({ exit, out }).toEqual({ exit: 0, out: ["[]"] });
});

it.each([
  ["check", check, "github"],
  ["diff", diff, "markdown"],
] as const)(
  "%s does not pretend to print JSON lines and a form of its own at once",
  async (_, command, format) => {
    const asked = runOffline(command, join(dir, "content"), { flags: { format } }, { json: true });
    await expect(asked).rejects.toThrow(`--json and --format ${format} cannot be had together`);
  },
);
