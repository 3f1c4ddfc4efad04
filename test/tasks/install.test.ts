// The real npm, kept from what it needs.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { npmCi } from "../../src/tasks/database/npm.ts";

const DIR = mkdtempSync(join(tmpdir(), "ainstein-install-"));
afterAll(() => rmSync(DIR, { recursive: true, force: true }));

const signal = new AbortController().signal;

/** A project of one package that is in no cache. */
function project(name: string, engines = ">=1", port = 9): string {
  const dir = join(DIR, name);
  mkdirSync(dir);
  const self = {
    name: "made",
    version: "1.0.0",
    dependencies: { left: "1.0.0" },
    engines: { node: engines },
  };
  const left = { version: "1.0.0", resolved: `http://127.0.0.1:${port}/left-1.0.0.tgz` };
  const packages = { "": self, "node_modules/left": left };
  writeFileSync(join(dir, "package.json"), JSON.stringify(self));
  writeFileSync(join(dir, "package-lock.json"), JSON.stringify({ ...self, lockfileVersion: 3, packages }));
  return dir;
}

const env = { PATH: process.env.PATH, HOME: DIR, npm_config_cache: join(DIR, "cache") };

/** Where nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
  );
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("a registry that is not there is told with what helps, and no lines of npm's own", async () => {
  const dir = project("away", ">=1", await closedPort());
  const { code, output } = await npmCi(dir, { ...env, npm_config_fetch_retries: "0" }, signal);
  expect(code).not.toBe(0);
  expect(output).toMatch(/^ECONNREFUSED: .*npm has to reach its registry: see/);
  expect(output).not.toMatch(/\n|npm error|node:_http/);
});

test("a machine without npm is told so", async () => {
  const bin = join(DIR, "bin");
  mkdirSync(bin);
  symlinkSync("/bin/sh", join(bin, "sh"));
  expect(await npmCi(project("bare"), { ...env, PATH: bin }, signal)).toEqual({
    code: 127,
    output: expect.stringContaining("npm is not here"),
  });
});

test("a Node that is too old is npm's own to tell, and no fault of the network", async () => {
  const { code, output } = await npmCi(project("old", ">=999"), env, signal);
  expect(code).not.toBe(0);
  expect(output).toMatch(/^EBADENGINE: /);
  expect(output).not.toContain("registry");
});
