// One target's run, as far as the lockfile is concerned: writes its own lines again and again, and looks whether they are there.
import { writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { argv } from "node:process";
import { linesFor, openRoot, reloadLock, writeLockfile } from "../../src/engine/root.ts";
import type { Site } from "../../src/engine/site.ts";
import type { Base } from "../../src/sync/model.ts";

const [, , dir = "", target = "", times = "", start = ""] = argv;

function line(n: number): Base {
  const side = { v: 1, parts: { title: `t${n}` } };
  const place = { path: `${target}-${n}.md`, locale: "", id: `${n}`, kind: "post", scope: "", slug: `${n}` };
  return {
    ...place,
    state: "draft",
    revision: "r",
    racy: false,
    blob: "",
    local: side,
    remote: side,
    media: {},
  };
}

const site = {
  target: { name: target, platform: "local" },
  account: { site: `site of ${target}` },
  media: { byDigest: () => undefined },
  terms: { used: new Map() },
  unreachable: () => new Set(),
} as unknown as Site;

await new Promise((resolve) => setTimeout(resolve, Number(start) - Date.now()));
const root = await openRoot(dir, {});
const lines: Base[] = [];
let lost = 0;
for (let n = 0; n < Number(times); n += 1) {
  lines.push(line(n));
  await writeLockfile(root, site, lines);
  const found = linesFor(await reloadLock({ ...root, lock: { ...root.lock, entries: [] } }), target);
  if (found.length !== lines.length) lost += 1;
}
const text = await readFile(root.lockPath, "utf8");
writeSync(1, `${lost} ${text.includes(`"target":"${target}"`)}\n`);
