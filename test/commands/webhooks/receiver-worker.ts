// A receiver in a process of its own, for the tests that kill it.
import { writeSync } from "node:fs";
import { argv } from "node:process";
import { createReceiver } from "../../../src/commands/webhooks/receiver.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { openStore } from "../../../src/store/db.ts";
import { keyed } from "./deliveries.ts";

const [, , home = "", port = "0"] = argv;
const store = openStore(home);
const server = createReceiver({
  store: () => store,
  clock: systemClock,
  keyed,
  ready: async () => {},
  tell: () => {},
});
writeSync(1, `${await server.listen({ host: "127.0.0.1", port: Number(port) })}\n`);
