// Appends to the audit until it is killed, and says after each batch how far it is.
import { writeSync } from "node:fs";
import { argv } from "node:process";
import { appendAudit } from "../../src/store/audit.ts";
import { openStore } from "../../src/store/db.ts";

const [, , home = ""] = argv;
const store = openStore(home);
const key = Buffer.alloc(32, 1);
for (;;) {
  const row = { type: "sent", at: new Date().toISOString(), method: "POST", url: "https://a.example/" };
  const numbers = appendAudit(store, key, "wp", [row, row, row]);
  writeSync(1, `${numbers.at(-1)}\n`);
}
