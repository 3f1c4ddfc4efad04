import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KeychainTrouble } from "../../src/auth/keychain.ts";
import { createVault, type Vault } from "../../src/auth/vault.ts";
import type { PassphrasePurpose, VaultParts } from "../../src/auth/vault-key.ts";
import { getConnection, putConnection } from "../../src/store/connections.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { installationId } from "../../src/store/meta.ts";
import { keepVersion } from "../../src/store/versions.ts";
import { tempDir } from "../store/programs.ts";
import { memoryKeychain, type TestKeychain } from "./memory-keychain.ts";

const LOCKED: KeychainTrouble = { state: "locked", detail: "Cannot create an item in a locked collection" };
const UNAVAILABLE: KeychainTrouble = { state: "unavailable", detail: "no D-Bus" };
const KEY = Buffer.from("a key of thirty-two bytes, not 31").subarray(0, 32).toString("base64");
const OTHER_KEY = Buffer.alloc(32, 7).toString("base64");

let home: string;
let store: Store;
let keychain: TestKeychain;
let notices: string[];

beforeEach(() => {
  home = tempDir();
  store = openStore(home);
  keychain = memoryKeychain();
  notices = [];
});
afterEach(() => store.close());

/** Each call is what a new process would have. */
function vaultWith(parts: Partial<VaultParts> = {}): Vault {
  const notice = (message: string) => notices.push(message);
  return createVault({ store: () => store, env: {}, keychain, notice, ...parts });
}

function withEnv(env: Record<string, string>): Vault {
  return vaultWith({ env });
}

function vaultFault(name: string) {
  return expect.objectContaining({ kind: "auth", code: `vault.${name}`, hint: expect.stringMatching(/\w/) });
}

describe("with the keychain", () => {
  it("makes one key, puts it there, and reads with it later", async () => {
    await vaultWith().put("wp", "password", "pässword");
    await vaultWith().put("wp", "token", "");
    expect(keychain.sets).toBe(1);
    const kept = keychain.entries.get(installationId(store)) ?? "";
    expect(Buffer.from(kept, "base64")).toHaveLength(32);
    expect(await vaultWith().get("wp", "password")).toBe("pässword");
    expect(await vaultWith().get("wp", "token")).toBe("");
  });

  it("is not asked for a secret that is not there, nor twice for the key", async () => {
    const vault = vaultWith();
    expect(await vault.get("wp", "password")).toBeUndefined();
    expect(keychain.gets).toBe(0);
    await vault.put("wp", "password", "x");
    const asked = keychain.gets;
    const next = vaultWith();
    await Promise.all([next.get("wp", "password"), next.get("wp", "password"), next.put("wp", "b", "y")]);
    await next.get("wp", "password");
    expect(keychain.gets).toBeLessThanOrEqual(asked + 2);
    vault.close();
    expect(await vault.get("wp", "password")).toBe("x");
  });

  it.each([
    ["locked", LOCKED],
    ["unavailable", UNAVAILABLE],
  ] as const)("that is %s is told as such, and no new key is made", async (name, trouble) => {
    await vaultWith().put("wp", "password", "x");
    keychain.trouble = trouble;
    const vault = vaultWith({
      env: { AINSTEIN_PASSPHRASE: "correct horse" },
      askPassphrase: async () => "never",
    });
    await expect(vault.get("wp", "password")).rejects.toEqual(vaultFault(name));
    await expect(vault.put("wp", "other", "y")).rejects.toEqual(vaultFault(name));
    expect(keychain.sets).toBe(1);
    keychain.trouble = undefined;
    expect(await vault.get("wp", "password")).toBe("x");
  });

  it("that lost the key is told as such, and no new key is made", async () => {
    await vaultWith().put("wp", "password", "x");
    const kept = new Map(keychain.entries);
    keychain.entries.clear();
    await expect(vaultWith().get("wp", "password")).rejects.toEqual(vaultFault("missing"));
    await expect(vaultWith().put("wp", "other", "y")).rejects.toEqual(vaultFault("missing"));
    expect(keychain.sets).toBe(1);
    for (const [account, value] of kept) keychain.entries.set(account, value);
    expect(await vaultWith().get("wp", "password")).toBe("x");
  });

  it("that holds another key is told as such", async () => {
    await vaultWith().put("wp", "password", "x");
    for (const value of [OTHER_KEY, "no key at all"]) {
      keychain.entries.set(installationId(store), value);
      await expect(vaultWith().get("wp", "password")).rejects.toEqual(vaultFault("wrong-key"));
    }
  });

  it("that forgets what it was given is not trusted with the key", async () => {
    keychain.get = async () => ({ state: "missing" });
    await expect(vaultWith().put("wp", "password", "x")).rejects.toEqual(vaultFault("unavailable"));
  });

  it("gives a key anew once nothing is sealed any more", async () => {
    await vaultWith().put("wp", "password", "x");
    keychain.entries.clear();
    vaultWith().forget("wp");
    await vaultWith().put("wp", "password", "y");
    expect(await vaultWith().get("wp", "password")).toBe("y");
    keychain.entries.clear();
    vaultWith().forgetAll();
    expect(await vaultWith().describe()).toMatchObject({ keyFrom: "none" });
    expect(await vaultWith().get("wp", "password")).toBeUndefined();
  });

  it("gives two that begin at once one key", async () => {
    const second = openStore(home);
    const vaults = [vaultWith(), vaultWith({ store: () => second })];
    await Promise.all(vaults.map((vault, n) => vault.put(`c${n}`, "password", `p${n}`)));
    second.close();
    expect(await vaultWith().get("c0", "password")).toBe("p0");
    expect(await vaultWith().get("c1", "password")).toBe("p1");
    expect(keychain.sets).toBe(1);
  });

  it("never writes with a key that another process has replaced", async () => {
    const slow = vaultWith();
    await slow.put("wp", "password", "x");
    slow.forget("wp");
    keychain.entries.clear();
    await vaultWith().put("wp", "password", "y");
    await expect(slow.put("wp", "other", "z")).rejects.toEqual(vaultFault("wrong-key"));
    await slow.put("wp", "other", "z");
    expect(await vaultWith().get("wp", "other")).toBe("z");
    expect(await vaultWith().get("wp", "password")).toBe("y");
  });
});

