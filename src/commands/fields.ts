import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CONFIG_FILE, findRoot, parseConfig } from "../content/config.ts";
import { FIELDS_FILE, fieldsFileText, readFieldsFile, type SavedModel } from "../content/fields-file.ts";
import { type ProposedField, proposeFields } from "../content/propose-fields.ts";
import { isDocumentPath, type Reading, readDocument } from "../content/read.ts";
import type { SiteField } from "../content/site-fields.ts";
import { parseSource } from "../content/source.ts";
import { decodeText, lineSplices, spliceText } from "../content/text.ts";
import { walkTree, writeFileAtomic } from "../content/tree.ts";
import { parseYaml, yamlFields } from "../content/yaml-front.ts";
import { patchYaml } from "../content/yaml-patch.ts";
import { openRoot, type Root } from "../engine/root.ts";
import type { Site } from "../engine/site.ts";
import { EXIT } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import { isObject, type Json, type JsonObject } from "../lib/json.ts";
import { printable } from "../lib/redact.ts";
import { nearestName } from "../lib/suggest.ts";
import { tableLines } from "../report/table.ts";
import type { Command, Context } from "./context.ts";
import { switchFlag } from "./flags.ts";
import { forEngine, siteOf } from "./session.ts";
import { openTarget } from "./target.ts";

/** The site's fields, and what the files' keys may stand for. Asks the site, writes nothing to it. Flags: save. */
export const fields: Command = async (context, args) => {
  const [name, kindName] = args.positionals;
  if (name === undefined) throw new Fault("usage", "fields needs a connection", { code: "missing-argument" });
  const root = await openRoot(await findRoot(context.cwd), context.env);
  const target = await openTarget(context, name, root);
  const site = await siteOf(forEngine(target, root), root);
  const model = modelOf(site, kindName);
  for (const kind of model.kinds) tell(context, site, kind);
  const readings = await readingsOf(root, site);
  const proposed = model.kinds.flatMap((kind) => {
    const own = readings.filter(({ document }) => kindOnSite(root, site, document.kind) === kind.name);
    return proposeFields(own, root.config, kind);
  });
  const mapping = [...new Map(proposed.map((one) => [one.key, one])).values()];
  tellMapping(context, site, mapping);
  if (switchFlag(args, "save")) await save(context, root, site, mapping);
  return EXIT.done;
};

type KindModel = SavedModel["kinds"][number];

function modelOf(site: Site, kindName: string | undefined): SavedModel {
  const { codec } = site.target;
  const known = site.model.kinds.map(({ name }) => name);
  if (kindName !== undefined && !known.includes(kindName)) {
    const near = nearestName(kindName, known);
    throw new Fault("usage", `${site.account.siteTitle} has no kind "${kindName}"`, {
      code: "unknown-kind",
      hint: near === undefined ? `it has: ${known.join(", ")}` : `did you mean ${near}?`,
    });
  }
  const kinds = site.model.kinds.filter(({ name }) => kindName === undefined || name === kindName);
  return {
    groups: site.naming.groups,
    kinds: kinds.map((kind) => ({ name: kind.name, known: codec.fields(kind), fields: kind.fields })),
  };
}

function tell({ ui }: Context, site: Site, kind: KindModel): void {
  const target = site.target.name;
  for (const { name, type, required, values, origin, alias, readOnly } of kind.fields) {
    const about = { name, fieldType: type, required: required === true, values: values ?? null };
    const more = { alias: alias ?? null, origin: origin ?? site.target.platform, readOnly: readOnly ?? null };
    ui.record({ type: "field", target, kind: kind.name, ...about, ...more });
  }
  if (ui.json) return;
  ui.out(printable(`${kind.name}:`));
  const rows = kind.fields.map((field) => rowOf(field, site.target.platform));
  for (const line of tableLines(["FIELD", "TYPE", "NEEDED", "VALUES", "FROM"], rows, ui)) ui.out(line);
  for (const { readOnly, remedy } of kind.fields) {
    if (readOnly === undefined) continue;
    ui.note(printable(readOnly));
    for (const line of remedy?.split("\n") ?? []) ui.note(printable(`    ${line}`));
  }
}

