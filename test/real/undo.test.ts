import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { push } from "../../src/commands/push.ts";
import { runs } from "../../src/commands/runs.ts";
import { bench, removeTempDirs } from "../commands/bench.ts";
import { actionsOf, document, FRESH } from "../commands/undo-scene.ts";
import { rowsOf } from "../fakes/wordpress-drafts.ts";
import { type RealSite, startRealSite } from "../fakes/wordpress-real.ts";

let site: RealSite;

beforeAll(async () => {
  site = await startRealSite();
});

afterAll(async () => {
  await site.stop();
  removeTempDirs();
});

const TARGET = { target: ["wp"] };

it("undoes a mixed run on WordPress to the last field, and the undo in its turn", async () => {
  const { api, users } = site.wordpress;
  const auth = { auth: "app-password", username: "admin", password: users.admin };
  const connection = JSON.stringify({ platform: "wordpress", url: api, ...auth });
  const operator = bench({ env: { AINSTEIN_CONNECTION_WP: connection } });
  const edit = (path: string, from: string, to: string) =>
    operator.write(path, operator.read(path).replace(from, to));
  const entries = async () => {
    const rows = await rowsOf(site.connector);
    const found = await Promise.all(rows.map(({ id }) => site.read(id)));
    return Object.fromEntries(found.map(({ id, wire }) => [id, wire]));
  };
  operator.write("draft.md", document("Draft", "status: draft\n"));
  for (const name of ["edited", "removed", "unpublished"])
    operator.write(`${name}.md`, document(name, "status: published\nexcerpt: What it is.\ntags: [one]\n"));
  await operator.run(push, [], TARGET);
  const before = await entries();
  operator.write("fresh.md", FRESH);
  edit("edited.md", "number 2", "number two");
  edit("edited.md", "tags: [one]", "tags: [one, two]");
  edit("draft.md", "status: draft", "status: published");
  edit("unpublished.md", "status: published", "status: private");
  rmSync(join(operator.root, "removed.md"));
  const done = await operator.run(push, [], { ...TARGET, delete: true });
  expect(actionsOf(done)).toMatchObject({
    "fresh.md": "create ok",
    "edited.md": "update ok",
    "draft.md": "publish ok",
    "unpublished.md": "unpublish ok",
    "removed.md": "delete ok",
  });
  const after = await entries();
  const undone = await operator.run(runs, ["undo", "last"], { withFiles: true });
  expect(undone.results.flatMap(({ fault }) => fault?.message ?? [])).toEqual([]);
  expect(await entries()).toEqual(before);
  const redone = await operator.run(runs, ["undo", "last"], { withFiles: true });
  expect(redone.results.flatMap(({ fault }) => fault?.message ?? [])).toEqual([]);
  expect(await entries()).toEqual(after);
  const again = await operator.run(push, [], TARGET);
  expect(again.summary).toMatchObject({ writes: 0, conflicts: 0, failed: 0 });
});
