// `status --overdue`: what should be live by now and is not.
import type { Listing } from "../connectors/contract.ts";
import { isDate, toInstant } from "../content/date.ts";
import { linesFor, type Root } from "../engine/root.ts";
import { type OpenTarget, readEntries, rowKey, type Site } from "../engine/site.ts";
import { EXIT, type ExitCode } from "../lib/exit.ts";
import { tableLines } from "../report/table.ts";
import type { Context } from "./context.ts";
import { siteOf } from "./session.ts";

interface Overdue {
  /** Undefined for an entry that no file of this root stands for. */
  readonly path: string | undefined;
  readonly row: Listing;
  /** When it was to be live, in ms since 1970. */
  readonly due: number;
}

/** Sites set entries live at the next visit, or once a minute. */
const GRACE_MS = 60_000;

const HINT =
  "the site's own scheduler does not run: in WordPress look at WP-Cron, or set DISABLE_WP_CRON and call wp-cron.php every minute";

/**
 * Lists entries that are scheduled although their date has passed, whether or not a file stands for them. Ends with 1
 * where there are some.
 */
export async function listOverdue(
  context: Context,
  target: OpenTarget,
  root: Root,
): Promise<{ readonly exit: ExitCode }> {
  const { ui, emit, clock } = context;
  emit({ type: "phase", target: target.name, phase: "list" });
  const site = await siteOf(target, root);
  const found = await overdueOn(site, root, clock.now());
  for (const { path = null, row, due } of found) {
    const { id, kind, url, title } = row;
    const at = new Date(due).toISOString();
    ui.record({ type: "overdue", target: target.name, path, id, kind, title, due: at, url });
  }
  if (!ui.json) {
    const many = `${found.length} ${found.length === 1 ? "entry is" : "entries are"} overdue`;
    ui.out(`${target.name}: ${found.length === 0 ? "nothing is overdue" : many}`);
    const cells = found.map(({ path = "", row, due }) => [
      path,
      row.id,
      new Date(due).toISOString(),
      row.url,
    ]);
    if (cells.length > 0) for (const line of tableLines(HEAD, cells, ui)) ui.out(line);
  }
  if (found.length === 0) return { exit: EXIT.done };
  const message = "entries are still scheduled although their date has passed";
  emit({ type: "notice", target: target.name, level: "warning", message, hint: HINT });
  return { exit: EXIT.failed };
}

const HEAD = ["DOCUMENT", "ENTRY", "DUE (UTC)", "ADDRESS"] as const;

async function overdueOn(site: Site, root: Root, now: number): Promise<readonly Overdue[]> {
  const { connector, name } = site.target;
  const kinds = site.model.kinds.filter(({ fields }) => fields.some((field) => field.name === "date"));
  const scheduled: Listing[] = [];
  for await (const rows of connector.list(kinds.map((kind) => kind.name))) {
    scheduled.push(...rows.filter(({ state }) => state === "scheduled"));
  }
  const paths = new Map(linesFor(root, name).map((line) => [rowKey(line), line.path]));
  const entries = await readEntries(site, scheduled);
  const found = scheduled.flatMap((row) => {
    const entry = entries.get(rowKey(row));
    if (typeof entry !== "object" || entry.state !== "scheduled") return [];
    const due = instantOf(entry.wire.date, site.account.timezone);
    if (due === undefined || due + GRACE_MS > now) return [];
    return { path: paths.get(rowKey(row)), row, due };
  });
  return found.sort((a, b) => a.due - b.due);
}

/** An hour that the clocks skip, which a site may hold all the same, is taken as if they did not. */
function instantOf(date: unknown, zone: string): number | undefined {
  if (typeof date !== "string" || !isDate(date)) return undefined;
  try {
    return toInstant(date, zone);
  } catch {
    return toInstant(date, "UTC");
  }
}
