import { type Clock, systemClock } from "../../lib/clock.ts";
import { type Logged, type Reply, serve } from "../serve.ts";
import { type App, newGrants } from "./access.ts";
import { type Behaviours, defaultBehaviours } from "./behaviours.ts";
import { answer, type Exchange, type Running } from "./routes.ts";
import { seed } from "./seed.ts";
import { emptyStore, type WixStore } from "./state.ts";

export interface SandboxOptions {
  /** A free one when left out. */
  readonly port?: number;
  readonly clock?: Clock;
  /** Begin with some posts, tags and categories. Default: an empty blog with one member. */
  readonly seeded?: boolean;
  readonly behaviours?: Partial<Behaviours>;
  /** Is told each answered request. */
  readonly watch?: (exchange: Exchange) => void;
}

export interface WixSandbox {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** An API key, good for the one site. */
  readonly key: string;
  readonly siteId: string;
  /** An app that is installed on the site. */
  readonly app: App;
  /** What the site holds; may be looked at and changed. */
  readonly store: WixStore;
  /** May be changed while the sandbox runs. */
  readonly behaviours: Behaviours;
  /** The last requests, oldest first. */
  readonly requests: readonly Logged[];
  /** Answers from now on as one that is reached at this address (a proxy before it). */
  reachedAt(url: string): void;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1. Rejects with Node's error where the port cannot be had. */
export async function startWixSandbox(options: SandboxOptions = {}): Promise<WixSandbox> {
  const clock = options.clock ?? systemClock;
  const behaviours = { ...defaultBehaviours(), ...options.behaviours };
  const store = emptyStore(clock, behaviours);
  const grants = newGrants();
  const running: Running = { store, grants, minute: [], watch: options.watch };
  const served = await serve({
    port: options.port,
    answer: (incoming) => dated(answer(running, incoming), clock),
    delay: () => (behaviours.delayMs > 0 ? clock.sleep(behaviours.delayMs) : undefined),
  });
  store.url = served.url;
  if (options.seeded === true) seed(store);
  const { url, requests, close } = served;
  return {
    ...{ url, requests, close, store, behaviours },
    reachedAt: (other) => {
      served.reachedAt(other);
      store.url = other;
    },
    ...{ key: grants.key, siteId: store.site.id, app: grants.app },
  };
}

/** By the sandbox's own clock. */
function dated(reply: Reply | "cut", clock: Clock): Reply | "cut" {
  if (reply === "cut") return reply;
  return { ...reply, headers: { date: new Date(clock.now()).toUTCString(), ...reply.headers } };
}
