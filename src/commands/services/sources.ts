// `services sources`: who may tell of what happened at `/events/<source>`.
import { randomBytes } from "node:crypto";
import { EXIT, type ExitCode } from "../../lib/exit.ts";
import { Fault } from "../../lib/fault.ts";
import { nearestName } from "../../lib/suggest.ts";
import { tableLines } from "../../report/table.ts";
import { isSource, listSources, putSource, removeSource } from "../../store/sources.ts";
import { byAction } from "../actions.ts";
import type { Args, Context } from "../context.ts";
import { SOURCE_SECRET, sourceVault } from "./incoming.ts";

const NAME = /^[a-z][a-z0-9-]{0,39}$/;
/** Who tells of what happened where no source does. */
const OWN = ["engine", "hand"];

export const sources = byAction("services sources", {
  add: async () => add,
  list: async () => list,
  remove: async () => remove,
});

/** Makes its secret, and shows it this once. */
async function add(context: Context, args: Args): Promise<ExitCode> {
  const name = nameOf(args, "add");
  if (!NAME.test(name) || OWN.includes(name)) {
    throw new Fault("usage", `A source cannot be called ${JSON.stringify(name)}.`, {
      code: "services.bad-name",
      hint: `Use lower-case letters, digits and -, beginning with a letter, at most 40; not ${OWN.join(" or ")}.`,
    });
  }
  const store = context.store();
  if (isSource(store, name)) {
    throw new Fault("usage", `There is a source ${name} already, and its secret is not shown again.`, {
      code: "services.name-taken",
      hint: `For a new secret: ainstein-cms services sources remove ${name}, and add it again.`,
    });
  }
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const createdAt = new Date(context.clock.now()).toISOString();
  await context
    .vault()
    .replace({ [sourceVault(name)]: { [SOURCE_SECRET]: secret } }, () =>
      putSource(store, { name, createdAt }),
    );
  const { ui } = context;
  ui.record({ type: "source", name, path: `/events/${name}`, secret });
  ui.out(`  EVENTS_URL     <receiver>/events/${name}`);
  ui.out(`  EVENTS_SECRET  ${secret}`);
  ui.note("The secret is shown this once. Events are taken while this runs: ainstein-cms webhooks serve");
  return EXIT.done;
}

async function list(context: Context): Promise<ExitCode> {
  const { ui } = context;
  const all = listSources(context.store());
  for (const { name, createdAt } of all)
    ui.record({ type: "source", name, path: `/events/${name}`, createdAt });
  if (all.length === 0) ui.note("There is none yet: ainstein-cms services sources add <name>");
  const rows = all.map(({ name, createdAt }) => [name, `/events/${name}`, createdAt.slice(0, 10)]);
  if (rows.length > 0) for (const line of tableLines(["SOURCE", "ADDRESS", "SINCE"], rows, ui)) ui.out(line);
  return EXIT.done;
}

/** Nothing more is taken of it; what it told before stays queued. */
async function remove(context: Context, args: Args): Promise<ExitCode> {
  const name = nameOf(args, "remove");
  const store = context.store();
  const names = listSources(store).map((source) => source.name);
  if (!names.includes(name)) {
    const near = nearestName(name, names);
    throw new Fault("usage", `There is no source ${JSON.stringify(name)}.`, {
      code: "services.unknown-source",
      hint: `${near === undefined ? "" : `Did you mean ${near}? `}ainstein-cms services sources list`,
    });
  }
  store.transaction(() => {
    removeSource(store, name);
    context.vault().forget(sourceVault(name));
  });
  context.ui.record({ type: "source-removed", name });
  context.ui.out(`${name} is removed: nothing that it signs is taken from now on`);
  return EXIT.done;
}

function nameOf({ positionals: [name] }: Args, action: string): string {
  if (name !== undefined) return name;
  throw new Fault("usage", "Which source?", {
    code: "services.no-name",
    hint: `ainstein-cms services sources ${action} <name>`,
  });
}
