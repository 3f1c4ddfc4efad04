// Whether content directories and their lockfiles are in order, offline.
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { environmentNames } from "../../auth/environment.ts";
import { CONFIG_FILE, findRoot, LOCK_FILE } from "../../content/config.ts";
import { headBytes } from "../../content/git.ts";
import type { LockEntry } from "../../content/lockfile.ts";
import { writeFileAtomic } from "../../content/tree.ts";
import { openRoot, type Root } from "../../engine/root.ts";
import { asFault } from "../../lib/fault.ts";
import type { Finding } from "../../report/findings.ts";
import { type ConnectionRecord, listConnections } from "../../store/connections.ts";
import { listRoots } from "../../store/runs.ts";
import type { Context } from "../context.ts";
import { broken, mended, note, trouble, well } from "./checks.ts";
import { type Machine, storeOf } from "./subject.ts";

const MOST_ROOTS = 200;

/** All that runs were about, and the one we are in. */
export async function roots({ context, fix }: Machine): Promise<readonly Finding[]> {
  const store = storeOf(context);
  const here = await findRoot(context.cwd);
  const isRoot = [CONFIG_FILE, LOCK_FILE].some((name) => existsSync(join(here, name)));
  const known = store === undefined ? [] : listRoots(store);
  const all = [...new Set([...(isRoot ? [here] : []), ...known])].slice(0, MOST_ROOTS);
  if (all.length === 0) return [note("roots", "no directory is known that was kept in step with a site")];
  const connected = store === undefined ? [] : listConnections(store);
  const findings: Finding[] = [];
  for (const dir of all) findings.push(...(await lookAtRoot(context, dir, connected, fix)));
  return findings;
}

async function lookAtRoot(
  context: Context,
  dir: string,
  connected: readonly ConnectionRecord[],
  fix: boolean,
): Promise<readonly Finding[]> {
  if (!existsSync(dir)) return [note("roots", `${dir} is no longer there`)];
  let root: Root;
  try {
    root = await openRoot(dir, context.env);
  } catch (thrown) {
    const fault = asFault(thrown);
    if (fault.kind === "defect") throw thrown;
    return [broken("roots", fault, `Nothing can be done with ${dir}.`)];
  }
  const given = environmentNames(context.env);
  const findings = [
    ...(root.lockGone ? [await gone(context, root, fix)] : []),
    ...foreign(
      root,
      connected.filter(({ name }) => !given.includes(name)),
    ),
    ...unknownTargets(root, [...connected.map(({ name }) => name), ...given]),
    ...shared(root),
    ...((await root.shallow()) ? [shallow(root)] : []),
  ];
  if (findings.length > 0) return findings;
  const { entries, headers } = root.lock;
  return [well("roots", `${dir}: ${entries.length} documents known at ${headers.length} targets`)];
}

/** What the last commit holds is put back, and nothing else of the work tree is touched. */
async function gone({ env }: Context, { dir, lockPath }: Root, fix: boolean): Promise<Finding> {
  const committed = fix ? await headBytes(dir, LOCK_FILE, env) : undefined;
  if (committed !== undefined && !existsSync(lockPath)) {
    await writeFileAtomic(dirname(lockPath), basename(lockPath), committed);
    return mended("roots", "lockfile-gone", `${lockPath} was gone, and is again as the last commit holds it`);
  }
  return trouble("roots", "broken", {
    code: "lockfile-gone",
    seen: `${lockPath} is gone, though the last commit has it.`,
    means: "It says which file is which entry; commands go by the committed one, as long as that is there.",
    cure: `git -C ${dir} checkout -- ${LOCK_FILE}`,
    fixable: true,
  });
}

/** Targets of which the lockfile speaks as another site than the connection leads to. */
function foreign({ dir, lock }: Root, connected: readonly ConnectionRecord[]): readonly Finding[] {
  return lock.headers.flatMap((header) => {
    const record = connected.find(({ name }) => name === header.target);
    if (record === undefined || record.site === header.site) return [];
    return [
      trouble("roots", "broken", {
        code: "lockfile-other-site",
        seen: `${join(dir, LOCK_FILE)} knows ${header.target} as ${header.site}; the connection leads to ${record.site}.`,
        means: "No write of this root goes there.",
        cure: `If that site has moved: ainstein-cms connections set-url ${header.target} ${record.url}. If this is another site, connect it under another name.`,
      }),
    ];
  });
}

function unknownTargets({ dir, config }: Root, names: readonly string[]): readonly Finding[] {
  const unknown = (config.targets ?? []).map(({ name }) => name).filter((name) => !names.includes(name));
  if (unknown.length === 0) return [];
  return [
    trouble("roots", "warning", {
      code: "target-unknown",
      seen: `${join(dir, CONFIG_FILE)} names targets that are not connected here: ${unknown.join(", ")}.`,
      cure: `ainstein-cms connect <platform> --name ${unknown[0]}`,
    }),
  ];
}

/** Several files that are one entry, as merged branches leave them that both brought it in. */
function shared({ dir, lock }: Root): readonly Finding[] {
  const files = new Map<string, Set<string>>();
  for (const entry of lock.entries) {
    const key = keyOf(entry);
    files.set(key, (files.get(key) ?? new Set()).add(entry.path));
  }
  return [...files].flatMap(([key, paths]) => {
    if (paths.size < 2) return [];
    const [target = "", , id = ""] = JSON.parse(key) as string[];
    const [first = "", ...others] = [...paths].sort();
    return [
      trouble("roots", "warning", {
        code: "lockfile-shared-entry",
        seen: `In ${join(dir, LOCK_FILE)} entry ${id} of ${target} is ${[first, ...others].join(" and ")}.`,
        means: "If they differ, one file's text would go over the other's.",
        cure: `Keep one of them, and for each other: ainstein-cms unlink ${others[0]} --target ${target}`,
      }),
    ];
  });
}

function keyOf({ target, kind, id, locale }: LockEntry): string {
  return JSON.stringify([target, kind, id, locale]);
}

function shallow({ dir }: Root): Finding {
  return trouble("roots", "warning", {
    code: "git-shallow",
    seen: `${dir} is a shallow clone: older versions of files are not there.`,
    means: "A file without a line in the lockfile cannot be told from one that was edited at the site.",
    cure: "git fetch --unshallow; in CI, fetch-depth: 0",
  });
}
