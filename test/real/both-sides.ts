// Many documents with pictures, edited in the files and in the CMS at once, on a WordPress that can be put back.
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "../commands/bench.ts";

type Php = (code: string) => Promise<string>;

/** The site as it is now, kept under a name and put back as often as wanted. Files of uploads stay, unreferred to. */
export async function saveSite(php: Php, name: string): Promise<() => Promise<void>> {
  const tables = "['posts', 'postmeta', 'terms', 'termmeta', 'term_taxonomy', 'term_relationships']";
  await php(`global $wpdb; foreach (${tables} as $t) {
    $wpdb->query("DROP TABLE IF EXISTS {$wpdb->$t}_${name}");
    $wpdb->query("CREATE TABLE {$wpdb->$t}_${name} AS SELECT * FROM {$wpdb->$t}");
  }`);
  return async () => {
    await php(`global $wpdb; foreach (${tables} as $t) {
      $wpdb->query("DELETE FROM {$wpdb->$t}");
      $wpdb->query("INSERT INTO {$wpdb->$t} SELECT * FROM {$wpdb->$t}_${name}");
    } wp_cache_flush();`);
  };
}

/** A picture of its own for each number: a PNG may be followed by anything. */
export function picture(n: number): Uint8Array {
  const pixel =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  return Buffer.concat([Buffer.from(pixel, "base64"), Buffer.from([n])]);
}

/** Distinct pictures of `writeMany`. */
export const PICTURES = 5;

const nameOf = (n: number) => `entry-${String(n).padStart(3, "0")}`;

function textOf(n: number, name: string): string {
  const paragraphs = Array.from({ length: 5 }, (_, at) => `Paragraph *${at + 1}* of ${name}.`);
  const tags = `tags: [bread, n${n % 3}]`;
  const image = `![P](images/p${n % PICTURES}.png)`;
  return `---\ntitle: ${name}   # ours\nstatus: published\n${tags}\n---\n\n${[image, ...paragraphs].join("\n\n")}\n`;
}

/** So many posts; each shows one of the pictures. */
export function writeMany(operator: Bench, count: number): void {
  for (let n = 0; n < PICTURES; n += 1) operator.write(`images/p${n}.png`, picture(n));
  for (let n = 0; n < count; n += 1) operator.write(`${nameOf(n)}.md`, textOf(n, nameOf(n)));
}

/** A sixth of the files each: the text, the text where the site's is edited too, and the tags. */
export function editFiles(operator: Bench, count: number): void {
  for (let n = 0; n < count; n += 1) {
    const path = `${nameOf(n)}.md`;
    const edit = (from: string, to: string) => operator.write(path, operator.read(path).replace(from, to));
    if (n % 6 === 0 || n % 6 === 2) edit("Paragraph *2*", "Mine *2*");
    if (n % 6 === 4) edit("bread", "bread, mine");
  }
}

/** Two new files, one with a new picture, and one file less. */
export function addAndRemove(operator: Bench): void {
  operator.write("images/new.png", picture(99));
  operator.write("new-0.md", textOf(0, "new-0").replace("images/p0.png", "images/new.png"));
  operator.write("new-1.md", textOf(1, "new-1"));
  rmSync(join(operator.root, `${nameOf(3)}.md`));
}

/** As a person in the CMS: a sixth each of texts, texts that the files edit too, and titles; one entry to the trash. */
export async function editSite(php: Php, count: number): Promise<void> {
  await php(`for ($n = 0; $n < ${count}; $n += 1) {
    $p = get_page_by_path(sprintf('entry-%03d', $n), OBJECT, 'post');
    if ($n % 6 === 1 || $n % 6 === 2) wp_update_post(['ID' => $p->ID,
      'post_content' => wp_slash(str_replace('<em>4</em>', '<em>four</em>', $p->post_content))]);
    if ($n % 6 === 4) wp_update_post(['ID' => $p->ID, 'post_title' => $p->post_title . ' there']);
    if ($n === 9) wp_trash_post($p->ID);
  }`);
}

/** The same numbers for the same seed (mulberry32), each at least 0 and below 1. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
