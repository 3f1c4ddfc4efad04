// Writing many posts to a real WordPress: ours beside what else puts posts there.
import { cpSync, mkdirSync } from "node:fs";
import path from "node:path";
import { interleave, inWords, median, round } from "./bench-measure.mjs";
import { writeBenchPosts } from "./bench-posts.mjs";
import { phpLoop, restCreates, restUpdates, shellLoop } from "./bench-rivals.mjs";
import { expectSummary, runProgram, siteInWords, withCpu, withSite } from "./bench-site.mjs";

const POSTS = 500;
const ROUNDS = 5;
/** So many posts are enough to see what one start of PHP costs. */
const SHELL_POSTS = 25;
const PUBLISH = ["publish", "./posts", "--target", "wp", "--yes"];
const KIND_OF_POST = "5 KB, two categories and three tags each, all terms there before";

/** The times in ms of one run of ours, by what it told and what the server's log says. */
function phasesOf({ records, summary, began, ended }, requests) {
  const planned = records.findLast((record) => record.type === "plan").heard;
  const written = Math.max(...requests.filter(({ method }) => method !== "GET").map((one) => one.ended));
  return { whole: ended - began, write: written - planned, both: summary.heard - planned };
}

/** One run of ours in this directory; its times, and the CPU in ms of our process and of the site. */
async function ours(site, dir, wanted, flags = []) {
  await site.log();
  const asked = { cwd: dir, env: site.env(path.join(dir, "home")) };
  const { value, own, servers } = await withCpu(site, () => runProgram([...PUBLISH, ...flags], asked));
  expectSummary(value.summary, wanted);
  return { ...phasesOf(value, await site.log()), own, servers };
}

/** The same for another way, whose own milliseconds are those that `work` resolves to. */
async function theirs(site, work) {
  const before = process.cpuUsage();
  const { value, own, servers } = await withCpu(site, work);
  const { user, system } = process.cpuUsage(before);
  return { ms: value, own: own + (user + system) / 1000, servers };
}

function freshDir(site, name) {
  const dir = path.join(site.work, name);
  mkdirSync(dir);
  return dir;
}

const seconds = (values) => inWords(values.map((ms) => ms / 1000));

/** Lines of a figure that has a least value: per round, so that what slowed a round down slowed both. */
function promise(what, least, fast, slow) {
  const ratios = slow.map((ms, index) => ms / fast[index]);
  return { row: [`${what} (at least ${least})`, inWords(ratios)], kept: median(ratios) >= least };
}

function cpuPerPost(what, samples, count) {
  const per = (pick) => round(median(samples.map(pick)) / count, 1);
  const servers = [...new Set(samples.flatMap((sample) => Object.keys(sample.servers)))].sort();
  const used = servers.map((name) => [name, per((sample) => sample.servers[name] ?? 0)]);
  const parts = used.filter(([, ms]) => ms > 0).map(([name, ms]) => `${name} ${ms}`);
  return [`CPU per post, ${what}, ms`, [`client ${per((sample) => sample.own)}`, ...parts].join(", ")];
}

function resultOf(method, rows, promises, noise) {
  const figures = [...rows, ...promises.map(({ row }) => row), ["machine noise", noise.words]];
  const ok = promises.every(({ kept }) => kept);
  return {
    method,
    figures: Object.fromEntries(figures),
    ok: ok && !noise.tooNoisy,
    ...(noise.tooNoisy ? { noisy: noise.words } : {}),
  };
}

/** Posts made by ours once, so that all terms are there and the others send exactly the same bodies. */
async function firstPublish(site, dir, count) {
  writeBenchPosts(path.join(dir, "posts"), count);
  const { summary } = await runProgram(PUBLISH, { cwd: dir, env: site.env(path.join(dir, "home")) });
  expectSummary(summary, { created: count, verified: count });
  return (await site.posts()).filter(({ slug }) => slug.startsWith("post-"));
}

/** Runs the way from the same state of the site each time, and proves that it left as many live posts as it should. */
function from(site, count, way) {
  return async () => {
    await site.putBack();
    const sample = await way();
    const live = await site.live();
    if (live !== count) throw new Error(`${live} posts are live instead of ${count}`);
    return sample;
  };
}

const CREATE_METHOD = (site, { posts, rounds }) =>
  `${posts} posts (${KIND_OF_POST}) onto an emptied ${siteInWords(site)}, ${rounds} rounds in which every way has its ` +
  "turn; medians with the lowest and highest, ratios of times of the same round. Ours is the whole command `publish`; its " +
  "write phase goes from the plan, when it is told, to the last write in the server's log, reading back to the summary. One by " +
  "one is a loop in Node over one kept connection that reads each full answer; the PHP loop calls `wp_insert_post` and " +
  `\`wp_set_post_terms\` in one process, its start not counted; the shell loop starts PHP for each post (${SHELL_POSTS} posts, ` +
  "scaled). All of them send the same bodies";

