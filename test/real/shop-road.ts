// A Shopify sandbox at the end of a bad road: what is published to it, what it then holds, and what may befall a request.
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Direction } from "../../src/commands/transfer.ts";
import { manifest } from "../../src/connectors/shopify/manifest.ts";
import { type Clock, systemClock } from "../../src/lib/clock.ts";
import type { Behaviours } from "../../src/sandbox/shopify/behaviours.ts";
import { makeBlog } from "../../src/sandbox/shopify/blogs.ts";
import { type ShopifySandbox, startShopifySandbox } from "../../src/sandbox/shopify/server.ts";
import type { Bench } from "../commands/bench.ts";
import { define } from "../connectors/shopify/shop.ts";
import { type FaultProxy, MISHAPS, type Mishap, type Passed, startFaultProxy } from "../fakes/fault-proxy.ts";
import { picture } from "./both-sides.ts";
import { overTo } from "./disturbed.ts";

/** Besides those of any road: what Shopify itself may do to a request. */
const SHOPS_OWN = ["throttled", "internal-error-after"] as const;
export type ShopMishap = Mishap | (typeof SHOPS_OWN)[number];
export const SHOP_MISHAPS: readonly ShopMishap[] = [
  ...MISHAPS.filter((mishap) => !mishap.startsWith("twice")),
  ...SHOPS_OWN,
];

/** What Shopify's documents leave open, one way and the other. */
export const SHOPS: Readonly<Record<string, Partial<Behaviours>>> = {
  "a shop that refuses handles in use": { handleCollision: "taken" },
  "a shop that gives suffixes, tidies HTML, and searches late": {
    ...{ handleCollision: "suffix", cleansHtml: "tidy", searchLagMs: 60_000 },
  },
};

export interface ShopRoad {
  readonly sandbox: ShopifySandbox;
  readonly proxy: FaultProxy;
  /** Lets request number `at` (from 0) from now on meet the mishap. */
  arm(mishap: ShopMishap, at: number): void;
  stop(): Promise<void>;
}

const isWrite = ({ url, body }: Pick<Passed, "url" | "body">) =>
  url.startsWith("/staged") || body.includes('"query":"mutation');

export async function startShop(behaviours: Partial<Behaviours>): Promise<ShopRoad> {
  const sandbox = await startShopifySandbox({
    behaviours: { processingMs: 5, maximumAvailable: 1_000_000, restoreRate: 1_000_000, ...behaviours },
  });
  makeBlog(sandbox.store, "Guides");
  define(sandbox, "ARTICLE", "minutes", "number_integer");
  const proxy = await startFaultProxy(sandbox.url, { isWrite, keepsHost: true });
  sandbox.reachedAt(proxy.url);
  return {
    sandbox,
    proxy,
    arm: (mishap, at) => {
      proxy.before = undefined;
      if (mishap !== "throttled" && mishap !== "internal-error-after") return proxy.reset(mishap, at);
      proxy.reset();
      proxy.before = () => {
        if (proxy.passed.length <= at) return;
        proxy.before = undefined;
        sandbox.behaviours[mishap === "throttled" ? "throttles" : "internalErrorAfterWrite"] = 1;
      };
    },
    stop: async () => {
      await proxy.stop();
      await sandbox.close();
    },
  };
}

/** Nothing lands late in a sandbox: waits take a two-hundredth of their time. */
const impatient: Clock = { now: systemClock.now, sleep: (ms) => systemClock.sleep(ms / 200) };

export const SETTINGS = { blog: "news", allow: "products" } as const;

/** A command to the target of that name, which lies at the end of this road. */
export function overShop({ sandbox, proxy }: ShopRoad, direction: Direction, target = "shop") {
  return overTo(
    {
      ...{ target, api: proxy.url, manifest, settings: SETTINGS, clock: impatient },
      limits: { connectMs: 2000, firstByteMs: 1500, wholeMs: 3000 },
      authorize: (headers) => ({ ...headers, "x-shopify-access-token": sandbox.token }),
    },
    direction,
  );
}

