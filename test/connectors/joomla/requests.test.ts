// How often Joomla is asked: no more than it takes to be sure.
import { afterEach, expect, it } from "vitest";
import { type JoomlaFake, startJoomla } from "../../fakes/joomla.ts";
import { article, at, draftOf, openJoomla, put } from "./site.ts";

const running: JoomlaFake[] = [];

async function site(behaviours: NonNullable<Parameters<typeof startJoomla>[0]>["behaviours"] = {}) {
  const fake = await startJoomla({ behaviours });
  running.push(fake);
  const connector = openJoomla(fake);
  await connector.whoami();
  return { fake, connector };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((fake) => fake.close()));
});

const REF = { kind: "article", locale: "" };

/** Requests that `work` makes, as method and last part of the path. */
async function asked({ requests }: JoomlaFake, work: () => Promise<unknown>) {
  const before = requests.length;
  await work();
  return requests.slice(before).map(({ method, url }) => {
    const { pathname } = new URL(url, "http://x.test");
    return `${method} ${pathname.split("/").at(-1)?.replace(/^\d+$/, "one")}`;
  });
}

it("a new article is looked for, made, and its stored text read, once each; read again, only itself", async () => {
  const { fake, connector } = await site();
  await put(connector, article("First"), "first");
  const draft = await draftOf(connector, article("Second", {}, "Text {loadposition a}"), "second");
  let id = "";
  const made = await asked(fake, async () => {
    ({ id } = await connector.create(draft, await connector.prepare(draft)));
  });
  expect(made).toEqual(["GET articles", "POST articles", "GET contenthistory"]);
  expect(await asked(fake, () => connector.read([{ id, ...REF }]))).toEqual(["GET one"]);
});

it("a change looks at the article, makes it, and reads the text that it left", async () => {
  const { fake, connector } = await site();
  const entry = await put(connector, article("One"), "one");
  const draft = { key: "", ...REF, scope: "", slug: "one", wire: { title: "Two" } };
  const made = await asked(fake, () => connector.update(entry.id, draft, at(entry)));
  expect(made).toEqual(["GET one", "PATCH one", "GET contenthistory"]);
});

it("what was saved since has its text read anew, by its number or by what is shown of it", async () => {
  const { fake, connector } = await site();
  const { id } = await put(connector, article("One", {}, "First"), "one");
  fake.save(Number(id), { introtext: "<p>Second</p>" });
  const [second] = await connector.read([{ id, ...REF }]);
  expect(second?.entry?.wire.body).toBe("<p>Second</p>");
  // Past Joomla, in its table: nothing but what is shown tells of it.
  Object.assign(fake.store.articles.get(Number(id)) ?? {}, { introtext: "<p>Third</p>" });
  expect(await asked(fake, () => connector.read([{ id, ...REF }]))).toEqual([
    "GET one",
    "GET contenthistory",
  ]);
});

it("an alias that went to the trash after the trash was looked at is refused all the same", async () => {
  for (const version of ["5.3", "6.1"] as const) {
    const { fake, connector } = await site({ version });
    await put(connector, article("First"), "first");
    const theirs = await put(openJoomla(fake), article("Theirs"), "theirs");
    fake.save(Number(theirs.id), { state: -2 });
    const live = () => [...fake.store.articles.values()].filter(({ state }) => state !== -2).length;
    const before = live();
    await expect(put(connector, article("Mine"), "theirs")).rejects.toMatchObject({ code: "slug-taken" });
    expect(live()).toBe(before);
  }
});

it("a file is sent once and its address asked for once, however many lie beside it", async () => {
  const { fake, connector } = await site();
  const file = (n: number) => ({
    ...{ ref: `${n}.png`, path: `${n}.png`, type: "image/png", size: 8, alt: "" },
    digest: String(n).repeat(64),
  });
  const bytes = Buffer.from("89504e470d0a1a0a", "hex");
  await connector.media?.upload(file(1), bytes);
  const second = await asked(fake, async () => connector.media?.upload(file(2), bytes));
  expect(second.map((one) => one.split(" ")[0])).toEqual(["POST", "GET"]);
  expect(await asked(fake, async () => connector.media?.upload(file(2), bytes))).toEqual([]);
});

it("tags are listed once and made one by one", async () => {
  const { fake, connector } = await site();
  const made = await asked(fake, async () => {
    for (const name of ["a", "b", "c", "b"]) await connector.terms?.create("tag", name, undefined);
  });
  expect(made.filter((one) => one.startsWith("POST"))).toHaveLength(3);
  expect(made.filter((one) => one.startsWith("GET"))).toHaveLength(1);
});
