// A site of every construct, and readers of what two kinds of sites hold that share nothing with what moves it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type DefaultTreeAdapterMap, parseFragment } from "parse5";
import { sha256Hex } from "../../src/lib/hash.ts";

type Php = (code: string) => Promise<string>;
type Node = DefaultTreeAdapterMap["childNode"];

/** One entry as any site would tell it: no ids, no addresses, no markup. */
export interface Told {
  readonly kind: string;
  readonly slug: string;
  readonly title: string;
  readonly status: string;
  /** ISO 8601 in UTC; "" for what has none that counts. */
  readonly date: string;
  readonly excerpt: string;
  readonly tags: readonly string[];
  readonly categories: readonly string[];
  readonly parent: string;
  readonly sticky: boolean;
  /** SHA-256 of the picture. */
  readonly image: string;
  /** Every letter that a reader sees. */
  readonly text: string;
  /** SHA-256 of each picture in turn. */
  readonly pictures: readonly string[];
  /** Slugs of entries, with fragments, and addresses elsewhere. */
  readonly links: readonly string[];
  readonly elements: string;
}

const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

/** Empties the site and fills it with entries of every kind, state and construct. */
export async function fillWordPress(php: Php): Promise<void> {
  await emptyWordPress(php);
  await php(`
    update_option('timezone_string', 'Europe/Vienna');
    update_option('permalink_structure', '/%year%/%postname%/'); flush_rewrite_rules();
    require_once ABSPATH . 'wp-admin/includes/image.php';
    $upload = function ($name, $alt, $more) {
      $up = wp_upload_bits($name, null, base64_decode('${PIXEL}') . $more);
      $id = wp_insert_attachment(['post_mime_type' => 'image/png', 'post_title' => $name, 'post_status' => 'inherit'], $up['file']);
      wp_update_attachment_metadata($id, wp_generate_attachment_metadata($id, $up['file']));
      update_post_meta($id, '_wp_attachment_image_alt', $alt);
      return [$id, $up['url']];
    };
    [$cover, $coverUrl] = $upload('Küche.png', 'Our “kitchen”', 'a');
    [$inner, $innerUrl] = $upload('inner.png', '', 'b');
    $recipes = wp_insert_term('Recipes', 'category')['term_id'];
    $bread = wp_insert_term('Bread', 'category', ['parent' => $recipes])['term_id'];
    $rye = wp_insert_term('Rye & Spelt', 'category', ['parent' => $bread])['term_id'];
    $add = function ($fields) { return wp_insert_post(wp_slash($fields + ['post_status' => 'publish', 'post_author' => 1]), true); };
    $p = fn ($text) => "<!-- wp:paragraph -->\\n<p>$text</p>\\n<!-- /wp:paragraph -->";
    $about = $add(['post_type' => 'page', 'post_title' => 'About', 'post_name' => 'about', 'post_content' => $p('Who we are.')]);
    $team = $add(['post_type' => 'page', 'post_title' => 'Team', 'post_name' => 'team', 'post_parent' => $about, 'post_content' => $p('Up: <a href="' . get_permalink($about) . '">about</a>.')]);
    $add(['post_type' => 'page', 'post_title' => 'History', 'post_name' => 'history', 'post_parent' => $team, 'post_status' => 'private', 'post_content' => $p('Long ago.')]);
    $old = $add(['post_title' => 'Old & gold', 'post_name' => 'old', 'post_date' => '2011-07-01 09:30:15', 'post_content' => "Classic text.\\n\\nWith <em>two</em> paragraphs."]);
    $body = [
      $p('First with <strong>bold</strong>, <a href="https://example.org/?a=1&amp;b=2">elsewhere</a>, <a href="' . get_permalink($old) . '#part">older</a> and caf\u{e9} \u{1f600}.'),
      '<!-- wp:more -->' . "\\n<!--more-->\\n" . '<!-- /wp:more -->',
      "<!-- wp:heading -->\\n<h2 class=\\"wp-block-heading\\">Head</h2>\\n<!-- /wp:heading -->",
      "<!-- wp:list {\\"ordered\\":true,\\"start\\":3} -->\\n<ol start=\\"3\\" class=\\"wp-block-list\\"><!-- wp:list-item -->\\n<li>three</li>\\n<!-- /wp:list-item -->\\n\\n<!-- wp:list-item -->\\n<li>four</li>\\n<!-- /wp:list-item --></ol>\\n<!-- /wp:list -->",
      "<!-- wp:quote -->\\n<blockquote class=\\"wp-block-quote\\">" . $p('Said.') . "</blockquote>\\n<!-- /wp:quote -->",
      "<!-- wp:code -->\\n<pre class=\\"wp-block-code\\"><code>a &lt; b\\n  &amp;&amp; c</code></pre>\\n<!-- /wp:code -->",
      "<!-- wp:table -->\\n<figure class=\\"wp-block-table\\"><table><thead><tr><th>Flour</th><th>g</th></tr></thead><tbody><tr><td>Rye</td><td>500</td></tr></tbody></table></figure>\\n<!-- /wp:table -->",
      "<!-- wp:image {\\"id\\":$inner,\\"sizeSlug\\":\\"full\\"} -->\\n<figure class=\\"wp-block-image size-full\\"><img src=\\"$innerUrl\\" alt=\\"Inner\\" class=\\"wp-image-$inner\\"/></figure>\\n<!-- /wp:image -->",
      "<!-- wp:separator -->\\n<hr class=\\"wp-block-separator has-alpha-channel-opacity\\"/>\\n<!-- /wp:separator -->",
      "<!-- wp:acme/box {\\"depth\\":2} -->\\n<div class=\\"acme\\">Unknown <b>box</b></div>\\n<!-- /wp:acme/box -->",
      "<!-- wp:shortcode -->\\n[gallery ids=\\"1,2\\"]\\n<!-- /wp:shortcode -->",
    ];
    $every = $add(['post_title' => 'Every “construct”', 'post_name' => 'every', 'post_excerpt' => 'All of it, in short', 'post_date' => '2024-03-31 01:59:00', 'post_content' => implode("\\n\\n", $body)]);
    wp_set_post_terms($every, [$rye, $recipes], 'category'); wp_set_post_terms($every, ['R & D', 'Café', 'a/b'], 'post_tag');
    set_post_thumbnail($every, $cover); stick_post($every);
    $add(['post_title' => 'Soon', 'post_name' => 'soon', 'post_status' => 'future', 'post_date' => '2041-10-27 03:30:00', 'post_content' => $p('Later: <a href="' . get_permalink($every) . '">every</a>.')]);
    $draft = $add(['post_title' => 'Not yet', 'post_name' => 'not-yet', 'post_status' => 'draft', 'post_content' => $p('Half.')]);
    wp_set_post_terms($draft, ['Café'], 'post_tag');
    $add(['post_title' => 'For review', 'post_name' => 'review', 'post_status' => 'pending', 'post_content' => $p('Please.')]);
    $ring = $add(['post_title' => '日本', 'post_name' => '日本', 'post_content' => 'x']);
    wp_update_post(wp_slash(['ID' => $ring, 'post_content' => $p('Round: <a href="' . get_permalink($ring) . '">self</a>, <img src="' . $coverUrl . '" alt="again"/>')]));
  `);
}

