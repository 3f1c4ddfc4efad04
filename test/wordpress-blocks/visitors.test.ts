import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { push } from "../../src/commands/push.ts";
import { wordpressBlocks } from "../../src/content/markdown/format.ts";
import { bench, removeTempDirs } from "../commands/bench.ts";
import { sharedWordPress, withoutWordPress } from "../wordpress.ts";
import { CONSTRUCTS, CUTS, documentOf, uploads } from "./constructs.ts";
import { installedEditor } from "./installed.ts";

const TARGET = { target: ["wp"] };
/** A page break would leave what follows to the next page. */
const PAGE = [...CUTS.filter(({ markdown }) => markdown === "<!--more-->"), ...CONSTRUCTS];

/** A picture of one pixel, of another colour for each name. */
function gif(name: string): Buffer {
  const colour = Buffer.from(name.padEnd(3).slice(0, 3));
  return Buffer.concat([
    Buffer.from("47494638396101000100800000", "hex"),
    colour,
    Buffer.from("ffffff2c00000000010001000002024401003b", "hex"),
  ]);
}

afterAll(removeTempDirs);

describe.skipIf(withoutWordPress)("a document of all constructs", () => {
  it("is shown whole to visitors, opens without a fault in the editor, and is sent once", async () => {
    const { url, users, php } = await sharedWordPress();
    const connection = { platform: "wordpress", url, auth: "app-password", username: "admin" };
    const operator = bench({
      env: { AINSTEIN_CONNECTION_WP: JSON.stringify({ ...connection, password: users.admin }) },
    });
    operator.write("all-constructs.md", `---\ntitle: All constructs\n---\n\n${documentOf(PAGE)}`);
    for (const name of ["in", "a", "b", "c", "g1", "g2", "g3"]) {
      writeFileSync(join(operator.root, `${name}.gif`), gif(name));
    }
    const ran = await operator.run(publish, ["all-constructs.md"], TARGET);
    expect(ran.results.map(({ status, fault }) => [status, fault?.message])).toEqual([["ok", undefined]]);
    const [result] = ran.results;
    const answer = await fetch(`${url}/wp-json/wp/v2/posts/${result?.id}`);
    const { content } = (await answer.json()) as { content: { rendered: string } };
    for (const { shown } of PAGE) for (const text of shown) expect(content.rendered).toMatch(text);
    const stored = await php(`echo get_post(${result?.id})->post_content;`);
    expect(installedEditor().faults(stored)).toEqual([]);
    const again = await operator.run(push, ["all-constructs.md"], TARGET);
    expect(again.plan.steps).toEqual([]);
    expect(again.summary).toMatchObject({ writes: 0 });
  });

  it("loses to WordPress's filter for authors its check boxes and nothing else", async () => {
    const { php } = await sharedWordPress();
    const stored = [...CUTS, ...CONSTRUCTS].map(({ name, markdown }) => ({
      name,
      body: wordpressBlocks.encode(markdown, uploads),
    }));
    const bodies = Buffer.from(JSON.stringify(stored.map(({ body }) => body))).toString("base64");
    const kept = JSON.parse(
      await php(
        `echo json_encode(array_map(fn ($body) => wp_unslash(wp_filter_post_kses(wp_slash($body))), json_decode(base64_decode('${bodies}'))));`,
      ),
    ) as string[];
    const changed = stored.filter(({ body }, i) => !wordpressBlocks.same(body, kept[i] ?? ""));
    expect(changed.map(({ name }) => name)).toEqual(["tasks"]);
    const editor = installedEditor();
    expect(kept.flatMap((body) => editor.faults(body))).toEqual([]);
  });
});
