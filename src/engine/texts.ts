import { deflateSync, inflateSync } from "node:zlib";
import type { EntryRef } from "../connectors/contract.ts";
import type { Clock } from "../lib/clock.ts";
import { isFault } from "../lib/fault.ts";
import { sha256Hex } from "../lib/hash.ts";
import { canonicalJson, isObject, type JsonObject } from "../lib/json.ts";
import type { Store } from "../store/db.ts";
import { type NewVersion, type Version, versionsOf } from "../store/versions.ts";

/** What seals texts for this installation; `seal` gives nothing where there is no key. */
export interface Sealing {
  readonly seal: (context: string, text: Uint8Array) => Promise<Uint8Array | undefined>;
  readonly open: (context: string, sealed: Uint8Array) => Promise<Uint8Array>;
}

/** Whose text it is. */
export interface TextOwner {
  readonly site: string;
  readonly rootId: string;
  readonly path: string;
  /** Id of the entry, "" while it has none. */
  readonly id: string;
  readonly kind: string;
  readonly locale: string;
}

export interface KeptWire {
  readonly version: Version;
  readonly wire: JsonObject;
}

/** Versions looked at for one question; older ones are too far back to be a base. */
const LOOK_BACK = 50;

/** Most texts are a few kB: what zlib has to set up for larger windows takes longer than they do. */
const DEFLATE = { level: 1, windowBits: 13, memLevel: 6 };

/** A text ready to be stored, in the transaction that records why. */
export async function sealText(
  sealing: Sealing,
  owner: TextOwner,
  side: "site" | "file",
  plain: Uint8Array,
  about: Pick<NewVersion, "event"> & {
    readonly run: string;
    readonly clock: Clock;
    readonly author?: string;
    /** The same text as it was sealed before: sealing takes longer than looking for it. */
    readonly before?: (digest: string) => Uint8Array | undefined;
  },
): Promise<NewVersion> {
  const digest = sha256Hex(plain);
  const { clock, run, event, author, before } = about;
  const sealed = () => sealing.seal(contextOf(owner.site, digest), deflateSync(plain, DEFLATE));
  return {
    ...owner,
    side,
    event,
    digest,
    sealed: before?.(digest) ?? (await sealed()),
    at: new Date(clock.now()).toISOString(),
    run,
    ...(author === undefined ? {} : { author }),
  };
}

export function wireBytes(wire: JsonObject): Uint8Array {
  return Buffer.from(canonicalJson(wire), "utf8");
}

/** The text of a version; undefined where it was not kept, or this installation's key cannot be had. */
export async function openText(
  sealing: Pick<Sealing, "open">,
  version: NewVersion,
): Promise<Uint8Array | undefined> {
  const { site, id, digest, sealed } = version;
  if (sealed === undefined) return undefined;
  try {
    if (digest === "")
      return wireBytes(parseWire(await sealing.open(`${site}\0${id}`, sealed)).wire as JsonObject);
    return inflateSync(await sealing.open(contextOf(site, digest), sealed));
  } catch (thrown) {
    if (isFault(thrown, "auth")) return undefined;
    throw thrown;
  }
}

export function parseWire(plain: Uint8Array): JsonObject {
  const value: unknown = JSON.parse(Buffer.from(plain).toString("utf8"));
  return isObject(value) ? (value as JsonObject) : {};
}

/** What this installation kept of an entry as the site held it, newest first, `most` at most. */
export async function* keptWires(
  store: Store,
  sealing: Pick<Sealing, "open">,
  owner: Pick<TextOwner, "site" | "rootId"> & EntryRef,
  most = LOOK_BACK,
): AsyncGenerator<KeptWire> {
  for (const version of versionsOf(store, owner, "site", most)) {
    const plain = await openText(sealing, version);
    if (plain !== undefined) yield { version, wire: parseWire(plain) };
  }
}

/** What this installation kept of a document's file, newest first. `brought`: texts at hand besides, by digest. */
export async function* keptFiles(
  store: Store,
  sealing: Pick<Sealing, "open">,
  owner: Pick<TextOwner, "site" | "rootId"> & EntryRef,
  brought: ReadonlyMap<string, Uint8Array> = new Map(),
): AsyncGenerator<Uint8Array> {
  for (const version of versionsOf(store, owner, "file", LOOK_BACK)) {
    const plain = brought.get(version.digest) ?? (await openText(sealing, version));
    if (plain !== undefined) yield plain;
  }
}

/** Bound to the site and to the text itself: entries get their id, and files move, after a text was kept. */
function contextOf(site: string, digest: string): string {
  return `${site}\0${digest}`;
}
