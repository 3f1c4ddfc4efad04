// npm run bench [-- name …]    figures of this machine, as JSON lines
// Each case runs its variants in turn, round by round, so that a busy minute burdens all of them alike.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { ensureModules, ensureNode, root } from "./setup.mjs";

const program = path.join(root, "bin/ainstein-cms.js");

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
  for (let round = 0; round <= rounds; round++) {
    for (const [index, variant] of variants.entries()) {
      const ms = variant();
      if (round > 0) samples[index].push(ms);
    }
  }
  return samples.map(median);
}

const CASES = {
  /** What a person waits for when nothing has to be done, against a Node that does nothing. */
  "start-up": () => {
    const [node, version] = interleave(20, [() => timed(["-e", "0"]), () => timed([program, "--version"])]);
    return { nodeMs: round(node), versionMs: round(version), ratio: round(version / node), limit: 1.35 };
  },
};

function round(value) {
  return Number(value.toFixed(2));
}

ensureNode();
await ensureModules();
const built = spawnSync(process.execPath, [path.join(root, "scripts/build.mjs")], { stdio: "inherit" });
if (built.status !== 0) process.exit(2);
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(CASES);
for (const name of names) {
  const measure = CASES[name];
  if (measure === undefined) {
    console.error(`no case "${name}"; there is: ${Object.keys(CASES).join(", ")}`);
    process.exit(2);
  }
  console.log(JSON.stringify({ case: name, node: process.version, ...(await measure()) }));
}
