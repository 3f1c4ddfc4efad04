import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWordPress, type WordPress } from "../../scripts/wordpress.mjs";
import { type Bench, bench, type Ran, removeTempDirs } from "../commands/bench.ts";
import { type FaultProxy, MISHAPS, type Mishap, type Passed, startFaultProxy } from "../fakes/fault-proxy.ts";
import { withoutWordPress } from "../wordpress.ts";
import {
  type Census,
  CONTENT,
  census,
  exitCodeOf,
  over,
  type Road,
  wipe,
  writeContent,
} from "./disturbed.ts";

const TARGET = { target: ["wp"] };
/** `full`: every mishap at every request instead of at one, which takes hours; a number: at so many of them. */
const SWEEP = process.env.AINSTEIN_SWEEP ?? "";
const FULL = SWEEP === "full";
const POINTS = Number(SWEEP) || 1;

/** One document's create, or the batch that it is in. */
const isCreate = ({ write, url }: Passed) => write && /\/(posts|pages)\?|\/batch\/v1/.test(url);

/** PHP dies once after an entry is stored, before it has its terms. */
const DIES = `<?php
add_action('rest_insert_post', function () {
  $mark = WP_CONTENT_DIR . '/die-once';
  if (file_exists($mark)) { unlink($mark); http_response_code(500); exit; }
});`;

