// The sandboxes there are: how each is started, and what a person is told of it.
import { type ShopifySandbox, startShopifySandbox } from "../sandbox/shopify/server.ts";
import { startWebflowSandbox, type WebflowSandbox } from "../sandbox/webflow/server.ts";
import { startWixSandbox, type WixSandbox } from "../sandbox/wix/server.ts";
import type { Context } from "./context.ts";

export interface Running {
  readonly url: string;
  /** What AINSTEIN_CONNECTION_<NAME> takes. */
  readonly connection: Readonly<Record<string, unknown>>;
  /** For people: what it holds, and what to type. */
  readonly lines: readonly string[];
  close(): Promise<void>;
}

export interface Wanted {
  readonly port: number;
  readonly empty: boolean;
  readonly clock: Context["clock"];
}

/** By the platform's name. */
export const SANDBOXES: Readonly<Record<string, (wanted: Wanted) => Promise<Running>>> = {
  shopify,
  webflow,
  wix,
};

/** What is said of each in the same words. `secrets`: names and values, in a column. */
interface About {
  readonly title: string;
  readonly url: string;
  readonly holds: string;
  readonly secrets: readonly (readonly [name: string, value: string])[];
  /** What to type to connect, in paragraphs of their own. */
  readonly connect: readonly string[];
}

function linesOf({ title, url, holds, secrets, connect }: About): readonly string[] {
  const width = Math.max(...secrets.map(([name]) => name.length)) + 2;
  return [
    `A sandbox of ${title} listens at ${url}`,
    `This is a sandbox, not ${title}: nobody but this machine reaches it, and nothing is kept once it ends.`,
    holds,
    "",
    ...secrets.map(([name, value]) => `  ${name.padEnd(width)}${value}`),
    "",
    ...connect,
    "and then:",
    "  mkdir -p sandbox && ainstein-cms pull ./sandbox --target sandbox",
    "  ainstein-cms publish ./posts --target sandbox",
    "",
    "Ctrl-C ends it.",
  ];
}

const BROWSER = "In another terminal, sign in through the browser (the client secret is asked for):";

async function shopify({ port, empty, clock }: Wanted): Promise<Running> {
  // The port that a browser comes back to may be another one than that of the app: connect --port.
  const redirects = ["http://127.0.0.1:*/auth/callback"];
  const shop = await startShopifySandbox({ port, clock, redirects, seeded: !empty });
  const { url, token } = shop;
  return {
    url,
    connection: { platform: "shopify", url, auth: "token", token, settings: { blog: BLOG } },
    lines: linesOf(aboutShop(shop)),
    close: () => shop.close(),
  };
}

/** Where articles go that name no blog. */
const BLOG = "news";

function aboutShop({ url, token, client, store }: ShopifySandbox): About {
  const { blogs, articles, pages, products } = store;
  const connect = `ainstein-cms connect shopify --name sandbox --url ${url} --set blog=${BLOG}`;
  return {
    ...{ title: "Shopify", url },
    holds:
      articles.size === 0
        ? "It holds one blog, without articles."
        : `It holds ${blogs.size} blogs, ${articles.size} articles, ${pages.size} pages and ${products.size} product.`,
    secrets: [
      ["client id", client.id],
      ["client secret", client.secret],
      ["access token", token],
    ],
    connect: [
      BROWSER,
      `  ${connect} --client-id ${client.id}`,
      "or with the token:",
      `  echo ${token} | ${connect} --auth token --token-stdin`,
    ],
  };
}

async function webflow({ port, empty, clock }: Wanted): Promise<Running> {
  const redirects = ["http://localhost:*/auth/callback"];
  const site = await startWebflowSandbox({ port, clock, redirects, seeded: !empty });
  const url = `${site.url}/v2`;
  return {
    url: site.url,
    connection: { platform: "webflow", url, auth: "token", token: site.token },
    lines: linesOf(aboutWebflow(site)),
    close: () => site.close(),
  };
}

function aboutWebflow({ url, token, client, store }: WebflowSandbox): About {
  const count = [...store.items.values()].reduce((sum, items) => sum + items.size, 0);
  const connect = `ainstein-cms connect webflow --name sandbox --url ${url}`;
  return {
    ...{ title: "Webflow", url },
    holds:
      count === 0
        ? `It holds ${store.collections.size} collections, without items.`
        : `It holds ${store.collections.size} collections and ${count} items.`,
    secrets: [
      ["client id", client.id],
      ["client secret", client.secret],
      ["site token", token],
    ],
    connect: [
      BROWSER,
      `  ${connect} --auth oauth --client-id ${client.id}`,
      "or with the token:",
      `  echo ${token} | ${connect} --token-stdin`,
    ],
  };
}

async function wix({ port, empty, clock }: Wanted): Promise<Running> {
  const site = await startWixSandbox({ port, clock, seeded: !empty });
  const { url, key, siteId } = site;
  return {
    url,
    connection: { platform: "wix", url, auth: "api-key", token: key, settings: { site: siteId } },
    lines: linesOf(aboutWix(site)),
    close: () => site.close(),
  };
}

function aboutWix({ url, key, siteId, app, store }: WixSandbox): About {
  const connect = `ainstein-cms connect wix --name sandbox --url ${url}`;
  return {
    ...{ title: "Wix", url },
    holds:
      store.posts.size === 0
        ? "It holds a blog, without posts."
        : `It holds a blog of ${store.posts.size} posts.`,
    secrets: [
      ["API key", key],
      ["site id", siteId],
      ["app id", app.id],
      ["app secret", app.secret],
      ["app instance", app.instance],
    ],
    connect: [
      "In another terminal, with the API key:",
      `  echo ${key} | ${connect} --set site=${siteId} --token-stdin`,
      "or as the app:",
      `  echo ${app.secret} | ${connect} --auth app --client-id ${app.id} --set instance=${app.instance} --client-secret-stdin`,
    ],
  };
}
