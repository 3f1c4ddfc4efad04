import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWordPress, type WordPress } from "../../scripts/wordpress.mjs";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { type Bench, bench, type Ran, removeTempDirs } from "../commands/bench.ts";
import { withoutWordPress } from "../wordpress.ts";

const TARGET = { target: ["wp"] };

/** Writes down which requests write, below the site. */
const COUNTING = `<?php
if (($_SERVER['REQUEST_METHOD'] ?? 'GET') !== 'GET') {
  file_put_contents(ABSPATH . 'written.txt', $_SERVER['REQUEST_URI'] . "\n", FILE_APPEND | LOCK_EX);
}`;

describe.skipIf(withoutWordPress)("links between documents on WordPress", () => {
  let wordpress: WordPress;
  let env: Record<string, string>;

  beforeAll(async () => {
    wordpress = await startWordPress({ plugins: { "counting.php": COUNTING } });
    await wordpress.php(
      "global $wp_rewrite; $wp_rewrite->set_permalink_structure('/%postname%/'); $wp_rewrite->flush_rules();",
    );
    const { api: url, users } = wordpress;
    const auth = { auth: "app-password", username: "admin", password: users.admin };
    env = { AINSTEIN_CONNECTION_WP: JSON.stringify({ platform: "wordpress", url, ...auth }) };
  });
  afterAll(async () => {
    await wordpress.stop();
    removeTempDirs();
  });

  const body = (slug: string) =>
    wordpress.php(
      `echo get_posts(['name' => '${slug}', 'post_status' => 'any'])[0]->post_content ?? 'none';`,
    );
  const bodies = async (): Promise<Record<string, string>> =>
    JSON.parse(
      await wordpress.php(
        "echo json_encode(array_column(get_posts(['numberposts' => -1]), 'post_content', 'post_name'));",
      ),
    );
  const front = (title: string, more = "") => `---\ntitle: ${title}\n${more}---\n\n`;
  const planned = ({ plan }: Ran) => plan.steps.map(({ action, path }) => `${action} ${path}`);
  const urls = (ran: Ran) => Object.fromEntries(ran.results.map(({ path, url = "" }) => [path, url]));
  const idle = async (operator: Bench) => {
    const again = await operator.run(push, [], TARGET);
    expect(again.plan.steps).toEqual([]);
    expect(again.summary.writes).toBe(0);
  };

  it("lead to permalinks, or to a draft until it is published, and follow a new slug", async () => {
    const operator = bench({ env });
    const live = "status: published\n";
    operator.write(
      "a.md",
      `${front("A", live)}To [b](./bücher.md#teil), <a href="bücher.md?x=1&y=2">raw</a>, [d](d.md).\n`,
    );
    operator.write("bücher.md", `${front("B", `${live}slug: bücher-日\n`)}To [a](./a.md).\n`);
    operator.write("d.md", `${front("D", "status: draft\n")}Text.\n`);
    const ran = await operator.run(push, [], TARGET);
    expect(planned(ran)).toEqual(["create bücher.md", "create d.md", "create a.md", "update bücher.md"]);
    expect(ran.summary).toMatchObject({ created: 3, updated: 0, writes: 4, failed: 0, verified: 3 });
    const { "a.md": a, "bücher.md": b } = urls(ran);
    expect(a).toMatch(/\/a\/$/);
    expect(b).toMatch(/\/bucher-%e6%97%a5\/$/);
    expect(await body("a")).toContain(`href="${b}#teil"`);
    expect(await body("a")).toContain(`href="${b}?x=1&amp;y=2"`);
    expect(await body("a")).toMatch(/href="[^"]*\?p=\d+">d</);
    expect(await body("bucher-日")).toContain(`href="${a}"`);
    await idle(operator);

    operator.write("bücher.md", operator.read("bücher.md").replace("bücher-日", "neu"));
    operator.write("d.md", `${front("D", live)}Text.\n`);
    const moved = await operator.run(push, [], { ...TARGET, delete: true });
    expect(planned(moved)).toEqual(["update bücher.md", "publish d.md", "update a.md"]);
    expect(moved.summary).toMatchObject({ writes: 3, failed: 0 });
    expect(await body("a")).toContain("/neu/#teil");
    expect(await body("a")).toMatch(/href="[^"]*\/d\/">d</);
    // WordPress leaves a redirect by itself.
    const old = await fetch(b ?? "", { redirect: "manual" });
    expect(old.status).toBe(301);
    expect(old.headers.get("location")).toMatch(/\/neu\/$/);
    await idle(operator);
  });

  it("of a ring, and of an index that all link back to, cost few requests and few second sends", async () => {
    const operator = bench({ env });
    const written = join(wordpress.dir, "site/written.txt");
    const numbers = Array.from({ length: 30 }, (_, n) => n);
    const sent = async () => {
      writeFileSync(written, "");
      const ran = await operator.run(push, [], TARGET);
      return { ran, requests: readFileSync(written, "utf8").trim().split("\n").length };
    };
    for (const n of numbers) {
      operator.write(
        `ring-${n}.md`,
        `${front(`R${n}`, "status: published\n")}To [it](ring-${(n + 1) % 30}.md).\n`,
      );
    }
    const ring = await sent();
    expect(ring.ran.summary).toMatchObject({ created: 30, failed: 0, writes: 38, verified: 30 });
    expect(ring.requests).toBe(5);
    const rings = await bodies();
    for (const n of numbers) {
      expect(rings[`ring-${n}`]).toContain(`href="${urls(ring.ran)[`ring-${(n + 1) % 30}.md`]}"`);
    }

    const all = numbers.map((n) => `[P${n}](page-${n}.md)`).join(" ");
    operator.write("all.md", `${front("All", "status: published\n")}${all}\n`);
    for (const n of numbers) {
      operator.write(`page-${n}.md`, `${front(`P${n}`, "status: published\n")}Back to [all](all.md).\n`);
    }
    const index = await sent();
    expect(index.ran.summary).toMatchObject({ created: 31, failed: 0, writes: 32, verified: 31 });
    expect(index.ran.plan.steps.filter(({ pass }) => pass === 2)).toMatchObject([{ path: "all.md" }]);
    expect(index.requests).toBe(4);
    const { "all.md": top = "", ...pages } = urls(index.ran);
    const listed = await bodies();
    for (const n of numbers) expect(listed[`page-${n}`]).toContain(`href="${top}"`);
    for (const n of numbers) expect(listed.all).toContain(`href="${pages[`page-${n}.md`]}"`);
    await idle(operator);
  });

  it("come into an empty directory as links to files, whoever spelled them, and go back byte for byte", async () => {
    const home = await wordpress.php("echo home_url();");
    const paragraph = (text: string) => `<!-- wp:paragraph --><p>${text}</p><!-- /wp:paragraph -->`;
    const link = (href: string) => `<a href="${href}">to it</a>`;
    const posts = [
      ["one", paragraph(`${link(`${home}/two/#part`)} and ${link("/three/")}`)],
      ["two", paragraph(`${link(`${home.replace("http:", "https:")}/three`)} ${link(`${home}/nowhere/`)}`)],
      ["three", paragraph(link(`${home}/three/?x=1`))],
    ] as const;
    for (const [slug, content] of posts) {
      const made = { post_name: slug, post_title: slug, post_content: content, post_status: "publish" };
      await wordpress.php(`wp_insert_post(wp_slash(json_decode('${JSON.stringify(made)}', true)));`);
    }
    const before = await Promise.all(posts.map(([slug]) => body(slug)));
    const operator = bench({ env });
    await operator.run(pull, [], { ...TARGET, kind: ["post"] });
    expect(operator.read("one.md")).toContain("[to it](./two.md#part) and [to it](./three.md)");
    expect(operator.read("two.md")).toContain(`[to it](./three.md) [to it](${home}/nowhere/)`);
    expect(operator.read("three.md")).toContain("[to it](./three.md?x=1)");
    await idle(operator);
    operator.write("one.md", `${operator.read("one.md")}\nMore.\n`);
    await operator.run(push, [], TARGET);
    expect(await body("one")).toContain(before[0]);
    rmSync(join(operator.root, "ainstein.lock"));
    const anew = await bench({ root: operator.root, env }).run(push, [], TARGET);
    expect(anew.summary).toMatchObject({ writes: 0, conflicts: 0, failed: 0 });
  });
});
