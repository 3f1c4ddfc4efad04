// PURE: relationships, short and exact, as columns, references and join tables.
import type { RelationshipSpec } from "../schema.ts";
import { JOINS, PAIRS } from "./catalogue.ts";
import { joinedName, singularOf } from "./names.ts";
import { refuse } from "./refuse.ts";
import {
  type ColumnModel,
  columnOf,
  keysOf,
  type ReferenceModel,
  referringType,
  type TableModel,
} from "./types.ts";

type Exact = Exclude<RelationshipSpec, string>;

/** A relationship with both ends known, and where the task says it. */
export interface Relation extends Exact {
  readonly field: string;
  /** Written `a_to_b`: its kind is a convention. */
  readonly short: boolean;
}

/** The tables so far, and what is told of the way to them. */
export interface Draft {
  readonly tables: Map<string, TableModel>;
  readonly strict: boolean;
  /** `table.column` of references that nobody wrote: one that the task writes takes their place. */
  readonly implied: Set<string>;
  assume(field: string, assumed: string): void;
}

/** Every relationship's two ends. */
export function readRelations(
  specs: readonly RelationshipSpec[],
  draft: Draft,
  base: string,
): readonly Relation[] {
  const relations = specs.map((spec, index): Relation => {
    const field = `${base}.${index}`;
    if (typeof spec === "string") return { ...shortEnds(spec, draft, field), field, short: true };
    for (const end of ["from", "to"] as const) {
      if (!draft.tables.has(spec[end]))
        refuse(`${field}.${end}`, `There is no table ${spec[end]}`, "List it under tables.");
    }
    checkAttributes(spec, field);
    return { ...spec, field, short: false };
  });
  return withoutReverse(relations, draft);
}

function checkAttributes(spec: Exact, field: string): void {
  const many = spec.kind === "many_to_many";
  if (many && spec.column !== undefined)
    refuse(
      `${field}.column`,
      "A many_to_many has two columns, in a table of its own",
      "Name that table with through.",
    );
  if (!many && spec.through !== undefined)
    refuse(`${field}.through`, `through belongs to many_to_many, not to ${spec.kind}`, "Leave it out.");
  if (many && spec.nullable)
    refuse(`${field}.nullable`, "The rows of a join table have both ends", "Leave nullable out.");
  if (spec.on_delete === "set_null" && !spec.nullable)
    refuse(
      `${field}.on_delete`,
      "set_null needs a column that may be empty",
      "Add `nullable: true`, or use restrict.",
    );
}

function shortEnds(text: string, draft: Draft, field: string): Omit<Relation, "field" | "short"> {
  const words = text.split("_to_");
  const splits = words
    .slice(1)
    .map((_, at) => [words.slice(0, at + 1).join("_to_"), words.slice(at + 1).join("_to_")] as const);
  const fits = splits.flatMap(([from, to]) => {
    const ends = [tableCalled(from, draft), tableCalled(to, draft)] as const;
    return ends[0] === undefined || ends[1] === undefined ? [] : [{ from: ends[0], to: ends[1] }];
  });
  const [first, second] = fits;
  if (first === undefined)
    refuse(
      field,
      `${text} does not name two tables of this task`,
      `Its tables are ${[...draft.tables.keys()].join(", ")}: write \`<table>_to_<table>\`, or the exact form with from, to and kind.`,
    );
  const guessed = second !== undefined || `${first.from}_to_${first.to}` !== text;
  if (guessed && draft.strict)
    refuse(
      field,
      second === undefined
        ? `${text} names no tables as they are spelled`
        : `${text} can be read in ${fits.length} ways`,
      `Write \`{from: ${first.from}, to: ${first.to}, kind: one_to_many}\`, or set \`strict: false\`.`,
    );
  if (guessed) draft.assume(field, `${text} means from ${first.from} to ${first.to}`);
  return { ...first, kind: "one_to_many", nullable: false, on_delete: "restrict" };
}

/** A table by its name, or by what one of its rows is called. */
function tableCalled(word: string, draft: Draft): string | undefined {
  if (draft.tables.has(word)) return word;
  return [...draft.tables.values()].find(({ singular }) => singular === word)?.name;
}

