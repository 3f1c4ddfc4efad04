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

export function remoteChanges(base: Base, remote: Remote): readonly Part[] {
  return remote.fingerprint === undefined ? [] : changedParts(base.remote, remote.fingerprint);
}

/**
 * A base of an older algorithm version in the words of a newer one, found out by reading: `then` and `now` are
 * today's side under both. A part that says what it said keeps saying so; one that was changed stays changed.
 */
export function carriedOver(base: Fingerprint, then: Fingerprint, now: Fingerprint): Fingerprint {
  const changed = new Set(changedParts(base, then));
  const kept = Object.entries(base.parts).filter(([part]) => changed.has(part));
  const said = Object.entries(now.parts).filter(([part]) => !changed.has(part));
  return { v: now.v, parts: Object.fromEntries([...kept, ...said]) };
}
