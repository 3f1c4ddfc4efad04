// What visitors need a password for on one site is never open to everybody on another.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { runs } from "../../src/commands/runs.ts";
import { status } from "../../src/commands/status.ts";
import { sync } from "../../src/commands/sync.ts";
import { ALGORITHMS, newestVersion } from "../../src/engine/fingerprint.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { addPost, type FakePost, stamp } from "../fakes/wordpress-state.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "./bench.ts";
import { onSite, slugsOn } from "./site-edit.ts";

afterAll(removeTempDirs);

const WP = { target: ["wp"] };
const THERE = { target: ["there"] };
const PASSWORD = "open-sesame";
const content = "<!-- wp:paragraph -->\n<p>For members.</p>\n<!-- /wp:paragraph -->";

const refusals = ({ results }: Ran) =>
  results.flatMap(({ path, status: how, fault }) => (how === "failed" ? `${path} ${fault?.code}` : []));
const steps = ({ plan }: Ran) => plan.steps.map(({ action, path, changed }) => [action, path, ...changed]);
const told = ({ events }: Ran) =>
  events.flatMap((event) => (event.type === "notice" && /password/.test(event.message) ? event.message : []));

describe("an entry that visitors need a password for", () => {
  let fake: FakeWordPress;
  let operator: Bench;
  let there: string;
  let secret: FakePost;

  const visit = (work: () => void) => {
    work();
    secret.modified = stamp(Date.now() - 60_000);
  };
  const idle = async (flags: object) => {
    const ran = await operator.run(sync, [], { ...flags, checksum: true });
    expect(steps(ran)).toEqual([]);
    expect(ran.summary).toMatchObject({ writes: 0, failed: 0, conflicts: 0 });
  };
  const change = (from: string, to: string) => {
    const before = operator.read("secret.md");
    expect(before).toContain(from);
    operator.write("secret.md", before.replace(from, to));
  };

  beforeEach(async () => {
    fake = await startFakeWordPress();
    const old = { status: "publish", date: "2024-01-01T10:00:00", modified: "2024-01-01T10:00:00" };
    secret = addPost(fake.state, { title: "Secret", slug: "secret", content, password: PASSWORD, ...old });
    addPost(fake.state, { title: "Open", slug: "open", content, ...old });
    there = join(tempDir("site"), "site");
    const login = { auth: "app-password", username: "admin", password: fake.users.admin };
    operator = bench({
      env: {
        AINSTEIN_CONNECTION_WP: JSON.stringify({ platform: "wordpress", url: fake.api, ...login }),
        AINSTEIN_CONNECTION_THERE: JSON.stringify({ platform: "local", url: there }),
      },
    });
    operator.write("ainstein.yaml", "targets: [wp, there]\n");
  });
  afterEach(() => fake.stop());

  it("says so in its file, and once in the run; the password stays where it is", async () => {
    const ran = await operator.run(pull, [], WP);
    expect(ran.summary).toMatchObject({ pulled: 2, failed: 0 });
    expect(operator.read("secret.md")).toContain("status: published\nprotected: true\n");
    expect(operator.read("open.md")).not.toContain("protected");
    expect(told(ran)).toEqual([expect.stringMatching(/^visitors need a password for 1 entry/)]);
    expect(
      JSON.stringify([ran.events, operator.read("secret.md"), operator.read("ainstein.lock")]),
    ).not.toContain(PASSWORD);
    await idle(WP);
    expect(told(await operator.run(pull, [], WP))).toEqual([]);
  });

  it.each(["push", "publish"])("is not made public elsewhere by `%s`, while the others go", async (name) => {
    await operator.run(pull, [], WP);
    const command = name === "push" ? push : publish;
    const ran = await operator.run(command, [], THERE);
    expect(refusals(ran)).toEqual(["secret.md protected-elsewhere"]);
    expect(ran.exit).toBe(1);
    const [failed] = ran.results.filter(({ path }) => path === "secret.md");
    expect(failed?.fault).toMatchObject({
      place: { file: "secret.md", line: 4, field: "protected" },
      hint: expect.stringContaining("`status: private`") as string,
    });
    expect(slugsOn(there)).toEqual(["open"]);
    expect(steps(await operator.run(push, [], { ...THERE, dryRun: true }))).toEqual([]);
  });

  it("goes elsewhere as a private entry or a draft, and is kept from going live there", async () => {
    await operator.run(pull, [], WP);
    change("status: published", "status: private");
    expect((await operator.run(push, [], THERE)).summary).toMatchObject({ created: 2, failed: 0 });
    expect(onSite(there, "secret").fields.status).toBe("private");
    await idle(THERE);
    change("status: private", "status: published");
    expect(refusals(await operator.run(push, [], THERE))).toEqual(["secret.md protected-elsewhere"]);
    expect(onSite(there, "secret").fields.status).toBe("private");
  });

  it("is public elsewhere once its file says that it may be", async () => {
    await operator.run(pull, [], WP);
    change("protected: true", "protected: false");
    expect((await operator.run(push, [], THERE)).summary).toMatchObject({ created: 2, failed: 0 });
    expect(secret.password).toBe(PASSWORD);
    expect(refusals(await operator.run(push, [], WP))).toEqual([]);
    expect(secret.password).toBe(PASSWORD);
    await idle({ target: ["all"] });
  });

  it("is not public elsewhere for want of the line: what the lockfile knows of it counts", async () => {
    await operator.run(pull, [], WP);
    change("protected: true\n", "");
    expect(refusals(await operator.run(push, [], THERE))).toEqual(["secret.md protected-elsewhere"]);
    expect(slugsOn(there)).toEqual(["open"]);
  });

  it("goes on being edited from both sides, with its password", async () => {
    await operator.run(pull, [], WP);
    change("For members.", "For all members.");
    expect((await operator.run(push, [], WP)).summary).toMatchObject({ updated: 1, failed: 0 });
    expect(secret).toMatchObject({ password: PASSWORD, content: expect.stringContaining("all members") });
    visit(() => Object.assign(secret, { title: "Top secret" }));
    expect((await operator.run(pull, [], WP)).summary).toMatchObject({ pulled: 1, failed: 0 });
    expect(operator.read("secret.md")).toContain("title: Top secret");
    expect((await operator.run(publish, ["secret.md"], WP)).summary).toMatchObject({ skipped: 1, writes: 0 });
    await idle(WP);
  });

  it("comes down as open when somebody takes the password away, and as protected when somebody sets one", async () => {
    await operator.run(pull, [], WP);
    visit(() => Object.assign(secret, { password: "" }));
    const opened = await operator.run(pull, [], WP);
    expect(steps(opened)).toEqual([["pull", "secret.md", "protected"]]);
    expect(operator.read("secret.md")).not.toContain("protected");
    await idle(WP);
    visit(() => Object.assign(secret, { password: "another" }));
    const closed = await operator.run(pull, [], WP);
    expect(told(closed)).toHaveLength(1);
    expect(operator.read("secret.md")).toContain("protected: true");
    await idle(WP);
  });

  it("is not sent to while the password is gone and the file does not know it; a sync brings that first", async () => {
    await operator.run(pull, [], WP);
    visit(() => Object.assign(secret, { password: "" }));
    change("For members.", "Only for members.");
    expect(refusals(await operator.run(push, [], WP))).toEqual(["secret.md protected-elsewhere"]);
    expect(secret.content).toBe(content);
    const ran = await operator.run(sync, [], WP);
    expect(refusals(ran)).toEqual([]);
    expect(operator.read("secret.md")).not.toContain("protected");
    expect(secret.content).toContain("Only for members.");
    await idle(WP);
  });

  it("is not promised by a file: where everybody can read the entry, `protected: true` is refused", async () => {
    await operator.run(pull, [], WP);
    operator.write("open.md", operator.read("open.md").replace("status:", "protected: true\nstatus:"));
    expect(refusals(await operator.run(push, [], WP))).toEqual(["open.md protected-elsewhere"]);
    const again = await operator.run(status, [], WP);
    expect(again.summary.failed + again.plan.steps.length).toBe(1);
  });

  it("is not made again without its password by an undo", async () => {
    await operator.run(pull, [], WP);
    rmSync(join(operator.root, "secret.md"));
    const removed = await operator.run(push, [], { ...WP, delete: true });
    expect(removed.summary).toMatchObject({ deleted: 1 });
    fake.state.posts.delete(secret.id);
    const undone = await operator.run(runs, ["undo", removed.summary.run]);
    expect(refusals(undone)).toEqual(["secret.md protected-elsewhere"]);
    expect([...fake.state.posts.values()].map(({ slug }) => slug)).toEqual(["open"]);
  });

  it("is no edit after an upgrade from a version that did not know the field", async () => {
    const newest = newestVersion();
    const now = ALGORITHMS.get(newest);
    ALGORITHMS.delete(newest);
    try {
      await operator.run(pull, [], WP);
      change("protected: true\n", "");
      operator.write("open.md", operator.read("open.md").replace("status:", "protected: true\nstatus:"));
      await operator.run(push, [], WP);
      const versions = operator.read("ainstein.lock").match(/"v":\d/g);
      expect(new Set(versions)).toEqual(new Set(['"v":1']));
    } finally {
      if (now !== undefined) ALGORITHMS.set(newest, now);
    }
    await idle(WP);
    expect((await operator.run(status, [], { ...WP, checksum: true })).exit).toBe(0);
  });
});
