// Pages that a person can read, from files as well as from a web server. Pure.
import type { Element, Root } from "hast";
import { fromHtml } from "hast-util-from-html";
import { toHtml } from "hast-util-to-html";
import { sha256Hex } from "../../lib/hash.ts";
import type { EntryRecord } from "./record.ts";

export interface Page {
  readonly record: EntryRecord;
  /** Below public/, with `/`. */
  readonly path: string;
  readonly siteTitle: string;
  /** In the site's time zone, as visitors read it; "" for an entry without one. */
  readonly date: string;
  readonly tags: readonly string[];
  /** Comes back as `digestOf`, and tells whether the page must be made again. */
  readonly digest: string;
}

/** First bytes of every page of ours, before its digest. */
const MARK = '<!doctype html>\n<meta charset="utf-8"><meta name="ainstein-page" content="';

/** Bodies are the operator's own HTML; no script of theirs or of a stranger's runs in a page. */
const POLICY =
  "default-src 'none'; img-src 'self' file: data: http: https:; media-src 'self' file: https:; style-src 'unsafe-inline'; frame-src https:";

const STYLE = `
:root{color-scheme:light dark;--ink:#22262b;--soft:#667079;--line:#dfe3e6;--paper:#fff;--accent:#0b5cad}
@media(prefers-color-scheme:dark){:root{--ink:#e4e7ea;--soft:#9aa4ad;--line:#363d44;--paper:#16191c;--accent:#7ab8f5}}
body{margin:0 auto;padding:2rem 1.25rem 4rem;max-width:42rem;font:1.05rem/1.65 system-ui,sans-serif;color:var(--ink);background:var(--paper);overflow-wrap:break-word}
a{color:var(--accent)}h1,h2,h3{line-height:1.25}img{max-width:100%;height:auto;border-radius:4px}
header.site{border-bottom:1px solid var(--line);padding-bottom:.75rem;margin-bottom:2rem}
header.site a{font-weight:600;color:inherit;text-decoration:none}
.meta{color:var(--soft);font-size:.9rem;margin:.25rem 0}.tag{border:1px solid var(--line);border-radius:1rem;padding:.05rem .6rem;margin-right:.3rem}
ul.entries{list-style:none;padding:0}ul.entries>li{padding:1rem 0;border-bottom:1px solid var(--line);overflow:hidden}
ul.entries h2{font-size:1.2rem;margin:0}ul.entries img{float:right;width:7rem;height:5rem;object-fit:cover;margin-left:1rem}ul.entries p{margin:.25rem 0}
pre{overflow:auto;padding:1rem;background:color-mix(in srgb,var(--line) 35%,transparent);border-radius:4px;font-size:.9rem}
table{border-collapse:collapse;display:block;overflow:auto}td,th{border:1px solid var(--line);padding:.35rem .7rem}
blockquote{margin-left:0;padding-left:1rem;border-left:3px solid var(--line);color:var(--soft)}
`.trim();

/** Where visitors find the entry, below public/. Long names are cut; a hash keeps them apart. */
export function pagePath(record: EntryRecord, scope: string): string {
  const folder = record.locale === "" ? record.kind : `${record.kind}-${record.locale}`;
  const parts = [folder, ...(scope === "" ? [] : scope.split("/")), record.fields.slug];
  return `${parts.map(fileName).join("/")}.html`;
}

export function entryPage(page: Page): string {
  const { fields, kind } = page.record;
  const up = "../".repeat(page.path.split("/").length - 1);
  const image =
    fields.image === null
      ? ""
      : `<p><img src="${escaped(address(fields.image.src, up))}" alt="${escaped(fields.image.alt)}"></p>`;
  const data =
    kind === "entry" && Object.keys(fields.meta).length > 0
      ? `<pre>${escaped(JSON.stringify(fields.meta, null, 2))}</pre>`
      : "";
  const content = [
    `<article dir="auto"${page.record.locale === "" ? "" : ` lang="${escaped(page.record.locale)}"`}>`,
    `<h1>${escaped(fields.title)}</h1>`,
    aboutLine(page),
    image,
    `<div class="body" dir="auto">${shown(fields.body, up)}</div>`,
    data,
    "</article>",
  ];
  const title = fields.seo.title ?? `${fields.title} · ${page.siteTitle}`;
  const description = fields.seo.description ?? fields.excerpt;
  return frame({ title, description, home: `${up}index.html`, page, content: content.join("\n") });
}

