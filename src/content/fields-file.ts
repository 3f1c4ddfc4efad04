// `ainstein.fields`: what the sites of a root said of their fields when `fields --save` asked, for checking offline.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Fault } from "../lib/fault.ts";
import type { Naming } from "./groups.ts";
import type { SiteField } from "./site-fields.ts";

export const FIELDS_FILE = "ainstein.fields";

const field: z.ZodType<SiteField> = z.object({
  name: z.string(),
  type: z.enum(["text", "number", "boolean", "date", "list", "terms", "media", "reference", "json"]),
  required: z.boolean().exactOptional(),
  values: z.array(z.string()).exactOptional(),
  alias: z.string().exactOptional(),
  origin: z.string().exactOptional(),
  kinds: z.array(z.string()).exactOptional(),
  fallback: z.json().exactOptional(),
  schema: z.record(z.string(), z.json()).exactOptional(),
  readOnly: z.string().exactOptional(),
  remedy: z.string().exactOptional(),
});

const target = z.object({
  groups: z.array(z.string()),
  kinds: z.array(z.object({ name: z.string(), known: z.array(z.string()), fields: z.array(field) })),
});

const file = z.object({ v: z.literal(1), targets: z.record(z.string(), target) });

/** The fields of one site, by kind. */
export interface SavedModel {
  readonly groups: readonly string[];
  readonly kinds: readonly {
    readonly name: string;
    /** Names that front matter may use; a group's own: any member. */
    readonly known: readonly string[];
    readonly fields: readonly SiteField[];
  }[];
}

export type SavedModels = Readonly<Record<string, SavedModel>>;

/** By target; none where nothing was saved. Throws `usage` for a file that is none of ours, or of a newer version. */
export async function readFieldsFile(root: string): Promise<SavedModels> {
  let text: string;
  try {
    text = await readFile(join(root, FIELDS_FILE), "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw unreadable((cause as Error).message, cause);
  }
  try {
    return file.parse(JSON.parse(text)).targets;
  } catch (cause) {
    throw unreadable("it is not what `fields --save` writes", cause);
  }
}

function unreadable(why: string, cause: unknown): Fault {
  return new Fault("usage", `${FIELDS_FILE} cannot be read: ${why}`, {
    code: "fields-file",
    place: { file: FIELDS_FILE },
    cause,
    hint: "save it again: `ainstein-cms fields <connection> --save`",
  });
}

/** The same bytes for the same fields, whoever saves them. */
export function fieldsFileText(models: SavedModels): string {
  const sorted = Object.entries(models).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify({ v: 1, targets: Object.fromEntries(sorted) }, null, 1)}\n`;
}

/** What the fields of a site are called in front matter. The first kind that has a field of a common name says which. */
export function namingOf(
  groups: readonly string[],
  kinds: readonly { readonly fields: readonly SiteField[] }[],
): Naming {
  const aliased = kinds.flatMap(({ fields }) =>
    fields.flatMap(({ name, alias }) => (alias === undefined ? [] : [[alias, name] as const])),
  );
  return { groups, aliases: Object.fromEntries(aliased.toReversed()) };
}
