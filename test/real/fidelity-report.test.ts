// What a real WordPress does to texts, and what an operator is told of it.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWordPress, type WordPress } from "../../scripts/wordpress.mjs";
import { apply } from "../../src/commands/apply.ts";
import { diff } from "../../src/commands/diff.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { undo } from "../../src/commands/runs-undo.ts";
import { sync } from "../../src/commands/sync.ts";
import { type Bench, bench, type Ran, removeTempDirs } from "../commands/bench.ts";
import { KEPT, REMOVED } from "../fakes/wordpress-kses.ts";
import { withoutWordPress } from "../wordpress.ts";

/** As plug-ins do: a word is replaced, white space is tidied up, links that open a window get a `rel`. */
const REWRITING = `<?php
add_filter('wp_insert_post_data', function ($data) {
  $content = str_replace('colour', 'color', $data['post_content']);
  if (str_contains($content, 'Tidy')) $content = "\\n" . str_replace("\\n\\n", "\\n \\n\\n", $content) . "\\n\\n";
  $data['post_content'] = str_replace('<a target', '<a rel=\\\\"noopener\\\\" target', $content);
  return $data;
});`;

const FRAME = '<iframe src="https://maps.example/"></iframe>';
const LOSS = { field: "body", message: "<iframe> is removed: this role may not use it" };

