// Whether content directories and their lockfiles are in order, offline.
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { environmentNames } from "../../auth/environment.ts";
import { CONFIG_FILE, findRoot, LOCK_FILE } from "../../content/config.ts";
import { headBytes } from "../../content/git.ts";
import { writeFileAtomic } from "../../content/tree.ts";
import { openRoot, type Root } from "../../engine/root.ts";
import { asFault, isFault } from "../../lib/fault.ts";
import type { Finding } from "../../report/findings.ts";
import { type ConnectionRecord, listConnections } from "../../store/connections.ts";
import { listRoots } from "../../store/runs.ts";
import type { Context } from "../context.ts";
import { broken, mended, note, trouble, well } from "./checks.ts";
import { inconsistencies } from "./lockfile.ts";
import { type Machine, storeOf } from "./subject.ts";

const MOST_ROOTS = 200;

/** All that runs were about, and the one we are in. */
export async function roots({ context, fix }: Machine): Promise<readonly Finding[]> {
  const { known, connected } = remembered(context);
  const here = await findRoot(context.cwd);
  const isRoot = [CONFIG_FILE, LOCK_FILE].some((name) => existsSync(join(here, name)));
  const all = [...new Set([...(isRoot ? [here] : []), ...known])].slice(0, MOST_ROOTS);
  if (all.length === 0) return [note("roots", "no directory is known that was kept in step with a site")];
  const findings: Finding[] = [];
  for (const dir of all) findings.push(...(await lookAtRoot(context, dir, connected, fix)));
  return findings;
}

interface Remembered {
  readonly known: readonly string[];
  /** Undefined where it cannot be known. */
  readonly connected: readonly ConnectionRecord[] | undefined;
}

/** Of a database that cannot be read another check has told: the directory that we are in is looked at all the same. */
function remembered(context: Context): Remembered {
  try {
    const store = storeOf(context);
    if (store === undefined) return { known: [], connected: [] };
    return { known: listRoots(store), connected: listConnections(store) };
  } catch (thrown) {
    if (!isFault(thrown) || thrown.kind === "defect") throw thrown;
    return { known: [], connected: undefined };
  }
}

async function lookAtRoot(
  context: Context,
  dir: string,
  connected: readonly ConnectionRecord[] | undefined,
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
    ...inconsistencies(
      root,
      connected?.filter(({ name }) => !given.includes(name)),
    ),
    ...(connected === undefined
      ? []
      : unknownTargets(root, [...connected.map(({ name }) => name), ...given])),
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

function shallow({ dir }: Root): Finding {
  return trouble("roots", "warning", {
    code: "git-shallow",
    seen: `${dir} is a shallow clone: older versions of files are not there.`,
    means: "A file without a line in the lockfile cannot be told from one that was edited at the site.",
    cure: "git fetch --unshallow; in CI, fetch-depth: 0",
  });
}
