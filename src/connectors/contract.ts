// What a CMS must be able to do, and nothing about how. Types only.
import type { FieldType } from "../content/config-schema.ts";
import type { Document, MediaFile, State } from "../content/document.ts";
import type { Links } from "../content/links.ts";
import type { SiteField } from "../content/site-fields.ts";
import type { Http } from "../http/http.ts";
import type { Clock } from "../lib/clock.ts";
import type { Json, JsonObject } from "../lib/json.ts";
import type { MediaStore, RemoteMedia } from "./contract-media.ts";

export type { AuthMethod, Manifest, Pace, Setting } from "./contract-manifest.ts";

// --- What a connector is given ----------------------------------------------------------------------------

export interface ConnectorContext {
  /** The connection's base URL as saved by `connect`, without a final slash. For `local`, an absolute directory. */
  readonly url: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly http: Http;
  readonly clock: Clock;
  /** Aborted when the run is to end: what is waited for is then given up before long. */
  readonly signal?: AbortSignal;
  /** For hints: what a person does to sign in anew, as "connect again: …". */
  readonly again?: string;
}

export interface ConnectorModule {
  /** Pure. */
  readonly codec: Codec;
  open(context: ConnectorContext): Connector;
}

// --- What it gives back -----------------------------------------------------------------------------------

/** Who the credentials belong to, and which site this really is. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** Canonical identity of the site: API root, shop id, site UUID. A lockfile of another identity is refused. */
  readonly site: string;
  readonly siteTitle: string;
  /** Where visitors look. */
  readonly siteUrl: string;
  /** IANA name, or an offset as `+02:00`. Dates without offset are in this zone. */
  readonly timezone: string;
  readonly software: string;
  readonly may: readonly Right[];
  /** Things an operator should know: kses will strip HTML, uploads off, … */
  readonly notices: readonly string[];
}

/** `html`: bodies are stored as they are sent, markup that runs code included. */
export type Right = "read" | "write" | "publish" | "remove" | "upload" | "terms" | "html";

export interface Model {
  readonly kinds: readonly Kind[];
  /** Absent where the site knows no languages: the locale of every entry is "" then. */
  readonly languages?: Languages;
  /** Kind of a document that names none, where that depends on the site; the manifest's where absent. */
  readonly defaultKind?: string;
  /** Kinds that the site has and this connection does not touch, each with what opens it. */
  readonly closed?: Readonly<Record<string, Closed>>;
}

