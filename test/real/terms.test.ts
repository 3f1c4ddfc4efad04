import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { type Bench, bench, type Ran, removeTempDirs } from "../commands/bench.ts";
import { type SharedWordPress, sharedWordPress, withoutWordPress } from "../wordpress.ts";

const TARGET = { target: ["wp"] };
const post = (front: string) => `---\n${front}\n---\n\nText.\n`;
const stepsOf = ({ plan }: Ran) => plan.steps.map(({ action, path }) => `${action} ${path}`);
const failuresOf = (ran: Ran) => ran.results.filter((result) => result.status !== "ok");

/** Names of its own, because others write to the same site. */
describe.skipIf(withoutWordPress)("terms of a real WordPress", () => {
  let wordpress: SharedWordPress;
  let operator: Bench;

  const tagsOf = (slug: string, taxonomy = "post_tag") =>
    wordpress.php(`$p = get_page_by_path('${slug}', OBJECT, 'post');
      echo implode('|', wp_get_object_terms($p->ID, '${taxonomy}', ['fields' => 'names', 'orderby' => 'term_id']));`);
  const count = () =>
    wordpress.php("echo wp_count_terms(['taxonomy' => ['post_tag', 'category'], 'hide_empty' => false]);");

  beforeAll(async () => {
    wordpress = await sharedWordPress();
    operator = bench({
      env: {
        AINSTEIN_CONNECTION_WP: JSON.stringify({
          platform: "wordpress",
          url: wordpress.url,
          auth: "app-password",
          username: "admin",
          password: wordpress.users.admin,
        }),
      },
    });
    await wordpress.php(`foreach (['Zofé Straße', 'Zalt & Pepper', 'Zoft'] as $name) wp_insert_term($name, 'post_tag');
      $z = wp_insert_term('Zecipes', 'category'); $s = wp_insert_term('Zhop', 'category');
      wp_insert_term('Zread', 'category', ['parent' => $z['term_id']]);
      wp_insert_term('Zread', 'category', ['parent' => $s['term_id']]);
      wp_insert_term('Zolls', 'category', ['parent' => $z['term_id']]);`);
  });

  afterAll(removeTempDirs);

  it("are taken where WordPress itself finds them, whatever their case, accents, white space or entities", async () => {
    const before = await count();
    operator.write(
      "z-one.md",
      post('title: Z one\ntags: ["ZOFE  STRASSE", zalt &amp; pepper, zoft]\ncategories: [Zolls]'),
    );
    operator.write(
      "z-two.md",
      post("title: Z two\ntags: [zofe-strase, zalt-pepper]\ncategories: [Zecipes/ZREAD]"),
    );
    const ran = await operator.run(publish, ["z-one.md", "z-two.md"], TARGET);
    expect(failuresOf(ran)).toEqual([]);
    expect(stepsOf(ran)).toEqual(["create z-one.md", "create z-two.md"]);
    expect(await tagsOf("z-one")).toBe("Zofé Straße|Zalt &amp; Pepper|Zoft");
    expect(await tagsOf("z-two")).toBe("Zofé Straße|Zalt &amp; Pepper");
    expect(await tagsOf("z-one", "category")).toBe("Zolls");
    expect(await count()).toBe(before);
    expect((await operator.run(push, [], TARGET)).summary).toMatchObject({ unchanged: 2, writes: 0 });
  });

  it("of one name are refused with both paths, and a new one below one of them is made there", async () => {
    operator.write("z-three.md", post("title: Z three\ncategories: [Zread]"));
    const refused = await operator.run(publish, ["z-three.md"], TARGET);
    expect(refused.results[0]?.fault?.message).toMatch(/Zecipes\/Zread, Zhop\/Zread/);
    operator.write("z-three.md", post("title: Z three\ncategories: [Zhop/Zread/Zye]"));
    const made = await operator.run(publish, ["z-three.md"], TARGET);
    expect(stepsOf(made)).toEqual(["term Zhop/Zread/Zye", "create z-three.md"]);
    const path = `$t = get_the_terms(get_page_by_path('z-three', OBJECT, 'post'), 'category')[0];
      echo get_term_parents_list($t->term_id, 'category', ['link' => false, 'separator' => '/']);`;
    expect(await wordpress.php(path)).toBe("Zhop/Zread/Zye/");
  });

  it("that were renamed or moved are told once, followed, and keep the file's words", async () => {
    await wordpress.php(`$t = get_term_by('name', 'Zoft', 'post_tag'); wp_update_term($t->term_id, 'post_tag', ['name' => 'Zentle', 'slug' => 'zentle']);
      wp_insert_term('Zoft', 'post_tag', ['slug' => 'zoft-new']);
      $z = get_term_by('name', 'Zolls', 'category'); wp_update_term($z->term_id, 'category', ['parent' => 0, 'name' => 'Zuns']);`);
    const told = await operator.run(push, [], TARGET);
    expect(told.plan.steps.map(({ action, reason }) => `${action}: ${reason}`).sort()).toEqual([
      'relink: renamed on the site to "Zentle"; files that say "zoft" mean it, not its new "Zoft" (slug zoft-new)',
      'relink: renamed on the site to "Zuns"; files that say "Zolls" mean it',
    ]);
    expect(told.summary).toMatchObject({ unchanged: 3, writes: 0 });
    expect((await operator.run(push, [], TARGET)).plan.steps).toEqual([]);
    await wordpress.php("wp_set_post_tags(get_page_by_path('z-one', OBJECT, 'post')->ID, ['Zadded'], true);");
    const before = operator.read("z-one.md");
    expect(failuresOf(await operator.run(pull, ["z-one.md"], TARGET))).toEqual([]);
    expect(operator.read("z-one.md")).toBe(before.replace(", zoft]", `, zoft, "Zadded"]`));
    operator.write("z-four.md", post("title: Z four\ntags: [Zoft]\ncategories: [Zolls]"));
    const later = await operator.run(publish, ["z-four.md"], TARGET);
    expect(stepsOf(later)).toEqual(["create z-four.md"]);
    expect([await tagsOf("z-four"), await tagsOf("z-four", "category")]).toEqual(["Zentle", "Zuns"]);
    expect((await operator.run(push, [], TARGET)).plan.steps).toEqual([]);
  });
});
