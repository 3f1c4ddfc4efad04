import { type ChildProcess, spawn } from "node:child_process";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PROGRAM } from "./program.ts";
import { connectionTo, expectRefusal, linesOf, openScene, type Scene } from "./scene.ts";

/** Stands before the site and holds requests that write, from the n-th on, until they are let through. */
interface Gate {
  readonly url: string;
  readonly reached: Promise<void>;
  open(): void;
  close(): void;
}

async function gateBefore(scene: Scene, nth: number): Promise<Gate> {
  let open = (): void => {};
  let reached = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const arrived = new Promise<void>((resolve) => {
    reached = resolve;
  });
  let writes = 0;
  const server = createServer(async (incoming, answer) => {
    if (incoming.method !== "GET") {
      writes += 1;
      if (writes >= nth) {
        reached();
        await opened;
      }
    }
    const { method, headers, url = "/" } = incoming;
    const outgoing = request(new URL(url, scene.fake.url), { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(answer);
    });
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/wp-json`;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url, reached: arrived, open, close };
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

function start(scene: Scene, args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: scene.root,
    env: { PATH: process.env.PATH, ...scene.env, ...env },
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (text) => {
    out += String(text);
  });
  child.stderr.on("data", (text) => {
    err += String(text);
  });
  const ended = new Promise<Awaited<Running["ended"]>>((resolve) => {
    child.on("close", (code) => resolve({ code, out, err }));
  });
  return { child, ended };
}

/** More than four batches: one that the gate lets through, two that it holds, and one that is made ready meanwhile. */
const COUNT = 110;
const PUBLISH = ["publish", ".", "--target", "wp", "--yes"];

describe("a run", () => {
  let scene: Scene;
  let gate: Gate;

  beforeEach(async () => {
    scene = await openScene();
    gate = await gateBefore(scene, 2);
    for (let n = 0; n < COUNT; n += 1) scene.write(`p${n}.md`, `---\ntitle: P${n}\n---\n\nText ${n}.\n`);
  });
  afterEach(async () => {
    gate.close();
    await scene.stop();
  });
  const held = (args = PUBLISH) => start(scene, args, { AINSTEIN_CONNECTION_WP: connectionTo(gate.url) });
  const titles = () => [...scene.fake.state.posts.values()].map(({ title }) => title).sort();
  const all = Array.from({ length: COUNT }, (_, n) => `P${n}`).sort();

  it("keeps others from the site until it is through", async () => {
    const first = held();
    await gate.reached;
    const locked = {
      code: 7,
      fault: "run.locked",
      says: "Another run is working on",
      cure: `${first.child.pid}`,
    };
    await expectRefusal(scene, PUBLISH, locked);
    gate.open();
    expect((await first.ended).code).toBe(0);
    expect(titles()).toEqual(all);
  });

  it("finishes the step in flight at Ctrl-C, and the same command goes on", async () => {
    const first = held([...PUBLISH, "--json"]);
    await gate.reached;
    first.child.kill("SIGINT");
    await expect.poll(() => first.child.exitCode, { timeout: 500 }).toBe(null);
    gate.open();
    const { code, out, err } = await first.ended;
    expect(code).toBe(130);
    expect(err).toContain("Finishing the step in flight");
    const summary = linesOf(out).find((line) => line.type === "summary");
    expect(summary).toMatchObject({ created: titles().length, failed: 0 });
    expect(titles().length).toBeLessThan(COUNT);
    const rest = COUNT - titles().length;
    const second = await scene.run([...PUBLISH, "--json"]);
    expect(second.code).toBe(0);
    expect(linesOf(second.out).at(-1)).toMatchObject({ created: rest, unchanged: COUNT - rest, failed: 0 });
    expect(titles()).toEqual(all);
  });

  it("goes on when nobody reads its output any more", async () => {
    const first = held([...PUBLISH, "--json"]);
    await gate.reached;
    first.child.stdout?.destroy();
    gate.open();
    expect((await first.ended).code).toBe(0);
    expect(titles()).toEqual(all);
    const again = linesOf((await scene.run([...PUBLISH, "--json"])).out);
    expect(again.at(-1)).toMatchObject({ unchanged: COUNT, writes: 0 });
  });
});
