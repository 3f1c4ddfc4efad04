import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { postJson } from "../../src/http/post-json.ts";
import { asFault } from "../../src/lib/fault.ts";

let server: Server;
let answer: number | "never" | "slowly" = 200;
let asked: string[];

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (answer === "never") return;
    if (answer === "slowly") response.writeHead(200).write("o");
    else response.writeHead(answer, { location: "/else" }).end("x".repeat(10));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function post(lines: string[] = []) {
  const { port } = server.address() as AddressInfo;
  const address = `http://127.0.0.1:${port}/services/the-secret?key=another`;
  const limits = { firstByteMs: 300, wholeMs: 300 };
  const options = { proxy: () => undefined, limits, version: "0", trace: (line: string) => lines.push(line) };
  return postJson(address, "{}", options).then(
    () => undefined,
    (thrown: unknown) => asFault(thrown),
  );
}

describe("a message to an address that is a secret", () => {
  it("arrives, and its trace shows the origin alone", async () => {
    answer = 200;
    const lines: string[] = [];
    expect(await post(lines)).toBeUndefined();
    expect(asked).toEqual(["/services/the-secret?key=another"]);
    expect(lines.join()).toMatch(/^> POST http:\/\/127\.0\.0\.1:\d+\/… 2 B,< 200$/);
  });

  it.each([302, 404, 500] as const)("is refused by %i, and follows nobody elsewhere", async (status) => {
    answer = status;
    const fault = await post();
    expect(fault).toMatchObject({ code: "receiver-refused", httpStatus: status });
    expect(`${fault?.message} ${fault?.hint}`).not.toMatch(/the-secret|another/);
    expect(asked).toHaveLength(1);
  });

  it.each(["never", "slowly"] as const)("is not waited for when it is answered %s", async (how) => {
    answer = how;
    const fault = await post();
    expect(fault).toMatchObject({ kind: "unavailable", code: "no-answer" });
    expect(fault?.message).not.toMatch(/the-secret|another/);
  });

  it("says why nobody could be reached", async () => {
    const { port } = server.address() as AddressInfo;
    server.close();
    const address = `http://127.0.0.1:${port}/the-secret`;
    const failed = postJson(address, "{}", { proxy: () => undefined, version: "0" });
    await expect(failed).rejects.toMatchObject({ code: "connection-refused" });
    await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining("the-secret") });
  });
});
