// An operator, a site that can fail, and receivers of notifications: a chat and a program.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { execPath } from "node:process";
import type { Command } from "../../../src/commands/context.ts";
import { watched } from "../../../src/commands/notifications/watch.ts";
import type { Clock } from "../../../src/lib/clock.ts";
import { exitOf } from "../../../src/lib/exit.ts";
import { asFault } from "../../../src/lib/fault.ts";
import type { Message } from "../../../src/report/notification.ts";
import { type Bench, bench, type Ran } from "../bench.ts";

/** What a chat was sent. */
export interface Posted {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly payload: Message;
}

export interface Chat {
  readonly url: string;
  readonly posted: Posted[];
  /** 0 for no answer ever. */
  status: number;
  stop(): void;
}

export const HOOK_SECRET = "T000/B000/hookSecretInPath";

export async function startChat(): Promise<Chat> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as {
        text: string;
        metadata: { event_payload: Message };
      };
      const { url = "", headers } = request;
      chat.posted.push({ url, headers, text: body.text, payload: body.metadata.event_payload });
      if (chat.status === 0) return;
      const moved = chat.status >= 300 && chat.status < 400 ? { location: "https://example.org/else" } : {};
      response.writeHead(chat.status, moved).end("ok");
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const chat: Chat = {
    url: `http://127.0.0.1:${port}/services/${HOOK_SECRET}`,
    posted: [],
    status: 200,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return chat;
}

/** Time as the test sets it; waits of a command pass at once. */
export interface Hand extends Clock {
  aheadMs: number;
}

export function hand(): Hand {
  const clock: Hand = {
    aheadMs: 0,
    now: () => Date.now() + clock.aheadMs,
    sleep: async (_, signal) => signal?.throwIfAborted(),
  };
  return clock;
}

export interface Attended extends Ran {
  /** What was said on standard error, and not by an event. */
  readonly notes: readonly string[];
}

export interface Scene {
  readonly self: Bench;
  configure(yaml: string): void;
  /** As the command line runs it: with whoever is named in config.yaml told of it. */
  run(name: string, command: Command, positionals?: readonly string[], looks?: boolean): Promise<Attended>;
}

export function scene(env: Record<string, string>): Scene {
  const self = bench({ env });
  return {
    self,
    configure: (yaml) => {
      mkdirSync(self.home, { recursive: true, mode: 0o700 });
      writeFileSync(join(self.home, "config.yaml"), yaml);
    },
    run: async (name, command, positionals = [], looks = false) => {
      const notes: string[] = [];
      const ran = await self.run((context, args) => {
        const ui = { ...context.ui, note: (line: string) => notes.push(line) };
        const fail = (thrown: unknown) => exitOf(asFault(thrown).kind);
        return watched(
          { ...context, ui },
          { command: name, looks },
          (own) => command(own, { ...args, positionals }),
          fail,
        );
      }, positionals);
      return { ...ran, notes };
    },
  };
}

/** A command for config.yaml that adds its standard input to a file. */
export function keeper(self: Bench) {
  const file = join(self.root, "..", `${self.home.replaceAll("/", "_")}.told`);
  const code = "require('fs').appendFileSync(process.argv[1], require('fs').readFileSync(0))";
  return {
    yaml: JSON.stringify([execPath, "-e", code, file]),
    told: (): readonly Message[] =>
      (existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : []).map(
        (line) => JSON.parse(line) as Message,
      ),
  };
}
