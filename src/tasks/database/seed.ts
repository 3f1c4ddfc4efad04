// PURE: rows that a model takes, and rows that it must not take.
import { neededBy } from "./checks.ts";
import { type ColumnModel, columnOf, type DatabaseModel, keysOf, type TableModel } from "./types.ts";

export type Value = string | number | null;
export type SeedRow = Readonly<Record<string, Value>>;
/** Keys of the rows that are stored, by table. */
export type Stored = ReadonlyMap<string, readonly Value[]>;

export const ROWS = 20;

/** Tables behind those whose rows theirs need. */
export function seedOrder(model: DatabaseModel): readonly TableModel[] {
  const placed: TableModel[] = [];
  let left = model.tables;
  while (left.length > 0) {
    const next = left.filter((table) =>
      neededBy(table).every((parent) => placed.some(({ name }) => name === parent)),
    );
    if (next.length === 0) throw new Error("no row of these tables could ever be stored");
    placed.push(...next);
    left = left.filter((table) => !next.includes(table));
  }
  return placed;
}

/** How many rows of the table its keys can tell apart, at most `ROWS` and one to spare. */
export function capacity(table: TableModel, stored: Stored): number {
  const ofKeys = keysOf(table).map((key) => {
    const columns = key.flatMap((name) => columnOf(table, name) ?? []);
    return Math.max(...columns.map((column) => choices(table, column, stored)));
  });
  return Math.min(ROWS + 1, ...ofKeys);
}

function choices(table: TableModel, column: ColumnModel, stored: Stored): number {
  const reference = table.references.find((one) => one.column === column.name);
  if (reference !== undefined) return stored.get(reference.table)?.length || 1;
  switch (column.type) {
    case "enum":
      return column.values?.length ?? 1;
    case "boolean":
      return 2;
    case "string":
      return 36 ** Math.min(column.length ?? 255, 4);
    case "integer":
    case "bigint":
    case "money_cents":
    case "decimal":
      return range(column).steps;
    default:
      return Number.POSITIVE_INFINITY;
  }
}

function range(column: ColumnModel): { low: number; steps: number } {
  const digits = column.type === "decimal" ? (column.precision ?? 12) - (column.scale ?? 2) : 9;
  const largest = 10 ** Math.min(digits, 9) - 1;
  const max = column.check?.max ?? largest;
  const low = column.check?.min ?? Math.min(0, max);
  return { low, steps: Math.max(1, Math.floor(Math.min(max, low + 1_000_000) - low) + 1) };
}

/** The values of row number `at`; what the database gives by itself is left out. */
export function seedRow(model: DatabaseModel, table: TableModel, at: number, stored: Stored): SeedRow {
  const columns = table.columns.filter(({ type }) => type !== "id");
  return Object.fromEntries(
    columns.map((column) => {
      const reference = table.references.find((one) => one.column === column.name);
      if (reference === undefined) return [column.name, sampleOf(model.dialect, column, at)];
      const keys = stored.get(reference.table) ?? [];
      return [column.name, keys.length === 0 ? null : (keys[at % keys.length] ?? null)];
    }),
  );
}

/** Text that a careless program spoils. */
const AWKWARD = `O'Brien "x" \\ % é — 漢 ✓`;

function sampleOf(dialect: DatabaseModel["dialect"], column: ColumnModel, at: number): Value {
  switch (column.type) {
    case "string": {
      const length = column.length ?? 255;
      const mark = at.toString(36);
      return length > AWKWARD.length + 8 ? `${AWKWARD} ${mark}` : mark.slice(-length);
    }
    case "text":
      return `${AWKWARD}\nline ${at}`;
    case "email":
      return `person${at}@example.test`;
    case "enum":
      return column.values?.[at % column.values.length] ?? null;
    case "boolean":
      return at % 2;
    case "uuid":
      return `00000000-0000-4000-8000-${at.toString(16).padStart(12, "0")}`;
    case "json":
      return JSON.stringify({ at, text: AWKWARD });
    case "date":
      return new Date(Date.UTC(2025, 0, 1 + at)).toISOString().slice(0, 10);
    case "timestamp": {
      const moment = new Date(Date.UTC(2025, 0, 1, 0, 0, at)).toISOString().replace("T", " ").slice(0, 19);
      return `${moment}.123456${dialect === "postgresql" ? "+00" : ""}`;
    }
    default: {
      const { low, steps } = range(column);
      return low + (at % steps);
    }
  }
}

