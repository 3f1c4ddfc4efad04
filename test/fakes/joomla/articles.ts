// Articles: saved with all that Joomla does to them, and shown.
import { toInstant } from "../../../src/content/date.ts";
import { sha256Hex } from "../../../src/lib/hash.ts";
import {
  type Article,
  aliasOf,
  type Behaviours,
  broken,
  type JoomlaStore,
  refused,
  sqlDate,
  stripped,
  TOKEN_USER,
} from "./state.ts";

export interface Place {
  readonly store: JoomlaStore;
  readonly behaviours: Behaviours;
  /** Address of the site as it knows it, without final slash. */
  readonly root: () => string;
}

export type Body = Readonly<Record<string, unknown>>;

const now = ({ behaviours }: Place) => sqlDate(Date.now() + behaviours.clockAhead);

/** Dates that a form takes, in the user's zone; empty for none. ISO breaks it, and anything else becomes now. */
function dateOf(place: Place, value: unknown): string | null {
  const text = String(value ?? "");
  if (!/^[1-9]/.test(text)) return null;
  if (/[TZ]/.test(text)) throw broken();
  const { siteZone, userZone } = place.behaviours;
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return now(place);
  return sqlDate(toInstant(text, userZone ?? siteZone));
}

const KNOWN = new Set(
  "title alias catid state language access featured featured_up featured_down note introtext fulltext articletext created created_by created_by_alias modified publish_up publish_down version images metadata metakey metadesc tags associations id".split(
    " ",
  ),
);
const IMAGE_KEYS = ["intro", "fulltext"].flatMap((which) => [
  `image_${which}`,
  ...["alt", "alt_empty", "caption"].map((part) => `image_${which}_${part}`),
  `float_${which}`,
]);

/** Creates (`id` undefined) or changes an article. */
export function saveArticle(place: Place, body: Body, id?: number): Article {
  const { store, behaviours } = place;
  const names = new Set(store.fields.map(({ name }) => name));
  const unknown = Object.keys(body).find((name) => !KNOWN.has(name) && !names.has(name));
  if (unknown !== undefined) throw refused(400, `the fake knows no field ${unknown}`);
  const old = id === undefined ? undefined : store.articles.get(id);
  if (id !== undefined && old === undefined)
    throw refused(400, "Check-out failed with the following error: ");
  if (old?.checkedOut !== undefined && old.checkedOut !== TOKEN_USER.id) {
    throw refused(
      400,
      "Check-out failed: The user checking out does not match the user who checked out the item.",
    );
  }
  const data: Body = old === undefined ? newData(place, body) : { ...tableOf(old), ...body };
  if (stripped(String(data.title ?? "")) === "") throw refused(400, "Field required: Title");
  const saved = filled(place, data, body, old);
  if (behaviours.version === "6.1" && old === undefined) saved.alias = freeAlias(place, saved);
  refuseTaken(place, saved);
  store.articles.set(saved.id, saved);
  link(place, saved.id, body.associations);
  keepVersion(place, saved);
  return saved;
}

/** Those that are named come out of what they were linked with, and are linked with each other. */
function link({ store, behaviours }: Place, id: number, given: unknown): void {
  if (!behaviours.multilingual || typeof given !== "object" || given === null) return;
  const all = [id, ...Object.values(given).map(Number)];
  const old = store.links.get(id);
  for (const [other, key] of store.links) if (key === old) store.links.delete(other);
  if (all.length > 1) for (const one of all) store.links.set(one, String(all));
}

function newData(place: Place, body: Body): Body {
  if (body.catid === undefined || body.language === undefined) {
    throw refused(400, "Save failed with the following error: Field 'language' doesn't have a default value");
  }
  if (body.introtext !== undefined || body.articletext === undefined) {
    if (body.introtext === undefined) throw refused(400, "Field 'introtext' doesn't have a default value");
    return { state: 0, fulltext: "", ...body, created: body.created ?? now(place) };
  }
  const [introtext, fulltext = ""] = String(body.articletext).split(/<hr\s+id="system-readmore"\s*\/?>/i);
  return { state: 0, ...body, introtext, fulltext };
}

