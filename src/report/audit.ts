import { isObject, type Json, type JsonObject } from "../lib/json.ts";
import { printable } from "../lib/redact.ts";
import type { Chain, VerifiedChain } from "../store/audit.ts";
import type { AuditRow, Flaw } from "../store/audit-chain.ts";
import type { JournalFlaw } from "../store/audit-journal.ts";
import type { Line } from "./json.ts";
import type { Paint } from "./style.ts";

/** One row of the record for people: when, where, what, and what came of it. */
export function callText(connection: string, { n, row }: AuditRow, paint: Paint): string {
  const text = (name: string): string => wordOf(row[name]);
  const elsewhere = text("imported") === "" ? "" : ` (${text("imported")} where it was made)`;
  const head = `${paint("yellow", text("at"))}  ${paint("bold", connection)} ${n}${elsewhere}`;
  const decision = DECISIONS[String(row.type)];
  if (decision !== undefined) {
    const whose = text("run") === "" ? "" : `, run ${text("run").slice(0, 8)}`;
    return `${head}  ${decision(text, row)}${whose}`;
  }
  const again = Number(row.attempt) > 1 ? `, attempt ${text("attempt")}` : "";
  const run = text("run") === "" ? "" : `, run ${text("run").slice(0, 8)}`;
  const operation = text("operation") === "" ? "" : ` (${text("operation")})`;
  const asked = `${text("method")} ${text("url")}${operation}`;
  if (row.type === "sent") return `${head}  → ${asked} ${text("bytesOut")} B${again}${run}`;
  const failed = row.fault !== undefined || Number(row.status) >= 400;
  const came = text("fault") || text("status");
  const id = text("requestId") === "" ? "" : `, its request id ${text("requestId")}`;
  const about = row.type === "answered" && row.sent !== undefined ? ` to ${text("sent")}` : "";
  const answer = `${failed ? paint("red", came) : came}${about} in ${text("ms")} ms`;
  return `${head}  ${row.type === "answered" ? "← " : ""}${asked}: ${answer}, ${text("bytesIn")} B${again}${id}${run}`;
}

function wordOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return printable(typeof value === "object" ? JSON.stringify(value) : String(value));
}

type Say = (text: (name: string) => string, row: JsonObject) => string;

const DECISIONS: Readonly<Record<string, Say>> = {
  begun: (text, { actor, allowed }) => `${text("command")} begun by ${whoOf(actor)}${allowedText(allowed)}`,
  refused: (text, { actor, objections }) =>
    `${text("command")} by ${whoOf(actor)} was not carried out${namesOf(objections, ": ")}`,
  wrote: (text) => {
    const hashes = [text("before") && `before ${text("before")}`, text("after") && `after ${text("after")}`];
    const said = hashes.filter((hash) => hash !== "").join(", ");
    const by = text("by") === "" ? "" : ` by ${text("by")}`;
    const how = text("outcome") === "done" ? "" : ` (${text("outcome")})`;
    return `${text("op")} ${aboutOf(text)}${how}${by}${said === "" ? "" : `: ${said}`}`;
  },
  left: (text) =>
    `${text("action")} ${aboutOf(text)} was not done: ${text("status")}${text("code") === "" ? "" : ` (${text("code")})`}`,
  settled: (text) => `the conflict of ${aboutOf(text)} was settled: ${text("how")}`,
  journal: (text) => `what is on record of the run: ${text("status")}, ${text("digest")}`,
  task: (text, { actor, apply }) =>
    `task ${text("task")} begun by ${whoOf(actor)}${apply === true ? " with --apply" : ""}`,
  "task-answer": (text) =>
    `task ${text("task")} ended: ${text("status")}${text("code") === "" ? "" : ` (${text("code")})`}`,
  checkpoint: (text) => `rows up to ${text("upTo")} were deleted because of their age`,
  cleared: () => "what was kept of the site was forgotten together with another connection",
};

function aboutOf(text: (name: string) => string): string {
  return text("entry") === "" ? text("path") : `${text("path")} (entry ${text("entry")})`;
}