/** Without content, terms and uploads, as on the first day. */
export async function emptyWordPress(php: Php): Promise<void> {
  await php(`foreach (get_posts(['numberposts' => -1, 'post_type' => ['post', 'page', 'attachment'], 'post_status' => ['any', 'trash', 'auto-draft']]) as $p) wp_delete_post($p->ID, true);
    foreach (['post_tag', 'category'] as $x) foreach (get_terms(['taxonomy' => $x, 'hide_empty' => false]) as $t) if ($t->term_id !== (int) get_option('default_category')) wp_delete_term($t->term_id, $x);
    update_option('sticky_posts', []);`);
}

interface Raw {
  readonly kind: string;
  readonly slug: string;
  readonly title: string;
  readonly status: string;
  readonly date: string;
  readonly excerpt: string;
  readonly tags: readonly string[];
  readonly categories: readonly string[];
  readonly parent: string;
  readonly sticky: boolean;
  readonly image: string;
  readonly body: string;
  readonly url: string;
}

const STATES: Readonly<Record<string, string>> = { publish: "published", future: "scheduled" };

export async function toldByWordPress(php: Php): Promise<readonly Told[]> {
  const raw = JSON.parse(
    await php(`$out = []; $args = ['numberposts' => -1, 'post_type' => ['post', 'page'], 'post_status' => ['publish', 'future', 'draft', 'private', 'pending']];
    foreach (get_posts($args) as $p) {
      $names = fn ($x) => array_map(fn ($t) => html_entity_decode(trim(get_term_parents_list($t->term_id, $x, ['link' => false, 'separator' => '/']), '/')), wp_get_object_terms($p->ID, $x));
      $out[] = ['kind' => $p->post_type, 'slug' => urldecode($p->post_name), 'title' => html_entity_decode($p->post_title), 'status' => $p->post_status,
        'date' => str_replace(' ', 'T', $p->post_date_gmt) . 'Z', 'excerpt' => $p->post_excerpt, 'tags' => wp_list_pluck(wp_get_object_terms($p->ID, 'post_tag'), 'name'), 'categories' => $p->post_type === 'post' ? $names('category') : [],
        'parent' => $p->post_parent ? get_page_uri($p->post_parent) : '', 'sticky' => is_sticky($p->ID), 'image' => get_the_post_thumbnail_url($p->ID, 'full') ?: '', 'body' => $p->post_content, 'url' => get_permalink($p)];
    } echo json_encode($out);`),
  ) as readonly Raw[];
  const bytes = async (address: string) =>
    sha256Hex(new Uint8Array(await (await fetch(address)).arrayBuffer()));
  const entries = raw.map((entry) => ({
    ...entry,
    status: STATES[entry.status] ?? entry.status,
    tags: entry.tags.map((name) => name.replaceAll("&amp;", "&")),
    categories: entry.categories.filter((path) => path !== "Uncategorized"),
  }));
  return told(entries, bytes);
}

