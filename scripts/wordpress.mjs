// A real WordPress on 127.0.0.1, from Debian's packages, for tests and for the demo.
//   node scripts/wordpress.mjs      starts one, prints it as JSON, stops at Ctrl-C
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { capture, which, whichMatching } from "./commands.mjs";
import { install } from "./packages.mjs";
import { freePort, startGroup } from "./servers.mjs";

const parts = fileURLToPath(new URL("wordpress", import.meta.url));
const asRoot = process.getuid?.() === 0;
const PHP_SETTINGS = {
  upload_max_filesize: "64M",
  post_max_size: "64M",
  memory_limit: "256M",
  display_errors: "0",
  log_errors: "1",
  "opcache.enable": "1",
  "opcache.revalidate_freq": "0",
};

function need(name, found) {
  if (found !== undefined) return found;
  throw new Error(
    `cannot start WordPress: ${name} is not installed. Install it with:\n  ${install("wordpress")}`,
  );
}

/** Paths of everything a site is made of. Throws, naming the packages to install. */
function programs(server, source) {
  need(`WordPress (${source})`, existsSync(path.join(source, "wp-load.php")) ? source : undefined);
  const common = {
    php: need("php", which("php")),
    mariadbd: need("mariadbd", which("mariadbd")),
    installDb: need("mariadb-install-db", which("mariadb-install-db")),
  };
  if (server === "php") return common;
  return {
    ...common,
    nginx: need("nginx", which("nginx")),
    fpm: need("php-fpm", whichMatching(/^php-fpm\d/)),
  };
}