/** Who began a run, with the account on the site. */
function whoOf(actor: Json | undefined): string {
  if (!isObject(actor)) return "somebody";
  const { user, host, ci, account } = actor as JsonObject;
  const where = ci === undefined ? `${wordOf(user)}@${wordOf(host)}` : wordOf(ci);
  return account === undefined ? where : `${where} as ${wordOf(account)}`;
}

/** The flags and answers that took a guard away. */
function allowedText(allowed: Json | undefined): string {
  if (!isObject(allowed)) return "";
  const { yes, remove, allowLossy, maxDelete, maxChanges, lifted } = allowed as JsonObject;
  const flags = [
    yes === true ? "--yes" : "",
    remove === true ? "--delete" : "",
    allowLossy === true ? "--allow-lossy" : "",
    maxDelete === undefined ? "" : `--max-delete ${wordOf(maxDelete)}`,
    maxChanges === undefined ? "" : `--max-changes ${wordOf(maxChanges)}`,
  ].filter((flag) => flag !== "");
  return `${flags.length === 0 ? "" : ` with ${flags.join(" ")}`}${namesOf(lifted, ", who was asked about ")}`;
}

function namesOf(objections: Json | undefined, before: string): string {
  if (!Array.isArray(objections) || objections.length === 0) return "";
  const names = objections.map((one: Json) => (isObject(one) ? wordOf((one as JsonObject).code) : ""));
  return `${before}${names.join(", ")}`;
}

/** The line of the public format; `mac` signs `n` and `row` together with the mac before. */
export function callLine(connection: string, chain: string, { n, row, key, mac }: AuditRow): Line {
  return { type: "call", target: connection, chain, n, row, key, mac };
}

/** Behind the last row of a whole chain, without which nobody could tell whether there were more. */
export function endLine(
  connection: string,
  installation: string,
  { chain, last, mac, key, seal }: Chain,
): Line {
  return { type: "end", target: connection, installation, chain, last, mac, key, seal };
}

export function verifiedLine(
  connection: string,
  chain: string,
  last: number,
  { rows, flaws, journal }: VerifiedChain,
): Line {
  const target = connection === "" ? null : connection;
  const ok = flaws.length + journal.length === 0;
  return { type: "verified", target, chain, ok, rows, last, flaws, journal };
}

/** More help nobody: where a record was cut to pieces is seen from the first. */
const MOST_SHOWN = 20;

const WORDS: Readonly<Record<Flaw["what"], readonly [string, string]>> = {
  changed: ["was changed, or put in another place", "were changed, or put in another order"],
  missing: ["was taken out", "were taken out"],
  "other-key": [
    "was signed with another key: somebody else wrote it, or this installation had another key then",
    "were signed with another key: somebody else wrote them, or this installation had another key then",
  ],
  unsigned: [
    "is not signed: the key could not be had when it was written, or somebody else wrote it",
    "are not signed: the key could not be had when they were written, or somebody else wrote them",
  ],
  end: ["is not where the record ended", "are not where the record ended"],
  lost: [
    "is in the file, and is not so in the record here: that was put back to an earlier state, or changed",
    "are in the file, and are not so in the record here: that was put back to an earlier state, or changed",
  ],
};

export function verifiedText(connection: string, verified: VerifiedChain, paint: Paint): string[] {
  const { rows, flaws, journal } = verified;
  const name = connection === "" ? "this installation" : connection;
  if (flaws.length + journal.length === 0) return [`${paint("green", "as written")}  ${name}, ${rows} rows`];
  const all = [...flaws.map(flawText), ...journal.map(journalText)];
  const lines = all.slice(0, MOST_SHOWN).map((text) => `    ${text}`);
  const more = all.length - MOST_SHOWN;
  return [
    `${paint("red", "not as written")}  ${name}, ${rows} rows`,
    ...lines,
    ...(more > 0 ? [`    and ${more} more places`] : []),
  ];
}

function flawText({ what, from, to }: Flaw): string {
  const [one, many] = WORDS[what];
  return from === to ? `row ${from} ${one}` : `rows ${from} to ${to} ${many}`;
}

function journalText({ what, run, conflict }: JournalFlaw): string {
  const which = run === undefined ? `the settled conflict ${conflict}` : `run ${run.slice(0, 8)}`;
  return what === "gone"
    ? `${which} is on record, and what it did was taken out of the journal`
    : `${which} is on record, and what the journal says of it was changed since`;
}
