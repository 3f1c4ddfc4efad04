// What a fake Drupal holds, and how it may behave.

export type Attributes = Record<string, unknown>;

export interface Reference {
  readonly type: string;
  readonly id: string;
  readonly meta?: Attributes;
}

/** One language of a node. */
export interface Text {
  attributes: Attributes;
  relationships: Record<string, Reference[]>;
  alias: string | null;
  pid: number | null;
  changed: number;
}

export interface Node {
  readonly uuid: string;
  readonly nid: number;
  vid: number;
  readonly bundle: string;
  /** Language of the original. */
  readonly langcode: string;
  readonly texts: Map<string, Text>;
  /** In seconds. */
  revised: number;
  /** A draft beside what visitors see. */
  draft: Text | undefined;
  /** Two writers at one time left it in a state that JSON:API does not write to. */
  wedged: boolean;
}

export interface Term {
  readonly uuid: string;
  readonly tid: number;
  readonly vocabulary: string;
  readonly name: string;
  readonly parent: string | undefined;
}

export interface StoredFile {
  readonly uuid: string;
  readonly fid: number;
  readonly filename: string;
  readonly url: string;
  readonly mime: string;
  readonly bytes: Uint8Array;
}

export interface User {
  readonly uuid: string;
  readonly uid: number;
  readonly name: string;
  readonly password: string;
  readonly admin: boolean;
  readonly formats: readonly string[];
  failures: number;
}

/** One switch for each trap of the platform's facts. May be changed while the fake runs. */
export interface Behaviours {
  version: 10 | 11;
  /** Writes whose answer is lost after they were carried out. */
  dropsAnswerAfterWrite: number;
  /** No answer of a removal ever comes, be it carried out or not. */
  losesRemovals: boolean;
  /** JSON:API as Drupal installs it: 405 on writes. */
  readOnly: boolean;
  maintenance: boolean;
  /** The module HTTP Basic Authentication: without it everybody is a visitor. */
  basicAuth: boolean;
  /** The losers of a race for one id get 500 in place of 409, as on MariaDB. */
  duplicateIsError: boolean;
  /** Drupal makes aliases of its own, as the module Pathauto does. */
  pathauto: boolean;
  /** How long a write takes between reading an entry and storing it, in ms: two at one time wedge it. */
  writeMs: number;
  /** Codes of the site's languages; the first has no prefix. */
  languages: readonly string[];
  /** Aliases, field definitions and the rest of the configuration are shown to administrators. */
  hidesConfiguration: boolean;
  /** Every node names a working copy, as from 10.6 on: only its revision tells whether there is one. */
  linksEveryCopy: boolean;
  /** Revisions may be given a log message by everybody. */
  takesLog: boolean;
  /** Content types, and vocabularies, that administrators alone may make entries or terms of. */
  closedTypes: readonly string[];
}

export interface State {
  url: string;
  readonly nodes: Map<string, Node>;
  readonly terms: Map<string, Term>;
  readonly files: Map<string, StoredFile>;
  readonly users: readonly User[];
  /** Aliases that no node has of itself: duplicates are kept as well. */
  readonly aliases: Map<number, { readonly alias: string; readonly nid: number; readonly langcode: string }>;
  next: { nid: number; vid: number; tid: number; fid: number; pid: number };
}

/** Fields of the bundles: Drupal's type, the cardinality, and what a reference refers to. */
export const BUNDLES: Readonly<
  Record<string, Readonly<Record<string, { type: string; many?: true; target?: string }>>>
> = {
  article: {
    body: { type: "text_with_summary" },
    field_tags: { type: "entity_reference", many: true, target: "taxonomy_term--tags" },
    field_image: { type: "image", target: "file--file" },
    field_link: { type: "link" },
    field_moment: { type: "datetime" },
    field_day: { type: "datetime" },
    field_count: { type: "integer" },
    field_price: { type: "decimal" },
    field_flag: { type: "boolean" },
    field_names: { type: "string", many: true },
    field_teaser: { type: "text_long" },
    field_related: { type: "entity_reference", many: true, target: "node--article" },
    field_attachment: { type: "file", target: "file--file" },
    field_paragraphs: { type: "entity_reference_revisions", many: true, target: "paragraph--text" },
  },
  page: { body: { type: "text_with_summary" } },
  news: { body: { type: "text_with_summary" } },
  /** As content types of newer Drupals have it, and by hand of any. */
  note: { body: { type: "text_long" } },
  bare: {},
};

/** Bundles under Drupal's own editorial workflow. */
export const MODERATED: ReadonlySet<string> = new Set(["news"]);

const RELATED = new Set(["entity_reference", "entity_reference_revisions", "image", "file"]);
export const isRelated = (type: string) => RELATED.has(type);

export const seconds = (ms: number) => Math.floor(ms / 1000);
export const stamp = (at: number) => new Date(at * 1000).toISOString().replace(".000Z", "+00:00");

export function emptyState(): State {
  const user = (uid: number, name: string, admin: boolean, formats: readonly string[]): User => ({
    ...{ uid, name, admin, formats, failures: 0, password: `${name}-secret-1` },
    uuid: `00000000-0000-4000-9000-00000000000${uid}`,
  });
  return {
    url: "",
    nodes: new Map(),
    terms: new Map(),
    files: new Map(),
    users: [
      user(1, "admin", true, ["full_html", "basic_html", "plain_text"]),
      user(2, "editor", false, ["basic_html", "plain_text"]),
    ],
    aliases: new Map(),
    next: { nid: 1, vid: 1, tid: 1, fid: 1, pid: 1 },
  };
}
