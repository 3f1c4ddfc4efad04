import { afterAll, expect, it } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { status } from "../../src/commands/status.ts";
import { startFaultProxy } from "../fakes/fault-proxy.ts";
import { startFakeWordPress } from "../fakes/wordpress.ts";
import { bench, removeTempDirs } from "./bench.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["wp"] };

it("asks for an entry's revisions once, where nothing else tells what both sides began from", async () => {
  const fake = await startFakeWordPress();
  const proxy = await startFaultProxy(fake.url);
  try {
    const connection = {
      platform: "wordpress",
      url: proxy.url,
      auth: "app-password",
      username: "admin",
      password: fake.users.admin,
    };
    const operator = bench({ env: { AINSTEIN_CONNECTION_WP: JSON.stringify(connection) } });
    const names = ["a.md", "b.md", "c.md"];
    for (const name of names) operator.write(name, `---\ntitle: ${name}\n---\n\nOne.\n\nTwo.\n`);
    await operator.run(publish, [], TARGET);
    for (const post of fake.state.posts.values()) {
      post.content = post.content.replace("One.", "Theirs.");
      post.modified = new Date(Date.now() + 1000).toISOString().slice(0, 19);
    }
    for (const name of names) operator.write(name, operator.read(name).replace("One.", "Ours."));
    const asked = async (who: typeof operator) => {
      proxy.reset();
      const { plan } = await who.run(status, [], TARGET);
      expect(plan.steps.map(({ action }) => action)).toEqual(["conflict", "conflict", "conflict"]);
      return proxy.passed.filter(({ url }) => url.includes("/revisions")).length;
    };
    expect(await asked(operator)).toBe(0);
    expect(await asked(operator.elsewhere())).toBe(names.length);
  } finally {
    await proxy.stop();
    await fake.stop();
  }
});