describe.skipIf(withoutWordPress)("a WordPress that does not keep all it is sent", () => {
  let site: WordPress;
  beforeAll(async () => {
    site = await startWordPress({ plugins: { "rewriting.php": REWRITING } });
  });
  afterAll(async () => {
    await site?.stop();
    removeTempDirs();
  });

  const connection = (username: "admin" | "auth") => {
    const told = { platform: "wordpress", url: site.url, auth: "app-password", username };
    return { AINSTEIN_CONNECTION_WP: JSON.stringify({ ...told, password: site.users[username] }) };
  };
  const as = (username: "admin" | "auth"): Bench => bench({ env: connection(username) });
  const flags = (more = {}) => ({ target: ["wp"], ...more });
  const post = (slug: string) => `get_posts(['name' => '${slug}', 'post_status' => 'any'])[0]`;
  const contentOf = (slug: string) => site.php(`echo ${post(slug)}->post_content;`);
  const rewrite = (slug: string, from: string, to: string) =>
    site.php(
      `$post = ${post(slug)}; wp_update_post(wp_slash(['ID' => $post->ID,
        'post_content' => str_replace('${from}', '${to}', $post->post_content)]));`,
    );
  const ends = ({ results }: Ran) =>
    Object.fromEntries(results.map(({ path, status, fault }) => [path, fault?.code ?? status]));

  it("filters an Author's texts as is told", async () => {
    const cases = Buffer.from(JSON.stringify([...KEPT, ...REMOVED.map(([markup]) => markup)])).toString(
      "base64",
    );
    const code = `echo json_encode(array_map(fn($text) => str_replace(' />', '/>', wp_kses_post($text)) === $text,
      json_decode(base64_decode('${cases}'))));`;
    expect(JSON.parse(await site.php(code))).toEqual([...KEPT.map(() => true), ...REMOVED.map(() => false)]);
  });

  it("tells an Author beforehand, refuses such documents alone, and never pulls what it made of one", async () => {
    const operator = as("auth");
    const text = `---\ntitle: Frame\n---\n\nFirst words.\n\n${FRAME}\n\nLast words.\n`;
    operator.write("frame.md", text);
    operator.write("plain.md", "---\ntitle: Plain\n---\n\nFish & chips, `<iframe>` and all.\n");
    const shown = await operator.run(push, [], flags({ dryRun: true, planOut: "plan.json" }));
    const losses = [{ ...LOSS, line: 7 }];
    expect(shown.plan.steps.map((step) => [step.path, step.losses])).toEqual([
      ["frame.md", losses],
      ["plain.md", undefined],
    ]);
    expect([shown.exit, shown.summary.failed, shown.summary.writes]).toEqual([1, 1, 0]);
    const told = await operator.run(diff, ["frame.md"], flags());
    expect(told.exit).toBe(0);
    expect(told.out.join("\n")).toContain("! line 7: <iframe> is removed");

    const refused = await operator.run(apply, ["plan.json"]);
    expect([refused.exit, ends(refused)]).toEqual([1, { "frame.md": "lossy", "plain.md": "ok" }]);
    expect(refused.results[0]?.fault?.place).toMatchObject({ file: "frame.md", line: 7 });

    const sent = await operator.run(push, [], flags({ allowLossy: true }));
    expect([sent.exit, sent.results[0]]).toMatchObject([0, { status: "ok", losses }]);
    expect(await contentOf("frame")).not.toContain("iframe");
    await rewrite("frame", "Last words", "Final words");
    const unasked = await operator.run(sync, ["frame.md"], flags());
    expect([ends(unasked), operator.read("frame.md")]).toEqual([{ "frame.md": "lossy" }, text]);
    const merged = await operator.run(sync, ["frame.md"], flags({ allowLossy: true }));
    const both = text.replace("Last words", "Final words");
    expect([merged.exit, merged.summary.merged, operator.read("frame.md")]).toEqual([0, 1, both]);
    const after = await operator.run(sync, ["frame.md"], flags());
    expect([after.exit, after.summary.writes, operator.read("frame.md")]).toEqual([0, 0, both]);
  });

  it("fails where a plug-in rewrites a text, tells both versions, and waits until somebody settles it", async () => {
    const operator = as("admin");
    const text = "---\ntitle: Paint\n---\n\nSame.\n\nA colour of the sea.\n";
    operator.write("paint.md", text);
    operator.write("accepted.md", text.replace("Paint", "Accepted"));
    operator.write("tidy.md", '---\ntitle: T\n---\n\nTidy.\n\nA <a target="_blank" href="/x">link</a>.\n');
    operator.write("back.md", `---\ntitle: Back\n---\n\n${FRAME}\n`);
    const sent = await operator.run(push, [], flags());
    const first = { "paint.md": "not-kept", "accepted.md": "not-kept", "tidy.md": "ok", "back.md": "ok" };
    expect([sent.exit, ends(sent)]).toEqual([1, first]);
    const versions = (word: string) =>
      `<!-- wp:paragraph --> <p>A ${word} of the sea.</p> <!-- /wp:paragraph -->`;
    const both = { field: "body", sent: versions("colour"), kept: versions("color") };
    expect(sent.results.find(({ path }) => path === "paint.md")?.notKept).toEqual([both]);
    expect(await contentOf("tidy")).toMatch(/^\n[\s\S]*rel="noopener"/);

    for (const command of [push, sync]) {
      const again = await operator.run(command, ["paint.md", "tidy.md"], flags());
      expect([again.exit, again.summary.writes, again.summary.unchanged]).toEqual([0, 0, 1]);
      expect(ends(again)).toEqual({ "paint.md": "skipped" });
      expect(operator.read("paint.md")).toBe(text);
    }
    const told = await operator.run(diff, ["paint.md"], flags());
    expect(told.plan.steps[0]?.reason).toContain("did not keep body as sent");
    expect(told.out.join("\n")).toContain("[-color-]{+colour+}");

    operator.write("back.md", "---\ntitle: Back\n---\n\nPlain.\n");
    const accepted = await operator.run(push, ["accepted.md", "back.md"], flags({ allowLossy: true }));
    expect([accepted.exit, accepted.results[0]?.notKept]).toEqual([0, [both]]);
    const settled = await operator.run(sync, ["accepted.md"], flags());
    expect([settled.exit, settled.summary.writes, settled.summary.unchanged]).toEqual([0, 0, 1]);
    operator.write("accepted.md", text.replace("Paint", "Other title"));
    const retitled = await operator.run(push, ["accepted.md"], flags({ dryRun: true }));
    expect(retitled.plan.steps[0]?.changed).toEqual(["title"]);

    await rewrite("paint", "Same.", "The same.");
    const pulled = await operator.run(pull, ["paint.md"], flags());
    expect([pulled.exit, operator.read("paint.md")]).toEqual([0, text.replace("Same.", "The same.")]);

    // Of a run, what an Author may not put back is told before the undo sends anything.
    await site.php(
      `wp_update_post(['ID' => ${post("back")}->ID, 'post_author' => get_user_by('login', 'auth')->ID]);`,
    );
    Object.assign(operator.env, connection("auth"));
    const undone = await operator.run(undo, [accepted.summary.run, "back.md"], { dryRun: true });
    expect([undone.exit, undone.plan.steps[0]?.losses]).toEqual([1, [LOSS]]);
  });

  it("names a stranger as author, a parent that is nowhere and an unknown status before anything is sent", async () => {
    const operator = as("admin");
    operator.write(
      "ainstein.yaml",
      "content:\n  - { dir: pages, kind: page }\n  - { dir: posts, kind: post }\n",
    );
    const document = (front: string) => `---\ntitle: A title\n${front}---\n\nText.\n`;
    operator.write("posts/good.md", document(""));
    operator.write("posts/author.md", document("author: nobody-here\n"));
    operator.write("posts/archived.md", document("status: archived\n"));
    operator.write("pages/orphan.md", document("parent: nowhere\n"));
    operator.write("pages/above.md", document(""));
    operator.write("pages/child.md", document("parent: above\n"));
    const shown = await operator.run(push, [], flags({ dryRun: true }));
    expect(ends(shown)).toEqual({
      "pages/orphan.md": "unknown-parent",
      "posts/archived.md": "invalid-status",
      "posts/author.md": "invalid-author",
    });
    const sound = ["pages/above.md", "posts/good.md", "pages/child.md"];
    expect(shown.plan.steps.map(({ path }) => path)).toEqual(sound);
  });
});
