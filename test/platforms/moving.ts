// Documents as their writers mean them, wherever their files lie and whatever their pictures are called.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseSource } from "../../src/content/source.ts";
import { sha256Hex } from "../../src/lib/hash.ts";
import { canonicalJson, isObject, type Json, type JsonObject } from "../../src/lib/json.ts";

export interface Meant {
  readonly fields: JsonObject;
  readonly body: string;
}

export function documentsIn(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".md"));
}

/** All documents of a directory by their file's name. A picture is told by its bytes, a document by its name. */
export function meantIn(root: string): ReadonlyMap<string, Meant> {
  return new Map(documentsIn(root).map((file) => [basename(file, ".md"), meantBy(root, file)] as const));
}

function meantBy(root: string, file: string): Meant {
  const { fields, body } = parseSource(readFileSync(join(root, file)), file);
  const bytesOf = (ref: string): string => {
    const path = join(root, dirname(file), decodeURI(ref));
    return existsSync(path) ? `sha256:${sha256Hex(readFileSync(path))}` : ref;
  };
  const { kind: _, image, tags, ...rest } = fields;
  const told: Record<string, Json> = { ...rest };
  if (Array.isArray(tags)) told.tags = tags.toSorted();
  if (isObject(image ?? null)) {
    const { src, ...more } = image as JsonObject;
    told.image = { ...more, src: bytesOf(String(src)) };
  }
  const said = body
    .replace(/(?<=!\[[^\]]*\]\()[^)]+/g, bytesOf)
    .replace(/(?<=\]\()[^):]+\.md/g, (path) => `entry:${basename(path, ".md")}`);
  return { fields: told, body: said.trim() };
}

/** `every: -excerpt`, `every: categories ["A","B"] > ["A"]`, `new: +date`, `gone: -`: sorted. */
export function differences(
  before: ReadonlyMap<string, Meant>,
  after: ReadonlyMap<string, Meant>,
): readonly string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const list = names.flatMap((name) => {
    const [old, now] = [before.get(name), after.get(name)];
    if (old === undefined || now === undefined) return [`${name}: ${old === undefined ? "+" : "-"}`];
    const body = old.body === now.body ? [] : [`${name}: body ${now.body}`];
    const parts = [...new Set([...Object.keys(old.fields), ...Object.keys(now.fields)])];
    return [
      ...body,
      ...parts.flatMap((part) => changeOf(part, old.fields, now.fields).map((what) => `${name}: ${what}`)),
    ];
  });
  return list.sort();
}

function changeOf(part: string, old: JsonObject, now: JsonObject): readonly string[] {
  const [a, b] = [old[part], now[part]];
  if (a === undefined) return [`+${part}`];
  if (b === undefined) return [`-${part}`];
  return canonicalJson(a) === canonicalJson(b) ? [] : [`${part} ${canonicalJson(a)} > ${canonicalJson(b)}`];
}

/** Without the marks around markup that Markdown has no words for. */
export function withoutMarks(documents: ReadonlyMap<string, Meant>): ReadonlyMap<string, Meant> {
  const bare = (body: string) => body.replace(/^<!-- \/?raw -->\n?/gm, "").replace(/\n{2,}/g, "\n");
  return new Map([...documents].map(([name, { fields, body }]) => [name, { fields, body: bare(body) }]));
}
