// What commands print for pull and merge requests.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { check } from "../../src/commands/check.ts";
import { diff } from "../../src/commands/diff.ts";
import { push } from "../../src/commands/push.ts";
import { connectionTo } from "../cli/scene.ts";
import { startFakeWordPress } from "../fakes/wordpress.ts";
import { runOffline } from "./offline.ts";
import { createOperator } from "./operator.ts";

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

it("diff --format markdown tells of the site only what visitors see", async () => {
  const operator = createOperator();
  const site = await startFakeWordPress();
  const env = { AINSTEIN_CONNECTION_WP: connectionTo(site.api) };
  const names = ["open", "private", "password", "later"];
  const write = (text: string) => {
    for (const name of names) {
      const head = `title: ${name}\nslug: ${name}\nstatus: published`;
      writeFileSync(join(operator.cwd, `${name}.md`), `---\n${head}\n---\n\nWords of ${name}.\n\n${text}\n`);
    }
  };
  try {
    write("As it was.");
    const flags = { target: ["wp"], yes: true };
    expect((await operator.run(push, [], { env, flags })).exit).toBe(0);
    for (const entry of site.state.posts.values()) {
      entry.content = entry.content.replace("Words of", "Changed words of");
      entry.modified = "2030-01-01T00:00:00";
      if (entry.slug === "private") entry.status = "private";
      if (entry.slug === "password") entry.password = "hush";
      if (entry.slug === "later") Object.assign(entry, { status: "future", date: "2031-01-01T00:00:00" });
    }
    write("As it is.");
    const told = await operator.run(diff, [], { env, flags: { target: ["wp"], format: "markdown" } });
    expect(told.out).toMatch(/^-As it was\.\n\+As it is\.$/m);
    expect(told.out).toContain(
      "4 documents were changed on both sides: `push` leaves them alone, `sync` merges them.",
    );
    expect((await operator.run(push, [], { env, flags })).exit).toBe(4);
    for (const name of names.slice(1)) expect(told.out).not.toContain(`words of ${name}`);
    expect(told.out).toContain("private on the site: text left out");
    expect(told.out).toContain("behind a password on the site: text left out");
    expect(told.out).toContain("scheduled on the site: text left out");
    expect(told.out.startsWith("### wp: ")).toBe(true);
  } finally {
    await site.stop();
    operator.remove();
  }
});
