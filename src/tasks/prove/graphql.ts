// GraphQL: what the tables show, and what a client may not ask for.
import type { DatabaseModel, TableModel } from "../database/types.ts";
import { ask, type Reply } from "./ask.ts";
import { PROVABLE } from "./limits.ts";
import { type Probe, type Seen, seen, seenStatus, skipped } from "./probe.ts";
import { asNew, credentials, startTrial, type Trial } from "./trial.ts";

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
  const refuse = (what: string, query: string): Probe => ({
    name: `GraphQL: ${what} is refused`,
    about: "security",
    expected: "errors, and no data",
    look: async () => refusal(await send({ query })),
  });
  const [table] = model.tables;
  return [
    ...model.tables.filter(isShown).map((one) => listProbe(one, send)),
    ...(table === undefined ? [] : [refuse(`more than ${ALIASES} aliases`, aliases(table))]),
    refuse(`a query deeper than ${DEPTH}`, deep()),
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
  ];
}

const isShown = ({ primaryKey }: TableModel): boolean => primaryKey.length === 1;

const camel = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_whole, letter: string) => letter.toUpperCase());

function listProbe(table: TableModel, send: (json: unknown) => Promise<Reply>): Probe {
  const [key = "id"] = table.primaryKey;
  return {
    name: `GraphQL: ${table.name} can be asked for`,
    about: "storage",
    expected: "data without errors",
    look: async () => {
      const { status, json, text } = await send({
        query: `{ ${camel(table.name)}(first: 2) { items { ${camel(key)} } next } }`,
      });
      const { data, errors } = Object(json) as { readonly data?: unknown; readonly errors?: unknown };
      return seen(
        status === 200 && data !== undefined && data !== null && errors === undefined,
        `${status} ${text.slice(0, 160)}`,
      );
    },
  };
}

function refusal({ status, json, text }: Reply): Seen {
  const { data, errors } = Object(json) as { readonly data?: unknown; readonly errors?: unknown };
  const refused = Array.isArray(errors) && errors.length > 0 && (data === undefined || data === null);
  return seen(refused && status < 500, `${status} ${text.slice(0, 160)}`);
}

function aliases(table: TableModel): string {
  const fields = Array.from(
    { length: ALIASES + 1 },
    (_, n) => `a${n}: ${camel(table.name)}(first: 1) { next }`,
  );
  return `{ ${fields.join(" ")} }`;
}

/** Fields that are not there: the depth is refused whatever is asked for. */
function deep(): string {
  const levels = DEPTH + 2;
  return `${"{ a ".repeat(levels)}${"}".repeat(levels)}`;
}

/** Each operation of a batch counts. */
function batchProbe(trial: Trial, path: string): Probe {
  const { max } = trial.wanted.rate;
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
        for (let n = 0; n < batches; n += 1) await send();
        const last = await send();
        return seen(last.status === 429, String(last.status));
      } finally {
        service.signal("TERM");
        await service.ended;
      }
    },
  };
}