/** `a_to_b` and `b_to_a` together are one relationship, many to many. */
function withoutReverse(relations: readonly Relation[], draft: Draft): readonly Relation[] {
  const kept: Relation[] = [];
  for (const relation of relations) {
    const at = kept.findIndex(
      (other) => other.short && relation.short && other.from === relation.to && other.to === relation.from,
    );
    const other = kept[at];
    if (other === undefined || other.from === other.to) kept.push(relation);
    else {
      kept[at] = { ...other, kind: "many_to_many" };
      draft.assume(
        relation.field,
        `${other.from} and ${other.to} are many to many, as both directions are named`,
      );
    }
  }
  return kept;
}

export function applyRelation(relation: Relation, draft: Draft): void {
  const kind = relation.short ? usualKind(relation, draft) : relation.kind;
  if (kind === "many_to_many") joinTables(relation, draft);
  else refer(draft, relation.from, relation.to, { ...relation, unique: kind === "one_to_one" });
}

function usualKind(relation: Relation, draft: Draft): Relation["kind"] {
  const { from, to, field } = relation;
  if (relation.kind === "many_to_many") return relation.kind;
  const listed = listedJoin(from, to, draft);
  const pair = pairOf(from, to);
  if (from !== to && (listed !== undefined || pair !== undefined)) {
    const why = listed === undefined ? "as they usually are" : `through ${listed}`;
    draft.assume(field, `${from} and ${to} are many to many, ${why}`);
    return "many_to_many";
  }
  draft.assume(field, `one of ${from} has many of ${to}`);
  return "one_to_many";
}

function pairOf(a: string, b: string): (typeof PAIRS)[number] | undefined {
  return PAIRS.find(({ tables }) => tables.includes(a) && tables.includes(b) && a !== b);
}

/** What a table that joins two others may be called. */
function joinNames(a: string, b: string): readonly string[] {
  const [one, other] = [singularOf(a), singularOf(b)];
  return [`${one}_${b}`, `${a}_${b}`, `${one}_${other}`, `${other}_${a}`, `${b}_${a}`, `${other}_${one}`];
}

function listedJoin(a: string, b: string, draft: Draft): string | undefined {
  const known = JOINS.filter(({ tables }) => tables.includes(a) && tables.includes(b)).map(
    ({ through }) => through,
  );
  return [...known, ...joinNames(a, b)].find((name) => name !== a && name !== b && draft.tables.has(name));
}

function joinTables(relation: Relation, draft: Draft): void {
  const { from, to, field } = relation;
  const pair = pairOf(from, to);
  const through =
    relation.through ?? listedJoin(from, to, draft) ?? pair?.through ?? joinedName(singularOf(from), to);
  const [left, right] = joinColumns(from, to, draft);
  if (!draft.tables.has(through)) {
    draft.assume(field, `${from} and ${to} are joined by the table ${through}`);
    draft.tables.set(through, {
      name: through,
      singular: singularOf(through),
      columns: pair?.through === through ? pair.columns : [],
      primaryKey: [left, right],
      uniques: [],
      indexes: [],
      references: [],
    });
  }
  const how = { ...relation, unique: false, joining: true };
  refer(draft, from, through, { ...how, column: left });
  refer(draft, to, through, { ...how, column: right });
}

function joinColumns(from: string, to: string, draft: Draft): readonly [string, string] {
  const left = referenceName(tableOf(draft, from));
  const right = referenceName(tableOf(draft, to));
  return left === right ? [left, joinedName("related", right)] : [left, right];
}

/** What a column is called that refers to the table. */
export function referenceName(table: TableModel): string {
  return joinedName(table.singular, "id");
}

function tableOf(draft: Draft, name: string): TableModel {
  const table = draft.tables.get(name);
  if (table === undefined) throw new Error(`no table ${name} in the draft`);
  return table;
}

