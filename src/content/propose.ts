import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { JsonObject } from "../lib/json.ts";
import { nameParts } from "./path.ts";
import { parseSource } from "./source.ts";
import { walkTree } from "./tree.ts";

export type Generator = "hugo" | "jekyll" | "astro" | "plain";

/** A first `ainstein.yaml` for a directory, and what it rests on. */
export interface Proposal {
  readonly generator: Generator;
  readonly documents: number;
  /** Files that could not be read; `check` says why. */
  readonly unread: number;
  readonly rules: readonly {
    readonly dir: string;
    readonly kind: string;
    readonly path: string | undefined;
  }[];
  /** Key in the files -> field, or false for keys that stay in the file. */
  readonly fields: Readonly<Record<string, string | false>>;
  /** Keys that mean nothing to us, with the number of files that have them. */
  readonly unknown: Readonly<Record<string, number>>;
}

interface Seen {
  readonly path: string;
  readonly fields: JsonObject;
}

const MARKS: readonly (readonly [Generator, readonly string[]])[] = [
  ["hugo", ["hugo.toml", "hugo.yaml", "hugo.json", "archetypes", "config/_default"]],
  ["jekyll", ["_config.yml", "_config.yaml", "_posts"]],
  ["astro", ["astro.config.mjs", "astro.config.ts", "astro.config.js", "src/content"]],
];

/** Names of directories that say what is in them. */
const POSTS = /^_?(posts?|blog|news|journal|articles?|notes|stories|drafts|aktuelles|actualites)$/i;
const PAGES = /^_?(pages?|seiten)$/i;

/** Fields that every platform understands, and our own keys. */
const KNOWN = new Set(
  "title slug status protected draft date excerpt tags categories author image locale translationKey seo kind".split(
    " ",
  ),
);
const RENAMED: readonly (readonly [field: string, keys: readonly string[]])[] = [
  ["excerpt", ["summary", "description", "teaser", "abstract"]],
  [
    "image",
    [
      "cover",
      "thumbnail",
      "hero",
      "heroImage",
      "featured_image",
      "featuredImage",
      "featured-image",
      "coverImage",
      "banner",
    ],
  ],
  ["date", ["pubDate", "publishDate", "pubDatetime", "published_at", "datePublished"]],
  ["locale", ["lang", "language"]],
  ["tags", ["keywords", "tag"]],
  ["categories", ["category"]],
];
/** What generators keep in front matter for themselves. */
const LOCAL = new Set(
  `layout weight aliases type toc math mermaid menu cascade outputs lastmod updated updatedDate modified last_modified_at
  expiryDate comments sitemap resources featured pinned redirect_from redirect_to nav_order permalink url linkTitle
  showToc showDate showReadingTime sidebar sidebar_position id hidden published build _build headless markup
  canonicalURL canonical_url ogImage robots params`.split(/\s+/),
);

export async function proposeConfig(root: string): Promise<Proposal> {
  const { files } = await walkTree(root, {
    ignore: [
      "README.md",
      "CHANGELOG.md",
      "CONTRIBUTING.md",
      "LICENSE.md",
      "archetypes/",
      "themes/",
      "vendor/",
      "_site/",
    ],
    wanted: (path) => /\.(md|markdown)$/i.test(path),
  });
  const seen: Seen[] = [];
  let unread = 0;
  for (const file of files) {
    try {
      seen.push({ path: file.path, fields: parseSource(await readFile(file.absolute), file.path).fields });
    } catch {
      unread += 1;
    }
  }
  const generator = await generatorOf(root);
  const rules = rulesFor(generator, seen);
  return { generator, documents: seen.length, unread, rules, ...fieldsFor(seen) };
}

/** The proposal as the text of an `ainstein.yaml`, with what a person needs to know to change it. */
export function proposalText(proposal: Proposal, targets: readonly string[]): string {
  const local = Object.entries(proposal.fields).filter(([, field]) => field === false);
  const renamed = Object.entries(proposal.fields).filter(([, field]) => field !== false);
  const unknown = Object.entries(proposal.unknown);
  const lines = [
    "# What ainstein-cms does with this directory. Paths are relative to this file.",
    "",
    "# The only connections that this content may be written to.",
    targets.length === 0 ? "# targets: [my-site]" : yaml({ targets: [...targets] }),
    "",
    "# Which directory holds which kind of content; the first that fits a file counts. Kinds have the site's names:",
    "# what is a post at WordPress is an article at Shopify.",
    yaml({
      content: proposal.rules.map(({ dir, kind, path }) => ({
        dir,
        kind,
        ...(path === undefined ? {} : { path }),
      })),
    }),
  ];
  if (Object.keys(proposal.fields).length > 0) {
    lines.push("", "fields:");
    if (renamed.length > 0)
      lines.push("  # Your keys for fields that the site has.", indented(Object.fromEntries(renamed)));
    if (local.length > 0) lines.push("  # These stay in the files.", indented(Object.fromEntries(local)));
  }
  lines.push(
    "",
    "# Keys that the site has no field for: refuse the document, warn and leave them out, or keep them local without a word.",
  );
  for (const [key, count] of unknown)
    lines.push(`#   ${JSON.stringify(key)} is in ${count} file${count === 1 ? "" : "s"}`);
  lines.push("unknownFields: warn", "");
  return lines.join("\n");
}

