// A process that stores a secret, or asks the keychain for one and waits.
import { writeSync } from "node:fs";
import { argv, env } from "node:process";
import { createKeychain } from "../../src/auth/keychain.ts";
import { createVault } from "../../src/auth/vault.ts";
import { openStore } from "../../src/store/db.ts";

const [, , job = "", childPath = "", home = "", name = ""] = argv;
const keychain = createKeychain({ env, attended: job === "wait", childPath });
if (job === "wait") {
  writeSync(1, "asking\n");
  await keychain.get("nobody");
} else {
  const store = openStore(home);
  const vault = createVault({ store: () => store, env, keychain, notice: () => {} });
  await vault.put(name, "password", `secret of ${name}`);
  vault.close();
  store.close();
}
