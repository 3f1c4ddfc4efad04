import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startWordPress, type WordPress } from "../../scripts/wordpress.mjs";
import { withoutWordPress } from "../wordpress.ts";

const script = fileURLToPath(new URL("../../scripts/wordpress.mjs", import.meta.url));

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await what())) {
    if (Date.now() > end) throw new Error("did not happen within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function answers(url: string): Promise<boolean> {
  return await fetch(url).then(
    (answer) => answer.ok,
    () => false,
  );
}

/** Paths of the sockets that any process still holds: PHP's workers may outlive the process that made them. */
function openSockets(): string {
  return readFileSync("/proc/net/unix", "utf8");
}

/** The command as a process of its own, with what it printed. */
async function startProcess(): Promise<{ kill(signal: NodeJS.Signals): void; site: WordPress }> {
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const line of createInterface(child.stdout)) {
    text += line;
    if (line === "}") break;
  }
  return { kill: (signal) => child.kill(signal), site: JSON.parse(text) as WordPress };
}

describe.skipIf(withoutWordPress)("startWordPress", () => {
  it("has the plug-ins and constants it was given, and leaves nothing behind", async () => {
    const site = await startWordPress({
      server: "fpm",
      plugins: { "marked.php": "<?php add_action('send_headers', fn () => header('X-Marked: yes'));" },
      constants: { MARK: "it's \\ here" },
    });
    try {
      expect((await fetch(site.url)).headers.get("x-marked")).toBe("yes");
      expect(await site.php("echo MARK;")).toBe("it's \\ here");
    } finally {
      await site.stop();
    }
    expect(await answers(site.api)).toBe(false);
    expect(existsSync(site.dir)).toBe(false);
    await until(() => !openSockets().includes(site.dir));
  });

  it("names what to install when there is no WordPress", async () => {
    await expect(startWordPress({ source: "/nowhere" })).rejects.toThrow(
      /\/nowhere.*\n.*apt-get install .*wordpress/,
    );
  });

  it.each(["SIGINT", "SIGKILL"] as const)("is gone after its process got %s", async (signal) => {
    const { kill, site } = await startProcess();
    expect(await answers(site.api)).toBe(true);
    kill(signal);
    await until(() => !existsSync(site.dir));
    expect(await answers(site.api)).toBe(false);
  });
});
