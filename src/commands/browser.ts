import { fork } from "node:child_process";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type openAddress from "open";
import type { Environment } from "./context.ts";

/** What starting a browser needs, and nothing of ours: no key, no connection. */
const NEEDED =
  /^(PATH|HOME|USER|LOGNAME|LANG|LC_.*|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_.*|DBUS_SESSION_BUS_ADDRESS|BROWSER|WSL.*|SYSTEMROOT|SYSTEMDRIVE|PATHEXT|COMSPEC|TEMP|TMP|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMFILES.*|WINDIR)$/i;

const PATIENCE_MS = 5_000;

/** Its source is what the child runs, so it uses nothing but its parameters. */
const start = (open: typeof openAddress, address: string) => open(address);

/**
 * Opens an address in the person's browser. The `open` package hands its own environment to the browser, so it runs
 * in a child that has none of our secrets. False when no browser could be started.
 */
export function openBrowser(address: string, env: Environment): Promise<boolean> {
  const opener = pathToFileURL(createRequire(import.meta.url).resolve("open")).href;
  const code = `import open from ${JSON.stringify(opener)}; await (${start})(open, ${JSON.stringify(address)});`;
  const kept = Object.entries(env).filter(([name, value]) => value !== undefined && NEEDED.test(name));
  return new Promise((resolve) => {
    const child = fork("open-browser", [], {
      execArgv: ["--input-type=module", "--eval", code],
      env: Object.fromEntries(kept),
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      timeout: PATIENCE_MS,
    });
    child.once("error", () => resolve(false));
    child.once("exit", (status) => resolve(status === 0));
  });
}
