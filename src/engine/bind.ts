import type { Entry, Listing } from "../connectors/contract.ts";
import type { Document } from "../content/document.ts";
import { Fault } from "../lib/fault.ts";
import type { Base } from "../sync/model.ts";
import { baseOf, differingParts } from "./compare.ts";
import { linesFor, type Root, writeLockfile } from "./root.ts";
import { loadFile } from "./scan.ts";
import { readEntries, rowKey, type Site } from "./site.ts";

/**
 * Binds a file to an entry, by id or address. Parts in which both differ count as changed in the file, so that the
 * next push sends them and `diff` shows them before. Returns those parts. Writes nothing but the lockfile.
 */
export async function link(
  site: Site,
  root: Root,
  path: string,
  wanted: string,
): Promise<{ entry: Entry; parts: readonly string[] }> {
  const file = await loadFile(root, site, path);
  if (file === undefined)
    throw new Fault("usage", `${path} is left out by the content rules`, { code: "left-out" });
  const entry = await findEntry(site, file.document, wanted);
  const lines = linesFor(root, site.target.name);
  const owner = lines.find((line) => rowKey(line) === rowKey(entry) && line.path !== path);
  if (owner !== undefined) {
    throw new Fault("usage", `entry ${entry.id} belongs to ${owner.path} already`, {
      code: "bound",
      hint: `first: ainstein-cms unlink ${owner.path} --target ${site.target.name}`,
    });
  }
  const parts = await differingParts(site, file, entry);
  const agreed = baseOf(file, entry, site.target.connector.traits.raceWindowMs > 0);
  const local = Object.fromEntries(
    Object.entries(agreed.local.parts).filter(([part]) => !parts.includes(part)),
  );
  const line: Base =
    parts.length === 0 ? agreed : { ...agreed, blob: "", local: { ...agreed.local, parts: local } };
  const managed = { ...root, lock: { ...root.lock, unmanaged: without(root, site, path) } };
  await writeLockfile(managed, site, [...lines.filter((other) => other.path !== path), line]);
  return { entry, parts };
}

/** Where several translations have one id, the one in the file's language. */
async function findEntry(site: Site, { kind, locale }: Document, wanted: string): Promise<Entry> {
  const found: Listing[] = [];
  for await (const rows of site.target.connector.list([kind])) {
    found.push(...rows.filter((row) => row.id === wanted || sameAddress(row, wanted)));
  }
  const row = found.find((candidate) => candidate.locale === locale) ?? found[0];
  const entry = row && (await readEntries(site, [row])).get(rowKey(row));
  if (typeof entry === "object") return entry;
  throw new Fault("usage", `${site.account.siteTitle} has no ${kind} with the id or address ${wanted}`, {
    code: "no-entry",
    hint: "give its number, or its address as visitors see it",
  });
}

function sameAddress(row: Listing, wanted: string): boolean {
  const plain = (address: string) => address.replace(/^https?:/, "").replace(/\/+$/, "");
  return row.url !== "" && plain(row.url) === plain(wanted);
}

/** Takes a file out of this tool's hands: neither file nor entry is touched, now or by later runs. */
export async function unlink(site: Site, root: Root, path: string): Promise<boolean> {
  const target = site.target.name;
  const lines = linesFor(root, target);
  const rest = lines.filter((line) => line.path !== path);
  const id = lines.find((line) => line.path === path)?.id ?? "";
  const unmanaged = [...without(root, site, path), { target, unmanaged: path, id }];
  await writeLockfile({ ...root, lock: { ...root.lock, unmanaged } }, site, rest);
  return rest.length < lines.length;
}

function without(root: Root, site: Site, path: string): Root["lock"]["unmanaged"] {
  return root.lock.unmanaged.filter((line) => line.target !== site.target.name || line.unmanaged !== path);
}
