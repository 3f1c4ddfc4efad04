// How many requests a publication of many items takes, and how much of what Webflow allows is used by it: against the sandbox,
// which counts the requests of a minute as Webflow does.
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { calibrate, noiseOf, round } from "./bench-measure.mjs";
import { sandboxModule } from "./bench-sandbox.mjs";
import { expectSummary, runProgram } from "./bench-site.mjs";

const ITEMS = 2000;
/** As on Webflow's smallest plan. */
const PER_MINUTE = 60;
const MOST_EACH = 1 / 50;
const LEAST_SHARE = 0.95;

/** Of a paragraph each: a hundred go with a request, and the machine is to be faster than Webflow's limit. */
function writeItems(dir, edition) {
  mkdirSync(dir, { recursive: true });
  for (let n = 1; n <= ITEMS; n++) {
    const text = `---\ntitle: Item ${n} of a measurement\n---\n\nEdition ${edition} of *item* ${n}.\n`;
    writeFileSync(path.join(dir, `item-${String(n).padStart(5, "0")}.md`), text);
  }
}

/** Requests while this is done, and their share of what the minutes allow from the first that writes to the last of all. */
async function during(seen, work) {
  seen.length = 0;
  const { summary } = await work();
  const begun = seen.findIndex(({ method }) => method !== "GET");
  const allowed = ((seen.at(-1).at - seen[begun].at) / 60_000) * PER_MINUTE;
  const writes = seen.filter(({ method }) => method !== "GET").length;
  return { summary, writes, reads: seen.length - writes, share: (seen.length - 1 - begun) / allowed };
}

const figuresOf = (what, { writes, reads, share }) => ({
  [`${what}: requests that write, for each item (at most ${MOST_EACH})`]: round(writes / ITEMS, 4),
  [`${what}: requests that read, for each item`]: round(reads / ITEMS, 4),
  [`${what}: share of what is allowed (at least ${LEAST_SHARE})`]: round(share, 3),
});

export async function webflow() {
  const dir = mkdtempSync(path.join(tmpdir(), "ainstein-webflow-"));
  const { startWebflowSandbox } = await sandboxModule(dir, "webflow");
  const sandbox = await startWebflowSandbox({ behaviours: { perMinute: PER_MINUTE } });
  try {
    const { url, token, behaviours, minute } = sandbox;
    const connection = { platform: "webflow", url, auth: "token", token, settings: { codeBlocks: "embed" } };
    const seen = [];
    behaviours.onRequest = (method) => seen.push({ method, at: Date.now() });
    const env = {
      AINSTEIN_HOME: path.join(dir, "home"),
      AINSTEIN_KEY: randomBytes(32).toString("base64"),
      AINSTEIN_CONNECTION_SITE: JSON.stringify(connection),
    };
    const publish = (edition) => {
      writeItems(path.join(dir, "items"), edition);
      const args = ["publish", "./items", "--target", "site", "--yes", "--max-changes", String(ITEMS)];
      return during(seen, () => runProgram(args, { cwd: dir, env }));
    };
    const before = await calibrate();
    const created = await publish(0);
    expectSummary(created.summary, { created: ITEMS, verified: ITEMS, failed: 0 });
    const updated = await publish(1);
    expectSummary(updated.summary, { updated: ITEMS, verified: ITEMS, failed: 0 });
    const noise = noiseOf([before, await calibrate()]);
    const keeps = ({ writes, share }) => writes / ITEMS <= MOST_EACH && share >= LEAST_SHARE;
    const ok = keeps(created) && keeps(updated) && minute.refused === 0;
    return {
      method:
        `${ITEMS} items of a paragraph published by the program to the sandbox in another process, which takes ${PER_MINUTE} requests in a minute, and then all of them changed and published again; ` +
        `the share is that of the requests from the first that writes to the last of all in what the time between them allows; ${noise.words}`,
      figures: {
        ...figuresOf("new", created),
        ...figuresOf("changed", updated),
        "refused as too many (none)": minute.refused,
      },
      ok,
      // A machine that is busy with other things is slower than the limit.
      ...(!ok && noise.tooNoisy ? { noisy: noise.words } : {}),
    };
  } finally {
    await sandbox.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
