import type { Base, Fingerprint, Local, Part, Remote } from "./model.ts";

/** Parts that one fingerprint has and the other lacks or has differently, sorted. */
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