/** Articles in two blogs, one slug in both, a page and a product, with two pictures, tags and a metafield. */
export function writeShopContent(operator: Bench, articles = 5): void {
  operator.write(
    "ainstein.yaml",
    "content:\n  - { dir: articles, kind: article }\n  - { dir: pages, kind: page }\n  - { dir: products, kind: product }\n",
  );
  for (let n = 1; n <= articles; n += 1) {
    const date =
      n % 2 === 0 ? "status: published\ndate: 2025-03-02 10:00\nmetafields: { custom.minutes: 3 }\n" : "";
    const image = n <= 2 ? `\n![Picture ${n}](../images/p${n}.png)\n` : "";
    operator.write(
      `articles/article-${n}.md`,
      `---\ntitle: Article ${n}\nblog: ${n % 2 === 0 ? "guides" : "news"}\n${date}tags: [bread, "tag ${n % 2}"]\n---\n\nFirst of ${n}.\n${image}\nSecond *of* ${n}.\n`,
    );
  }
  operator.write(
    "articles/again.md",
    "---\ntitle: Again\nblog: guides\nslug: article-1\nimage: { src: ../images/p1.png, alt: P }\n---\n\nThe slug of another blog.\n",
  );
  operator.write("pages/about.md", "---\ntitle: About\n---\n\nAbout us.\n");
  operator.write("products/loaf.md", "---\ntitle: Loaf\nstatus: draft\ntags: [rye]\n---\n\nOf *rye*.\n");
  for (const n of [1, 2]) operator.write(`images/p${n}.png`, picture(n));
}

/** Texts, tags, a slug, a metafield that is gone, and one document less: five updates and a removal. */
export function editShopContent(operator: Bench): void {
  const edit = (path: string, from: string | RegExp, to: string) =>
    operator.write(path, operator.read(path).replace(from, to));
  edit("articles/article-1.md", "First of", "Edited of");
  edit("articles/article-2.md", "bread", "cake");
  edit("articles/article-3.md", "title: Article 3", "title: Article three\nslug: article-three");
  edit("articles/article-4.md", /metafields:.*\n/, "");
  edit("products/loaf.md", "rye", "wheat");
  rmSync(join(operator.root, "articles/article-5.md"));
}

/** Documents besides the articles that were asked for, and all there are by default. */
export const BESIDES = 3;
export const DOCUMENTS = 5 + BESIDES;

export interface ShopCensus {
  /** Kind, blog, handle and everything the operator's files decide, sorted. Numbers are left out. */
  readonly entries: readonly string[];
  /** Names of the files, sorted. */
  readonly files: readonly string[];
}

/** What the shop holds, counted in its own store. */
export function shopCensus({ store }: ShopifySandbox): ShopCensus {
  const plain = (html: string) => html.replace(/https?:\/\/127\.0\.0\.1:\d+/g, "").replace(/\?v=\d+/g, "");
  const when = (at: string | null) => (at === null || at.startsWith("2025-03") ? String(at) : "now");
  const fields = (id: string) => (store.metafields.get(id) ?? []).map(({ key, value }) => `${key}=${value}`);
  const articles = [...store.articles.values()].map((one) => [
    ...["article", store.blogs.get(one.blogId)?.handle, one.handle, one.title, plain(one.body)],
    ...[[...one.tags].sort().join("+"), one.image === null ? "" : "image", when(one.publishedAt)],
    fields(one.id).join("+"),
  ]);
  const pages = [...store.pages.values()].map((one) => [
    ...["page", "", one.handle, one.title, plain(one.body), when(one.publishedAt)],
  ]);
  // An archived one is a removed one.
  const kept = [...store.products.values()].filter(({ status }) => status !== "ARCHIVED");
  const products = kept.map((one) => [
    ...["product", "", one.handle, one.title, plain(one.descriptionHtml), one.status, one.tags.join("+")],
  ]);
  return {
    entries: [...articles, ...pages, ...products].map((parts) => parts.join(" | ")).sort(),
    files: [...store.files.values()].map(({ name }) => name).sort(),
  };
}
