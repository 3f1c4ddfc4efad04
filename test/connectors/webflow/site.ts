// A connector on a sandbox in this process.
import type { Connector, Draft, Entry, Refs } from "../../../src/connectors/contract.ts";
import { open } from "../../../src/connectors/webflow/client.ts";
import { codec } from "../../../src/connectors/webflow/codec.ts";
import type { Document } from "../../../src/content/document.ts";
import { createHttp } from "../../../src/http/client.ts";
import { type Clock, systemClock } from "../../../src/lib/clock.ts";
import type { WebflowSandbox } from "../../../src/sandbox/webflow/server.ts";
import { gatherRefs } from "../contract.ts";
import { FILES } from "../local-site.ts";

/** Who sleeps wakes up at once, and it is so much later. For the program and the sandbox alike. */
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

/**
 * Time stands still while anybody is at work, and leaps to whoever wakes up next when all sleep: those who sleep wake up in
 * their order, as with a clock of its own. For the program and the sandbox alike.
 */
export function restingClock(): Clock {
  let now = systemClock.now();
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  let watching = false;
  const watch = () => {
    watching = true;
    setTimeout(() => {
      sleepers.sort((a, b) => a.at - b.at);
      const first = sleepers.shift();
      now = Math.max(now, first?.at ?? now);
      first?.wake();
      watching = sleepers.length > 0;
      if (watching) watch();
    }, 2);
  };
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const wake = () => (signal?.aborted === true ? reject(signal.reason) : resolve());
        sleepers.push({ at: now + ms, wake });
        if (!watching) watch();
      }),
  };
}

export function openWebflow(
  sandbox: Pick<WebflowSandbox, "url" | "token">,
  settings: Readonly<Record<string, string>> = {},
  clock: Clock = leapingClock(),
): Connector {
  const url = `${sandbox.url}/v2`;
  const http = createHttp({
    baseUrl: url,
    authorize: (headers) => ({ ...headers, authorization: `Bearer ${sandbox.token}` }),
    pace: { perSecond: Number.POSITIVE_INFINITY, concurrency: 8 },
    clock,
    random: Math.random,
    secrets: () => [sandbox.token],
  });
  return open({ url, settings, http, clock });
}

export async function refsOf(
  connector: Connector,
  document: Document,
  settings: Readonly<Record<string, string>> = {},
): Promise<Refs> {
  const parents: Refs["parents"][number][] = [];
  const { kinds } = await connector.model();
  const wanted = kinds.find(({ name }) => name === document.kind)?.fields.flatMap(({ kinds: to = [] }) => to);
  for await (const rows of connector.list(wanted ?? [])) {
    parents.push(...rows.map(({ id, kind, slug }) => ({ id, kind, path: slug })));
  }
  return gatherRefs({ connector, codec, files: FILES, parents, settings }, document);
}

let keys = 0;

export async function draftOf(connector: Connector, document: Document, slug: string): Promise<Draft> {
  const { wire } = codec.encode(
    document,
    await refsOf(connector, document, { codeBlocks: "embed" }),
    undefined,
  );
  return { key: `key-${++keys}`, kind: document.kind, locale: document.locale, scope: "", slug, wire };
}

export async function put(connector: Connector, document: Document, slug: string): Promise<Entry> {
  const draft = await draftOf(connector, document, slug);
  return connector.create(draft, await connector.prepare(draft));
}

export const post = (title: string, fields: Document["fields"] = {}, body = ""): Document => ({
  ...{ kind: "posts", locale: "", body },
  fields: { title, ...fields },
});
