import { beforeEach, describe, expect, it } from "vitest";
import type { TokenSet } from "../../src/auth/provider.ts";
import { memoryKeep, vaultKeep } from "../../src/auth/token-keep.ts";
import {
  createTokens,
  isFresh,
  type TokenKeep,
  type TokenParts,
  type Tokens,
} from "../../src/auth/tokens.ts";
import { createVault, type Vault } from "../../src/auth/vault.ts";
import { type Clock, systemClock } from "../../src/lib/clock.ts";
import { Fault } from "../../src/lib/fault.ts";
import { putConnection } from "../../src/store/connections.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { acquireLock, tokensLock } from "../../src/store/locks.ts";
import { thisProcess } from "../../src/store/processes.ts";
import { faultOf } from "../http/servers.ts";
import { bundleProgram, linesOf, tempDir } from "../store/programs.ts";
import { memoryKeychain } from "./memory-keychain.ts";
import { type TokenSite, tokenSite } from "./token-site.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");
const HOUR = 3_600_000;

/** Time passes only where somebody waits, or where a test says so. */
let now: number;
const clock: Clock = {
  now: () => now,
  sleep: async (ms) => {
    now += ms;
    await new Promise((resolve) => setImmediate(resolve));
  },
};
beforeEach(() => {
  now = Date.UTC(2026, 0, 1);
});

let made = 0;
function fresh(lifeMs = HOUR): TokenSet {
  made += 1;
  return {
    access: `access-${made}`,
    refresh: `refresh-${made}`,
    obtainedAt: now,
    expiresAt: now + lifeMs,
    scopes: ["write"],
  };
}

interface Vendor {
  readonly asked: (string | undefined)[];
  readonly obtain: TokenParts["obtain"];
  answer: () => TokenSet;
}

function vendor(lifeMs = HOUR): Vendor {
  const self: Vendor = {
    asked: [],
    answer: () => fresh(lifeMs),
    obtain: async (present) => {
      self.asked.push(present?.refresh);
      await new Promise((resolve) => setImmediate(resolve));
      return self.answer();
    },
  };
  return self;
}

function holder(keep: TokenKeep, { obtain }: Vendor, more: Partial<TokenParts> = {}): Tokens {
  return createTokens({
    connection: "client",
    keep,
    renewable: (present) => present?.refresh !== undefined,
    obtain,
    again: "ainstein-cms connect shopify --name client",
    clock,
    ...more,
  });
}

const lost = () => new Fault("unavailable", "No answer came.", { code: "timeout" });
const over = () =>
  new Fault("auth", "The sign-in is over.", { code: "sign-in-over", hint: "Sign in again." });

describe("a token", () => {
  it("is renewed a minute before it expires, and no sooner", async () => {
    const site = vendor();
    const first = fresh();
    const tokens = holder(memoryKeep(first), site);
    now += HOUR - 61_000;
    expect(await tokens.current()).toBe(first.access);
    now += 2_000;
    expect(await tokens.current()).not.toBe(first.access);
    expect(site.asked).toEqual([first.refresh]);
  });

  it("of three seconds is good for nearly all of them", () => {
    const short = fresh(3000);
    expect(isFresh(short, now + 2600)).toBe(true);
    expect(isFresh(short, now + 2800)).toBe(false);
  });

  it("without an end is never renewed", async () => {
    const site = vendor();
    const { expiresAt: _, ...endless } = fresh();
    now += 1000 * HOUR;
    expect(await holder(memoryKeep(endless), site).current()).toBe(endless.access);
    expect(site.asked).toEqual([]);
  });

  it("is renewed once for all who want it at the same moment", async () => {
    const site = vendor();
    const tokens = holder(memoryKeep(fresh(0)), site);
    const all = await Promise.all(Array.from({ length: 20 }, () => tokens.current()));
    expect(new Set(all).size).toBe(1);
    expect(site.asked).toHaveLength(1);
  });

  it("that cannot renew itself says since when it is over, and what to type", async () => {
    const { refresh: _, ...alone } = fresh(1000);
    now += 2000;
    const fault = await faultOf(holder(memoryKeep(alone), vendor()).current());
    expect(fault).toMatchObject({ kind: "auth", code: "token-expired" });
    expect(fault.message).toContain("2026-01-01T00:00:01.000Z");
    expect(fault.hint).toContain("ainstein-cms connect shopify --name client");
  });

  it("keeps its refresh token and scopes where an answer leaves them out", async () => {
    const site = vendor();
    const keep = memoryKeep({ ...fresh(0), refreshExpiresAt: now + HOUR });
    const before = await keep.read();
    site.answer = () => ({ access: "bare", obtainedAt: now, expiresAt: now + HOUR, scopes: [] });
    await holder(keep, site).current();
    const { refresh, refreshExpiresAt, scopes } = before ?? fresh();
    expect(await keep.read()).toMatchObject({ access: "bare", refresh, refreshExpiresAt, scopes });
  });
});

