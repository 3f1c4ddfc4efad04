// A fake: it proves the shape of our requests and what we make of answers, not how WordPress behaves. It does on
// demand what a real one cannot be made to do; everything else is tested on a real one.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Answer, answer } from "./wordpress-routes.ts";
import { emptyState, type Quirks, type State } from "./wordpress-state.ts";

export interface Logged {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly write: boolean;
}

export interface FakeWordPress {
  /** The site's address; the API root is `<url>/wp-json`. */
  readonly url: string;
  readonly api: string;
  /** Application passwords by login: `admin` may everything, `auth` is an author. */
  readonly users: Readonly<Record<"admin" | "auth", string>>;
  readonly requests: readonly Logged[];
  readonly state: State;
  /** May be changed while the fake runs. */
  readonly quirks: Quirks;
  stop(): Promise<void>;
}

export async function startFakeWordPress(quirks: Quirks = {}): Promise<FakeWordPress> {
  const state = emptyState();
  const requests: Logged[] = [];
  const live: Quirks = { ...quirks };
  const server = createServer((request, response) => {
    // A request that is cut off in the middle is nobody's.
    handle(request, response, state, live, requests).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the fake has no port");
  state.url = `http://127.0.0.1:${address.port}`;
  return {
    url: state.url,
    api: `${state.url}/wp-json`,
    users: { admin: "admin pass", auth: "auth pass" },
    requests,
    state,
    quirks: live,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  state: State,
  quirks: Quirks,
  requests: Logged[],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const { method = "GET", url = "/", headers } = request;
  const logged = { method, url, headers, body: bytes.toString("utf8"), write: method !== "GET" };
  requests.push(logged);
  if (logged.write) await quirks.beforeWrite?.();
  const reply = answer(logged, bytes, state, quirks);
  if (await spoil(logged, reply, response, quirks)) return;
  const type = typeof reply.body === "string" ? "text/html" : "application/json";
  response.writeHead(reply.status, { "content-type": type, ...reply.headers });
  response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body));
}

/** Loses or replaces the answer of a write that was carried out. */
async function spoil(
  logged: Logged,
  reply: Answer,
  response: ServerResponse,
  quirks: Quirks,
): Promise<boolean> {
  if (!logged.write || reply.status >= 400) return false;
  if ((quirks.dropsAnswerAfterCommit ?? 0) > 0) {
    quirks.dropsAnswerAfterCommit = (quirks.dropsAnswerAfterCommit ?? 0) - 1;
    response.destroy();
    return true;
  }
  if (quirks.badGatewayAfterCommit !== undefined && quirks.badGatewayAfterCommit > 0) {
    quirks.badGatewayAfterCommit -= 1;
    response.writeHead(502, { "content-type": "text/html" }).end("<html><title>Bad Gateway</title></html>");
    return true;
  }
  if ((quirks.halvesAnswers ?? 0) > 0) {
    quirks.halvesAnswers = (quirks.halvesAnswers ?? 0) - 1;
    const whole = JSON.stringify(reply.body);
    response.writeHead(reply.status, { "content-type": "application/json" });
    response.end(whole.slice(0, whole.length >> 1));
    return true;
  }
  if (quirks.fatalErrorAfterCommit === true) {
    const body = {
      code: "internal_server_error",
      message: "There has been a critical error",
      data: { status: 500 },
    };
    response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify(body));
    return true;
  }
  return false;
}