interface LocalRecord {
  readonly id: string;
  readonly kind: string;
  readonly fields: Readonly<Record<string, unknown>> & {
    readonly parent: string | null;
    readonly image: { readonly src: string } | null;
    readonly body: string;
    readonly slug: string;
    readonly date: string | null;
    readonly tags?: readonly string[];
    readonly categories?: readonly string[];
  };
}

/** From the files of a local site. */
export async function toldByLocal(site: string): Promise<readonly Told[]> {
  const read = <T>(path: string) => JSON.parse(readFileSync(join(site, path), "utf8")) as T;
  const records = readdirSync(join(site, "entries")).map((name) => read<LocalRecord>(`entries/${name}`));
  const paths = (taxonomy: string) => {
    const terms = read<readonly { id: string; name: string; parent: string | null }[]>(
      `terms/${taxonomy}.json`,
    );
    const path = (id: string | null): string => {
      const term = terms.find((candidate) => candidate.id === id);
      return term === undefined ? "" : [path(term.parent), term.name].filter((part) => part !== "").join("/");
    };
    return path;
  };
  const [tag, category] = [paths("tags"), paths("categories")];
  const slugPath = (id: string | null): string => {
    const record = records.find((candidate) => candidate.id === id);
    return record === undefined
      ? ""
      : [slugPath(record.fields.parent), record.fields.slug].filter((part) => part !== "").join("/");
  };
  const raw = records.map(({ id, kind, fields }) => ({
    ...({ title: "", excerpt: "", status: "draft", sticky: false, ...fields } as unknown as Raw),
    kind,
    date: fields.date ?? "",
    tags: (fields.tags ?? []).map(tag),
    categories: (fields.categories ?? []).map(category),
    parent: slugPath(fields.parent ?? null),
    image: fields.image?.src ?? "",
    url: addressOf(site, kind, slugPath(id)),
  }));
  const bytes = async (address: string) => sha256Hex(readFileSync(join(site, "public", address)));
  return told(raw, bytes);
}

/** Where the local platform says that an entry is. */
function addressOf(site: string, kind: string, path: string): string {
  return `file://${site}/public/${kind}/${path}/`;
}

async function told(
  raw: readonly Raw[],
  bytes: (address: string) => Promise<string>,
): Promise<readonly Told[]> {
  const at = (address: string) =>
    decodeURI(address)
      .replace(/(index)?(\.html)?$|\/$/, "")
      .replace(/\/$/, "");
  const slugs = new Map(raw.map(({ url, slug }) => [at(url), slug]));
  const list: Told[] = [];
  for (const { body, ...entry } of raw) {
    const seen = {
      text: "",
      pictures: [] as string[],
      links: [] as string[],
      elements: new Map<string, number>(),
    };
    for (const node of parseFragment(body).childNodes) look(node, seen);
    const links = seen.links.map((href) => {
      const [address = "", fragment] = href.split("#");
      const slug = slugs.get(at(address));
      return slug === undefined
        ? href
        : [`entry:${slug}`, ...(fragment === undefined ? [] : [fragment])].join("#");
    });
    const dated = ["published", "scheduled", "private"].includes(entry.status);
    const { kind, slug, title, status, excerpt, parent, sticky } = entry;
    list.push({
      ...{ kind, slug, title, status, excerpt, parent, sticky },
      date: dated ? new Date(entry.date).toISOString() : "",
      tags: entry.tags.toSorted(),
      categories: entry.categories.toSorted(),
      image: entry.image === "" ? "" : await bytes(entry.image),
      text: seen.text.replace(/\s+/g, ""),
      pictures: await Promise.all(seen.pictures.map(bytes)),
      links,
      elements: [...seen.elements].sort().join(" "),
    });
  }
  return list.toSorted((a, b) =>
    `${a.kind}/${a.parent}/${a.slug}` < `${b.kind}/${b.parent}/${b.slug}` ? -1 : 1,
  );
}

/** Elements that readers can tell apart; wrappers are each site's own. */
const COUNTED = new Set([
  "h2",
  "li",
  "blockquote",
  "code",
  "td",
  "th",
  "img",
  "a",
  "hr",
  "strong",
  "em",
  "b",
]);

interface Seen {
  text: string;
  readonly pictures: string[];
  readonly links: string[];
  readonly elements: Map<string, number>;
}

function look(node: Node, seen: Seen): void {
  if ("value" in node) seen.text += node.value;
  if (!("tagName" in node)) return;
  const attribute = (name: string) => node.attrs.find((candidate) => candidate.name === name)?.value ?? "";
  if (node.tagName === "img") seen.pictures.push(attribute("src"));
  if (node.tagName === "a") seen.links.push(attribute("href"));
  if (COUNTED.has(node.tagName)) seen.elements.set(node.tagName, (seen.elements.get(node.tagName) ?? 0) + 1);
  for (const child of node.childNodes) look(child, seen);
}
