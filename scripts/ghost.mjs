// A real Ghost on 127.0.0.1, from npm, for tests.
//   node scripts/ghost.mjs          starts the newest one, prints it as JSON, stops at Ctrl-C
//   node scripts/ghost.mjs 5        the same of another version
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort, startGroup } from "./servers.mjs";

/** What is installed for each version: exact, so that an installation is the same everywhere. */
export const GHOSTS = {
  5: { ghost: "5.130.6", pnpm: "10.34.9", driver: "sqlite3" },
  6: { ghost: "6.65.0", pnpm: "12.4.2", driver: "better-sqlite3" },
};
const NEWEST = 6;

/** Documented in ghost.d.mts. */
export function ghostCache(env = process.env) {
  const caches = env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache");
  return env.AINSTEIN_TEST_CACHE ?? path.join(caches, "ainstein-cms-tests");
}

/** Where a version is, or will be. An installation gets this name when it is whole. */
export const homeOf = (version) => path.join(ghostCache(), `ghost-${GHOSTS[version].ghost}`);

const versions = Object.keys(GHOSTS).map(Number);

/** Documented in ghost.d.mts. */
export const installedGhosts = () => versions.filter((version) => existsSync(homeOf(version)));

/** Versions that are not installed, oldest first. */
export const ghostsMissing = () => versions.filter((version) => !existsSync(homeOf(version)));

/** The Node that came with an installation. */
export const nodeOf = (home) =>
  path.join(home, "tools/node_modules", `node-${process.platform}-${process.arch}`);

/** Configuration by environment: nothing that leaves this machine, no letter, no limit on logins. */
function settings({ driver, url, port, content }) {
  return {
    NODE_ENV: "development", // where webhooks may go to 127.0.0.1
    url,
    server__host: "127.0.0.1",
    server__port: String(port),
    database__client: driver,
    database__connection__filename: path.join(content, "data/ghost.db"),
    paths__contentPath: content,
    logging__level: "error",
    logging__path: path.join(content, "logs"),
    mail__transport: "stub",
    privacy__useUpdateCheck: "false",
    privacy__useGravatar: "false",
    privacy__useRpcPing: "false",
    security__staffDeviceVerification: "false",
  };
}

/** Asks until the site answers; after 90 seconds throws with the end of its log. */
async function until(url, dir) {
  const end = Date.now() + 90_000;
  const answers = () => fetch(`${url}/ghost/api/admin/site/`).then((answer) => answer.ok);
  while (!(await answers().catch(() => false))) {
    if (Date.now() > end) {
      const log = readFileSync(path.join(dir, "server0.log"), "utf8").slice(-3000);
      throw new Error(`Ghost did not come up.\n${log}`);
    }
    await delay(50);
  }
}

/** Serves a content directory with the Ghost of an installation. The directory's parent is removed at the end. */
export async function serve({ home, version, dir, content, port, url }) {
  const node = path.join(nodeOf(home), "bin/node");
  const env = settings({ driver: GHOSTS[version].driver, url, port, content });
  const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const group = startGroup(dir, [["env", "-C", path.join(home, "package"), ...words, node, "index.js"]]);
  try {
    await until(`http://127.0.0.1:${port}`, dir);
  } catch (error) {
    await group.stop();
    throw error;
  }
  return group;
}

/** Documented in ghost.d.mts. */
export async function startGhost(options = {}) {
  const { version = NEWEST } = options;
  const home = homeOf(version);
  if (!existsSync(home)) {
    throw new Error(
      `Ghost ${version} is not in ${ghostCache()}. Install it with:\n  npm test -- --real ghost`,
    );
  }
  const dir = mkdtempSync(path.join(tmpdir(), "ainstein-ghost-"));
  const content = path.join(dir, "content");
  try {
    cpSync(path.join(home, "prepared/content"), content, { recursive: true });
    const told = JSON.parse(readFileSync(path.join(home, "prepared/site.json"), "utf8"));
    const port = options.port ?? (await freePort());
    const own = `http://127.0.0.1:${port}`;
    const group = await serve({ home, version, dir, content, port, url: options.url ?? own });
    return { ...told, url: own, version: GHOSTS[version].ghost, dir, stop: group.stop };
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const ghost = await startGhost({ version: Number(process.argv[2] ?? NEWEST) });
  const { stop, ...told } = ghost;
  console.log(JSON.stringify(told, null, 2));
  const idle = setInterval(() => undefined, 60_000);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      clearInterval(idle);
      void stop();
    });
  }
}
