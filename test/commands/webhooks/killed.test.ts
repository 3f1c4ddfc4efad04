import { env } from "node:process";
import { expect, test } from "vitest";
import { openStore } from "../../../src/store/db.ts";
import { listEvents } from "../../../src/store/events.ts";
import { bundleProgram, killHard, startProgram, tempDir } from "../../store/programs.ts";
import { signed } from "./deliveries.ts";

const worker = bundleProgram("test/commands/webhooks/receiver-worker.ts");
/** A minute's worth where time is no matter. */
const DELIVERIES = env.AINSTEIN_SWEEP === undefined ? 160 : 2000;
const AT_ONCE = 8;

/** As platforms do it: again until it is answered with 200. Returns how often it was sent. */
async function sendUntilTaken(url: () => string, n: number): Promise<number> {
  for (let times = 1; ; times += 1) {
    const { headers, body } = signed(`msg_${n}`, { id: String(n) }, Date.now());
    const status = await fetch(`${url()}/webhooks/wp`, { method: "POST", headers, body }).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return times;
    if (times > 400) throw new Error(`delivery ${n} was never taken: ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

test(`a kill -9 in the middle of ${DELIVERIES} deliveries loses none that was answered, and keeps none twice`, async () => {
  const home = tempDir();
  const start = async () => {
    const { child, lines } = await startProgram(worker, [home]);
    return { child, url: lines[0] ?? "" };
  };
  let receiver = await start();
  const answered = new Set<number>();
  let killed: Promise<void> | undefined;
  let lost: readonly number[] | undefined;
  let again = 0;
  const kill = async () => {
    await killHard(receiver.child);
    const store = openStore(home);
    const kept = new Set(listEvents(store, DELIVERIES).map(({ key }) => key));
    store.close();
    lost = [...answered].filter((n) => !kept.has(`id:msg_${n}`));
    receiver = await start();
  };
  const lane = async (first: number) => {
    for (let n = first; n < DELIVERIES; n += AT_ONCE) {
      again += (await sendUntilTaken(() => receiver.url, n)) - 1;
      answered.add(n);
      if (answered.size === Math.floor(DELIVERIES / 2)) killed = kill();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, first) => lane(first)));
  await killed;
  await killHard(receiver.child);
  // What was answered before the kill was there after it.
  expect(lost).toEqual([]);
  const store = openStore(home);
  const events = listEvents(store, DELIVERIES * 2);
  store.close();
  expect(new Set(events.map(({ key }) => key)).size).toBe(DELIVERIES);
  expect(events).toHaveLength(DELIVERIES);
  expect(again).toBeGreaterThan(0);
}, 120_000);
