// What it costs to compare many documents with a site, where little or nothing is to be done.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { inWords, median, round } from "./bench-measure.mjs";
import { benchPost } from "./bench-posts.mjs";
import { root } from "./setup.mjs";

const program = path.join(root, "bin/ainstein-cms.js");
const ROUNDS = 3;
const IDLE = 10_000;
const FEW = 100;
const MANY = 50_000;
const TENTH = 5_000;
const LIMITS = { cpu: 2, moreMb: 150, growth: 11, peakMb: 400 };

/** Says at its end what a process has used. */
const METER = `data:text/javascript,${encodeURIComponent(
  'process.on("exit",()=>{const{maxRSS,userCPUTime,systemCPUTime}=process.resourceUsage();' +
    'process.stderr.write("\\n@used "+JSON.stringify({mb:maxRSS/1024,cpu:(userCPUTime+systemCPUTime)/1000})+"\\n")})',
)}`;

/** Megabytes at the peak, CPU in ms, and what it printed: into a file, which takes it as fast as it comes. */
async function measured(args, options) {
  const dir = mkdtempSync(path.join(tmpdir(), "ainstein-out-"));
  const [stdout, stderr] = ["out", "err"].map((name) => openSync(path.join(dir, name), "w"));
  try {
    const child = spawn(process.execPath, ["--import", METER, ...args], {
      ...options,
      stdio: ["ignore", stdout, stderr],
    });
    const [status] = await once(child, "close");
    const told = readFileSync(path.join(dir, "err"), "utf8");
    const used = /^@used (.*)$/m.exec(told)?.[1];
    if (status !== 0 || used === undefined) {
      throw new Error(`${args.slice(0, 3).join(" ")} ended with ${status}:\n${told.slice(-2000)}`);
    }
    return { ...JSON.parse(used), stdout: readFileSync(path.join(dir, "out"), "utf8") };
  } finally {
    for (const file of [stdout, stderr]) closeSync(file);
    rmSync(dir, { recursive: true, force: true });
  }
}

