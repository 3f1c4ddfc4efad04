// Who the service sends to: a mail server and a receiver of events, on loopback, that keep what they get.
import { createHmac } from "node:crypto";
import { createServer as createHttpServer, type IncomingHttpHeaders } from "node:http";
import { createServer, type Server, type Socket } from "node:net";

export interface Mail {
  readonly to: string;
  /** Head and body as they came, quoted-printable undone. */
  readonly text: string;
}

export interface MailSink {
  readonly url: string;
  readonly mails: readonly Mail[];
  close(): Promise<void>;
}

/** Takes every mail (RFC 5321, without TLS and sign-in). */
export async function startMailSink(): Promise<MailSink> {
  const mails: Mail[] = [];
  const server = createServer((socket) => converse(socket, mails));
  const port = await listening(server);
  return { url: `smtp://127.0.0.1:${port}`, mails, close: () => closed(server) };
}

function converse(socket: Socket, mails: Mail[]): void {
  let left = "";
  let to = "";
  let data: string[] | undefined;
  const say = (line: string) => void socket.write(`${line}\r\n`);
  const takeData = (lines: string[], line: string): void => {
    if (line !== ".") lines.push(line.replace(/^\.\./, "."));
    else {
      mails.push({ to, text: unquoted(lines.join("\n")) });
      data = undefined;
      say("250 OK");
    }
  };
  const takeCommand = (line: string): void => {
    const word = line.slice(0, 4).toUpperCase();
    if (word === "RCPT") to = /<([^>]*)>/.exec(line)?.[1] ?? "";
    if (word === "DATA") data = [];
    say(word === "DATA" ? "354 Go on" : word === "QUIT" ? "221 Bye" : "250 OK");
    if (word === "QUIT") socket.end();
  };
  const takeLine = (line: string): void => {
    if (data === undefined) takeCommand(line);
    else takeData(data, line);
  };
  socket.setEncoding("utf8").on("error", () => socket.destroy());
  socket.on("data", (chunk: string) => {
    left += chunk;
    const lines = left.split("\r\n");
    left = lines.pop() ?? "";
    for (const line of lines) takeLine(line);
  });
  say("220 sink");
}

function unquoted(text: string): string {
  const parts = /quoted-printable/i.test(text) ? text.replace(/=\n/g, "") : text;
  return parts.replace(/=([0-9A-F]{2})/g, (whole, hex: string) =>
    /quoted-printable/i.test(text) ? String.fromCharCode(Number.parseInt(hex, 16)) : whole,
  );
}

export interface Received {
  readonly id: string;
  readonly body: string;
  /** By the secret that was agreed on, and fresh. */
  readonly genuine: boolean;
}

export interface EventSink {
  readonly url: string;
  readonly received: readonly Received[];
  /** How many of those to come are answered by 503. */
  refuse(count: number): void;
  close(): Promise<void>;
}

/** Takes events as Standard Webhooks has them. */
export async function startEventSink(secret: string): Promise<EventSink> {
  const received: Received[] = [];
  let refusals = 0;
  const server = createHttpServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    request.once("end", () => {
      const genuine = isGenuine(request.headers, body, secret);
      received.push({ id: String(request.headers["webhook-id"] ?? ""), body, genuine });
      refusals -= 1;
      response.writeHead(refusals >= 0 ? 503 : 200).end();
    });
  });
  const port = await listening(server);
  return {
    url: `http://127.0.0.1:${port}/events/trial`,
    received,
    refuse: (count) => {
      refusals = count;
    },
    close: () => {
      server.closeAllConnections();
      return closed(server);
    },
  };
}

const WINDOW_S = 300;

function isGenuine(headers: IncomingHttpHeaders, body: string, secret: string): boolean {
  const { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": given } = headers;
  if (typeof given !== "string" || Math.abs(Date.now() / 1000 - Number(time)) > WINDOW_S) return false;
  return given.split(" ").includes(signatureOf(secret, String(id), String(time), body));
}

/** `v1,<base64>` (https://github.com/standard-webhooks/standard-webhooks). */
export function signatureOf(secret: string, id: string, time: string, body: string): string {
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice("whsec_".length), "base64") : secret;
  return `v1,${createHmac("sha256", key).update(`${id}.${time}.${body}`).digest("base64")}`;
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
