import { describe } from "vitest";
import { codec } from "../../src/connectors/ghost/codec.ts";
import { startGhost } from "../fakes/ghost.ts";
import { contractSuite } from "./contract.ts";
import { leapingClock, openGhost, refsOf } from "./ghost/blog.ts";
import { SAMPLES } from "./ghost/samples.ts";

describe.each(["5.130", "6.65"])("Ghost %s", (version) => {
  contractSuite({
    name: `ghost ${version}`,
    unknownId: "0123456789abcdef01234567",
    longestTitle: 255,
    // Ghost names the owner for what integrations save.
    revisionsBy: "Olive Owner",
    samples: SAMPLES,
    start: async () => {
      const clock = leapingClock();
      const fake = await startGhost({ clock, behaviours: { version } });
      const connector = openGhost(fake, clock);
      return {
        connector,
        codec,
        refsFor: (document) => refsOf(connector, document),
        editElsewhere: async (id) => {
          const { slug = "", title = "" } = fake.store.posts.get(id)?.columns ?? {};
          fake.edit(String(slug), { title: `${String(title)} by hand` });
        },
        sent: () =>
          fake.requests.map(({ method, url, body }) => ({
            method,
            url,
            write: fake.isWrite({ method, url, body }),
          })),
        secrets: fake.secrets,
        loseNextAnswer: () => {
          fake.behaviours.dropsAnswerAfterWrite = 1;
        },
        stop: () => fake.close(),
      };
    },
  });
});