export function create({ posts: count = POSTS, rounds = ROUNDS } = {}) {
  return withSite(async (site) => {
    const posts = await firstPublish(site, freshDir(site, "first"), count);
    await site.empty();
    await site.keep();
    const few = posts.slice(0, SHELL_POSTS);
    let run = 0;
    const { samples, noise } = await interleave(rounds, {
      ours: from(site, count, () => {
        run += 1;
        const dir = freshDir(site, `run-${run}`);
        writeBenchPosts(path.join(dir, "posts"), count);
        return ours(site, dir, { created: count, verified: count, failed: 0 });
      }),
      rest: from(site, count, () => theirs(site, () => restCreates(site, posts))),
      php: from(site, count, () => theirs(site, () => phpLoop(site, posts))),
      shell: from(site, few.length, () => theirs(site, () => shellLoop(site, few))),
    });
    const [whole, write, both] = ["whole", "write", "both"].map((name) =>
      samples.ours.map((one) => one[name]),
    );
    const rest = samples.rest.map(({ ms }) => ms);
    const php = samples.php.map(({ ms }) => ms);
    const shell = samples.shell.map(({ ms }) => (ms * count) / few.length);
    return resultOf(
      CREATE_METHOD(site, { posts: count, rounds }),
      [
        ["ours, whole command, s", seconds(whole)],
        ["ours, write phase, s", seconds(write)],
        ["ours, writing and reading back, s", seconds(both)],
        ["one by one over REST, s", seconds(rest)],
        ["PHP loop in one process, s", seconds(php)],
        ["shell loop, s", seconds(shell)],
        [
          "posts per second, write phase",
          inWords(
            write.map((ms) => (1000 * count) / ms),
            1,
          ),
        ],
        cpuPerPost("ours", samples.ours, count),
        cpuPerPost("one by one", samples.rest, count),
        cpuPerPost("PHP loop", samples.php, count),
      ],
      [
        promise("write phase against one by one", 3, write, rest),
        promise("write phase against the PHP loop", 0.85, write, php),
        promise("with reading back against the PHP loop", 0.6, both, php),
        promise("write phase against the shell loop", 15, write, shell),
      ],
      noise,
    );
  });
}

const UPDATE_METHOD = (site, { posts, rounds }) =>
  `the last paragraph of ${posts} posts (${KIND_OF_POST}) changed, on ${siteInWords(site)}, ${rounds} rounds from the same ` +
  "state of site, files and database; the write phase goes from the plan, when it is told, to the last write in the server's " +
  "log and holds the look at every entry before it is written. One by one is a loop in Node over one kept connection that " +
  "sends each body, looks at nothing before, and reads each full answer";

export function update({ posts: count = POSTS, rounds = ROUNDS } = {}) {
  return withSite(async (site) => {
    const first = freshDir(site, "first");
    const posts = await firstPublish(site, first, count);
    await site.keep();
    let run = 0;
    const live = await site.live();
    const wanted = { updated: count, verified: count, failed: 0 };
    const edited = () => {
      run += 1;
      const dir = path.join(site.work, `run-${run}`);
      cpSync(first, dir, { recursive: true });
      writeBenchPosts(path.join(dir, "posts"), count, 1);
      return dir;
    };
    const changed = posts.map(({ id, content }) => ({
      id,
      content: `${content}\n\n<p>Edition 1 of it.</p>`,
    }));
    const { samples, noise } = await interleave(rounds, {
      ours: from(site, live, () => ours(site, edited(), wanted, ["--max-changes", String(count)])),
      rest: from(site, live, () => theirs(site, () => restUpdates(site, changed))),
    });
    const [whole, write, both] = ["whole", "write", "both"].map((name) =>
      samples.ours.map((one) => one[name]),
    );
    const rest = samples.rest.map(({ ms }) => ms);
    return resultOf(
      UPDATE_METHOD(site, { posts: count, rounds }),
      [
        ["ours, whole command, s", seconds(whole)],
        ["ours, write phase, s", seconds(write)],
        ["ours, writing and reading back, s", seconds(both)],
        ["one by one over REST, s", seconds(rest)],
        cpuPerPost("ours", samples.ours, count),
        cpuPerPost("one by one", samples.rest, count),
      ],
      [promise("write phase against one by one", 4, write, rest)],
      noise,
    );
  });
}
