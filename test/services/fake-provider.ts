// A provider on loopback that answers as its documentation says: it proves the shape of what is sent, not that the
// provider takes it. Paths begin with the host that was meant.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as it came. */
export interface Seen {
  readonly method: string;
  /** Host that was meant first: `/api.stripe.com/v1/balance`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What it answers. `reset`: the connection breaks once the request is there. `silence`: nothing ever comes. */
export type Given =
  | {
      readonly status: number;
      readonly json?: unknown;
      readonly text?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | "reset"
  | "silence";

export interface FakeProvider {
  readonly baseUrl: string;
  readonly seen: readonly Seen[];
  /** Forgets what came, and answers so from now on. */
  answer(next: (request: Seen, index: number) => Given): void;
  close(): Promise<void>;
}

export async function startFakeProvider(): Promise<FakeProvider> {
  let seen: Seen[] = [];
  let next: (request: Seen, index: number) => Given = () => ({ status: 500, text: "no answer was set" });
  const server = createServer(async (request, response) => {
    const came = await readRequest(request);
    seen.push(came);
    give(next(came, seen.length - 1), request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    get seen() {
      return seen;
    },
    answer: (function_) => {
      seen = [];
      next = function_;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readRequest(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? "/", "http://fake");
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return {
    method: request.method ?? "",
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: Buffer.concat(chunks).toString("utf8"),
  };
}

function give(given: Given, request: IncomingMessage, response: ServerResponse): void {
  if (given === "silence") return;
  if (given === "reset") {
    request.socket.destroy();
    return;
  }
  const text = given.text ?? (given.json === undefined ? "" : JSON.stringify(given.json));
  const type = given.json === undefined ? "text/plain" : "application/json";
  response.writeHead(given.status, { "content-type": type, ...given.headers });
  response.end(text);
}
