// What the pages about platforms show of the program is what it prints: their console blocks are run against the fakes.
import { execFile } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { PROGRAM } from "../cli/program.ts";
import { KEY, removeTempDirs, tempDir } from "../commands/bench.ts";
import type { PlatformFake } from "../fakes/platform.ts";
import { plain, steps } from "../transcript.ts";
import { WORLDS } from "./worlds.ts";

/** The address of the site in every page. */
const SITE = "https://www.example.org";
/** Where a platform's interface is, which is one for all its sites. */
const INTERFACES = /https:\/\/www\.wixapis\.com/g;

/** `# somebody changes the title of "slug" to "…"`, done in the platform's own screens. */
function happen(fake: PlatformFake, what: string): void {
  const [, slug, title] = /^# .* the title of "(.+)" to "(.+)"$/.exec(what) ?? [];
  if (slug === undefined || title === undefined) throw new Error(`nobody can do: ${what}`);
  fake.edit(slug, { title });
}

describe.each(WORLDS)("the page about $name", ({ manifest, start }) => {
  it("shows what the program prints", async () => {
    const page = readFileSync(new URL(`../../docs/platforms/${manifest.id}.md`, import.meta.url), "utf8");
    const transcript = steps(page);
    for (const typed of [`connect ${manifest.id}`, "publish", "status", "pull"]) {
      expect(transcript.some(({ command }) => command.includes(`ainstein-cms ${typed}`))).toBe(true);
    }
    const fake = await start();
    const [bin, root, home] = [tempDir("bin"), tempDir("root"), join(tempDir("home"), "home")];
    const shim = join(bin, "ainstein-cms");
    writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
    chmodSync(shim, 0o755);
    const { username, password, token } = fake.connection() as Record<string, string | undefined>;
    const env = {
      ...{ PATH: `${bin}:${process.env.PATH}`, HOME: root, AINSTEIN_HOME: home, AINSTEIN_KEY: KEY },
      ...{ LOGIN: username ?? "", SECRET: password ?? token ?? "" },
    };
    const host = new URL(fake.url).host;
    try {
      for (const { command, shown } of transcript) {
        if (command.startsWith("#")) {
          happen(fake, command);
          continue;
        }
        const line = `{ ${command.replaceAll(SITE, fake.url).replace(INTERFACES, fake.url)}\n} 2>&1 || true`;
        const { stdout } = await promisify(execFile)("sh", ["-c", line], { cwd: root, env });
        const printed = stdout.replaceAll(fake.url, SITE).replaceAll(host, new URL(SITE).host);
        expect(`$ ${command}\n${plain(printed)}`).toBe(`$ ${command}\n${plain(shown)}`);
      }
    } finally {
      await fake.close();
    }
  }, 60_000);
});

afterAll(removeTempDirs);
