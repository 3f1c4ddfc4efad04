// What the saved fields of a root's sites say of a document.
import type { Fault } from "../lib/fault.ts";
import type { Config } from "./config.ts";
import { fieldFault } from "./fields.ts";
import { namingOf, type SavedModel, type SavedModels } from "./fields-file.ts";
import { groupOf, type Naming } from "./groups.ts";
import type { Reading } from "./read.ts";
import { coerce, didYouMean } from "./site-fields.ts";

/** A target with what it said of its fields. */
interface Known {
  readonly target: string;
  readonly model: SavedModel;
  /** Our kinds -> its own. */
  readonly kinds: Readonly<Record<string, string>>;
}

/** The saved targets that the root may write to. */
export function savedTargets(config: Config, saved: SavedModels): readonly Known[] {
  return Object.entries(saved).flatMap(([target, model]): readonly Known[] => {
    const rule = config.targets?.find(({ name }) => name === target);
    if (config.targets !== undefined && rule === undefined) return [];
    return [{ target, model, kinds: rule?.kinds ?? {} }];
  });
}

/** What the first of these sites calls its fields in front matter. */
export function savedNaming(known: readonly Known[]): Naming {
  const groups = known.flatMap(({ model }) => model.groups);
  return namingOf(
    [...new Set(groups)],
    known.flatMap(({ model }) => model.kinds),
  );
}

/** Fields within groups, or mapped ones, that none of the sites has, and values that one of them does not take. */
export function checkFields(known: readonly Known[], config: Config, reading: Reading): readonly Fault[] {
  const kinds = known.flatMap(({ target, model, kinds: names }) => {
    const name = names[reading.document.kind] ?? reading.document.kind;
    const kind = model.kinds.find((candidate) => candidate.name === name);
    return kind === undefined ? [] : [{ target, ...kind }];
  });
  if (kinds.length === 0) return [];
  const { source, document, names } = reading;
  const faults: Fault[] = [];
  for (const [name, value] of Object.entries(document.fields)) {
    const key = names.get(name) ?? name;
    const isOwn =
      groupOf(name) !== undefined && known.some(({ model }) => model.groups.includes(groupOf(name) ?? ""));
    const isMapped = Object.hasOwn(config.fields, key);
    if (value === null || !(isOwn || isMapped)) continue;
    const offering = kinds.filter(
      ({ known: has }) => has.includes(name) || has.includes(groupOf(name) ?? name),
    );
    const all = known.flatMap(({ model }) => model.kinds.flatMap((kind) => kind.known));
    if (offering.length === 0 && (isOwn || !all.includes(name))) {
      const [first] = kinds;
      const message = `\`${key}\`: ${first?.target} has no field \`${name}\` for ${first?.name}`;
      faults.push(
        fieldFault(source, key, "unknown-field", message, didYouMean(name, first?.known ?? []) || undefined),
      );
    }
    const type = Object.values(config.fields).find(({ to }) => to === name)?.type;
    for (const { target, fields } of offering) {
      const field = fields.find((candidate) => candidate.name === name);
      if (field === undefined || (!isOwn && type === undefined)) continue;
      const coerced = coerce(field, type, value);
      if ("problem" in coerced) {
        faults.push(fieldFault(source, key, "field-value", `\`${key}\`: ${coerced.problem} (${target})`));
      }
    }
  }
  return faults;
}
