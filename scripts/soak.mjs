// npm run test:soak: the proofs that take too long for every day.
//   npm run test:soak                  every mishap at every request, a kill at every moment, a hundred at random, thousands of random bodies, all documents of the corpus: hours
//   npm run test:soak -- 5             every mishap at five requests spread over the run
//   npm run test:soak -- --minutes 40  as many random sequences on the model as fit in 40 minutes, at least 100,000
import path from "node:path";
import { parseArgs } from "node:util";
import { run } from "./commands.mjs";
import { ensureCorpus } from "./corpus.mjs";
import { ghostsMissing } from "./ghost.mjs";
import { installGhost } from "./ghost-install.mjs";
import { root } from "./setup.mjs";

const { values, positionals } = parseArgs({
  options: { minutes: { type: "string" } },
  allowPositionals: true,
});
const { minutes } = values;
const [points = "full"] = positionals;
for (const [given, what] of [
  [points === "full" ? "0" : points, "requests"],
  [minutes ?? "0", "minutes"],
]) {
  if (/^\d+$/.test(given)) continue;
  console.error(`test:soak: "${given}" is not a number of ${what}`);
  process.exit(2);
}

const seed = `${Date.now() % 2 ** 31}`;

/** The model alone takes as long as it is given; the other proofs as long as they need. */
const model = {
  AINSTEIN_MODEL_RUNS: "100000000",
  AINSTEIN_MODEL_LEAST: "100000",
  AINSTEIN_MODEL_REAL_RUNS: "2000",
  AINSTEIN_MODEL_MINUTES: minutes ?? "40",
  AINSTEIN_MODEL_SEED: seed,
};
const corpus = minutes === undefined ? await ensureCorpus() : undefined;
if (minutes === undefined && corpus === undefined) process.exit(2);
if (minutes === undefined) for (const version of ghostsMissing()) await installGhost(version);
const documents = corpus === undefined ? {} : { AINSTEIN_CORPUS: corpus };
const env = {
  BODY_RUNS: "2000",
  AINSTEIN_SEED: seed,
  ...documents,
  ...model,
  ...process.env,
  AINSTEIN_SWEEP: points,
};
const others = [
  "exactly-once",
  "killed",
  "platforms/",
  "pains/",
  "real/ghost",
  "real/interrupted",
  "real/corpus",
  "real/wordpress-languages",
  "engine/transitions",
  "content/markdown",
  "wix/ricos-laws",
  "wordpress-blocks",
];
const filters = ["test/model", ...(minutes === undefined ? others : [])];
process.exitCode = run(process.execPath, [path.join(root, "scripts/test.mjs"), ...filters], {
  cwd: root,
  env,
  stdio: ["ignore", "inherit", "inherit"],
});