function rowOf(field: SiteField, platform: string): readonly string[] {
  const { name, type, required, values, origin = platform, alias, readOnly } = field;
  const shown = alias === undefined ? name : `${alias} (${name})`;
  const from = readOnly === undefined ? origin : `${origin}, cannot be written`;
  return [shown, type, required === true ? "yes" : "", values?.join(", ") ?? "", from];
}

/** Files that cannot be read are the matter of `check`. */
async function readingsOf(root: Root, site: Site): Promise<readonly Reading[]> {
  const { files } = await walkTree(root.dir, {
    ignore: root.config.ignore,
    wanted: (path) => isDocumentPath(root.config, path),
  });
  const readings: Reading[] = [];
  for (const { path } of files) {
    try {
      const source = parseSource(await root.read(path), path);
      const reading = readDocument(source, root.config, site.target.defaultKind, site.naming);
      if (reading !== undefined) readings.push(reading);
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
    }
  }
  return readings;
}

function kindOnSite(root: Root, site: Site, kind: string): string {
  return root.config.targets?.find((rule) => rule.name === site.target.name)?.kinds[kind] ?? kind;
}

function tellMapping({ ui }: Context, site: Site, mapping: readonly ProposedField[]): void {
  for (const { key, to, type, documents } of mapping) {
    ui.record({
      type: "mapping",
      target: site.target.name,
      key,
      to,
      fieldType: type ?? null,
      documents,
    });
  }
  if (ui.json || mapping.length === 0) return;
  ui.out("");
  ui.out("proposed for ainstein.yaml:");
  ui.out("fields:");
  for (const one of mapping) ui.out(printable(`  ${one.key}: ${shown(one)}`));
}

function shown({ to, type }: ProposedField): string {
  return type === undefined ? to : `{ to: ${to}, type: ${type} }`;
}

/** The mapping into `ainstein.yaml`, of which only `fields:` changes, and all kinds of the site into the file for `check`. */
async function save(
  context: Context,
  root: Root,
  site: Site,
  mapping: readonly ProposedField[],
): Promise<void> {
  if (!root.config.present) {
    throw new Fault("usage", `there is no ${CONFIG_FILE} to save this in`, {
      code: "no-config",
      hint: "make one: `ainstein-cms init`",
    });
  }
  const models = await readFieldsFile(root.dir);
  const text = fieldsFileText({ ...models, [site.target.name]: modelOf(site, undefined) });
  if (mapping.length > 0) {
    const before = await readFile(join(root.dir, CONFIG_FILE));
    const after = withMapping(before, mapping);
    // What could not be read again would leave the root without its configuration.
    parseConfig(after);
    await writeFileAtomic(root.dir, CONFIG_FILE, after);
  }
  await writeFileAtomic(root.dir, FIELDS_FILE, Buffer.from(text, "utf8"));
  const saved = mapping.length === 0 ? FIELDS_FILE : `${FIELDS_FILE} and ${CONFIG_FILE}`;
  context.ui.note(
    `Saved in ${saved}: commit ${mapping.length === 0 ? "it" : "them"}, and \`check\` knows these fields offline`,
  );
}

function withMapping(bytes: Uint8Array, mapping: readonly ProposedField[]): Uint8Array {
  const text = decodeText(bytes, CONFIG_FILE);
  const origin = { path: CONFIG_FILE, lf: text.lf, offset: 0 };
  const old = yamlFields(parseYaml(text.lf, origin), origin).fields;
  const added = mapping.map(({ key, to, type }): readonly [string, Json] => [
    key,
    type === undefined ? to : { to, type },
  ]);
  const all: JsonObject = { ...(isObject(old) ? (old as JsonObject) : {}), ...Object.fromEntries(added) };
  return spliceText(text, lineSplices(text.lf, patchYaml(text.lf, { fields: all }, [], origin), 0));
}
