// A private D-Bus with a real Secret Service (gnome-keyring), or with something in its place that misbehaves.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const PROGRAMS = ["dbus-daemon", "dbus-send", "dbus-test-tool", "gnome-keyring-daemon", "secret-tool"];
const PACKAGES = "apt-get install gnome-keyring dbus-x11 libsecret-tools dbus-tests";

/** False only where AINSTEIN_TEST_WITHOUT says so; programs that are missing without that are an error. */
export function hasSecretService(): boolean {
  const { AINSTEIN_TEST_WITHOUT: without = "", PATH = "" } = process.env;
  if (without.split(/[\s,]+/).includes("secret-service")) {
    process.stderr.write("Without a Secret Service: the keychain is not tested.\n");
    return false;
  }
  const missing = PROGRAMS.filter((program) => {
    const found = PATH.split(delimiter).some((dir) => {
      try {
        execFileSync("test", ["-x", join(dir, program)]);
        return true;
      } catch {
        return false;
      }
    });
    return !found;
  });
  if (missing.length === 0) return true;
  throw new Error(`${missing.join(", ")} missing. ${PACKAGES}, or set AINSTEIN_TEST_WITHOUT=secret-service`);
}

/** No service activation: what is on the bus is what the test put there. */
const BUS_CONFIG = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`;

export interface Desktop {
  /** What a program needs to reach this bus. */
  readonly env: Record<string, string>;
  /** Starts gnome-keyring, unlocked (it then has a login keyring) or as it comes up after a restart. */
  startKeyring(how: "unlocked" | "locked"): Promise<void>;
  stopKeyring(): Promise<void>;
  /** Takes a bus name and never answers. */
  startBlackHole(name: string): Promise<void>;
  stop(): Promise<void>;
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

async function firstLine(child: ChildProcess): Promise<string> {
  const { stdout } = child;
  if (stdout === null) throw new Error("no output to read");
  return new Promise((resolve, reject) => {
    createInterface({ input: stdout }).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`dbus-daemon ended with ${code}`)));
  });
}

function isOwned(name: string, env: Record<string, string>): boolean {
  const call = ["--session", "--dest=org.freedesktop.DBus", "--print-reply=literal", "/org/freedesktop/DBus"];
  const args = [...call, "org.freedesktop.DBus.NameHasOwner", `string:${name}`];
  return execFileSync("dbus-send", args, { env, encoding: "utf8" }).includes("true");
}

async function untilOwned(name: string, env: Record<string, string>): Promise<void> {
  for (let round = 0; round < 200; round++) {
    if (isOwned(name, env)) return;
    await sleep(50);
  }
  throw new Error(`nobody took ${name}`);
}

export async function startDesktop(): Promise<Desktop> {
  const dir = mkdtempSync(join(tmpdir(), "ainstein-desktop-"));
  const config = join(dir, "bus.conf");
  writeFileSync(config, BUS_CONFIG);
  const base = {
    PATH: process.env.PATH ?? "",
    HOME: dir,
    XDG_DATA_HOME: dir,
    XDG_RUNTIME_DIR: join(dir, "run"),
  };
  mkdirSync(base.XDG_RUNTIME_DIR, { mode: 0o700 });
  mkdirSync(join(dir, "keyrings"), { mode: 0o700 });
  const bus = spawn("dbus-daemon", [`--config-file=${config}`, "--nofork", "--print-address"], {
    env: base,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const env = { ...base, DBUS_SESSION_BUS_ADDRESS: await firstLine(bus) };
  const started: ChildProcess[] = [];
  let keyring: ChildProcess | undefined;
  return {
    env,
    startKeyring: async (how) => {
      const unlock = how === "unlocked" ? ["--unlock"] : [];
      const args = ["--foreground", "--components=secrets", ...unlock];
      keyring = spawn("gnome-keyring-daemon", args, { env, stdio: ["pipe", "ignore", "ignore"] });
      keyring.stdin?.end(how === "unlocked" ? "login password" : "");
      await untilOwned("org.freedesktop.secrets", env);
    },
    stopKeyring: () => end(keyring),
    startBlackHole: async (name) => {
      const args = ["black-hole", "--session", `--name=${name}`];
      started.push(spawn("dbus-test-tool", args, { env, stdio: "ignore" }));
      await untilOwned(name, env);
    },
    stop: async () => {
      for (const child of [keyring, ...started, bus]) await end(child);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