/** One row of the front page. */
export function indexRow(page: Page): string {
  const { fields } = page.record;
  const href = page.path.split("/").map(encodeURIComponent).join("/");
  const image = fields.image === null ? "" : `<img src="${escaped(address(fields.image.src, ""))}" alt="">`;
  const excerpt = fields.excerpt === "" ? "" : `<p>${escaped(fields.excerpt)}</p>`;
  const title = `<h2><a href="${escaped(href)}" dir="auto">${escaped(fields.title)}</a></h2>`;
  return `<li>${image}${title}${aboutLine(page)}${excerpt}</li>`;
}

export function indexPage(siteTitle: string, rows: readonly string[]): string {
  const content =
    rows.length === 0
      ? "<p>Nothing is published yet.</p>"
      : `<ul class="entries">\n${rows.join("\n")}\n</ul>`;
  const page = { siteTitle, digest: "index" };
  return frame({ title: siteTitle, description: "", home: "index.html", page, content });
}

/** The digest that a page was made with; undefined for a file that is none of ours. */
export function digestOf(start: string): string | undefined {
  return start.startsWith(MARK) ? start.slice(MARK.length).split('"', 1)[0] : undefined;
}

/** How many bytes of a file `digestOf` needs. */
export const DIGEST_BYTES = MARK.length + 64;

function frame(parts: {
  readonly title: string;
  readonly description: string;
  readonly home: string;
  readonly page: Pick<Page, "siteTitle" | "digest">;
  readonly content: string;
}): string {
  const { title, description, home, page, content } = parts;
  const about = description === "" ? "" : `<meta name="description" content="${escaped(description)}">\n`;
  return `${MARK}${escaped(page.digest)}">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(title)}</title>
${about}<style>${STYLE}</style>
<header class="site"><a href="${home}">${escaped(page.siteTitle)}</a></header>
<main>
${content}
</main>
`;
}

function aboutLine(page: Page): string {
  const { author } = page.record.fields;
  const words = [page.date, author === "" ? "" : `by ${author}`].filter((word) => word !== "").map(escaped);
  const tags = page.tags.map((tag) => `<span class="tag">${escaped(tag)}</span>`);
  const line = [words.join(" · "), tags.join("")].filter((part) => part !== "").join(" ");
  return line === "" ? "" : `<p class="meta">${line}</p>`;
}

/** The body, its elements closed and its images found from the page's own directory. */
function shown(body: string, up: string): string {
  try {
    const root = fromHtml(body, { fragment: true });
    point(root, up);
    return toHtml(root);
  } catch {
    // Nested deeper than the stack goes: the text is still worth showing, and the entry itself is stored.
    return `<pre>${escaped(body)}</pre>`;
  }
}

function point(node: Root | Element, up: string): void {
  node.children = node.children.filter(
    (child) => child.type !== "element" || !["base", "meta", "link", "script"].includes(child.tagName),
  ) as typeof node.children;
  for (const child of node.children) {
    if (child.type !== "element") continue;
    const { src } = child.properties;
    if (typeof src === "string") child.properties.src = address(src, up);
    point(child, up);
  }
}

function address(src: string, up: string): string {
  return src.startsWith("media/") ? up + src : src;
}

/** A slug as the name of a file: at most 120 bytes in UTF-8. */
function fileName(slug: string): string {
  if (Buffer.byteLength(slug) <= 120) return slug;
  let end = 0;
  let bytes = 0;
  for (const character of slug) {
    bytes += Buffer.byteLength(character);
    if (bytes > 100) break;
    end += character.length;
  }
  return `${slug.slice(0, end)}-${sha256Hex(slug).slice(0, 12)}`;
}

function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "amp",
    "<": "lt",
    ">": "gt",
    '"': "quot",
    "'": "#39",
  };
  return text.replace(/[&<>"']/g, (character) => `&${names[character] ?? ""};`);
}
