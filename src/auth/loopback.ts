import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Fault } from "../lib/fault.ts";

export interface LoopbackOptions {
  /** A free one when left out. */
  readonly port?: number | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A one-shot listener on 127.0.0.1 for a page that sends a browser back to this program. */
export interface Loopback {
  /** Where the page should send the browser; holds a secret path and a secret `state`. */
  readonly returnTo: string;
  /**
   * Query parameters of the one accepted call, `state` left out, once the browser shows the last page and listening
   * has ended. Rejects on time-out and abort.
   */
  readonly received: Promise<Readonly<Record<string, string>>>;
  close(): void;
}

/** Throws `usage` when the port cannot be had. */
export async function openLoopback(options: LoopbackOptions): Promise<Loopback> {
  const path = `/back/${randomBytes(16).toString("base64url")}`;
  const state = randomBytes(24).toString("base64url");
  let settle: ((result: Readonly<Record<string, string>>) => void) | undefined;
  let fail: ((fault: Fault) => void) | undefined;
  const received = new Promise<Readonly<Record<string, string>>>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  received.catch(() => {});
  let accepted: Readonly<Record<string, string>> | undefined;
  let lingering: NodeJS.Timeout | undefined;
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 10_000 }, (request, response) => {
    const verdict = judge(request, portOf(server), path, state);
    if (typeof verdict === "number") return page(response, verdict, REFUSED);
    if (verdict === "done") {
      return accepted === undefined ? page(response, 404, REFUSED) : page(response, 200, DONE, finish);
    }
    if (accepted !== undefined) return page(response, 410, REFUSED);
    accepted = verdict;
    response.writeHead(303, { ...QUIET, location: "/done" }).end();
    lingering = setTimeout(finish, LINGER_MS);
  });
  const timeout = setTimeout(() => stop(tooLate(options.timeoutMs)), options.timeoutMs);
  const onAbort = (): void => stop(new Fault("interrupted", "Interrupted while waiting for the browser."));
  const finish = (): void => {
    clearTimeout(timeout);
    clearTimeout(lingering);
    options.signal.removeEventListener("abort", onAbort);
    server.close();
    server.closeAllConnections();
    if (accepted !== undefined) settle?.(accepted);
  };
  const stop = (fault: Fault): void => {
    fail?.(fault);
    finish();
  };
  options.signal.addEventListener("abort", onAbort, { once: true });
  try {
    await listen(server, options.port ?? 0);
  } catch (thrown) {
    finish();
    throw thrown;
  }
  if (options.signal.aborted) onAbort();
  return { returnTo: `http://127.0.0.1:${portOf(server)}${path}?state=${state}`, received, close: finish };
}

/** How long the last page can still be fetched after the call was accepted. */
const LINGER_MS = 2_000;

function tooLate(timeoutMs: number): Fault {
  return new Fault("auth", `The browser did not come back within ${Math.round(timeoutMs / 1000)} seconds.`, {
    code: "browser-timeout",
    hint: "Run the command again, or give it more time with --timeout.",
  });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        new Fault(
          "usage",
          `Nothing can listen on port ${port} of 127.0.0.1 (${error.code ?? error.message}).`,
          {
            code: "port-taken",
            hint: "Choose another one with --port, or leave it out.",
          },
        ),
      );
    });
    server.listen({ host: "127.0.0.1", port, exclusive: true }, resolve);
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

type Verdict = Readonly<Record<string, string>> | "done" | 400 | 404 | 405;

/** The Host header must be ours, or a foreign page could reach this listener under a name of its own. */
function judge(request: IncomingMessage, port: number, path: string, state: string): Verdict {
  const host = `127.0.0.1:${port}`;
  if (request.headers.host !== host) return 400;
  const url = new URL(request.url ?? "/", `http://${host}`);
  if (url.pathname === "/done") return request.method === "GET" ? "done" : 405;
  if (!equal(url.pathname, path)) return 404;
  if (request.method !== "GET") return 405;
  const states = url.searchParams.getAll("state");
  if (states.length !== 1 || !equal(states[0] ?? "", state)) return 400;
  url.searchParams.delete("state");
  return Object.fromEntries(url.searchParams);
}

/** In constant time, whatever the lengths. */
function equal(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

const QUIET = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  connection: "close",
};
const DONE = {
  title: "Connected",
  text: "You can close this window and go back to the terminal.",
};
const REFUSED = {
  title: "Not accepted",
  text: "This address is used once, by the site you are connecting. Go back to the terminal.",
};

function page(
  response: ServerResponse,
  status: number,
  { title, text }: { readonly title: string; readonly text: string },
  after: () => void = () => {},
): void {
  response.writeHead(status, {
    ...QUIET,
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
  });
  const style = "font:18px/1.5 system-ui,sans-serif;max-width:32em;margin:15vh auto;padding:0 1em";
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>ainstein-cms: ${title}</title><body style="${style}"><h1>${title}</h1><p>${text}</p></body></html>`;
  response.end(html, after);
}