describe("with AINSTEIN_KEY", () => {
  it("uses that key and asks no keychain", async () => {
    await withEnv({ AINSTEIN_KEY: KEY }).put("wp", "password", "x");
    expect(await withEnv({ AINSTEIN_KEY: ` ${KEY.replace("=", "")}\n` }).get("wp", "password")).toBe("x");
    expect(keychain.gets + keychain.sets).toBe(0);
    expect(await withEnv({ AINSTEIN_KEY: KEY }).describe()).toMatchObject({ keyFrom: "environment" });
  });

  it.each([
    "short",
    Buffer.alloc(31, 7).toString("base64"),
    Buffer.alloc(33, 7).toString("base64"),
    Buffer.alloc(32, 7).toString("hex"),
    `${KEY.slice(0, -1)}!`,
  ])("refuses %s", async (value) => {
    const refusal = vaultFault("bad-key");
    await expect(withEnv({ AINSTEIN_KEY: value }).put("wp", "password", "x")).rejects.toEqual(refusal);
  });

  it("does not read with another key, nor write with it", async () => {
    await withEnv({ AINSTEIN_KEY: KEY }).put("wp", "password", "x");
    const vault = withEnv({ AINSTEIN_KEY: OTHER_KEY });
    await expect(vault.get("wp", "password")).rejects.toEqual(vaultFault("wrong-key"));
    await expect(vault.put("wp", "other", "y")).rejects.toEqual(vaultFault("wrong-key"));
  });

  it.each([{}, { AINSTEIN_KEY: "" }, { AINSTEIN_PASSPHRASE: "correct horse" }])(
    "is missed when it is gone: %j",
    async (env) => {
      await withEnv({ AINSTEIN_KEY: KEY }).put("wp", "password", "x");
      await expect(withEnv(env).get("wp", "password")).rejects.toEqual(vaultFault("missing"));
      await expect(withEnv(env).put("wp", "other", "y")).rejects.toEqual(vaultFault("missing"));
      expect(keychain.sets).toBe(0);
    },
  );

  it("opens what the keychain's key sealed, when it is that key", async () => {
    await vaultWith().put("wp", "password", "x");
    const copy = keychain.entries.get(installationId(store)) ?? "";
    keychain.trouble = LOCKED;
    expect(await withEnv({ AINSTEIN_KEY: copy }).get("wp", "password")).toBe("x");
    await expect(withEnv({ AINSTEIN_KEY: KEY }).get("wp", "password")).rejects.toEqual(
      vaultFault("wrong-key"),
    );
  });
});

