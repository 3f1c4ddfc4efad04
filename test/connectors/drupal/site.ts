// A connector on a fake, or a real site, in this process.
import type { Connector, Refs } from "../../../src/connectors/contract.ts";
import { open } from "../../../src/connectors/drupal/client.ts";
import { codec } from "../../../src/connectors/drupal/codec.ts";
import type { Document } from "../../../src/content/document.ts";
import { createHttp } from "../../../src/http/client.ts";
import type { Http } from "../../../src/http/http.ts";
import { type Clock, systemClock } from "../../../src/lib/clock.ts";
import { gatherRefs, type Sent } from "../contract.ts";
import { FILES } from "../local-site.ts";

/** Sleeps no longer than a hundredth of what it is told. */
const QUICK: Clock = { now: systemClock.now, sleep: (ms) => systemClock.sleep(ms / 100) };

export interface Opened {
  readonly connector: Connector;
  readonly http: Http;
  readonly sent: Sent[];
}

export function openDrupal(
  url: string,
  [login, password]: readonly [string, string],
  settings: Readonly<Record<string, string>> = {},
): Opened {
  const sent: Sent[] = [];
  const basic = `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`;
  const client = createHttp({
    baseUrl: url,
    authorize: (headers) => ({ ...headers, authorization: basic }),
    pace: { perSecond: Number.POSITIVE_INFINITY, concurrency: 4 },
    clock: QUICK,
    random: () => 0.5,
    secrets: () => [password],
    retry: { attempts: 2 },
  });
  const http: Http = {
    ...client,
    send: (call) => {
      sent.push({ method: call.method, url: call.path, write: !["GET", "HEAD"].includes(call.method) });
      return client.send(call);
    },
  };
  return { connector: open({ url, settings, http, clock: QUICK }), http, sent };
}

export function refsOf(connector: Connector, document: Document): Promise<Refs> {
  return gatherRefs({ connector, codec, files: FILES }, document);
}
