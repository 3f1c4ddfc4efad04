// A local site as a platform under test: people edit its files.
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { STATES } from "../../src/content/document.ts";
import { sha256Hex } from "../../src/lib/hash.ts";
import { tempDir } from "../commands/bench.ts";
import { localWorld } from "../engine/worlds.ts";
import type { Made, Platform, Seen, Site } from "./site.ts";

interface Fields {
  readonly slug: string;
  readonly title: string;
  readonly body: string;
  readonly status: string;
  readonly date: string | null;
  readonly image: { readonly src: string } | null;
}

interface Record {
  readonly id: string;
  readonly version: number;
  readonly fields: Fields;
}

export const local: Platform = {
  name: "local",
  states: STATES,
  without: {
    road: "files are read and written without a network",
    "unmarked edits": "a revision covers all that the file of an entry says",
  },
  start: async (timezone = "UTC") => {
    const dir = join(tempDir("site"), "site");
    mkdirSync(join(dir, "entries"), { recursive: true });
    const site = { format: 1, id: randomUUID(), title: "A site", timezone };
    writeFileSync(join(dir, "site.json"), JSON.stringify(site));
    return siteIn(dir);
  },
};

function siteIn(dir: string): Site {
  const namesIn = (folder: string) =>
    existsSync(join(dir, folder))
      ? readdirSync(join(dir, folder)).filter((name) => /^[^.].*\.json$/.test(name))
      : [];
  const listIn = <T>(folder: string) =>
    namesIn(folder).map((name) => JSON.parse(readFileSync(join(dir, folder, name), "utf8")) as T);
  const find = (slug: string): Record => {
    const record = listIn<Record>("entries").find(({ fields }) => fields.slug === slug);
    if (record === undefined) throw new Error(`no entry ${slug}`);
    return record;
  };
  const put = (record: Record) =>
    writeFileSync(join(dir, "entries", `${record.id}.json`), JSON.stringify(record, null, 2));
  return {
    connection: { platform: "local", url: dir },
    entries: () =>
      listIn<Record>("entries")
        .map(seen)
        .sort((a, b) => (a.slug < b.slug ? -1 : 1)),
    census: () => localWorld(dir).census(),
    uploads: () => namesIn("media").length,
    writes: () => {
      const versions = ["entries", "trash"].flatMap((folder) => listIn<Record>(folder));
      const terms = listIn<readonly unknown[]>("terms").flat();
      const changes = versions.reduce((sum, { version }) => sum + version, 0);
      return changes + namesIn("trash").length + terms.length + namesIn("media").length;
    },
    edit: (slug, { title, date, replace }) => {
      const record = find(slug);
      const { fields } = record;
      const body = replace === undefined ? fields.body : fields.body.replace(...replace);
      if (replace !== undefined && body === fields.body) throw new Error(`${slug} has no ${replace[0]}`);
      put({
        ...record,
        fields: { ...fields, title: title ?? fields.title, date: date ?? fields.date, body },
      });
    },
    add: (made) => put(recordOf(made)),
    erase: (slug) => rmSync(join(dir, "entries", `${find(slug).id}.json`)),
    onWrite: (n, work) => {
      let left = n;
      const watchers = ["entries", "media", "terms"].map((folder) => {
        mkdirSync(join(dir, folder), { recursive: true });
        return watch(join(dir, folder), { persistent: false }, (_, name) => {
          if (left === 0 || name?.endsWith(".json") !== true) return;
          left -= 1;
          if (left > 0) return;
          for (const watcher of watchers) watcher.close();
          work();
        });
      });
    },
    stop: async () => {},
  };
}

function seen({ id, fields: { slug, title, body, status, date, image } }: Record): Seen {
  return { id, slug, title, body, state: status, date, image: image?.src ?? "" };
}

function recordOf({ title, slug, text, state, date }: Made) {
  const fields = {
    title,
    slug,
    status: state,
    date: state === "draft" ? null : date,
    body: `<p>${text}</p>\n`,
    image: null,
  };
  return { id: sha256Hex(slug).slice(0, 12), kind: "post", locale: "", key: null, version: 0, fields };
}