describe("with a passphrase", () => {
  const passphrase = { AINSTEIN_PASSPHRASE: "correct horse" };
  const asking = (answers: string[], asked: PassphrasePurpose[] = []) =>
    vaultWith({
      askPassphrase: async (purpose) => {
        asked.push(purpose);
        return answers.shift() ?? "";
      },
    });

  it("from the environment, seals and opens", async () => {
    await withEnv(passphrase).put("wp", "password", "x");
    expect(keychain.sets).toBe(0);
    expect(await withEnv(passphrase).get("wp", "password")).toBe("x");
    const wrong = withEnv({ AINSTEIN_PASSPHRASE: "correct house" });
    await expect(wrong.get("wp", "password")).rejects.toEqual(vaultFault("wrong-key"));
    await expect(wrong.put("wp", "other", "y")).rejects.toEqual(vaultFault("wrong-key"));
    await expect(vaultWith().get("wp", "password")).rejects.toEqual(vaultFault("locked"));
    expect(await withEnv(passphrase).describe()).toMatchObject({ keyFrom: "passphrase" });
  });

  it("is offered to a person where the keychain cannot be used, and asked for later", async () => {
    keychain.trouble = UNAVAILABLE;
    const asked: PassphrasePurpose[] = [];
    await asking(["correct horse", "a slip", "correct horse", "correct horse"], asked).put(
      "wp",
      "password",
      "x",
    );
    expect(asked).toEqual(["new", "again", "new", "again"]);
    expect(notices[0]).toContain("no D-Bus");
    asked.length = 0;
    expect(await asking(["wrong one", "correct horse"], asked).get("wp", "password")).toBe("x");
    expect(asked).toEqual(["open", "open"]);
    await expect(asking(["a", "b", "c", "correct horse"]).get("wp", "password")).rejects.toEqual(
      vaultFault("wrong-key"),
    );
  });

  it("must not be short", async () => {
    const refusal = vaultFault("bad-key");
    await expect(withEnv({ AINSTEIN_PASSPHRASE: "1234567" }).put("wp", "p", "x")).rejects.toEqual(refusal);
  });
});

describe("with none of the three", () => {
  it.each([
    ["locked", LOCKED],
    ["unavailable", UNAVAILABLE],
  ] as const)("says what to do when the keychain is %s", async (name, trouble) => {
    keychain.trouble = trouble;
    await expect(vaultWith().put("wp", "password", "x")).rejects.toEqual(
      expect.objectContaining({
        code: `vault.${name}`,
        message: expect.stringContaining(trouble.detail),
        hint: expect.stringMatching(/keyring.*AINSTEIN_KEY.*openssl rand -base64 32.*AINSTEIN_PASSPHRASE/s),
      }),
    );
    expect(await vaultWith().describe()).toMatchObject({ keyFrom: "none" });
  });
});

