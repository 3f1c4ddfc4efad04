import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { openBrowser } from "../../src/commands/browser.ts";

const dir = mkdtempSync(join(tmpdir(), "ainstein-browser-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A browser that writes down the address and the environment it was given. */
function browser(): { program: string; told: () => Promise<string> } {
  const [program, file] = [join(dir, "browser"), join(dir, "told")];
  writeFileSync(program, `#!/bin/sh\n{ echo "$1"; env; } >${file}.part\nmv ${file}.part ${file}\n`);
  chmodSync(program, 0o755);
  return {
    program,
    async told() {
      for (let round = 0; round < 200 && !existsSync(file); round += 1) await delay(50);
      return readFileSync(file, "utf8");
    },
  };
}

// Elsewhere the system's own browser would open.
describe.skipIf(process.platform !== "linux")("openBrowser", () => {
  it("gives the browser the address, and none of our secrets", async () => {
    const { program, told } = browser();
    const address = "http://127.0.0.1:1/a?b=c&d='e'";
    const started = await openBrowser(address, {
      PATH: process.env.PATH,
      BROWSER: program,
      AINSTEIN_KEY: "hunter2",
      AINSTEIN_CONNECTION_WP: "hunter2",
      AWS_SECRET_ACCESS_KEY: "hunter2",
    });
    expect(started).toBe(true);
    const text = await told();
    expect(text.split("\n")[0]).toBe(address);
    expect(text).not.toContain("hunter2");
  });
});
