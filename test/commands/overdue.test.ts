import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { addPost, stamp } from "../fakes/wordpress-state.ts";
import { type Bench, bench, removeTempDirs } from "./bench.ts";

afterAll(removeTempDirs);

const HOUR = 3_600_000;
const TARGET = { target: ["site"] };
let fake: FakeWordPress;
let operator: Bench;

beforeEach(async () => {
  fake = await startFakeWordPress({ timezone: "Asia/Kolkata" });
  const { admin: password } = fake.users;
  const connection = {
    platform: "wordpress",
    url: fake.api,
    auth: "app-password",
    username: "admin",
    password,
  };
  operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify(connection) } });
});
afterEach(() => fake.stop());

const overdue = () => operator.run(status, [], { ...TARGET, overdue: true });

it("entries whose time has passed are listed with file, time and address, the oldest first; exit 1", async () => {
  const due = new Date(Date.now() + 3 * HOUR).toISOString();
  operator.write("soon.md", `---\ntitle: Soon\nstatus: scheduled\ndate: ${due}\n---\n\nText.\n`);
  expect((await operator.run(push, [], TARGET)).exit).toBe(0);
  const theirs = addPost(fake.state, {
    slug: "theirs",
    status: "future",
    date: stamp(Date.now() - 2 * HOUR),
  });
  const ours = [...fake.state.posts.values()].find(({ slug }) => slug === "soon");
  if (ours === undefined) throw new Error("nothing was made");
  ours.date = stamp(Date.now() - HOUR);
  const { exit, out } = await overdue();
  expect(exit).toBe(1);
  const rows = out.slice(1).map((line) => line.split("\t"));
  expect(rows.map(([path, id]) => [path, id])).toEqual([
    ["", `${theirs.id}`],
    ["soon.md", `${ours.id}`],
  ]);
  expect(rows[1]?.[2]).toBe(`${ours.date}.000Z`);
  expect(rows[1]?.[3]).toMatch(/^http/);
});

it("entries that are live, or whose time is to come, are not", async () => {
  addPost(fake.state, { slug: "coming", status: "future", date: stamp(Date.now() + HOUR) });
  addPost(fake.state, { slug: "just-now", status: "future", date: stamp(Date.now() - 10_000) });
  addPost(fake.state, { slug: "live", status: "publish", date: stamp(Date.now() - HOUR) });
  const { exit, out } = await overdue();
  expect([exit, out]).toEqual([0, ["site: nothing is overdue"]]);
});
