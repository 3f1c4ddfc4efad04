// Between a site's wall clock and UTC, as PHP goes: of an hour that exists twice it takes the first, and one that does
// not exist becomes the next.

/** Both as `YYYY-MM-DDTHH:MM:SS`. */
export function siteTime(utc: string, zone: string): string {
  const ms = Date.parse(`${utc}Z`);
  return zone === "UTC" || Number.isNaN(ms) ? utc : textOf(ms + offsetAt(ms, zone));
}

/** A time with an offset behind it is that instant, whatever the zone. */
export function utcTime(site: string, zone: string): string {
  if (/(?:Z|[+-]\d\d:\d\d)$/.test(site)) return textOf(Date.parse(site));
  const wall = Date.parse(`${site}Z`);
  if (zone === "UTC" || Number.isNaN(wall)) return site;
  const before = offsetAt(wall - 86_400_000, zone);
  const after = offsetAt(wall + 86_400_000, zone);
  const offset =
    [before, after].find((candidate) => offsetAt(wall - candidate, zone) === candidate) ?? before;
  return textOf(wall - offset);
}

const textOf = (ms: number) => new Date(ms).toISOString().slice(0, 19);

/** Hours east of UTC of a zone that is an offset, as `+05:30`; undefined for one with a name. */
export function fixedHours(zone: string): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? [];
  if (sign === undefined) return undefined;
  return (sign === "-" ? -1 : 1) * (Number(hours) + Number(minutes) / 60);
}

/** Milliseconds east of UTC. */
function offsetAt(ms: number, timeZone: string): number {
  const fixed = fixedHours(timeZone);
  if (fixed !== undefined) return fixed * 3_600_000;
  const shown = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    dateStyle: "short",
    timeStyle: "medium",
  }).format(ms);
  return Date.parse(`${shown.replace(" ", "T")}Z`) - Math.floor(ms / 1000) * 1000;
}
