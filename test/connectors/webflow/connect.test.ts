import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../../src/commands/connect.ts";
import { apiAddress, setup } from "../../../src/connectors/webflow/setup.ts";
import { startWebflowSandbox, type WebflowSandbox } from "../../../src/sandbox/webflow/server.ts";
import { createOperator, type Operator } from "../../commands/operator.ts";

const API = "https://api.webflow.com/v2";

describe("the address of a site at Webflow", () => {
  it.each([
    ["the-tea-room", `${API}/sites/the-tea-room`],
    ["The-Tea-Room.webflow.io", `${API}/sites/the-tea-room`],
    ["https://the-tea-room.webflow.io/posts/green-tea?x=1", `${API}/sites/the-tea-room`],
    ["https://webflow.com/design/the-tea-room?pageId=1", `${API}/sites/the-tea-room`],
    ["https://the-tea-room.design.webflow.com", `${API}/sites/the-tea-room`],
    ["https://webflow.com/dashboard/sites/the-tea-room/general", `${API}/sites/the-tea-room`],
    ["www.tea.example.com/about", `${API}/sites/www.tea.example.com`],
    ["580e63e98c9a982ac9b8b741", `${API}/sites/580e63e98c9a982ac9b8b741`],
    ["webflow.com", API],
    [`${API}/sites/the-tea-room`, `${API}/sites/the-tea-room`],
    ["http://127.0.0.1:8455", "http://127.0.0.1:8455/v2"],
    ["http://localhost:8455/v2/sites/x", "http://localhost:8455/v2/sites/x"],
  ])("is found in %s, and stays what it is", (typed, url) => {
    expect(apiAddress(typed)).toBe(url);
    expect(setup.settled(url)).toBe(true);
  });

  it("is told from what is none", async () => {
    const probe = () => Promise.reject(new Error("nobody is asked"));
    for (const typed of ["", "two words", "ftp://example.com", "http://[::2]/x"]) {
      await expect(setup.discover(typed, probe)).rejects.toMatchObject({
        kind: "usage",
        code: "webflow.address",
      });
    }
  });
});

describe("connecting a site", () => {
  let sandbox: WebflowSandbox;
  let operator: Operator;
  beforeEach(async () => {
    sandbox = await startWebflowSandbox({ redirects: ["http://localhost:*/auth/callback"] });
    operator = createOperator();
  });
  afterEach(async () => {
    operator.remove();
    await sandbox.close();
  });

  it("with its token, which says which site it is", async () => {
    const { url, token, store } = sandbox;
    const manner = { flags: { name: "tea", url, tokenStdin: true }, stdin: `${token}\n` };
    const { out, records } = await operator.run(connect, ["webflow"], manner);
    expect(out).toContain(`Connected tea: ${store.site.displayName} at ${url}`);
    expect(out).toContain("as Site token (Webflow does not tell what it may)");
    expect(out).toContain("may read, write, publish, remove, terms, html, upload");
    expect(records).toMatchObject([{ type: "connection", target: "tea" }]);
  });

  it("by a site's name that the token does not open: says which it does", async () => {
    const manner = {
      flags: { name: "tea", url: `${sandbox.url}/v2/sites/coffee`, tokenStdin: true },
      stdin: sandbox.token,
    };
    await expect(operator.run(connect, ["webflow"], manner)).rejects.toMatchObject({
      code: "webflow.which-site",
      message: 'The token does not open the site "coffee"; it opens the-tea-room (The Tea Room).',
      hint: "Name one as the address: --url the-tea-room.webflow.io",
    });
  });

  it("with a token that is none: says where one is made", async () => {
    const manner = { flags: { name: "tea", url: sandbox.url, tokenStdin: true }, stdin: "wrong" };
    await expect(operator.run(connect, ["webflow"], manner)).rejects.toMatchObject({
      kind: "auth",
      code: "webflow.token",
      hint: expect.stringContaining("API access"),
    });
  });

  it("by a person's consent in the browser, which comes back to localhost", async () => {
    const { url, client, store } = sandbox;
    const port = await freePort();
    const onNote = (line: string) => {
      const [, address] = /^ {2}(http\S+)$/.exec(line) ?? [];
      if (address !== undefined) void consent(address);
    };
    const { out, all } = await operator.run(connect, ["webflow"], {
      flags: { name: "tea", url, auth: "oauth", clientId: client.id, port },
      answers: [client.secret],
      env: { BROWSER: "true", PATH: process.env.PATH ?? "" },
      onNote,
    });
    expect(out).toContain(`Connected tea: ${store.site.displayName} at ${url}`);
    expect(out).toContain("as Sandbox app (app)");
    const given = [...sandbox.grants.tokens.values()].at(-1)?.scopes.join(" ");
    expect(given).toBe("sites:read sites:write cms:read cms:write assets:read assets:write");
    expect(all).not.toContain(client.secret);
    expect(sandbox.grants.tokens.size).toBe(2);
  });

  it("with less than it needs: says what is missing, and what it may do", async () => {
    const few = await startWebflowSandbox({
      scopes: ["sites:read", "cms:read"],
      behaviours: { introspects: true },
    });
    const manner = { flags: { name: "tea", url: few.url, tokenStdin: true }, stdin: few.token };
    const { out, events } = await operator.run(connect, ["webflow"], manner);
    await few.close();
    expect(out).toContain("may read\n");
    const told = events.flatMap((event) => (event.type === "notice" ? event.message : []));
    expect(told).toEqual(
      ["cms:write", "assets:read", "assets:write"].map(
        (scope) => `the token lacks the scope ${scope}: give it to the app, and connect again`,
      ),
    );
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A person looks at the page and allows it. */
async function consent(address: string): Promise<void> {
  const { origin, pathname, search } = new URL(address);
  const page = await (await fetch(address)).text();
  expect(page).toContain("This is a sandbox, not Webflow");
  const body = new URLSearchParams({ request: search, decision: "approve" });
  const answer = await fetch(origin + pathname, { method: "POST", body, redirect: "manual" });
  await fetch(answer.headers.get("location") ?? "");
}
