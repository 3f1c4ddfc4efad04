import { randomBytes } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ownServer, type Recipe } from "./own-server.ts";
import { type Env, freePort } from "./programs.ts";
import type { OwnServer } from "./server.ts";

/** Nothing here has to outlive a power cut. */
const FAST = [
  "--innodb-flush-log-at-trx-commit=0",
  "--innodb-buffer-pool-size=32M",
  "--innodb-log-file-size=16M",
  "--skip-innodb-doublewrite",
  "--skip-log-bin",
];

const RECIPE: Recipe = {
  title: "MariaDB",
  programs: [["mariadb-install-db"], ["mariadbd"]],
  gentle: "TERM",
  adminUrl: (port, password) => `mysql://scratch:${password}@127.0.0.1:${port}/mysql`,
  async prepare({ dir, port, password, found: [installDb = "", mariadbd = ""] }) {
    const init = join(dir, "init.sql");
    // Carried out at every start. The accounts without a password that an installation brings are gone with the first.
    await writeFile(
      init,
      `CREATE OR REPLACE USER 'scratch'@'%' IDENTIFIED BY '${password}';
GRANT ALL PRIVILEGES ON *.* TO 'scratch'@'%' WITH GRANT OPTION;
DELETE FROM mysql.global_priv WHERE User IN ('', 'root');
FLUSH PRIVILEGES;
`,
    );
    await chmod(init, 0o644); // in a directory that only the server's account enters
    const data = join(dir, "data");
    return {
      once: [
        installDb,
        "--no-defaults",
        `--datadir=${data}`,
        "--skip-test-db",
        "--auth-root-authentication-method=normal",
      ],
      server: [
        mariadbd,
        "--no-defaults",
        `--datadir=${data}`,
        "--bind-address=127.0.0.1",
        `--port=${port}`,
        "--socket=server.sock", // in the data directory: a whole path may be longer than a socket's may be
        `--pid-file=${dir}/server.pid`,
        `--init-file=${init}`,
        "--skip-name-resolve",
        "--default-time-zone=+00:00",
        "--character-set-server=utf8mb4",
        ...FAST,
      ],
    };
  },
};

export async function mysqlServer(env: Env, signal: AbortSignal | undefined): Promise<OwnServer | undefined> {
  return ownServer(RECIPE, randomBytes(18).toString("hex"), await freePort(), env, signal);
}
