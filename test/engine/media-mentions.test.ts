import { describe, expect, it } from "vitest";
import { mentionedIds } from "../../src/engine/media-mentions.ts";

describe("uploads that a text names by number", () => {
  it.each([
    ["a block", '<!-- wp:image {"id":12,"sizeSlug":"large"} -->', ["12"]],
    ["a block of several", '<!-- wp:gallery {"ids":[12,13],"linkTo":"none"} -->', ["12", "13"]],
    ["ids as text", '<!-- wp:gallery {"ids":["12","13"]} -->', ["12", "13"]],
    ["a block's own name for it", '<!-- wp:media-text {"mediaId":12,"mediaWidth":40} -->', ["12", "40"]],
    ["a gallery", '[gallery columns="3" ids="12, 13"]', ["12", "13"]],
    ["a gallery's other name for them", '[gallery include="12,13"]', ["12", "13"]],
    [
      "a page builder",
      '[vc_single_image image="12" img_size="full"][x bg_images="13,14"]',
      ["12", "13", "14"],
    ],
    ["another one", "[et_pb_image image_id='12']", ["12"]],
    ["without quotes", "[caption id=12]", ["12"]],
    ["an attribute of markup", '<ul data-ids="12,13" data-id="14">', ["12", "13", "14"]],
    ["JSON in an attribute", '<div data-s="{&quot;image&quot;:{&quot;id&quot;:12}}">', ["12"]],
    ["no upload", '<td width="640" colspan="2">In 2026, see 12: 5</td> <!-- wp:heading {"level":3} -->', []],
  ])("%s", (_, text, ids) => {
    expect(mentionedIds(text)).toEqual(ids);
    expect(mentionedIds(JSON.stringify({ body: text }))).toEqual(ids);
  });
});
