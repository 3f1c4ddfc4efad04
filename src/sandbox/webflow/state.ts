// What the sandbox's site holds. All in memory.
import { randomBytes } from "node:crypto";
import type { Clock } from "../../lib/clock.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import type { Behaviours } from "./behaviours.ts";

export type FieldType =
  | "Color"
  | "DateTime"
  | "Email"
  | "ExtFileRef"
  | "File"
  | "Image"
  | "Link"
  | "MultiImage"
  | "MultiReference"
  | "Number"
  | "Option"
  | "Phone"
  | "PlainText"
  | "Reference"
  | "RichText"
  | "Switch"
  | "VideoLink";

export interface Field {
  readonly id: string;
  readonly slug: string;
  readonly displayName: string;
  readonly type: FieldType;
  readonly isRequired: boolean;
  readonly isEditable: boolean;
  readonly helpText: string | null;
  /** `collectionId` of references, `options` of choices. */
  readonly validations: JsonObject | null;
}

export interface Collection {
  readonly id: string;
  readonly slug: string;
  readonly displayName: string;
  readonly singularName: string;
  readonly fields: readonly Field[];
  readonly createdOn: string;
  readonly lastUpdated: string;
}

/** Name and slug besides the collection's own fields. */
export type FieldData = Readonly<Record<string, Json>>;

/** One item in one language. Times are ISO 8601 in UTC, with milliseconds. */
export interface Item {
  readonly id: string;
  readonly cmsLocaleId: string;
  readonly createdOn: string;
  lastUpdated: string;
  lastPublished: string | null;
  isArchived: boolean;
  isDraft: boolean;
  fieldData: FieldData;
  /** What visitors see. */
  live: { readonly fieldData: FieldData; readonly lastUpdated: string } | undefined;
}

export interface Asset {
  readonly id: string;
  readonly hash: string;
  readonly fileName: string;
  displayName: string;
  altText: string | null;
  readonly folder: string | undefined;
  readonly createdOn: string;
  lastUpdated: string;
  /** Undefined until the second step of the upload. */
  bytes: Uint8Array | undefined;
  type: string;
}

/** As the API shows it. */
export interface Webhook {
  readonly id: string;
  readonly triggerType: string;
  readonly url: string;
  readonly workspaceId: string;
  readonly siteId: string;
  readonly filter: JsonObject | null;
  readonly lastTriggered: string | null;
  readonly createdOn: string;
}

export interface Locale {
  readonly id: string;
  readonly cmsLocaleId: string;
  readonly displayName: string;
  readonly tag: string;
  readonly subdirectory: string;
}

export interface SiteStore {
  readonly clock: Clock;
  readonly behaviours: Behaviours;
  /** `http://127.0.0.1:<port>`. */
  url: string;
  readonly site: {
    readonly id: string;
    readonly workspaceId: string;
    readonly displayName: string;
    readonly shortName: string;
    readonly timeZone: string;
    readonly createdOn: string;
    lastUpdated: string;
    lastPublished: string | null;
    customDomains: readonly { readonly id: string; readonly url: string }[];
    /** The first is the primary one; with one alone the site knows no languages. */
    readonly locales: readonly [Locale, ...Locale[]];
  };
  readonly collections: Map<string, Collection>;
  /** By collection, then by `itemKey`. */
  readonly items: Map<string, Map<string, Item>>;
  readonly assets: Map<string, Asset>;
  readonly webhooks: Map<string, Webhook>;
  /** Files of fields and assets, by their path on this server. */
  readonly hosted: Map<string, { readonly type: string; readonly bytes: Uint8Array }>;
}

export const itemKey = (id: string, cmsLocaleId: string) => `${id} ${cmsLocaleId}`;

/** 24 hexadecimal digits, as MongoDB's ids: they grow with time. */
export function newId(): string {
  count += 1;
  return `66${count.toString(16).padStart(10, "0")}${RUN}`;
}
let count = 0;
const RUN = randomBytes(6).toString("hex");

export const nowStamp = ({ clock }: Pick<SiteStore, "clock">) => new Date(clock.now()).toISOString();

export function localeAt(index: number, tag: string, displayName: string): Locale {
  const subdirectory = index === 0 ? "" : tag.toLowerCase();
  return { id: newId(), cmsLocaleId: newId(), displayName, tag, subdirectory };
}

export function emptyStore(clock: Clock, behaviours: Behaviours, tags: readonly string[]): SiteStore {
  const [first = "en", ...others] = tags;
  const names = new Intl.DisplayNames(["en"], { type: "language" });
  const createdOn = new Date(clock.now()).toISOString();
  const locale = (tag: string, index: number) => localeAt(index, tag, names.of(tag) ?? tag);
  return {
    ...{ clock, behaviours, url: "" },
    site: {
      ...{ id: newId(), workspaceId: newId(), displayName: "The Tea Room", shortName: "the-tea-room" },
      ...{ timeZone: "Europe/Berlin", createdOn, lastUpdated: createdOn, lastPublished: createdOn },
      customDomains: [],
      locales: [locale(first, 0), ...others.map((tag, index) => locale(tag, index + 1))],
    },
    collections: new Map(),
    items: new Map(),
    assets: new Map(),
    webhooks: new Map(),
    hosted: new Map(),
  };
}

export function primaryOf({ site }: SiteStore): string {
  return site.locales[0].cmsLocaleId;
}

export function itemsOf(store: SiteStore, collectionId: string): Map<string, Item> {
  const known = store.items.get(collectionId) ?? new Map<string, Item>();
  store.items.set(collectionId, known);
  return known;
}

export interface FieldWish {
  readonly slug: string;
  readonly type: FieldType;
  readonly displayName?: string;
  readonly isRequired?: boolean;
  readonly validations?: JsonObject;
}

/** Adds a collection, with the two fields that every one has. */
export function addCollection(
  store: SiteStore,
  slug: string,
  names: { readonly displayName: string; readonly singularName: string },
  wishes: readonly FieldWish[],
): Collection {
  const field = ({ slug: own, type, displayName, isRequired = false, validations }: FieldWish): Field => ({
    ...{ id: newId(), slug: own, displayName: displayName ?? own, type, isRequired },
    ...{ isEditable: true, helpText: null, validations: validations ?? null },
  });
  const createdOn = nowStamp(store);
  const fields = [
    ...wishes.map(field),
    field({ slug: "name", type: "PlainText", displayName: "Name", isRequired: true }),
    field({ slug: "slug", type: "PlainText", displayName: "Slug", isRequired: true }),
  ];
  const collection = { id: newId(), slug, ...names, fields, createdOn, lastUpdated: createdOn };
  store.collections.set(collection.id, collection);
  return collection;
}
