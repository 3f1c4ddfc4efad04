// Custom fields of a real WordPress: registered meta, fields shown as ACF shows them, and an SEO plug-in's.
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWordPress, type WordPress } from "../../scripts/wordpress.mjs";
import { check } from "../../src/commands/check.ts";
import { fields } from "../../src/commands/fields.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { sync } from "../../src/commands/sync.ts";
import { type Bench, bench, type Ran, removeTempDirs } from "../commands/bench.ts";
import { withoutWordPress } from "../wordpress.ts";

const SHOP = `<?php
add_action('init', function () {
  $can = ['single' => true, 'show_in_rest' => true, 'auth_callback' => fn () => current_user_can('edit_posts')];
  foreach (['price' => 'number', 'stock' => 'integer', 'subtitle' => 'string', 'sale' => 'boolean'] as $key => $type)
    register_post_meta('', $key, ['type' => $type] + $can);
  register_post_meta('post', 'colour', ['type' => 'string', 'default' => 'red'] + $can);
  register_post_meta('post', 'starts', ['type' => 'integer'] + $can);
  register_post_meta('post', 'related', ['type' => 'integer'] + $can);
  register_post_meta('post', 'brochure', ['type' => 'integer'] + $can);
  register_post_meta('post', 'sizes', ['type' => 'string', 'show_in_rest' => true, 'single' => false]);
  register_post_meta('post', 'dimensions', ['type' => 'object', 'single' => true, 'show_in_rest' => ['schema' => [
    'type' => 'object', 'properties' => ['w' => ['type' => 'integer'], 'h' => ['type' => 'integer']],
    'additionalProperties' => false]]]);
  foreach (['_yoast_wpseo_title', '_yoast_wpseo_metadesc'] as $key)
    register_post_meta('', $key, ['type' => 'string'] + $can);
});
add_action('rest_api_init', function () {
  $hero = ['type' => ['object', 'null'], 'properties' => ['title' => ['type' => ['string', 'null']], 'big' => ['type' => ['boolean', 'null']]]];
  $day = ['type' => ['string', 'null'], 'description' => 'A \`Ymd\` formatted date string.'];
  register_rest_field('post', 'acf', [
    'schema' => ['type' => 'object', 'properties' => ['hero' => $hero, 'opened' => $day, 'rows' => ['type' => ['array', 'null']]]],
    'get_callback' => function ($post) {
      $all = [];
      foreach (['hero', 'opened', 'rows'] as $key) $all[$key] = get_post_meta($post['id'], "acf_$key", true) ?: null;
      return $all;
    },
    'update_callback' => function ($values, $post) {
      foreach ($values as $key => $value) update_post_meta($post->ID, "acf_$key", $value);
    },
  ]);
});`;

const SECOND = `<?php
add_action('init', function () {
  foreach (['badge', 'note'] as $key)
    register_post_meta('post', $key, ['type' => 'string', 'single' => true, 'show_in_rest' => true]);
});`;

const CONFIG = `targets: [wp]
content: [{ dir: ., kind: post }]
fields:
  cost: meta.price
  from: { to: meta.starts, type: date }
  see: { to: meta.related, type: reference }
  leaflet: { to: meta.brochure, type: image }
timezone: Europe/Vienna
`;

const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

const TARGET = { target: ["wp"] };

