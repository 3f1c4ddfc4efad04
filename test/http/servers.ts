import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import { createHttp, type HttpOptions } from "../../src/http/client.ts";
import type { Call, Http } from "../../src/http/http.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { asFault, type Fault } from "../../src/lib/fault.ts";

const running: Server[] = [];

afterEach(() => {
  for (const server of running.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A real server on loopback for one test; the address has no final slash. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  running.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  return text;
}

export function json(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

/** A client that never waits long and signs its requests. */
export function client(baseUrl: string, options: Partial<HttpOptions> = {}): Http {
  return createHttp({
    baseUrl,
    authorize: (headers) => ({ ...headers, authorization: "Basic c2VjcmV0LXBhaXI=" }),
    pace: { perSecond: Number.POSITIVE_INFINITY, concurrency: 8 },
    clock: systemClock,
    random: Math.random,
    retry: { baseMs: 1 },
    version: "1.2.3",
    ...options,
  });
}

export function get(path: string, more: Partial<Call<unknown>> = {}): Call<unknown> {
  return { method: "GET", path, repeatable: true, decode: (payload) => payload, ...more };
}

export function post(path: string, more: Partial<Call<unknown>> = {}): Call<unknown> {
  return {
    method: "POST",
    path,
    repeatable: false,
    body: { json: { title: "x" } },
    decode: (payload) => payload,
    ...more,
  };
}

/** The fault a promise ends with; a promise that is kept is a failed test. */
export async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const kept = Symbol("kept");
  const result = await promise.then(
    () => kept,
    (thrown: unknown) => asFault(thrown),
  );
  if (result === kept) throw new Error("no fault was thrown");
  return result as Fault;
}