describe("a renewal", () => {
  it("is saved before the token is used", async () => {
    const kept = memoryKeep(fresh(0));
    let fails = true;
    const keep: TokenKeep = {
      ...kept,
      save: async (tokens) => {
        if (fails) throw new Fault("usage", "The disk is full.");
        await kept.save(tokens);
      },
    };
    const tokens = holder(keep, vendor());
    expect((await faultOf(tokens.current())).message).toBe("The disk is full.");
    fails = false;
    const given = await tokens.current();
    expect((await kept.read())?.access).toBe(given);
  });

  it("whose answer is lost is asked for again with the same refresh token", async () => {
    const site = vendor();
    const first = fresh(0);
    let answers = 0;
    site.answer = () => {
      answers += 1;
      if (answers < 3) throw lost();
      return fresh();
    };
    await holder(memoryKeep(first), site).current();
    expect(site.asked).toEqual([first.refresh, first.refresh, first.refresh]);
  });

  it("gives up after three lost answers, for all who wait, and the next try begins anew", async () => {
    const site = vendor();
    site.answer = () => {
      throw lost();
    };
    const tokens = holder(memoryKeep(fresh(0)), site);
    const faults = await Promise.all([faultOf(tokens.current()), faultOf(tokens.current())]);
    expect(faults.map(({ kind }) => kind)).toEqual(["unavailable", "unavailable"]);
    expect(site.asked).toHaveLength(3);
    site.answer = () => fresh();
    expect(await tokens.current()).toMatch(/^access-/);
  });

  it("that is refused after a lost answer says so", async () => {
    const site = vendor();
    let answers = 0;
    site.answer = () => {
      answers += 1;
      throw answers === 1 ? lost() : over();
    };
    const fault = await faultOf(holder(memoryKeep(fresh(0)), site).current());
    expect(fault).toMatchObject({ kind: "auth", code: "sign-in-over", hint: "Sign in again." });
    expect(fault.message).toContain("lost on the way");
    expect(site.asked).toHaveLength(2);
  });

  it("hides every value that it has seen", async () => {
    const first = fresh(0);
    const tokens = holder(memoryKeep(first), vendor(), { more: ["app-secret"] });
    const second = await tokens.current();
    expect(tokens.seen()).toEqual(
      expect.arrayContaining(["app-secret", first.access, first.refresh, second, `refresh-${made}`]),
    );
  });
});

describe("a token that the site refuses before its time", () => {
  it("is replaced once, for all who were refused", async () => {
    const site = vendor();
    const first = fresh();
    const tokens = holder(memoryKeep(first), site);
    await tokens.current();
    const all = await Promise.all([tokens.replaced(first.access), tokens.replaced(first.access)]);
    expect(all).toEqual([true, true]);
    expect(await tokens.current()).not.toBe(first.access);
    expect(await tokens.replaced(first.access)).toBe(true);
    expect(site.asked).toHaveLength(1);
  });

  it("is refused for good where there can be no other", async () => {
    const { refresh: _, ...alone } = fresh();
    const tokens = holder(memoryKeep(alone), vendor());
    await tokens.current();
    expect(await tokens.replaced(alone.access)).toBe(false);
  });

  it("is the one of before where somebody else has renewed it", async () => {
    const site = vendor();
    const first = fresh();
    const keep = memoryKeep(first);
    const tokens = holder(keep, site);
    await tokens.current();
    const second = fresh();
    await keep.save(second);
    expect(await tokens.replaced(first.access)).toBe(true);
    expect(await tokens.current()).toBe(second.access);
    expect(site.asked).toEqual([]);
  });
});

