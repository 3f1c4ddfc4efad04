// npm run test:soak: the proofs that take too long for every day.
//   npm run test:soak            every mishap at every request, thirty kills for each state, thousands of random bodies: hours
//   npm run test:soak -- 5       every mishap at five requests spread over the run
import path from "node:path";
import { run } from "./commands.mjs";
import { root } from "./setup.mjs";

const [points = "full"] = process.argv.slice(2);
if (points !== "full" && !/^\d+$/.test(points)) {
  console.error(`test:soak: "${points}" is not a number of requests`);
  process.exit(2);
}
const env = { BODY_RUNS: "2000", ...process.env, AINSTEIN_SWEEP: points };
const filters = ["real/exactly-once", "real/killed", "content/markdown"];
process.exitCode = run(process.execPath, [path.join(root, "scripts/test.mjs"), ...filters], {
  cwd: root,
  env,
  stdio: ["ignore", "inherit", "inherit"],
});
