import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asLocal, inFormOf, isDate, isZone, toInstant, toLocal } from "../../src/content/date.ts";

const utc = (iso: string): number => Date.parse(iso);

describe("toInstant", () => {
  test.each([
    ["2026-01-31", "UTC", "2026-01-31T00:00:00Z"],
    ["2026-01-31", "Europe/Berlin", "2026-01-30T23:00:00Z"],
    ["2026-07-01 09:30", "Europe/Berlin", "2026-07-01T07:30:00Z"],
    ["2026-07-01T09:30:15", "America/New_York", "2026-07-01T13:30:15Z"],
    ["2026-07-01T09:30:15+02:00", "America/New_York", "2026-07-01T07:30:15Z"],
    ["2026-07-01 09:30:15 +0200", "America/New_York", "2026-07-01T07:30:15Z"],
    ["2026-07-01T09:30:15.250Z", "Asia/Tokyo", "2026-07-01T09:30:15.250Z"],
    ["2026-07-01 09:30", "+05:30", "2026-07-01T04:00:00Z"],
    ["2026-07-01 09:30", "-03:00", "2026-07-01T12:30:00Z"],
    ["2024-02-29", "UTC", "2024-02-29T00:00:00Z"],
    // The day Samoa left out, and a zone half an hour off its winter time.
    ["2011-12-31 10:00", "Pacific/Apia", "2011-12-30T20:00:00Z"],
    ["2026-01-10 10:00", "Australia/Lord_Howe", "2026-01-09T23:00:00Z"],
    ["1900-01-01", "UTC", "1900-01-01T00:00:00Z"],
  ])("%s in %s", (text, zone, expected) => {
    expect(toInstant(text, zone)).toBe(utc(expected));
  });

  test.each(["2026-02-30", "2026-13-01", "31.01.2026", "2026-01-31 25:00", "tomorrow", "", "2026-1-1"])(
    "refuses %j",
    (text) => {
      expect(isDate(text)).toBe(false);
      expect(() => toInstant(text, "UTC")).toThrow(/is not a date/);
    },
  );

  test("an hour that the clocks skip is refused", () => {
    expect(() => toInstant("2026-03-29 02:30", "Europe/Berlin")).toThrow(/does not exist in Europe\/Berlin/);
    expect(() => toInstant("2011-12-30 10:00", "Pacific/Apia")).toThrow(/does not exist/);
    expect(toInstant("2026-03-29 03:00", "Europe/Berlin")).toBe(utc("2026-03-29T01:00:00Z"));
  });

  test("an hour that exists twice is refused, and the hint tells both", () => {
    let fault: unknown;
    try {
      toInstant("2026-10-25 02:30", "Europe/Berlin");
    } catch (thrown) {
      fault = thrown;
    }
    expect(fault).toMatchObject({
      kind: "invalid",
      message: expect.stringContaining("exists twice") as string,
      hint: "Write the offset too: 2026-10-25T02:30+02:00 or +01:00.",
    });
    expect(toInstant("2026-10-25T02:30+02:00", "Europe/Berlin")).toBe(utc("2026-10-25T00:30:00Z"));
  });

  test("an unknown zone is named", () => {
    expect(() => toInstant("2026-01-01", "Mars/Olympus")).toThrow(/Mars\/Olympus/);
    expect(isZone("Mars/Olympus")).toBe(false);
    expect(isZone("Europe/Berlin") && isZone("+02:00")).toBe(true);
  });
});

test("toLocal is the way back, in any zone at any second", () => {
  const zones = [
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "+05:30",
    "-11:00",
  ];
  fc.assert(
    fc.property(
      fc.integer({ min: utc("1980-01-01T00:00:00Z") / 1000, max: utc("2060-01-01T00:00:00Z") / 1000 }),
      fc.constantFrom(...zones),
      (seconds, zone) => {
        expect(toInstant(toLocal(seconds * 1000, zone), zone)).toBe(seconds * 1000);
      },
    ),
  );
  const berlin = (instant: string) => toLocal(utc(instant), "Europe/Berlin");
  expect(berlin("2026-10-25T00:30:00Z")).toBe("2026-10-25T02:30:00+02:00");
  expect(berlin("2026-10-25T01:30:00Z")).toBe("2026-10-25T02:30:00+01:00");
  expect(berlin("2026-10-25T02:00:00Z")).toBe("2026-10-25T03:00:00");
});

