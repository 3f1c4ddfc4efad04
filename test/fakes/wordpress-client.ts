// The connector on the real HTTP client, pointed at a fake or a real WordPress.

import type { Connector } from "../../src/connectors/contract.ts";
import { open } from "../../src/connectors/wordpress/client.ts";
import { createHttp } from "../../src/http/client.ts";
import type { Http } from "../../src/http/http.ts";
import type { Clock } from "../../src/lib/clock.ts";
import type { Sent } from "../connectors/contract.ts";

export interface Opened {
  readonly connector: Connector;
  readonly http: Http;
  /** Every call since the start, repeats by the HTTP client counted once. */
  readonly sent: Sent[];
}

/** `hurry` divides every wait: looking for a lost create takes 10 s in life. */
export function openWordPress(api: string, login: string, password: string, hurry = 20): Opened {
  const sent: Sent[] = [];
  const clock: Clock = {
    now: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / hurry)),
  };
  const basic = `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`;
  const client = createHttp({
    baseUrl: api,
    authorize: (headers) => ({ ...headers, authorization: basic }),
    pace: { perSecond: Number.POSITIVE_INFINITY, concurrency: 4 },
    clock,
    random: () => 0.5,
    secrets: () => [password],
    retry: { attempts: 2 },
  });
  const http: Http = {
    ...client,
    send: (call) => {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(call.query ?? {})) {
        if (value !== undefined) query.set(name, String(value));
      }
      sent.push({ method: call.method, url: `${call.path}?${query}`, write: call.method !== "GET" });
      return client.send(call);
    },
  };
  return { connector: open({ url: api, settings: {}, http, clock }), http, sent };
}