/** A PHP literal for a string, number or boolean. */
function literal(value) {
  if (typeof value !== "string") return String(value);
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function configFile({ socket, url, constants }) {
  const salts = ["AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE"].flatMap((name) => [
    [`${name}_KEY`, `${name}-key-of-a-test`],
    [`${name}_SALT`, `${name}-salt-of-a-test`],
  ]);
  const values = {
    DB_NAME: "wp",
    DB_USER: "root",
    DB_PASSWORD: "",
    DB_HOST: `localhost:${socket}`,
    DB_CHARSET: "utf8mb4",
    DB_COLLATE: "",
    ...Object.fromEntries(salts),
    WP_HOME: url,
    WP_SITEURL: url,
    WP_ENVIRONMENT_TYPE: "local", // application passwords over plain http
    DISABLE_WP_CRON: true,
    AUTOMATIC_UPDATER_DISABLED: true,
    WP_AUTO_UPDATE_CORE: false,
    WP_HTTP_BLOCK_EXTERNAL: true,
    FS_METHOD: "direct",
    WP_DEBUG_DISPLAY: false,
    ...constants,
  };
  const lines = Object.entries(values).map(([name, value]) => `define('${name}', ${literal(value)});`);
  return `<?php
${lines.join("\n")}
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
`;
}

async function copySite(source, site) {
  // Debian's tree is full of links, some of them dangling: cp reports those, and what counts is checked here.
  await capture("cp", ["-rL", `${source}/.`, site]);
  if (!existsSync(path.join(site, "wp-settings.php")))
    throw new Error(`${source} could not be copied to ${site}`);
  for (const name of ["wp-config.php", ".htaccess"]) rmSync(path.join(site, name), { force: true });
}

/** A MariaDB that starts removes what it takes for its own leavings of temporary tables: none shares that directory. */
const tmpOf = (dir) => path.join(dir, "tmp");

async function prepareDatabase(installDb, dir) {
  mkdirSync(tmpOf(dir));
  const user = asRoot ? ["--user=root"] : [];
  const done = await capture(installDb, [
    "--no-defaults",
    ...user,
    `--datadir=${dir}/db`,
    `--tmpdir=${tmpOf(dir)}`,
    "--skip-test-db",
    "--auth-root-authentication-method=normal",
  ]);
  if (done.status !== 0) throw new Error(`mariadb-install-db failed:\n${done.stdout}${done.stderr}`);
}

function databaseCommand({ mariadbd, dir, socket }) {
  writeFileSync(path.join(dir, "init.sql"), "CREATE DATABASE wp CHARACTER SET utf8mb4;\n");
  return [
    mariadbd,
    "--no-defaults",
    `--user=${userInfo().username}`,
    `--datadir=${dir}/db`,
    `--tmpdir=${tmpOf(dir)}`,
    `--socket=${socket}`,
    "--skip-networking",
    `--pid-file=${dir}/db.pid`,
    `--init-file=${dir}/init.sql`,
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=256M",
    "--max-allowed-packet=64M",
  ];
}

function phpServerCommand({ php, dir, port, workers }) {
  const settings = Object.entries({ ...PHP_SETTINGS, error_log: `${dir}/php.log` });
  return [
    "env",
    `PHP_CLI_SERVER_WORKERS=${workers}`,
    php,
    ...settings.flatMap(([name, value]) => ["-d", `${name}=${value}`]),
    "-S",
    `127.0.0.1:${port}`,
    "-t",
    `${dir}/site`,
    path.join(parts, "router.php"),
  ];
}

function fpmCommands({ fpm, nginx, dir, port, workers }) {
  const owner = asRoot ? "user=root\ngroup=root\n" : "";
  const settings = Object.entries({ ...PHP_SETTINGS, error_log: `${dir}/php.log` })
    .map(([name, value]) => `php_admin_value[${name}]=${value}`)
    .join("\n");
  writeFileSync(
    path.join(dir, "fpm.conf"),
    `[global]\nerror_log=${dir}/fpm.log\ndaemonize=no\n[site]\n${owner}listen=${dir}/fpm.sock\npm=static\npm.max_children=${workers}\nclear_env=no\n${settings}\n`,
  );
  mkdirSync(path.join(dir, "nginx"));
  const spool = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${dir}/nginx/${name};`)
    .join(" ");
  writeFileSync(
    path.join(dir, "nginx.conf"),
    `${asRoot ? "user root;" : ""} daemon off; pid ${dir}/nginx.pid; error_log ${dir}/nginx.log; worker_processes 1; events {}
http { log_format timed '$msec $request_time $request_method $status $request_uri';
  access_log ${dir}/access.log timed; client_max_body_size 64m; include /etc/nginx/mime.types; ${spool}
  server { listen 127.0.0.1:${port}; root ${dir}/site; index index.php;
    location / { try_files $uri $uri/ /index.php?$args; }
    location ~ \\.php$ { include /etc/nginx/fastcgi.conf; fastcgi_pass unix:${dir}/fpm.sock; fastcgi_buffers 64 16k; } } }
`,
  );
  return [
    [fpm, ...(asRoot ? ["-R"] : []), "-F", "-y", path.join(dir, "fpm.conf")],
    [nginx, "-e", `${dir}/nginx.log`, "-c", path.join(dir, "nginx.conf"), "-p", path.join(dir, "nginx")],
  ];
}

/** Asks until the answer is true; after 30 seconds throws with the ends of all logs. */
async function until(what, dir, ask) {
  const end = Date.now() + 30_000;
  while (!(await ask().catch(() => false))) {
    if (Date.now() > end) throw new Error(`WordPress: ${what} did not come up.\n${logs(dir)}`);
    await delay(20);
  }
}

function logs(dir) {
  return ["server0.log", "server1.log", "server2.log", "php.log", "fpm.log", "nginx.log"]
    .map((name) => path.join(dir, name))
    .filter(existsSync)
    .map((file) => `--- ${path.basename(file)}\n${readFileSync(file, "utf8").slice(-2000)}`)
    .join("\n");
}

function accepts(socket) {
  return new Promise((resolve) => {
    const probe = net.connect(socket, () => {
      probe.destroy();
      resolve(true);
    });
    probe.on("error", () => resolve(false));
  });
}

async function setUp(php, site, host) {
  const done = await capture(php, ["-d", "memory_limit=512M", path.join(parts, "install.php"), site, host]);
  const last = done.stdout.trim().split("\n").at(-1) ?? "";
  if (done.status !== 0 || !last.startsWith("{")) {
    throw new Error(`WordPress could not be set up:\n${done.stdout}${done.stderr}`);
  }
  return JSON.parse(last);
}

function runner(php, site, host) {
  return async (code) => {
    const done = await capture(
      php,
      ["-d", "display_errors=stderr", path.join(parts, "run.php"), site, host],
      {
        input: code,
      },
    );
    if (done.status !== 0) throw new Error(`PHP failed (exit ${done.status}):\n${done.stderr}${done.stdout}`);
    return done.stdout;
  };
}

/** Documented in wordpress.d.mts. */
export async function startWordPress(options = {}) {
  const {
    workers = 4,
    server = "php",
    source = "/usr/share/wordpress",
    plugins = {},
    constants = {},
  } = options;
  const paths = programs(server, source);
  const dir = mkdtempSync(path.join(options.parent ?? tmpdir(), "ainstein-wordpress-"));
  const socket = path.join(dir, "db.sock");
  const site = path.join(dir, "site");
  let group;
  try {
    mkdirSync(site);
    // Both have ended before the directory may be removed, or what went wrong would be hidden by that.
    const made = await Promise.allSettled([copySite(source, site), prepareDatabase(paths.installDb, dir)]);
    for (const one of made) if (one.status === "rejected") throw one.reason;
    const port = options.port ?? (await freePort());
    const host = `127.0.0.1:${port}`;
    const url = `http://${host}`;
    writeFileSync(path.join(site, "wp-config.php"), configFile({ socket, url, constants }));
    const mustUse = path.join(site, "wp-content/mu-plugins");
    mkdirSync(mustUse, { recursive: true });
    for (const [name, code] of Object.entries(plugins)) writeFileSync(path.join(mustUse, name), code);
    const settings = { ...paths, dir, socket, port, workers };
    const web = server === "php" ? [phpServerCommand(settings)] : fpmCommands(settings);
    group = startGroup(dir, [databaseCommand(settings), ...web]);
    await until("MariaDB", dir, () => accepts(socket));
    const { version, users } = await setUp(paths.php, site, host);
    await until("the web server", dir, async () => (await fetch(`${url}/wp-json/`)).ok);
    return {
      url,
      api: `${url}/wp-json`,
      dir,
      version,
      users,
      php: runner(paths.php, site, host),
      stop: group.stop,
    };
  } catch (error) {
    await group?.stop();
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wordpress = await startWordPress();
  const { php: _php, stop, ...told } = wordpress;
  console.log(JSON.stringify(told, null, 2));
  const idle = setInterval(() => undefined, 60_000);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      clearInterval(idle);
      void stop();
    });
  }
}