describe("inFormOf", () => {
  test.each([
    ["2026-01-31", "2026-07-02T00:00:00", "2026-07-02"],
    ["2026-01-31", "2026-07-02T09:30:00", "2026-07-02T09:30:00"],
    ["2026-01-31 09:30", "2026-07-02T10:00:00", "2026-07-02 10:00"],
    ["2026-01-31 09:30", "2026-07-02T10:00:07", "2026-07-02 10:00:07"],
    ["2026-01-31T09:30:15", "2026-07-02T10:00:00", "2026-07-02T10:00:00"],
    ["2026-01-31t09:30", "2026-07-02T10:00:00Z", "2026-07-02t12:00"],
    ["2026-01-31T09:30:00Z", "2026-07-02T10:00:00", "2026-07-02T08:00:00Z"],
    ["2026-01-31T09:30:00.000Z", "2026-07-02T10:00:00", "2026-07-02T08:00:00.000Z"],
    // The zone's own offset follows its clocks, any other stays.
    ["2026-01-31T09:30:00+01:00", "2026-07-02T10:00:00", "2026-07-02T10:00:00+02:00"],
    ["2026-01-31 09:30:00 +0100", "2026-07-02T10:00:00", "2026-07-02 10:00:00 +0200"],
    ["2026-01-31T09:30:00+05:30", "2026-07-02T10:00:00", "2026-07-02T13:30:00+05:30"],
    // The hour that is there twice says which it is.
    ["2026-01-31 09:30", "2026-10-25T01:30:00Z", "2026-10-25 02:30+01:00"],
    ["2026-01-31", "2026-10-25T01:30:00Z", "2026-10-25T01:30:00Z"],
    // What has no form, or none that could say it, is left.
    ["soon", "2026-07-02T10:00:00", "2026-07-02T10:00:00"],
    ["2026-01-31 09:30", "2026-07-02T10:00:00.250Z", "2026-07-02T10:00:00.250Z"],
  ])("like %s, %s in Berlin is %s", (like, date, expected) => {
    expect(inFormOf(like, date, "Europe/Berlin")).toBe(expected);
  });

  test("is the same instant in any form and zone, and the very text where that says it", () => {
    const zone = fc.constantFrom("UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "-03:30");
    const instant = fc
      .integer({ min: utc("2011-01-01T00:00:00Z") / 60_000, max: utc("2030-01-01T00:00:00Z") / 60_000 })
      .map((minutes) => minutes * 60_000);
    const form = fc.constantFrom(
      (local: string) => local,
      (local: string) => local.replace("T", " ").replace(/(T| )(\d\d:\d\d):00/, "$1$2"),
      (_: string, ms: number) => new Date(ms).toISOString(),
      (_: string, ms: number) => `${new Date(ms + 20_700_000).toISOString().slice(0, 19)}+05:45`,
      (_: string, ms: number) => `${new Date(ms - 28_800_000).toISOString().slice(0, 16)} -0800`,
    );
    fc.assert(
      fc.property(zone, instant, instant, form, (site, then, now, write) => {
        const like = write(toLocal(then, site), then);
        expect(toInstant(inFormOf(like, new Date(now).toISOString(), site), site)).toBe(now);
        expect(inFormOf(like, toLocal(then, site), site)).toBe(like);
      }),
    );
  });
});

test("shows a site's date on the zone's clock, and what that cannot say as it is", () => {
  expect(asLocal("2026-01-31T08:30:00Z", "Europe/Berlin")).toBe("2026-01-31T09:30:00");
  expect(asLocal("2026-01-31T08:30:00.250Z", "Europe/Berlin")).toBe("2026-01-31T08:30:00.250Z");
  expect(asLocal("soon", "Europe/Berlin")).toBe("soon");
});