/** The columns of the table, which a change takes what it is not told from: dates in UTC among them. */
function tableOf(article: Article): Body {
  const {
    fields: _,
    tags: __,
    images: ___,
    metadata: ____,
    featured_up: _____,
    featured_down: ______,
    ...table
  } = article;
  return table;
}

function filled(place: Place, data: Body, body: Body, old: Article | undefined): Article {
  const { store, behaviours } = place;
  const text = (name: string, fallback = "") => String(data[name] ?? fallback);
  const dated = (name: string) => dateOf(place, data[name]);
  const clean = (html: string) =>
    behaviours.superUser ? html : html.replace(/<(script|iframe)\b[^>]*>[\s\S]*?<\/\1>/gi, "");
  const state = behaviours.superUser ? Number(data.state) : (old?.state ?? 0);
  const title = stripped(text("title"));
  const fulltext = clean(text("fulltext"));
  const created =
    old === undefined && body.created === undefined ? now(place) : (dated("created") ?? now(place));
  return {
    id: old?.id ?? store.next++,
    title,
    alias: aliasOf(text("alias") === "" ? title : text("alias")) || now(place).replace(/[ :]/g, "-"),
    catid: categoryOf(place, data.catid),
    state,
    language: text("language"),
    access: Number(data.access ?? 1),
    featured: Number(data.featured ?? 0),
    featured_up: dateOf(place, body.featured_up),
    featured_down: dateOf(place, body.featured_down),
    note: stripped(text("note")).slice(0, 255),
    introtext: clean(text("introtext")),
    fulltext: fulltext.trim() === "" ? "" : fulltext,
    created,
    created_by: Number(data.created_by ?? TOKEN_USER.id),
    created_by_alias: stripped(text("created_by_alias")),
    modified: old === undefined ? created : now(place),
    publish_up: dated("publish_up") ?? (state === 1 ? now(place) : null),
    publish_down: dated("publish_down"),
    version: (old?.version ?? 0) + 1,
    images: picked(body.images, IMAGE_KEYS) ?? old?.images ?? {},
    metadata: picked(body.metadata, ["author", "robots", "rights"]) ?? old?.metadata ?? {},
    metakey: text("metakey").replace(/["<>\n\r]/g, ""),
    metadesc: stripped(text("metadesc")),
    tags: tagsOf(place, body.tags) ?? (behaviours.version === "4.4" ? [] : (old?.tags ?? [])),
    fields: fieldsOf(store, body, old),
    checkedOut: undefined,
  };
}

function picked(value: unknown, keys: readonly string[]): Record<string, string> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const given = value as Record<string, unknown>;
  return Object.fromEntries(
    keys.flatMap((key) => (given[key] === undefined ? [] : [[key, String(given[key])]])),
  );
}

/** One that is not there is made, and called by that number. */
function categoryOf({ store }: Place, catid: unknown): number {
  const id = Number(catid);
  if (store.categories.has(id)) return id;
  const title = String(catid);
  const made = { id: store.next++, title, alias: aliasOf(title), parent: 1 };
  store.categories.set(made.id, made);
  return made.id;
}

/** Ids are kept whether there is such a tag or not, and names become 0. */
function tagsOf({ store }: Place, value: unknown): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map((tag: unknown) => {
    const text = String(tag);
    if (!text.startsWith("#new#")) return Number.parseInt(text, 10) || 0;
    const title = text.slice(5);
    const present = [...store.tags.values()].find((node) => node.title === title);
    if (present !== undefined) return present.id;
    const made = { id: store.next++, title, alias: aliasOf(title), parent: 1 };
    store.tags.set(made.id, made);
    return made.id;
  });
}

function fieldsOf(store: JoomlaStore, body: Body, old: Article | undefined): Article["fields"] {
  const given = store.fields.flatMap(({ name }) => {
    const value = body[name];
    if (value === undefined) return [];
    return [[name, Array.isArray(value) ? value.map(String) : String(value)] as const];
  });
  return { ...old?.fields, ...Object.fromEntries(given) };
}

