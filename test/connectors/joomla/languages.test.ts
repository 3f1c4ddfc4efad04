// Articles that say the same in several languages.
import { afterEach, expect, it } from "vitest";
import { type JoomlaFake, type JoomlaOptions, startJoomla } from "../../fakes/joomla.ts";
import { article, draftOf, openJoomla } from "./site.ts";

const running: JoomlaFake[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((fake) => fake.close()));
});

async function site(behaviours: JoomlaOptions["behaviours"]) {
  const contentLanguages = ["en-GB", "fr-FR", "de-DE"];
  const fake = await startJoomla({ behaviours: { contentLanguages, ...behaviours } });
  running.push(fake);
  const connector = openJoomla(fake);
  const make = async (locale: string, slug: string, translationOf?: string) => {
    const draft = { ...(await draftOf(connector, article(slug), slug)), locale };
    const told = translationOf === undefined ? draft : { ...draft, translationOf };
    return connector.create(told, await connector.prepare(told));
  };
  return { fake, connector, make, told: () => connector.notices?.().join("\n") ?? "" };
}

const linked = ({ store }: JoomlaFake, id: string) =>
  [...store.links].flatMap(([other, key]) => (key === store.links.get(Number(id)) ? [String(other)] : []));

it("a translation is linked with the article it translates, and with all that are linked with that", async () => {
  const { fake, make, told } = await site({ multilingual: true });
  const en = await make("en-GB", "hello");
  const fr = await make("fr-FR", "bonjour", en.id);
  const de = await make("de-DE", "hallo", en.id);
  expect(linked(fake, en.id).toSorted()).toEqual([en.id, fr.id, de.id].toSorted());
  expect(told()).toBe("");
});

it("a second translation in one language stays by itself, and that is told", async () => {
  const { fake, make, told } = await site({ multilingual: true });
  const en = await make("en-GB", "hello");
  const fr = await make("fr-FR", "bonjour", en.id);
  await make("fr-FR", "salut", en.id);
  expect(linked(fake, en.id).toSorted()).toEqual([en.id, fr.id].toSorted());
  expect(told()).toContain(`article ${fr.id}`);
});

it("where Joomla links nothing, the article is made all the same, and that is told with the cure", async () => {
  const { fake, make, told } = await site({ multilingual: false });
  const en = await make("en-GB", "hello");
  await make("fr-FR", "bonjour", en.id);
  expect(fake.store.articles.size).toBe(2);
  expect(told()).toContain("System - Language Filter");
});
