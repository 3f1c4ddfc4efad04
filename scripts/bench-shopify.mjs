// How much of what Shopify allows is used by a publication of many articles: against the sandbox, which counts points as
// Shopify does.
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { round } from "./bench-measure.mjs";
import { benchPost } from "./bench-posts.mjs";
import { sandboxModule } from "./bench-sandbox.mjs";
import { expectSummary, runProgram } from "./bench-site.mjs";

const ARTICLES = 1000;
/** A second of Shopify's takes a fifth of one: the bucket fills up so much faster, and is no larger. */
const SCALE = 5;
const BUCKET = 2000;
const PER_SECOND = 100;
const LEAST_SHARE = 0.95;

/** In bulk the articles would cost next to nothing, and there would be no pace to look at. */
const BEHAVIOURS = { maximumAvailable: BUCKET, restoreRate: PER_SECOND * SCALE, bulkLimit: 0 };

function writeArticles(dir) {
  mkdirSync(dir);
  for (let n = 1; n <= ARTICLES; n++) {
    const text = benchPost(n).replace(/categories: .*\n/, "");
    writeFileSync(path.join(dir, `article-${String(n).padStart(5, "0")}.md`), text);
  }
}

/** Each request with the points in the bucket and those spent before it. */
function watch({ behaviours, bucket }) {
  const seen = [];
  behaviours.onRequest = (query) => {
    const now = Date.now();
    const back = ((now - bucket.at) / 1000) * behaviours.restoreRate;
    const available = Math.min(BUCKET, bucket.available + back);
    seen.push({ at: now, creates: query.includes("articleCreate("), available, spent: bucket.spent });
  };
  return seen;
}

export async function shopify() {
  const dir = mkdtempSync(path.join(tmpdir(), "ainstein-shopify-"));
  const { startShopifySandbox } = await sandboxModule(dir, "shopify");
  const sandbox = await startShopifySandbox({ behaviours: BEHAVIOURS });
  try {
    const { url, token, bucket, store } = sandbox;
    const articles = path.join(dir, "articles");
    writeArticles(articles);
    const seen = watch(sandbox);
    const { summary } = await runProgram(["publish", "./articles", "--target", "shop", "--yes"], {
      cwd: dir,
      env: {
        AINSTEIN_HOME: path.join(dir, "home"),
        AINSTEIN_KEY: randomBytes(32).toString("base64"),
        AINSTEIN_CONNECTION_SHOP: JSON.stringify({ platform: "shopify", url, auth: "token", token }),
      },
    });
    expectSummary(summary, { created: ARTICLES, verified: ARTICLES, failed: 0 });
    if (store.articles.size !== ARTICLES) throw new Error(`the shop has ${store.articles.size} articles`);
    const first = seen.find(({ creates }) => creates);
    const last = seen.at(-1);
    const spent = bucket.spent - first.spent;
    const allowed = first.available + ((last.at - first.at) / 1000) * PER_SECOND * SCALE;
    const share = spent / allowed;
    return {
      method:
        `${ARTICLES} articles of 5 KB published by the program to the sandbox in another process, whose bucket holds ${BUCKET} points and gets back ${PER_SECOND} in a second, ` +
        `its seconds ${1 / SCALE} s long, and which begins no bulk operations; the share is that of the points spent in what the bucket allowed from the first create to the last request, what was in it at that time included`,
      figures: {
        "points spent": spent,
        "points allowed": round(allowed, 0),
        [`share of what is allowed (at least ${LEAST_SHARE})`]: round(share, 3),
        "points for each article": round(bucket.spent / ARTICLES, 1),
        "requests for each article": round(summary.requests / ARTICLES, 2),
        "articles in a minute of Shopify's": round((ARTICLES * 60_000) / ((last.at - first.at) * SCALE), 0),
        "refused as throttled (none)": bucket.throttled,
      },
      ok: share >= LEAST_SHARE && bucket.throttled === 0,
    };
  } finally {
    await sandbox.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
