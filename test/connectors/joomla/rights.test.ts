// What Joomla leaves out of a save in silence, for users who may not do it.
import { afterEach, expect, it } from "vitest";
import { type JoomlaFake, startJoomla } from "../../fakes/joomla.ts";
import { article, openJoomla, put } from "./site.ts";

const running: JoomlaFake[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((fake) => fake.close()));
});

it("a state and markup that were not kept are answered as the site has them, not as they were sent", async () => {
  const fake = await startJoomla({ behaviours: { superUser: false } });
  running.push(fake);
  const body = "Text.\n\n<script>run()</script>\n\nMore.";
  const entry = await put(openJoomla(fake), article("Mine", { status: "published" }, body), "mine");
  expect([entry.state, entry.wire.status]).toEqual(["draft", "draft"]);
  expect(entry.wire.body).not.toContain("script");
  const [read] = await openJoomla(fake).read([entry]);
  expect(read?.entry?.wire.body).toBe(entry.wire.body);
});
