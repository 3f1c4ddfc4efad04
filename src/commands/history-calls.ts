// The requests that were sent to sites, and whether the record of them can be believed.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { EXIT, type ExitCode } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import { nearestName } from "../lib/suggest.ts";
import { callLine, callText, endLine, verifiedLine, verifiedText } from "../report/audit.ts";
import { painter } from "../report/style.ts";
import {
  type AuditFilter,
  auditRows,
  type Chain,
  INSTALLATION,
  lastAuditRows,
  listChains,
  strayChains,
  verifyAudit,
  wholeChain,
} from "../store/audit.ts";
import type { AuditRow } from "../store/audit-chain.ts";
import { DATABASE } from "../store/db.ts";
import { installationId } from "../store/meta.ts";
import { auditKey, noKey } from "./audit.ts";
import type { Args, Command, Context } from "./context.ts";
import { countFlag, switchFlag, textFlag } from "./flags.ts";
import { timeFlag } from "./history-at.ts";
import { verifyExport } from "./history-export.ts";

const SHOWN = 50;
const NOTHING = "Nothing was recorded yet: no site was asked from this installation.";

/** `history calls [connection]`: oldest first, the last of each connection. */
export const showCalls: Command = async (context, args) => {
  const { ui } = context;
  const filter = filterOf(args);
  const limit = countFlag(args, "limit") ?? SHOWN;
  const all = switchFlag(args, "all");
  if (all && countFlag(args, "limit") !== undefined) {
    throw new Fault("usage", "--all and --limit say two things", { code: "bad-flag" });
  }
  const paint = painter(ui.colour);
  const chains = chainsOf(context, args);
  if (chains.length === 0) ui.note(NOTHING);
  for (const { chain, connection } of chains) {
    if (connection === INSTALLATION) continue;
    const store = context.store();
    const show = (row: AuditRow): void => {
      ui.record(callLine(connection, chain, row));
      if (!ui.json) ui.out(callText(connection, row, paint));
    };
    if (!all) for (const row of lastAuditRows(store, chain, filter, limit)) show(row);
    else if (Object.values(filter).some((wanted) => wanted !== undefined && wanted !== false)) {
      for (const row of auditRows(store, chain, filter)) show(row);
    } else {
      const end = wholeChain(store, chain, show);
      if (end !== undefined) ui.record(endLine(connection, installationId(store), end));
    }
  }
  return EXIT.done;
};

function filterOf(args: Args): AuditFilter {
  const iso = (name: string): string | undefined => {
    const time = timeFlag(args, name);
    return time === undefined ? undefined : new Date(time).toISOString();
  };
  const only = textFlag(args, "only");
  return {
    since: iso("since"),
    until: iso("until"),
    run: textFlag(args, "run"),
    kinds: only === "reads" || only === "writes" || only === "decisions" ? only : undefined,
    entry: textFlag(args, "entry"),
    failed: switchFlag(args, "failed"),
  };
}

/** `history verify [connection]`: fails where the record is not as it was written, or nobody can tell. */
export const verifyCalls: Command = async (context, args) => {
  const { ui } = context;
  const file = textFlag(args, "file");
  if (file !== undefined) return verifyExport(context, args, file);
  const chains = chainsOf(context, args);
  if (chains.length === 0) {
    ui.out(NOTHING);
    return EXIT.done;
  }
  const key = await auditKey(context, "ask");
  if (key === undefined) throw noKey();
  let exit: ExitCode = EXIT.done;
  for (const { chain, connection, last } of chains) {
    const verified = verifyAudit(context.store(), key, chain);
    if (verified.flaws.length + verified.journal.length > 0) exit = EXIT.failed;
    ui.record(verifiedLine(connection, chain, last, verified));
    for (const line of verifiedText(connection, verified, painter(ui.colour))) ui.out(line);
  }
  return tellStrays(context, args) ? EXIT.failed : exit;
};

/** Chains that were taken away or put in whole. Returns whether there are any. */
function tellStrays(context: Context, args: Args): boolean {
  if (args.positionals.length > 0) return false;
  const { gone, unknown } = strayChains(context.store());
  for (const chain of gone) {
    context.ui.record({
      type: "verified",
      target: null,
      chain,
      ok: false,
      rows: 0,
      flaws: [{ what: "gone" }],
    });
    context.ui.out(
      `A record that was begun here is gone whole, and its connection was not forgotten (${chain}).`,
    );
  }
  for (const connection of unknown) {
    context.ui.record({ type: "verified", target: connection, ok: false, flaws: [{ what: "unknown" }] });
    context.ui.out(`${connection}: this record was not begun here.`);
  }
  return gone.length + unknown.length > 0;
}

/** Looking makes no database. Throws `usage` for a connection that nothing is recorded of. */
function chainsOf(context: Context, { positionals: [name] }: Args): readonly Chain[] {
  const chains = existsSync(resolve(context.home, DATABASE)) ? listChains(context.store()) : [];
  if (name === undefined) return chains;
  const found = chains.filter(({ connection }) => connection === name);
  if (found.length > 0) return found;
  const names = chains.map(({ connection }) => connection).filter((known) => known !== INSTALLATION);
  const near = nearestName(name, names);
  const known =
    names.length === 0 ? "nothing was recorded yet" : `there are requests to: ${names.join(", ")}`;
  throw new Fault("usage", `no request to ${JSON.stringify(name)} is on record`, {
    code: "connection.unknown",
    hint: near === undefined ? known : `did you mean ${near}?`,
  });
}
