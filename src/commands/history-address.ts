import { linesFor, type Root } from "../engine/root.ts";
import { Fault, isFault } from "../lib/fault.ts";
import type { Base } from "../sync/model.ts";
import type { Context } from "./context.ts";
import { openTarget } from "./target.ts";

export function isAddress(given: string): boolean {
  return /^(?:https?|file):\/\//i.test(given);
}

/**
 * The file of the entry at an address. Where a site cannot be asked, the only entry whose slug the address ends with,
 * which is told.
 */
export async function pathOfAddress(
  context: Context,
  root: Root,
  address: string,
  targets: readonly string[],
  offline: boolean,
): Promise<string> {
  const names = root.lock.headers.map(({ target }) => target);
  for (const name of names.filter((each) => targets.length === 0 || targets.includes(each))) {
    const lines = linesFor(root, name);
    const line = offline
      ? bySlug(context, name, lines, address)
      : await byAddress(context, name, lines, address);
    if (line !== undefined) return line.path;
  }
  throw new Fault("usage", `no file of ${root.dir} is known to be at ${address}`, {
    code: "no-such-address",
    hint: "give the file, or the address as visitors see it",
  });
}

async function byAddress(
  context: Context,
  name: string,
  lines: readonly Base[],
  address: string,
): Promise<Base | undefined> {
  try {
    const { connector } = await openTarget(context, name);
    for await (const rows of connector.list([...new Set(lines.map(({ kind }) => kind))])) {
      const row = rows.find(({ url }) => url !== "" && plain(url) === plain(address));
      const line = row && lines.find(({ id, kind }) => id === row.id && kind === row.kind);
      if (line !== undefined) return line;
    }
    return undefined;
  } catch (thrown) {
    if (!isFault(thrown) || thrown.kind === "interrupted" || thrown.kind === "defect") throw thrown;
    const message = `the site could not be asked for the address: ${thrown.message}`;
    context.emit({ type: "notice", target: name, level: "warning", message });
    return bySlug(context, name, lines, address);
  }
}

function bySlug(
  { emit }: Context,
  target: string,
  lines: readonly Base[],
  address: string,
): Base | undefined {
  const last = plain(address).replace(/\?.*$/, "").replace(/\/+$/, "").split("/").at(-1) ?? "";
  const found = lines.filter(
    ({ slug }) => slug !== "" && (slug === last || encodeURIComponent(slug) === last),
  );
  const [only] = found;
  if (only === undefined || found.length > 1) return undefined;
  const message = `${only.path} is taken for it by the end of the address alone, since the site was not asked`;
  emit({ type: "notice", target, level: "warning", message });
  return only;
}

function plain(address: string): string {
  return address
    .replace(/^https?:/i, "")
    .replace(/#.*$/, "")
    .replace(/\/+$/, "");
}
