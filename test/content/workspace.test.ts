import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { WORKSPACE_FILE, workspaceRoots } from "../../src/content/workspace.ts";
import { workspaceJsonSchema } from "../../src/content/workspace-schema.ts";
import { tempDir } from "../store/programs.ts";

let dir: string;
beforeEach(() => {
  dir = tempDir();
});

function put(path: string, text = ""): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), text);
}

const names = async (from = dir) => (await workspaceRoots(from)).map(({ name }) => name);
const refused = (code: string, more = {}) => expect.objectContaining({ kind: "usage", code, ...more });

test("roots are found by path and by pattern, each once, from anywhere below the file", async () => {
  put(WORKSPACE_FILE, 'roots: [clients/b, "clients/*", "*/deep/x*", .]\n');
  for (const root of ["clients/a", "clients/b", "other/deep/x1"]) put(`${root}/ainstein.yaml`);
  put("clients/locked/ainstein.lock");
  put("clients/none/readme.md");
  put("clients/.hidden/ainstein.yaml");
  put("clients/file.md");
  const wanted = ["clients/b", "clients/a", "clients/locked", "other/deep/x1", "."];
  expect(await names()).toEqual(wanted);
  expect(await names(join(dir, "clients/none"))).toEqual(wanted);
  expect((await workspaceRoots(dir))[1]?.dir).toBe(join(dir, "clients/a"));
});

test("the nearest file upwards counts, and one is needed", async () => {
  put(WORKSPACE_FILE, "roots: [a]\n");
  put(`a/${WORKSPACE_FILE}`, "roots: [b]\n");
  mkdirSync(join(dir, "a/b"), { recursive: true });
  expect(await names(join(dir, "a/b"))).toEqual(["b"]);
  await expect(workspaceRoots(tempDir())).rejects.toEqual(refused("no-workspace"));
});

test("a root that is not there, or leads out of the workspace, is named with its line", async () => {
  put("clients/a/ainstein.yaml");
  put(WORKSPACE_FILE, "roots:\n  - clients/a\n  - clients/missing\n");
  await expect(names()).rejects.toEqual(
    refused("no-such-root", { place: expect.objectContaining({ file: WORKSPACE_FILE, line: 3 }) }),
  );
  put(WORKSPACE_FILE, 'roots: ["client/*"]\n');
  await expect(names()).rejects.toEqual(refused("no-such-root"));
  symlinkSync(tempDir(), join(dir, "away"));
  put(WORKSPACE_FILE, "roots: [away]\n");
  await expect(names()).rejects.toEqual(refused("outside-workspace"));
});

test.each([
  ["roots: [../other]\n", /cannot leave/, 1],
  ["roots: []\n", /one root at least/, 1],
  ["# nothing\n", /roots/, 1],
  ['roots: ["a/**"]\n', /`\*`, not/, 1],
  ["roots: [a]\nrots: [b]\n", /`rots` is not known/, 2],
  ["roots: [a\n", /./, 2],
])("%j is refused with its place", async (text, message, line) => {
  put(WORKSPACE_FILE, text);
  await expect(names()).rejects.toMatchObject({
    kind: "usage",
    code: "workspace",
    message: expect.stringMatching(message),
    place: { file: WORKSPACE_FILE, line },
  });
});

test("the published JSON Schema is the one the program checks with", () => {
  const published = new URL("../../schema/ainstein.workspace.schema.json", import.meta.url);
  const schema = JSON.parse(JSON.stringify(workspaceJsonSchema()));
  expect(JSON.parse(readFileSync(published, "utf8"))).toEqual(schema);
});
