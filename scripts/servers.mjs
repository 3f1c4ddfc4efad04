// Servers for tests that end with whoever started them.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import net from "node:net";

/** A port of 127.0.0.1 that nothing listens on now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function quote(word) {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * Starts the servers as children of one shell in a process group of its own. When its standard input closes —
 * because we close it, or because this process is gone, by whatever signal — the shell ends the group and removes
 * the directory.
 */
export function startGroup(dir, commands) {
  const lines = commands.map(
    (words, index) =>
      `${words.map(quote).join(" ")} >${quote(`${dir}/server${index}.log`)} 2>&1 </dev/null &`,
  );
  const script = [
    ...lines.map((line, index) => `${line} p${index}=$!`),
    "trap '' TERM INT HUP",
    "cat >/dev/null",
    "kill -TERM 0",
    // MariaDB would take its time to write pages of a database that is thrown away; PHP-FPM makes a group of its own,
    // and its workers would outlive it.
    `for p in ${lines.map((_, index) => `$p${index}`).join(" ")}; do kill -KILL -$p; kill -KILL $p; done 2>/dev/null`,
    "wait",
    `rm -rf ${quote(dir)}`,
  ];
  const group = spawn("sh", ["-c", script.join("\n")], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = new Promise((resolve) => group.once("close", resolve));
  group.stdin.on("error", () => undefined); // the shell was killed from outside
  group.unref();
  group.stdin.unref?.();
  return {
    async stop() {
      group.ref();
      group.stdin.end();
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
