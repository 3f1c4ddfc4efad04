import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectionTo, linesOf, openScene, type Scene } from "./scene.ts";

let scene: Scene;
let site: Server;
/** What the site does with a request. */
let act: Parameters<typeof createServer>[1];

beforeEach(async () => {
  scene = await openScene();
  site = createServer((request, response) => act?.(request as never, response as never));
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  scene.env.AINSTEIN_CONNECTION_BAD = connectionTo(
    `http://127.0.0.1:${(site.address() as AddressInfo).port}/wp-json`,
  );
  scene.write("a.md", "---\ntitle: A\n---\n\nText.\n");
});
afterEach(async () => {
  site.closeAllConnections();
  site.close();
  await scene.stop();
});

const faultsIn = (out: string) => linesOf(out).filter(({ type }) => type === "error");

describe("--deadline", () => {
  it("is not waited past, whatever a site asks for", async () => {
    act = (_, response) => response.writeHead(429, { "retry-after": "100" }).end("{}");
    const { code, out } = await scene.run([
      "push",
      "--target",
      "bad",
      "--yes",
      "--json",
      "--deadline",
      "90s",
    ]);
    expect(code).toBe(1);
    expect(faultsIn(out)).toMatchObject([{ code: "deadline", hint: expect.stringContaining("runs resume") }]);
  });

  it("ends a command that only looks, though its site never answers", async () => {
    act = () => {};
    const { code, out } = await scene.run(["status", "--target", "bad", "--json"], {
      env: { AINSTEIN_DEADLINE: "0.5s" },
    });
    expect(code).toBe(1);
    expect(faultsIn(out)).toMatchObject([{ code: "deadline" }]);
  });

  it("that is far away changes nothing", async () => {
    const { code } = await scene.run(["push", "--target", "wp", "--yes", "--deadline", "1h"]);
    expect(code).toBe(0);
    expect(scene.fake.state.posts.size).toBe(1);
  });

  it("is refused where it is no time", async () => {
    const { code, err } = await scene.run(["push", "--target", "wp", "--yes", "--deadline", "soon"]);
    expect(code).toBe(2);
    expect(err).toContain("90s, 30m or 2h");
  });
});
