// How long the shortest commands take, beside Node itself and the command-line programs of peers.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { interleave, median, round, timed } from "./bench-measure.mjs";
import { writeBenchPosts } from "./bench-posts.mjs";
import { program, runProgram } from "./bench-site.mjs";
import { capture } from "./commands.mjs";

const ROUNDS = 20;
const START_LIMIT = 1.35;
const FILES = 100;
/** Programs that keep content or its model in step with a CMS, and what makes them tell their version. */
const PEERS = [
  { name: "directus-sync", version: "3.4.1", flag: "--version" },
  { name: "storyblok", version: "4.22.0", flag: "--vers" },
];

const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"), "ainstein-cms-bench");

/** The file that Node runs, or undefined where npm cannot install the package, which is said. */
async function peerProgram({ name, version }) {
  const dir = path.join(cache, `${name}@${version}`);
  if (!existsSync(dir)) {
    const fresh = `${dir}.${process.pid}`;
    mkdirSync(fresh, { recursive: true });
    writeFileSync(path.join(fresh, "package.json"), '{"private":true}\n');
    const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${version}`];
    const done = await capture("npm", args, { cwd: fresh });
    if (done.status !== 0) {
      console.error(`${name} is left out: npm ${args.join(" ")} failed:\n${done.stderr.slice(-500)}`);
      rmSync(fresh, { recursive: true, force: true });
      return undefined;
    }
    renameSync(fresh, dir);
  }
  const home = path.join(dir, "node_modules", name);
  const { bin } = JSON.parse(readFileSync(path.join(home, "package.json"), "utf8"));
  return path.join(home, typeof bin === "string" ? bin : bin[name]);
}

/** A root of some files that are all on a site of the embedded platform; what it takes to run a command there. */
async function rootOfFiles(dir) {
  writeBenchPosts(path.join(dir, "posts"), FILES);
  const connection = { platform: "local", url: path.join(dir, "site"), auth: "none" };
  const env = {
    AINSTEIN_HOME: path.join(dir, "home"),
    AINSTEIN_KEY: Buffer.alloc(32, 1).toString("base64"),
    AINSTEIN_CONNECTION_HERE: JSON.stringify(connection),
  };
  await runProgram(["publish", "./posts", "--target", "here", "--yes"], { cwd: dir, env });
  return { cwd: dir, env: { ...process.env, ...env } };
}

function node(args, options) {
  return async () => {
    const { ms, value: done } = await timed(() =>
      spawnSync(process.execPath, args, { stdio: "ignore", ...options }),
    );
    if (done.status !== 0) throw new Error(`node ${args.join(" ")} ended with ${done.status}`);
    return ms;
  };
}

async function peerVariants(cwd) {
  const variants = {};
  for (const peer of PEERS) {
    const file = await peerProgram(peer);
    if (file === undefined) continue;
    const title = `${peer.name} ${peer.version}`;
    variants[`\`${title} ${peer.flag}\``] = node([file, peer.flag], { cwd });
    variants[`\`${title} --help\``] = node([file, "--help"], { cwd });
  }
  return variants;
}

export async function startUp({ rounds = ROUNDS } = {}) {
  const dir = mkdtempSync(path.join(tmpdir(), "ainstein-bench-"));
  try {
    const root = await rootOfFiles(dir);
    const bare = "`node -e 0`";
    const version = "`ainstein-cms --version`";
    const variants = {
      [bare]: node(["-e", "0"]),
      [version]: node([program, "--version"]),
      "`ainstein-cms --help`": node([program, "--help"]),
      [`\`ainstein-cms status\` on ${FILES} files`]: node(
        [program, "status", "./posts", "--target", "here"],
        root,
      ),
      ...(await peerVariants(dir)),
    };
    for (const variant of Object.values(variants)) await variant(); // warms the disk up
    const { samples, noise } = await interleave(rounds, variants);
    const ratios = samples[version].map((ms, index) => ms / samples[bare][index]);
    const kept = median(ratios) <= START_LIMIT;
    return {
      method:
        `medians of ${rounds} rounds, in each of which every command ran once, after one run to warm up; \`status\` compares ` +
        `${FILES} unchanged files with a site of the platform \`local\`; the peers are installed from npm`,
      figures: {
        ...Object.fromEntries(
          Object.entries(samples).map(([what, ms]) => [`${what}, ms`, round(median(ms), 0)]),
        ),
        [`\`--version\` against \`node -e 0\` (at most ${START_LIMIT})`]: round(median(ratios)),
        "machine noise": noise.words,
      },
      ok: kept && !noise.tooNoisy,
      ...(noise.tooNoisy ? { noisy: noise.words } : {}),
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
