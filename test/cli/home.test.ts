import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runProgram } from "./program.ts";

const scratch = mkdtempSync(join(tmpdir(), "ainstein-nohome-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("a job without a home that can be written", () => {
  it("keeps its journal elsewhere, says so, and publishes", async () => {
    writeFileSync(join(scratch, "a-file"), "");
    writeFileSync(join(scratch, "post.md"), "---\ntitle: T\n---\n\nText.\n");
    const ran = await runProgram(["publish", ".", "--target", "site", "--yes"], {
      cwd: scratch,
      env: {
        // A home below a file cannot be made, for root either.
        HOME: join(scratch, "a-file"),
        XDG_DATA_HOME: join(scratch, "a-file", "data"),
        TMPDIR: scratch,
        AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: join(scratch, "site") }),
      },
    });
    expect(ran.err).toContain("cannot be written");
    expect(ran.out + ran.err).toContain("1 created");
    expect(ran.code).toBe(0);
  });
});
