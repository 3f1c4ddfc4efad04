// PURE: the document of a database, from the same model as its files.
import { LEDGER, ROLES, type Role, roleName } from "./names.ts";
import type { ColumnModel, DatabaseModel, TableModel } from "./types.ts";

/** `documentation/database-schema.md`. */
export function databaseDocument(model: DatabaseModel): string {
  const parts = [
    `# The database ${model.name}`,
    intro(model),
    notes(model),
    ...model.tables.map((table) => tableText(table, model)),
    ...(model.dialect === "mongodb"
      ? [MONGODB]
      : [accounts(model), setUp(model), migrations(model), backups(model)]),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

const TITLES = { postgresql: "PostgreSQL", mysql: "MySQL and MariaDB", mongodb: "MongoDB" } as const;

function intro(model: DatabaseModel): string {
  const list = model.tables.map(({ name }) => `[${name}](#${name})`).join(", ");
  return `For ${TITLES[model.dialect]}, environment ${model.environment}. ${model.tables.length} tables: ${list}.`;
}

function notes(model: DatabaseModel): string {
  if (model.notes.length === 0) return "";
  return `## Assumed\n\nThe task leaves this open; write it there to have it otherwise.\n\n${model.notes.map((note) => `- ${note}`).join("\n")}`;
}

function tableText(table: TableModel, model: DatabaseModel): string {
  const rows = table.columns.map((column) => row(table, column));
  const more = [
    `Primary key: ${table.primaryKey.join(", ")}.`,
    ...table.uniques.map(
      (key) =>
        `Occurs once: ${key.join(", ")}${folded(table, key) ? " (upper and lower case are the same)" : ""}.`,
    ),
    ...table.indexes.map((key) => `Index: ${key.join(", ")}.`),
    ...referredBy(table, model),
  ];
  return `## ${table.name}

| column | type | empty | default | rules |
|---|---|---|---|---|
${rows.join("\n")}

${more.map((line) => `- ${line}`).join("\n")}`;
}

function folded(table: TableModel, key: readonly string[]): boolean {
  return table.columns.some(({ name, type }) => type === "email" && key.includes(name));
}

function row(table: TableModel, column: ColumnModel): string {
  const value = column.default === undefined ? "" : `\`${cell(String(column.default))}\``;
  return `| ${column.name} | ${typeText(column)} | ${column.nullable ? "yes" : "no"} | ${value} | ${rules(table, column)} |`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("`", "'");
}

function typeText(column: ColumnModel): string {
  if (column.type === "string") return `string(${column.length ?? 255})`;
  if (column.type === "decimal") return `decimal(${column.precision ?? 12}, ${column.scale ?? 2})`;
  return column.type;
}

function rules(table: TableModel, column: ColumnModel): string {
  const reference = table.references.find((one) => one.column === column.name);
  const { min, max } = column.check ?? {};
  return [
    ...(reference === undefined
      ? []
      : [
          `refers to ${reference.table}.${reference.target}, on delete ${reference.onDelete.replace("_", " ")}`,
        ]),
    ...(column.values === undefined
      ? []
      : [`one of ${column.values.map((value) => `\`${cell(value)}\``).join(", ")}`]),
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
  ].join("; ");
}

function referredBy(table: TableModel, model: DatabaseModel): readonly string[] {
  const from = model.tables.flatMap(({ name, references }) =>
    references.filter((reference) => reference.table === table.name).map(({ column }) => `${name}.${column}`),
  );
  return from.length === 0 ? [] : [`Referred to by ${from.join(", ")}.`];
}

const MAY: Readonly<Record<Role, string>> = {
  owner: "owns the tables; for `migrate.js` and `restore.sh`",
  app: "selects, inserts, updates and deletes rows; for the application",
  readonly: "selects rows; for reports",
  backup: "selects what a backup holds; for `backup.sh`",
};

function accounts(model: DatabaseModel): string {
  return `## Accounts

| account | may |
|---|---|
${ROLES.map((role) => `| ${roleName(model.name, role)} | ${MAY[role]} |`).join("\n")}

No file holds a password. Until it is given one, nobody can log in as any of them.`;
}

function setUp(model: DatabaseModel): string {
  const owner = roleName(model.name, "owner");
  const steps =
    model.dialect === "mysql"
      ? `mysql < roles.sql                 # as an administrator, then give each account its password
npm ci --engine-strict
DATABASE_URL='mysql://${owner}:…@host/${model.name}' node migrate.js up
mysql < grants.sql                # as an administrator`
      : `psql -X -v ON_ERROR_STOP=1 -d postgres -f roles.sql   # as an administrator, then \\password for each account
createdb --owner=${owner} --encoding=UTF8 --template=template0 ${model.name}
npm ci --engine-strict
DATABASE_URL='postgresql://${owner}:…@host/${model.name}' node migrate.js up
psql -X -v ON_ERROR_STOP=1 -d ${model.name} -f grants.sql   # as an administrator`;
  return `## Setting it up\n\nIn \`databases/\`:\n\n\`\`\`sh\n${steps}\n\`\`\``;
}

const LATER_RIGHTS =
  "\n\nAfter a migration that brings a table an administrator carries `grants.sql` out again: until then the application reads\nthat table, and does not write it. MySQL knows no rights on all tables but one, and the ledger is for the owner to write.";

function migrations({ dialect }: DatabaseModel): string {
  return `## Migrations

\`node migrate.js up\` applies what is pending, \`status\` says what that is, \`down\` takes the last one back, with what is
stored in it. What was applied is in the table \`${LEDGER}\` with a checksum: a file that was edited afterwards is refused.
Two of them at once wait for each other. On PostgreSQL a file that fails leaves nothing; MySQL commits each statement by
itself, so there the ledger counts them: put the file right from the statement that failed, and run \`up\` again.

A task with more tables, columns, indexes or values of an enum gets another migration. One that would drop or narrow
anything is refused: write such a migration by hand, under the next number, and change \`migrations/model.json\` with it.${dialect === "mysql" ? LATER_RIGHTS : ""}`;
}

function backups(model: DatabaseModel): string {
  const [user, name, password] =
    model.dialect === "mysql"
      ? ["MYSQL_USER", "MYSQL_DATABASE", "MYSQL_PWD"]
      : ["PGUSER", "PGDATABASE", "PGPASSWORD"];
  const host = model.dialect === "mysql" ? "MYSQL_HOST" : "PGHOST";
  return `## Backup and restore

\`\`\`sh
${host}=… ${user}=${roleName(model.name, "backup")} ${name}=${model.name} ./backup.sh backups/${model.name}.dump
${host}=… ${user}=${roleName(model.name, "owner")} ${name}=${model.name}_new ./restore.sh backups/${model.name}.dump
\`\`\`

The password is in ${password}. A backup and its \`.sha256\` belong together. \`restore.sh\` fills an empty database and refuses
any other; the accounts are not in a backup: \`roles.sql\` and \`grants.sql\` make them.`;
}

const MONGODB = `## Setting it up

\`MONGODB_URI=… node apply.js\` makes the collections with their validators and indexes, and brings those that are there up
to date. MongoDB does not hold references: a field that refers to another collection is a plain \`objectId\`.`;
