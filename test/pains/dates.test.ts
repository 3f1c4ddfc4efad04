// Dates stay what they are, wherever the program runs and wherever the site is.
import fc from "fast-check";
import { afterEach, describe, expect } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { bench } from "../commands/bench.ts";
import { siteTime, utcTime } from "../fakes/wordpress-zone.ts";
import {
  expectDone,
  expectIdle,
  hurried,
  onASite,
  onEachPlatform,
  operatorOf,
  post,
  seeds,
  stepsOf,
} from "./platforms.ts";
import type { Platform } from "./site.ts";

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "Asia/Kathmandu",
  "Asia/Kolkata",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Pacific/Kiritimati",
  "America/Los_Angeles",
] as const;
/** Sites may have an offset in place of a zone. */
const OFFSETS = ["+05:30", "-03:30", "+13:00"] as const;
/** Around the moments at which clocks are changed, in one zone or another, and far from them. */
const DAYS = [
  "2025-03-09",
  "2025-03-30",
  "2025-04-06",
  "2025-10-05",
  "2025-10-26",
  "2025-11-02",
  "2024-02-29",
  "1999-12-31",
  "2025-12-31",
  // Samoa went without a 30th.
  "2011-12-29",
  "2011-12-30",
];
const HOURS = ["00:00", "00:01", "01:30", "02:00", "02:30", "03:00", "12:00", "23:30", "23:59"];

const host = process.env.TZ;
afterEach(() => moveTo(host));

function moveTo(zone: string | undefined): void {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
}

/** As people write them: quoted or not, with an offset or without, with seconds or without any hour. */
const written = fc
  .tuple(
    fc.constantFrom(...DAYS),
    fc.constantFrom(...HOURS),
    fc.constantFrom("plain", "T", "quoted", "day", "Z", "+05:45", "-08:00"),
  )
  .map(([day, hour, form]) => {
    if (form === "day") return { text: day, wall: `${day}T00:00:00` };
    if (form === "plain") return { text: `${day} ${hour}`, wall: `${day}T${hour}:00` };
    if (form === "quoted") return { text: `'${day} ${hour}:07'  # as it was`, wall: `${day}T${hour}:07` };
    if (form === "T") return { text: `${day}T${hour}:00`, wall: `${day}T${hour}:00` };
    return { text: `${day}T${hour}:00${form}`, instant: new Date(`${day}T${hour}:00${form}`).toISOString() };
  });
type Written = { readonly text: string; readonly wall?: string; readonly instant?: string };

/** Undefined for an hour that the site's clocks skip or show twice: nobody can know. */
function instantOf({ wall, instant }: Written, zone: string): string | undefined {
  if (wall === undefined) return instant?.slice(0, 19);
  const utc = utcTime(wall, zone);
  const hours = [-120, -60, -30, 30, 60, 120].map(
    (minutes) => new Date(Date.parse(`${utc}Z`) + minutes * 60_000),
  );
  const twice = hours.some((other) => siteTime(other.toISOString().slice(0, 19), zone) === wall);
  return siteTime(utc, zone) === wall && !twice ? utc : undefined;
}

const TWICE: Written[] = ["00:30", "01:30"].map((hour) => {
  const text = `2025-10-26T${hour}:00Z`;
  return { text, instant: text.replace("Z", ".000Z") };
});

async function keepsDates(
  platform: Platform,
  site: string,
  hosts: readonly string[],
  dates: readonly Written[],
): Promise<void> {
  await onASite(
    platform,
    async (operator) => {
      moveTo(hosts[0]);
      const texts = dates.map(({ text }, n) =>
        post(`# ours\ntitle: "D ${n}"\ndate: ${text}\nstatus: published`, `Text ${n}.`),
      );
      for (const [n, text] of texts.entries()) operator.write(`d-${n}.md`, text);
      const made = await operator.does(publish);
      const expected = dates.map((date) => instantOf(date, site));
      const refused = made.results.filter(({ status }) => status === "failed");
      expect(refused.map(({ path }) => path).sort()).toEqual(
        expected.flatMap((date, n) => (date === undefined ? `d-${n}.md` : [])).sort(),
      );
      for (const { fault } of refused) expect(fault?.code).toBe("date");
      const instants = () =>
        Object.fromEntries(operator.site.entries().map(({ slug, date }) => [slug, date]));
      const before = instants();
      const known = expected.flatMap((date, n) => (date === undefined ? [] : [[`d-${n}`, `${date}Z`]]));
      expect(before).toEqual(Object.fromEntries(known));
      const writes = operator.site.writes();
      for (const zone of hosts) {
        moveTo(zone);
        for (const machine of [operator, operator.another()]) {
          expect(stepsOf(await machine.does(push))).toEqual([]);
          expect(stepsOf(await machine.does(pull))).toEqual([]);
        }
      }
      expect([instants(), operator.site.writes()]).toEqual([before, writes]);
      expect(texts.map((_, n) => operator.read(`d-${n}.md`))).toEqual(texts);
      // Files that were pulled say the same instants; an edit of the text leaves them.
      const other = operatorOf(operator.site, bench().root);
      expectDone(await other.does(pull));
      moveTo(hosts[0]);
      expectIdle(await other.does(push));
      for (const { slug } of operator.site.entries()) other.change(`${slug}.md`, "Text", "New text");
      await other.does(push);
      expect(instants()).toEqual(before);
    },
    site,
  );
}

