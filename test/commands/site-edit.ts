import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface SiteFields {
  slug: string;
  body: string;
  title: string;
  status: string;
  tags: string[];
}

interface Record {
  id: string;
  fields: SiteFields;
}

function find(site: string, slug: string): { file: string; record: Record } {
  for (const name of readdirSync(join(site, "entries"))) {
    const file = join(site, "entries", name);
    const record = JSON.parse(readFileSync(file, "utf8")) as Record;
    if (record.fields.slug === slug) return { file, record };
  }
  throw new Error(`no entry ${slug}`);
}

/** The entry as the local site holds it. */
export function onSite(site: string, slug: string): Record {
  return find(site, slug).record;
}

export function slugsOn(site: string): readonly string[] {
  return readdirSync(join(site, "entries"))
    .map((name) => (JSON.parse(readFileSync(join(site, "entries", name), "utf8")) as Record).fields.slug)
    .sort();
}

/** Edits an entry's file in the site's directory, as a person in the CMS would. Throws when it changes nothing. */
export function editOnSite(
  site: string,
  slug: string,
  edit: (fields: SiteFields) => Partial<SiteFields>,
): void {
  const { file, record } = find(site, slug);
  const after = { ...record, fields: { ...record.fields, ...edit(record.fields) } };
  if (JSON.stringify(after) === JSON.stringify(record))
    throw new Error(`the edit of ${slug} changed nothing`);
  writeFileSync(file, JSON.stringify(after, null, 2));
}

/** Renames a term in the site's directory. */
export function renameTermOnSite(site: string, from: string, to: string): void {
  for (const name of readdirSync(join(site, "terms"))) {
    const file = join(site, "terms", name);
    const text = readFileSync(file, "utf8");
    const after = text
      .replaceAll(`"name": "${from}"`, `"name": "${to}"`)
      .replaceAll(`"name":"${from}"`, `"name":"${to}"`);
    if (after === text) continue;
    writeFileSync(file, after);
    return;
  }
  throw new Error(`no term ${from}`);
}