export interface Closed {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface Languages {
  /** BCP 47 tags, as entries have them; undefined where any tag will do. */
  readonly locales: readonly string[] | undefined;
  /** Of an entry whose document names none; "" where it has none then. */
  readonly fallback: string;
}

export interface Kind {
  readonly name: string;
  readonly title: string;
  readonly fields: readonly Field[];
  /** Taxonomies by the field that carries them, e.g. tags -> post_tag. */
  readonly taxonomies: Readonly<
    Record<
      string,
      {
        readonly id: string;
        readonly hierarchical: boolean;
        /** Id of the term that the site gives an entry that has none. */
        readonly fallback?: string;
      }
    >
  >;
  /** Whether the kind has a body. */
  readonly body: boolean;
  /** Field whose value is the scope, and what that is where a document has none; absent: the path of the `parent`, where there is one. */
  readonly scopeField?: { readonly name: string; readonly fallback: string };
  /** On a site that knows languages: entries of this kind have none. */
  readonly untranslated?: true;
  /** What removal means for entries of this kind, where it differs from the trait. */
  readonly removal?: "trash" | "final";
}

export type Field = SiteField;

/** One row of a listing: everything cheap about an entry, its body left out. */
export interface Listing {
  readonly id: string;
  readonly locale: string;
  /** Entries of one kind with the same group are translations of each other. No part of the revision or the wire. */
  readonly group?: string;
  readonly kind: string;
  /** What the slug is unique within, in its language: "" for most, the parent's slug path for a page. */
  readonly scope: string;
  readonly slug: string;
  /** Where visitors see it, or would. */
  readonly url: string;
  readonly title: string;
  /** Hash of all the cheap fields. Only equality means anything. */
  readonly revision: string;
  /** When it was last changed, in ms by this machine's clock, where known: a revision this young is not trusted. */
  readonly modified: number | undefined;
  readonly state: State;
  /** A working copy differs from what visitors see. */
  readonly pendingChanges: boolean;
  /** Visitors need a password to see it. Then the entry's wire has `protected: true`, and its document says so; else neither has it. */
  readonly protected?: boolean;
  /** Set when somebody else's tool owns the body (a page builder); it is then pulled read-only. */
  readonly bodyOwner?: string;
}

/** An entry whole, its fields as the server returned them. */
export interface Entry extends Listing {
  /**
   * Wire values under the names of front matter fields; the body is `body`, the state `status`, the slug `slug`.
   * These are the parts that the remote fingerprint covers, and the parts that a Draft may set.
   */
  readonly wire: JsonObject;
}

/** What `read` found: the entry, or proof that it is gone. */
export type ReadResult =
  | { readonly id: string; readonly entry: Entry }
  | { readonly id: string; readonly entry: undefined; readonly gone: "missing" | "trashed" };

/** What is to be written: wire values under the same names as in Entry.wire; absent parts stay as they are. */
export interface Draft {
  /** UUIDv5 of (site, kind, scope, slug, locale, root): the same on every machine. */
  readonly key: string;
  readonly kind: string;
  readonly locale: string;
  /** Only in a create: id of the entry that the new one says the same as, in another language. */
  readonly translationOf?: string;
  readonly scope: string;
  readonly slug: string;
  readonly wire: JsonObject;
}

export interface Connector {
  readonly traits: Traits;
  /** Proves the credentials; throws `auth` when they are not accepted, never passes as anonymous. */
  whoami(): Promise<Account>;
  model(): Promise<Model>;
  /**
   * Every entry of these kinds in every language, each exactly once, in pages; trash is left out. Throws when it cannot
   * be sure the listing is whole: a page missing, HTML, a total that does not fit, an anonymous answer.
   */
  list(kinds: readonly string[]): AsyncIterable<readonly Listing[]>;
  /** In any order, one result per reference. Never throws for an entry that is not there. */
  read(refs: readonly EntryRef[]): Promise<readonly ReadResult[]>;
  /**
   * Decides what makes this create findable later (server time, final slug). The engine stores it durably before
   * `create`. Throws `conflict` (code `slug-taken`) when the slug is not free. Makes no write.
   */
  prepare(draft: Draft): Promise<Json>;
  /** Sends the create once. A lost answer is an `ambiguous` fault; the engine then calls `find`. */
  create(draft: Draft, intent: Json): Promise<Entry>;
  /** Did the create with this intent happen? Waits as long as a request in flight could still land. */
  find(draft: Draft, intent: Json): Promise<Entry | undefined>;
  /**
   * Sets just the parts in `draft.wire`, of no other language's entry. Throws `conflict` and changes nothing unless the entry is still at
   * `expected`. Returns the entry as the server answered, whatever it kept: the engine compares.
   */
  update(id: string, draft: Draft, expected: Expected): Promise<Entry>;