describe("a date is never moved", () => {
  onEachPlatform(
    "by the zone of the machine, the zone of the site, or clocks that are changed",
    { timeout: 120_000 },
    async (_, platform) => {
      moveTo("Asia/Kathmandu");
      expect(new Date(0).getHours()).toBe(5);
      const zone = fc.constantFrom(...ZONES);
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...ZONES, ...OFFSETS),
          fc.tuple(zone, zone),
          fc.array(written, { minLength: 12, maxLength: 20 }),
          (site, hosts, dates) => keepsDates(platform, site, hosts, dates),
        ),
        {
          numRuns: seeds(2),
          endOnFailure: true,
          // Both of an hour that the site's clocks show twice.
          examples: [["Europe/Berlin", ["UTC", "America/Los_Angeles"], TWICE]],
        },
      );
    },
  );
});

/** What stands in the file, what somebody sets on a site in Berlin, and how the file says it then. */
const MOVED: readonly [written: string, set: string, then: string][] = [
  ["2025-03-30", "2025-10-25T22:00:00Z", "2025-10-26"],
  ["2025-03-30", "2025-10-26T09:15:00Z", "2025-10-26T10:15:00"],
  ["2025-03-30 03:00", "2025-03-30T00:59:00Z", "2025-03-30 01:59"],
  ["'2025-03-30 03:00'  # as it was", "2025-06-30T21:30:00Z", "'2025-06-30 23:30'  # as it was"],
  ["2025-12-31T23:30:00", "2024-12-31T23:00:00Z", "2025-01-01T00:00:00"],
  ["2025-12-31T23:30:00Z", "2024-12-31T23:00:00Z", "2024-12-31T23:00:00Z"],
  ["2025-01-31T09:30:00+01:00", "2025-07-31T07:30:00Z", "2025-07-31T09:30:00+02:00"],
  ["2025-01-31T09:30:00-08:00", "2025-07-31T07:30:00Z", "2025-07-30T23:30:00-08:00"],
  ["2025-10-26 12:00", "2025-10-26T00:30:00Z", "2025-10-26 02:30+02:00"],
  ["2025-10-26 12:00", "2025-10-26T01:30:00Z", "2025-10-26 02:30+01:00"],
];

describe("a date that somebody changes on the site", () => {
  onEachPlatform(
    "comes down as that instant in the form the file has, and no other edit touches it",
    { timezone: "Europe/Berlin", timeout: 60_000 },
    async (operator) => {
      moveTo("Pacific/Apia");
      const textOf = (title: string, date: string) =>
        post(`title: ${title}\ndate: ${date}\nstatus: published`, "Text.");
      for (const [n, [written]] of MOVED.entries()) operator.write(`d-${n}.md`, textOf(`D ${n}`, written));
      expectDone(await operator.does(publish));
      for (const [n] of MOVED.entries()) operator.site.edit(`d-${n}`, { title: `E ${n}` });
      moveTo("America/New_York");
      expectDone(await operator.does(pull));
      for (const [n, [written]] of MOVED.entries())
        expect(operator.read(`d-${n}.md`)).toBe(textOf(`E ${n}`, written));
      for (const [n, [, date]] of MOVED.entries()) operator.site.edit(`d-${n}`, { date });
      expectDone(await operator.does(pull));
      for (const [n, [, , then]] of MOVED.entries())
        expect(operator.read(`d-${n}.md`)).toBe(textOf(`E ${n}`, then));
      moveTo("Asia/Kolkata");
      expectIdle(await operator.another().does(push));
      expect(stepsOf(await operator.does(pull))).toEqual([]);
      const dates = Object.fromEntries(operator.site.entries().map(({ slug, date }) => [slug, date]));
      expect(dates).toEqual(Object.fromEntries(MOVED.map(([, date], n) => [`d-${n}`, date])));
    },
  );
});

describe("what is scheduled", () => {
  onEachPlatform(
    "goes live by the clock alone, which is an edit of nothing on any machine",
    { timezone: "America/New_York" },
    async (operator) => {
      const at = new Date(Date.now() + 3_600_000).toISOString();
      const text = post(`title: Soon\ndate: ${at}\nstatus: scheduled`, "Text.");
      operator.write("soon.md", text);
      expectDone(await operator.does(publish));
      expect(operator.site.entries()).toMatchObject([{ state: "scheduled" }]);
      const writes = operator.site.writes();
      for (const [n, ahead] of [3_590_000, 3_610_000, 7_200_000].entries()) {
        moveTo(ZONES[n]);
        const later = operatorOf(operator.site, operator.root, hurried(ahead));
        for (const command of [push, pull, publish]) {
          expect(stepsOf(await later.does(command))).toEqual([]);
        }
      }
      expect([operator.read("soon.md"), operator.site.writes()]).toEqual([text, writes]);
    },
  );
});

describe("now is never later", () => {
  for (const zone of ["Pacific/Kiritimati", "America/Los_Angeles"]) {
    onEachPlatform(
      `what is published at this moment is live at once, on a site in ${zone}`,
      { timezone: zone },
      async ({ site }) => {
        for (const [turn, ahead] of [0, 90_000].entries()) {
          moveTo(ZONES[turn]);
          const operator = operatorOf(site, undefined, hurried(ahead));
          const now = siteTime(new Date().toISOString().slice(0, 19), zone).replace("T", " ");
          operator.write(`undated-${turn}.md`, post(`title: Undated ${turn}`, "Text."));
          operator.write(
            `dated-${turn}.md`,
            post(`title: Dated ${turn}\ndate: ${now.slice(0, 16)}`, "Text."),
          );
          operator.write(
            `instant-${turn}.md`,
            post(`title: Instant ${turn}\ndate: ${new Date().toISOString()}`, "Text."),
          );
          expectDone(await operator.does(publish));
          for (const seen of site.entries()) {
            expect(seen.state).toBe("published");
            expect(Date.parse(seen.date ?? "")).toBeLessThanOrEqual(Date.now() + ahead);
          }
          expectIdle(await operator.does(publish));
        }
      },
    );
  }
});