describe.skipIf(withoutWordPress)("a real WordPress at the end of a bad road", () => {
  let wordpress: WordPress;
  let proxy: FaultProxy;
  let road: Road;
  let undisturbed: Census;
  let requests: readonly Passed[];
  let operator: Bench;

  beforeAll(async () => {
    wordpress = await startWordPress({ plugins: { "dies.php": DIES } });
    proxy = await startFaultProxy(wordpress.url);
    road = { api: `${proxy.url}/wp-json`, password: wordpress.users.admin };
    await anew();
    await publishes();
    requests = proxy.passed;
    undisturbed = await census(wordpress.php);
    expect(undisturbed.entries).toHaveLength(CONTENT.entries);
    expect(undisturbed.terms).toHaveLength(CONTENT.terms + 1);
    expect(undisturbed.media).toHaveLength(CONTENT.media);
  });
  beforeEach(() => proxy.reset());
  afterAll(async () => {
    await proxy?.stop();
    await wordpress?.stop();
    removeTempDirs();
  });

  async function anew(): Promise<void> {
    proxy.reset();
    proxy.before = undefined;
    await wipe(wordpress.php);
    operator = bench();
    writeContent(operator);
  }

  const run = (direction: "publish" | "push", flags = {}) =>
    operator.run(over(road, direction), [], { ...TARGET, ...flags });

  async function publishes(): Promise<Ran> {
    proxy.reset();
    const ran = await run("publish");
    expect(ran.results.filter((result) => result.status !== "ok")).toEqual([]);
    expect(exitCodeOf(ran)).toBe(0);
    return ran;
  }

  const writes = () => proxy.passed.filter((request) => request.write);
  const slugOf = (path: string) => path.replace(/^.*\//, "").replace(/\.md$/, "");
  const slugsOn = (site: Census) => site.entries.map((line) => line.split(" | ")[1] ?? "");
  const missingOn = (site: Census) =>
    (["entries", "terms", "media"] as const)
      .map((what) => undisturbed[what].filter((line) => !site[what].includes(line)).length)
      .reduce((sum, count) => sum + count, 0);

  /** What the run says of itself, against WordPress's own count. */
  function honest(ran: Ran, site: Census): void {
    const slugs = slugsOn(site);
    // What was read back otherwise than written is told a second time: the last word counts.
    const last = [...new Map(ran.results.map((result) => [result.path, result])).values()];
    const slugsWith = (status: string) =>
      last.filter((result) => result.status === status).map((result) => slugOf(result.path));
    expect(slugsWith("ok").filter((slug) => !slugs.includes(slug))).toEqual([]);
    expect(slugsWith("not-attempted").filter((slug) => slugs.includes(slug))).toEqual([]);
    expect(ran.summary?.created ?? 0).toBe(slugsWith("ok").length);
    if (exitCodeOf(ran) === 0) expect(site).toEqual(undisturbed);
    else expect(ran.fault !== undefined || slugsWith("ok").length < CONTENT.entries).toBe(true);
  }

  /** One mishap at one request; then the same command again makes the site what an undisturbed run does. */
  async function recovers(mishap: Mishap, at: number): Promise<void> {
    proxy.reset(mishap, at);
    const disturbed = await run("publish");
    const between = await census(wordpress.php);
    honest(disturbed, between);
    await publishes();
    expect(writes().length).toBeLessThanOrEqual(missingOn(between));
    expect(await census(wordpress.php)).toEqual(undisturbed);
  }

  /** A create of an entry for every second mishap; for the others a term, an upload or a reading. */
  function sample(mishap: Mishap): readonly number[] {
    if (FULL) return requests.map((_, at) => at);
    if (POINTS > 1)
      return requests.flatMap((_, at) => (at % Math.ceil(requests.length / POINTS) === 0 ? at : []));
    const creates = requests.flatMap((request, at) => (isCreate(request) ? at : []));
    const others = requests.flatMap((request, at) => (isCreate(request) ? [] : at));
    const turn = MISHAPS.indexOf(mishap);
    const list = turn % 3 === 1 ? others : creates;
    return [list[(turn * 7) % list.length] ?? 0];
  }

  it.each(MISHAPS.filter((mishap) => !mishap.startsWith("twice")))(
    "%s: every document arrives once, and the run says what it knows",
    async (mishap) => {
      for (const at of sample(mishap)) {
        await anew();
        await recovers(mishap, at);
      }
    },
    FULL ? 7_200_000 : 60_000 * POINTS,
  );

  function firstCreateMeets(mishap: Mishap): void {
    proxy.before = (passed) => {
      if (!isCreate(passed)) return;
      proxy.before = undefined;
      proxy.cut(mishap, true);
    };
  }

  it("creates that are repeated on the way are reported with both ids where that cannot be undone", async () => {
    await anew();
    firstCreateMeets("twice-first");
    const ran = await run("publish");
    expect(exitCodeOf(ran)).toBe(1);
    const reported = ran.results.filter((result) => result.status === "failed");
    expect(reported.length).toBeGreaterThan(0);
    for (const { path, fault } of reported) {
      expect(fault?.code).toBe("duplicate");
      const slug = slugOf(path);
      const ids = await wordpress.php(
        `echo implode(' and ', get_posts(['post_name__in' => ['${slug}', '${slug}-2'], 'post_status' => 'any', 'post_type' => 'any', 'fields' => 'ids', 'orderby' => 'ID', 'order' => 'ASC']));`,
      );
      expect(ids).toMatch(/^\d+ and \d+$/);
      expect(fault?.message).toContain(ids);
      await wordpress.php(`wp_trash_post(${ids.split(" ").at(-1)});`);
    }
    expect(ran.summary).toMatchObject({
      created: CONTENT.entries - reported.length,
      failed: reported.length,
    });
    await publishes();
    expect(writes()).toEqual([]);
    expect(await census(wordpress.php)).toEqual(undisturbed);
  });

  it("a create whose second copy is answered ends with the first alone", async () => {
    await anew();
    firstCreateMeets("twice-second");
    const ran = await run("publish");
    expect(exitCodeOf(ran)).toBe(0);
    expect(await census(wordpress.php)).toEqual(undisturbed);
  });

  it("an entry that PHP left half made is completed, not made again", async () => {
    await anew();
    await wordpress.php("touch(WP_CONTENT_DIR . '/die-once');");
    const ran = await publishes();
    expect(ran.summary).toMatchObject({ created: CONTENT.entries });
    expect(await census(wordpress.php)).toEqual(undisturbed);
  });

  it("a network that dies in the middle stops the run: exit 6, the rest not attempted, the lockfile true", async () => {
    for (const mishap of ["reset-before", "reset-after"] as const) {
      await anew();
      const notes = Array.from({ length: 70 }, (_, n) => `note-${n + 10}`);
      for (const note of notes)
        operator.write(`posts/${note}.md`, `---\ntitle: A note\n---\n\nThe text of ${note}.\n`);
      let batches = 0;
      proxy.before = (passed) => {
        if (!isCreate(passed)) return;
        batches += 1;
        if (batches === 2) proxy.cut(mishap);
      };
      const ran = await run("publish");
      proxy.before = undefined;
      expect(exitCodeOf(ran)).toBe(6);
      expect(ran.results.some((result) => result.status === "not-attempted")).toBe(true);
      const between = await census(wordpress.php);
      const ok = ran.results.filter((result) => result.status !== "not-attempted" && result.id !== undefined);
      expect(ok.length).toBeGreaterThan(0);
      const lock = operator.read("ainstein.lock");
      for (const { path } of ok) {
        expect(slugsOn(between)).toContain(slugOf(path));
        expect(lock).toContain(`"${path}"`);
      }
      await publishes();
      const all = [...slugsOn(undisturbed), ...notes].sort();
      expect(writes().length).toBeLessThan(all.length - slugsOn(between).length);
      const site = await census(wordpress.php);
      expect(slugsOn(site).sort()).toEqual(all);
      for (const note of notes) expect(site.entries.join()).toContain(`The text of ${note}.`);
    }
  }, 60_000);

  it("updates and removals are done once, told as done where they were, and no conflict follows", async () => {
    await anew();
    await publishes();
    for (const n of [1, 2, 3]) {
      const path = `posts/post-${n}.md`;
      operator.write(path, operator.read(path).replace("Second *of*", "Edited *of*"));
    }
    rmSync(join(operator.root, "posts/post-6.md"));
    const mishaps = ["reset-before", "reset-after", "502-after", "short-answer"] as const;
    for (const mishap of mishaps) {
      const edited = operator.read("posts/post-1.md").replace(/Edited.*/, `Edited by ${mishap}.`);
      operator.write("posts/post-1.md", edited);
      proxy.reset(mishap, await nextWrite());
      const ran = await run("push", { delete: true });
      const site = await census(wordpress.php);
      const landed = site.entries.some((line) => line.includes(`Edited by ${mishap}.`));
      const told = ran.results.find((result) => result.path === "posts/post-1.md");
      expect(told?.status).toBe(landed ? "ok" : "failed");
      proxy.reset();
      const again = await run("push", { delete: true });
      expect(again.results.filter((result) => result.status !== "ok")).toEqual([]);
      expect((await census(wordpress.php)).entries.join()).toContain(`Edited by ${mishap}.`);
    }
    expect(slugsOn(await census(wordpress.php))).not.toContain("post-6");
    expect(await wordpress.php("echo wp_count_posts()->trash;")).toBe("1");
  }, 60_000);

  /** The number that the first write of a push will have: the readings before it are always the same. */
  async function nextWrite(): Promise<number> {
    proxy.reset();
    await run("push", { delete: true, dryRun: true });
    return proxy.passed.length + 1;
  }

  it("an edit made between the plan and the write is a conflict, and the others are sent", async () => {
    await anew();
    await publishes();
    for (const n of [1, 3, 5]) {
      const path = `posts/post-${n}.md`;
      operator.write(path, operator.read(path).replace("First of", "Mine of"));
    }
    const id = await wordpress.php("echo get_page_by_path('post-3', OBJECT, 'post')->ID;");
    // Read for the plan, and once more right before it is written.
    let readings = 0;
    proxy.before = async ({ url, write }) => {
      const ids = new URL(url, proxy.url).searchParams.get("include")?.split(",") ?? [];
      if (write || !ids.includes(id)) return;
      readings += 1;
      if (readings !== 2) return;
      await wordpress.php(`wp_update_post(['ID' => ${id}, 'post_content' => 'Theirs.']);`);
    };
    const ran = await run("push");
    expect(readings).toBeGreaterThan(1);
    expect(exitCodeOf(ran)).toBe(4);
    expect(ran.summary).toMatchObject({ updated: 2, conflicts: 1, failed: 0 });
    const site = (await census(wordpress.php)).entries.join();
    expect(site).toContain("Theirs.");
    expect(site).toContain("Mine of 1.");
    expect(site).toContain("Mine of 5.");
    const again = await run("push");
    expect(again.summary).toMatchObject({ conflicts: 1, writes: 0 });
  });
});