/** 6.1 refuses no new article for its alias: it gives it another. */
function freeAlias({ store }: Place, { alias, catid }: Article): string {
  const taken = new Set(
    [...store.articles.values()].filter((other) => other.catid === catid).map((other) => other.alias),
  );
  let free = alias;
  for (let n = 2; taken.has(free); n += 1) free = `${alias}-${n}`;
  return free;
}

function refuseTaken({ store }: Place, article: Article): void {
  for (const other of store.articles.values()) {
    if (other.id === article.id || other.alias !== article.alias || other.catid !== article.catid) continue;
    throw refused(
      400,
      "Save failed with the following error: Another Article in this category has the same alias.",
    );
  }
}

/** A version that equals any that is kept, but for its number and times, is not kept again. */
function keepVersion(place: Place, article: Article): void {
  const { store, behaviours } = place;
  if (!behaviours.history) return;
  const { version, modified, checkedOut: _, tags: __, fields: ___, ...said } = article;
  const hash = sha256Hex(JSON.stringify(said));
  if (store.versions.some((kept) => kept.article === article.id && kept.hash === hash)) return;
  const data = behaviours.version === "6.1" ? said : { ...said, version, modified };
  const id = store.next++;
  store.versions.push({ id, article: article.id, saved: now(place), editor: TOKEN_USER.name, hash, data });
}

// --- As it is shown ----------------------------------------------------------------------------------------

export function articleView(place: Place, article: Article, isItem: boolean): unknown {
  const { store, root } = place;
  const { introtext: _, fulltext: __, catid, fields: ___, checkedOut: ____, images, tags, ...rest } = article;
  const named = tags.flatMap((id) => {
    const tag = store.tags.get(id);
    return tag === undefined ? [] : [[String(id), tag.title] as const];
  });
  const whole = (src: string | undefined) =>
    src === undefined || src === "" || src.startsWith("http") ? src : `${root()}/${src}`;
  const absolute = { ...images };
  for (const name of ["image_intro", "image_fulltext"]) {
    const src = whole(images[name]);
    if (src !== undefined) absolute[name] = src;
  }
  return {
    type: "articles",
    id: String(article.id),
    attributes: {
      ...rest,
      // Lists show the table's column.
      metadata: isItem ? orList(article.metadata) : JSON.stringify(article.metadata),
      images: orList(absolute),
      tags: named.length === 0 ? [] : Object.fromEntries(named),
      text: shownText(place, article),
      ...customView(place, article),
    },
    relationships: {
      category: { data: { type: "categories", id: String(catid) } },
      created_by: { data: { type: "users", id: String(article.created_by) } },
      ...(isItem && place.behaviours.multilingual
        ? { languageAssociations: linksOf(place, article.id) }
        : {}),
    },
  };
}

function linksOf({ store }: Place, id: number) {
  const key = store.links.get(id);
  const others = [...store.links].filter(([other, its]) => other !== id && key !== undefined && its === key);
  return { data: others.map(([other]) => ({ type: "articles", id: String(other) })) };
}

/** PHP writes an empty map as a list. */
const orList = (map: object) => (Object.keys(map).length === 0 ? [] : map);

let shown = 0;

/** `{random}` stands for what is another thing each time. */
function shownText({ behaviours }: Place, { introtext, fulltext }: Article): string {
  const text = `${introtext} ${fulltext}`;
  if (!behaviours.contentPlugins) return text;
  return text.replace(/\{loadposition [^}]*\}/g, "").replace(/\{random\}/g, () => String(++shown));
}

function customView({ store }: Place, { fields }: Article): Record<string, unknown> {
  return Object.fromEntries(
    store.fields.map(({ name, options }) => {
      const value = fields[name] ?? "";
      if (options === undefined) return [name, value];
      const chosen = (Array.isArray(value) ? value : [value]).filter((item) => item !== "");
      return [name, orList(Object.fromEntries(chosen.map((item) => [item, options[item] ?? ""])))];
    }),
  );
}
