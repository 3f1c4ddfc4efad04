// A connector on a fake Ghost in this process.
import { openSession } from "../../../src/auth/session.ts";
import { findMethod } from "../../../src/commands/connection.ts";
import type { Connector, Refs } from "../../../src/connectors/contract.ts";
import { open } from "../../../src/connectors/ghost/client.ts";
import { codec } from "../../../src/connectors/ghost/codec.ts";
import { manifest } from "../../../src/connectors/ghost/manifest.ts";
import type { Document } from "../../../src/content/document.ts";
import { createHttp } from "../../../src/http/client.ts";
import { type Clock, systemClock } from "../../../src/lib/clock.ts";
import type { GhostFake } from "../../fakes/ghost.ts";
import { gatherRefs } from "../contract.ts";
import { FILES } from "../local-site.ts";

/** Who sleeps wakes up at once, and it is so much later. For the program and the fake alike. */
export function leapingClock(): Clock {
  let ahead = 0;
  return {
    now: () => systemClock.now() + ahead,
    sleep: async (ms) => {
      ahead += ms;
      await systemClock.sleep(0);
    },
  };
}

export function openGhost(
  fake: Pick<GhostFake, "url" | "key">,
  clock: Clock,
  { key = fake.key, settings = {} }: { key?: string; settings?: Readonly<Record<string, string>> } = {},
): Connector {
  const url = `${fake.url}/ghost/api/admin`;
  const session = openSession(
    "blog",
    findMethod(manifest, "admin-key"),
    undefined,
    { token: key },
    undefined,
    clock,
  );
  const http = createHttp({
    baseUrl: url,
    authorize: session.authorize,
    pace: { perSecond: Number.POSITIVE_INFINITY, concurrency: 8 },
    clock,
    random: Math.random,
    secrets: session.secrets,
  });
  return open({ url, settings, http, clock });
}

export async function refsOf(connector: Connector, document: Document): Promise<Refs> {
  const authors = (await connector.authors?.()) ?? [];
  return gatherRefs({ connector, codec, files: FILES, authors }, document);
}
