// What the sandbox's site holds. All in memory.
import type { Clock } from "../../lib/clock.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { Behaviours } from "./behaviours.ts";

export type PostStatus = "PUBLISHED" | "UNPUBLISHED" | "SCHEDULED" | "IN_REVIEW";

/** A post: its working copy, which every post has, and the copy that visitors see. */
export interface Post {
  readonly id: string;
  /** What may be written, as DraftPost has it. */
  draft: JsonObject;
  live: JsonObject | undefined;
  status: PostStatus;
  trashed: boolean;
  readonly createdAt: number;
  editedAt: number;
  scheduledAt: number | undefined;
  /** From when on queries see it, in ms since 1970. */
  readonly shownAt: number;
}

export interface Label {
  readonly id: string;
  label: string;
  slug: string;
  readonly language: string;
}

export interface Member {
  readonly id: string;
  readonly loginEmail: string;
  readonly nickname: string;
  readonly slug: string;
}

export interface StoredFile {
  readonly id: string;
  readonly displayName: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
  readonly createdAt: number;
  /** By the clock, in ms since 1970. */
  readonly readyAt: number;
  readonly failed: boolean;
  readonly sourceUrl: string | undefined;
}

export interface CollectionField {
  readonly key: string;
  readonly displayName: string;
  readonly type: string;
}

export interface DataCollection {
  readonly id: string;
  readonly displayName: string;
  readonly displayField: string;
  readonly fields: readonly CollectionField[];
  readonly plugins: readonly { readonly type: string }[];
  /** Id -> what the item holds, Wix's own dates among it. */
  readonly items: Map<string, JsonObject>;
}

/** A place that a file may be sent to. */
export interface UploadPlace {
  readonly token: string;
  readonly fileName: string;
  readonly mimeType: string;
}

export interface WixStore {
  readonly clock: Clock;
  readonly behaviours: Behaviours;
  /** Address of the sandbox, without a final slash. */
  url: string;
  readonly site: { readonly id: string; title: string; timeZone: string; language: string };
  readonly posts: Map<string, Post>;
  readonly tags: Map<string, Label>;
  readonly categories: Map<string, Label>;
  readonly members: Map<string, Member>;
  readonly files: Map<string, StoredFile>;
  readonly places: Map<string, UploadPlace>;
  readonly collections: Map<string, DataCollection>;
  nextNumber: number;
}

export const SITE_ID = "a15e11f0-0000-4000-8000-000000000001";
export const OWNER: Member = {
  id: "a15e11f0-0000-4000-8000-0000000000aa",
  loginEmail: "ada@example.com",
  nickname: "Ada Sandbox",
  slug: "ada",
};

export function emptyStore(clock: Clock, behaviours: Behaviours): WixStore {
  return {
    clock,
    behaviours,
    url: "",
    site: { id: SITE_ID, title: "Sandbox Site", timeZone: "Europe/Berlin", language: "en" },
    posts: new Map(),
    tags: new Map(),
    categories: new Map(),
    members: new Map([[OWNER.id, OWNER]]),
    files: new Map(),
    places: new Map(),
    collections: new Map(),
    nextNumber: 256,
  };
}

export function newId(store: WixStore): string {
  const number = store.nextNumber;
  store.nextNumber += 1;
  return `a15e11f0-0000-4000-9000-${number.toString(16).padStart(12, "0")}`;
}

export const stamp = (ms: number): string => new Date(ms).toISOString();
