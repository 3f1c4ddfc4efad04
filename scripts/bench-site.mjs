// A real WordPress to measure on, the program run against it, and what the server itself saw of that.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { cpuUnder, endedChildren, parentOf } from "./bench-measure.mjs";
import { ensureDebian, root, warnMissing } from "./setup.mjs";
import { startWordPress } from "./wordpress.mjs";

export const program = path.join(root, "bin/ainstein-cms.js");

/** What a write to a post changes. */
const TABLES = ["posts", "postmeta", "terms", "term_taxonomy", "term_relationships", "options"];

/** nginx writes its line just after the answer is sent. */
const LOG_DELAY_MS = 50;

function tables(code) {
  const each = TABLES.map((name) => `'${name}'`).join(",");
  return `global $wpdb; foreach ([${each}] as $name) { $from = $wpdb->prefix . $name; $kept = "kept_$name"; ${code} }`;
}

const KEEP = tables(
  `$wpdb->query("DROP TABLE IF EXISTS $kept"); $wpdb->query("CREATE TABLE $kept LIKE $from"); $wpdb->query("INSERT INTO $kept SELECT * FROM $from");`,
);
const PUT_BACK = tables(
  `$wpdb->query("TRUNCATE $from"); $wpdb->query("INSERT INTO $from SELECT * FROM $kept");`,
);
const EMPTY = `global $wpdb;
foreach (['posts', 'postmeta', 'term_relationships'] as $name) $wpdb->query("TRUNCATE {$wpdb->prefix}$name");
$wpdb->query("UPDATE {$wpdb->prefix}term_taxonomy SET count = 0");`;
const LIVE = `echo wp_count_posts()->publish;`;
const POSTS = `$posts = get_posts(['numberposts' => -1, 'orderby' => 'ID', 'order' => 'ASC']);
echo wp_json_encode(array_map(fn ($post) => [
  'id' => $post->ID, 'title' => $post->post_title, 'content' => $post->post_content, 'slug' => $post->post_name,
  'date' => $post->post_date,
  'categories' => wp_get_post_terms($post->ID, 'category', ['fields' => 'ids']),
  'tags' => wp_get_post_terms($post->ID, 'post_tag', ['fields' => 'ids']),
], $posts));`;

/** One request as the server logged it; times in ms since 1970. */
function requestOf(line) {
  const [end, seconds, method, status, address] = line.split(" ");
  const url = new URL(address, "http://site");
  const route = url.searchParams.get("rest_route") ?? url.pathname.replace(/^\/wp-json/, "");
  const ended = Number(end) * 1000;
  return { method, status: Number(status), route, began: ended - Number(seconds) * 1000, ended };
}

/** The requests that the server has answered since the last call. */
function logReader(file) {
  let read = 0;
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, LOG_DELAY_MS));
    const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
    const fresh = lines.slice(read);
    read = lines.length;
    return fresh.map(requestOf);
  };
}

/** Milliseconds of CPU by program of all servers of the site. */
function cpuReader(dir) {
  const group = parentOf(Number(readFileSync(path.join(dir, "nginx.pid"), "utf8")));
  return () => {
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return cpuUnder(group, pids.map(Number));
  };
}

/** CPU in ms of the site, of the programs that were run to their end meanwhile, and what the work resolves to. */
export async function withCpu(site, work) {
  const [sites, own] = [site.cpu(), endedChildren()];
  const value = await work();
  const after = site.cpu();
  const names = Object.keys(after);
  const used = Object.fromEntries(names.map((name) => [name, after[name] - (sites[name] ?? 0)]));
  return { value, own: endedChildren() - own, servers: used };
}

/**
 * Runs the program to its end: its records, each with `heard`, the time in ms since 1970 when it was told. Throws when it
 * fails.
 */
export async function runProgram(args, { cwd, env }) {
  const began = Date.now();
  const child = spawn(process.execPath, [program, ...args, "--json"], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors += text;
  });
  const records = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    records.push({ ...JSON.parse(line), heard: Date.now() });
  });
  const status = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const ended = Date.now();
  const summary = records.find((record) => record.type === "summary" && record.target !== null);
  if (status !== 0 || summary === undefined) {
    const faults = records.filter((record) => record.type === "error" || record.status === "failed");
    throw new Error(
      `ainstein-cms ${args.join(" ")} ended with ${status}:\n${errors}${JSON.stringify(faults.slice(0, 3))}`,
    );
  }
  return { records, summary, began, ended };
}

/** Throws unless the summary says just that. */
export function expectSummary(summary, wanted) {
  for (const [name, value] of Object.entries(wanted)) {
    if (summary[name] !== value) throw new Error(`${name} is ${summary[name]} instead of ${value}`);
  }
}

/**
 * Does the work with a site of its own and returns its result, or undefined where there can be no WordPress, which has
 * been said by then.
 */
export async function withSite(work) {
  const missing = await ensureDebian(["wordpress"]);
  if (missing.length > 0) {
    warnMissing(missing, "this measurement needs");
    return undefined;
  }
  const dir = mkdtempSync(path.join(tmpdir(), "ainstein-bench-"));
  const wordpress = await startWordPress({ server: "fpm" });
  try {
    const password = wordpress.users.admin;
    const key = randomBytes(32).toString("base64");
    const connection = { platform: "wordpress", url: wordpress.url, auth: "app-password", username: "admin" };
    const site = {
      ...wordpress,
      work: dir,
      password,
      log: logReader(path.join(wordpress.dir, "access.log")),
      cpu: cpuReader(wordpress.dir),
      /** Settings of a machine whose state is in this directory. */
      env: (home) => ({
        AINSTEIN_HOME: home,
        AINSTEIN_KEY: key,
        AINSTEIN_CONNECTION_WP: JSON.stringify({ ...connection, password }),
      }),
      keep: () => wordpress.php(KEEP),
      putBack: () => wordpress.php(PUT_BACK),
      /** Removes every post; terms stay. */
      empty: () => wordpress.php(EMPTY),
      /** Live posts as they are in the database. */
      posts: async () => JSON.parse(await wordpress.php(POSTS)),
      live: async () => Number(await wordpress.php(LIVE)),
    };
    return await work(site);
  } finally {
    await wordpress.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** How the site of all these measurements is made, for the description of a method. */
export function siteInWords(site) {
  return `WordPress ${site.version} (nginx, PHP-FPM with 4 workers, MariaDB, no cache) on the same machine`;
}
