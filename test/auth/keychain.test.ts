import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKeychain, type Keychain } from "../../src/auth/keychain.ts";
import { createVault } from "../../src/auth/vault.ts";
import { openStore } from "../../src/store/db.ts";
import { bundleProgram, killHard, startProgram, tempDir } from "../store/programs.ts";
import { type Desktop, hasSecretService, startDesktop } from "./secret-service.ts";

const childPath = bundleProgram("src/auth/keychain-child.ts");

function keychainOn(env: Record<string, string>, child = childPath): Keychain {
  return createKeychain({ env, attended: false, childPath: child });
}

/** A stand-in for the child, to see what it is given and what is made of its answers. */
function childThat(code: string): string {
  const path = join(tempDir(), "child.mjs");
  writeFileSync(path, code);
  return path;
}

async function timed<T>(work: Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const start = performance.now();
  return { value: await work, ms: performance.now() - start };
}

describe("without a Secret Service", () => {
  it("is unavailable where there is no D-Bus", async () => {
    const dir = tempDir();
    const keychain = keychainOn({ PATH: process.env.PATH ?? "", HOME: dir, XDG_RUNTIME_DIR: dir });
    expect(await keychain.get("a")).toMatchObject({
      state: "unavailable",
      detail: expect.stringMatching(/D-Bus/),
    });
    expect(await keychain.set("a", "v")).toMatchObject({ state: "unavailable" });
  });

  it("is unavailable where keytar is not installed", async () => {
    const alone = bundleProgram("src/auth/keychain-child.ts", { packages: false });
    expect(await keychainOn({}, alone).get("a")).toEqual({
      state: "unavailable",
      detail: "Cannot find module 'keytar'",
    });
  });

  it("is unavailable where the child is missing or crashes", async () => {
    expect(await keychainOn({}, "/nowhere/child.mjs").get("a")).toMatchObject({
      detail: expect.stringMatching(/code 1/),
    });
    const crashing = childThat("process.kill(process.pid, 'SIGSEGV');");
    expect(await keychainOn({}, crashing).get("a")).toMatchObject({
      state: "unavailable",
      detail: expect.stringMatching(/SIGSEGV/),
    });
  });

  it.each([
    "null",
    "'found'",
    "{ state: 'found' }",
    "{ state: 'found', value: 1 }",
    "{ state: 'ok', detail: '' }",
  ])("does not take %s for an answer", async (message) => {
    const child = childThat(`process.once("message", () => process.send(${message}));`);
    expect(await keychainOn({}, child).get("a")).toMatchObject({ state: "unavailable" });
  });

  it("gives the child no secret in its environment or arguments, and what it needs for D-Bus", async () => {
    const child = childThat(
      `process.once("message", () => process.send({ state: "unavailable", detail: JSON.stringify([process.env, process.argv]) }));`,
    );
    const env = { AINSTEIN_KEY: "s3cret", WP_PASSWORD: "s3cret", NODE_OPTIONS: "--no-warnings", HOME: "/h" };
    const bus = {
      DBUS_SESSION_BUS_ADDRESS: "unix:x",
      XDG_RUNTIME_DIR: "/r",
      WAYLAND_DISPLAY: "w",
      LC_ALL: "C",
    };
    const reply = await keychainOn({ ...env, ...bus }, child).set("a", "s3cret");
    if (reply.state !== "unavailable") throw new Error("no answer");
    expect(reply.detail).not.toContain("s3cret");
    const [seen] = JSON.parse(reply.detail) as [Record<string, string>];
    const { NODE_CHANNEL_FD: _fd, NODE_CHANNEL_SERIALIZATION_MODE: _mode, ...rest } = seen;
    expect(rest).toEqual({ HOME: "/h", ...bus });
  });

  it("waits two seconds for one that hangs, also on a terminal when the call is quiet", async () => {
    const hanging = childThat(`
      process.once("disconnect", () => process.exit());
      process.once("message", () => process.send({ state: "ready" }));
    `);
    const keychain = createKeychain({ env: {}, attended: true, childPath: hanging });
    const { value, ms } = await timed(keychain.get("a", { quiet: true }));
    expect(value).toMatchObject({ state: "unavailable", detail: expect.stringContaining("within 2 s") });
    expect(ms).toBeGreaterThan(1_900);
    const attended = await Promise.race([keychain.get("a"), sleep(3_000, "still waiting")]);
    expect(attended).toBe("still waiting");
  });
});

