import { printable } from "../lib/redact.ts";
import type { AuditRow, Flaw, Verified } from "../store/audit-chain.ts";
import type { Line } from "./json.ts";
import type { Paint } from "./style.ts";

/** One recorded request for people: when, where, what, and what came of it. */
export function callText(connection: string, { n, row }: AuditRow, paint: Paint): string {
  const text = (name: string): string => (row[name] === undefined ? "" : printable(String(row[name])));
  const head = `${paint("yellow", text("at"))}  ${paint("bold", connection)} ${n}`;
  if (row.type === "checkpoint")
    return `${head}  rows up to ${text("upTo")} were deleted because of their age`;
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

/** The line of the public format; `mac` signs `n` and `row` together with the mac before. */
export function callLine(connection: string, chain: string, { n, row, key, mac }: AuditRow): Line {
  return { type: "call", target: connection, chain, n, row, key, mac };
}

export function verifiedLine(
  connection: string,
  chain: string,
  last: number,
  { rows, flaws }: Verified,
): Line {
  const target = connection === "" ? null : connection;
  return { type: "verified", target, chain, ok: flaws.length === 0, rows, last, flaws };
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
};

export function verifiedText(connection: string, { rows, flaws }: Verified, paint: Paint): string[] {
  const name = connection === "" ? "this installation" : connection;
  if (flaws.length === 0) return [`${paint("green", "as written")}  ${name}, ${rows} rows`];
  const lines = flaws.slice(0, MOST_SHOWN).map(({ what, from, to }) => {
    const [one, many] = WORDS[what];
    return from === to ? `    row ${from} ${one}` : `    rows ${from} to ${to} ${many}`;
  });
  const more = flaws.length - MOST_SHOWN;
  return [
    `${paint("red", "not as written")}  ${name}, ${rows} rows`,
    ...lines,
    ...(more > 0 ? [`    and ${more} more places`] : []),
  ];
}
