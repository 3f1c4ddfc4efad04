// GraphQL: what the tables show, and what a client may not ask for.
import type { DatabaseModel, TableModel } from "../database/types.ts";
import { ask, type Reply, replyWords } from "./ask.ts";
import { PROVABLE } from "./limits.ts";
import { type Probe, type Seen, seen, seenStatus, skipped } from "./probe.ts";
import { freshRow, HIDDEN } from "./tables.ts";
import { asNew, countOf, credentials, startTrial, type Trial } from "./trial.ts";

const DEPTH = 8;
const ALIASES = 15;
const BATCH = 10;

export function graphqlProbes(
  trial: Trial,
  base: string,
  model: DatabaseModel | undefined,
): readonly Probe[] {
  const { graphql } = trial.wanted;
  if (graphql === undefined || model === undefined) return [];
  const send = async (json: unknown, headers?: Record<string, string>) =>
    asNew(trial, base, {
      method: "POST",
      path: graphql.path,
      json,
      headers: headers ?? (await credentials(trial, graphql.authentication)),
    });
  const refuse = (what: string, query: string, says = /./): Probe => ({
    name: `GraphQL: ${what} is refused`,
    about: "security",
    expected: "errors, and no data",
    look: async () => refusal(await send({ query }), says),
  });
  const [table] = model.tables;
  return [
    ...model.tables.filter(isShown).map((one) => listProbe(one, send)),
    ...model.tables
      .filter((one) => isShown(one) && isCreatable(one))
      .map((one) => createProbe(trial, model, one, send)),
    ...(table === undefined ? [] : [refuse(`more than ${ALIASES} aliases`, aliases(table), /alias/i)]),
    refuse(`a query deeper than ${DEPTH}`, deep(), /deep|depth|level/i),
    refuse("introspection in production", "{ __schema { types { name } } }"),
    refuse("a field there is not", "{ nothingIsHere { id } }"),
    {
      name: `GraphQL: more than ${BATCH} operations at once are refused`,
      about: "security",
      expected: "400",
      look: async () =>
        seenStatus(await send(Array.from({ length: BATCH + 1 }, () => ({ query: "{ __typename }" }))), 400),
    },
    ...(graphql.authentication === "none"
      ? []
      : [
          {
            name: "GraphQL: nobody is let in without credentials",
            about: "security" as const,
            expected: "401",
            look: async () => seenStatus(await send({ query: "{ __typename }" }, {}), 401),
          },
        ]),
    batchProbe(trial, graphql.path),
    // Last, as who is caught by it answers nobody any more.
    refuse("a query whose fragments multiply", multiplied(), /alias/i),
  ];
}

const isShown = ({ primaryKey }: TableModel): boolean => primaryKey.length === 1;

type Send = (json: unknown) => Promise<Reply>;

function dataOf({ json }: Reply): unknown {
  const { data, errors } = Object(json) as { readonly data?: unknown; readonly errors?: unknown };
  return errors === undefined ? data : undefined;
}

function listProbe({ name, primaryKey }: TableModel, send: Send): Probe {
  return {
    name: `GraphQL: ${name} can be asked for`,
    about: "storage",
    expected: "data without errors",
    look: async () => {
      const reply = await send({ query: `{ ${name}(first: 2) { items { ${primaryKey[0]} } next } }` });
      const ok = reply.status === 200 && Object(dataOf(reply))[name] !== undefined;
      return seen(ok, replyWords(reply));
    },
  };
}

/** Of what nobody may give, a row cannot be made from outside. */
function isCreatable({ columns }: TableModel): boolean {
  return !columns.some((column) => HIDDEN.includes(column.name) && !column.nullable);
}

function createProbe(trial: Trial, model: DatabaseModel, table: TableModel, send: Send): Probe {
  const { name, singular, primaryKey } = table;
  const [key = "id"] = primaryKey;
  const type = singular.replace(/(?:^|_)([a-z0-9])/g, (_whole, letter: string) => letter.toUpperCase());
  return {
    name: `GraphQL: a row of ${name} is added, and found again`,
    about: "storage",
    expected: "its key from create, one row more, and the same key when asked for",
    look: async () => {
      const input = await freshRow(trial, model, table);
      const before = await countOf(trial, name);
      const query = `mutation ($input: ${type}Input!) { made: create${type}(input: $input) { ${key} } }`;
      const made = await send({ query, variables: { input } });
      const id = String(Object(Object(dataOf(made)).made)[key]);
      const more = (await countOf(trial, name)) - before;
      const found = await send({
        query: `query ($id: ID!) { found: ${singular}(id: $id) { ${key} } }`,
        variables: { id },
      });
      const again = String(Object(Object(dataOf(found)).found)[key]);
      const ok = made.status === 200 && more === 1 && again === id;
      return seen(ok, `${replyWords(made)}, ${more} more, ${replyWords(found)}`);
    },
  };
}

function refusal({ status, json, text }: Reply, says: RegExp): Seen {
  const { data, errors } = Object(json) as { readonly data?: unknown; readonly errors?: unknown };
  const told = Array.isArray(errors) && errors.some(({ message }) => says.test(String(message)));
  const refused = told && (data === undefined || data === null);
  return seen(refused && status < 500, `${status} ${text.slice(0, 160)}`);
}

function aliases(table: TableModel): string {
  const fields = Array.from({ length: ALIASES + 1 }, (_, n) => `a${n}: ${table.name}(first: 1) { next }`);
  return `{ ${fields.join(" ")} }`;
}

/** Small, and 2^40 aliases once every fragment is written out: whoever counts one by one never answers again. */
function multiplied(): string {
  const last = 40;
  const fragments = Array.from(
    { length: last },
    (_, n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`,
  );
  return `{ ...f0 } ${fragments.join(" ")} fragment f${last} on Query { a: __typename }`;
}

/** Fields that are not there: the depth is refused whatever is asked for, and the answer has to say so. */
function deep(): string {
  const levels = DEPTH + 2;
  return `${"{ a ".repeat(levels)}${"}".repeat(levels)}`;
}

/** Each operation of a batch counts. */
function batchProbe(trial: Trial, path: string): Probe {
  const { max, windowMs } = trial.wanted.rate;
  const batches = Math.ceil(max / BATCH);
  return {
    name: "GraphQL: each operation of a batch counts against the limit",
    about: "security",
    expected: `429 after ${batches} batches of ${BATCH}`,
    look: async () => {
      if (max > PROVABLE) return skipped(`${max} operations for one probe would take too long`);
      const service = await startTrial(trial, {});
      if (!("url" in service)) return seen(false, service.output.slice(-300));
      try {
        const headers = await credentials(trial, trial.wanted.graphql?.authentication ?? "none");
        const json = Array.from({ length: BATCH }, () => ({ query: "{ __typename }" }));
        const send = () => ask(service.url, { method: "POST", path, headers, json });
        const began = Date.now();
        for (let n = 0; n < batches; n += 1) await send();
        const last = await send();
        const took = Date.now() - began;
        if (took >= windowMs)
          return skipped(`${batches} batches took ${took} ms here, longer than the window`);
        return seen(last.status === 429, String(last.status));
      } finally {
        service.signal("TERM");
        await service.ended;
      }
    },
  };
}
