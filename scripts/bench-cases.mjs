// What `npm run bench` measures. Each case says how, so that its figures can be judged and repeated.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { fidelity } from "./bench-fidelity.mjs";
import { writeBulk } from "./bulk.mjs";
import { capture } from "./commands.mjs";
import { ensureDebian, root, warnMissing } from "./setup.mjs";
import { startWordPress } from "./wordpress.mjs";

const program = path.join(root, "bin/ainstein-cms.js");
const ROUNDS = 20;
const START_LIMIT = 1.35;
const POSTS = 200;

function round(value, digits = 2) {
  return Number(value.toFixed(digits));
}

function timed(args) {
  const start = performance.now();
  const done = spawnSync(process.execPath, args, { stdio: "ignore" });
  if (done.status !== 0) throw new Error(`node ${args.join(" ")} ended with ${done.status}`);
  return performance.now() - start;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Medians in milliseconds of the variants, run in turn; the first round warms the disk up and is not counted. */
function interleave(rounds, variants) {
  const samples = variants.map(() => []);
  for (let n = 0; n <= rounds; n++) {
    for (const [index, variant] of variants.entries()) {
      const ms = variant();
      if (n > 0) samples[index].push(ms);
    }
  }
  return samples.map(median);
}

async function startUp() {
  const [node, version, help] = interleave(ROUNDS, [
    () => timed(["-e", "0"]),
    () => timed([program, "--version"]),
    () => timed([program, "--help"]),
  ]);
  const ratio = version / node;
  return {
    method: `medians of ${ROUNDS} rounds, in each of which every command ran once, after one round to warm up`,
    figures: {
      "`node -e 0`, ms": round(node, 0),
      "`ainstein-cms --version`, ms": round(version, 0),
      [`\`--version\` against \`node -e 0\` (at most ${START_LIMIT})`]: round(ratio),
      "`ainstein-cms --help`, ms": round(help, 0),
    },
    ok: ratio <= START_LIMIT,
  };
}

/** One run of publish as a process of its own: its summary, which must hold what is wanted. */
async function publish(env, cwd, wanted) {
  const args = [program, "publish", "./posts", "--target", "wp", "--yes", "--json"];
  const start = performance.now();
  const done = await capture(process.execPath, args, { cwd, env: { ...process.env, ...env } });
  const seconds = (performance.now() - start) / 1000;
  const lines = done.stdout.split("\n").filter(Boolean);
  const summary = lines
    .map((line) => JSON.parse(line))
    .find((record) => record.type === "summary" && record.target !== null);
  for (const [name, value] of Object.entries(wanted)) {
    if (summary?.[name] !== value) {
      throw new Error(
        `${name} is ${summary?.[name]} instead of ${value}:\n${done.stderr}${done.stdout.slice(-2000)}`,
      );
    }
  }
  return { ...summary, seconds };
}

async function publishing() {
  const missing = await ensureDebian(["wordpress"]);
  if (missing.length > 0) {
    warnMissing(missing, "this measurement needs");
    return undefined;
  }
  const dir = mkdtempSync(path.join(tmpdir(), "ainstein-bench-"));
  const wordpress = await startWordPress({ server: "fpm" });
  try {
    const connection = { platform: "wordpress", url: wordpress.url, auth: "app-password", username: "admin" };
    const env = {
      AINSTEIN_HOME: path.join(dir, "home"),
      AINSTEIN_KEY: randomBytes(32).toString("base64"),
      AINSTEIN_CONNECTION_WP: JSON.stringify({ ...connection, password: wordpress.users.admin }),
    };
    writeBulk(path.join(dir, "posts"), POSTS);
    const first = await publish(env, dir, { created: POSTS, verified: POSTS, failed: 0 });
    const second = await publish(env, dir, { unchanged: POSTS, writes: 0, failed: 0 });
    return {
      method:
        `${POSTS} posts with tables, code, nested lists, images and terms, published to an empty WordPress ` +
        `${wordpress.version} (nginx, PHP-FPM with 4 workers, MariaDB, no cache) on the same machine; ` +
        "then the same command again; seconds are those of the whole process",
      figures: {
        "first: seconds": round(first.seconds, 1),
        "first: posts per second": round(POSTS / first.seconds, 1),
        "first: requests": first.requests,
        "first: of them writes": first.writes,
        "again: seconds": round(second.seconds, 1),
        "again: requests": second.requests,
        "again: of them writes": second.writes,
      },
      ok: true,
    };
  } finally {
    await wordpress.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function packageSize() {
  const packing = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const done = await capture("npm", packing, { cwd: root });
  if (done.status !== 0) throw new Error(`npm pack failed: ${done.stderr}`);
  const [packed] = JSON.parse(done.stdout);
  return {
    method: "`npm pack`, without the packages it depends on",
    figures: {
      "archive, kB": round(packed.size / 1000, 0),
      "unpacked, kB": round(packed.unpackedSize / 1000, 0),
      files: packed.entryCount,
    },
    ok: true,
  };
}

/**
 * By name: a function that resolves to `{method, figures, ok}`, or to undefined where it cannot be measured here
 * (which it has said by then). `ok` is false when a promised limit is passed.
 */
export const CASES = { "start-up": startUp, publish: publishing, package: packageSize, fidelity };
