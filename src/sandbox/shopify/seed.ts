// What a new sandbox holds: a small shop that writes about tea. `{garden}` and `{cups}` stand for its two pictures.
import { articleCreate } from "./articles.ts";
import { makeBlog } from "./blogs.ts";
import { ALL_SCOPES, type Asking } from "./context.ts";
import { pageCreate } from "./pages.ts";
import { productCreate } from "./products.ts";
import { VERSIONS } from "./schema.ts";
import { newId, nowStamp, type ShopStore, stamp } from "./state.ts";

const GARDEN =
  "iVBORw0KGgoAAAANSUhEUgAAAUAAAAC0CAMAAADSOgUjAAAACVBMVEUAaUsvnXjY7uSfLDNpAAABIklEQVR42u3SwQ0AMAwCMZr9h84QlXhEvg2wSHq9XlMrAAECBAgQIECAAAECBAgQIECAAAECBAgQIECAAAECBAgQIECAAAECBAgQIECAAAECBAgQIECAAAECBAgQIECAAAECBAgQIECAAAECBAgQIECAAGuAJ1eNWwAECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAV4EdIu/AAIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAdZaqMDhAZEjDGkAAAAASUVORK5CYII=";
const CUPS =
  "iVBORw0KGgoAAAANSUhEUgAAAUAAAAC0CAMAAADSOgUjAAAACVBMVEXEXSzwsnr66NaaJfTtAAABIklEQVR42u3SwQ0AMAwCMZr9h84QlXhEvg2wSHq9XlMrAAECBAgQIECAAAECBAgQIECAAAECBAgQIECAAAECBAgQIECAAAECBAgQIECAAAECBAgQIECAAAECBAgQIECAAAECBAgQIECAAAECBAgQIECAAGuAJ1eNWwAECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAV4EdIu/AAIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAdZaqMDhAZEjDGkAAAAASUVORK5CYII=";

/** `daysAgo` below 0 is a date ahead; without one it is a draft. */
const ARTICLES = [
  {
    blog: "News",
    daysAgo: 21,
    title: "The first flush is here",
    body: `<p>Since this morning the <strong>first flush</strong> of the year is in our cellar.</p>
<p><img src="{garden}" alt="Rows of tea bushes"></p>
<h2>What to taste</h2>
<ul>
<li>Darjeeling, light and flowery</li>
<li>Assam, strong and malty</li>
</ul>`,
    summary: "<p>Fresh leaves from the spring harvest.</p>",
    tags: ["harvest", "news"],
    image: { url: "{garden}", altText: "A tea garden in the morning" },
    metafields: [
      { namespace: "custom", key: "reading_minutes", type: "number_integer", value: "3" },
      { namespace: "custom", key: "subtitle", type: "single_line_text_field", value: "Spring in a cup" },
    ],
  },
  {
    blog: "News",
    daysAgo: 9,
    title: "Open day in June",
    body: "<p>Come and see how tea is sorted. There will be cake.</p>",
    tags: ["events"],
  },
  {
    blog: "News",
    daysAgo: -30,
    title: "Winter opening hours",
    body: "<p>From December on we open at ten.</p>",
    tags: ["news"],
  },
  {
    blog: "Guides",
    daysAgo: 60,
    title: "How to brew green tea",
    body: `<ol>
<li>Heat water to 70 °C.</li>
<li>Pour it over the leaves.</li>
<li>Wait two minutes.</li>
</ol>
<p><img src="{cups}" alt="Two cups of green tea"></p>
<blockquote><p>Patience is the best kettle.</p></blockquote>`,
    tags: ["brewing", "green tea"],
    image: { url: "{cups}", altText: "Two cups" },
    metafields: [{ namespace: "custom", key: "reading_minutes", type: "number_integer", value: "5" }],
  },
  {
    blog: "Guides",
    title: "Storing tea",
    body: "<p>Dark, dry and away from the coffee. <em>Still a draft.</em></p>",
    tags: ["storage"],
  },
];

const PAGES = [
  { title: "About us", body: "<p>Two people, four hundred teas, one cat.</p>" },
  { title: "Contact", body: '<p>Write to <a href="mailto:tea@example.com">tea@example.com</a>.</p>' },
  {
    title: "Shipping",
    body: "<table><tbody><tr><td>Germany</td><td>2 days</td></tr><tr><td>France</td><td>4 days</td></tr></tbody></table>",
  },
];

const PRODUCT = {
  title: "Sencha",
  descriptionHtml: "<p>A green tea from Shizuoka, fresh and a little sweet.</p>",
  tags: ["green tea"],
  status: "ACTIVE",
  seo: { title: "Sencha from Shizuoka", description: "Green tea, fresh and a little sweet." },
} as const;

const DEFINITIONS = [
  { key: "reading_minutes", name: "Reading time", type: "number_integer", category: "NUMBER" },
  { key: "subtitle", name: "Subtitle", type: "single_line_text_field", category: "TEXT" },
];

const DAY_MS = 86_400_000;

/** `store.url` must be known. */
export function seed(store: ShopStore): void {
  const asking: Asking = {
    ...{ store, scopes: ALL_SCOPES, version: VERSIONS[0], spent: 0, wrote: false, warnings: [] },
    runMutation: () => "{}",
  };
  const pictures: Readonly<Record<string, string>> = {
    garden: picture(store, "tea-garden.png", GARDEN),
    cups: picture(store, "tea-cups.png", CUPS),
  };
  const filled = (text: string): string =>
    text.replace(/\{(garden|cups)\}/g, (_, name) => pictures[name] ?? "");
  for (const { key, name, type, category } of DEFINITIONS) {
    const id = newId(store, "MetafieldDefinition");
    const where = { ownerType: "ARTICLE", namespace: "custom" };
    store.definitions.push({ id, ...where, key, name, type, category, description: null });
  }
  const blogs: Readonly<Record<string, string>> = {
    News: makeBlog(store, "News").id,
    Guides: makeBlog(store, "Guides").id,
  };
  for (const { blog, daysAgo, image, body, ...fields } of ARTICLES) {
    const state =
      daysAgo === undefined
        ? { isPublished: false }
        : { publishDate: stamp(store.clock.now() - daysAgo * DAY_MS) };
    const shown = image === undefined ? {} : { image: { ...image, url: filled(image.url) } };
    const about = { blogId: blogs[blog] ?? null, author: { name: "Ada Sandbox" }, body: filled(body) };
    articleCreate({ article: { ...fields, ...about, ...state, ...shown } }, asking);
  }
  for (const page of PAGES) pageCreate({ page }, asking);
  productCreate({ product: PRODUCT }, asking);
}

/** Puts the bytes where the shop shows its files; their address. */
function picture(store: ShopStore, name: string, base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  const path = `/cdn/shop/files/${name}?v=1`;
  const now = nowStamp(store);
  const mimeType = "image/png";
  store.hosted.set(path, { mimeType, bytes, source: undefined });
  const id = newId(store, "MediaImage");
  const times = { createdAt: now, updatedAt: now, readyAt: store.clock.now() };
  const about = { kind: "MediaImage", name, alt: "", path, mimeType, size: bytes.byteLength } as const;
  store.files.set(id, { id, ...about, ...times, failure: undefined });
  return `${store.url}${path}`;
}
