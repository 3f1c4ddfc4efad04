// The only code that calls the operating system's keychain, in a process of its own: a Secret Service that is dead or
// waits for somebody makes keytar block its whole process, exit included. It is told what to do in one message, gives
// one answer, and is killed by the parent after that or at a deadline.
import { createRequire } from "node:module";
import type { KeychainReply, KeychainRequest } from "./keychain.ts";

type Keytar = typeof import("keytar");

const SERVICE = "ainstein-cms";

/** The first line: Node adds where it looked for a module that is not there. */
function messageOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message.split("\n", 1).join("");
}

/**
 * Words for "locked": libsecret on Linux ("Cannot create an item in a locked collection", a dismissed prompt), and
 * macOS's errSecInteractionNotAllowed, errSecAuthFailed and errSecUserCanceled.
 */
const LOCKED =
  /locked|dismissed|interaction is not allowed|user canceled|passphrase you entered is not correct/i;

function failure(thrown: unknown): KeychainReply {
  const detail = messageOf(thrown);
  return { state: LOCKED.test(detail) ? "locked" : "unavailable", detail };
}

/**
 * Is a "nothing there" to be believed? On Linux keytar gives the same answer for an entry in a locked keyring, where
 * only writing tells the difference; what is written here is taken away again.
 */
async function proveUnlocked(keytar: Keytar, account: string): Promise<void> {
  if (process.platform !== "linux") return;
  const probe = `${account}/probe`;
  await keytar.setPassword(SERVICE, probe, "probe");
  await keytar.deletePassword(SERVICE, probe);
}

async function carryOut(keytar: Keytar, request: KeychainRequest): Promise<KeychainReply> {
  const { account } = request;
  switch (request.op) {
    case "get": {
      const value = await keytar.getPassword(SERVICE, account);
      if (value !== null) return { state: "found", value };
      await proveUnlocked(keytar, account);
      return { state: "missing" };
    }
    case "set":
      await keytar.setPassword(SERVICE, account, request.value);
      return { state: "ok", detail: "" };
    case "delete":
      if (!(await keytar.deletePassword(SERVICE, account))) await proveUnlocked(keytar, account);
      return { state: "ok", detail: "" };
  }
}

async function answer(request: KeychainRequest): Promise<KeychainReply> {
  try {
    const keytar = createRequire(import.meta.url)("keytar") as Keytar;
    process.send?.({ state: "ready" } satisfies KeychainReply);
    return await carryOut(keytar, request);
  } catch (thrown) {
    return failure(thrown);
  }
}

// A parent that is gone must not leave a process that waits for ever, nor one that still writes.
process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.once("message", (request: KeychainRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});
