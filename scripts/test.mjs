// npm test: set-up, lint, types, every test, the demo. The last line is the counts.
//   npm test                        everything
//   npm test -- content             lint, types, and the test files whose path contains "content"
//   npm test -- --coverage          lint, types and every test, which then take twice as long
//   npm test -- --complete          fails when real parts are missing, instead of leaving their tests out
//   npm test -- --real ghost        installs real Ghosts from npm outside the repository; lint, types, and the tests against them
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { capture, run } from "./commands.mjs";
import { ghostCache, ghostsMissing } from "./ghost.mjs";
import { installGhost } from "./ghost-install.mjs";
import { ensureDebian, ensureModules, ensureNode, root, warnMissing } from "./setup.mjs";
import { countResults, lastLine } from "./test-counts.mjs";

const REAL_PARTS = ["wordpress", "postgresql", "redis", "secret-service", "browser", "shells"];

function bin(name, args, env = process.env) {
  const file = path.join(root, "node_modules", ".bin", name);
  return run(file, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
}

function step(title, name, args) {
  console.log(`\n── ${title}`);
  return outcome(title, bin(name, args) === 0);
}

function outcome(title, ok) {
  console.log(`${title}: ${ok ? "passed" : "FAILED"}`);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

function vitest(filters, missing, asked) {
  console.log("\n── tests");
  const dir = mkdtempSync(path.join(tmpdir(), "ainstein-test-"));
  const report = path.join(dir, "report.json");
  const without = missing.map(({ group }) => group).join(",");
  const env = { ...process.env, AINSTEIN_TEST_WITHOUT: without, AINSTEIN_TEST_REAL: asked ?? "" };
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  try {
    const status = bin("vitest", ["run", ...reporters, ...filters], env);
    return countResults(readReport(report), status);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The demo checks itself. What it says is shown when it fails. */
async function demo(platform) {
  console.log(`\n── demo (${platform})`);
  const dir = mkdtempSync(path.join(tmpdir(), "ainstein-test-"));
  const script = path.join(root, "scripts/demo.mjs");
  try {
    const env = { ...process.env, TMPDIR: dir };
    const done = await capture(process.execPath, [script, platform], { cwd: root, env });
    if (done.status !== 0) console.log(done.stdout + done.stderr);
    return outcome(`demo (${platform})`, done.status === 0);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined; // vitest did not get as far as writing one
  }
}

/** Real systems that are installed only when asked for, and where the tests against them are. */
const ON_REQUEST = { ghost: "test/real/ghost" };

/** What the words of the command line ask for. Ends with 2 where one is unknown. */
function asked(words) {
  const at = words.indexOf("--real");
  const name = at === -1 ? undefined : words[at + 1];
  if (at !== -1 && !Object.hasOwn(ON_REQUEST, name ?? "")) {
    console.error(`npm test: --real takes one of: ${Object.keys(ON_REQUEST).join(", ")}`);
    process.exit(2);
  }
  const rest = words.filter(
    (word, index) => word !== "--complete" && (at === -1 || index < at || index > at + 1),
  );
  const complete = words.includes("--complete");
  return { complete, real: name, filters: name === undefined ? rest : [ON_REQUEST[name], ...rest] };
}

const { complete, real, filters } = asked(process.argv.slice(2));

/** However the run ends: what did not come to its end counts as failed. */
const counts = [];
let finished = false;
process.on("exit", () => {
  if (!finished) counts.push({ passed: 0, failed: 1, skipped: 0 });
  const { text, ok, note } = lastLine(counts);
  if (!ok && process.exitCode === undefined) process.exitCode = 1;
  if (note !== "") console.log(note);
  console.log(text);
});

ensureNode();
await ensureModules();
const missing = await ensureDebian(REAL_PARTS);
if (real === "ghost") for (const version of ghostsMissing()) await installGhost(version);

counts.push(step("lint", "biome", ["check", "--error-on-warnings", "."]));
counts.push(step("types", "tsc", ["--noEmit"]));
counts.push(vitest(filters, missing, real));
if (filters.length === 0) {
  counts.push(await demo("local"));
  if (!missing.some(({ group }) => group === "wordpress")) counts.push(await demo("wordpress"));
}
for (const version of ghostsMissing()) {
  console.log(`Left out: the tests against a real Ghost ${version}, which is not in ${ghostCache()}.`);
  console.log("  to have them: npm test -- --real ghost");
}
if (missing.length > 0) {
  warnMissing(missing, "LEFT OUT: all tests against");
  if (complete) counts.push({ passed: 0, failed: missing.length, skipped: 0 });
}
finished = true;
