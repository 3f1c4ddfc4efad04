// Documents of many hands go to a real WordPress and come back from it.
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startWordPress, type WordPress } from "../../scripts/wordpress.mjs";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { linesWithDroppedCells } from "../../src/content/markdown/table-cells.ts";
import { parseSource } from "../../src/content/source.ts";
import { type Bench, bench, type Ran, removeTempDirs } from "../commands/bench.ts";
import { CORPUS, chosenDocuments, type RealDocument } from "../content/markdown/corpus.ts";
import { factsOfHtml, factsOfMarkdown, missing } from "../content/markdown/reading.ts";
import { withoutWordPress } from "../wordpress.ts";
import { ownFaults } from "../wordpress-blocks/editor.ts";
import { installedEditor } from "../wordpress-blocks/installed.ts";
import { emptyWordPress } from "./migrated.ts";

if (CORPUS !== undefined) vi.setConfig({ testTimeout: 3_600_000, hookTimeout: 3_600_000 });

const TARGET = { target: ["wp"] };
const fileOf = (n: number) => `doc-${n}.md`;
const notOk = (ran: Ran) => ran.results.filter(({ status }) => status !== "ok");

/** Of a document that shows a picture which its package left out, or keeps elsewhere, nothing is sent. */
const refusedIn = (ran: Ran) =>
  notOk(ran).filter(({ fault }) => fault?.code === "media-missing" || fault?.code === "media-outside");

/** A site of its own: all of it is pulled. */
describe.skipIf(withoutWordPress)("documents of many hands", () => {
  let wordpress: WordPress;

  beforeAll(async () => {
    wordpress = await startWordPress();
  });
  afterAll(async () => {
    await wordpress?.stop();
    removeTempDirs();
  });

  describe.each([
    { body: "blocks", documents: chosenDocuments(100), least: CORPUS === undefined ? 90 : 1500 },
    { body: "classic", documents: chosenDocuments(100).slice(-12), least: 11 },
  ])("as $body", ({ body, documents, least }) => {
    let operator: Bench;
    let sent: readonly (RealDocument & { readonly slug: string; readonly file: string })[];
    let env: Record<string, string>;

    beforeAll(async () => {
      const { url, users, php } = wordpress;
      await emptyWordPress(php);
      const login = { auth: "app-password", username: "admin", password: users.admin };
      const connection = { platform: "wordpress", url, ...login, settings: { body } };
      env = { AINSTEIN_CONNECTION_WP: JSON.stringify(connection) };
      operator = bench({ env });
      for (const [n, document] of documents.entries())
        operator.write(fileOf(n), `---\ntitle: Document ${n}\n---\n\n${document.body}`);
    });

    it("are sent whole, or refused by name where they show a picture that they do not bring", async () => {
      const ran = await operator.run(publish, [], { ...TARGET, allowLossy: true });
      const refused = refusedIn(ran);
      expect(notOk(ran)).toEqual(refused);
      for (const { fault, path } of refused)
        expect(fault?.place).toEqual({ file: path, line: expect.any(Number) });
      expect(ran.results.filter(({ notKept }) => notKept !== undefined)).toEqual([]);
      const gone = new Set(refused.map(({ path }) => path));
      const told = ran.plan.steps.flatMap(({ path, losses = [] }) => losses.map(() => path));
      const dropped = documents.flatMap(({ body: text }, n) =>
        linesWithDroppedCells(text).map(() => fileOf(n)),
      );
      expect(told.sort()).toEqual(dropped.filter((path) => !gone.has(path)).sort());
      sent = documents
        .map((document, n) => ({ ...document, slug: `doc-${n}`, file: fileOf(n) }))
        .filter(({ file }) => !gone.has(file));
      expect(sent.length).toBeGreaterThanOrEqual(least);
      expect(ran.summary).toMatchObject({ created: sent.length, verified: sent.length });
    });

    it("are sent once", async () => {
      const again = await operator.run(push, [], TARGET);
      expect(notOk(again)).toEqual(refusedIn(again));
      expect(again.plan.steps).toEqual([]);
      expect(again.summary).toMatchObject({ unchanged: sent.length, writes: 0 });
    });

    it("are stored with every word, link, picture, cell and piece of code", async () => {
      const stored = await storedBodies(wordpress);
      expect(Object.keys(stored)).toHaveLength(sent.length);
      const editor = body === "blocks" ? installedEditor() : undefined;
      for (const document of sent) {
        const text = stored[document.slug] ?? "";
        expect(missing(factsOfMarkdown(document.body), factsOfHtml(text)), document.path).toEqual([]);
        if (editor !== undefined) expect(ownFaults(editor, document.body, text), document.path).toEqual([]);
      }
    });

    it("come down to another machine saying what they said, and nothing of it is sent", async () => {
      const other = bench({ env });
      const brought = await other.run(pull, [], TARGET);
      expect(notOk(brought)).toEqual([]);
      expect(brought.summary).toMatchObject({ pulled: sent.length, writes: 0 });
      for (const { file, path, body: written } of sent) {
        const { body: came } = parseSource(Buffer.from(other.read(file)), file);
        const [before, after] = [factsOfMarkdown(written), factsOfMarkdown(came)];
        expect(missing(before, after), path).toEqual([]);
        // In a classic body bare text breaks at its line ends, and Markdown says so.
        const added = missing(after, before).filter((fact) => body === "blocks" || fact !== "tag br ");
        expect(added, path).toEqual([]);
      }
      const idle = await other.run(push, [], TARGET);
      expect(idle.plan.steps).toEqual([]);
      expect(idle.summary).toMatchObject({ unchanged: sent.length, writes: 0 });
    });
  });
});

/** By slug, as PHP reads them from the database. */
async function storedBodies({ php }: WordPress): Promise<Readonly<Record<string, string>>> {
  const told = await php(
    "foreach (get_posts(['numberposts' => -1, 'post_status' => 'publish']) as $p) $all[$p->post_name] = $p->post_content; echo json_encode($all);",
  );
  return JSON.parse(told) as Record<string, string>;
}
