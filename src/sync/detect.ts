import { groupOf } from "../content/groups.ts";
import type { Base, Fingerprint, Local, Part, Remote } from "./model.ts";

/** Parts that one fingerprint has and the other lacks or has differently, sorted. Both of one algorithm version. */
export function changedParts(before: Fingerprint, after: Fingerprint): readonly Part[] {
  const names = new Set([...Object.keys(before.parts), ...Object.keys(after.parts)]);
  return [...names].filter((part) => before.parts[part] !== after.parts[part]).sort();
}

export function localChanges(base: Base, local: Local): readonly Part[] {
  return local.blob === base.blob && local.fingerprint === base.local
    ? []
    : changedParts(base.local, local.fingerprint);
}

/**
 * Parts that the file says as it did when the site did not keep them. Its texts never come into the file as if somebody
 * had written them: an edit of theirs on the site meets what the file says as an edit of its own.
 */
export function unlikeParts(base: Base, local: Local): readonly Part[] {
  return Object.keys(base.notKept ?? {})
    .filter((part) => base.local.parts[part] === local.fingerprint.parts[part])
    .sort();
}

export function remoteChanges(base: Base, remote: Remote): readonly Part[] {
  return remote.fingerprint === undefined ? [] : changedParts(base.remote, remote.fingerprint);
}

/**
 * A base of an older algorithm version in the words of a newer one, found out by reading: `then` and `now` are
 * today's side under both. A part that says what it said keeps saying so; one that was changed stays changed. Of a part
 * that has since become several (`meta`: `meta.price`, `meta.size`), which of them changed cannot be told: all of
 * `names` that belong to it, and those it has now, stay changed, with the whole's hash.
 */
export function carriedOver(
  base: Fingerprint,
  then: Fingerprint,
  now: Fingerprint,
  names: readonly Part[] = [],
): Fingerprint {
  const changed = new Set(changedParts(base, then));
  const all = [...new Set([...names, ...Object.keys(now.parts)])];
  const kept = Object.entries(base.parts).flatMap(([part, hash]) => {
    if (!changed.has(part)) return [];
    const members = all.filter((name) => groupOf(name) === part);
    return (members.length === 0 ? [part] : members).map((name) => [name, hash] as const);
  });
  const isChanged = (part: Part) => changed.has(part) || changed.has(groupOf(part) ?? part);
  const said = Object.entries(now.parts).filter(([part]) => !isChanged(part));
  return { v: now.v, parts: Object.fromEntries([...kept, ...said]) };
}
