// The alternative text of a featured image is the media library's, and is not lost without a word.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { type Bench, bench, type Ran, removeTempDirs } from "./bench.ts";

afterAll(removeTempDirs);

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const WP = { target: ["wp"] };
const told = ({ events }: Ran) =>
  events.flatMap((event) =>
    event.type === "notice" && /media library/.test(event.message) ? [[event.place, event.message]] : [],
  );
const steps = ({ plan }: Ran) => plan.steps.map(({ action, path }) => [action, path]);
const document = (title: string, alt: string) =>
  `---\ntitle: ${title}\nimage: { src: a.png, alt: ${alt} }\n---\n\nText.\n`;
const keeps = (text: string) =>
  `the media library keeps its own text for this image: "${text}"; change it there, or in the file`;

let fake: FakeWordPress;
let operator: Bench;

beforeEach(async () => {
  fake = await startFakeWordPress();
  const login = { auth: "app-password", username: "admin", password: fake.users.admin };
  const connection = { platform: "wordpress", url: fake.api, ...login };
  operator = bench({ env: { AINSTEIN_CONNECTION_WP: JSON.stringify(connection) } });
  operator.write("ainstein.yaml", "targets: [wp]\n");
  operator.write("a.png", PNG);
  operator.write("one.md", document("One", "A harbour"));
});
afterEach(() => fake.stop());

it("says nothing where the text goes up with the file", async () => {
  expect(told(await operator.run(push, [], { ...WP, dryRun: true }))).toEqual([]);
  const ran = await operator.run(push, [], WP);
  expect(told(ran)).toEqual([]);
  expect(ran.summary).toMatchObject({ created: 1, failed: 0 });
  expect(fake.state.media.map((media) => media.alt_text)).toEqual(["A harbour"]);
});

it("tells once of a text that was edited later, and sends nothing; the next run is idle", async () => {
  await operator.run(push, [], WP);
  operator.write("one.md", document("One", "A quay"));
  const expected = [["one.md:3 (image)", keeps("A harbour")]];
  expect(told(await operator.run(push, [], { ...WP, dryRun: true }))).toEqual(expected);
  const ran = await operator.run(push, [], WP);
  expect(told(ran)).toEqual(expected);
  expect(ran.summary).toMatchObject({ writes: 0, failed: 0 });
  const again = await operator.run(push, [], { ...WP, checksum: true });
  expect(told(again)).toEqual([]);
  expect(steps(again)).toEqual([]);
  expect(operator.read("one.md")).toContain("A quay");
});

it("tells of a new document whose image the library has, and of one that is adopted", async () => {
  await operator.run(push, [], WP);
  operator.write("two.md", document("Two", "Boats"));
  const created = await operator.run(push, [], WP);
  expect(told(created)).toEqual([["two.md:3 (image)", keeps("A harbour")]]);
  expect(created.summary).toMatchObject({ created: 1, failed: 0 });
  rmSync(join(operator.root, "ainstein.lock"));
  const adopted = await operator.run(push, [], WP);
  expect(steps(adopted)).toEqual([
    ["adopt", "one.md"],
    ["adopt", "two.md"],
  ]);
  expect(told(adopted)).toEqual([["two.md:3 (image)", keeps("A harbour")]]);
  const again = await operator.run(pull, [], { ...WP, checksum: true });
  expect([...steps(again), ...told(again)]).toEqual([]);
  expect(operator.read("two.md")).toContain("Boats");
});
