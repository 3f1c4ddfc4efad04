// The program as a process of its own, on machines in one zone and sites in another.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { KEY, removeTempDirs, tempDir } from "../commands/bench.ts";
import { editOnSite } from "../commands/site-edit.ts";
import { type Ended, runProgram } from "./program.ts";

afterAll(removeTempDirs);

const HOSTS = [
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kolkata",
  "Pacific/Apia",
  "UTC",
  "Australia/Lord_Howe",
] as const;

/** By the site's zone: what files say, and the instant; undefined for an hour that nobody can know. */
const SITES: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  "Europe/Berlin": {
    "2025-03-30 01:59": "2025-03-30T00:59:00Z",
    "2025-03-30T03:00": "2025-03-30T01:00:00Z",
    "2025-03-30 02:30": undefined,
    "2025-10-26 02:30": undefined,
    "2025-10-26T02:30:00+02:00": "2025-10-26T00:30:00Z",
    "2025-10-26T02:30:00+01:00": "2025-10-26T01:30:00Z",
    "2024-12-31 23:30": "2024-12-31T22:30:00Z",
    "2025-01-01": "2024-12-31T23:00:00Z",
  },
  "America/New_York": {
    "2025-03-09 01:59": "2025-03-09T06:59:00Z",
    "2025-03-09 02:30": undefined,
    "2025-11-02 01:30": undefined,
    "2025-11-02 01:30 -0500": "2025-11-02T06:30:00Z",
    "2025-11-02T01:30-04:00": "2025-11-02T05:30:00Z",
    "2024-12-31 23:30": "2025-01-01T04:30:00Z",
    "2025-01-01": "2025-01-01T05:00:00Z",
  },
  "+05:30": {
    "2025-03-30 02:30": "2025-03-29T21:00:00Z",
    "2025-10-26 02:30": "2025-10-25T21:00:00Z",
    "2024-12-31 23:30": "2024-12-31T18:00:00Z",
    "2025-01-01": "2024-12-31T18:30:00Z",
  },
  "Pacific/Apia": {
    "2011-12-29 23:30": "2011-12-30T09:30:00Z",
    "2011-12-30": undefined,
    "2011-12-31": "2011-12-30T10:00:00Z",
    "2024-12-31 23:30": "2024-12-31T10:30:00Z",
  },
  "Australia/Lord_Howe": {
    "2025-10-05 02:15": undefined,
    "2025-10-05 02:30": "2025-10-04T15:30:00Z",
    "2025-04-06 01:45": undefined,
    "2025-04-06T01:45:00+11:00": "2025-04-05T14:45:00Z",
    "2025-04-06T01:45:00+10:30": "2025-04-05T15:15:00Z",
    "2025-01-01": "2024-12-31T13:00:00Z",
  },
  UTC: {
    "2025-03-30 02:30": "2025-03-30T02:30:00Z",
    "2025-11-02 01:30": "2025-11-02T01:30:00Z",
    "2024-12-31 23:30": "2024-12-31T23:30:00Z",
    "2025-01-01T00:00:00.000Z": "2025-01-01T00:00:00Z",
  },
};

/** A machine that is in another zone each time. */
function travelling(site: string, zone: string, first: number) {
  const root = tempDir("root");
  const home = join(tempDir("home"), "home");
  const connection = JSON.stringify({ platform: "local", url: site, settings: { timezone: zone } });
  let turn = first;
  const run = (...words: string[]): Promise<Ended> => {
    turn += 1;
    return runProgram([...words, "--target", "site", "--json"], {
      cwd: root,
      env: {
        TZ: HOSTS[turn % HOSTS.length] ?? "",
        AINSTEIN_HOME: home,
        AINSTEIN_KEY: KEY,
        AINSTEIN_CONNECTION_SITE: connection,
      },
    });
  };
  return { root, run };
}

const linesOf = ({ out }: Ended, type: string) =>
  out.split("\n").flatMap((line) => {
    const value = line === "" ? {} : (JSON.parse(line) as Record<string, unknown>);
    return value.type === type ? [value] : [];
  });

function datesOn(site: string): Readonly<Record<string, string>> {
  const dir = join(site, "entries");
  const all = readdirSync(dir).map((name) => JSON.parse(readFileSync(join(dir, name), "utf8")));
  return Object.fromEntries(all.map(({ fields }) => [fields.slug, fields.date]));
}

describe.each(Object.entries(SITES))("a site in %s", (zone, dates) => {
  it("has each date at its instant and each file its bytes, whichever zone the machines are in", async () => {
    const site = join(tempDir("site"), "site");
    const { root, run } = travelling(site, zone, Object.keys(SITES).indexOf(zone));
    const written = Object.keys(dates);
    const read = () => written.map((_, n) => readFileSync(join(root, `d-${n}.md`), "utf8"));
    for (const [n, date] of written.entries())
      writeFileSync(join(root, `d-${n}.md`), `---\ntitle: D ${n}\ndate: ${date}  # mine\n---\n\nText.\n`);
    const files = read();
    const known = Object.values(dates).flatMap((instant, n) =>
      instant === undefined ? [] : [[`d-${n}`, instant] as const],
    );

    const made = await run("publish", ".", "--yes");
    const refused = linesOf(made, "result").filter(({ status }) => status === "failed");
    expect(refused.map(({ path, code }) => [path, code])).toEqual(
      written.flatMap((date, n) => (dates[date] === undefined ? [[`d-${n}.md`, "date"]] : [])),
    );
    expect(datesOn(site)).toEqual(Object.fromEntries(known));

    const [slug = ""] = known[0] ?? [];
    editOnSite(site, slug, () => ({ title: "Theirs" }));
    const synced = await run("sync", "--yes");
    const steps = linesOf(synced, "plan").filter(({ action }) => action !== "skip");
    expect(steps.map(({ action, path }) => [action, path])).toEqual([["pull", `${slug}.md`]]);
    expect(linesOf(synced, "summary")).toMatchObject([{ pulled: 1, writes: 0 }]);
    const title = `title: D ${slug.slice(2)}`;
    expect(read()).toEqual(
      files.map((text, n) => (`d-${n}` === slug ? text.replace(title, "title: Theirs") : text)),
    );
    expect(datesOn(site)).toEqual(Object.fromEntries(known));
  });
});
