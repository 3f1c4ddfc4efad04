import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { openRoot } from "../../src/engine/root.ts";
import { blobOf } from "../../src/engine/scan.ts";
import { scanFiles } from "../../src/engine/scan-files.ts";
import { openStore } from "../../src/store/db.ts";
import { knownBlob } from "../../src/store/scans.ts";
import { bench, removeTempDirs, tempDir } from "../commands/bench.ts";
import { editOnSite } from "../commands/site-edit.ts";

afterAll(removeTempDirs);
afterEach(() => void vi.useRealTimers());

/** Ten seconds from now on: what was written so far is young no more. */
function later(): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 10_000 });
}

async function scanning() {
  const dir = tempDir("root");
  for (const name of ["a", "b", "c"]) writeFileSync(join(dir, `${name}.md`), `# ${name}\n`);
  const root = await openRoot(dir, {});
  const store = openStore(join(tempDir("home"), "home"));
  const read: string[] = [];
  const counting = {
    ...root,
    read: (path: string) => {
      read.push(path);
      return root.read(path);
    },
  };
  const scan = async () => {
    read.length = 0;
    const problems: never[] = [];
    const files = await scanFiles(counting, problems, store);
    expect(problems).toEqual([]);
    return { files, read: [...read] };
  };
  return { dir, store, scan };
}

describe("files of a root", () => {
  it("are read once, and again when they are written to", async () => {
    const { dir, store, scan } = await scanning();
    later();
    const first = await scan();
    expect(first.read).toEqual(["a.md", "b.md", "c.md"]);
    expect(await scan()).toEqual({ files: first.files, read: [] });
    writeFileSync(join(dir, "b.md"), "# B\n");
    rmSync(join(dir, "c.md"));
    const second = await scan();
    expect(second.read).toEqual(["b.md"]);
    expect(second.files.map(({ blob }) => blob)).toEqual(
      ["# a\n", "# B\n"].map((text) => blobOf(Buffer.from(text))),
    );
    const stamp = (name: string) => {
      const { size, mtimeMs, ctimeMs, ino } = statSync(join(dir, name));
      return `${size} ${mtimeMs} ${ctimeMs} ${ino}`;
    };
    expect(knownBlob(store, dir, "b.md", stamp("b.md"))).toBe(second.files[1]?.blob);
    expect(store.all("SELECT path FROM scans")).toHaveLength(2);
    store.close();
  });

  it("are all read where the database that knows them cannot be", async () => {
    const { store, scan } = await scanning();
    later();
    const first = await scan();
    store.close();
    expect(await scan()).toEqual(first);
  });

  it("are read again as long as they are so young that another write could look the same", async () => {
    const { store, scan } = await scanning();
    await scan();
    expect((await scan()).read).toEqual(["a.md", "b.md", "c.md"]);
    store.close();
  });
});

describe("a file that the file system says is untouched, and is not", () => {
  async function deceived() {
    const site = join(tempDir("site"), "site");
    const operator = bench({
      env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) },
    });
    operator.write("a.md", "---\ntitle: A\n---\n\nFirst words.\n");
    const target = { target: ["site"] };
    expect((await operator.run(publish, [], target)).summary.created).toBe(1);
    operator.write("a.md", "---\ntitle: A\n---\n\nOther words.\n");
    const { size, mtimeMs, ctimeMs, ino } = statSync(join(operator.root, "a.md"));
    const store = openStore(operator.home);
    store.run(
      "INSERT OR REPLACE INTO scans (root, path, stamp, blob) VALUES (@root, 'a.md', @stamp, @blob)",
      {
        root: operator.root,
        stamp: `${size} ${mtimeMs} ${ctimeMs} ${ino}`,
        blob: blobOf(Buffer.from("---\ntitle: A\n---\n\nFirst words.\n")),
      },
    );
    store.close();
    return { operator, site, target };
  }

  it("is not written over by what comes from the site", async () => {
    const { operator, site, target } = await deceived();
    editOnSite(site, "a", (entry) => ({ ...entry, body: "First words on the site." }));
    const ran = await operator.run(pull, [], target);
    expect(ran.results).toMatchObject([{ path: "a.md", fault: { code: "file-moved-on" } }]);
    expect(operator.read("a.md")).toContain("Other words.");
  });

  it("is seen with --checksum", async () => {
    const { operator, target } = await deceived();
    expect((await operator.run(push, [], target)).summary).toMatchObject({ updated: 0, unchanged: 1 });
    expect((await operator.run(push, [], { ...target, checksum: true })).summary).toMatchObject({
      updated: 1,
    });
  });
});
