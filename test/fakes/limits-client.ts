// One process that asks a limited site as fast as it may: `node limits-client.mjs <JSON of Asking>`. Prints the time of
// each request that sets out, in milliseconds since 1970.
import { mkdirSync } from "node:fs";
import { argv, stdout } from "node:process";
import { ledgerOf, rateOf } from "../../src/commands/pacing.ts";
import type { Pace } from "../../src/connectors/contract.ts";
import { createHttp } from "../../src/http/client.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { openStore, type Store } from "../../src/store/db.ts";

export interface Asking {
  readonly url: string;
  /** Shared with other processes. */
  readonly home: string;
  readonly pace: Pace;
  readonly requests: number;
  /** Calls at one time. */
  readonly callers: number;
  /** Weight of the first call, before an answer has told. */
  readonly cost?: number;
}

const asking = JSON.parse(argv[2] ?? "") as Asking;
mkdirSync(asking.home, { recursive: true, mode: 0o700 });
const opened: Store = openStore(asking.home);
const http = createHttp({
  baseUrl: asking.url,
  authorize: (headers) => headers,
  pace: rateOf(asking.pace, {}),
  tells: asking.pace.tells ?? {},
  ledger: ledgerOf(
    { clock: systemClock, home: asking.home, store: () => opened },
    { name: "site", url: asking.url },
  ),
  clock: systemClock,
  random: Math.random,
  trace: (line) => {
    if (line.startsWith(">")) stdout.write(`${Date.now()}\n`);
  },
});
let left = asking.requests;
const call = async (): Promise<void> => {
  while (left > 0) {
    left -= 1;
    await http.send({
      method: "POST",
      path: "/",
      repeatable: false,
      decode: () => undefined,
      ...(asking.cost === undefined ? {} : { cost: { kind: "query", about: asking.cost } }),
    });
  }
};
await Promise.all(Array.from({ length: asking.callers }, call));
opened.close();