/** A row that must be refused, and for what. */
export interface WrongRow {
  readonly table: string;
  readonly row: SeedRow;
  readonly breaks: "reference" | "unique" | "check" | "empty";
  /** `orders.user_id` */
  readonly what: string;
}

/** One wrong row for everything that the model holds; tables without room for another row are left out. */
export function wrongRows(model: DatabaseModel, stored: Stored): readonly WrongRow[] {
  return model.tables.flatMap((table) => {
    const count = stored.get(table.name)?.length ?? 0;
    const again = (at: number) => seedRow(model, table, at, stored);
    const twice = keysOf(table).flatMap((key) => twiceRow(model, table, key, stored));
    if (count === 0 || capacity(table, stored) <= count) return twice;
    const fresh = again(count);
    const broken = table.columns.flatMap((column): readonly WrongRow[] => {
      const wrong = (breaks: WrongRow["breaks"], value: Value): WrongRow => ({
        table: table.name,
        row: { ...fresh, [column.name]: value },
        breaks,
        what: `${table.name}.${column.name}`,
      });
      return wrongValues(table, column).map(({ breaks, value }) => wrong(breaks, value));
    });
    return [...twice, ...broken];
  });
}

/** The first row once more, of which only this key is the same. */
function twiceRow(
  model: DatabaseModel,
  table: TableModel,
  key: readonly string[],
  stored: Stored,
): readonly WrongRow[] {
  const count = stored.get(table.name)?.length ?? 0;
  const first = seedRow(model, table, 0, storedBefore(model, table, stored));
  // A key that counts itself up is not in the row.
  if (count === 0 || key.some((name) => (first[name] ?? null) === null)) return [];
  const same = Object.fromEntries(key.map((name) => [name, shouted(table, name, first[name] ?? null)]));
  const row = { ...seedRow(model, table, count, stored), ...same };
  return [{ table: table.name, row, breaks: "unique", what: `${table.name}.${key.join("+")}` }];
}

/** The keys that were there when the table's own rows were stored. */
function storedBefore(model: DatabaseModel, table: TableModel, stored: Stored): Stored {
  const names = seedOrder(model).map(({ name }) => name);
  const before = new Set(names.slice(0, names.indexOf(table.name)));
  return new Map([...stored].filter(([name]) => before.has(name)));
}

/** Of an e-mail address upper and lower case are the same. */
function shouted(table: TableModel, name: string, value: Value): Value {
  return columnOf(table, name)?.type === "email" ? String(value).toUpperCase() : value;
}

function wrongValues(
  table: TableModel,
  column: ColumnModel,
): readonly { breaks: WrongRow["breaks"]; value: Value }[] {
  if (column.type === "id") return [];
  const refers = table.references.some((reference) => reference.column === column.name);
  const { min, max } = column.check ?? {};
  return [
    ...(column.nullable ? [] : [{ breaks: "empty" as const, value: null }]),
    ...(refers ? [{ breaks: "reference" as const, value: nobody(column) }] : []),
    ...(column.type === "enum" ? [{ breaks: "check" as const, value: "~ none of them" }] : []),
    ...(min === undefined ? [] : [{ breaks: "check" as const, value: min - 1 }]),
    ...(max === undefined ? [] : [{ breaks: "check" as const, value: max + 1 }]),
  ];
}

/** A key that no row has. */
function nobody(column: ColumnModel): Value {
  if (column.type === "uuid") return "ffffffff-ffff-4fff-8fff-ffffffffffff";
  return column.type === "string" || column.type === "email" ? "~".slice(0, column.length) : -1;
}
