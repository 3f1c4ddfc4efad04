// What the tests of the local platform share: sites in temporary directories, and documents to put into them.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { Connector, Draft, Entry, Listing, Refs } from "../../src/connectors/contract.ts";
import { open } from "../../src/connectors/local/client.ts";
import { codec } from "../../src/connectors/local/codec.ts";
import type { Document } from "../../src/content/document.ts";
import type { Http } from "../../src/http/http.ts";
import { type Clock, systemClock } from "../../src/lib/clock.ts";
import { sha256Hex } from "../../src/lib/hash.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { gatherRefs } from "./contract.ts";

const places: string[] = [];

export function place(): string {
  const directory = mkdtempSync(join(tmpdir(), "local-site-"));
  places.push(directory);
  return directory;
}

afterEach(() => {
  for (const directory of places.splice(0)) rmSync(directory, { recursive: true, force: true });
});

export const noHttp: Http = {
  send: () => Promise.reject(new Error("a local site sends nothing")),
  requests: () => 0,
};

export function openAt(
  url: string,
  settings: Record<string, string> = {},
  clock: Clock = systemClock,
): Connector {
  return open({ url, settings, http: noHttp, clock });
}

export const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const LOAF = {
  file: {
    ref: "./loaf.png",
    path: "loaf.png",
    digest: sha256Hex(PNG),
    type: "image/png",
    size: PNG.byteLength,
  },
  bytes: PNG,
};
export const FILES = new Map([["./loaf.png", LOAF]]);

export const SAMPLE: Document = {
  kind: "post",
  locale: "",
  fields: {
    title: "A loaf & its <crust>",
    status: "published",
    date: "2026-01-31T09:30:00",
    excerpt: "Short.",
    tags: ["rye", "Sour/dough"],
    categories: ["Recipes/Bread", "With \\/ in it"],
    author: "Mira",
    image: { src: "./loaf.png", alt: "A loaf" },
    sticky: true,
    template: "wide",
    "seo.title": "Loaf",
    "seo.description": "About a loaf",
    "meta.oven": { celsius: 240 },
  },
  body: 'Flour, *water*, salt.\n\n![The loaf](./loaf.png "Crust")',
};

export function editByHand(directory: string, id: string, fields: JsonObject): void {
  const path = join(directory, "entries", `${id}.json`);
  const record = JSON.parse(readFileSync(path, "utf8")) as { fields: JsonObject };
  writeFileSync(path, JSON.stringify({ ...record, fields: { ...record.fields, ...fields } }));
}

export async function refsOf(
  connector: Connector,
  document: Document,
  parents: Refs["parents"] = [],
): Promise<Refs> {
  return gatherRefs({ connector, codec, files: FILES, parents }, document);
}

let keys = 0;

export async function draftOf(
  connector: Connector,
  document: Document,
  slug: string,
  parents: Refs["parents"] = [],
) {
  const { wire } = codec.encode(document, await refsOf(connector, document, parents), undefined);
  const key = `key-${++keys}`;
  return { key, kind: document.kind, locale: document.locale, scope: "", slug, wire } satisfies Draft;
}

export async function put(
  connector: Connector,
  document: Document,
  slug: string,
  parents: Refs["parents"] = [],
) {
  const draft = await draftOf(connector, document, slug, parents);
  return connector.create(draft, await connector.prepare(draft));
}

export function page(title: string, fields: JsonObject = {}): Document {
  return { kind: "page", locale: "", fields: { title, status: "published", ...fields }, body: title };
}

export function at(entry: Entry) {
  return { revision: entry.revision, wire: entry.wire };
}

export function pagesIn(directory: string): readonly string[] {
  const names = readdirSync(join(directory, "public"), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".html") && name !== "index.html").sort();
}

export async function rowsOf(pages: AsyncIterable<readonly Listing[]>): Promise<readonly Listing[]> {
  const rows: Listing[] = [];
  for await (const page of pages) rows.push(...page);
  return rows;
}
