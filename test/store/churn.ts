// Opens databases, uses and forgets them, and gives the garbage collector reasons to look for them all the while.
//   churn <directory>
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "../../src/store/db.ts";
import { openDatabase } from "../../src/store/driver.ts";

const [dir = ""] = process.argv.slice(2);

function garbage(): number {
  return Array.from({ length: 300 }, (_, n) => new Array(2_000).fill(n)).length;
}

for (let round = 0; round < 150; round++) {
  // Out of JavaScript and in again: what is collected in between is freed by Node itself.
  await new Promise((resolve) => setImmediate(resolve));
  const home = join(dir, String(round % 5));
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const store = openStore(home);
  store.one("SELECT count(*) AS n FROM sqlite_master");
  store.close();
  openDatabase(join(dir, "lock"), { timeout: 0 }).close();
  garbage();
}
process.stdout.write("done\n");
