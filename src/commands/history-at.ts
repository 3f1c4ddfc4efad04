import { timeText } from "../engine/history-ends.ts";
import { type HistoryVersion, headOf } from "../engine/history-lanes.ts";
import { EXIT, type ExitCode } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import { printable } from "../lib/redact.ts";
import { SIDES, type Side } from "../store/versions.ts";
import type { Args, Context } from "./context.ts";
import { textFlag } from "./flags.ts";
import { type History, textOf } from "./history-text.ts";

/** `--at`, ms since 1970. Throws `usage` for what is no date. */
export function timeFlag(args: Args, name = "at"): number | undefined {
  const text = textFlag(args, name);
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  throw new Fault(
    "usage",
    `--${name} ${printable(text)}: give a date such as 2026-01-31 or 2026-01-31T09:30:00Z`,
    {
      code: "bad-flag",
    },
  );
}

/** Prints what one side said at a time. Throws `usage` with the earliest known time for one before that. */
export async function showAt(context: Context, args: Args, found: History, time: number): Promise<ExitCode> {
  const side = sideFlag(args);
  const lane = laneOf(found, side);
  const version = lane.find(({ known }) => known[0].at <= time);
  if (version === undefined) throw tooEarly(found.path, side, lane, time);
  tellDoubt(context, version, lane[lane.indexOf(version) - 1], time);
  const text = await textOf(found, version);
  if (text === undefined) throw withoutText(found.path, version);
  if (text.raw.length > 0) {
    const message = `shown as the site keeps it: ${text.raw.join(", ")}, since what it names is not known here`;
    context.emit({ type: "notice", target: version.target, level: "warning", message });
  }
  print(context, version, text.text, found.path);
  return EXIT.done;
}

function print(
  { ui }: Context,
  { side, target, at, digest }: HistoryVersion,
  text: string,
  path: string,
): void {
  const made = new Date(at).toISOString();
  const where = { target: target === "" ? null : target, path, side, at: made, hash: digest || null };
  ui.record({ type: "text", ...where, content: text });
  if (ui.json) return;
  const lines = text.replace(/\r?\n$/, "").split("\n");
  // What a site holds is not for a terminal to act on; a file or a pipe gets it as it is.
  for (const line of lines) ui.out(ui.terminal ? printable(line) : line);
}

function sideFlag(args: Args): Side {
  const given = textFlag(args, "side") ?? "site";
  const side = SIDES.find((known) => known === given);
  if (side !== undefined) return side;
  throw new Fault("usage", `--side ${printable(given)}: it is one of ${SIDES.join(", ")}`, {
    code: "bad-flag",
  });
}

/** Newest first. */
function laneOf({ versions, path }: History, side: Side): readonly HistoryVersion[] {
  const lane = versions.filter((version) => version.side === side);
  const targets = [...new Set(lane.map(({ target }) => target))];
  if (targets.length > 1) {
    throw new Fault("usage", `${path} is on ${targets.join(", ")}: which of them?`, {
      code: "several-targets",
      hint: `add --target ${targets[0]}, or --side file`,
    });
  }
  return lane.toSorted((a, b) => b.known[0].at - a.known[0].at);
}

function tooEarly(path: string, side: Side, lane: readonly HistoryVersion[], time: number): Fault {
  const first = lane.at(-1);
  if (first === undefined) {
    const other = side === "site" ? "--side file shows what the file said" : "leave out --side file";
    return new Fault("usage", `nothing is known of what ${path} said on the ${side} side`, {
      code: "history.unknown",
      hint: `${other}; history without --at shows all that is known`,
    });
  }
  const earliest = new Date(first.known[0].at).toISOString();
  return new Fault("usage", `what ${path} said at ${timeText(time)} is not known`, {
    code: "history.too-early",
    hint: `the earliest known is of ${earliest}: --at ${earliest}`,
  });
}

/** Between two looks at the site nobody knows when it was changed. */
function tellDoubt(
  { emit }: Context,
  version: HistoryVersion,
  next: HistoryVersion | undefined,
  time: number,
): void {
  const tell = (message: string) =>
    emit({
      type: "notice",
      level: "warning",
      message,
      ...(version.target === "" ? {} : { target: version.target }),
    });
  if (next?.since !== undefined && next.since < time) {
    tell(
      `it was changed between ${timeText(next.since)} and ${timeText(headOf(next).at)}, perhaps before then: this is what it said first`,
    );
  }
  if (version.text.type === "wire" && version.text.partial) {
    tell(`of older versions the site keeps only ${Object.keys(version.text.wire).sort().join(", ")}`);
  }
}

function withoutText(path: string, version: HistoryVersion): Fault {
  const when = timeText(version.at);
  switch (version.text.type) {
    case "removed":
      return new Fault("usage", `${path} was not there then: it was removed on ${when}`, {
        code: "history.removed",
        hint: "give an earlier time",
      });
    case "locked":
      return new Fault(
        "auth",
        `the text of ${when} cannot be opened: the key of this installation cannot be had`,
        {
          code: "history.locked",
          hint: "set AINSTEIN_KEY or AINSTEIN_PASSPHRASE, or unlock the keychain",
        },
      );
    case "wire":
      return new Fault(
        "usage",
        `the lockfile knows ${version.target} no more, so its texts cannot be shown`,
        {
          code: "history.no-platform",
          hint: "--side file shows what the file said",
        },
      );
    default:
      return new Fault("usage", `the text of ${when} was not kept`, {
        code: "history.not-kept",
        hint: "history without --at shows which texts there are",
      });
  }
}
