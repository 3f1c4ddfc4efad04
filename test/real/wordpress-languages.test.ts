import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWordPress, type WordPress } from "../../scripts/wordpress.mjs";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "../commands/bench.ts";
import { openWordPress } from "../fakes/wordpress-client.ts";
import { LANGUAGE_PLUGINS } from "../fakes/wordpress-languages.ts";
import { withoutWordPress } from "../wordpress.ts";

/** All of it for each plug-in; otherwise for one, and of the others that nothing is hidden. */
const FULL = process.env.AINSTEIN_SWEEP !== undefined;
const TARGET = { target: ["wp"] };
const YAML = 'locale: en\ncontent: [{ dir: "{locale}/posts", kind: post }]\n';
const doc = (title: string, front = "") => `---\ntitle: ${title}\n${front}---\n\n${title}, the text.\n`;

/** The plug-in that the documentation has, active where the option `shown` says so. */
function documentedPlugin(): string {
  const page = readFileSync(new URL("../../docs/languages.md", import.meta.url), "utf8");
  const code = /```php\n<\?php\n(.*?)```/s.exec(page)?.[1];
  if (code === undefined) throw new Error("docs/languages.md has no plug-in");
  return `<?php\nif (!get_option('shown')) return;\n${code}`;
}

interface Stored {
  readonly ID: number;
  readonly lang: string;
  readonly slug: string;
  readonly text: string;
  readonly modified: string;
  readonly group: number;
}

