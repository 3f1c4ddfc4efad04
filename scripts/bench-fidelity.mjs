// How true the formats are to real documents, and how fast.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { ensureCorpus } from "./corpus.mjs";
import { root } from "./setup.mjs";

const SHOWN = 20;

/** The measuring code as a module that this Node can load. */
async function loadMeasure() {
  const outfile = path.join(root, "node_modules/.cache/ainstein-cms/fidelity.mjs");
  const contents = ["corpus.ts", "fidelity.ts", "../../../src/content/markdown/format.ts"]
    .map((file) => `export * from "./${file}";`)
    .join("\n");
  const stdin = { contents, resolveDir: path.join(root, "test/content/markdown"), loader: "ts" };
  const output = { bundle: true, platform: "node", format: "esm", packages: "external" };
  await build({ stdin, outfile, logLevel: "error", ...output });
  return await import(pathToFileURL(outfile).href);
}

function percent(part, whole) {
  return `${((100 * part) / whole).toFixed(2)} %`;
}

function figuresOf(name, result) {
  const megabytes = result.bytes / 1e6;
  return {
    [`${name}: Markdown unchanged by a second round`]: percent(result.fixed, result.documents),
    [`${name}: bodies that say the same after a round`]: percent(result.same, result.documents),
    [`${name}: of them equal byte for byte`]: percent(result.equal, result.documents),
    [`${name}: share of the Markdown that is raw markup`]: percent(result.fenced, result.characters),
    [`${name}: silent losses (at most 0)`]: result.losses.length,
    [`${name}: things that were not there before (at most 0)`]: result.additions.length,
    [`${name}: up, MB/s`]: Number((megabytes / (result.up / 1000)).toFixed(2)),
    [`${name}: down with proof, MB/s`]: Number((megabytes / (result.down / 1000)).toFixed(2)),
  };
}

export async function fidelity() {
  const modules = await ensureCorpus();
  if (modules === undefined) return undefined;
  const { realDocuments, measure, html, wordpressBlocks } = await loadMeasure();
  const documents = realDocuments(modules);
  const results = [
    ["HTML", measure(documents, html)],
    ["WordPress blocks", measure(documents, wordpressBlocks)],
  ];
  for (const [name, { losses, additions }] of results) {
    for (const [what, list] of Object.entries({ losses, additions })) {
      for (const { path: file, way, fact } of list.slice(0, SHOWN)) {
        console.error(`${name}, ${what}, ${way}: ${JSON.stringify(fact)} in ${file}`);
      }
    }
  }
  const bytes = documents.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
  return {
    method:
      "the Markdown files of the npm packages in `test/corpus`, each text once and no package with more than 120, go up, " +
      "come down and go up again; a loss is a word, link, image, piece of code, table cell, comment or tag that one side has " +
      "(Markdown as markdown-it itself renders it, bodies as parse5 reads them) and the other has not",
    figures: {
      documents: documents.length,
      "megabytes of Markdown": Number((bytes / 1e6).toFixed(1)),
      ...Object.assign({}, ...results.map(([name, result]) => figuresOf(name, result))),
    },
    ok: results.every(
      ([, { losses, additions, same, documents: count }]) =>
        losses.length + additions.length === 0 && same === count,
    ),
  };
}
