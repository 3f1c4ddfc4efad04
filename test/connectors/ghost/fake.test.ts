// The fake against what real Ghosts answered.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ghostAnswers } from "../../../scripts/ghost-answers.mjs";
import { startGhost } from "../../fakes/ghost.ts";

interface Answer {
  readonly name: string;
  readonly status: number;
  readonly body?: unknown;
}

/** What the connector never asks for, so that the fake need not know it: there it fails, or answers with something else. */
const NEVER_ASKED: readonly string[] = [
  ...[
    "read by slug",
    "an unknown slug",
    "a list of fields with tags",
    "an unknown filter",
    "a malformed filter",
  ],
  ...["html", "a linked image in html", "an unknown visibility", "a tag renamed"],
  ...["settings", "newsletters", "themes"],
];

function errorOf({ body }: Answer): object | undefined {
  const [error] = (body as { errors?: Record<string, unknown>[] } | undefined)?.errors ?? [];
  if (error === undefined) return undefined;
  const { type, code, property, context } = error;
  return { type, code: code ?? null, property: property ?? null, context: context ?? null };
}

/** Of the entry that an answer holds: the lexical it gives back, its tags in order, and the parts that are dates and texts. */
function entryOf({ body }: Answer, withBody: boolean): object | undefined {
  const { posts, pages } = (body ?? {}) as Record<string, Record<string, unknown>[] | undefined>;
  const [entry] = posts ?? pages ?? [];
  if (entry === undefined) return undefined;
  const { title, slug, status, lexical, published_at = null, tags } = entry;
  const names = (tags as { name: string; slug: string }[] | undefined)?.map(
    (tag) => `${tag.name} ${tag.slug}`,
  );
  return { title, slug, status, published_at, names, ...(withBody ? { lexical } : {}) };
}

describe.each([
  ["5", "5.130"],
  ["6", "6.65"],
])("the fake of Ghost %s", (major, version) => {
  test("answers what the connector asks as the real one did", async () => {
    const file = new URL(`../../../fixtures/ghost/answers-${major}.json`, import.meta.url);
    const real = JSON.parse(readFileSync(file, "utf8")) as readonly Answer[];
    const fake = await startGhost({ behaviours: { version } });
    try {
      const answers = await ghostAnswers({ url: fake.url, key: fake.key });
      // What was sent as HTML stays in the entry from then on.
      const asHtml = real.findIndex(({ name }) => name === "html");
      expect(asHtml).toBeGreaterThan(0);
      const told = (all: readonly Answer[]) =>
        all
          .filter(({ name }) => !NEVER_ASKED.includes(name))
          .map((answer) => {
            const entry = entryOf(answer, all.indexOf(answer) < asHtml);
            return { name: answer.name, status: answer.status, error: errorOf(answer), entry };
          });
      expect(told(answers)).toEqual(told(real));
    } finally {
      await fake.close();
    }
  });
});