/** The plug-ins are imitated: what is real is WordPress, its API, and the plug-in of the documentation. */
describe.skipIf(withoutWordPress)("a WordPress in several languages (imitated plug-ins)", () => {
  let wordpress: WordPress;
  let operator: Bench;

  const stored = async () =>
    JSON.parse(
      await wordpress.php(`echo json_encode(array_map(fn($p) => ['ID' => $p->ID, 'lang' => im_lang($p->ID), 'slug' => $p->post_name,
        'text' => $p->post_content, 'modified' => $p->post_modified_gmt, 'group' => im_group($p->ID)],
        get_posts(['numberposts' => -1, 'post_type' => 'post', 'post_status' => 'any', 'orderby' => 'ID', 'order' => 'ASC', 'suppress_filters' => true])));`),
    ) as readonly Stored[];
  const inLang = async (lang: string): Promise<Stored> => {
    const [only, ...others] = (await stored()).filter((post) => post.lang === lang);
    if (only === undefined || others.length > 0) throw new Error(`not one post in ${lang}`);
    return only;
  };
  const trashed = async () => Number(await wordpress.php('echo wp_count_posts("post")->trash;'));
  const site = async (imitates: string, shown: boolean) => {
    await wordpress.php(
      `update_option('imitates', '${imitates}'); update_option('shown', ${shown ? 1 : 0}); delete_option('im_silent'); delete_option('im_deaf');
      global $wpdb; foreach ($wpdb->get_col("SELECT ID FROM $wpdb->posts WHERE post_type IN ('post', 'page')") as $id) wp_delete_post($id, true);`,
    );
  };
  const done = (ran: Ran) => {
    expect(ran.fault).toBeUndefined();
    expect(ran.results.filter((result) => result.status !== "ok")).toEqual([]);
    return ran;
  };

  const causeOf = (ran: Ran) =>
    ran.fault ?? ran.events.flatMap((event) => (event.type === "fault" ? event.fault : []))[0];

  beforeAll(async () => {
    const plugins = { "a-languages.php": LANGUAGE_PLUGINS, "b-ainstein-languages.php": documentedPlugin() };
    wordpress = await startWordPress({ plugins });
  });
  beforeEach(() => {
    const { url, users } = wordpress;
    const account = { auth: "app-password", username: "admin", password: users.admin };
    operator = bench({
      env: { AINSTEIN_CONNECTION_WP: JSON.stringify({ platform: "wordpress", url, ...account }) },
    });
    operator.write("ainstein.yaml", YAML);
    operator.write("en/posts/about.md", doc("About"));
  });
  afterAll(async () => {
    await wordpress?.stop();
    removeTempDirs();
  });

  const sites: readonly (readonly [string, boolean, string, boolean])[] = [
    ["polylang-pro", false, "about", true],
    ["wpml", true, "about", FULL],
    ...(FULL ? [["polylang", true, "ueber-uns", FULL] as const] : []),
  ];
  it.each(sites)(
    "%s: every language goes up, comes down and changes by itself",
    async (imitates, shown, slug, whole) => {
      await site(imitates, shown);
      operator.write(`de/posts/${slug}.md`, doc("Über uns", `translationKey: /{locale}/posts/about.md\n`));
      const first = done(await operator.run(publish, [], TARGET));
      expect(first.summary).toMatchObject({ created: 2, verified: 2 });
      const [en, de] = [await inLang("en"), await inLang("de")];
      expect([en.slug, de.slug]).toEqual(["about", slug]);
      expect(de.group).toBe(en.group);
      const empty = operator.elsewhere(tempDir("root"));
      empty.write("ainstein.yaml", YAML);
      done(await empty.run(pull, [], TARGET));
      expect(empty.read(`de/posts/${slug}.md`)).toContain("Über uns, the text.");
      expect(empty.read("en/posts/about.md")).toContain("About, the text.");
      expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);
      if (!whole) return;
      const again = await operator.elsewhere().run(publish, [], TARGET);
      expect(again.summary).toMatchObject({ created: 0, updated: 0, unchanged: 2, writes: 0 });

      operator.write(
        `de/posts/${slug}.md`,
        operator.read(`de/posts/${slug}.md`).replace("text", "neue Text"),
      );
      const pushed = done(await operator.run(push, [], TARGET));
      expect(pushed.plan.steps).toMatchObject([{ action: "update", locale: "de", id: String(de.ID) }]);
      expect((await inLang("de")).text).toContain("neue");
      expect(await inLang("en")).toEqual(en);

      await wordpress.php(
        `wp_update_post(['ID' => ${de.ID}, 'post_content' => '<!-- wp:paragraph --><p>Von dort.</p><!-- /wp:paragraph -->']);`,
      );
      const pulled = done(await operator.run(pull, [], TARGET));
      expect(pulled.plan.steps).toMatchObject([
        { action: "pull", path: `de/posts/${slug}.md`, locale: "de" },
      ]);
      expect(operator.read(`de/posts/${slug}.md`)).toContain("Von dort.");
      expect(await inLang("en")).toEqual(en);
    },
  );

  it("a listing in one language that holds another one's entries is no listing: nothing is sent", async () => {
    await site("polylang-pro", false);
    await wordpress.php(
      "$id = wp_insert_post(['post_title' => 'Eins', 'post_status' => 'publish']); update_post_meta($id, '_lang', 'de'); update_option('im_deaf', 1);",
    );
    const ran = await operator.run(publish, [], TARGET);
    expect(causeOf(ran)?.code).toBe("wordpress.languages-mixed");
    expect(await stored()).toHaveLength(1);
  });

  it("a create is found again in its own language alone, whatever the other languages have under its slug", async () => {
    await site("polylang-pro", false);
    const { connector } = openWordPress(wordpress.api, "admin", wordpress.users.admin);
    const draft = (locale: string) => ({ key: locale, kind: "post", locale, scope: "", slug: "faq" });
    const wire = { title: "FAQ", status: "published", body: "" };
    const [en, de] = [
      { ...draft("en"), wire },
      { ...draft("de"), wire },
    ];
    const intents = [await connector.prepare(en), await connector.prepare(de)] as const;
    const made = await connector.create(en, {
      ...(intents[0] as JsonObject),
      dateGmt: "2026-01-02T03:04:05",
    });
    const lost = { ...(intents[1] as JsonObject), dateGmt: "2026-01-02T03:04:05" };
    expect(await connector.find(de, lost)).toBeUndefined();
    const second = await connector.create({ ...de, translationOf: made.id }, lost);
    expect(second).toMatchObject({ locale: "de", slug: "faq", group: made.group });
    expect((await connector.find(de, lost))?.id).toBe(second.id);
    expect((await connector.find(en, lost))?.id).toBe(made.id);
    expect(await trashed()).toBe(0);
  });

  it.each([
    ["polylang", /Polylang/],
    ["wpml", /WPML/],
  ])(
    "%s by itself hides what is in which language: refused with the cause, and nothing is sent",
    async (imitates, name) => {
      await site(imitates, false);
      const ran = await operator.run(publish, [], TARGET);
      const fault = ran.fault ?? ran.results.find((result) => result.fault !== undefined)?.fault;
      const notices = ran.events.flatMap((event) => (event.type === "notice" ? event.message : []));
      expect(fault?.code ?? notices.join()).toContain("languages-unsupported");
      expect(fault?.message).toMatch(name);
      expect(fault?.hint).toContain("docs/languages.md");
      expect(await stored()).toEqual([]);
    },
  );

  it("a site whose slugs are unique over all languages refuses a second one before it is sent", async () => {
    await site("polylang", true);
    operator.write("de/posts/about.md", doc("Über uns"));
    const ran = await operator.run(publish, [], TARGET);
    expect(ran.summary).toMatchObject({ created: 1 });
    expect(ran.results.find((result) => result.status !== "ok")?.fault).toMatchObject({ code: "slug-taken" });
    expect([(await stored()).length, await trashed()]).toEqual([1, 0]);
  });

  it("entries of before the plug-in keep their files, whatever language they got, and none is listed as gone", async () => {
    await site("", false);
    operator.write("de/posts/about.md", doc("Über uns"));
    const both = await operator.run(publish, [], TARGET);
    expect(both.results.map(({ fault }) => fault?.code)).toEqual(["same-identity", "same-identity"]);
    expect(both.summary).toMatchObject({ created: 0, writes: 0 });
    rmSync(join(operator.root, "de/posts/about.md"));
    operator.write("de/posts/ueber-uns.md", doc("Über uns"));
    done(await operator.run(publish, [], TARGET));
    await wordpress.php(
      `update_option('imitates', 'polylang-pro'); global $wpdb;
      foreach ($wpdb->get_results("SELECT ID, post_name FROM $wpdb->posts WHERE post_type = 'post'") as $p) update_post_meta($p->ID, '_lang', $p->post_name === 'about' ? 'en' : 'de');`,
    );
    expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);
    operator.write("de/posts/ueber-uns.md", doc("Über uns", "excerpt: Kurz\n"));
    const ran = done(await operator.run(push, [], TARGET));
    expect(ran.plan.steps).toMatchObject([{ action: "update", locale: "de" }]);
    expect(await stored()).toHaveLength(2);
  });

  it("entries that have no language are listed beside those that have one", async () => {
    await site("polylang-pro", false);
    await wordpress.php(
      "update_option('im_silent', 1); wp_insert_post(['post_title' => 'Mute', 'post_name' => 'mute', 'post_status' => 'publish']); delete_option('im_silent');",
    );
    done(await operator.run(publish, [], TARGET));
    const empty = operator.elsewhere(tempDir("root"));
    empty.write("ainstein.yaml", YAML);
    const ran = done(await empty.run(pull, [], TARGET));
    expect(ran.plan.steps.map(({ slug, locale }) => [slug, locale]).toSorted()).toEqual([
      ["about", "en"],
      ["mute", ""],
    ]);
  });
});
