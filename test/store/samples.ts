// Rows of every table as the tests of the store begin with them.

import type { NewConflict } from "../../src/store/conflicts.ts";
import type { ConnectionRecord } from "../../src/store/connections.ts";
import type { NewIntent } from "../../src/store/journal.ts";
import type { NewRun } from "../../src/store/runs.ts";
import type { NewVersion } from "../../src/store/versions.ts";

export const connection: ConnectionRecord = {
  name: "wp",
  platform: "wordpress",
  url: "https://example.org",
  auth: "app-password",
  settings: {},
  site: "site",
  siteTitle: "Example",
  account: "admin",
  createdAt: "2026-01-01T00:00:00.000Z",
  checkedAt: "2026-01-01T00:00:00.000Z",
};

export const run: NewRun & { readonly actor: object; readonly options: object } = {
  id: "r1",
  command: "push",
  target: "wp",
  site: "site",
  root: "/work",
  startedAt: "2026-01-01T00:00:00.000Z",
  pid: 7,
  host: "here",
  actor: { user: "ada" },
  options: { delete: true },
};

export const intent: NewIntent = {
  run: "r1",
  site: "site",
  rootId: "root",
  op: "create",
  path: "a.md",
  locale: "de",
  key: "k1",
  payload: { slug: "a" },
};

/** A version whose digest and text both follow from `says`. */
export function version(says: string, more: Partial<NewVersion> = {}): NewVersion {
  return {
    site: "site",
    rootId: "root",
    path: "a.md",
    locale: "",
    id: "1",
    kind: "post",
    side: "site",
    event: "seen",
    digest: `digest of ${says}`,
    sealed: Buffer.from(`sealed ${says}`),
    at: "2026-01-01T00:00:00.000Z",
    ...more,
  };
}

export const conflict: NewConflict = {
  site: "site",
  rootId: "root",
  target: "wp",
  path: "a.md",
  locale: "",
  id: "1",
  kind: "post",
  reason: "both-changed",
  parts: ["title", "body"],
  sealed: Buffer.from("both sides"),
  run: "r1",
  foundAt: "2026-01-01T00:00:00.000Z",
};
