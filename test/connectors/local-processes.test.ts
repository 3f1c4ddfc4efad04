import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { openAt, pagesIn, place, put, rowsOf, SAMPLE } from "./local-site.ts";

describe("several processes", () => {
  let program: string;
  let folder: string;
  const running: ChildProcess[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(
      join(fileURLToPath(new URL("../../node_modules/", import.meta.url)), ".local-writer-"),
    );
    program = join(folder, "writer.mjs");
    await build({
      entryPoints: [fileURLToPath(new URL("./local-writer.ts", import.meta.url))],
      outfile: program,
      bundle: true,
      format: "esm",
      platform: "node",
      packages: "external",
      logLevel: "error",
    });
  });
  afterAll(() => {
    for (const child of running) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  function writer(...args: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    running.push(child);
    return child;
  }

  async function output(child: ChildProcess): Promise<readonly string[]> {
    let text = "";
    child.stdout?.on("data", (data: Buffer) => {
      text += data.toString();
    });
    await once(child, "close");
    return text.split("\n").slice(0, -1);
  }

  test("that create and update at one time lose nothing, and make no slug twice", async () => {
    const directory = place();
    const shared = await put(openAt(directory), { ...SAMPLE, fields: { title: "0" } }, "counter");
    const children = ["a", "b", "c", "d"].map((name) =>
      output(writer(directory, "race", name, shared.id, "15")),
    );
    const results = await Promise.all(children);
    expect(results.map((lines) => lines.at(-1))).toEqual(["done", "done", "done", "done"]);
    const [read] = await openAt(directory).read([shared]);
    expect(read?.entry?.title).toBe("60");
    const rows = await rowsOf(openAt(directory).list(["post"]));
    const slugs = rows.map((row) => row.slug);
    expect(slugs).toHaveLength(new Set(slugs).size);
    // Each contested slug went to exactly one of the four.
    expect(slugs.filter((slug) => slug.startsWith("contested-"))).toHaveLength(15);
    expect(pagesIn(directory)).toHaveLength(15);
  });

  test("a writer that is killed at any moment loses nothing that it answered and leaves nothing half done", async () => {
    const directory = place();
    const acknowledged = new Set<string>();
    for (let round = 0; round < 12; round++) {
      const child = writer(directory, "forever", `r${round}`);
      const lines = output(child);
      await once(child.stdout ?? child, "data");
      await systemClock.sleep(5 + round * 9);
      child.kill("SIGKILL");
      for (const line of await lines) acknowledged.add(line);
    }
    const connector = openAt(directory);
    await connector.whoami();
    const rows = await rowsOf(connector.list(["post"]));
    const byKey = new Set(rows.map((row) => row.slug));
    expect([...acknowledged].filter((slug) => !byKey.has(slug))).toEqual([]);
    expect(acknowledged.size).toBeGreaterThanOrEqual(12);
    expect(rows).toHaveLength(byKey.size);
    expect(pagesIn(directory)).toHaveLength(rows.length);
    await put(connector, SAMPLE, "after");
    const leftovers = readdirSync(join(directory, "entries")).filter((name) => !name.endsWith(".json"));
    expect(leftovers).toEqual([]);
  });
});
