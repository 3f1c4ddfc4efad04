// One request to the service on trial, with nothing added that was not asked for.
import { type Agent, request } from "node:http";

export interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array;
  /** Whose connections are used; one of its own where absent. */
  readonly agent?: Agent;
}

export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Parsed; undefined where it is no JSON. */
  readonly json: unknown;
}

/** Whoever has not answered by then never will, however busy the machine is. */
const PATIENCE_MS = 20_000;
const LARGEST = 4 * 1024 * 1024;

/** Any answer is one; rejects where none came. */
export function ask(
  base: string,
  { method = "GET", path, headers = {}, json, raw, agent }: Asked,
): Promise<Reply> {
  const body = raw ?? (json === undefined ? undefined : JSON.stringify(json));
  const type = raw === undefined && json !== undefined ? { "content-type": "application/json" } : {};
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, base),
      {
        method,
        agent: agent ?? false,
        timeout: PATIENCE_MS,
        headers: { ...type, ...lengthOf(body), ...headers },
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          if (text.length < LARGEST) text += chunk;
        });
        answer.once("end", () => {
          const { statusCode: status = 0 } = answer;
          resolve({ status, headers: joined(answer.headers), text, json: parsed(text) });
        });
        answer.once("error", reject);
      },
    );
    sent.once("timeout", () => sent.destroy(new Error(`no answer within ${PATIENCE_MS / 1000} s`)));
    sent.once("error", reject);
    sent.end(body);
  });
}

function lengthOf(body: string | Uint8Array | undefined): Record<string, string> {
  return body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
}

function joined(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a person is shown of an answer. */
export function replyWords({ status, text }: Reply): string {
  const said = text.replace(/\s+/g, " ").slice(0, 160);
  return said === "" ? String(status) : `${status} ${said}`;
}
