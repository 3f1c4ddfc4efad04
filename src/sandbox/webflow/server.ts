import { type Clock, systemClock } from "../../lib/clock.ts";
import { type Logged, type Reply, serve } from "../serve.ts";
import { type Behaviours, defaultBehaviours } from "./behaviours.ts";
import { type Minute, newMinute } from "./limit.ts";
import { ALL_SCOPES, type Grants, newGrants, type SandboxApp } from "./oauth.ts";
import { answer, type Running } from "./routes.ts";
import { addBlog, seed } from "./seed.ts";
import { emptyStore, type SiteStore } from "./state.ts";

export interface SandboxOptions {
  /** A free one when left out. */
  readonly port?: number;
  readonly clock?: Clock;
  /** Begin with posts, authors and topics. Default: the same collections, empty. */
  readonly seeded?: boolean;
  /** Tags of the site's languages, the primary one first. Default: English alone, and no localization. */
  readonly locales?: readonly string[];
  /** Of the site token. Default: all that content needs. */
  readonly scopes?: readonly string[];
  /** Redirect addresses of the app; `*` in place of the port stands for any. */
  readonly redirects?: readonly string[];
  readonly behaviours?: Partial<Behaviours>;
}

export interface WebflowSandbox {
  /** `http://127.0.0.1:<port>`; the Data API is below `/v2`. */
  readonly url: string;
  /** A site token. */
  readonly token: string;
  /** The app that connects. */
  readonly client: SandboxApp;
  /** What the site holds; may be looked at and changed. */
  readonly store: SiteStore;
  /** May be changed while the sandbox runs. */
  readonly behaviours: Behaviours;
  readonly grants: Grants;
  readonly minute: Readonly<Minute>;
  /** The last requests, oldest first. */
  readonly requests: readonly Logged[];
  /** Answers from now on as one that is reached at this address (a proxy before it). */
  reachedAt(url: string): void;
  close(): Promise<void>;
}

const CLIENT_ID = "ainstein0sandbox0client0id0000000000000000000000000000000000001";
const CLIENT_SECRET = "ainstein0sandbox0secret00000000000000000000000000000000000000001";
const REDIRECT = "http://localhost:13388/auth/callback";

/** Listens on 127.0.0.1. Rejects with Node's error where the port cannot be had. */
export async function startWebflowSandbox(options: SandboxOptions = {}): Promise<WebflowSandbox> {
  const clock = options.clock ?? systemClock;
  const behaviours = { ...defaultBehaviours(), ...options.behaviours };
  const store = emptyStore(clock, behaviours, options.locales ?? ["en"]);
  const client = { id: CLIENT_ID, secret: CLIENT_SECRET, redirects: options.redirects ?? [REDIRECT] };
  const grants = newGrants(client, options.scopes ?? ALL_SCOPES);
  const running: Running = { store, grants, minute: newMinute() };
  const served = await serve({
    port: options.port,
    answer: (incoming) => dated(answer(running, incoming), clock),
    delay: () => (behaviours.delayMs > 0 ? clock.sleep(behaviours.delayMs) : undefined),
  });
  store.url = served.url;
  const blog = addBlog(store);
  if (options.seeded === true) seed(store, blog);
  return {
    ...{ url: store.url, token: grants.siteToken, client, store, behaviours, grants, minute: running.minute },
    requests: served.requests,
    reachedAt: (other) => {
      served.reachedAt(other);
      store.url = other;
    },
    close: served.close,
  };
}

/** By the sandbox's own clock. */
function dated(reply: Reply | "cut", clock: Clock): Reply | "cut" {
  if (reply === "cut") return reply;
  return { ...reply, headers: { date: new Date(clock.now()).toUTCString(), ...reply.headers } };
}