describe("tokens in the vault", () => {
  let home: string;
  let store: Store;
  let vault: Vault;
  beforeEach(() => {
    home = tempDir();
    store = openStore(home);
    vault = createVault({
      store: () => store,
      env: { AINSTEIN_KEY: KEY },
      keychain: memoryKeychain(),
      notice: () => {},
    });
    putConnection(store, {
      ...{ name: "site", platform: "shopify", url: "https://site.test", auth: "oauth", settings: {} },
      ...{ site: "site.test", siteTitle: "", account: "", createdAt: "", checkedAt: "" },
    });
    return () => store.close();
  });

  const inVault = (time: Clock = clock) => vaultKeep("site", vault, store, time);

  it("are renewed once for all who share them", async () => {
    const site = vendor();
    await inVault().save(fresh(0));
    const several = Array.from({ length: 5 }, () => holder(inVault(), site));
    const all = await Promise.all(several.map((tokens) => tokens.current()));
    expect(new Set(all).size).toBe(1);
    expect(site.asked).toHaveLength(1);
  });

  it("come back as they were saved", async () => {
    const tokens = { ...fresh(), refreshExpiresAt: now + 90 * HOUR };
    await inVault().save(tokens);
    expect(await inVault().read()).toEqual(tokens);
  });

  it.each([
    ["died", { pid: 2 ** 22 + 5, startTime: "1" }, 0],
    ["is on another machine and silent", { host: "elsewhere" }, 300_000],
  ])("are not kept from others by a process that %s while it renewed them", async (_, holderOf, waits) => {
    await inVault().save(fresh(0));
    const gone = { ...thisProcess(), ...holderOf, run: "r", command: "renewing them" };
    acquireLock(store, tokensLock("site"), gone, clock);
    const begun = now;
    expect(await holder(inVault(), vendor()).current()).toMatch(/^access-/);
    expect(now - begun).toBe(waits);
  });

  it("are waited for no longer than until the operator interrupts, while another process renews them", async () => {
    await inVault().save(fresh(0));
    acquireLock(store, tokensLock("site"), { ...thisProcess(), run: "r", command: "renewing them" }, clock);
    const stop = new AbortController();
    let waits = 0;
    const impatient: Clock = {
      now: clock.now,
      sleep: async (ms, signal) => {
        waits += 1;
        if (waits === 3) stop.abort();
        signal?.throwIfAborted();
        now += ms;
      },
    };
    const site = vendor();
    const waiting = holder(inVault(impatient), site, { signal: stop.signal }).current();
    expect(await faultOf(waiting)).toMatchObject({ kind: "interrupted" });
    expect([waits, site.asked.length]).toEqual([3, 0]);
    // What completes a step that was begun before waits a moment, not minutes.
    const begun = now;
    const late = holder(inVault(impatient), site, { signal: stop.signal }).current();
    expect((await faultOf(late)).kind).toBe("locked");
    expect(now - begun).toBe(2000);
  });

  it("are not saved for a connection that was removed meanwhile", async () => {
    await inVault().save(fresh(0));
    store.run("DELETE FROM connections");
    expect(await faultOf(holder(inVault(), vendor()).current())).toMatchObject({
      code: "connection.unknown",
    });
  });

  let program: string | undefined;

  async function write(site: TokenSite, ranges: readonly (readonly [number, number])[]): Promise<string[]> {
    const { access, refresh } = site.signIn();
    const keep = inVault(systemClock);
    await keep.save({ access, refresh, obtainedAt: Date.now(), expiresAt: Date.now(), scopes: ["write"] });
    program ??= bundleProgram("test/auth/token-worker.ts");
    const bundled = program;
    const lines = await Promise.all(
      ranges.map(([from, to]) =>
        linesOf(bundled, KEY, home, site.url, JSON.stringify(site.provider), String(from), String(to)),
      ),
    );
    return lines.flat();
  }

  it("serve a thousand documents of two processes while they expire again and again", async () => {
    const site = await tokenSite(700);
    expect(
      await write(site, [
        [0, 500],
        [500, 1000],
      ]),
    ).toEqual(["wrote 500", "wrote 500"]);
    expect(site.written.size).toBe(1000);
    expect([...site.written.values()].every((times) => times === 1)).toBe(true);
    expect(site.counts).toMatchObject({ reused: 0, needless: 0 });
    expect(site.counts.refreshes).toBeGreaterThan(1);
  }, 60_000);

  it("survive a renewal whose answer was lost, where the former refresh token is still taken", async () => {
    const site = await tokenSite(60_000, { grace: true });
    site.loseAnswers = 1;
    expect(await write(site, [[0, 20]])).toEqual(["wrote 20"]);
    expect(site.counts).toMatchObject({ refreshes: 2, reused: 0 });
  });
});