describe("secrets", () => {
  it("are renamed with their connection, all or nothing", async () => {
    const record = { platform: "wordpress", url: "u", auth: "a", settings: {}, site: "s", siteTitle: "t" };
    const rest = { account: "admin", createdAt: "", checkedAt: "" };
    putConnection(store, { name: "old", ...record, ...rest });
    putConnection(store, { name: "taken", ...record, ...rest });
    const vault = vaultWith();
    await vault.put("old", "password", "x");
    await vault.put("old", "header:X-Key", "y");
    await expect(vault.rename("old", "taken")).rejects.toMatchObject({ code: "connection.name-taken" });
    await vault.rename("old", "old");
    expect(await vault.get("old", "password")).toBe("x");
    await vault.rename("old", "new");
    expect(getConnection(store, "new")).toMatchObject({ name: "new", account: "admin" });
    expect(await vaultWith().get("new", "password")).toBe("x");
    expect(await vaultWith().get("new", "header:X-Key")).toBe("y");
    expect(await vault.get("old", "password")).toBeUndefined();
  });

  it("do not open at another connection's or under another name", async () => {
    const vault = vaultWith();
    await vault.put("a", "password", "of a");
    await vault.put("b", "password", "of b");
    await vault.put("b", "token", "token of b");
    const swap =
      "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE connection = @from AND name = @name)";
    store.run(`${swap} WHERE connection = 'b' AND name = 'password'`, { from: "a", name: "password" });
    await expect(vault.get("b", "password")).rejects.toEqual(vaultFault("damaged"));
    store.run(`${swap} WHERE connection = 'a'`, { from: "b", name: "token" });
    await expect(vault.get("a", "password")).rejects.toEqual(vaultFault("damaged"));
    expect(await vault.get("b", "token")).toBe("token of b");
  });

  it("do not open with a single byte changed or cut off", async () => {
    const vault = vaultWith();
    await vault.put("a", "password", "x");
    const row = store.one("SELECT sealed FROM secrets");
    const sealed = row?.sealed as Buffer;
    for (let at = 0; at < sealed.length; at++) {
      const broken = Buffer.from(sealed);
      broken.writeUInt8(broken.readUInt8(at) ^ 1, at);
      store.run("UPDATE secrets SET sealed = @broken", { broken });
      await expect(vault.get("a", "password")).rejects.toMatchObject({ name: "Fault" });
      store.run("UPDATE secrets SET sealed = @broken", { broken: sealed.subarray(0, at) });
      await expect(vault.get("a", "password")).rejects.toMatchObject({ code: "vault.damaged" });
    }
  });

  it("are sealed differently each time", async () => {
    const vault = vaultWith();
    await vault.put("a", "password", "x");
    const first = store.one("SELECT sealed FROM secrets");
    await vault.put("a", "password", "x");
    expect(store.one("SELECT sealed FROM secrets")).not.toEqual(first);
  });

  it.each([{ AINSTEIN_KEY: KEY }, { AINSTEIN_PASSPHRASE: "planted-passphrase" }, {}])(
    "are nowhere in clear below the home: %j",
    async (env) => {
      const planted = ["planted-password-1", "planted-täxt-2", "planted-old-3"];
      const vault = withEnv(env);
      await vault.put("wp", "password", "planted-old-3");
      await vault.put("wp", "password", "planted-password-1");
      const sealed = (await vault.seal("a.md", Buffer.from("planted-täxt-2"))) ?? Buffer.alloc(0);
      const place = { site: "s", rootId: "r", path: "a.md", locale: "", id: "1", kind: "post" };
      keepVersion(store, { ...place, side: "file", event: "read", digest: "d", sealed, at: "" });
      const key = env.AINSTEIN_KEY ?? keychain.entries.get(installationId(store)) ?? "planted-passphrase";
      const clear = [...planted, key].map((text) => Buffer.from(text));
      const needles = clear.flatMap((bytes) => [
        bytes,
        Buffer.from(bytes.toString("base64").replace(/=+$/, "").slice(0, -1)),
        Buffer.from(bytes.toString("hex")),
      ]);
      const files = readdirSync(home);
      expect(files).toContain("ainstein.db-wal");
      const searchAll = () => {
        for (const file of readdirSync(home)) {
          const bytes = readFileSync(join(home, file));
          for (const needle of needles) expect(bytes.includes(needle)).toBe(false);
          expect(bytes.includes(Buffer.from(key, "base64"))).toBe(false);
        }
      };
      searchAll();
      store.db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      searchAll();
    },
  );
});

describe("texts", () => {
  const text = Buffer.from("# Hello\n");

  it("are sealed and opened under their context", async () => {
    const vault = vaultWith();
    const sealed = await vault.seal("site/1", text);
    if (sealed === undefined) throw new Error("not sealed");
    expect(Buffer.from(await vaultWith().open("site/1", sealed)).equals(text)).toBe(true);
    await expect(vault.open("site/2", sealed)).rejects.toEqual(vaultFault("damaged"));
  });

  it("are left out in silence where there is no key and none can be made, asking nobody and once", async () => {
    keychain.trouble = UNAVAILABLE;
    let asked = 0;
    const vault = vaultWith({
      askPassphrase: async () => {
        asked++;
        return "correct horse";
      },
    });
    expect(await vault.seal("a", text)).toBeUndefined();
    expect(await vault.seal("b", text)).toBeUndefined();
    expect([asked, keychain.sets, notices]).toEqual([0, 1, []]);
  });

  it("are left out with one word where the key cannot be had", async () => {
    await vaultWith().put("wp", "password", "x");
    keychain.trouble = LOCKED;
    const vault = vaultWith();
    expect(await vault.seal("a", text)).toBeUndefined();
    expect(await vault.seal("b", text)).toBeUndefined();
    expect(notices).toEqual([expect.stringContaining("locked")]);
  });
});
