import { existsSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../src/commands/connect.ts";
import { connections } from "../../src/commands/connections.ts";
import { history } from "../../src/commands/history.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { listRuns } from "../../src/store/runs.ts";
import { bundleProgram, killHard, startProgram } from "../store/programs.ts";
import { type Bench, bench, removeTempDirs, tempDir } from "./bench.ts";
import { editOnSite, slugsOn } from "./site-edit.ts";

afterAll(removeTempDirs);

const worker = bundleProgram("test/store/worker.ts");

/** Paths below the home that have one of the words in their name or, read as bytes, in them. */
function filesWith(home: string, words: readonly string[]): readonly string[] {
  return readdirSync(home, { recursive: true, encoding: "utf8" }).filter((name) => {
    if (words.some((word) => name.includes(word))) return true;
    const path = join(home, name);
    return statSync(path).isFile() && words.some((word) => readFileSync(path).includes(word));
  });
}

function removedFiles(home: string): readonly string[] {
  return readdirSync(home, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith("spelt.md"));
}

function withStore<T>(home: string, work: (store: Store) => T): T {
  const store = openStore(home);
  try {
    return work(store);
  } finally {
    store.close();
  }
}

interface Client {
  readonly name: string;
  readonly root: string;
  readonly site: string;
  readonly marker: string;
  /** What nobody may find afterwards. */
  readonly words: readonly string[];
}

/** A client with published documents, a conflict, and a file that a run removed. */
async function client(operator: Bench, name: string, marker: string): Promise<Client> {
  const [root, site] = [tempDir("content"), join(tempDir(`of-${marker}`), "site")];
  const put = (path: string, body: string) =>
    writeFileSync(
      join(root, path),
      `---\ntitle: ${marker} ${path}\ntags: [${marker}]\n---\n\n${marker} ${body}\n`,
    );
  const go = (command: typeof push, more: object = {}) =>
    operator.run(command, [root], { target: [name], maxDelete: 9, ...more });
  await operator.run(connect, ["local"], { name, url: site, set: [`title=${marker} bakery`] });
  for (const path of ["rye.md", "oats.md", "spelt.md"]) put(path, "once");
  await go(publish);
  put("rye.md", "here");
  editOnSite(site, "rye", ({ body }) => ({ body: body.replace("once", "there") }));
  await go(push);
  const spelt = readdirSync(join(site, "entries")).find((file) =>
    readFileSync(join(site, "entries", file), "utf8").includes('"spelt"'),
  );
  unlinkSync(join(site, "entries", spelt ?? ""));
  await go(pull, { delete: true });
  return { name, root, site, marker, words: [marker, name, site, basename(root)] };
}

describe("connections forget", () => {
  let operator: Bench;
  let gone: Client;
  let stays: Client;
  const forget = (name: string, flags: Readonly<Record<string, unknown>> = {}) =>
    operator.run(connections, ["forget", name], flags);

  beforeEach(async () => {
    operator = bench();
    gone = await client(operator, "zanzibar", "Quetzal");
    stays = await client(operator, "oslo", "Narwhal");
  });

  it("leaves no byte of the client in any file of the home, and the others with all of their history", async () => {
    const { home } = operator;
    for (const word of [gone.name, gone.marker, gone.site]) expect(filesWith(home, [word])).not.toEqual([]);
    expect(removedFiles(home)).toHaveLength(2);
    const before = await operator.run(history, [join(stays.root, "rye.md")], { offline: true });
    const ran = await forget(gone.name);
    expect(ran.exit).toBe(0);
    expect(filesWith(home, gone.words)).toEqual([]);
    expect(removedFiles(home)).toHaveLength(1);
    const after = await operator.run(history, [join(stays.root, "rye.md")], { offline: true });
    expect(after.out).toEqual(before.out);
    expect(after.out.length).toBeGreaterThan(3);
    expect((await operator.run(status, [stays.root], { target: [stays.name] })).plan.steps).toMatchObject([
      { action: "conflict", path: "rye.md" },
    ]);
  });

  it("counts what it deleted and names what it cannot reach, the content directories among it", async () => {
    const { out } = await forget(gone.name);
    const text = out.join("\n");
    expect(text).toMatch(
      /1 connection, \d+ versions of texts, 1 conflict, 3 runs, \d+ steps, \d+ receipts, \d+ rows of the signed record, 1 file in/,
    );
    for (const beyond of [
      gone.root,
      "--plan-out",
      "--undo-out",
      "CI jobs",
      "backups",
      "git's",
      "scroll-back",
    ]) {
      expect(text).toContain(beyond);
    }
    expect(text).not.toContain(stays.root);
  });

  it("asks first, and after a no nothing is gone", async () => {
    const words = [gone.marker];
    const before = filesWith(operator.home, words);
    operator.answers = [false];
    expect((await forget(gone.name, { yes: false })).fault?.code).toBe("not-confirmed");
    operator.answers = [];
    expect((await forget(gone.name, { yes: false })).fault?.kind).toBe("usage");
    expect(filesWith(operator.home, words)).toEqual(before);
  });

  it("also finds what a connection left that was removed before", async () => {
    await operator.run(connections, ["remove", gone.name]);
    expect(filesWith(operator.home, [gone.marker])).not.toEqual([]);
    expect((await forget(gone.name)).exit).toBe(0);
    expect(filesWith(operator.home, gone.words)).toEqual([]);
    expect((await forget(gone.name)).fault?.code).toBe("connection.unknown");
  });

  it("says that the history of another connection to the same site goes too, and leaves that connection", async () => {
    await operator.run(connect, ["local"], { name: "second", url: gone.site });
    const { out } = await forget(gone.name);
    expect(out.join("\n")).toContain("The history of second, on the same site, went too.");
    expect((await operator.run(connections, ["test", "second"])).exit).toBe(0);
    expect((await operator.run(status, [gone.root], { target: ["second"] })).fault).toBeUndefined();
  });

  it("is refused while a run works on the site, with nothing deleted", async () => {
    const site = withStore(
      operator.home,
      (store) => listRuns(store, -1).find((run) => run.target === gone.name)?.site,
    );
    const { child } = await startProgram(worker, ["hold", operator.home, site ?? ""]);
    try {
      const { fault } = await forget(gone.name);
      expect(fault).toMatchObject({ kind: "locked", code: "run.locked" });
      expect(removedFiles(operator.home)).toHaveLength(2);
    } finally {
      await killHard(child);
    }
    expect((await forget(gone.name)).exit).toBe(0);
    expect(filesWith(operator.home, gone.words)).toEqual([]);
  });

  it("leaves site and content as they are", async () => {
    await forget(gone.name);
    expect(slugsOn(gone.site)).toEqual(["oats", "rye"]);
    expect(existsSync(join(gone.root, "ainstein.lock"))).toBe(true);
  });

  it("of one that comes from the environment deletes the history, and says where its secrets are", async () => {
    const name = "ci-shop";
    const site = join(tempDir("ci"), "site");
    operator.env.AINSTEIN_CONNECTION_CI_SHOP = JSON.stringify({ platform: "local", url: site });
    expect((await forget(name)).fault?.code).toBe("connection.from-environment");
    operator.write("ci.md", "---\ntitle: Walrus\n---\n\nText.\n");
    await operator.run(publish, [], { target: [name] });
    expect(filesWith(operator.home, ["Walrus"])).not.toEqual([]);
    expect((await forget(name)).out.join("\n")).toContain("AINSTEIN_CONNECTION_CI_SHOP");
    expect(filesWith(operator.home, ["Walrus", name])).toEqual([]);
  });
});