export interface Referring {
  readonly field: string;
  readonly column?: string | undefined;
  readonly nullable: boolean;
  readonly on_delete: ReferenceModel["onDelete"];
  readonly unique: boolean;
  /** A join table's column, which a relationship to that table may name again. */
  readonly joining?: boolean;
}

/** Gives `child` its reference to `parent`: the column where it has none, the index where no key begins with it. */
export function refer(draft: Draft, parent: string, child: string, how: Referring): void {
  const target = tableOf(draft, parent);
  const table = tableOf(draft, child);
  const key = singleKey(target, how.field);
  const own = parent === child && how.joining !== true;
  const name = how.column ?? (own ? "parent_id" : referenceName(target));
  const there = columnOf(table, name);
  const known = table.references.find((reference) => reference.column === name);
  if (known !== undefined && !draft.implied.has(`${child}.${name}`)) {
    if (how.joining === true && known.table === parent) return;
    refuse(
      how.field,
      `${child}.${name} refers to ${known.table} already`,
      "Name another with `column`, in the exact form.",
    );
  }
  if (own && how.column === undefined)
    draft.assume(how.field, `${child}.parent_id is empty in the first of ${child}`);
  const column = there ?? {
    name,
    nullable: how.nullable || (own && how.column === undefined),
    ...referringType(key),
  };
  if (there !== undefined) checkReferring(there, key, `${child}.${name}`, how.field);
  const nullable = column.nullable || (how.nullable && !table.primaryKey.includes(name));
  if (how.on_delete === "set_null" && !nullable)
    refuse(
      how.field,
      `${child}.${name} cannot be emptied: it is part of the primary key`,
      "Use restrict or cascade.",
    );
  draft.tables.set(
    child,
    withReference(
      table,
      { ...column, nullable },
      { column: name, table: parent, target: key.name, onDelete: how.on_delete },
      how.unique,
    ),
  );
}

function withReference(
  table: TableModel,
  column: ColumnModel,
  reference: ReferenceModel,
  unique: boolean,
): TableModel {
  const { name } = column;
  const had = columnOf(table, name) !== undefined;
  const next: TableModel = {
    ...table,
    columns: had ? table.columns.map((old) => (old.name === name ? column : old)) : besideKeys(table, column),
    uniques: unique ? [...table.uniques, [name]] : table.uniques,
    references: [...table.references.filter((old) => old.column !== name), reference],
  };
  const led = [...keysOf(next), ...next.indexes].some(([first]) => first === name);
  return led ? next : { ...next, indexes: [...next.indexes, [name]] };
}

/** References stand behind the key and the references before them, ahead of the rest. */
function besideKeys(table: TableModel, column: ColumnModel): readonly ColumnModel[] {
  const leading = new Set([...table.primaryKey, ...table.references.map((reference) => reference.column)]);
  const at = table.columns.findIndex(({ name }) => !leading.has(name));
  return at < 0 ? [...table.columns, column] : table.columns.toSpliced(at, 0, column);
}

/** What a row can be referred to by: anything else would need more of its type than its name. */
const KEY_TYPES: readonly ColumnModel["type"][] = ["id", "integer", "bigint", "uuid", "string"];

function singleKey(target: TableModel, field: string): ColumnModel {
  const [name, second] = target.primaryKey;
  const key = name === undefined ? undefined : columnOf(target, name);
  if (key === undefined || second !== undefined || !KEY_TYPES.includes(key.type))
    refuse(
      field,
      `${target.name} has no primary key of one column of the type ${KEY_TYPES.join(", ")}, which could be referred to`,
      "Give it an `id`, and its key as a unique index.",
    );
  return key;
}

function checkReferring(column: ColumnModel, key: ColumnModel, name: string, field: string): void {
  const wanted = referringType(key);
  if (column.type !== wanted.type || column.length !== wanted.length)
    refuse(
      field,
      `${name} is ${column.type}, and what it refers to is ${wanted.type}`,
      `Give it the type ${wanted.type}${wanted.length === undefined ? "" : ` of length ${wanted.length}`}.`,
    );
  if (column.check !== undefined || column.default !== undefined)
    refuse(field, `${name} refers to a row and can have neither check nor default`, "Leave them out.");
}