async function startFake() {
  const child = spawn(process.execPath, [path.join(root, "scripts/bench-fake.mjs")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const { url } = JSON.parse(value);
  const ask = async (what) => (await fetch(`${url}/bench/${what}`)).json();
  return { url, ask, stop: () => child.kill() };
}

/** A root in a directory of its own with a connection to the fake. */
function rootOf(dir, name, { url }) {
  const cwd = path.join(dir, name);
  const connection = { platform: "wordpress", url, auth: "app-password", username: "admin" };
  const env = {
    ...process.env,
    AINSTEIN_HOME: path.join(cwd, "home"),
    AINSTEIN_KEY: Buffer.alloc(32, 1).toString("base64"),
    AINSTEIN_CONNECTION_WP: JSON.stringify({ ...connection, password: "admin pass" }),
  };
  return { posts: path.join(cwd, "posts"), run: (...args) => measured([program, ...args], { cwd, env }) };
}

/** Directories of a few hundred files each, as people have them. */
function placeOf(n) {
  return `${String(Math.floor(n / 500)).padStart(3, "0")}/post-${n}.md`;
}

function write(posts, n, text) {
  const file = path.join(posts, placeOf(n));
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function summaryOf({ stdout }) {
  const records = stdout.split("\n").filter(Boolean);
  return records.map((line) => JSON.parse(line)).find(({ type }) => type === "summary");
}

/** A root of `count` documents that are all on the site, and a lockfile that says so. */
async function settled(dir, fake, count) {
  await fake.ask("multiply?count=0");
  const { posts, run } = rootOf(dir, `idle-${count}`, fake);
  const text = benchPost(1);
  write(posts, 1, text);
  await run("publish", "./posts", "--target", "wp", "--yes", "--json");
  const lockfile = path.join(posts, "ainstein.lock");
  const lines = readFileSync(lockfile, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const ids = await fake.ask(`multiply?count=${count}`);
  const all = lines.flatMap((line) =>
    line.path === undefined ? line : ids.map((id, i) => boundTo(line, id, i + 1)),
  );
  for (let n = 1; n <= count; n++) write(posts, n, text);
  writeFileSync(lockfile, `${all.map((line) => JSON.stringify(line)).join("\n")}\n`);
  // The first run reads every entry and notes its revision.
  const first = summaryOf(await run("push", "./posts", "--target", "wp", "--yes", "--json"));
  if (first.unchanged !== count) throw new Error(`${first.unchanged} of ${count} documents were settled`);
  await fake.ask("methods");
  return { posts, run };
}

/** The line of one document as that of another, which differs in its slug alone. */
function boundTo(line, id, n) {
  const slug = `post-${n}`;
  const hash = createHash("sha256").update(JSON.stringify(slug)).digest("base64url").slice(0, 11);
  const remote = { ...line.remote, parts: { ...line.remote.parts, slug: hash } };
  return { ...line, path: placeOf(n), id: String(id), slug, revision: "?", racy: false, remote };
}

/** The least that comparing takes: every file is read and hashed, every page of the listing is read and parsed. */
const LEAST = `
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
const [dir, url, count] = process.argv.slice(1);
for (const name of await readdir(dir, { recursive: true })) {
  const file = path.join(dir, name);
  if (!name.endsWith(".md") || !(await stat(file)).isFile()) continue;
  createHash("sha1").update(await readFile(file)).digest("hex");
}
const headers = { authorization: "Basic " + Buffer.from("admin:admin pass").toString("base64") };
for (let offset = 0; offset < Number(count); offset += 99) {
  const query = "context=edit&status=publish&per_page=100&_fields=id,slug,title.raw&offset=" + offset;
  JSON.parse(await (await fetch(url + "/wp-json/wp/v2/posts?" + query, { headers })).text());
}`;

async function idleRounds(dir, fake, count) {
  const { posts, run } = await settled(dir, fake, count);
  const ours = [];
  const least = [];
  for (let n = 0; n < ROUNDS; n++) {
    least.push(await measured(["--input-type=module", "-e", LEAST, posts, fake.url, String(count)], {}));
    await fake.ask("methods");
    const done = await run("push", "./posts", "--target", "wp", "--yes", "--json");
    const methods = await fake.ask("methods");
    if (summaryOf(done).unchanged !== count) throw new Error("a run with nothing to do did something");
    ours.push({ ...done, methods });
  }
  return { ours, least };
}

async function inFake(work) {
  const dir = mkdtempSync(path.join(tmpdir(), "ainstein-bench-"));
  const fake = await startFake();
  try {
    return await work(dir, fake);
  } finally {
    fake.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

const of = (runs, what) => runs.map((run) => run[what]);
const grown = (many, few, what) => median(of(many, what)) - median(of(few, what));

/** Nothing to do: documents by the thousand that are all as they are on the site. */
export function idle() {
  return inFake(async (dir, fake) => {
    const few = await idleRounds(dir, fake, FEW);
    const many = await idleRounds(dir, fake, IDLE);
    const ratio = grown(many.ours, few.ours, "cpu") / grown(many.least, few.least, "cpu");
    const moreMb = grown(many.ours, few.ours, "mb");
    const writes = many.ours.some(({ methods }) => Object.keys(methods).join() !== "GET");
    return {
      method:
        `\`push\` of ${IDLE} documents that all are as ${IDLE} entries of a fake WordPress are, ${ROUNDS} times, beside a ` +
        "program that only reads and hashes the files and reads and parses the pages of the listing; of both what they " +
        `use more than for ${FEW} documents, so that their start does not count`,
      figures: {
        "CPU of all, ms": inWords(of(many.ours, "cpu"), 0),
        "CPU of reading, hashing and parsing alone, ms": inWords(of(many.least, "cpu"), 0),
        [`ratio of both (at most ${LIMITS.cpu})`]: round(ratio),
        [`memory more than for ${FEW} documents, MB (under ${LIMITS.moreMb})`]: round(moreMb, 0),
        "requests, all of them GET": many.ours[0].methods.GET,
      },
      ok: !writes && ratio <= LIMITS.cpu && moreMb < LIMITS.moreMb,
    };
  });
}

/** What is planned of new documents, each with another text. */
export function planning() {
  return inFake(async (dir, fake) => {
    const plans = {};
    for (const count of [TENTH, MANY]) {
      const { posts, run } = rootOf(dir, `new-${count}`, fake);
      for (let n = 1; n <= count; n++) write(posts, n, benchPost(n));
      const { mb, cpu, stdout } = await run("push", "./posts", "--target", "wp", "--dry-run", "--json");
      const creates = stdout.split("\n").filter((line) => line.includes('"action":"create"')).length;
      if (creates !== count) throw new Error(`${creates} of ${count} creates were planned`);
      plans[count] = { mb, cpu };
    }
    const growth = plans[MANY].cpu / plans[TENTH].cpu;
    return {
      method: `\`push --dry-run\` of new documents of some 5 KB, each with another text, to an empty fake WordPress, once each`,
      figures: {
        [`${TENTH} documents: CPU, s`]: round(plans[TENTH].cpu / 1000, 1),
        [`${MANY} documents: CPU, s`]: round(plans[MANY].cpu / 1000, 1),
        [`ratio (at most ${LIMITS.growth})`]: round(growth, 1),
        [`${TENTH} documents: memory at the peak, MB`]: round(plans[TENTH].mb, 0),
        [`${MANY} documents: memory at the peak, MB (under ${LIMITS.peakMb})`]: round(plans[MANY].mb, 0),
      },
      ok: growth <= LIMITS.growth && plans[MANY].mb < LIMITS.peakMb,
    };
  });
}
