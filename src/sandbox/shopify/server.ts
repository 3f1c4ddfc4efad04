import { type Clock, systemClock } from "../../lib/clock.ts";
import { type Logged, serve } from "../serve.ts";
import { type Behaviours, defaultBehaviours } from "./behaviours.ts";
import { makeBlog } from "./blogs.ts";
import { ALL_SCOPES } from "./context.ts";
import type { Bucket } from "./cost.ts";
import { type Grants, newGrants, type SandboxApp } from "./oauth.ts";
import { answer, type Running } from "./routes.ts";
import { seed } from "./seed.ts";
import { emptyStore, type ShopStore } from "./state.ts";

export interface SandboxOptions {
  /** A free one when left out. */
  readonly port?: number;
  readonly clock?: Clock;
  /** Begin with two blogs, articles, pages and a product. Default: what a new shop has, one empty blog. */
  readonly seeded?: boolean;
  /** Of the static token and of client credentials. Default: all that content needs. */
  readonly scopes?: readonly string[];
  /** Redirect addresses of the app; `*` in place of the port stands for any. */
  readonly redirects?: readonly string[];
  readonly behaviours?: Partial<Behaviours>;
}

export interface ShopifySandbox {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** A static access token, as `shpat_…` of a custom app. */
  readonly token: string;
  /** The app that connects. */
  readonly client: SandboxApp;
  /** What the shop holds; may be looked at and changed. */
  readonly store: ShopStore;
  /** May be changed while the sandbox runs. */
  readonly behaviours: Behaviours;
  readonly grants: Grants;
  /** What the app may spend, and has spent. */
  readonly bucket: Readonly<Bucket>;
  /** The last requests, oldest first. */
  readonly requests: readonly Logged[];
  /** Answers from now on as one that is reached at this address (a proxy before it). */
  reachedAt(url: string): void;
  close(): Promise<void>;
}

const CLIENT_ID = "ainstein0sandbox0client0id000001";
const CLIENT_SECRET = "shpss_ainstein0sandbox0secret0001";
const REDIRECT = "http://127.0.0.1:13387/auth/callback";

/** Listens on 127.0.0.1. Rejects with Node's error where the port cannot be had. */
export async function startShopifySandbox(options: SandboxOptions = {}): Promise<ShopifySandbox> {
  const clock = options.clock ?? systemClock;
  const behaviours = { ...defaultBehaviours(), ...options.behaviours };
  const store = emptyStore(clock, behaviours);
  const client = { id: CLIENT_ID, secret: CLIENT_SECRET, redirects: options.redirects ?? [REDIRECT] };
  const grants = newGrants(client, options.scopes ?? ALL_SCOPES);
  const bucket = { available: behaviours.maximumAvailable, at: clock.now(), spent: 0, throttled: 0 };
  const running: Running = { store, grants, bucket };
  const served = await serve({
    port: options.port,
    answer: (incoming) => answer(running, incoming),
    delay: () => (behaviours.delayMs > 0 ? clock.sleep(behaviours.delayMs) : undefined),
  });
  store.url = served.url;
  if (options.seeded === true) seed(store);
  else makeBlog(store, "News");
  return {
    ...{ url: store.url, token: grants.staticToken, client, store, behaviours, grants, bucket },
    requests: served.requests,
    reachedAt: (other) => {
      served.reachedAt(other);
      store.url = other;
    },
    close: served.close,
  };
}
