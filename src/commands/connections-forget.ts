import { randomUUID } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { environmentNames, variableFor } from "../auth/environment.ts";
import { EXIT, type ExitCode } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import { printable } from "../lib/redact.ts";
import { chainOf, clearClaims, forgetAudit } from "../store/audit.ts";
import { type ConnectionRecord, getConnection, listConnections } from "../store/connections.ts";
import type { Store } from "../store/db.ts";
import { forgetConnection } from "../store/forget.ts";
import { acquireLock } from "../store/locks.ts";
import { thisProcess } from "../store/processes.ts";
import { listRuns } from "../store/runs.ts";
import { auditKey, stopAuditing } from "./audit.ts";
import { revoke } from "./connections-change.ts";
import type { Args, Command, Context } from "./context.ts";
import { switchFlag } from "./flags.ts";
import { storedRecord } from "./target.ts";

/** `forget <name>`: takes the credential back at the site, then deletes all that is kept of the connection. */
export const forget: Command = async (context, args) => {
  if (switchFlag(args, "all")) return forgetAllSecrets(context, args);
  const [name] = args.positionals;
  if (name !== undefined) return forgetOne(context, args, name);
  throw new Fault("usage", "Something is missing on the command line.", {
    code: "missing-argument",
    hint: "ainstein-cms connections forget <name>, or forget --all",
  });
};

/** The way out when the key was lost: no site is asked, records and history stay. */
async function forgetAllSecrets(context: Context, args: Args): Promise<ExitCode> {
  const what = "all stored secrets and kept texts";
  await agree(context, args, `Forget ${what}?`);
  context.vault().forgetAll();
  context.ui.record({ type: "forgotten", target: null });
  context.ui.out(
    `Forgotten: ${what}. Passwords stay valid at the sites; ainstein-cms connect renews a connection.`,
  );
  return EXIT.done;
}

/** What the environment holds is not ours to take back. */
function mayRevoke(args: Args, { record, fromEnvironment }: Kept): boolean {
  return record !== undefined && !fromEnvironment && !switchFlag(args, "keepRemote");
}

/** All that is known of a connection before it is forgotten. */
interface Kept {
  readonly name: string;
  /** Undefined for one that was removed, or comes from the environment: its history is here all the same. */
  readonly record: ConnectionRecord | undefined;
  readonly fromEnvironment: boolean;
  /** Identities of the sites it was on. */
  readonly sites: readonly string[];
  readonly runs: readonly string[];
  /** Content directories that its runs worked in. */
  readonly roots: readonly string[];
  /** Other connections to these sites: their history goes, too. */
  readonly others: readonly string[];
}

async function forgetOne(context: Context, args: Args, name: string): Promise<ExitCode> {
  const store = context.store();
  const kept = lookUp(context, store, name);
  await agree(context, args, questionFor(kept));
  const release = lockAll(context, store, kept);
  try {
    const revoked = mayRevoke(args, kept) && (await revoke(context, name, "forget"));
    stopAuditing(context, name);
    const key = await auditKey(context, "quiet");
    const calls = store.transaction(() => {
      for (const other of kept.others) clearClaims(store, key, other, nowOf(context));
      return forgetAudit(store, key, name, nowOf(context));
    });
    const deleted = { ...deleteAll(context, store, kept), calls };
    tell(context, kept, revoked, deleted);
  } finally {
    release();
  }
  return EXIT.done;
}

function nowOf({ clock }: Context): string {
  return new Date(clock.now()).toISOString();
}

function lookUp(context: Context, store: Store, name: string): Kept {
  const fromEnvironment = environmentNames(context.env).includes(name);
  const record = getConnection(store, name);
  const own = listRuns(store, EVERY).filter(({ target }) => target === name);
  const isRecorded = chainOf(store, name) !== undefined;
  if (record === undefined && own.length === 0 && !isRecorded)
    throw nothingKept(context, name, fromEnvironment);
  const strangers = listConnections(store).filter((other) => other.name !== name);
  const shared = (site: string) => strangers.some((other) => other.site === site);
  // Where it was before belongs to whoever is connected there now.
  const former = own.map(({ site }) => site).filter((site) => site !== record?.site && !shared(site));
  const sites = [...new Set([...(record === undefined ? [] : [record.site]), ...former])];
  const runs = listRuns(store, EVERY).filter(({ target, site }) => target === name || sites.includes(site));
  return {
    ...{ name, record, fromEnvironment, sites },
    runs: runs.map(({ id }) => id),
    roots: [...new Set(runs.map(({ root }) => root))].sort(),
    others: strangers.filter(({ site }) => sites.includes(site)).map((other) => other.name),
  };
}

const EVERY = -1;

function nothingKept(context: Context, name: string, fromEnvironment: boolean): Fault {
  if (!fromEnvironment) {
    storedRecord(context, name);
    return new Fault("defect", `${name} is stored and is not.`);
  }
  const message = `"${name}" comes from the environment (${variableFor(name)}), and nothing is kept of it.`;
  return new Fault("usage", message, {
    code: "connection.from-environment",
    hint: `Unset ${variableFor(name)} to be rid of it.`,
  });
}

