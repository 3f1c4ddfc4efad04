import { describe, expect, it, vi } from "vitest";
import { decodeBody, encodeBody, patchBody, sameBody } from "../../src/connectors/drupal/images.ts";
import { ghostBody } from "../../src/connectors/ghost/lexical.ts";
import { html as joomlaBody } from "../../src/connectors/joomla/same.ts";
import { webflowBody } from "../../src/connectors/webflow/rich-text.ts";
import { postBody as wixBody } from "../../src/connectors/wix/body.ts";
import { type BodyFormat, html, noAddresses } from "../../src/content/markdown/format.ts";
import { sha256Hex } from "../../src/lib/hash.ts";
import { storedRichText } from "../../src/sandbox/webflow/rich-text.ts";
import { emphasisIn, shownByGhost } from "../connectors/ghost/shown.ts";
import { shownByWix } from "../connectors/wix/shown.ts";
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

/** As Webflow has it after a save in its designer, where code is left in embeds alone. */
const kept = (html: string) => storedRichText(html, { emptiesCode: "code", cleansHtml: "designer" });
const webflow: BodyFormat = {
  ...webflowBody,
  encode: (markdown, addresses) => kept(webflowBody.encode(markdown, addresses)),
  encodeOnto: (markdown, stored, addresses) => kept(webflowBody.encodeOnto(markdown, stored, addresses)),
};

/** What readers see of it: ids that are empty, embeds and figures are the editor's. */
const shownByWebflow = (stored: string) =>
  stored
    .replaceAll(' id=""', "")
    .replace(/<div data-rt-embed-type='true'>(<pre\b[\s\S]*?<\/pre>)<\/div>/g, "$1")
    .replace(/<figure class="w-richtext[^>]*><div>(<img\b[^>]*>)<\/div><\/figure>/g, "<p>$1</p>");

interface Codec {
  readonly name: string;
  readonly format: BodyFormat;
  readonly documents: number;
  readonly runs: number;
  readonly pulled?: (stored: string) => string;
  readonly shown?: (stored: string) => string;
  /** Emphasis around a link is one inside of it there. */
  readonly movesEmphasis?: true;
}

/** Of the two that differ from plain HTML by little, few every day. */
const CODECS: readonly Codec[] = [
  { name: "Drupal", format: drupalBody, documents: 25, runs: 20 },
  { name: "Joomla", format: joomlaBody, documents: 25, runs: 20 },
  { name: "Webflow", format: webflow, documents: 25, runs: 20, shown: shownByWebflow },
  {
    ...{ name: "Ghost", format: ghostBody, documents: 60, runs: 50, shown: shownByGhost },
    movesEmphasis: true,
    pulled: (stored) => stored,
  },
  {
    ...{ name: "Wix", format: wixBody, documents: 30, runs: 20, shown: shownByWix },
    movesEmphasis: true,
    pulled: (stored) => stored,
  },
];

describe.each(CODECS)("bodies as $name keeps them", (codec) => {
  const { format, documents: count, runs, pulled, shown } = codec;
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
    const isLoss = ({ fact }: Difference) =>
      codec.movesEmphasis === undefined || !/^tag (?:strong|em|s|u) $/.test(fact);
    expect(losses.filter(isLoss)).toEqual([]);
    expect(additions.filter(isLoss)).toEqual([]);
    expect({ fixed, same }).toEqual({ fixed: documents.length, same: documents.length });
  });
});
