import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

const setup = pathToFileURL("scripts/setup.mjs").href;

/** Runs a few lines against scripts/setup.mjs in a Node of its own that finds no programs on its PATH. */
function bare(code: string): { stdout: string; stderr: string; status: number | null } {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", `import * as setup from ${JSON.stringify(setup)};\n${code}`],
    { encoding: "utf8", env: { PATH: "/nowhere" } },
  );
  return { stdout, stderr, status };
}

describe("set-up where nothing can be installed", () => {
  it("says which parts stay missing, why, and the command that brings them", () => {
    const { stdout } = bare("console.log(JSON.stringify(await setup.ensureDebian(['git'])))");
    expect(JSON.parse(stdout)).toEqual([
      {
        group: "git",
        title: "git",
        reason: "not installed, and cannot be installed by this script: apt-get is not here",
        command: expect.stringMatching(/apt-get install -y --no-install-recommends git$/),
      },
    ]);
  });

  it("is loud about it", () => {
    const { stderr } = bare(
      "setup.warnMissing(await setup.ensureDebian(['git', 'wordpress']), 'LEFT OUT: all tests against')",
    );
    expect(stderr).toContain("LEFT OUT: all tests against git");
    expect(stderr).toContain("LEFT OUT: all tests against a real WordPress");
    expect(stderr.match(/to have it: .*apt-get install/g)).toHaveLength(2);
  });
});

it("accepts this Node", () => {
  expect(bare("setup.ensureNode(); console.log('fine')")).toMatchObject({ stdout: "fine\n", status: 0 });
});

it("refuses an older Node, naming the one it needs", () => {
  const { stderr, status } = bare(
    "Object.defineProperty(process.versions, 'node', { value: '20.18.3' }); setup.ensureNode();",
  );
  expect(status).toBe(2);
  expect(stderr).toMatch(/^Node 20\.19 or newer is needed/);
});