function questionFor({ name, record, runs, others }: Kept): string {
  const what = record === undefined ? name : `${name} (${record.siteTitle}, ${record.url})`;
  const history =
    runs.length === 0 ? "" : ` and the record of ${count(runs.length, "run")}, which cannot be undone then`;
  const also =
    others.length === 0
      ? ""
      : ` The history of ${others.join(", ")}, on the same site, goes too; ${others.length === 1 ? "that connection stays" : "those connections stay"}.`;
  return printable(`Forget ${what}${history}?${also}`);
}

async function agree(context: Context, args: Args, question: string): Promise<void> {
  if (switchFlag(args, "yes") || (await context.ui.confirm(question, "--yes"))) return;
  throw new Fault("usage", "Nothing was forgotten.", { code: "not-confirmed" });
}

/** So that no run begins meanwhile. Throws `locked`, naming the holder, with nothing taken back or deleted. */
function lockAll(context: Context, store: Store, { sites }: Kept): () => void {
  const holder = { ...thisProcess(), run: randomUUID(), command: "ainstein-cms connections forget" };
  const locks: { release(): void }[] = [];
  const release = () => {
    for (const lock of locks) lock.release();
  };
  try {
    for (const site of sites) locks.push(acquireLock(store, site, holder, context.clock));
  } catch (thrown) {
    release();
    throw thrown;
  }
  return release;
}

/** Numbers of rows by table, and of files in the trash. */
function deleteAll(
  { home, clock }: Context,
  store: Store,
  { name, sites, runs }: Kept,
): Readonly<Record<string, number>> {
  let trash = 0;
  for (const run of runs) trash += dropTrash(home, run);
  const deleted: Record<string, number> = {};
  for (const site of sites.length === 0 ? [""] : sites) {
    for (const [table, rows] of Object.entries(forgetConnection(store, name, site, clock))) {
      if (table !== "locks") deleted[table] = (deleted[table] ?? 0) + rows;
    }
  }
  return { ...deleted, trash };
}

/** Files that a run removed. Returns how many there were. */
function dropTrash(home: string, run: string): number {
  const directory = join(home, "trash", run);
  let files = 0;
  try {
    files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    ).length;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
  }
  rmSync(directory, { recursive: true, force: true });
  return files;
}

const NAMES: readonly (readonly [string, string, string])[] = [
  ["connections", "connection", "connections"],
  ["secrets", "secret", "secrets"],
  ["versions", "version of a text", "versions of texts"],
  ["conflicts", "conflict", "conflicts"],
  ["runs", "run", "runs"],
  ["steps", "step", "steps"],
  ["queue", "queued run", "queued runs"],
  ["intents", "receipt", "receipts"],
  ["calls", "row of the signed record", "rows of the signed record"],
  ["trash", "file in the trash", "files in the trash"],
];

function tell(
  context: Context,
  kept: Kept,
  revoked: boolean,
  deleted: Readonly<Record<string, number>>,
): void {
  const { ui, home } = context;
  const { name, record, roots, others } = kept;
  const beyond = outOfReach(context, kept, revoked);
  ui.record({ type: "forgotten", target: name, revoked, deleted, roots, others, unreachable: beyond });
  const counts = NAMES.flatMap(([key, one, many]) => {
    const number = deleted[key] ?? 0;
    return number === 0 ? [] : `${number} ${number === 1 ? one : many}`;
  });
  ui.out(printable(`Forgotten: ${name}. Deleted in ${home}: ${counts.join(", ") || "nothing"}.`));
  if (others.length > 0) ui.out(`The history of ${others.join(", ")}, on the same site, went too.`);
  if (revoked) ui.out("Its password is no longer valid at the site.");
  else if (record !== undefined && record.auth !== "none") {
    ui.out(
      printable(
        `The password is still valid at the site: delete it there, in the profile of ${record.account}.`,
      ),
    );
  }
  ui.out("Not in reach, and yours to delete where you have to:");
  for (const line of beyond) ui.out(printable(`  - ${line}`));
}

/** What may still speak of the connection, in places that this program does not look after. */
function outOfReach({ home }: Context, kept: Kept, revoked: boolean): readonly string[] {
  const { name, roots, fromEnvironment } = kept;
  const where = roots.length === 0 ? "in your content directories" : `in ${roots.join(", ")}`;
  return [
    `the content itself, ainstein.lock and ainstein.yaml ${where}, with git's history of them`,
    "plans that --plan-out saved, files that --undo-out and --run-archive wrote, and output that was redirected to files",
    "logs and artefacts of CI jobs, and installations on other machines",
    `backups and snapshots of ${home}, and what the disk itself has not yet overwritten`,
    "the site: its entries, revisions, trash, uploads and logs",
    "scroll-back and command history of terminals",
    ...(fromEnvironment ? [`the variable ${variableFor(name)}, with its secrets`] : []),
    ...(revoked || kept.record?.auth === "none"
      ? []
      : ["the credential at the site, which was not taken back"]),
  ];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
