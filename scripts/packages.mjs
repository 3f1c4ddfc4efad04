// Programs that npm cannot bring, by the part of the project that needs them. Plain Node.
import { existsSync } from "node:fs";
import { succeeds, which } from "./commands.mjs";

const PHP_EXTENSIONS = ["mysqli", "curl", "gd", "dom", "mbstring", "zip"];

function php() {
  const program = which("php");
  const loaded = PHP_EXTENSIONS.map((name) => `extension_loaded('${name}')`).join(" && ");
  return program !== undefined && succeeds(program, ["-r", `exit(${loaded} ? 0 : 1);`]);
}

/**
 * Per group: Debian's packages, whether they (or their like on another system) are there, and what cannot be done
 * without them. A trailing `-` tells apt to leave a package out: WordPress is content with any web server.
 */
export const GROUPS = {
  build: {
    title: "a compiler for better-sqlite3",
    packages: ["python3", "make", "g++"],
    present: () => ["python3", "make", "g++"].every((name) => which(name) !== undefined),
  },
  git: {
    title: "git",
    packages: ["git"],
    present: () => which("git") !== undefined,
  },
  wordpress: {
    title: "a real WordPress",
    packages: [
      ..."nginx wordpress php php-fpm php-cli php-mysql php-curl php-gd php-xml php-mbstring php-zip".split(
        " ",
      ),
      ..."mariadb-server-core mariadb-client-core libapache2-mod-php- apache2- yaws-".split(" "),
    ],
    present: () =>
      ["mariadbd", "mariadb-install-db", "nginx"].every((name) => which(name) !== undefined) &&
      existsSync("/usr/share/wordpress/wp-load.php") &&
      php(),
  },
  postgresql: {
    title: "a real PostgreSQL (server and clients; no cluster is touched)",
    packages: ["postgresql", "postgresql-client"],
    present: () => existsSync("/usr/lib/postgresql") || which("initdb") !== undefined,
  },
  redis: {
    title: "a real Redis",
    packages: ["redis-server"],
    present: () => which("redis-server") !== undefined,
  },
  browser: {
    title: "a browser (Chromium), in which reports are opened",
    packages: ["chromium"],
    present: () => which("chromium") !== undefined,
  },
  shells: {
    title: "shells besides bash, in which completion is tried",
    packages: ["zsh", "fish"],
    present: () => ["zsh", "fish"].every((name) => which(name) !== undefined),
  },
  "secret-service": {
    title: "a real keychain (gnome-keyring on a private D-Bus)",
    packages: ["gnome-keyring", "dbus", "dbus-x11", "dbus-tests", "libsecret-1-0", "libsecret-tools"],
    present: () =>
      ["gnome-keyring-daemon", "dbus-run-session", "dbus-test-tool", "secret-tool"].every(
        (name) => which(name) !== undefined,
      ),
  },
};

/** The command that installs the packages of these groups on Debian and its like. */
export function install(...groups) {
  const packages = groups.flatMap((group) => GROUPS[group].packages);
  const root = process.getuid?.() === 0 ? "" : "sudo ";
  return `${root}apt-get install -y --no-install-recommends ${packages.join(" ")}`;
}
