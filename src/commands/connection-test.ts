import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { variableFor } from "../auth/environment.ts";
import type { Account } from "../connectors/contract.ts";
import { findPlatform } from "../connectors/registry.ts";
import type { Http } from "../http/http.ts";
import { EXIT, type ExitCode, exitOf, worstExit } from "../lib/exit.ts";
import { asFault, Fault, isFault } from "../lib/fault.ts";
import { quoted } from "../report/summary.ts";
import { putConnection } from "../store/connections.ts";
import { DATABASE } from "../store/db.ts";
import { wake } from "../store/queue.ts";
import { openConnection, openProbe } from "./connection.ts";
import { describeConnection, lessRefused, whoWords } from "./connection-view.ts";
import type { Command, Context } from "./context.ts";
import { connectionNames, findConnection, type Known } from "./target.ts";

/** A clock further off than this makes the site refuse or misdate what it is sent. */
const MOST_SKEW_MS = 60_000;

/** Asks each named site, or every one, who we are there. The exit code is that of the worst answer. */
export const testConnections: Command = async (context, args) => {
  const names = args.positionals.length > 0 ? args.positionals : connectionNames(context);
  const codes: ExitCode[] = [];
  for (const name of names) codes.push(await testOne(context, name));
  if (names.length === 0) context.ui.note("There is no connection yet. Make one: ainstein-cms connect");
  return worstExit(codes);
};

async function testOne(context: Context, name: string): Promise<ExitCode> {
  try {
    const known = await findConnection(context, name);
    const { account, skewMs } = await askWho(context, known);
    if (!known.fromEnvironment) remember(context, known, account);
    if (existsSync(resolve(context.home, DATABASE))) wake(context.store(), name);
    report(context, known, account, skewMs);
    return EXIT.done;
  } catch (thrown) {
    const fault = asFault(thrown);
    if (fault.kind === "interrupted" || fault.kind === "defect") throw thrown;
    context.emit({ type: "fault", target: name, fault });
    return exitOf(fault.kind);
  }
}

interface Told {
  readonly account: Account;
  readonly skewMs: number | undefined;
}

export async function askWho(context: Context, known: Known): Promise<Told> {
  const { record, secrets } = known;
  const { manifest } = findPlatform(record.platform);
  const { connector, http, skewMs } = await openConnection(context, manifest, record, secrets, {
    always: true,
  });
  try {
    const account = await connector.whoami();
    const setup = await findPlatform(record.platform).setup?.();
    const refused = await setup?.takesWrites?.(http, record.url);
    return { account: lessRefused(account, refused), skewMs: skewMs() };
  } catch (thrown) {
    if (!isFault(thrown) || thrown.scope !== "connection") throw thrown;
    await explain(context, known, http);
    throw thrown;
  }
}

/** Throws a clearer cause where the platform can find one. */
export async function explain(context: Context, known: Known, http: Http): Promise<void> {
  const { record, secrets } = known;
  const setup = await findPlatform(record.platform).setup?.();
  if (setup === undefined) return;
  const { name, proxy, caFile, username } = record;
  const site = await setup.discover(
    record.url,
    openProbe(context, { name, proxy, caFile, headers: secrets.headers }),
  );
  const [was, is] = [new URL(record.url), new URL(site.url)];
  if (was.origin === is.origin && was.href !== is.href) throw elsewhere(known, site.url);
  if (username === undefined || secrets.password === undefined) return;
  await setup.verify(http, site, { username, password: secrets.password });
}

/** As after permalinks were switched off, or the site was moved into a directory. */
function elsewhere({ record: { name, url }, fromEnvironment }: Known, found: string): Fault {
  return new Fault("unavailable", `The site's interface does not answer at ${url}; it does at ${found}.`, {
    code: "interface-elsewhere",
    hint: fromEnvironment
      ? `Write that address into ${variableFor(name)}.`
      : `ainstein-cms connections set-url ${name} ${quoted(found)}`,
  });
}

function remember(context: Context, { record }: Known, account: Account): void {
  if (record.site !== account.site) {
    throw new Fault(
      "usage",
      `"${record.name}" was made for ${record.site}; at its address is now ${account.site}.`,
      {
        code: "connection.other-site",
        hint: `If that site has moved here: ainstein-cms connections set-url ${record.name} ${quoted(record.url)}`,
      },
    );
  }
  const checkedAt = new Date(context.clock.now()).toISOString();
  putConnection(context.store(), {
    ...record,
    account: account.name,
    siteTitle: account.siteTitle,
    checkedAt,
  });
}

function report(context: Context, { record }: Known, account: Account, skewMs: number | undefined): void {
  const { ui, emit } = context;
  const skewSeconds = skewMs === undefined ? undefined : Math.round(skewMs / 1000);
  const { name } = record;
  ui.record({
    ...describeConnection(record, account),
    type: "connection",
    target: name,
    ok: true,
    ...(skewSeconds === undefined ? {} : { skewSeconds }),
  });
  ui.out(
    `${name}: ok, ${account.siteTitle} as ${whoWords(account)}, may ${account.may.join(", ") || "nothing"}`,
  );
  for (const message of account.notices) emit({ type: "notice", target: name, level: "warning", message });
  if (skewMs !== undefined && Math.abs(skewMs) > MOST_SKEW_MS) {
    const direction = skewMs > 0 ? "ahead of" : "behind";
    emit({
      type: "notice",
      target: name,
      level: "warning",
      message: `The site's clock is ${Math.abs(skewSeconds ?? 0)} s ${direction} this machine's.`,
      hint: "Set both by NTP: publishing dates are compared with them.",
    });
  }
}
