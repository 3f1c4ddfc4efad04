// What a Joomla holds, and the switches of how it behaves.
export type JoomlaVersion = "4.4" | "5.1" | "5.3" | "6.0" | "6.1";

export type WebService = "content" | "config" | "users" | "media" | "tags" | "languages";

export interface Behaviours {
  /** 4.4 wipes the tags of an article whose change names none; 6.1 deletes with 409 and 404 where others say 500. */
  version: JoomlaVersion;
  /** The site's time zone, which its users have unless they set one. */
  siteZone: string;
  /** The zone that the token's user set. */
  userZone: string | undefined;
  /** Whether versions are kept. */
  history: boolean;
  /** Content plug-ins take `{loadposition …}` out of texts, and show something new for `{random}` each time. */
  contentPlugins: boolean;
  /** What enables the interface: a plug-in each. */
  services: Set<WebService>;
  /** Joomla 3 has no interface at all; "none" is no Joomla. */
  generation: "web-services" | "joomla-3" | "none";
  /** Others are refused the configuration and versions, and lose markup that runs code, and their state. */
  superUser: boolean;
  tokenEnabled: boolean;
  /** So many of the next saves are done and then refused: an index of the search has the key twice. */
  refusesAfterSave: number;
  /** So many of the next saves are done, and PHP breaks after them. */
  breaksAfterSave: number;
  /** So many of the next writes are carried out, and the connection is cut before the answer. */
  dropsAnswerAfterWrite: number;
  /** Of writes at one time all but the first are done and refused. */
  racing: boolean;
  contentLanguages: string[];
  /** Whether the language filter is on, with links between articles of several languages. */
  multilingual: boolean;
  /** Kept ahead of this machine's clock by so many ms. */
  clockAhead: number;
}

export const defaultBehaviours = (): Behaviours => ({
  version: "5.3",
  siteZone: "UTC",
  userZone: undefined,
  history: true,
  contentPlugins: true,
  services: new Set(["content", "config", "users", "media", "tags", "languages"]),
  generation: "web-services",
  superUser: true,
  tokenEnabled: true,
  refusesAfterSave: 0,
  breaksAfterSave: 0,
  dropsAnswerAfterWrite: 0,
  racing: true,
  contentLanguages: ["en-GB"],
  multilingual: false,
  clockAhead: 0,
});

export interface Article {
  readonly id: number;
  title: string;
  alias: string;
  catid: number;
  state: number;
  language: string;
  access: number;
  featured: number;
  featured_up: string | null;
  featured_down: string | null;
  note: string;
  introtext: string;
  fulltext: string;
  created: string;
  created_by: number;
  created_by_alias: string;
  modified: string;
  publish_up: string | null;
  publish_down: string | null;
  version: number;
  images: Record<string, string>;
  metadata: Record<string, string>;
  metakey: string;
  metadesc: string;
  tags: number[];
  fields: Record<string, string | string[]>;
  /** Id of the user who has it open. */
  checkedOut: number | undefined;
}

export interface ArticleVersion {
  readonly id: number;
  readonly article: number;
  readonly saved: string;
  readonly editor: string;
  readonly hash: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Node {
  readonly id: number;
  readonly title: string;
  readonly alias: string;
  readonly parent: number;
}

export interface FieldDefinition {
  readonly name: string;
  readonly title: string;
  readonly type: string;
  readonly multiple?: boolean;
  readonly options?: Readonly<Record<string, string>>;
}

export interface JoomlaStore {
  readonly articles: Map<number, Article>;
  readonly versions: ArticleVersion[];
  /** Articles that say the same in several languages have one value. */
  readonly links: Map<number, string>;
  readonly categories: Map<number, Node>;
  readonly tags: Map<number, Node>;
  readonly fields: FieldDefinition[];
  /** By path below `images/`. */
  readonly files: Map<string, Buffer>;
  readonly users: readonly { readonly id: number; readonly name: string; readonly username: string }[];
  next: number;
}

export const newStore = (): JoomlaStore => ({
  articles: new Map(),
  versions: [],
  links: new Map(),
  categories: new Map([[2, { id: 2, title: "Uncategorised", alias: "uncategorised", parent: 1 }]]),
  tags: new Map(),
  fields: [],
  files: new Map(),
  users: [
    { id: 101, name: "Super User", username: "admin" },
    { id: 102, name: "Ann Other", username: "ann" },
  ],
  next: 10,
});

export const TOKEN_USER = { id: 101, name: "Super User" };

/** An answer outside 2xx, with the body as Joomla writes it. */
export class Refused extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(`refused with ${status}`);
    this.status = status;
    this.body = body;
  }
}

export const refused = (status: number, title: string, code?: number): Refused =>
  new Refused(status, { errors: [{ title, ...(code === undefined ? {} : { code }) }] });

/** PHP itself broke: `errors` is no list then. */
export const broken = (): Refused =>
  new Refused(500, { errors: { code: 500, title: "Internal server error" } });

/** As Joomla's filter leaves a text: entities read once, tags gone, and words lost behind one `<` alone. */
export function stripped(text: string): string {
  const read = text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
  const whole = read.replace(/<[^<>]*>/g, "");
  const open = whole.indexOf("<");
  return (open < 0 ? whole : `${whole.slice(0, open)}${whole.slice(2 * open + 1)}`).trim();
}

export function aliasOf(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Mn}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "");
}

/** UTC, `YYYY-MM-DD HH:MM:SS`. */
export function sqlDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}
