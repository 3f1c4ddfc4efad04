import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWordPress, type WordPress } from "../../scripts/wordpress.mjs";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "../commands/bench.ts";
import { withoutWordPress } from "../wordpress.ts";

const TARGET = { target: ["wp"] };
/** `check_and_publish_future_post` publishes at the hour, not before. */
const SOON_MS = 15_000;

const BOOKS = `<?php
add_action('init', function () {
  register_taxonomy('genre', 'book', ['hierarchical' => true, 'show_in_rest' => true, 'rest_base' => 'genres']);
  register_post_type('book', ['public' => true, 'show_in_rest' => true, 'rest_base' => 'books', 'taxonomies' => ['genre'],
    'label' => 'Books', 'supports' => ['title', 'editor', 'custom-fields', 'excerpt']]);
  register_post_meta('book', 'isbn', ['type' => 'string', 'single' => true, 'show_in_rest' => true]);
  register_post_meta('book', 'pages', ['type' => 'integer', 'single' => true, 'show_in_rest' => true]);
  register_post_meta('book', 'hints', ['type' => 'string', 'single' => false, 'show_in_rest' => true]);
  register_rest_field('post', 'plugin_extra', ['get_callback' => fn () => ['deep' => [1, null, 'x']]]);
});`;

const doc = (front: string, body = "Text.") => `---\n${front}\n---\n\n${body}\n`;
const failuresOf = (ran: Ran) => ran.results.filter((result) => result.status !== "ok");

