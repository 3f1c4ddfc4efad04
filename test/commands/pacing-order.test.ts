import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createContext } from "../../src/cli/context.ts";
import { openTarget } from "../../src/commands/target.ts";
import type { Event, Traffic } from "../../src/engine/events.ts";
import type { Root } from "../../src/engine/root.ts";
import { systemClock } from "../../src/lib/clock.ts";
import type { Ui } from "../../src/report/ui.ts";
import { KEY, tempDir } from "./bench.ts";

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((_, response) => response.end("{}"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/wp-json`;
});
afterAll(() => server.close());

interface Said {
  readonly flags?: Readonly<Record<string, string>>;
  readonly root?: Readonly<Record<string, string>>;
  readonly connection?: Readonly<Record<string, string>>;
}

/** What one request tells of its connection. */
async function trafficWith({ flags = {}, root, connection = {} }: Said): Promise<Traffic | undefined> {
  const told: Traffic[] = [];
  const secrets = { username: "a", password: "b" };
  const given = { platform: "wordpress", url, settings: connection, ...secrets };
  const context = createContext({
    env: { AINSTEIN_KEY: KEY, AINSTEIN_CONNECTION_WP: JSON.stringify(given) },
    cwd: tempDir("root"),
    home: `${tempDir("home")}/home`,
    version: "0.0.0",
    flags,
    clock: systemClock,
    ui: { interactive: false } as Ui,
    emit: (event: Event) => {
      if (event.type === "traffic") told.push(event.traffic);
    },
    signal: new AbortController().signal,
  });
  const rule = { name: "wp", settings: root ?? {}, kinds: {} };
  const config = { targets: [rule] } as unknown as Root["config"];
  const target = await openTarget(context, "wp", { config });
  await target.http.send({ method: "GET", path: "/", repeatable: true, decode: () => undefined });
  context.dispose();
  return told.at(-1);
}

describe("how fast a site is asked", () => {
  it("is said by the command line before ainstein.yaml, and there before the connection", async () => {
    const [flags, root, connection] = [
      { concurrency: "1" },
      { politeness: "fast" },
      { politeness: "gentle" },
    ];
    expect(await trafficWith({})).toMatchObject({ requests: 1, concurrency: 2 });
    expect(await trafficWith({ connection })).toMatchObject({ concurrency: 1 });
    expect(await trafficWith({ connection, root })).toMatchObject({ concurrency: 4 });
    expect(await trafficWith({ connection, root, flags })).toMatchObject({ concurrency: 1 });
  });

  it("is refused, before anything is sent, where it cannot be meant", async () => {
    const place = { file: "ainstein.yaml", field: "targets.wp.settings" };
    for (const [root, message] of [
      [{ rate: "much" }, 'The setting rate cannot be "much".'],
      [{ politness: "gentle" }, 'WordPress has no setting "politness".'],
      [{ body: "latex" }, 'The setting body cannot be "latex".'],
    ] as const)
      await expect(trafficWith({ root })).rejects.toMatchObject({ kind: "usage", message, place });
    await expect(trafficWith({ flags: { rate: "0" } })).rejects.toThrow("--rate (AINSTEIN_RATE) cannot be");
  });
});
