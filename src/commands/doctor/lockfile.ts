// Whether what a lockfile says fits together, the files beside it, and the connections of this machine.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { LOCK_FILE } from "../../content/config.ts";
import type { LockEntry } from "../../content/lockfile.ts";
import type { Root } from "../../engine/root.ts";
import type { Finding } from "../../report/findings.ts";
import { quoted } from "../../report/summary.ts";
import type { ConnectionRecord } from "../../store/connections.ts";
import { trouble } from "./checks.ts";

/** `connected`: undefined where it is not known who is. */
export function inconsistencies(
  root: Root,
  connected: readonly ConnectionRecord[] | undefined,
): readonly Finding[] {
  return [
    ...foreign(root, connected ?? []),
    ...nameless(root),
    ...shared(root),
    ...doubled(root),
    ...orphaned(root),
  ];
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
        cure: `If that site has moved: ainstein-cms connections set-url ${header.target} ${quoted(record.url)}. If this is another site, connect it under another name.`,
      }),
    ];
  });
}

/** Targets with lines, of which no line says which site they are. */
function nameless({ dir, lock }: Root): readonly Finding[] {
  const told = lock.headers.map(({ target }) => target);
  const names = [...new Set(lock.entries.map(({ target }) => target))].filter((name) => !told.includes(name));
  return names.map((name) =>
    trouble("roots", "warning", {
      code: "lockfile-no-site",
      seen: `${join(dir, LOCK_FILE)} has lines of ${name}, and none that says which site that is.`,
      means: "Nothing would notice that they are another site's.",
      cure: `Restore the line from git: {"target":"${name}","platform":…,"site":…}. Without it the next run takes the site of the connection.`,
    }),
  );
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

/** Files that are two entries of one target, as merged branches leave them that both created it. */
function doubled({ dir, lock }: Root): readonly Finding[] {
  const ids = new Map<string, Set<string>>();
  for (const { target, path, locale, id } of lock.entries) {
    const key = JSON.stringify([target, path, locale]);
    ids.set(key, (ids.get(key) ?? new Set()).add(id));
  }
  return [...ids].flatMap(([key, found]) => {
    if (found.size < 2) return [];
    const [target, path] = JSON.parse(key) as string[];
    return [
      trouble("roots", "warning", {
        code: "lockfile-two-entries",
        seen: `In ${join(dir, LOCK_FILE)} ${path} is the entries ${[...found].join(" and ")} of ${target}.`,
        means:
          "A run goes by the one that the site still has as its line says; the other stays there unattended.",
        cure: "Look at both on the site, remove the one that is too many there, and its line here.",
      }),
    ];
  });
}

const MOST_NAMED = 3;

/** Lines whose file is gone. */
function orphaned({ dir, lock }: Root): readonly Finding[] {
  const paths = [...new Set(lock.entries.map(({ path }) => path))];
  const gone = paths.filter((path) => !existsSync(join(dir, path)));
  if (gone.length === 0) return [];
  const more = gone.length > MOST_NAMED ? `, and ${gone.length - MOST_NAMED} more` : "";
  return [
    trouble("roots", "warning", {
      code: "lockfile-no-file",
      seen: `${join(dir, LOCK_FILE)} knows documents whose files are gone: ${gone.slice(0, MOST_NAMED).join(", ")}${more}.`,
      means: "Their entries stay as they are at the site.",
      cure: "ainstein-cms push --delete removes these entries, `ainstein-cms unlink` lets go of them, git brings the files back.",
    }),
  ];
}
