// What several processes do to one queue, or to one name, in the tests.
import { writeSync } from "node:fs";
import { argv } from "node:process";
import { systemClock } from "../../src/lib/clock.ts";
import { openStore } from "../../src/store/db.ts";
import { exclusively } from "../../src/store/exclusive.ts";
import { dequeue, enqueue, takeUp } from "../../src/store/queue.ts";
import { samples } from "./queue-samples.ts";

const [, , job = "", home = "", argument = ""] = argv;
const say = (line: string): void => void writeSync(1, `${line}\n`);

if (job === "hold-queue") {
  const store = openStore(home);
  enqueue(store, samples(Number(argument)), systemClock, () => false);
  say("queued");
  await systemClock.sleep(60_000);
}
if (job === "take-at") {
  const store = openStore(home);
  await systemClock.sleep(Number(argument) - Date.now());
  for (;;) {
    const run = takeUp(store, systemClock, () => true);
    if (run === undefined) break;
    say(run.run);
    dequeue(store, run.run);
  }
  store.close();
}
if (job === "hold-name") {
  await exclusively(home, async () => {
    say("held");
    await systemClock.sleep(60_000);
  });
}