describe.skipIf(withoutWordPress)("custom fields of a WordPress", () => {
  let wordpress: WordPress;
  let operator: Bench;

  beforeAll(async () => {
    wordpress = await startWordPress({ plugins: { "shop.php": SHOP, "second.php": SECOND } });
    const { url, users } = wordpress;
    const connection = { platform: "wordpress", url, auth: "app-password", username: "admin" };
    const env = { AINSTEIN_CONNECTION_WP: JSON.stringify({ ...connection, password: users.admin }) };
    operator = bench({ env });
    operator.write("ainstein.yaml", CONFIG);
    operator.write("leaflet.png", PIXEL);
    operator.write("other.md", "---\ntitle: Other\n---\n\nText.\n");
    operator.write(
      "lamp.md",
      `---
title: Lamp
cost: 19.5   # gross
from: 2026-07-01 09:00
leaflet: ./leaflet.png
meta:
  # counted by hand
  stock: 3
  subtitle: "Bright & warm"
  sale: true
  sizes: [S, M]
  dimensions: { w: 3, h: 4 }
acf:
  hero: { title: Big, big: true }
  opened: 2026-02-03
seo: { title: A lamp }
---

Text.
`,
    );
  });
  afterAll(async () => {
    await wordpress?.stop();
    removeTempDirs();
  });

  const php = (slug: string, code: string) =>
    wordpress.php(`$p = get_page_by_path('${slug}', OBJECT, 'post'); ${code}`);
  const metaOf = async (slug: string) => {
    const code = "$m = []; foreach (get_post_meta($p->ID) as $k => $v) $m[$k] = $v; echo json_encode($m);";
    return JSON.parse(await php(slug, code)) as Record<string, string[]>;
  };
  const edit = (path: string, from: string, to: string) => {
    const text = operator.read(path);
    if (!text.includes(from)) throw new Error(`${path} does not say ${from}`);
    operator.write(path, text.replace(from, to));
  };
  const faults = (ran: Ran) =>
    [ran.fault, ...ran.results.map(({ fault }) => fault)].filter((f) => f !== undefined);
  const settled = async () => {
    const ran = await operator.run(status, [], { ...TARGET, checksum: true });
    expect(faults(ran)).toEqual([]);
    expect(ran.plan.steps).toEqual([]);
  };

  it("hold what front matter says, each in its type, and a second push sends nothing", async () => {
    const ran = await operator.run(publish, [], TARGET);
    expect(faults(ran)).toEqual([]);
    expect(ran.summary).toMatchObject({ created: 2, verified: 2 });
    const meta = await metaOf("lamp");
    expect(meta).toMatchObject({
      price: ["19.5"],
      stock: ["3"],
      subtitle: ["Bright & warm"],
      sale: ["1"],
      sizes: ["S", "M"],
      starts: [String(Date.parse("2026-07-01T07:00:00Z") / 1000)],
      acf_opened: ["20260203"],
      _yoast_wpseo_title: ["A lamp"],
    });
    expect(
      await php(
        "lamp",
        "echo json_encode([get_post_meta($p->ID, 'dimensions', true), get_post_meta($p->ID, 'acf_hero', true)]);",
      ),
    ).toBe('[{"w":3,"h":4},{"title":"Big","big":true}]');
    expect(await php("lamp", "echo get_post_mime_type((int) get_post_meta($p->ID, 'brochure', true));")).toBe(
      "image/png",
    );
    await settled();
    expect((await operator.run(push, [], TARGET)).summary.writes).toBe(0);
  });

  it("come back into the place the operator has them in, and merge one by one", async () => {
    await php(
      "lamp",
      `update_post_meta($p->ID, 'stock', 2); update_post_meta($p->ID, 'starts', ${Date.parse("2026-12-01T08:30:00Z") / 1000});
       update_post_meta($p->ID, '_yoast_wpseo_metadesc', 'It shines'); update_post_meta($p->ID, 'related', get_page_by_path('other', OBJECT, 'post')->ID);
       wp_update_post(['ID' => $p->ID]);`,
    );
    edit("lamp.md", "19.5", "20");
    edit("lamp.md", "Bright & warm", "Bright");
    const ran = await operator.run(sync, [], TARGET);
    expect(faults(ran)).toEqual([]);
    expect(ran.summary).toMatchObject({ merged: 1, conflicts: 0 });
    const file = operator.read("lamp.md");
    expect(file).toContain("cost: 20   # gross\nfrom: 2026-12-01 09:30\n");
    expect(file).toContain(
      'meta:\n  # counted by hand\n  stock: 2\n  subtitle: "Bright"\n  sale: true\n  sizes: [S, M]\n',
    );
    expect(file).toContain("seo: { title: A lamp, description: It shines }\n");
    expect(file).toContain("see: other\n");
    expect(await metaOf("lamp")).toMatchObject({ price: ["20"], subtitle: ["Bright"], stock: ["2"] });
    await settled();
  });

  it("are cleared when their key goes, and what the file never had stays", async () => {
    await php(
      "lamp",
      "update_post_meta($p->ID, 'colour', 'blue'); update_post_meta($p->ID, 'foreign', 'x');",
    );
    edit("lamp.md", "  sale: true\n", "");
    edit("lamp.md", "  opened: 2026-02-03\n", "");
    const ran = await operator.run(push, [], TARGET);
    expect(faults(ran)).toEqual([]);
    const meta = await metaOf("lamp");
    expect(meta).toMatchObject({ colour: ["blue"], foreign: ["x"], stock: ["2"] });
    expect(meta).not.toHaveProperty("sale");
    expect(await php("lamp", "echo json_encode(get_post_meta($p->ID, 'acf_opened', true));")).toMatch(
      /^(""|null)$/,
    );
  });

  it("are refused with file and line before anything is sent, where the site would not take them", async () => {
    const before = operator.read("other.md");
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ["meta: { stock: many }", "field-value", /meta\.stock.*a number/],
      ["meta: { stock: 1.5 }", "field-value", /meta\.stock.*int/],
      ["meta: { dimensions: { w: wide } }", "field-value", /meta\.dimensions.*w:/],
      ["from: whenever", "date", /not a date/],
      ["meta: { stok: 1 }", "lossy", /Did you mean `meta\.stock`\?/],
    ];
    const files = cases.map(([line], n) => {
      operator.write(`wrong-${n}.md`, `---\ntitle: Wrong\n${line}\n---\n\nText.\n`);
      return `wrong-${n}.md`;
    });
    operator.write("other.md", before.replace("title: Other\n", "title: Changed\nmeta: { stok: 1 }\n"));
    const ran = await operator.run(push, [], TARGET);
    expect(ran.summary).toMatchObject({ writes: 0, created: 0, updated: 0 });
    expect(ran.exit).not.toBe(0);
    const told = new Map(faults(ran).map((fault) => [fault.place?.file, fault]));
    for (const [n, [line, code, message]] of cases.entries()) {
      expect(told.get(`wrong-${n}.md`), line).toMatchObject({ code, place: { line: 3 } });
      expect(told.get(`wrong-${n}.md`)?.message, line).toMatch(message);
    }
    expect(told.get("other.md")).toMatchObject({ code: "lossy", place: { line: 3 } });
    for (const file of files) rmSync(join(operator.root, file));
    operator.write("ainstein.yaml", CONFIG.replace("cost: meta.price", "price: prize"));
    operator.write("other.md", before.replace("title: Other\n", "title: Other\nprice: 1\n"));
    const [unknown] = faults(await operator.run(push, ["other.md"], TARGET));
    expect(unknown).toMatchObject({ code: "unknown-field", place: { file: "other.md", line: 3 } });
    expect(unknown?.hint).toContain("`meta.price`");
    operator.write("other.md", before);
    operator.write("ainstein.yaml", CONFIG);
  });

  it("are shown, and proposed for keys of the same name and values that fit", async () => {
    operator.write("vase.md", "---\ntitle: Vase\nStock: 4\nsub_title: Blue\ncolour: [a]\n---\n\nText.\n");
    const { out, fault } = await operator.run(fields, ["wp", "post"], { save: true });
    expect(fault).toBeUndefined();
    expect(out.join("\n")).toMatch(/meta\.colour\ttext\t\t\tcustom field/);
    expect(out.join("\n")).toMatch(/seo\.title \(meta\._yoast_wpseo_title\)\ttext\t\t\tYoast SEO/);
    expect(operator.read("ainstein.yaml")).toContain("  Stock: meta.stock\n  sub_title: meta.subtitle\n");
    expect(operator.read("ainstein.yaml")).not.toContain("colour");
    operator.write("vase.md", "---\ntitle: Vase\nStock: 4.5\n---\n\nText.\n");
    const checked = await operator.run(check);
    expect(checked.exit).toBe(2);
    expect(checked.out.join("\n")).toMatch(/vase\.md:3 .*error: `Stock`: .*int/);
    rmSync(join(operator.root, "vase.md"));
    operator.write("ainstein.yaml", CONFIG);
  });

  it("that a plug-in takes with it are one fault and no change on either side, until it is back", async () => {
    operator.write(
      "badge.md",
      "---\ntitle: Badge\nmeta:\n  badge: new\n  note: here\n  stock: 1\n---\n\nText.\n",
    );
    expect(faults(await operator.run(publish, ["badge.md"], TARGET))).toEqual([]);
    const plugin = join(wordpress.dir, "site/wp-content/mu-plugins/second.php");
    renameSync(plugin, `${plugin}.off`);
    edit("badge.md", "badge: new", "badge: mine");
    edit("badge.md", "stock: 1", "stock: 7");
    await php(
      "badge",
      "update_post_meta($p->ID, 'note', 'there'); wp_update_post(['ID' => $p->ID, 'post_excerpt' => 'E']);",
    );
    const off = await operator.run(sync, [], TARGET);
    expect(faults(off)).toMatchObject([{ code: "field-unreachable" }]);
    expect(faults(off)[0]?.message).toMatch(/meta\.badge, meta\.note now, which 1 document has/);
    expect(off.exit).toBe(1);
    expect(off.summary).toMatchObject({ merged: 1, conflicts: 0 });
    expect(operator.read("badge.md")).toContain("badge: mine\n  note: here\n  stock: 7");
    expect(operator.read("badge.md")).toContain("excerpt: E");
    expect(await metaOf("badge")).toMatchObject({ badge: ["new"], note: ["there"], stock: ["7"] });
    const again = await operator.run(sync, [], TARGET);
    expect(again.plan.steps).toEqual([]);
    expect(faults(again)).toMatchObject([{ code: "field-unreachable" }]);
    renameSync(`${plugin}.off`, plugin);
    const back = await operator.run(sync, [], TARGET);
    expect(faults(back)).toEqual([]);
    expect(back.exit).toBe(0);
    expect(operator.read("badge.md")).toContain("badge: mine\n  note: there\n  stock: 7");
    expect(await metaOf("badge")).toMatchObject({ badge: ["mine"], note: ["there"] });
    await settled();
  });

  it("that a plug-in brings are nobody's edit, and a key that is mapped then is sent and stays in its file", async () => {
    operator.write("tall.md", "---\ntitle: Tall\nheight: 3\n---\n\nText.\n");
    expect(faults(await operator.run(publish, ["tall.md"], TARGET))).toEqual([]);
    writeFileSync(
      join(wordpress.dir, "site/wp-content/mu-plugins/third.php"),
      `<?php
add_action('init', function () {
  $can = ['single' => true, 'show_in_rest' => true];
  register_post_meta('post', 'height', ['type' => 'number'] + $can);
  register_post_meta('post', 'shade', ['type' => 'string', 'default' => 'grey'] + $can);
  register_taxonomy('room', 'post', ['public' => true, 'show_in_rest' => true]);
});`,
    );
    await settled();
    operator.write("ainstein.yaml", CONFIG.replace("  cost:", "  height: meta.height\n  cost:"));
    const before = operator.read("tall.md");
    expect((await operator.run(pull, [], TARGET)).summary).toMatchObject({ pulled: 0, skipped: 1 });
    expect(operator.read("tall.md")).toBe(before);
    const ran = await operator.run(push, [], TARGET);
    expect(ran.summary).toMatchObject({ updated: 1, conflicts: 0, skipped: 0 });
    expect(await metaOf("tall")).toMatchObject({ height: ["3"] });
    await settled();
    await php(
      "tall",
      "update_post_meta($p->ID, 'shade', 'blue'); wp_update_post(['ID' => $p->ID, 'post_excerpt' => 'E']);",
    );
    await operator.run(pull, [], TARGET);
    expect(operator.read("tall.md")).toContain("shade: blue");
  });
});
