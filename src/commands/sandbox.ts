import { EXIT } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import { type ShopifySandbox, startShopifySandbox } from "../sandbox/shopify/server.ts";
import type { Args, Command, Context } from "./context.ts";
import { countFlag, switchFlag } from "./flags.ts";

interface Running {
  readonly url: string;
  /** What AINSTEIN_CONNECTION_<NAME> takes. */
  readonly connection: Readonly<Record<string, unknown>>;
  /** For people: what it holds, and what to type. */
  readonly lines: readonly string[];
  close(): Promise<void>;
}

interface Wanted {
  readonly port: number;
  readonly empty: boolean;
  readonly clock: Context["clock"];
}

const SANDBOXES: Readonly<Record<string, (wanted: Wanted) => Promise<Running>>> = { shopify: startShopify };

/** Serves until it is interrupted. Touches neither the database nor the vault. */
export const sandbox: Command = async (context, args) => {
  const platform = args.positionals[0] ?? "";
  const start = Object.hasOwn(SANDBOXES, platform) ? SANDBOXES[platform] : undefined;
  if (start === undefined) throw unknownPlatform(platform);
  const { ui, signal, clock } = context;
  const port = portOf(args);
  const running = await start({ port, empty: switchFlag(args, "empty"), clock }).catch((thrown: unknown) => {
    throw portFault(thrown, port);
  });
  try {
    const { url, connection, lines } = running;
    ui.record({ type: "sandbox", platform, url, connection });
    for (const line of lines) ui.out(line);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
  } finally {
    await running.close();
  }
  ui.out("The sandbox has ended; nothing of it is kept.");
  return EXIT.done;
};

function unknownPlatform(platform: string): Fault {
  const what = platform === "" ? "Which platform?" : `There is no sandbox of "${platform}".`;
  const [first = ""] = Object.keys(SANDBOXES);
  return new Fault("usage", `${what} There is one of: ${Object.keys(SANDBOXES).join(", ")}.`, {
    code: "no-sandbox",
    hint: `ainstein-cms sandbox ${first}`,
  });
}

/** 0 is a free one. */
function portOf(args: Args): number {
  const port = countFlag(args, "port") ?? 0;
  if (port <= 65_535) return port;
  throw new Fault("usage", `There is no port ${port}.`, {
    code: "bad-port",
    hint: "--port takes a number up to 65535; leave it out for a free one.",
  });
}

function portFault(thrown: unknown, port: number): unknown {
  const code = (thrown as NodeJS.ErrnoException).code ?? "";
  if (code !== "EADDRINUSE" && code !== "EACCES") return thrown;
  return new Fault("usage", `Nothing can listen on port ${port} of 127.0.0.1 (${code}).`, {
    code: "port-taken",
    hint: "Choose another one with --port, or leave it out.",
  });
}

async function startShopify({ port, empty, clock }: Wanted): Promise<Running> {
  // The port that a browser comes back to may be another one than that of the app: connect --port.
  const redirects = ["http://127.0.0.1:*/auth/callback"];
  const shop = await startShopifySandbox({ port, clock, redirects, seeded: !empty });
  const { url, token } = shop;
  return {
    url,
    connection: { platform: "shopify", url, auth: "token", token, settings: { blog: BLOG } },
    lines: shopifyLines(shop),
    close: () => shop.close(),
  };
}

/** Where articles go that name no blog. */
const BLOG = "news";

function shopifyLines({ url, token, client, store }: ShopifySandbox): readonly string[] {
  const { blogs, articles, pages, products } = store;
  const connect = `ainstein-cms connect shopify --name sandbox --url ${url} --set blog=${BLOG}`;
  const holds =
    articles.size === 0
      ? "It holds one blog, without articles."
      : `It holds ${blogs.size} blogs, ${articles.size} articles, ${pages.size} pages and ${products.size} product.`;
  return [
    `A sandbox of Shopify listens at ${url}`,
    "This is a sandbox, not Shopify: nobody but this machine reaches it, and nothing is kept once it ends.",
    holds,
    "",
    `  client id      ${client.id}`,
    `  client secret  ${client.secret}`,
    `  access token   ${token}`,
    "",
    "In another terminal, sign in through the browser (the client secret is asked for):",
    `  ${connect} --client-id ${client.id}`,
    "or with the token:",
    `  echo ${token} | ${connect} --auth token --token-stdin`,
    "and then:",
    "  mkdir -p sandbox && ainstein-cms pull ./sandbox --target sandbox",
    "  ainstein-cms publish ./posts --target sandbox",
    "",
    "Ctrl-C ends it.",
  ];
}
