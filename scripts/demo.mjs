// npm run demo                 the main job on a site in a directory
// npm run demo -- wordpress    the same on a real WordPress, which this starts; --keep leaves it running until Ctrl-C
// Runs in a fresh temporary directory, with an installation (AINSTEIN_HOME) of its own.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { capture, run } from "./commands.mjs";
import { localSite, wordpressSite } from "./demo-sites.mjs";
import { ensureDebian, ensureModules, ensureNode, root, warnMissing } from "./setup.mjs";

const POSTS = 25;
const DOCUMENTS = POSTS + 2;
/** The post that is edited in the CMS, and the one that is edited in its file. */
const THEIRS = {
  slug: "decaf",
  file: "journal/2026-04-24-decaf.md",
  from: "biscuit is free",
  to: "biscuit is on us",
};
const OURS = {
  file: "journal/2026-03-13-school-visit.md",
  from: "Thirty children and a bag of flour",
  to: "Thirty-one children and a bag of flour",
};
const program = path.join(root, "bin/ainstein-cms.js");

class Disappointment extends Error {}

function expect(what, actual, wanted) {
  if (JSON.stringify(actual) === JSON.stringify(wanted)) {
    console.log(`  ✓ ${what}`);
    return;
  }
  throw new Disappointment(`${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(actual)}`);
}

function heading(text) {
  console.log(`\n━━ ${text}`);
}

/** As it would be typed. */
function quoted(arg) {
  return /[^\w./:=-]/.test(arg) ? `"${arg}"` : arg;
}

/** A way to run the program: shown as typed, for real, with the terminal passed through. */
function shell(base, secrets) {
  const env = { ...process.env, AINSTEIN_HOME: path.join(base, "home"), ...secrets };
  const echo = (args, cwd) =>
    console.log(`\n${path.relative(base, cwd) || "~"} $ ainstein-cms ${args.map(quoted).join(" ")}`);
  return {
    /** Runs it, its output on the terminal; resolves to the exit status. */
    show(args, { cwd = base, input } = {}) {
      echo(args, cwd);
      return new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [program, ...args], {
          cwd,
          env,
          stdio: [input === undefined ? "ignore" : "pipe", "inherit", "inherit"],
        });
        child.on("error", reject);
        child.on("close", (status) => resolve(status ?? 1));
        child.stdin?.end(input);
      });
    },
    /** Runs it with --json; resolves to the exit status and the summary of the target, printed as one line. */
    async ask(args, { cwd = base } = {}) {
      const words = [...args, "--json"];
      echo(words, cwd);
      const done = await capture(process.execPath, [program, ...words], { cwd, env });
      const records = done.stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line));
      const summary = records.find((record) => record.type === "summary" && record.target !== null);
      if (summary === undefined)
        throw new Disappointment(`no summary; it said:\n${done.stdout}${done.stderr}`);
      console.log(JSON.stringify(summary));
      return { status: done.status, summary };
    },
  };
}

async function git(cwd, ...args) {
  const identity = ["-c", "user.name=Demo", "-c", "user.email=demo@example.test"];
  const done = await capture("git", [...identity, ...args], { cwd });
  if (done.status !== 0) throw new Disappointment(`git ${args.join(" ")} failed: ${done.stderr}`);
  return done.stdout;
}

/** Content files that differ from the last commit. */
async function changedFiles(posts) {
  const status = await git(posts, "status", "--porcelain", "--untracked-files=all", "--", "journal", "pages");
  return status
    .split("\n")
    .filter(Boolean)
    .map((line) => line.slice(3));
}

function replaceIn(file, from, to) {
  const text = readFileSync(file, "utf8");
  if (!text.includes(from)) throw new Disappointment(`${file} does not say "${from}"`);
  writeFileSync(file, text.replace(from, to));
}

async function prepareContent(base) {
  const posts = path.join(base, "posts");
  cpSync(path.join(root, "fixtures/posts"), posts, { recursive: true });
  mkdirSync(path.join(base, "home"), { mode: 0o700 });
  await git(posts, "init", "--quiet", "--initial-branch=main");
  await git(posts, "add", ".");
  await git(posts, "commit", "--quiet", "--message", "The journal so far");
  return posts;
}

async function publishTwice(cli, site) {
  heading(`Publish ${POSTS} posts, a page and a JSON document`);
  expect("exit code 0", await cli.show(["publish", "./posts", "--target", "demo", "--yes"]), 0);
  expect(`${DOCUMENTS} documents are live on the site`, await site.countLive(), DOCUMENTS);
  console.log(`\nLook at it: ${site.look}`);

  heading("Publish again: nothing is sent");
  const again = await cli.ask(["publish", "./posts", "--target", "demo", "--yes"]);
  expect("exit code 0", again.status, 0);
  expect(`${DOCUMENTS} unchanged`, again.summary.unchanged, DOCUMENTS);
  expect(
    "nothing created, nothing updated, no write",
    pick(again.summary, ["created", "updated", "writes"]),
    [0, 0, 0],
  );
}

