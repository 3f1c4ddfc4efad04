// How true a format is to documents: measured, not asserted.
import { type BodyFormat, noAddresses } from "../../../src/content/markdown/format.ts";
import type { RealDocument } from "./corpus.ts";
import { factsOfHtml, factsOfMarkdown, fencedShare, missing } from "./reading.ts";

/** Something that one side of a conversion has and the other has not. */
export interface Difference {
  readonly path: string;
  /** `up`: from Markdown to what is stored; `down`: back. */
  readonly way: "up" | "down";
  readonly fact: string;
}

export interface Fidelity {
  readonly documents: number;
  readonly bytes: number;
  /** Documents that after one round stay, byte for byte, as they are. */
  readonly fixed: number;
  /** Stored bodies that after one round say the same, and those that are the same byte for byte. */
  readonly same: number;
  readonly equal: number;
  /** Characters of the Markdown that came back which are markup kept as it is. */
  readonly fenced: number;
  readonly characters: number;
  /** What went missing without a word, and what came from nowhere. */
  readonly losses: readonly Difference[];
  readonly additions: readonly Difference[];
  /** Milliseconds that one round there and one back took. */
  readonly up: number;
  readonly down: number;
}

/** `shown`: the HTML that visitors get of a stored body, where that is another thing. */
export function measure(
  documents: readonly RealDocument[],
  format: BodyFormat,
  shown: (stored: string) => string = (stored) => stored,
): Fidelity {
  const sum = { bytes: 0, fixed: 0, same: 0, equal: 0, fenced: 0, characters: 0, up: 0, down: 0 };
  const losses: Difference[] = [];
  const additions: Difference[] = [];
  for (const { path, body } of documents) {
    const started = performance.now();
    const stored = format.encode(body, noAddresses);
    const encoded = performance.now();
    const markdown = format.decode(stored, noAddresses);
    sum.down += performance.now() - encoded;
    sum.up += encoded - started;
    const again = format.encode(markdown, noAddresses);
    sum.bytes += Buffer.byteLength(body);
    sum.fixed += format.decode(again, noAddresses) === markdown ? 1 : 0;
    sum.same += format.same(again, stored) ? 1 : 0;
    sum.equal += again === stored ? 1 : 0;
    sum.fenced += fencedShare(markdown) * markdown.length;
    sum.characters += markdown.length;
    const [written, kept, back] = [
      factsOfMarkdown(body),
      factsOfHtml(shown(stored)),
      factsOfMarkdown(markdown),
    ];
    losses.push(...differences(path, "up", written, kept), ...differences(path, "down", kept, back));
    additions.push(...differences(path, "up", kept, written), ...differences(path, "down", back, kept));
  }
  return { documents: documents.length, ...sum, losses, additions: additions.filter(isAddition) };
}

function differences(
  path: string,
  way: Difference["way"],
  wanted: readonly string[],
  had: readonly string[],
): Difference[] {
  return missing(wanted, had).map((fact) => ({ path, way, fact }));
}

/** In HTML with bare text the site shows line ends as breaks, and Markdown says so. */
function isAddition({ way, fact }: Difference): boolean {
  return !(way === "down" && fact === "tag br ");
}
