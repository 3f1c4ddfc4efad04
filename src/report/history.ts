import { timeText } from "../engine/history-ends.ts";
import { type HistoryVersion, headOf, type Known } from "../engine/history-lanes.ts";
import { isObject, type Json } from "../lib/json.ts";
import { printable } from "../lib/redact.ts";
import type { Line } from "./json.ts";
import type { Paint } from "./style.ts";

const HASH = 8;
const NO_HASH = "-".repeat(HASH);
const COMMIT = 7;
const RUN = 8;

/** One version for people: when, where, which and by whom; then what it changed and what else is known of it. */
export function versionLines(version: HistoryVersion, paint: Paint): string[] {
  const head = headOf(version);
  const place = version.side === "file" ? "file" : `site ${printable(version.target)}`;
  const hash = version.digest.slice(0, HASH) || NO_HASH;
  const current = version.known.some(({ how }) => how === "now") ? paint("green", " (now)") : "";
  const first = `${paint("yellow", timeText(version.at))}  ${paint("bold", place)}  ${hash}  ${headline(version, head)}${current}`;
  const details = [...changeText(version), ...alsoText(version, head)];
  return [first, ...details.map((text) => paint("dim", `    ${text}`))];
}

function headline({ since, at, side, text }: HistoryVersion, head: Known): string {
  const run = runText(head);
  switch (head.how) {
    case "committed": {
      const { id = "", subject = "" } = head.commit ?? {};
      const did = text.type === "removed" ? "removed" : "committed";
      return printable(`${did}${byText(head)}: ${subject} (${id.slice(0, COMMIT)})`);
    }
    case "saved":
      return printable(`saved on the site${byText(head)}`);
    case "sent":
      return printable(`sent${run}`);
    case "written":
      return printable(`written from the site${run}`);
    case "read":
      return printable(`found in the file${run}`);
    case "now":
      return side === "file" ? "in the file, not committed" : foundText(since, at);
    case "seen":
      return printable(`${foundText(since, at)}${byText(head)}; found${run}`);
  }
}

function foundText(since: number | undefined, at: number): string {
  return since === undefined
    ? `on the site before ${timeText(at)}`
    : `changed on the site between ${timeText(since)} and ${timeText(at)}`;
}

function byText({ by }: Known): string {
  return by === undefined ? "" : ` by ${by}`;
}

function runText(known: Known): string {
  // The account matters where the site was asked, not where a file was read.
  const isFile = known.how === "read" || known.how === "written";
  const who =
    isFile && isObject(known.actor)
      ? actorText({ ...known.actor, account: "" } as Json)
      : actorText(known.actor);
  const run = known.run === undefined ? "" : ` (run ${known.run.slice(0, RUN)})`;
  return `${who === "" ? "" : ` by ${who}`}${run}`;
}

/** `ann@laptop as admin`; of a CI job its address. */
export function actorText(actor: Json | undefined): string {
  if (!isObject(actor)) return "";
  const text = (name: string) => (typeof actor[name] === "string" ? actor[name] : "");
  const [user, host, account, ci] = [text("user"), text("host"), text("account"), text("ci")];
  const who = ci !== "" ? ci : [user, host].filter((part) => part !== "").join("@");
  return account === "" ? who : `${who} as ${account}`;
}

function changeText({ changes, text }: HistoryVersion): string[] {
  const missing = {
    locked: "its text cannot be opened",
    "not-kept": "its text was not kept",
  } as const;
  if (text.type === "locked" || text.type === "not-kept") return [missing[text.type]];
  if (changes === undefined) return [];
  const { parts, added, removed } = changes;
  if (parts.length === 0) return [];
  const lines = added + removed === 0 ? "" : ` (+${added} −${removed} lines)`;
  return [`changed ${printable(parts.join(", "))}${lines}`];
}

const ALSO: Readonly<Record<Known["how"], string>> = {
  committed: "committed",
  saved: "saved on the site",
  sent: "sent",
  written: "written from the site",
  read: "read",
  seen: "seen",
  now: "",
};

function alsoText({ known }: HistoryVersion, head: Known): string[] {
  const others = known.filter((fact) => fact !== head && fact.how !== "now");
  if (others.length === 0) return [];
  const told = others.map((fact) => printable(`${ALSO[fact.how]} ${timeText(fact.at)}${runText(fact)}`));
  return [`also ${[...new Set(told)].join("; ")}`];
}

/** The line of the public format. Times are ISO 8601, UTC. */
export function versionLine(version: HistoryVersion, path: string): Line {
  const { target, side, id, at, since, digest, text, changes, known } = version;
  const iso = (time: number) => new Date(time).toISOString();
  const fact = ({ how, at: time, by, run, actor, commit }: Known) => ({
    ...{ how, at: iso(time), by: by ?? null, run: run ?? null, actor: actor ?? null },
    commit: commit?.id ?? null,
    subject: commit?.subject ?? null,
  });
  const { at: _, ...head } = fact(headOf(version));
  return {
    ...{
      type: "version",
      target: target === "" ? null : target,
      path: version.path || path,
      id: id || null,
      side,
    },
    ...{ at: iso(at), since: since === undefined ? null : iso(since), ...head },
    hash: digest || null,
    text:
      text.type === "wire"
        ? text.partial
          ? "partial"
          : "whole"
        : text.type === "file"
          ? "whole"
          : text.type,
    current: known.some(({ how }) => how === "now"),
    changed: changes?.parts ?? null,
    ...{ added: changes?.added ?? null, removed: changes?.removed ?? null },
    known: known.map(fact),
  };
}
