// Hosts with one thing broken each, on real sockets of this machine.
import {
  createServer as createHttpServer,
  request as forward,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import type { FakeWordPress } from "../../fakes/wordpress.ts";
import type { Certificate } from "../../http/certificate.ts";

/** A password as WordPress makes them for programs. */
export const PASSWORD = "abcd EFGH 1234 ijkl MNOP 5678";

const running: { close(): unknown; closeAllConnections?(): void }[] = [];

export function stopHosts(): void {
  for (const server of running.splice(0)) {
    server.closeAllConnections?.();
    server.close();
  }
}

export async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  running.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function plain(listener: RequestListener): Promise<string> {
  return `http://${await listen(createHttpServer(listener))}`;
}

export async function secure(certificate: Certificate, listener: RequestListener): Promise<string> {
  return `https://${await listen(createHttpsServer(certificate, listener))}`;
}

/** An address where nothing listens any more. */
export async function deserted(): Promise<string> {
  const server = createTcpServer();
  const host = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return `http://${host}`;
}

/** Speaks http where https is asked for. */
export async function speaksHttp(): Promise<string> {
  return (await plain((_, response) => response.end("hello"))).replace("http:", "https:");
}

/** A proxy that answers CONNECT, and all else, with this status; with 200 it makes the connection. */
export async function proxy(status: number): Promise<string> {
  const server = createHttpServer((_, response) => response.writeHead(status).end());
  server.on("connect", ({ url = "" }, socket) => {
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      return;
    }
    const onward = connect(Number(url.split(":").at(-1)), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket]) end.on("error", () => onward.destroy());
    running.push({ close: () => onward.destroy() });
  });
  return `http://${await listen(server)}`;
}

/** Answers with data in place of WordPress. */
export function says(response: ServerResponse, status: number, payload: object): true {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(payload));
  return true;
}

export function page(response: ServerResponse, status: number, title: string, headers = {}): void {
  response
    .writeHead(status, { "content-type": "text/html; charset=utf-8", ...headers })
    .end(`<!doctype html><html><head><title>${title}</title></head><body></body></html>`);
}

export interface Between {
  /** What the site is not asked for: true where it has answered. */
  readonly answers?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Headers as the site gets them. */
  readonly passes?: (headers: IncomingMessage["headers"]) => IncomingMessage["headers"];
  /** The site's answer as we get it. */
  readonly changes?: (body: string) => string;
  readonly adds?: () => Readonly<Record<string, string>>;
}

/** Stands in front of a WordPress, and does to requests and answers what it is told. */
export function inFront(site: FakeWordPress, between: Between): RequestListener {
  return (request, response) => {
    if (between.answers?.(request, response) === true) return;
    const headers = between.passes?.(request.headers) ?? request.headers;
    const options = { method: request.method ?? "GET", headers };
    const onward = forward(`${site.url}${request.url}`, options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        const body = Buffer.concat(chunks).toString("utf8");
        const { "content-length": _, date: __, "transfer-encoding": ___, ...kept } = answer.headers;
        response.writeHead(answer.statusCode ?? 502, { ...kept, ...between.adds?.() });
        response.end(between.changes?.(body) ?? body);
      });
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  };
}

/** `wp.getUsersBlogs` of somebody whose password is right. */
export const acceptsByXmlRpc = byXmlRpc(
  "<params><param><value><struct><member><name>blogid</name></member></struct></value></param></params>",
);

/** The same of somebody whose password is wrong. */
export const refusesByXmlRpc = byXmlRpc(
  "<fault><value><struct><member><name>faultCode</name><value><int>403</int></value></member></struct></value></fault>",
);

function byXmlRpc(says: string): NonNullable<Between["answers"]> {
  return (request, response) => {
    if (request.url !== "/xmlrpc.php") return false;
    response.writeHead(200, { "content-type": "text/xml" });
    response.end(`<methodResponse>${says}</methodResponse>`);
    return true;
  };
}
