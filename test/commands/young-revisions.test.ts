import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { type Bench, bench, removeTempDirs } from "./bench.ts";

const TARGET = { target: ["wp"] };

describe("an edit in the same second as another, which carries the same time", () => {
  let fake: FakeWordPress;
  let operator: Bench;

  beforeEach(async () => {
    fake = await startFakeWordPress();
    const connection = { platform: "wordpress", url: fake.url, auth: "app-password", username: "admin" };
    operator = bench({
      env: { AINSTEIN_CONNECTION_WP: JSON.stringify({ ...connection, password: fake.users.admin }) },
    });
  });
  afterEach(() => fake.stop());
  afterAll(removeTempDirs);

  const editOnSite = (from: string, to: string, modified: string) => {
    for (const post of fake.state.posts.values()) {
      post.content = post.content.replace(from, to);
      post.modified = modified;
    }
  };

  it("is seen, also by a run that comes after one that read the entry and found nothing", async () => {
    operator.write("a.md", "---\ntitle: A\n---\n\nFirst.\n\nSecond.\n");
    await operator.run(publish, [], TARGET);
    const now = new Date(Date.now() + 1000).toISOString().slice(0, 19);
    editOnSite("First.", "Their first.", now);
    expect((await operator.run(pull, [], TARGET)).summary).toMatchObject({ pulled: 1 });
    expect((await operator.run(pull, [], TARGET)).summary).toMatchObject({ unchanged: 1 });
    editOnSite("Second.", "Their second.", now);
    expect((await operator.run(pull, [], TARGET)).summary).toMatchObject({ pulled: 1 });
    expect(operator.read("a.md")).toContain("Their second.");
  });
});
