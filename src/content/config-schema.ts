import { z } from "zod";
import { mediaFields } from "./config-media.ts";
import { isZone } from "./date.ts";
import { canonicalLocale } from "./locale.ts";
import { unknownToken } from "./path.ts";

/** Everything `ainstein.yaml` may say. Addresses, secrets and commands have no place here: a repository is untrusted. */
const text = z.string().min(1);
const connectionName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, "A connection's name is lower-case letters, digits and `-`, a letter first");

/** Relative to the root, with `/`; never out of it. */
export const insidePath = text.refine(
  (path) => !path.startsWith("/") && !/(^|\/)\.\.(\/|$)|\\|^[a-z]:/i.test(path),
  "A path here is relative to this file, with `/`, and cannot leave its directory",
);

const target = z
  .strictObject({
    settings: z
      .record(text, z.union([z.string(), z.number(), z.boolean()]))
      .describe("Settings of the connection for this content only, as `connect --set` names them"),
    kinds: z.record(text, text).describe("Kinds that this target names differently: ours -> theirs"),
  })
  .partial();

const template = text
  .refine((path) => unknownToken(path) === undefined, {
    error: (issue) =>
      `\`{${unknownToken(String(issue.input))}}\` is not known; there are {slug} {date} {year} {month} {day} {kind} {locale} {id}`,
  })
  .refine(
    (path) => /\.(md|markdown|json)$/.test(path),
    "A file name here must end in .md, .markdown or .json",
  )
  .refine(
    (path) => path.includes("{slug}") || path.includes("{id}"),
    "A file name here needs {slug} or {id}",
  );

const content = z.strictObject({
  dir: insidePath
    .refine(
      (dir) => !/[{}]/.test(dir.replace("{locale}", "")),
      "A directory here may have one {locale} in its name, and no other token",
    )
    .describe("Directory, `.` for the root itself; `{locale}` in it stands for a language: {locale}/posts"),
  kind: text.describe("Content type on the site, e.g. post or page"),
  path: insidePath.pipe(template).optional().describe("Names of new files in `dir`; default {slug}.md"),
  where: z
    .record(text, z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]))
    .optional()
    .describe("Only files whose front matter has these values; a list names alternatives"),
});

export const FIELD_TYPES = [
  "text",
  "number",
  "boolean",
  "date",
  "list",
  "json",
  "reference",
  "image",
] as const;

const field = z.union([
  text.describe("Name of the field on the site, e.g. meta.price, acf.subtitle, seo.title"),
  z.literal(false).describe("Stays in the file only"),
  z.strictObject({ to: text, type: z.enum(FIELD_TYPES) }),
]);

const termPolicy = z.enum(["create", "refuse"]);
const term = z.union([
  termPolicy,
  z
    .strictObject({
      unknown: termPolicy,
      aliases: z.record(text, text).describe("Names in files -> names on the site"),
    })
    .partial(),
]);

/** How a part that was changed on both sides is settled without asking. */
export const CONFLICT_RULES = ["merge", "union", "ours", "theirs"] as const;
export type ConflictRule = (typeof CONFLICT_RULES)[number];

export const configSchema = z
  .strictObject({
    targets: z
      .union([z.array(connectionName), z.record(connectionName, target.nullable())])
      .describe("The closed list of connections that this content may be written to"),
    content: z
      .array(content)
      .describe("Which directories hold which kind; the first that fits a file counts"),
    fields: z
      .record(text, field)
      .describe("The site's names for front matter keys; `map.key` is a key within a map"),
    terms: z.record(text, term).describe("What to do with tags, categories … that the site does not have"),
    media: z
      .strictObject({
        dirs: z.array(insidePath).describe("Where `/images/a.png` is looked for, after the root"),
        ...mediaFields,
      })
      .partial(),
    onConflict: z
      .record(text, z.enum(CONFLICT_RULES))
      .describe(
        "By field, or `body`: what `sync`, `pull` and `resolve` do where both sides changed it and it does not merge",
      ),
    protect: z
      .strictObject({
        kinds: z.array(text),
        paths: z.array(text).describe("Patterns as in .gitignore"),
        fields: z.array(
          text.refine(
            (name) => name !== "title" && name !== "body",
            "A document cannot be sent without its title or body",
          ),
        ),
      })
      .partial()
      .describe("What is never written to the site"),
    readOnly: z.boolean().describe("Nothing here is ever written to a site"),
    ignore: z.array(text).describe("Files that are not content, as patterns of .gitignore"),
    locale: text
      .refine((tag) => canonicalLocale(tag) !== undefined, "A language is a tag as de or pt-BR")
      .describe("Language of documents that name none, neither in front matter nor by where they lie"),
    timezone: text
      .refine(isZone, "A time zone is an IANA name as Europe/Berlin, or an offset as +02:00")
      .describe("Zone that dates without offset are in; default the site's"),
    unknownFields: z
      .enum(["refuse", "warn", "local"])
      .describe("What happens to front matter keys that neither `fields` nor the site knows"),
  })
  .partial();

export type ConfigFile = z.infer<typeof configSchema>;
export type FieldType = (typeof FIELD_TYPES)[number];

/** JSON Schema of `ainstein.yaml` for editors. */
export function configJsonSchema(): object {
  return { title: "ainstein.yaml", ...z.toJSONSchema(configSchema, { io: "input", target: "draft-7" }) };
}
