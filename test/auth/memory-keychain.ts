import type { Keychain, KeychainTrouble } from "../../src/auth/keychain.ts";

/** A keychain in memory that can be locked or taken away; counts what it is asked. */
export interface TestKeychain extends Keychain {
  readonly entries: Map<string, string>;
  trouble: KeychainTrouble | undefined;
  sets: number;
  gets: number;
}

export function memoryKeychain(): TestKeychain {
  const entries = new Map<string, string>();
  const keychain: TestKeychain = {
    entries,
    trouble: undefined,
    sets: 0,
    gets: 0,
    get: async (account) => {
      keychain.gets++;
      await new Promise((resolve) => setTimeout(resolve, 5));
      const value = entries.get(account);
      return keychain.trouble ?? (value === undefined ? { state: "missing" } : { state: "found", value });
    },
    set: async (account, value) => {
      keychain.sets++;
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (keychain.trouble !== undefined) return keychain.trouble;
      entries.set(account, value);
      return { state: "ok", detail: "" };
    },
    delete: async (account) => {
      entries.delete(account);
      return { state: "ok", detail: "" };
    },
  };
  return keychain;
}
