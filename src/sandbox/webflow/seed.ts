// What a new sandbox holds: the collections of a blog, and, where they are wanted, a few items.
import { createItems, publishItems } from "./items.ts";
import { addCollection, type Collection, newId, primaryOf, type SiteStore } from "./state.ts";

export interface Blog {
  readonly posts: Collection;
  readonly authors: Collection;
  readonly topics: Collection;
}

/** Named and shaped as Webflow's own blog template has them, with a field of each type. */
export function addBlog(store: SiteStore): Blog {
  const authors = addCollection(store, "authors", { displayName: "Authors", singularName: "Author" }, [
    { slug: "bio", type: "RichText", displayName: "Bio" },
    { slug: "picture", type: "Image", displayName: "Picture" },
    { slug: "email", type: "Email", displayName: "Email" },
  ]);
  const topics = addCollection(store, "topics", { displayName: "Topics", singularName: "Topic" }, []);
  const formats = ["Article", "Interview", "Recipe"].map((name) => ({ name, id: newId() }));
  const posts = addCollection(store, "posts", { displayName: "Blog Posts", singularName: "Blog Post" }, [
    { slug: "post-body", type: "RichText", displayName: "Post Body" },
    { slug: "post-summary", type: "PlainText", displayName: "Post Summary" },
    { slug: "main-image", type: "Image", displayName: "Main Image" },
    { slug: "gallery", type: "MultiImage", displayName: "Gallery" },
    { slug: "published-date", type: "DateTime", displayName: "Published Date" },
    { slug: "author", type: "Reference", displayName: "Author", validations: { collectionId: authors.id } },
    { slug: "tags", type: "MultiReference", displayName: "Tags", validations: { collectionId: topics.id } },
    { slug: "format", type: "Option", displayName: "Format", validations: { options: formats } },
    { slug: "featured", type: "Switch", displayName: "Featured?" },
    { slug: "reading-minutes", type: "Number", displayName: "Reading time in minutes" },
    { slug: "color", type: "Color", displayName: "Color" },
    { slug: "source", type: "Link", displayName: "Source" },
    { slug: "contact", type: "Email", displayName: "Contact" },
    { slug: "phone", type: "Phone", displayName: "Phone" },
    { slug: "film", type: "VideoLink", displayName: "Film" },
    { slug: "leaflet", type: "File", displayName: "Leaflet" },
    { slug: "side-note", type: "RichText", displayName: "Side note" },
  ]);
  return { posts, authors, topics };
}

const PICTURE =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** `store.url` must be known. */
export function seed(store: SiteStore, { posts, authors, topics }: Blog): void {
  const path = `/files/${store.site.id}/${newId()}_tea-garden.png`;
  store.hosted.set(path, { type: "image/png", bytes: Buffer.from(PICTURE, "base64") });
  const [author = ""] = put(store, authors, [
    { name: "Ada Sandbox", slug: "ada-sandbox", bio: "<p>Tastes and writes.</p>" },
  ]);
  const [harvest = "", brewing = ""] = put(store, topics, [
    { name: "Harvest", slug: "harvest" },
    { name: "Brewing", slug: "brewing" },
  ]);
  put(store, posts, [
    {
      name: "The first flush is here",
      slug: "first-flush",
      "post-body":
        "<p>Since this morning the <strong>first flush</strong> of the year is in our cellar.</p><h2>What to taste</h2><ul><li>Darjeeling, light and flowery</li><li>Assam, strong and malty</li></ul>",
      "post-summary": "Fresh leaves from the spring harvest.",
      "main-image": { url: store.url + path, alt: "A tea garden in the morning" },
      "published-date": "2026-04-12T09:00:00.000Z",
      ...{ author, tags: [harvest], featured: true, "reading-minutes": 3 },
    },
    {
      name: "How to brew green tea",
      slug: "green-tea",
      "post-body":
        "<ol><li>Heat water to 70 °C.</li><li>Pour it over the leaves.</li><li>Wait two minutes.</li></ol><blockquote>Patience is the best kettle.</blockquote>",
      ...{ author, tags: [brewing], "reading-minutes": 5 },
    },
  ]);
  put(
    store,
    posts,
    [{ name: "Storing tea", slug: "storing-tea", "post-body": "<p>Dark and dry.</p>" }],
    true,
  );
}

function put(
  store: SiteStore,
  collection: Collection,
  items: readonly Readonly<Record<string, unknown>>[],
  isDraft = false,
): readonly string[] {
  const body = { items: items.map((fieldData) => ({ isDraft, fieldData })) };
  const call = { store, collection, query: new URLSearchParams(), body };
  const made = JSON.parse(String(createItems(call, false).body)) as { items: { id: string }[] };
  const ids = made.items.map(({ id }) => id);
  if (!isDraft) {
    const locales = [primaryOf(store)];
    publishItems({ ...call, body: { items: ids.map((id) => ({ id, cmsLocaleIds: locales })) } });
  }
  return ids;
}
