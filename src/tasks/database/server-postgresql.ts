import { randomBytes } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ownServer, type Recipe } from "./own-server.ts";
import { type Env, freePort } from "./programs.ts";
import type { OwnServer } from "./server.ts";

/** Nothing here has to outlive a power cut. */
const FAST = [
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "shared_buffers=32MB",
  "wal_level=minimal",
  "max_wal_senders=0",
];

const RECIPE: Recipe = {
  title: "PostgreSQL",
  programs: [["initdb"], ["postgres"]],
  gentle: "INT",
  // An environment that asks every PostgreSQL for encryption does not mean this one.
  adminUrl: (port, password) => `postgresql://scratch:${password}@127.0.0.1:${port}/postgres?sslmode=disable`,
  async prepare({ dir, port, password, found: [initdb = "", postgres = ""] }) {
    const secret = join(dir, "password");
    await writeFile(secret, password, { mode: 0o600 });
    await chmod(secret, 0o644); // in a directory that only the server's account enters
    const data = join(dir, "data");
    const settings = [
      "listen_addresses=127.0.0.1",
      `port=${port}`,
      "unix_socket_directories=",
      "timezone=UTC",
      ...FAST,
    ];
    return {
      once: [
        initdb,
        "-D",
        data,
        "-U",
        "scratch",
        "-A",
        "scram-sha-256",
        `--pwfile=${secret}`,
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
      ],
      server: [postgres, "-D", data, ...settings.flatMap((setting) => ["-c", setting])],
    };
  },
};

export async function postgresServer(
  env: Env,
  signal: AbortSignal | undefined,
): Promise<OwnServer | undefined> {
  return ownServer(RECIPE, randomBytes(18).toString("hex"), await freePort(), env, signal);
}
