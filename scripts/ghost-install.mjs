// Installs real Ghosts from npm into a cache outside the repository, and prepares a site for each.
//   node scripts/ghost-install.mjs        all versions that tests run against
//   node scripts/ghost-install.mjs 6      one of them
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { capture } from "./commands.mjs";
import { GHOSTS, ghostCache, homeOf, nodeOf, serve } from "./ghost.mjs";
import { freePort } from "./servers.mjs";

/** Brings its own headers, so that compiling a driver downloads nothing. */
const NODE = "22.23.3";
const OWNER = { name: "Olive Owner", email: "owner@example.test", password: "a-long-passphrase-9" };

async function must(command, args, options) {
  const done = await capture(command, args, options);
  if (done.status === 0) return;
  throw new Error(`${command} ${args.join(" ")} failed:\n${`${done.stdout}\n${done.stderr}`.slice(-3000)}`);
}

const storeOf = (home) => path.join(home, "store");

/** Node and pnpm in the versions that this Ghost asks for. */
async function tools(home, { pnpm }) {
  const prefix = path.join(home, "tools");
  mkdirSync(prefix, { recursive: true });
  const packages = [`node-${process.platform}-${process.arch}@${NODE}`, `pnpm@${pnpm}`];
  await must("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", prefix, ...packages]);
  const bins = [path.join(nodeOf(home), "bin"), path.join(prefix, "node_modules/.bin")];
  const env = {
    ...process.env,
    PATH: [...bins, process.env.PATH].join(path.delimiter),
    CI: "true",
    npm_config_nodedir: nodeOf(home),
    // By both names: versions differ in which one they read.
    npm_config_store_dir: storeOf(home),
    pnpm_config_store_dir: storeOf(home),
  };
  return (args) => must("pnpm", args, { cwd: path.join(home, "package"), env });
}

async function unpack(home, { ghost }) {
  await must("npm", ["pack", `ghost@${ghost}`, "--pack-destination", home]);
  const tarball = path.join(home, `ghost-${ghost}.tgz`);
  await must("tar", ["-xzf", tarball, "-C", home]);
  rmSync(tarball);
}

/** Ghost 5 comes with yarn's lockfile, which names what only its makers need, from places that npm cannot reach. */
async function adaptLockfile(home, pnpm) {
  const file = path.join(home, "package/package.json");
  const { devDependencies: _, scripts: __, ...kept } = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify(kept, null, 2));
  writeFileSync(path.join(home, "package/pnpm-workspace.yaml"), "onlyBuiltDependencies: [sqlite3]\n");
  await pnpm(["import"]);
}

/** Of all that could be compiled only the database's driver is: the rest has no need of it here. */
async function installModules(home, pnpm, { driver }) {
  const old = existsSync(path.join(home, "package/yarn.lock"));
  if (old) await adaptLockfile(home, pnpm);
  // Ghost 5 loads packages that it does not name.
  const hoist = old ? ["--shamefully-hoist"] : [];
  await pnpm(["install", "--prod", "--frozen-lockfile", "--ignore-scripts", ...hoist]);
  await pnpm(["rebuild", driver]);
  rmSync(storeOf(home), { recursive: true, force: true });
}

function caller(url) {
  return async (method, address, body, headers = {}) => {
    const answer = await fetch(`${url}/ghost/api/admin${address}`, {
      method,
      headers: { "content-type": "application/json", origin: url, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`Ghost answered ${answer.status} to ${method} ${address}: ${text}`);
    // A login is answered with a word, a removal with nothing.
    return { headers: answer.headers, json: text.startsWith("{") ? JSON.parse(text) : undefined };
  };
}

/** An owner, an integration with its keys, and none of the content that a new site comes with. */
async function setUp(url) {
  const call = caller(url);
  await call("POST", "/authentication/setup/", { setup: [{ ...OWNER, blogTitle: "Real Ghost" }] });
  const session = await call("POST", "/session/", { username: OWNER.email, password: OWNER.password });
  const cookie = (session.headers.get("set-cookie") ?? "").split(";")[0];
  const integration = { integrations: [{ name: "ainstein-cms" }] };
  const made = await call("POST", "/integrations/?include=api_keys", integration, { cookie });
  const keys = Object.fromEntries(
    made.json.integrations[0].api_keys.map(({ type, secret }) => [type, secret]),
  );
  for (const kind of ["posts", "pages", "tags"]) {
    const { json } = await call("GET", `/${kind}/?limit=100&fields=id`, undefined, { cookie });
    for (const { id } of json[kind]) await call("DELETE", `/${kind}/${id}/`, undefined, { cookie });
  }
  return { key: keys.admin, contentKey: keys.content, owner: OWNER };
}

/** Written where it stays: it is whole once the server has ended. */
async function prepare(home, version) {
  const content = path.join(home, "prepared/content");
  cpSync(path.join(home, "package/content"), content, { recursive: true });
  for (const name of ["data", "images", "logs"]) mkdirSync(path.join(content, name), { recursive: true });
  const dir = mkdtempSync(path.join(tmpdir(), "ainstein-ghost-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const group = await serve({ home, version, dir, content, port, url });
  try {
    writeFileSync(path.join(home, "prepared/site.json"), JSON.stringify(await setUp(url)));
  } finally {
    await group.stop();
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Removes what installations left that were cut off. */
export function sweep(cache) {
  for (const name of existsSync(cache) ? readdirSync(cache) : []) {
    const pid = /^ghost-.*\.(\d+)\.partial$/.exec(name)?.[1];
    if (pid !== undefined && !alive(Number(pid))) rmSync(path.join(cache, name), { recursive: true });
  }
}

/**
 * Installs a version unless it is there, some 800 MB and a few minutes. Under a name of its own until it is whole: one
 * that was cut off is never taken for an installation, and the next one removes it.
 */
export async function installGhost(version) {
  const home = homeOf(version);
  sweep(ghostCache());
  if (existsSync(home)) return;
  const recipe = GHOSTS[version];
  console.log(`Installing Ghost ${recipe.ghost} into ${ghostCache()}, a few minutes …`);
  const started = Date.now();
  const partial = `${home}.${process.pid}.partial`;
  try {
    mkdirSync(partial, { recursive: true });
    const pnpm = await tools(partial, recipe);
    await unpack(partial, recipe);
    await installModules(partial, pnpm, recipe);
    await prepare(partial, version);
    if (existsSync(home)) return;
    renameSync(partial, home);
    console.log(`… done in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2);
  for (const version of asked.length > 0 ? asked : Object.keys(GHOSTS)) await installGhost(Number(version));
}
