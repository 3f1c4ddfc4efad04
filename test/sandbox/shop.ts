// The sandbox as a program would use it: plain HTTP, no code of the connector.
import type { Clock } from "../../src/lib/clock.ts";
import {
  type SandboxOptions,
  type ShopifySandbox,
  startShopifySandbox,
} from "../../src/sandbox/shopify/server.ts";

export interface HandClock extends Clock {
  pass(ms: number): void;
}

/** Stands still until it is told to pass; sleeping passes it. */
export function handClock(start = Date.parse("2026-11-01T10:00:00Z")): HandClock {
  let now = start;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
    pass: (ms) => {
      now += ms;
    },
  };
}

/** JSON of any shape, for looking into. */
export interface Deep {
  readonly [key: string]: Deep | undefined;
}

export function items(value: Deep | undefined): readonly Deep[] {
  return Array.isArray(value) ? value : [];
}

export interface Shop extends ShopifySandbox {
  readonly clock: HandClock;
  /** The whole payload: data, errors, extensions. */
  ask(query: string, variables?: object, more?: Asked): Promise<Deep>;
  /** The data; fails where there are errors. */
  data(query: string, variables?: object): Promise<Deep>;
  raw(query: string, variables?: object, more?: Asked): Promise<Response>;
}

interface Asked {
  readonly token?: string;
  readonly version?: string;
}

export async function openShop(options: SandboxOptions = {}): Promise<Shop> {
  const clock = handClock();
  const sandbox = await startShopifySandbox({ clock, ...options });
  const raw: Shop["raw"] = (query, variables = {}, { token = sandbox.token, version = "2026-10" } = {}) =>
    fetch(`${sandbox.url}/admin/api/${version}/graphql.json`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-shopify-access-token": token },
      body: JSON.stringify({ query, variables }),
    });
  const ask: Shop["ask"] = async (query, variables, more) =>
    (await (await raw(query, variables, more)).json()) as Deep;
  const data: Shop["data"] = async (query, variables) => {
    const payload = await ask(query, variables);
    if (payload.errors !== undefined) throw new Error(JSON.stringify(payload.errors));
    return payload.data ?? {};
  };
  return { ...sandbox, clock, raw, ask, data };
}

export const ARTICLE_CREATE = `mutation ($article: ArticleCreateInput!) {
  articleCreate(article: $article) {
    article { id handle title body tags isPublished publishedAt updatedAt blog { id handle } author { name } image { url altText } }
    userErrors { code field message }
  }
}`;
