// How much of a vendor's limit is used, and that it is never passed: against servers that count as vendors do.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { round } from "./bench-measure.mjs";
import { capture } from "./commands.mjs";
import { root } from "./setup.mjs";

/** A minute of the vendor's takes four seconds. */
const SCALE = 15;
const WINDOW_MS = 60_000 / SCALE;
/** A server that is held up for longer counts requests as one that came one by one. */
const STALL_LIMIT_MS = WINDOW_MS / 100;
const LEAST_SHARE = 0.95;

const bucketHeader = "x-shopify-shop-api-call-limit";
const vendors = {
  "60 a minute, of which the server says nothing": {
    limit: { type: "window", requests: 60, seconds: 60, silent: true },
    pace: { perSecond: 1, window: 60 },
    requests: 150,
    allowed: ({ servedMs }) => 1 + (servedMs / 1000) * SCALE,
  },
  "120 a minute": {
    limit: { type: "window", requests: 120, seconds: 60 },
    pace: { perSecond: 2, window: 60 },
    requests: 300,
    allowed: ({ servedMs }) => 1 + (servedMs / 1000) * 2 * SCALE,
  },
  "bucket of 40, 2 a second": {
    limit: { type: "bucket", capacity: 40, perSecond: 2 },
    pace: { perSecond: 2, burst: 40, tells: { bucketHeader } },
    requests: 340,
    allowed: ({ servedMs }) => 40 + (servedMs / 1000) * 2 * SCALE,
  },
  "2000 points, 100 a second, 50 a query": {
    limit: { type: "cost", capacity: 2000, perSecond: 100, cost: 50 },
    pace: { perSecond: 100, burst: 2000, tells: { graphqlCost: true } },
    cost: 10,
    requests: 340,
    allowed: ({ servedMs }) => 40 + (servedMs / 1000) * 2 * SCALE,
  },
};

/** The fake sites, and the program that asks them, as Node can run them. */
async function bundles(dir) {
  symlinkSync(path.join(root, "node_modules"), path.join(dir, "node_modules"));
  await build({
    entryPoints: ["limits", "limits-client"].map((name) => path.join(root, "test/fakes", `${name}.ts`)),
    outdir: dir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    logLevel: "warning",
  });
  const { limitedSite, mostWithin } = await import(pathToFileURL(path.join(dir, "limits.mjs")).href);
  return { limitedSite, mostWithin, client: path.join(dir, "limits-client.mjs") };
}

function scaled(pace) {
  const window = pace.window === undefined ? {} : { window: pace.window / SCALE };
  return { ...pace, ...window, perSecond: pace.perSecond * SCALE };
}

/** What the site saw of so many processes that share one installation and send as fast as they may. */
async function asked({ limitedSite, client }, dir, vendor, processes) {
  const site = await limitedSite(vendor.limit, SCALE);
  const asking = {
    url: site.url,
    home: path.join(dir, randomUUID()),
    pace: scaled(vendor.pace),
    requests: vendor.requests / processes,
    callers: 4,
    ...(vendor.cost === undefined ? {} : { cost: vendor.cost }),
  };
  const run = () => capture(process.execPath, [client, JSON.stringify(asking)], { cwd: dir });
  try {
    const done = await Promise.all(Array.from({ length: processes }, run));
    const failed = done.find(({ status }) => status !== 0);
    if (failed !== undefined) throw new Error(`a client ended with ${failed.status}: ${failed.stderr}`);
    const sent = done.flatMap(({ stdout }) => stdout.trim().split("\n").map(Number));
    return { ...site.seen(), sent: sent.sort((a, b) => a - b) };
  } finally {
    await site.stop();
  }
}

export async function limits() {
  const dir = mkdtempSync(path.join(tmpdir(), "ainstein-limits-"));
  const figures = {};
  let ok = true;
  let stalledMs = 0;
  try {
    const parts = await bundles(dir);
    for (const [name, vendor] of Object.entries(vendors)) {
      for (const processes of [1, 2]) {
        const seen = await asked(parts, dir, vendor, processes);
        const share = seen.served / vendor.allowed(seen);
        const who = `${name}, ${processes === 1 ? "one process" : "two processes"}`;
        figures[`${who}: share of what is allowed (at least ${LEAST_SHARE})`] = round(share);
        figures[`${who}: refused (none)`] = seen.refused;
        if (vendor.limit.type === "window") {
          const most = parts.mostWithin(seen.sent, WINDOW_MS);
          figures[`${who}: most sent in any window (at most ${vendor.limit.requests})`] = most;
          ok &&= most <= vendor.limit.requests;
        }
        ok &&= share >= LEAST_SHARE && seen.refused === 0;
        stalledMs = Math.max(stalledMs, seen.stalledMs);
      }
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  return {
    method:
      `requests sent as fast as the pace allows, four callers in each process, to a server on loopback that counts as the vendor does, its minutes ${60 / SCALE} s long; ` +
      "the share is that of requests served in what the window or bucket allows from the first to the last of them, a full bucket included; two processes share one installation",
    figures,
    ok,
    ...(ok || stalledMs <= STALL_LIMIT_MS
      ? {}
      : { noisy: `the counting server was held up for ${Math.round(stalledMs)} ms by other work` }),
  };
}
