import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Ghost, startGhost } from "../../scripts/ghost.mjs";
import { ghostAnswers } from "../../scripts/ghost-answers.mjs";
import { codec } from "../../src/connectors/ghost/codec.ts";
import { contractSuite, gatherRefs } from "../connectors/contract.ts";
import { SAMPLES } from "../connectors/ghost/samples.ts";
import { FILES } from "../connectors/local-site.ts";
import { edit, openSite, startSite, VERSIONS } from "./ghost-site.ts";

// Where others use the machine at the same time a real server is far slower than a fake.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** Of a Ghost that runs: the second of its last edit is over, so that another moves its time of modification. */
const nextSecond = () => new Promise((resolve) => setTimeout(resolve, 1000 - (Date.now() % 1000)));

// `npm test` says how to have one.
if (VERSIONS.length === 0) it.skip("a real Ghost, which is not installed", () => undefined);

for (const version of VERSIONS) {
  contractSuite({
    name: `a real Ghost ${version}`,
    unknownId: "0123456789abcdef01234567",
    longestTitle: 255,
    revisionsBy: "Olive Owner",
    listingSize: 16,
    samples: SAMPLES,
    start: async () => {
      const site = await startSite(version);
      const connector = openSite(site);
      const authors = (await connector.authors?.()) ?? [];
      return {
        ...{ connector, codec },
        refsFor: (document) => gatherRefs({ connector, codec, files: FILES, authors }, document),
        editElsewhere: async (id) => {
          await nextSecond();
          await edit(site, id, { title: "By hand" });
        },
        sent: () => site.proxy.passed,
        secrets: [site.ghost.key, site.ghost.key.replace(/^.*:/, "")],
        loseNextAnswer: () => {
          site.proxy.before = ({ write }) => {
            if (!write) return;
            site.proxy.before = undefined;
            site.proxy.cut("reset-after", true);
          };
        },
        stop: site.stop,
      };
    },
  });

  describe(`a real Ghost ${version}`, () => {
    let ghost: Ghost;
    beforeAll(async () => {
      ghost = await startGhost({ version });
    });
    afterAll(() => ghost?.stop());

    it("answers as recorded", async () => {
      const file = new URL(`../../fixtures/ghost/answers-${version}.json`, import.meta.url);
      expect(await ghostAnswers(ghost)).toEqual(JSON.parse(readFileSync(file, "utf8")));
    });
  });
}
