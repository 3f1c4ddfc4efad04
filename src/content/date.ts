import { Fault } from "../lib/fault.ts";

const FORM =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:\s*(Z|z|[+-]\d\d:?\d\d))?)?$/;

const DAY_MS = 86_400_000;

/** A date of front matter, taken apart. */
interface Parts {
  /** The wall clock's reading, as if it were UTC, in ms. */
  readonly wall: number;
  /** Minutes east of UTC, where the text says so. */
  readonly offset: number | undefined;
}

/**
 * Milliseconds since 1970, UTC, of `YYYY-MM-DD`, `YYYY-MM-DD HH:MM[:SS]` or ISO 8601, with or without offset.
 * Without one it is the wall clock of `zone` (an IANA name, or an offset as `+02:00`). Throws `invalid` for no date,
 * and for an hour that the zone skips or has twice.
 */
export function toInstant(text: string, zone: string): number {
  const { wall, offset } = partsOf(text);
  if (offset !== undefined) return wall - offset * 60_000;
  const instants = instantsOf(wall, zone);
  const [instant, other] = instants;
  if (instant === undefined) {
    throw new Fault("invalid", `${text} does not exist in ${zone}: the clocks skip that hour`, {
      code: "date",
      hint: `Write the offset too, e.g. ${text.replace(" ", "T")}+01:00, or another hour.`,
    });
  }
  if (other !== undefined) {
    throw new Fault("invalid", `${text} exists twice in ${zone}: the clocks repeat that hour`, {
      code: "date",
      hint: `Write the offset too: ${text.replace(" ", "T")}${formatOffset(wall - Math.min(instant, other))} or ${formatOffset(wall - Math.max(instant, other))}.`,
    });
  }
  return instant;
}

/** Does it have the form of a date? Says nothing about time zones. */
export function isDate(text: string): boolean {
  try {
    partsOf(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Wall clock of `zone` at an instant (ms since 1970), as `YYYY-MM-DDTHH:MM:SS`; with the offset behind it where the
 * clocks show that hour twice, so that `toInstant` always leads back.
 */
export function toLocal(ms: number, zone: string): string {
  const offset = offsetAt(ms, zone);
  const local = new Date(ms + offset).toISOString().slice(0, 19);
  const steady = [-DAY_MS, DAY_MS].every((near) => offsetAt(ms + near, zone) === offset);
  return steady || instantsOf(ms + offset, zone).length < 2 ? local : local + formatOffset(offset);
}

/**
 * The instant of `date` as somebody writes it who wrote `like`: with or without an offset, seconds or their fraction, and
 * without a time where that is midnight. Both are the wall clock of `zone` where they have no offset. `date` itself
 * where that form cannot say it. Throws like `toInstant`.
 */
export function inFormOf(like: string, date: string, zone: string): string {
  const [, year, , , hour, , second, fraction = "", offset] = FORM.exec(like.trim()) ?? [];
  if (year === undefined) return date;
  const instant = toInstant(date, zone);
  const local = offset === undefined ? toLocal(instant, zone) : toOffset(instant, offset, like, zone);
  const [day = "", time = "", behind = ""] = /^(.{10})T(.{8})(.*)$/.exec(local)?.slice(1) ?? [];
  if (hour === undefined) return time === "00:00:00" && behind === "" && instant % 1000 === 0 ? day : date;
  const ms = `${instant % 1000}`.padStart(3, "0").padEnd(fraction.length, "0").slice(0, fraction.length);
  const seconds = second === undefined && time.endsWith(":00") ? "" : time.slice(5);
  const gap = /\s+(?=[Zz+-]\S*$)/.exec(like.trim())?.[0] ?? "";
  const point = ms === "" ? "" : (/[.,](?=\d)/.exec(like)?.[0] ?? ".") + ms;
  const written = `${day}${like.trim()[10]}${time.slice(0, 5)}${seconds}${point}${behind === "" ? "" : gap}${behind}`;
  return toInstant(written, zone) === instant ? written : date;
}

/** At an offset written as `offset` is: that of the zone at this instant, where `like` has the zone's of its own. */
function toOffset(ms: number, offset: string, like: string, zone: string): string {
  const given = (offsetOf(offset) ?? 0) * 60_000;
  const isZones = !/^z$/i.test(offset) && offsetAt(toInstant(like, zone), zone) === given;
  const east = isZones ? offsetAt(ms, zone) : given;
  const written = offset.includes(":") ? formatOffset(east) : formatOffset(east).replace(":", "");
  return new Date(ms + east).toISOString().slice(0, 19) + (east === given ? offset : written);
}

/** The instants at which the zone's clocks show this reading: none, one or two. */
function instantsOf(wall: number, zone: string): number[] {
  // The zone's offset at this reading is one of those it has a day earlier and a day later, or between.
  const candidates = new Set([-24, -3, 0, 3, 24].map((hours) => offsetAt(wall + hours * 3_600_000, zone)));
  return [...candidates].map((ms) => wall - ms).filter((at) => at + offsetAt(at, zone) === wall);
}

/** An IANA name that this machine knows, or an offset as `+02:00`. */
export function isZone(zone: string): boolean {
  if (offsetOf(zone) !== undefined) return true;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).format(0) !== "";
  } catch {
    return false;
  }
}

function partsOf(text: string): Parts {
  const found = FORM.exec(text.trim());
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = "", zone] = found ?? [];
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, "0").slice(0, 3)}Z`;
  const wall = found === null ? Number.NaN : Date.parse(iso);
  // Date.parse takes 2026-02-30 for the second of March.
  if (Number.isNaN(wall) || new Date(wall).toISOString() !== iso) {
    throw new Fault("invalid", `\`${text}\` is not a date`, {
      code: "date",
      hint: "Write 2026-01-31, 2026-01-31 09:30 or 2026-01-31T09:30:00+02:00.",
    });
  }
  return { wall, offset: zone === undefined ? undefined : offsetOf(zone) };
}

/** Minutes east of UTC of `Z`, `+02:00` or `+0200`. */
function offsetOf(zone: string): number | undefined {
  if (/^(z|utc)$/i.test(zone)) return 0;
  const found = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  if (found === null) return undefined;
  const minutes = Number(found[2]) * 60 + Number(found[3]);
  return found[1] === "-" ? -minutes : minutes;
}

/** How far the zone is ahead of UTC at an instant, in ms. */
function offsetAt(ms: number, zone: string): number {
  const fixed = offsetOf(zone);
  if (fixed !== undefined) return fixed * 60_000;
  const parts: Record<string, number> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(ms)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  try {
    const made = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formatters.set(zone, made);
    return made;
  } catch (cause) {
    throw new Fault("invalid", `\`${zone}\` is not a time zone`, {
      code: "timezone",
      hint: "Name it as Europe/Berlin, or give an offset as +02:00.",
      cause,
    });
  }
}

function formatOffset(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const hours = String(Math.floor(minutes / 60)).padStart(2, "0");
  return `${ms < 0 ? "-" : "+"}${hours}:${String(minutes % 60).padStart(2, "0")}`;
}

/** A date of a site on the wall clock of `zone`; as it is where that has no words for it: parts of a second, no date. */
export function asLocal(date: string, zone: string): string {
  const at = Date.parse(date);
  if (Number.isNaN(at)) return date;
  const local = toLocal(at, zone);
  return toInstant(local, zone) === at ? local : date;
}
