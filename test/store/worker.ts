// What several processes do to one database in the tests.
import { writeSync } from "node:fs";
import { argv } from "node:process";
import { systemClock } from "../../src/lib/clock.ts";
import { openConflict } from "../../src/store/conflicts.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { intend, settle } from "../../src/store/journal.ts";
import { acquireLock } from "../../src/store/locks.ts";
import { installationId } from "../../src/store/meta.ts";
import { thisProcess } from "../../src/store/processes.ts";
import { createRun } from "../../src/store/runs.ts";
import { keepVersion } from "../../src/store/versions.ts";
import { conflict, version } from "./samples.ts";

function say(line: string | number): void {
  writeSync(1, `${line}\n`);
}

/** Reads, then writes what it read plus one: loses counts unless the transaction takes the write lock first. */
function count(store: Store, times: number): void {
  for (let n = 0; n < times; n++) {
    store.transaction(() => {
      const row = store.one("SELECT value FROM meta WHERE key = 'counter'");
      store.run("UPDATE meta SET value = @value WHERE key = 'counter'", {
        value: String(Number(row?.value) + 1),
      });
    });
  }
}

function beginRun(store: Store, run: string): void {
  const { pid, host } = thisProcess();
  createRun(store, {
    id: run,
    command: "push",
    target: "wp",
    site: "site",
    root: "/root",
    startedAt: "2026-01-01T00:00:00Z",
    pid,
    host,
  });
}

/** Writes the journal for ever, saying the number of each step once it is recorded. */
function journal(store: Store, run: string): void {
  beginRun(store, run);
  for (let n = 0; ; n++) {
    const seq = intend(store, {
      run,
      site: "site",
      rootId: "root",
      op: "create",
      path: `${n}.md`,
      locale: "",
      key: `${run}-${n}`,
      payload: { n },
    });
    say(`intended ${seq}`);
    settle(store, seq, "done", { id: String(n) });
    say(`settled ${seq}`);
  }
}

/** Keeps a version of each of a hundred entries and finds a conflict in it, saying their numbers. */
function keepAll(store: Store): void {
  for (let n = 0; n < 100; n++) {
    const id = String(n);
    say(keepVersion(store, version("the same", { id })));
    say(openConflict(store, { ...conflict, id }));
  }
}

async function hold(store: Store, site: string): Promise<void> {
  beginRun(store, "held-run");
  const holder = { ...thisProcess(), run: "held-run", command: "push" };
  acquireLock(store, site, holder, systemClock);
  say("held");
  await systemClock.sleep(60_000);
}

const [, , job = "", home = "", argument = ""] = argv;
if (job.endsWith("-at")) await systemClock.sleep(Number(argument) - Date.now());
const store = openStore(home);
if (job === "open-at") say(installationId(store));
if (job === "count") count(store, Number(argument));
if (job === "keep-at") keepAll(store);
if (job === "journal") journal(store, argument);
if (job === "hold") await hold(store, argument);
store.close();
