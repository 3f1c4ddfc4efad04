import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { htmlReport } from "../../src/report/report-html.ts";
import { withoutBrowser } from "../wordpress.ts";
import { mixedReport } from "./report-scene.ts";

const QUIET =
  "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --enable-logging=stderr".split(
    " ",
  );

describe.skipIf(withoutBrowser)("the HTML report in a browser", () => {
  it("runs its own script, breaks no policy, complains of nothing and asks nobody for anything", async () => {
    const dir = mkdtempSync(join(tmpdir(), "ainstein-browser-"));
    try {
      const file = join(dir, "report.html");
      const log = join(dir, "net.json");
      writeFileSync(file, htmlReport(mixedReport(20)));
      const args = [...QUIET, `--user-data-dir=${join(dir, "profile")}`, `--log-net-log=${log}`];
      const { stdout, stderr } = await promisify(execFile)(
        "chromium",
        [...args, "--dump-dom", `file://${file}`],
        { maxBuffer: 64 * 1024 * 1024, timeout: 60_000 },
      );
      expect(stdout).toContain(">46 shown</output>");
      expect(stdout).not.toMatch(/class="filter"[^>]* hidden/);
      expect(stderr.split("\n").filter((line) => line.includes("CONSOLE"))).toEqual([]);
      const asked = [...readFileSync(log, "utf8").matchAll(/"(?:url|original_url)":"([a-z]+:[^"]*)"/g)];
      const foreign = asked.map(([, url = ""]) => url).filter((url) => url.includes("shop.example"));
      expect(foreign).toEqual([]);
    } finally {
      rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
    }
  });
});