describe.runIf(hasSecretService())("with a Secret Service", () => {
  let desktop: Desktop;
  beforeEach(async () => {
    desktop = await startDesktop();
  });
  afterEach(() => desktop.stop());

  it("that is unlocked: keeps, gives and deletes, over a restart too", async () => {
    await desktop.startKeyring("unlocked");
    const keychain = keychainOn(desktop.env);
    expect(await keychain.get("a")).toEqual({ state: "missing" });
    expect(await keychain.set("a", "value é")).toEqual({ state: "ok", detail: "" });
    expect(await keychain.set("b", "other")).toEqual({ state: "ok", detail: "" });
    await desktop.stopKeyring();
    await desktop.startKeyring("unlocked");
    expect(await keychain.get("a")).toEqual({ state: "found", value: "value é" });
    const lookup = ["lookup", "service", "ainstein-cms", "account", "a"];
    expect(execFileSync("secret-tool", lookup, { env: desktop.env, encoding: "utf8" })).toBe("value é");
    expect(await keychain.delete("a")).toEqual({ state: "ok", detail: "" });
    expect(await keychain.delete("a")).toEqual({ state: "ok", detail: "" });
    expect(await keychain.get("a")).toEqual({ state: "missing" });
    expect(await keychain.get("b")).toEqual({ state: "found", value: "other" });
  });

  it("leaves nothing behind from finding out that an entry is missing", async () => {
    await desktop.startKeyring("unlocked");
    await keychainOn(desktop.env).get("a");
    const search = ["search", "--all", "service", "ainstein-cms"];
    expect(execFileSync("secret-tool", search, { env: desktop.env, encoding: "utf8" })).toBe("");
  });

  it("that is locked: says so, and does not call the entry missing", async () => {
    await desktop.startKeyring("unlocked");
    const keychain = keychainOn(desktop.env);
    await keychain.set("a", "value");
    await desktop.stopKeyring();
    await desktop.startKeyring("locked");
    for (const account of ["a", "never stored"]) {
      expect(await keychain.get(account)).toMatchObject({
        state: "locked",
        detail: expect.stringMatching(/locked/),
      });
    }
    expect(await keychain.set("a", "other")).toMatchObject({ state: "locked" });
    expect(await keychain.delete("a")).toMatchObject({ state: "locked" });
    await desktop.stopKeyring();
    await desktop.startKeyring("unlocked");
    expect(await keychain.get("a")).toEqual({ state: "found", value: "value" });
  });

  it("that has no keyring yet: is unavailable", async () => {
    await desktop.startKeyring("locked");
    expect(await keychainOn(desktop.env).set("a", "value")).toMatchObject({ state: "unavailable" });
    expect(await keychainOn(desktop.env).get("a")).toMatchObject({ state: "unavailable" });
  });

  it("whose prompt nobody answers: gives up in time", async () => {
    await desktop.startKeyring("unlocked");
    const keychain = keychainOn(desktop.env);
    await keychain.set("a", "value");
    await desktop.stopKeyring();
    await desktop.startBlackHole("org.gnome.keyring.SystemPrompter");
    await desktop.startKeyring("locked");
    const { value, ms } = await timed(keychain.get("a"));
    expect(value).toMatchObject({ state: "unavailable", detail: expect.stringContaining("dialog") });
    expect(ms).toBeLessThan(8_000);
  });

  it("that is dead: gives up in time", async () => {
    await desktop.startBlackHole("org.freedesktop.secrets");
    const { value, ms } = await timed(keychainOn(desktop.env).get("a"));
    expect(value).toMatchObject({ state: "unavailable", detail: expect.stringContaining("within 2 s") });
    expect(ms).toBeLessThan(8_000);
  });

  it("that is not there: is unavailable", async () => {
    expect(await keychainOn(desktop.env).get("a")).toMatchObject({
      state: "unavailable",
      detail: expect.stringContaining("org.freedesktop.secrets"),
    });
  });

  it("ends the child with a parent that was killed", async () => {
    await desktop.startBlackHole("org.freedesktop.secrets");
    const worker = bundleProgram("test/auth/vault-worker.ts");
    const { child } = await startProgram(worker, ["wait", childPath], desktop.env);
    const children = (): readonly string[] =>
      readdirSync("/proc").filter((pid) => {
        try {
          return (
            /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`\0${childPath}\0`)
          );
        } catch {
          return false;
        }
      });
    const grandchildren = (): readonly string[] => children().filter((pid) => pid !== String(child.pid));
    while (grandchildren().length === 0) await sleep(20);
    await sleep(500);
    expect(grandchildren()).toHaveLength(1);
    await killHard(child);
    for (let round = 0; round < 100 && grandchildren().length > 0; round++) await sleep(50);
    expect(grandchildren()).toEqual([]);
  });

  it("gives four processes that begin at once one key", async () => {
    await desktop.startKeyring("unlocked");
    const worker = bundleProgram("test/auth/vault-worker.ts");
    const home = tempDir();
    const names = ["a", "b", "c", "d"];
    const run = promisify((name: string, done: (error: Error | null) => void) => {
      const child = spawn(process.execPath, [worker, "put", childPath, home, name], {
        env: desktop.env,
        stdio: "inherit",
      });
      child.once("exit", (code) => done(code === 0 ? null : new Error(`${name} ended with ${code}`)));
    });
    await Promise.all(names.map((name) => run(name)));
    const store = openStore(home);
    const parts = { store: () => store, env: {}, keychain: keychainOn(desktop.env), notice: () => {} };
    const vault = createVault(parts);
    for (const name of names) expect(await vault.get(name, "password")).toBe(`secret of ${name}`);
    expect(await vault.describe()).toMatchObject({ keyFrom: "keychain" });
    store.close();
  });
});