async function generatorOf(root: string): Promise<Generator> {
  for (const [generator, marks] of MARKS) {
    for (const mark of marks) {
      if (await stat(join(root, mark)).catch(() => undefined)) return generator;
    }
  }
  // A Hugo site of an older kind: config.toml beside content/.
  const old = await Promise.all(
    ["config.toml", "content"].map((name) => stat(join(root, name)).catch(() => undefined)),
  );
  return old.every((found) => found !== undefined) ? "hugo" : "plain";
}

function rulesFor(generator: Generator, seen: readonly Seen[]): Proposal["rules"] {
  const base = generator === "hugo" ? "content/" : generator === "astro" ? "src/content/" : "";
  const groups = new Map<string, Seen[]>();
  for (const file of seen) {
    if (!file.path.startsWith(base)) continue;
    const below = file.path.slice(base.length).split("/");
    const dir = below.length === 1 ? base.replace(/\/$/, "") || "." : `${base}${below[0]}`;
    groups.set(dir, [...(groups.get(dir) ?? []), file]);
  }
  const above = base.replace(/\/$/, "") || ".";
  for (const [dir, files] of groups) {
    // `about/index.md` alone is one page of the directory above, not a section.
    const page =
      files.length === 1 && /^_?index\.(md|markdown)$/i.test(files[0]?.path.slice(dir.length + 1) ?? "");
    if (!page || dir === above) continue;
    groups.delete(dir);
    groups.set(above, [...(groups.get(above) ?? []), ...files]);
  }
  const only = groups.size === 1;
  const rules = [...groups].map(([dir, files]) => ({
    dir,
    kind: kindOf(dir, files, only),
    path: templateOf(dir, files),
  }));
  // The directory above the others comes last, because the first rule that fits counts.
  rules.sort((a, b) => depth(b.dir) - depth(a.dir) || (a.dir < b.dir ? -1 : 1));
  return rules.length > 0 ? rules : [{ dir: base.replace(/\/$/, "") || ".", kind: "post", path: undefined }];
}

function depth(dir: string): number {
  return dir === "." ? 0 : dir.split("/").length;
}

function kindOf(dir: string, files: readonly Seen[], only: boolean): string {
  const name = dir.split("/").at(-1) ?? "";
  if (POSTS.test(name)) return "post";
  if (PAGES.test(name)) return "page";
  const dated = files.filter((file) => nameParts(file.path).date !== undefined || dateKey(file.fields));
  return dated.length * 2 > files.length || (only && dir === ".") ? "post" : "page";
}

function dateKey(fields: JsonObject): boolean {
  return ["date", ...(RENAMED.find(([field]) => field === "date")?.[1] ?? [])].some((key) =>
    Object.hasOwn(fields, key),
  );
}

/** How new files are named, when most of the old ones are not just `slug.md`. */
function templateOf(dir: string, files: readonly Seen[]): string | undefined {
  const below = files.map((file) => (dir === "." ? file.path : file.path.slice(dir.length + 1)));
  const most = (matches: (path: string) => boolean) => below.filter(matches).length * 2 > below.length;
  const bundles = most((path) => /[^/]+\/index\.(md|markdown)$/.test(path));
  const dated = most((path) => nameParts(path).date !== undefined);
  const name = dated ? "{date}-{slug}" : "{slug}";
  if (bundles) return `${name}/index.md`;
  return dated ? `${name}.md` : undefined;
}

function fieldsFor(seen: readonly Seen[]): Pick<Proposal, "fields" | "unknown"> {
  const counts = new Map<string, number>();
  for (const { fields } of seen) {
    for (const key of Object.keys(fields)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const fields: Record<string, string | false> = {};
  for (const [field, keys] of RENAMED) {
    const used = keys
      .filter((key) => counts.has(key))
      .sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
    // One document cannot have two keys for one field: the most used one gets it.
    const free = counts.has(field) ? undefined : used[0];
    for (const key of used) fields[key] = key === free ? field : false;
  }
  const unknown: Record<string, number> = {};
  for (const [key, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (KNOWN.has(key) || Object.hasOwn(fields, key)) continue;
    if (LOCAL.has(key)) fields[key] = false;
    else unknown[key] = count;
  }
  return { fields, unknown };
}

function yaml(value: object): string {
  return stringify(value, { lineWidth: 0 }).trimEnd();
}

function indented(value: object): string {
  return yaml(value).replace(/^/gm, "  ");
}
