// What the pages about platforms show of the program is what it prints: their console blocks are run against the fakes.
import { execFile } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { PROGRAM } from "../cli/program.ts";
import { KEY, removeTempDirs, tempDir } from "../commands/bench.ts";
import { WORLDS } from "./worlds.ts";

/** The address of the site in every page. */
const SITE = "https://www.example.org";

interface Step {
  readonly command: string;
  readonly shown: string;
}

/** Commands and what is shown below each, of all `console` blocks of a page in turn. */
function steps(page: string): readonly Step[] {
  const blocks = [...page.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = "", ...shown] = part.replace(/\\\n\s*/g, "").split("\n");
        return { command, shown: shown.join("\n").trim() };
      }),
  );
}

/** What differs from run to run: times, counts of requests, names of runs, ids that the site gives. */
function plain(text: string): string {
  return text
    .replace(/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, "RUN")
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "UUID")
    .replace(/\b[0-9a-f]{24}\b/g, "ID")
    .replace(/\b\d+(?:\.\d+)? (?:s|ms|requests?)\b/g, "N")
    .replace(/\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?Z?\b/g, "TIME")
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .trim();
}

describe.each(WORLDS)("the page about $name", ({ manifest, start }) => {
  it("shows what the program prints", async () => {
    const page = readFileSync(new URL(`../../docs/platforms/${manifest.id}.md`, import.meta.url), "utf8");
    const transcript = steps(page);
    expect(transcript.length).toBeGreaterThan(3);
    expect(transcript.some(({ command }) => command.includes(`connect ${manifest.id}`))).toBe(true);
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
        const line = `{ ${command.replaceAll(SITE, fake.url)}\n} 2>&1 || true`;
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
