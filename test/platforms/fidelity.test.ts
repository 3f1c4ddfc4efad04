import { describe, expect, it, vi } from "vitest";
import { decodeBody, encodeBody, patchBody, sameBody } from "../../src/connectors/drupal/images.ts";
import { ghostBody } from "../../src/connectors/ghost/lexical.ts";
import { html as joomlaBody } from "../../src/connectors/joomla/same.ts";
import { type BodyFormat, html, noAddresses } from "../../src/content/markdown/format.ts";
import { sha256Hex } from "../../src/lib/hash.ts";
import { emphasisIn, shownByGhost } from "../connectors/ghost/shown.ts";
import { CORPUS, chosenDocuments } from "../content/markdown/corpus.ts";
import { type Difference, measure } from "../content/markdown/fidelity.ts";
import { itKeepsTheLaws } from "../content/markdown/laws.ts";

const RUNS = (daily: number) => ({ numRuns: Number(process.env.BODY_RUNS ?? daily) });
if (CORPUS !== undefined || process.env.BODY_RUNS !== undefined) vi.setConfig({ testTimeout: 3_600_000 });

/** All that the random documents show. */
const NAMES = ["alpha", "beta", "gamma", "漢字", "naïve", "😀", "δέλτα", "a"];
const PICTURES = [
  ...NAMES.flatMap((name) => [`./img/${name}.png`, `./img/${encodeURIComponent(name)}.png`]),
  ...["./b.png", "./c.png", "./d.png"],
];
const files = PICTURES.map((ref) => ({ ref, digest: sha256Hex(decodeURIComponent(ref)) }));

/** A site that has the pictures of the random documents, and marks each of its own with an id. */
const drupal = {
  siteUrl: "https://s.example",
  links: { toSite: () => undefined, toLocal: () => undefined },
  files: files.map((file) => ({ ...file, path: file.ref, type: "image/png", bytes: 1 })),
  media: files.map(({ digest }, n) => ({
    ...{ id: `00000000-0000-4000-8000-00000000000${n}`, digest: digest.slice(0, 12), alt: "" },
    url: `https://s.example/sites/default/files/a-${digest.slice(0, 12)}.png`,
  })),
} as unknown as Parameters<typeof encodeBody>[2];

const drupalBody: BodyFormat = {
  encode: (markdown) => encodeBody(markdown, undefined, drupal),
  encodeOnto: (markdown, stored) => encodeBody(markdown, stored, drupal),
  decode: (stored) => decodeBody(stored, drupal),
  patch: (local, stored) => patchBody(local, stored, drupal),
  same: sameBody,
};

interface Codec {
  readonly name: string;
  readonly format: BodyFormat;
  readonly documents: number;
  readonly runs: number;
  readonly pulled?: (stored: string) => string;
  readonly shown?: (stored: string) => string;
}

/** Of the two that differ from plain HTML by little, few every day. */
const CODECS: readonly Codec[] = [
  { name: "Drupal", format: drupalBody, documents: 25, runs: 20 },
  { name: "Joomla", format: joomlaBody, documents: 25, runs: 20 },
  {
    ...{ name: "Ghost", format: ghostBody, documents: 60, runs: 50, shown: shownByGhost },
    pulled: (stored) => stored,
  },
];

describe.each(CODECS)("bodies as $name keeps them", ({ format, documents: count, runs, pulled, shown }) => {
  itKeepsTheLaws(format, RUNS(runs), pulled);

  it.runIf(shown !== undefined)("keep the emphasis of every letter", () => {
    for (const { path, body } of chosenDocuments(count)) {
      const stored = format.encode(body, noAddresses);
      const written = emphasisIn(html.encode(body, noAddresses));
      expect(emphasisIn(shown?.(stored) ?? ""), path).toBe(written);
      expect(emphasisIn(html.encode(format.decode(stored, noAddresses), noAddresses)), path).toBe(written);
    }
  });

  it("lose nothing of documents of many hands, gain nothing, and come to rest", () => {
    const documents = chosenDocuments(count);
    const { losses, additions, fixed, same } = measure(documents, format, shown);
    // Emphasis around a link is one inside of it there.
    const isLoss = ({ fact }: Difference) => shown === undefined || !/^tag (?:strong|em|s|u) $/.test(fact);
    expect(losses.filter(isLoss)).toEqual([]);
    expect(additions.filter(isLoss)).toEqual([]);
    expect({ fixed, same }).toEqual({ fixed: documents.length, same: documents.length });
  });
});
