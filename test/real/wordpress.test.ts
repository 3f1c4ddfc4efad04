import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeBulk } from "../../scripts/bulk.mjs";
import { startWordPress, type WordPress } from "../../scripts/wordpress.mjs";
import { diff } from "../../src/commands/diff.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { sha256Hex } from "../../src/lib/hash.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "../commands/bench.ts";
import { openWordPress } from "../fakes/wordpress-client.ts";
import { withoutWordPress } from "../wordpress.ts";

const TARGET = { target: ["wp"] };
const COUNT = 40;

/** What the second of two first uploads of a month gets to hear, once. */
const TRIPS = `<?php
add_filter('wp_handle_sideload_prefilter', function ($file) {
  $mark = WP_CONTENT_DIR . '/trips-once';
  if (file_exists($mark)) { unlink($mark); $file['error'] = 'Unable to create directory.'; }
  return $file;
});`;

/** The main job on a real WordPress: a site of its own, because everything on it is counted. */
describe.skipIf(withoutWordPress)("a directory and a real WordPress", () => {
  let wordpress: WordPress;
  let operator: Bench;
  let env: Record<string, string>;

  const connection = (login: "admin" | "auth", password?: string) =>
    JSON.stringify({
      platform: "wordpress",
      url: wordpress.url,
      auth: "app-password",
      username: login,
      password: password ?? wordpress.users[login],
    });
  const failuresOf = (ran: Ran) => ran.results.filter((result) => result.status !== "ok");
  const count = async () =>
    Number(
      await wordpress.php(
        'echo array_sum((array) wp_count_posts("post")) - wp_count_posts("post")->{"auto-draft"};',
      ),
    );

  beforeAll(async () => {
    wordpress = await startWordPress({ plugins: { "trips.php": TRIPS } });
    await wordpress.php(
      "foreach (get_posts(['numberposts' => -1, 'post_type' => ['post', 'page'], 'post_status' => 'any']) as $p) wp_delete_post($p->ID, true);",
    );
    env = { AINSTEIN_CONNECTION_WP: connection("admin") };
    operator = bench({ env });
    writeBulk(operator.root, COUNT);
    operator.git("init", "-q");
    operator.git("add", "-A");
    operator.git("commit", "-qm", "posts");
  });

  afterAll(async () => {
    await wordpress?.stop();
    removeTempDirs();
  });

  it("publishes varied posts once each, read back equal, and then nothing", async () => {
    const first = await operator.run(publish, [], TARGET);
    expect(failuresOf(first)).toEqual([]);
    expect(first.summary).toMatchObject({ created: COUNT, failed: 0, verified: COUNT });
    expect(await count()).toBe(COUNT);
    const second = await operator.run(publish, [], TARGET);
    expect(second.summary).toMatchObject({ created: 0, updated: 0, unchanged: COUNT, writes: 0 });
    expect(second.events.filter((event) => event.type === "phase" && event.phase === "read")).toEqual([]);
  });

  it("needs no database, no lockfile and no memory to know its entries again", async () => {
    const again = await operator.elsewhere().run(publish, [], TARGET);
    expect(again.summary).toMatchObject({ created: 0, updated: 0, unchanged: COUNT, writes: 0 });
    const lock = operator.read("ainstein.lock");
    rmSync(join(operator.root, "ainstein.lock"));
    const adopted = await operator.elsewhere().run(publish, [], TARGET);
    expect(failuresOf(adopted)).toEqual([]);
    expect(adopted.summary).toMatchObject({ adopted: COUNT, unchanged: COUNT, writes: 0, conflicts: 0 });
    rmSync(join(operator.root, "ainstein.lock"));
    const [name = ""] = readdirSync(operator.root).filter((file) => file.endsWith(".md"));
    const before = operator.read(name);
    operator.write(name, `${before}\nOne more paragraph.\n`);
    operator.git("commit", "-qam", "edit");
    const edited = await operator.elsewhere().run(publish, [], TARGET);
    expect(edited.summary).toMatchObject({ created: 0, updated: 1, conflicts: 0, unchanged: COUNT - 1 });
    expect(lock).not.toBe("");
    expect(await count()).toBe(COUNT);
  });

  it("pulls into an empty directory what a push then leaves alone, and follows moved files", async () => {
    const empty = bench({ env });
    const brought = await empty.run(pull, [], TARGET);
    expect(failuresOf(brought)).toEqual([]);
    expect(brought.summary).toMatchObject({ pulled: COUNT });
    expect((await empty.run(push, [], TARGET)).summary).toMatchObject({ unchanged: COUNT, writes: 0 });
    mkdirSync(join(empty.root, "archive"));
    for (const name of readdirSync(empty.root).filter((file) => file.endsWith(".md"))) {
      renameSync(join(empty.root, name), join(empty.root, "archive", name));
    }
    expect((await empty.run(push, [], TARGET)).summary).toMatchObject({
      renamed: COUNT,
      created: 0,
      deleted: 0,
      writes: 0,
    });
  });

  it("takes an edit made in WordPress into just that block, and sends one back the same way", async () => {
    operator.write(
      "story.md",
      "---\ntitle: Story\ntags: [one, two] # keep\n---\n\nFirst paragraph.\n\n* star list\n* stays\n\nLast   paragraph.\n",
    );
    await operator.run(publish, ["story.md"], TARGET);
    await wordpress.php(`$p = get_page_by_path('story', OBJECT, 'post');
      wp_update_post(wp_slash(['ID' => $p->ID, 'post_content' => str_replace('First paragraph.', 'First, from the editor.', $p->post_content)]));
      wp_set_post_tags($p->ID, ['one', 'three']);`);
    const shown = await operator.run(diff, ["story.md"], TARGET);
    expect(shown.out.join("\n")).toContain("from the editor");
    const brought = await operator.run(pull, ["story.md"], TARGET);
    expect(failuresOf(brought)).toEqual([]);
    expect(operator.read("story.md")).toBe(
      "---\ntitle: Story\ntags: [one, three] # keep\n---\n\nFirst, from the editor.\n\n* star list\n* stays\n\nLast   paragraph.\n",
    );
    await wordpress.php(`$p = get_page_by_path('story', OBJECT, 'post');
      wp_update_post(wp_slash(['ID' => $p->ID, 'post_content' => $p->post_content . "\\n\\n<!-- wp:acme/box {\\"a\\":\\"é\\"} -->\\n<div  class='x'>kept</div>\\n<!-- /wp:acme/box -->"]));`);
    await operator.run(pull, ["story.md"], TARGET);
    const content = () => wordpress.php("echo get_page_by_path('story', OBJECT, 'post')->post_content;");
    const before = await content();
    operator.write("story.md", operator.read("story.md").replace("Last   paragraph.", "Last one, edited."));
    const sent = await operator.run(push, ["story.md"], TARGET);
    expect(failuresOf(sent)).toEqual([]);
    expect(await content()).toBe(before.replace(/Last +paragraph\./, "Last one, edited."));
    expect((await operator.run(status, ["story.md"], TARGET)).plan.steps).toEqual([]);
  });

  it("uploads an image once, and again when a byte of it changes", async () => {
    const picture = readFileSync(
      join(operator.root, "images", readdirSync(join(operator.root, "images"))[0] ?? ""),
    );
    operator.write("pictures/a.png", picture);
    operator.write(
      "one.md",
      "---\ntitle: One\nimage: { src: ./pictures/a.png, alt: A }\n---\n\n![A](./pictures/a.png)\n",
    );
    operator.write("two.md", "---\ntitle: Two\n---\n\n![Again](pictures/a.png)\n");
    const media = async () => Number(await wordpress.php("echo array_sum((array) wp_count_attachments());"));
    const before = await media();
    expect(failuresOf(await operator.run(publish, ["one.md", "two.md"], TARGET))).toEqual([]);
    const after = await media();
    expect(after - before).toBeLessThanOrEqual(1);
    expect(await wordpress.php("echo get_page_by_path('one', OBJECT, 'post')->post_content;")).toContain(
      "/wp-content/uploads/",
    );
    expect((await operator.run(publish, [], TARGET)).summary).toMatchObject({ writes: 0 });
    // A PNG ends with its IEND chunk; viewers ignore what follows.
    writeFileSync(join(operator.root, "pictures", "a.png"), Buffer.concat([picture, Buffer.from([0])]));
    const changed = await operator.run(push, ["one.md", "two.md"], TARGET);
    expect(failuresOf(changed)).toEqual([]);
    expect(changed.summary).toMatchObject({ updated: 2 });
    expect(await media()).toBe(after + 1);
  });

  it("asks again for an upload that was refused while its directory was being made", async () => {
    const { connector } = openWordPress(wordpress.api, "admin", wordpress.users.admin);
    const image = join(operator.root, "images", readdirSync(join(operator.root, "images"))[0] ?? "");
    const bytes = Buffer.concat([readFileSync(image), Buffer.from("once more")]);
    const file = {
      ref: "p.png",
      path: "p.png",
      digest: sha256Hex(bytes),
      type: "image/png",
      size: bytes.length,
    };
    await wordpress.php("touch(WP_CONTENT_DIR . '/trips-once');");
    const media = await connector.media?.upload(file, bytes);
    expect(media?.url).toContain("/wp-content/uploads/");
    expect(
      await wordpress.php("echo file_exists(WP_CONTENT_DIR . '/trips-once') ? 'untouched' : 'tripped';"),
    ).toBe("tripped");
  });

  it("refuses to overwrite an edit that lands between plan and write", async () => {
    operator.write("race.md", "---\ntitle: Race\n---\n\nText.\n");
    await operator.run(publish, ["race.md"], TARGET);
    operator.write("race.md", "---\ntitle: Race\n---\n\nMine.\n");
    const planned = await operator.run(push, ["race.md"], { ...TARGET, dryRun: true });
    expect(planned.plan.steps).toMatchObject([{ action: "update" }]);
    await wordpress.php(`$p = get_page_by_path('race', OBJECT, 'post');
      wp_update_post(['ID' => $p->ID, 'post_content' => '<!-- wp:paragraph --><p>Theirs.</p><!-- /wp:paragraph -->']);`);
    const ran = await operator.run(push, ["race.md"], TARGET);
    expect(ran.exit).toBe(4);
    expect(ran.summary).toMatchObject({ conflicts: 1, writes: 0 });
    expect(await wordpress.php("echo get_page_by_path('race', OBJECT, 'post')->post_content;")).toContain(
      "Theirs.",
    );
  });

  it("keeps states: a draft is not published by push, a trashed entry is not made anew, a live one not twice", async () => {
    operator.write("draft.md", "---\ntitle: Draft\n---\n\nText.\n");
    expect((await operator.run(push, ["draft.md"], TARGET)).summary).toMatchObject({ created: 1 });
    expect(await wordpress.php("echo get_page_by_path('draft', OBJECT, 'post')->post_status;")).toBe("draft");
    const live = await operator.run(publish, ["draft.md"], TARGET);
    expect(live.summary).toMatchObject({ published: 1, created: 0 });
    expect(await wordpress.php("echo get_page_by_path('draft', OBJECT, 'post')->post_status;")).toBe(
      "publish",
    );
    const dated = await wordpress.php(
      "echo abs(time() - get_post_time('U', true, get_page_by_path('draft', OBJECT, 'post')));",
    );
    expect(Number(dated)).toBeLessThan(120);
    await wordpress.php("wp_trash_post(get_page_by_path('draft', OBJECT, 'post')->ID);");
    const total = await count();
    expect((await operator.run(publish, ["draft.md"], TARGET)).summary).toMatchObject({
      created: 0,
      skipped: 1,
      writes: 0,
    });
    expect(await count()).toBe(total);
  });

  it("says who is refused and why, with nothing sent", async () => {
    const wrong = bench({
      root: operator.root,
      env: { AINSTEIN_CONNECTION_WP: connection("admin", "not it at all") },
    });
    expect((await wrong.run(publish, [], TARGET)).fault).toMatchObject({ kind: "auth" });
    const empty = tempDir("root");
    const author = bench({ root: empty, env: { AINSTEIN_CONNECTION_WP: connection("auth") } });
    author.write(
      "script.md",
      "---\ntitle: Script\n---\n\nBefore.\n\n<script>alert(1)</script>\n\nAfter & more.\n",
    );
    const stripped = await author.run(publish, [], TARGET);
    expect(stripped.exit).not.toBe(0);
    author.write("plain.md", "---\ntitle: Plain\n---\n\nSalt & pepper, “quoted”.\n");
    expect(failuresOf(await author.run(publish, ["plain.md"], TARGET))).toEqual([]);
    expect((await author.run(publish, ["plain.md"], TARGET)).summary).toMatchObject({
      unchanged: 1,
      writes: 0,
    });
  });
});
