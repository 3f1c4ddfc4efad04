import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FaultProxy, type Mishap, startFaultProxy } from "../fakes/fault-proxy.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { addPost, type Quirks } from "../fakes/wordpress-state.ts";
import { exitCodeOf, over } from "../real/disturbed.ts";
import { type Bench, bench, type Ran, removeTempDirs } from "./bench.ts";

afterAll(removeTempDirs);

const stepsOf = (ran: Ran) => ran.plan.steps.map(({ action, path }) => `${action} ${path}`);

describe("a listing that is not what the site holds", () => {
  const COUNT = 120;
  let fake: FakeWordPress;
  let proxy: FaultProxy;
  let operator: Bench;
  let mishap: { readonly what: Mishap; readonly at: RegExp } | undefined;

  beforeAll(async () => {
    fake = await startFakeWordPress();
    proxy = await startFaultProxy(fake.url);
    proxy.before = ({ url }) => {
      if (mishap?.at.test(url) === true) proxy.cut(mishap.what, true);
    };
    for (let n = 0; n < COUNT; n += 1) {
      const date = "2026-01-01T00:00:00";
      addPost(fake.state, { slug: `p-${n}`, title: `P ${n}`, content: `<p>Text ${n}.</p>`, date });
    }
    operator = bench();
    expect((await command("pull")).summary).toMatchObject({ pulled: COUNT });
    // Something that a whole listing would have removed, on either side.
    rmSync(join(operator.root, "p-1.md"));
    const [first] = fake.state.posts.values();
    if (first !== undefined) fake.state.posts.delete(first.id);
  });
  afterEach(() => {
    mishap = undefined;
    for (const name of Object.keys(fake.quirks)) delete fake.quirks[name as keyof Quirks];
  });
  afterAll(async () => {
    await proxy.stop();
    await fake.stop();
  });

  const command = (direction: "push" | "pull" | "sync" | "publish") => {
    const road = { api: `${proxy.url}/wp-json`, password: fake.users.admin };
    return operator.run(over(road, direction), [], { delete: true, maxDelete: 1000 });
  };
  const writes = () => fake.requests.filter((request) => request.write).length;
  const files = () => readdirSync(operator.root).filter((name) => name.endsWith(".md")).length;

  async function expectNothingRemoved(exit: number): Promise<void> {
    const before = [writes(), files(), operator.read("ainstein.lock")];
    for (const direction of ["push", "pull", "sync", "publish"] as const) {
      fake.state.authenticated = 0;
      const ran = await command(direction);
      expect({ direction, exit: exitCodeOf(ran) }).toEqual({ direction, exit });
      expect(ran.plan).toBeUndefined();
    }
    expect([writes(), files(), operator.read("ainstein.lock")]).toEqual(before);
  }

  const SECOND_PAGE = /\/posts\?.*offset=[1-9]/;

  it.each<[string, Mishap]>([
    ["500 on one page", "502-after"],
    ["HTML in place of a page", "page"],
    ["half of a page", "cut-answer"],
    ["a page out of a cache", "cached"],
  ])("removes and writes nothing after %s", async (_name, what) => {
    mishap = { what, at: SECOND_PAGE };
    await expectNothingRemoved(6);
  });

  it.each<[string, Quirks]>([
    ["an empty page", { pageMissing: true }],
    ["a total that is too short", { totalLies: -5 }],
    ["a total that is too long", { totalLies: 5 }],
    ["no total", { totalMissing: true }],
    ["HTML everywhere", { htmlInstead: true }],
  ])("removes and writes nothing after %s", async (_name, quirks) => {
    Object.assign(fake.quirks, quirks);
    await expectNothingRemoved(6);
  });

  it.each<[string, Quirks]>([
    ["the password dies in the middle of it", { anonymousAfter: 6 }],
    ["the site takes us for somebody else in the middle of it", { otherUserAfter: 6 }],
    ["it is a visitor's from the beginning", { stripsAuthorization: true }],
  ])("removes and writes nothing when %s", async (_name, quirks) => {
    Object.assign(fake.quirks, quirks);
    await expectNothingRemoved(5);
  });

  it("does not count as removed what a user with fewer rights no longer sees", async () => {
    const before = [writes(), files()];
    for (const direction of ["push", "pull", "sync"] as const) {
      const road = { api: `${proxy.url}/wp-json`, password: fake.users.auth, login: "auth" };
      const ran = await operator.run(over(road, direction), [], {
        delete: true,
        maxDelete: 1000,
        dryRun: true,
      });
      expect(ran.fault).toBeUndefined();
      const removed = (ran.plan?.steps ?? []).filter(
        ({ action, path }) => action === "delete" && !["p-0.md", "p-1.md"].includes(path),
      );
      expect(removed).toEqual([]);
    }
    expect([writes(), files()]).toEqual(before);
  });

  it("removes what is gone, once the listing is whole", async () => {
    expect(stepsOf(await command("pull"))).toEqual(["delete p-0.md", "skip p-1.md"]);
    expect(stepsOf(await command("push"))).toEqual(["delete p-1.md"]);
    expect([writes(), files()]).toEqual([1, COUNT - 2]);
  });
});
