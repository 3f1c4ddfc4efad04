// How many requests the program makes for its work, counted by the server.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expectSummary, runProgram, siteInWords, withSite } from "./bench-site.mjs";
import { writeBulk } from "./bulk.mjs";

const POSTS = 200;
/** Of WordPress: what one page of a listing holds. */
const PAGE = 100;
/** Documents per write, at least, where the platform has bulk. */
const PER_WRITE = 20;
const PUBLISH = ["publish", "./posts", "--target", "wp", "--yes"];
const MEDIA = /^\/wp\/v2\/media(\/|$)/;
const TERMS = /^\/wp\/v2\/(tags|categories)(\/|$)/;
const STATUS = ["status", "./posts", "--target", "wp"];

function count(requests) {
  const writes = requests.filter(({ method }) => !["GET", "HEAD", "OPTIONS"].includes(method));
  const reads = requests.filter((one) => !writes.includes(one));
  const to = (some, pattern) => some.filter(({ route }) => pattern.test(route)).length;
  return {
    all: requests.length,
    reads: reads.length,
    lookingForUploads: to(reads, MEDIA),
    writes: writes.length,
    uploads: to(writes, MEDIA),
    terms: to(writes, TERMS),
  };
}

function editAll(dir) {
  for (const name of readdirSync(dir).filter((one) => one.endsWith(".md"))) {
    const file = path.join(dir, name);
    writeFileSync(file, `${readFileSync(file, "utf8")}\nOne more paragraph.\n`);
  }
}

/** What one run promises, as lines of figures; `listing` are the reads of a run that only looks. */
function promises(name, { server, told }, documents, listing) {
  const perDocument = (server.writes - server.uploads - server.terms) / documents;
  const mostWrites = 1 / PER_WRITE;
  const mostReads = listing + 2 * Math.ceil(documents / PAGE);
  const reads = server.reads - server.lookingForUploads;
  return {
    rows: [
      [`${name}: uploads and terms`, server.uploads + server.terms],
      [`${name}: other writes per document (at most ${mostWrites})`, Number(perDocument.toFixed(3))],
      [`${name}: reads besides those for uploads (at most ${mostReads})`, reads],
      [`${name}: looks for uploads that are there`, server.lookingForUploads],
      [`${name}: requests as the summary says (no other than ${server.all})`, told],
    ],
    kept: perDocument <= mostWrites && reads <= mostReads && told === server.all,
  };
}

/** Requests of one run by what the server and the summary count. */
async function counted(site, dir, args, wanted = {}) {
  await site.log();
  const { summary } = await runProgram(args, { cwd: dir, env: site.env(path.join(site.work, "home")) });
  expectSummary(summary, wanted);
  return { server: count(await site.log()), told: summary.requests };
}

export function requests({ posts = POSTS } = {}) {
  return withSite(async (site) => {
    const dir = path.join(site.work, "root");
    mkdirSync(dir);
    writeBulk(path.join(dir, "posts"), posts);
    const look = await counted(site, dir, STATUS);
    const first = await counted(site, dir, PUBLISH, { created: posts, verified: posts, failed: 0 });
    const again = await counted(site, dir, PUBLISH, { unchanged: posts, writes: 0, failed: 0 });
    editAll(path.join(dir, "posts"));
    const meant = ["--max-changes", String(posts)];
    const changed = await counted(site, dir, [...PUBLISH, ...meant], {
      updated: posts,
      verified: posts,
      failed: 0,
    });
    const made = promises("created", first, posts, look.server.reads);
    const updated = promises("changed", changed, posts, again.server.reads);
    return {
      method:
        `${posts} posts with tables, code, nested lists, images and terms, published to a new ${siteInWords(site)}, then ` +
        "the same command again, then once more after each file was changed; requests counted in the log of the server. " +
        `Reads are held against those of a run that has nothing to do, and two for every ${PAGE} documents`,
      figures: Object.fromEntries([
        ["only looking at the new site: reads", look.server.reads],
        ...made.rows,
        ["nothing to do: reads", again.server.reads],
        ["nothing to do: writes (at most 0)", again.server.writes],
        ...updated.rows,
      ]),
      ok: made.kept && updated.kept && again.server.writes === 0,
    };
  });
}
