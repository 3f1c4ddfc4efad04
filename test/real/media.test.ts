// Files on a real WordPress: its sizes, its limits, its library, and the way back.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWordPress, type WordPress } from "../../scripts/wordpress.mjs";
import { media } from "../../src/commands/media.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { openStore } from "../../src/store/db.ts";
import { type Bench, bench, type Ran, removeTempDirs } from "../commands/bench.ts";
import { withoutWordPress } from "../wordpress.ts";

const TARGET = { target: ["wp"] };
const RULES = "content: [{ dir: posts, kind: post }]\nmedia: { pull: download }\n";
const post = (title: string, ...paragraphs: readonly string[]) =>
  `---\ntitle: ${title}\n---\n\n${paragraphs.join("\n\n")}\n`;
const failuresOf = (ran: Ran) => ran.results.filter((result) => result.status !== "ok");

describe.skipIf(withoutWordPress)("files of a real WordPress", () => {
  let wordpress: WordPress;
  let operator: Bench;
  let other: Bench;
  let photo: Uint8Array;

  const uploads = async () =>
    Number(await wordpress.php("echo count(get_posts(['post_type' => 'attachment', 'numberposts' => -1]));"));
  const bodyOf = (slug: string) =>
    wordpress.php(`echo get_page_by_path('${slug}', OBJECT, 'post')->post_content;`);
  const idle = async (machine: Bench) => {
    const ran = await machine.run(push, [], TARGET);
    expect([ran.fault, failuresOf(ran), ran.summary.writes]).toEqual([undefined, [], 0]);
  };

  beforeAll(async () => {
    wordpress = await startWordPress();
    await wordpress.php(
      "foreach (get_posts(['numberposts' => -1, 'post_type' => ['post', 'page'], 'post_status' => 'any']) as $p) wp_delete_post($p->ID, true);",
    );
    const connection = { platform: "wordpress", url: wordpress.url, auth: "app-password", username: "admin" };
    const env = {
      AINSTEIN_CONNECTION_WP: JSON.stringify({ ...connection, password: wordpress.users.admin }),
    };
    operator = bench({ env });
    other = bench({ env });
    photo = await sharp({ create: { width: 2700, height: 1800, channels: 3, background: "#08f" } })
      .jpeg()
      .toBuffer();
    operator.write("Işıklı ÇAY bahçesi.jpg", photo);
    operator.write("list.csv", "a;b\n1;2\n");
    const picture = "![Tea](<Işıklı ÇAY bahçesi.jpg>)";
    operator.write("one.md", post("One", picture, "See [the list](list.csv).", "End."));
    const ran = await operator.run(publish, ["."], TARGET);
    expect([ran.fault, failuresOf(ran)]).toEqual([undefined, []]);
  });
  afterAll(async () => {
    removeTempDirs();
    await wordpress?.stop();
  });

  it("are shown and linked by the upload's own address, large ones under their -scaled name", async () => {
    const body = await bodyOf("one");
    expect(body).toMatch(/<img[^>]* src="[^"]*isikli-cay-bahcesi-[0-9a-f]{12}-scaled\.jpg"/);
    expect(body).toMatch(/<a href="[^"]*list-[0-9a-f]{12}\.csv">the list<\/a>/);
    expect(await uploads()).toBe(2);
    await idle(operator);
  });

  it("keep the size that an editor chose, under the operator's own name, when the text beside is edited", async () => {
    await wordpress.php(`$p = get_page_by_path('one', OBJECT, 'post');
      $c = preg_replace_callback('~<img([^>]*) src="[^"]*"([^>]*class="wp-image-(\\d+)")~', fn ($m) =>
        '<img' . $m[1] . ' src="' . wp_get_attachment_image_url((int) $m[3], 'medium') . '"' . $m[2], $p->post_content);
      $c = str_replace('size-full', 'size-medium', str_replace('End.', 'The end.', $c));
      wp_update_post(wp_slash(['ID' => $p->ID, 'post_content' => $c]));`);
    const chosen = /src="([^"]*-300x200\.jpg)"/.exec(await bodyOf("one"))?.[1];
    expect(chosen).toBeDefined();
    const pulled = await operator.run(pull, [], TARGET);
    expect([pulled.fault, failuresOf(pulled)]).toEqual([undefined, []]);
    expect(operator.read("one.md")).toContain("![Tea](<Işıklı ÇAY bahçesi.jpg>)");
    expect(operator.read("one.md")).toContain("The end.");
    operator.write("one.md", operator.read("one.md").replace("![Tea]", "![A glass of tea]"));
    expect(failuresOf(await operator.run(push, [], TARGET))).toEqual([]);
    const body = await bodyOf("one");
    expect(body).toContain(`src="${chosen}" alt="A glass of tea"`);
    expect(body).toContain("size-medium");
    expect(await uploads()).toBe(2);
  });

  it("come down beside the documents, and go nowhere when they are pushed again", async () => {
    await wordpress.php(`require_once ABSPATH . 'wp-admin/includes/image.php'; require_once ABSPATH . 'wp-admin/includes/file.php';
      $up = wp_upload_bits('Hand made.png', null, base64_decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='));
      $id = wp_insert_attachment(['post_mime_type' => 'image/png', 'post_title' => 'Hand', 'post_status' => 'inherit'], $up['file']);
      wp_insert_post(['post_title' => 'Old', 'post_name' => 'old', 'post_status' => 'publish',
        'post_content' => '<!-- wp:paragraph --><p>Old <img src="' . $up['url'] . '" alt="by hand"> <img src="http://10.255.255.1/x.png" alt="inside"></p><!-- /wp:paragraph -->']);`);
    other.write("ainstein.yaml", RULES);
    const pulled = await other.run(pull, [], TARGET);
    expect([pulled.fault, failuresOf(pulled)]).toEqual([undefined, []]);
    const names = readdirSync(join(other.root, "posts/images")).sort();
    expect(names.map((name) => name.replace(/-[0-9a-f]{12}/, ""))).toEqual([
      "Hand-made.png",
      "isikli-cay-bahcesi-scaled.jpg",
      "list.csv",
    ]);
    expect(other.read("posts/old.md")).toContain("![by hand](images/Hand-made.png)");
    expect(other.read("posts/old.md")).toContain("![inside](http://10.255.255.1/x.png)");
    const told = pulled.events.flatMap((event) => (event.type === "notice" ? event.message : []));
    expect(told.join()).toMatch(
      /posts\/old\.md goes on linking to http:\/\/10\.255\.255\.1\/x\.png: .*private network/,
    );
    expect(other.read("posts/one.md")).toMatch(/!\[A glass of tea\]\(images\/isikli[^)]*\)/);
    for (const machine of [other, other.elsewhere()]) await idle(machine);
    // As if the pull had been killed before it wrote the lockfile: what came down is still known for what it is.
    rmSync(join(other.root, "ainstein.lock"));
    const store = openStore(other.home);
    store.run(
      "UPDATE runs SET status = 'running', ended_at = NULL, pid = 4194303 WHERE command = 'pull'",
      {},
    );
    store.close();
    const before = await bodyOf("old");
    other.write("posts/old.md", other.read("posts/old.md").replace("Old ", "Older "));
    other.write("posts/one.md", other.read("posts/one.md").replace("The end.", "The very end."));
    expect(failuresOf(await other.run(push, [], TARGET))).toEqual([]);
    const shown = (body: string) => [...body.matchAll(/src="([^"]*)"/g)].map(([, src]) => src);
    expect(shown(await bodyOf("old"))).toEqual(shown(before));
    expect(await bodyOf("old")).toContain("Older ");
    expect(await bodyOf("one")).toMatch(/src="[^"]*-300x200\.jpg"/);
    expect(await uploads()).toBe(3);
  });

  it("of a type that WordPress does not take are refused with the line, before anything is sent", async () => {
    operator.write("drawing.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>');
    operator.write("drawn.md", post("Drawn", "Text.", "![D](drawing.svg)"));
    const ran = await operator.run(publish, ["drawn.md"], TARGET);
    expect(ran.results.map(({ fault }) => [fault?.code, fault?.place])).toEqual([
      ["media-refused-type", { file: "drawn.md", line: 7 }],
    ]);
    expect(ran.summary.writes).toBe(0);
    await wordpress.php(`file_put_contents(WP_CONTENT_DIR . '/mu-plugins/svg.php',
      "<?php add_filter('upload_mimes', fn (\\$types) => \\$types + ['svg' => 'image/svg+xml']);");`);
    const again = await operator.run(publish, ["drawn.md"], { ...TARGET, dryRun: true });
    expect(again.plan.steps.map(({ action }) => action)).toEqual(["upload", "create"]);
    operator.write("drawn.md", post("Drawn", "Text."));
  });

  it("that nothing shows any more are listed, and deleted for good when that is meant", async () => {
    operator.write("one.md", post("One", "No picture. See [the list](list.csv)."));
    // Somebody else's edit of the entry stands in the way of none of this: it is what the site shows that counts.
    expect((await operator.run(status, [], { ...TARGET, media: true })).out.join()).toContain(
      "each of them shown",
    );
    await wordpress.php(
      "$p = get_page_by_path('one', OBJECT, 'post'); wp_update_post(['ID' => $p->ID, 'post_content' => '<p>Bare.</p>']);",
    );
    const listed = await operator.run(status, [], { ...TARGET, media: true });
    const orphans = listed.out.filter((line) => line.includes("/wp-content/"));
    expect(orphans).toEqual([expect.stringMatching(/isikli-cay-bahcesi-[0-9a-f]{12}-scaled\.jpg/)]);
    const count = await uploads();
    const flags = { ...TARGET, orphaned: true };
    expect((await operator.run(media, ["remove"], flags)).fault?.code).toBe("removal-needs-delete");
    const removed = await operator.run(media, ["remove"], { ...flags, delete: true });
    expect([removed.fault, removed.exit]).toEqual([undefined, 0]);
    expect(await uploads()).toBe(count - 1);
    expect(readFileSync(join(operator.root, "Işıklı ÇAY bahçesi.jpg")).equals(Buffer.from(photo))).toBe(true);
  });
});
