// Dates: Joomla tells UTC, and reads what it is sent, or takes from its own table, in the user's time zone. A change that
// sends no dates moves them by the zone's offset, so every change sends all of them.
import { toInstant, toLocal } from "../../content/date.ts";
import { isFault } from "../../lib/fault.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import { isoOf, type Row } from "./rows.ts";
import type { Site } from "./site.ts";

/** In UTC, ISO 8601, or null for none. */
export type Dates = Readonly<Record<string, string | null>>;

const NAMES = ["created", "publish_up", "publish_down", "featured_up", "featured_down"] as const;

/** Dates of a new article: those that its document gives. */
export function newDates({ date, publishDown }: JsonObject): Dates {
  return {
    ...(typeof date === "string" ? { created: date, publish_up: date } : {}),
    ...(typeof publishDown === "string" ? { publish_down: publishDown } : {}),
  };
}

/** All dates of an article after a change to these wire values. */
export function changedDates(row: Row, { date, publishDown }: JsonObject): Dates {
  const now = datesOf(row);
  return {
    ...now,
    ...(date === undefined ? {} : { publish_up: asDate(date) }),
    ...(publishDown === undefined ? {} : { publish_down: asDate(publishDown) }),
  };
}

const asDate = (value: Json) => (typeof value === "string" ? value : null);

function datesOf({ attributes }: Row): Dates {
  return Object.fromEntries(NAMES.map((name) => [name, isoOf(attributes[name])]));
}

/** As a request has them: the clock of the zone that Joomla reads them in; empty for none. */
export async function datesRequest(site: Site, dates: Dates): Promise<JsonObject> {
  const zone = await zoneOf(site);
  return Object.fromEntries(Object.entries(dates).map(([name, date]) => [name, clockOf(date, zone)]));
}

const zoneOf = async (site: Site) => site.userZone ?? (await site.about()).timezone;

function clockOf(date: string | null, zone: string): string {
  return date === null ? "" : toLocal(Date.parse(date), zone).slice(0, 19).replace("T", " ");
}

/**
 * Whether the article has these dates. Where it has others, the zone is another than it was taken for: one that fits is
 * remembered for what is sent next.
 */
export async function landedRight(site: Site, sent: Dates, row: Row): Promise<boolean> {
  const zone = await zoneOf(site);
  const now = datesOf(row);
  const readings = Object.entries(sent).flatMap(([name, date]): readonly Reading[] => {
    const instant = Date.parse(now[name] ?? "");
    return date === null || Number.isNaN(instant) ? [] : [{ clock: clockOf(date, zone), instant }];
  });
  const isRight = Object.entries(sent).every(([name, date]) => date === null || now[name] === date);
  if (isRight) return true;
  const learned = ["UTC", ...Intl.supportedValuesOf("timeZone")].find((candidate) =>
    readings.every(({ clock, instant }) => reads(candidate, clock, instant)),
  );
  if (learned === undefined || learned === zone) return true;
  site.userZone = learned;
  site.told.add(
    `Joomla reads dates of the token's user in another time zone than the site's (${zone}), so that some are written twice: give the user the site's time zone in Joomla under Users > Manage > (the user)`,
  );
  return false;
}

/** What was sent, and what Joomla made of it. */
interface Reading {
  readonly clock: string;
  readonly instant: number;
}

/** Of an hour that the clocks show twice, either may be meant; one that they skip is taken for the next. */
function reads(zone: string, clock: string, instant: number): boolean {
  try {
    return toInstant(clock, zone) === instant;
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    return true;
  }
}