function pick(record, names) {
  return names.map((name) => record[name]);
}

async function bothSides(cli, site, posts) {
  await git(posts, "add", ".");
  await git(posts, "commit", "--quiet", "--message", "Published");

  heading("Somebody edits one post in the CMS, you edit another one in its file");
  await site.edit(THEIRS.slug, THEIRS.from, THEIRS.to);
  console.log(`in the CMS,  ${THEIRS.slug}: "${THEIRS.from}" -> "${THEIRS.to}"`);
  replaceIn(path.join(posts, OURS.file), OURS.from, OURS.to);
  console.log(`in the file, ${OURS.file}: "${OURS.from}" -> "${OURS.to}"`);
  expect(
    "diff says by exit code 3 that there are changes",
    await cli.show(["diff", "--target", "demo", "--exit-code"], { cwd: posts }),
    3,
  );

  heading("Pull: the edit from the CMS arrives, your own stays as it is");
  expect("exit code 0", await cli.show(["pull", "--target", "demo"], { cwd: posts }), 0);
  expect("just the two files differ from the commit", await changedFiles(posts), [OURS.file, THEIRS.file]);
  const lines = (await git(posts, "diff", "--numstat", "--", THEIRS.file)).split("\t").slice(0, 2);
  expect("in the pulled one, just one line", lines, ["1", "1"]);
  expect(
    "the file says what the CMS says",
    readFileSync(path.join(posts, THEIRS.file), "utf8").includes(THEIRS.to),
    true,
  );

  heading("Push: your edit goes up");
  expect("exit code 0", await cli.show(["push", "--target", "demo", "--yes"], { cwd: posts }), 0);
  expect("the site shows it", await site.shows("school-visit", OURS.to), true);
  expect(
    "nothing is left to do",
    await cli.show(["status", "--target", "demo", "--exit-code"], { cwd: posts }),
    0,
  );
}

function summarise() {
  heading("What you saw");
  console.log(
    `${DOCUMENTS} documents published once, none of them twice; one edit pulled, one pushed, no byte else changed.`,
  );
}

function goOn(base, key, site) {
  console.log("\nGo on by hand:");
  console.log(`  export AINSTEIN_HOME=${path.join(base, "home")} AINSTEIN_KEY=${key}`);
  console.log(`  cd ${path.join(base, "posts")}`);
  for (const command of ["status", "connections list", "--help"]) console.log(`  node ${program} ${command}`);
  console.log(`\nThe site: ${site.look}`);
}

async function demo(site, base) {
  const posts = await prepareContent(base);
  const key = randomBytes(32).toString("base64");
  const cli = shell(base, { AINSTEIN_KEY: key });
  heading("Connect");
  console.log(
    "(AINSTEIN_KEY, the key of the credential vault, is made for this run; otherwise your keychain keeps it.)",
  );
  expect("exit code 0", await cli.show(site.connect, { input: site.password }), 0);
  await publishTwice(cli, site);
  await bothSides(cli, site, posts);
  return key;
}

function untilInterrupted() {
  console.log("\nWordPress keeps running until Ctrl-C.");
  return new Promise((resolve) => {
    const idle = setInterval(() => undefined, 60_000);
    process.once("SIGINT", () => {
      clearInterval(idle);
      resolve();
    });
  });
}

async function prepare(platform) {
  ensureNode();
  await ensureModules();
  const missing = await ensureDebian(platform === "wordpress" ? ["git", "wordpress"] : ["git"]);
  if (missing.length > 0) {
    warnMissing(missing, "this demo needs");
    process.exit(2);
  }
  if (run(process.execPath, [path.join(root, "scripts/build.mjs")]) !== 0) process.exit(2);
}

const args = process.argv.slice(2);
const keep = args.includes("--keep");
const [platform = "local", ...rest] = args.filter((arg) => arg !== "--keep");
if (rest.length > 0 || !["local", "wordpress"].includes(platform) || (keep && platform !== "wordpress")) {
  console.error("usage: npm run demo [-- wordpress [--keep]]");
  process.exit(2);
}
await prepare(platform);
const base = mkdtempSync(path.join(tmpdir(), "ainstein-demo-"));
const site = platform === "wordpress" ? await wordpressSite() : localSite(path.join(base, "site"));
try {
  const key = await demo(site, base);
  summarise();
  if (platform === "local" || keep) goOn(base, key, site);
  if (platform === "local") console.log(`Remove it all with: rm -rf ${base}`);
  if (keep) await untilInterrupted();
} catch (error) {
  if (!(error instanceof Disappointment)) throw error;
  console.error(`\nThe demo did not go as it should. ${error.message}`);
  console.error(`What it did is in ${base}.`);
  process.exitCode = 1;
} finally {
  await site.stop();
  if (platform === "wordpress" && process.exitCode !== 1 && existsSync(base))
    rmSync(base, { recursive: true });
}
