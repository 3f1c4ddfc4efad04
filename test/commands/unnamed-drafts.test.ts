import { afterAll, expect, it } from "vitest";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { startFakeWordPress } from "../fakes/wordpress.ts";
import { addPost } from "../fakes/wordpress-state.ts";
import { bench, removeTempDirs } from "./bench.ts";

afterAll(removeTempDirs);

it("brings drafts that have no slug yet, or the same one, each into a file of its own", async () => {
  const fake = await startFakeWordPress();
  try {
    for (const [title, slug] of [
      ["First", ""],
      ["Second", ""],
      ["Third", "same"],
      ["Fourth", "same"],
    ] as const) {
      addPost(fake.state, { title, slug, status: "draft", content: "<p>x</p>", date: "2026-01-01T00:00:00" });
    }
    const connection = {
      platform: "wordpress",
      url: fake.api,
      auth: "app-password",
      username: "admin",
      password: fake.users.admin,
    };
    const operator = bench({ env: { AINSTEIN_CONNECTION_WP: JSON.stringify(connection) } });
    const flags = { target: ["wp"] };
    const brought = await operator.run(pull, [], flags);
    expect(brought.results.filter((result) => result.status !== "ok")).toEqual([]);
    expect(brought.summary).toMatchObject({ pulled: 4 });
    const sent = await operator.run(push, [], flags);
    expect(sent.results.filter((result) => result.status === "failed")).toEqual([]);
    expect(sent.summary).toMatchObject({ writes: 0, failed: 0, unchanged: 4 });
    const other = bench({ env: operator.env });
    other.write("same.md", "---\ntitle: Third\n---\n\nx\n");
    const refused = await other.run(push, [], flags);
    expect(refused.results).toMatchObject([
      { path: "same.md", status: "failed", fault: { code: "duplicate" } },
    ]);
    expect(refused.summary).toMatchObject({ writes: 0 });
  } finally {
    await fake.stop();
  }
});
