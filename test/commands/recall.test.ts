// What this machine kept of an entry stands for reading it, where the listing says that it is as it was.
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { status } from "../../src/commands/status.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { addPost } from "../fakes/wordpress-state.ts";
import { type Bench, bench, removeTempDirs } from "./bench.ts";

const TARGET = { target: ["wp"] };
const NAMES = ["a.md", "b.md", "c.md"];

/** Nobody waits by it, and time passes all the same. */
function hurried(): Clock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    sleep: async (ms) => {
      ahead += ms;
    },
  };
}

describe("files whose entries the listing shows unchanged", () => {
  let fake: FakeWordPress;
  let operator: Bench;
  let seen: number;

  beforeEach(async () => {
    fake = await startFakeWordPress();
    const connection = { platform: "wordpress", url: fake.url, auth: "app-password", username: "admin" };
    operator = bench({
      env: { AINSTEIN_CONNECTION_WP: JSON.stringify({ ...connection, password: fake.users.admin }) },
    });
    operator.clock = hurried();
    for (const name of NAMES) operator.write(name, `---\ntitle: ${name}\n---\n\nOne.\n\nTwo.\n`);
    await operator.run(publish, [], TARGET);
    seen = fake.requests.length;
  });
  afterEach(() => fake.stop());
  afterAll(removeTempDirs);

  const bodiesRead = () => {
    const fresh = fake.requests.slice(seen);
    seen = fake.requests.length;
    return fresh.filter(({ method, url }) => method === "GET" && url.includes("content.raw")).length;
  };
  const editFiles = () => {
    for (const name of NAMES) operator.write(name, operator.read(name).replace("One.", "Ours."));
  };
  const contents = () => [...fake.state.posts.values()].map(({ content }) => content);

  it("are planned on without reading an entry, and written with one look before and one after", async () => {
    editFiles();
    const { plan } = await operator.run(status, [], TARGET);
    expect(plan.steps).toMatchObject(NAMES.map((path) => ({ action: "update", path, changed: ["body"] })));
    expect(bodiesRead()).toBe(0);
    const { summary } = await operator.run(publish, [], TARGET);
    expect(summary).toMatchObject({ updated: 3, verified: 3, conflicts: 0 });
    expect(bodiesRead()).toBe(2);
    for (const content of contents()) expect(content).toContain("Ours.");
  });

  it("are known to say what the site says anyway", async () => {
    for (const name of NAMES) operator.write(name, `${operator.read(name)}\n\n`);
    const { plan } = await operator.run(status, [], TARGET);
    expect(plan.steps.filter(({ action }) => action !== "adopt")).toEqual([]);
    expect(bodiesRead()).toBe(0);
  });

  it("are read with --checksum, and on a machine that kept nothing", async () => {
    editFiles();
    await operator.run(status, [], { ...TARGET, checksum: true });
    expect(bodiesRead()).toBe(1);
    const elsewhere = operator.elsewhere();
    const { plan } = await elsewhere.run(status, [], TARGET);
    expect(plan.steps.map(({ action }) => action)).toEqual(["update", "update", "update"]);
    expect(bodiesRead()).toBe(1);
  });

  it("are not written over what was changed past the revision, and from then on they are read", async () => {
    editFiles();
    const post = [...fake.state.posts.values()].find(({ title }) => title === "a.md");
    if (post === undefined) throw new Error("nothing was published");
    post.content = post.content.replace("Two.", "Theirs.");
    const { summary, results } = await operator.run(publish, [], TARGET);
    expect(summary).toMatchObject({ updated: 2, conflicts: 1 });
    expect(results.find(({ status }) => status === "conflict")?.fault?.code).toBe("moved");
    expect(post.content).toContain("Theirs.");
    const { plan } = await operator.run(status, [], TARGET);
    expect(plan.steps).toMatchObject([{ action: "merge", path: "a.md" }]);
  });

  it("leave a body alone that a page builder owns", async () => {
    addPost(fake.state, {
      slug: "built",
      title: "Built",
      content: '[et_pb_section fb_built="1"]x[/et_pb_section]',
      modified: "2024-05-01T08:00:00",
      date: "2024-05-01T08:00:00",
    });
    await operator.run(pull, [], TARGET);
    operator.write("built.md", `${operator.read("built.md")}\nOurs.\n`);
    const actions = async (flags: Record<string, unknown>) =>
      (await operator.run(status, [], { ...TARGET, ...flags })).plan.steps.map(({ action }) => action);
    bodiesRead();
    const recalled = await actions({});
    expect(bodiesRead()).toBe(0);
    expect(recalled).toEqual(await actions({ checksum: true }));
    expect(recalled).not.toContain("update");
  });
});