/** Own types, no revisions, addresses without names, a zone with summer time: what sites out there are like. */
describe.skipIf(withoutWordPress)("a WordPress that differs from a fresh one", () => {
  let wordpress: WordPress;
  let operator: Bench;
  let env: Record<string, string>;
  let soon: number;

  /** The entry `$p` of this slug, seen by PHP. */
  const php = (slug: string, code: string, type = "post") =>
    wordpress.php(`$p = get_page_by_path('${slug}', OBJECT, '${type}'); ${code}`);
  const settled = async (...paths: string[]) => {
    const ran = await operator.run(status, paths, TARGET);
    expect(ran.plan.steps).toEqual([]);
    expect(failuresOf(ran)).toEqual([]);
  };

  beforeAll(async () => {
    wordpress = await startWordPress({
      constants: { WP_POST_REVISIONS: false },
      plugins: { "books.php": BOOKS },
    });
    await wordpress.php(`
      foreach (get_posts(['numberposts' => -1, 'post_type' => ['post', 'page'], 'post_status' => 'any']) as $p) wp_delete_post($p->ID, true);
      global $wp_rewrite; $wp_rewrite->set_permalink_structure(''); update_option('timezone_string', 'Europe/Berlin');`);
    env = {
      AINSTEIN_CONNECTION_WP: JSON.stringify({
        platform: "wordpress",
        url: wordpress.url,
        auth: "app-password",
        username: "admin",
        password: wordpress.users.admin,
      }),
    };
    operator = bench({ env });
  });
  afterAll(async () => {
    await wordpress?.stop();
    removeTempDirs();
  });

  it("gets everything once over ?rest_route=, read back equal", async () => {
    soon = Date.now() + SOON_MS;
    const files: Record<string, string> = {
      "before.md": doc("title: Before\ndate: 2025-03-30 01:59"),
      "after.md": doc("title: After\ndate: 2025-03-30 03:00"),
      "summer.md": doc("title: Summer\ndate: 2025-10-26T02:30:00+02:00"),
      "winter.md": doc("title: Winter\ndate: 2025-10-26T02:30:00+01:00"),
      "zulu.md": doc("title: Zulu\ndate: 2025-07-01T10:00:00Z", "Text with 5 > 4 & more."),
      "soon.md": doc(`title: Soon\nstatus: scheduled\ndate: ${new Date(soon).toISOString()}`),
      "secret.md": doc("title: Secret"),
      "full.md": doc(
        "title: Full\ntags: [a, b]\ncategories: [News]\nexcerpt: Short.\nsticky: true\nauthor: ed@example.test\ncommentStatus: closed\nformat: aside",
      ),
      "books/dune.md": doc(
        "title: Dune\nkind: book\ngenres: [Fiction/Science Fiction]\nmeta: { isbn: '978', pages: 12, hints: [a, b] }",
      ),
      "pages/top.md": doc("title: Top\nkind: page"),
      "pages/mid.md": doc("title: Mid\nkind: page\nparent: top"),
      "pages/aaa.md": doc("title: Low\nkind: page\nparent: top/mid"),
    };
    for (const [path, text] of Object.entries(files)) operator.write(path, text);
    const count = Object.keys(files).length;
    const ran = await operator.run(publish, [], TARGET);
    expect(failuresOf(ran)).toEqual([]);
    expect(ran.summary).toMatchObject({ created: count, verified: count });
    await settled();
  });

  it("has each date at its instant, in the hour that its clocks show twice too", async () => {
    const dates = await wordpress.php(
      "foreach (['before', 'after', 'summer', 'winter', 'zulu'] as $s) echo get_page_by_path($s, OBJECT, 'post')->post_date_gmt, '|';",
    );
    expect(dates.split("|").slice(0, 5)).toEqual([
      "2025-03-30 00:59:00",
      "2025-03-30 01:00:00",
      "2025-10-26 00:30:00",
      "2025-10-26 01:30:00",
      "2025-07-01 10:00:00",
    ]);
    operator.write("gap.md", doc("title: Gap\ndate: 2025-03-30 02:30"));
    const [gap] = (await operator.run(publish, ["gap.md"], TARGET)).results;
    expect(gap?.fault).toMatchObject({ code: "date" });
    expect(gap?.fault?.hint).toContain("+01:00");
  });

  it("has three levels of pages, and terms and fields of a type of its own", async () => {
    expect(await wordpress.php("echo get_page_uri(get_page_by_path('top/mid/aaa'));")).toBe("top/mid/aaa");
    const shown = await php(
      "dune",
      "echo json_encode([get_post_meta($p->ID), wp_get_object_terms($p->ID, 'genre', ['fields' => 'names'])]);",
      "book",
    );
    expect(JSON.parse(shown)).toEqual([
      { isbn: ["978"], pages: ["12"], hints: ["a", "b"] },
      ["Science Fiction"],
    ]);
    await php("dune", "update_post_meta($p->ID, 'pages', 13); wp_update_post(['ID' => $p->ID]);", "book");
    expect(failuresOf(await operator.run(pull, ["books"], TARGET))).toEqual([]);
    expect(operator.read("books/dune.md")).toContain("pages: 13");
  });

  it("loses what is deleted from the file", async () => {
    operator.write("full.md", doc("title: Full\nauthor: ed@example.test"));
    expect(failuresOf(await operator.run(push, ["full.md"], TARGET))).toEqual([]);
    const left = await php(
      "full",
      "echo json_encode([wp_get_post_tags($p->ID), $p->post_excerpt, is_sticky($p->ID), $p->comment_status, get_post_format($p->ID), wp_get_post_categories($p->ID, ['fields' => 'names'])]);",
    );
    expect(JSON.parse(left)).toEqual([[], "", false, "open", false, ["Uncategorized"]]);
    await settled("full.md");
  });

  it("keeps the password of a protected post to itself", async () => {
    await php("secret", "wp_update_post(['ID' => $p->ID, 'post_password' => 'pw-1234']);");
    expect(failuresOf(await operator.run(pull, ["secret.md"], TARGET))).toEqual([]);
    operator.write("secret.md", operator.read("secret.md").replace("Text.", "Text, edited."));
    expect(failuresOf(await operator.run(push, ["secret.md"], TARGET))).toEqual([]);
    expect(await php("secret", "echo $p->post_password, '|', $p->post_content;")).toMatch(
      /^pw-1234\|.*edited/s,
    );
    expect(operator.read("secret.md") + operator.read("ainstein.lock")).not.toContain("pw-1234");
    expect((await operator.run(publish, ["secret.md"], TARGET)).summary).toMatchObject({
      skipped: 1,
      writes: 0,
    });
    expect(operator.read("secret.md")).toContain("protected: true");
    await settled("secret.md");
  });

  it("has no protected post made public on another site, and is asked again where the password is gone", async () => {
    const there = JSON.stringify({ platform: "local", url: join(tempDir("site"), "site") });
    Object.assign(operator.env, { AINSTEIN_CONNECTION_THERE: there });
    const refused = await operator.run(publish, ["secret.md"], { target: ["there"] });
    expect(refused.results.map(({ fault }) => fault?.code)).toEqual(["protected-elsewhere"]);
    expect(refused.summary).toMatchObject({ created: 0, writes: 0 });
    await php("secret", "wp_update_post(['ID' => $p->ID, 'post_password' => '']);");
    expect(failuresOf(await operator.run(pull, ["secret.md"], TARGET))).toEqual([]);
    expect(operator.read("secret.md")).not.toContain("protected");
    await settled("secret.md");
    await php("secret", "wp_update_post(['ID' => $p->ID, 'post_password' => 'pw-5678']);");
  });

  it("gives everything it has to an empty directory, odd slugs and drafts included, and then takes nothing", async () => {
    await wordpress.php(`
      global $wpdb;
      foreach (['emoji-' . rawurlencode('😀'), 'Upper-Case', 'a.b', 'under_score', rawurlencode('日本'), 'tilde~x', 'a--b', str_repeat('long', 50)] as $i => $s) {
        $id = wp_insert_post(['post_title' => "Odd $i", 'post_content' => 'x', 'post_status' => 'publish', 'post_name' => "odd-$i"]);
        $wpdb->update($wpdb->posts, ['post_name' => $s], ['ID' => $id]); clean_post_cache($id);
      }
      wp_insert_post(['post_title' => 'No slug', 'post_content' => 'x', 'post_status' => 'draft']);
      wp_insert_post(wp_slash(['post_title' => 'Classic', 'post_name' => 'classic', 'post_status' => 'publish', 'post_content' =>
        "First paragraph\\nwith a line break.\\n\\n<strong>Bold</strong> and [gallery ids=\\"1\\"]\\n\\n<ul>\\n<li>one</li>\\n<li>two</li>\\n</ul>\\n\\nLast &amp; least."]));`);
    const empty = bench({ env });
    const brought = await empty.run(pull, [], TARGET);
    expect(failuresOf(brought)).toEqual([]);
    const names = readdirSync(empty.root);
    expect(names).toEqual(
      expect.arrayContaining(["emoji-😀.md", "a.b.md", "日本.md", "no-slug.md", "winter.md"]),
    );
    expect(empty.read("winter.md")).toContain("2025-10-26T02:30:00+01:00");
    expect((await empty.run(push, [], TARGET)).summary).toMatchObject({ writes: 0, failed: 0, conflicts: 0 });
    const before = await php("classic", "echo $p->post_content;");
    empty.write("classic.md", empty.read("classic.md").replace("- two", "- two, edited"));
    expect(failuresOf(await empty.run(push, ["classic.md"], TARGET))).toEqual([]);
    expect(await php("classic", "echo $p->post_content;")).toBe(before.replace("<li>two", "<li>two, edited"));
  });

  it("publishes at the hour what was scheduled, which is nobody's edit", async () => {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, soon + 1000 - Date.now())));
    expect(await php("soon", "check_and_publish_future_post($p->ID); echo get_post_status($p->ID);")).toBe(
      "publish",
    );
    await settled("soon.md");
    expect((await operator.run(publish, ["soon.md"], TARGET)).summary).toMatchObject({
      writes: 0,
      unchanged: 1,
    });
  });
});