  // Optional abilities: present means supported.
  /**
   * Tells of calls of `update` with these parts that are to come, in their order, so that one request can look at many
   * entries. Sends nothing; some of them may never come.
   */
  readonly expectUpdates?: (coming: readonly EntryRef[], parts: readonly string[]) => void;
  /**
   * The entry of which `row` is the listing and `wire` the fields that it is proven to have, as `read` would give it.
   * Undefined where only reading can tell. Absent: entries are read.
   */
  readonly recall?: (row: Listing, wire: JsonObject) => Promise<Entry | undefined>;
  /** To the trash where there is one. An entry already gone is fine. */
  readonly remove?: (id: string, kind: string, expected: Expected) => Promise<void>;
  /**
   * Takes an entry out of the trash and gives it the parts in `draft.wire`, state and slug among them. Throws `conflict`:
   * `slug-taken` where another entry has the slug now, `not-trashed` for an entry that is not in the trash; throws
   * `not-found` for one that is gone for good. Changes nothing then. Returns the entry as the server answered.
   */
  readonly restore?: (id: string, draft: Draft) => Promise<Entry>;
  /**
   * Older texts that the CMS keeps of an entry, one in the trash too, newest first; the newest may be the text of now.
   * None where it keeps none. Reads only.
   */
  readonly revisions?: (ref: EntryRef) => Promise<readonly Revision[]>;
  /**
   * Where a platform cannot exclude that a create happens twice: ids of other entries that hold the place of one of
   * these, or look like its create done again.
   */
  readonly twins?: (entries: readonly Entry[]) => Promise<ReadonlyMap<string, readonly string[]>>;
  readonly terms?: TermStore;
  readonly media?: MediaStore;
  /** Whoever a document's `author` may name. */
  readonly authors?: () => Promise<readonly Author[]>;
  /** The address of the entry's edit screen. */
  readonly editUrl?: (id: string, kind: string) => string;
  /** What the platform said of itself beside its answers so far, a sentence each: another version than asked for, what it will drop. */
  readonly notices?: () => readonly string[];
  /** Takes back the credential this connection uses, where the platform can. */
  readonly revoke?: () => Promise<void>;
}

export interface EntryRef {
  readonly id: string;
  readonly kind: string;
  readonly locale: string;
}

/** What the CMS itself remembers of an entry at an earlier time. */
export interface Revision {
  readonly id: string;
  /** Server time, ms since 1970. */
  readonly at: number;
  /** Account that made it, as the site shows it; "" where the site does not tell. */
  readonly author: string;
  /** The parts the CMS keeps, under the names and in the form of `Entry.wire`: usually title, body and excerpt. */
  readonly wire: JsonObject;
}

/** What the writer believes the entry to be: the revision, and the wire fields as last read. */
export interface Expected {
  readonly revision: string;
  readonly wire: JsonObject;
}

/** Behaviour that cannot be told from which methods exist. */
export interface Traits {
  /** Who refuses a stale write: the server in one step, or the connector by reading first. */
  readonly staleWrites: "server" | "read-first";
  readonly removal: "trash" | "final" | "none";
  /** Writes at one time; of a platform with batches, batches. */
  readonly writeConcurrency: number;
  /**
   * Calls of `prepare`, `create` and `update` that are made in one tick, up to so many, share their requests, as many to
   * one as the platform takes; 1 or absent: each alone.
   */
  readonly batch?: number;
  /**
   * Where a plan has `from` creates or more, calls of `prepare` and `create` are made in one tick up to `most`: the platform
   * has a way for many that is slow for few. Absent: as `batch` has it.
   */
  readonly bulk?: { readonly from: number; readonly most: number };
  readonly schedules: boolean;
  /** Keeps dates of live entries only: the document's own goes with a status that changes. */
  readonly datesLiveOnly?: true;
  /** A revision whose `modified` is younger than this, at the time of reading, may hide a later edit. 0: exact. */
  readonly raceWindowMs: number;
  /** Entries per `read` request; 1 where the CMS cannot read many. */
  readonly readBatch: number;
  /** `existing`: translations of an entry can be changed and not made. Absent: they are made like other entries. */
  readonly translations?: "existing";
}

export interface Term {
  readonly id: string;
  readonly taxonomy: string;
  readonly name: string;
  readonly slug: string;
  /** Names from the top, e.g. ["Animals", "Cats"]. */
  readonly path: readonly string[];
}

export interface TermStore {
  list(taxonomy: string): Promise<readonly Term[]>;
  /** Creates one term below an existing parent. An equal one that is already there is returned instead. */
  create(taxonomy: string, name: string, parent: Term | undefined): Promise<Term>;
  /** Those of these ids that are there. Absent: all are listed to know of some. */
  readonly get?: (taxonomy: string, ids: readonly string[]) => Promise<readonly Term[]>;
  /** Names of one fold are one name to the platform. Pure; absent: case, Unicode form and outer white space aside. */
  readonly fold?: (name: string) => string;
}

export type { MediaLimits, MediaStore, RemoteMedia, StoredMedia } from "./contract-media.ts";

// --- Between the document and the wire: pure -----------------------------------------------------------------

/** What the site holds that documents refer to by name. Data, gathered before encoding or decoding. */
export interface Refs {
  readonly timezone: string;
  readonly siteUrl: string;
  readonly terms: readonly Term[];
  /** By document reference (path in the root): digest -> media on the site. */
  readonly media: readonly RemoteMedia[];
  /** Local files the document refers to. */
  readonly files: readonly MediaFile[];
  /** Other documents that this one links to, and the addresses of their entries. */
  readonly links: Links;
  readonly authors: readonly Author[];
  /** Entries that a `parent` or reference field can name, by slug path. */
  readonly parents: readonly { readonly id: string; readonly kind: string; readonly path: string }[];
  readonly kind: Kind;
  /** Types that the root's `fields:` gives fields, by the site's name for them. */
  readonly types: Readonly<Record<string, FieldType>>;
  /** What the account may do: some roles' texts are cleaned by the site. */
  readonly may: readonly Right[];
  readonly settings: Readonly<Record<string, string>>;
}

export interface Author {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  /** What else they may be called by, e.g. login and e-mail. Never written to a file. */
  readonly aliases?: readonly string[];
}

/** Names a document uses that must exist on the site before it can be encoded. */
export interface Needs {
  readonly terms: readonly {
    readonly field: string;
    readonly taxonomy: string;
    readonly path: readonly string[];
  }[];
  /**
   * References to local files, as written in the document. `link`: not shown, and where there is no such file an address
   * like any other. `field`: what stands for the document has to be an upload.
   */
  readonly media: readonly {
    readonly ref: string;
    readonly alt: string;
    readonly link?: true;
    readonly field?: true;
  }[];
  readonly authors: readonly string[];
}

/** Something the target will drop or change. */
export interface Loss {
  /** A part of the document, or a key in one: `body`, `meta.rating`. */
  readonly field: string;
  /** What becomes of it; equal for equal losses of other documents. */
  readonly message: string;
  /** Something else will be there; without it, nothing. */
  readonly changed?: true;
  /** Line of the document's body, from 1, where it is known. */
  readonly line?: number;
}

export interface Encoded {
  readonly wire: JsonObject;
  readonly losses: readonly Loss[];
}

export interface Codec {
  /** What the site makes of a slug; absent where it keeps what it is given. */
  readonly slug?: (text: string) => string;
  /** Fields of front matter this platform maps for the kind; others are unknown. A group's own name: any of its members. */
  readonly fields: (kind: Kind) => readonly string[];
  /** Maps of front matter whose members are fields, and parts, of their own: `meta` for `meta.price`. */
  readonly groups?: readonly string[];
  /** Whether `encode` tells a field that the platform does not map for the kind as a loss, each time it would be sent. Absent: none. */
  readonly loses?: (name: string, kind: Kind) => boolean;
  readonly needs: (document: Document, kind: Kind, types?: Refs["types"]) => Needs;
  /** Ids of media that the wire refers to besides its body, so that `decode` finds them in `Refs.media`. */
  readonly mediaIds: (entry: Entry, types?: Refs["types"]) => readonly string[];
  /**
   * Wire values for all fields that the document manages; a field that is null is cleared. With `remote`, blocks of the body that say the same as
   * the remote's keep the remote's bytes. Throws `invalid` naming the field.
   */
  readonly encode: (document: Document, refs: Refs, remote: Entry | undefined) => Encoded;
  /** The same losses for wire values without a document, as an undo sends them, for an account of these rights. */
  readonly losses?: (wire: JsonObject, may: readonly Right[]) => readonly Loss[];
  /**
   * What the site keeps once for all entries, in other words than the document's: told, never sent, no reason to refuse.
   * Asked of documents that name an `image`.
   */
  readonly unsent?: (document: Document, refs: Refs) => readonly Loss[];
  /** The document an empty directory would get for this entry. Fields at the platform's default are left out. */
  readonly decode: (entry: Entry, refs: Refs) => Document;
  /** The Markdown of `local` with just those blocks replaced that say something else than the remote body does. */
  readonly patchBody: (local: string, remoteBody: Json, refs: Refs) => string;
  /** Does the server's value say the same as what we would send? Knows what servers rewrite. */
  readonly same: (part: string, ours: Json, theirs: Json) => boolean;
}
