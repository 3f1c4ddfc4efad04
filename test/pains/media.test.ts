// Pictures: sent when they change, once, and shown where they are meant to be.
import { describe, expect } from "vitest";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { bench } from "../commands/bench.ts";
import {
  expectDone,
  expectIdle,
  type Operator,
  onEachPlatform,
  operatorOf,
  picture,
  post,
} from "./platforms.ts";

const entry = ({ site }: Operator, slug: string) => {
  const found = site.entries().find((seen) => seen.slug === slug);
  if (found === undefined) throw new Error(`no entry ${slug}`);
  return found;
};

/** The addresses of the pictures in a body. */
const shownBy = (operator: Operator, slug: string) =>
  [...entry(operator, slug).body.matchAll(/<img[^>]* src="([^"]+)"/g)].map(([, src]) => src);

describe("pictures", () => {
  onEachPlatform(
    "a picture of which one byte changed is sent once, and everything that shows it shows the new one",
    {},
    async (operator) => {
      const { site } = operator;
      operator.write("loaf.png", picture(1));
      operator.write("oven.png", picture(2));
      operator.write(
        "one.md",
        post("title: One\nimage: loaf.png", "Text.", "![A](loaf.png)", "![B](oven.png)"),
      );
      operator.write("two.md", post("title: Two", "Other.", "![A](loaf.png)"));
      operator.write("three.md", post("title: Three\nimage: oven.png", "Third."));
      expectDone(await operator.does(publish));
      expect(site.uploads()).toBe(2);
      expectIdle(await operator.does(publish));
      const before = {
        one: shownBy(operator, "one"),
        two: shownBy(operator, "two"),
        image: entry(operator, "one").image,
      };
      const third = entry(operator, "three");
      operator.write("loaf.png", picture(3));
      const ran = await operator.does(push);
      expectDone(ran);
      expect(site.uploads()).toBe(3);
      expect(ran.plan.steps.filter(({ action }) => action === "upload")).toHaveLength(1);
      const told = ran.events.flatMap((event) => (event.type === "notice" ? event.message : []));
      expect(told.filter((message) => message.startsWith("loaf.png was changed"))).toHaveLength(1);
      expect(told.join()).toContain(before.one[0]);
      const after = {
        one: shownBy(operator, "one"),
        two: shownBy(operator, "two"),
        image: entry(operator, "one").image,
      };
      expect(after.one[0]).not.toBe(before.one[0]);
      expect(after.one[1]).toBe(before.one[1]);
      expect(after.two).toEqual([after.one[0]]);
      expect(after.image).not.toBe(before.image);
      expect(entry(operator, "three")).toEqual(third);
      expectIdle(await operator.does(push));
      expect(site.uploads()).toBe(3);
      // As it was: the site has it still.
      operator.write("loaf.png", picture(1));
      await operator.does(push);
      expect(shownBy(operator, "one")).toEqual(before.one);
      expect(site.uploads()).toBe(3);
    },
  );

  onEachPlatform(
    "a picture that did not change is never sent again, whatever else does",
    {},
    async (operator) => {
      const { site } = operator;
      operator.write("loaf.png", picture(1));
      operator.write(
        "one.md",
        post("title: One\nimage: { src: loaf.png, alt: Loaf }", "Text.", "![A](loaf.png)"),
      );
      expectDone(await operator.does(publish));
      const { image } = entry(operator, "one");
      for (const [from, to] of [
        ["Text.", "New text."],
        ["title: One", "title: Uno"],
        ["![A]", "![B]"],
      ] as const) {
        operator.change("one.md", from, to);
        expectDone(await operator.another().does(push));
      }
      expect(site.uploads()).toBe(1);
      expect(entry(operator, "one").image).toBe(image);
      const other = operatorOf(site, bench().root);
      expectDone(await other.does(pull));
      expectIdle(await other.does(push));
      other.change("one.md", "New text.", "Newest text.");
      expectDone(await other.does(push));
      expect([site.uploads(), entry(operator, "one").image]).toEqual([1, image]);
    },
  );

  onEachPlatform(
    "two pictures of one name stay two, one picture of two names is sent once, and names may be in any script",
    {},
    async (operator) => {
      const { site } = operator;
      const names = ["Fırın ışığı.png", "パン 🍞.png", "tél\u00e9.png", "a%20b (1).png", "خبز.png"];
      operator.write("a/same.png", picture(1));
      operator.write("b/same.png", picture(2));
      operator.write("b/copy.png", picture(1));
      for (const [n, name] of names.entries()) operator.write(`img/${name}`, picture(10 + n));
      operator.write("a/one.md", post("title: One", "First.", "![A](same.png)", "![B](../b/same.png)"));
      operator.write("b/two.md", post("title: Two", "Second.", "![A](same.png)", "![B](copy.png)"));
      const many = names.map((name, n) => `![N${n}](<img/${name.replaceAll("%", "%25")}>)`);
      operator.write("many.md", post("title: Many", "All.", ...many));
      expectDone(await operator.does(publish));
      expect(site.uploads()).toBe(2 + names.length);
      const [first, second] = shownBy(operator, "one");
      expect(first).not.toBe(second);
      expect(shownBy(operator, "two")).toEqual([second, first]);
      expect(new Set(shownBy(operator, "many")).size).toBe(names.length);
      for (const machine of [operator, operator.another()]) expectIdle(await machine.does(push));
      expect(site.uploads()).toBe(2 + names.length);
    },
  );

  onEachPlatform(
    "another picture that stands for a post is sent once, and an edit of the post sends none",
    {},
    async (operator) => {
      const { site } = operator;
      for (const n of [1, 2]) operator.write(`p${n}.png`, picture(n));
      operator.write("one.md", post("title: One\nimage: p1.png", "Text."));
      expectDone(await operator.does(publish));
      const first = entry(operator, "one").image;
      operator.change("one.md", "p1.png", "p2.png");
      expectDone(await operator.does(push));
      const second = entry(operator, "one").image;
      expect([second === first, site.uploads()]).toEqual([false, 2]);
      for (const text of ["Once.", "Twice."]) {
        operator.write("one.md", post("title: One\nimage: p2.png", text));
        expectDone(await operator.does(push));
        expect([entry(operator, "one").image, site.uploads()]).toEqual([second, 2]);
      }
    },
  );
});
