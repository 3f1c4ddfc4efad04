import type { Base, Fingerprint, Local, Remote, Subject } from "../../src/sync/model.ts";

type Parts = Readonly<Record<string, string>>;

export const print = (parts: Parts): Fingerprint => ({ v: 1, parts });

export function base(parts: Parts, remote: Parts = parts, over: Partial<Base> = {}): Base {
  return {
    path: "posts/a.md",
    locale: "",
    id: "7",
    kind: "post",
    scope: "",
    slug: "a",
    state: "published",
    revision: "r1",
    racy: false,
    blob: "b1",
    local: print(parts),
    remote: print(remote),
    media: {},
    ...over,
  };
}

export function local(parts: Parts, over: Partial<Local> = {}): Local {
  return {
    path: "posts/a.md",
    locale: "",
    kind: "post",
    scope: "",
    slug: "a",
    title: "A",
    state: undefined,
    date: undefined,
    blob: "b2",
    fingerprint: print(parts),
    protectedBy: undefined,
    ...over,
  };
}

export function remote(parts: Parts | undefined, over: Partial<Remote> = {}): Remote {
  return {
    id: "7",
    locale: "",
    kind: "post",
    scope: "",
    slug: "a",
    url: "https://example.org/a/",
    title: "A",
    revision: parts === undefined ? "r1" : "r2",
    state: "published",
    protected: false,
    pendingChanges: false,
    bodyOwner: undefined,
    fingerprint: parts === undefined ? undefined : print(parts),
    ...over,
  };
}

export function subject(over: Partial<Subject>): Subject {
  return {
    base: undefined,
    local: undefined,
    remote: undefined,
    differing: undefined,
    newPath: undefined,
    interrupted: [],
    mergeable: [],
    reverted: [],
    held: false,
    ...over,
  };
}
