import { createServer } from "node:net";
import { expect, test } from "vitest";
import { readEnvironmentConnection } from "../../src/auth/environment.ts";
import { sandbox } from "../../src/commands/sandbox.ts";
import { EXIT } from "../../src/lib/exit.ts";
import { type Outcome, runOffline } from "./offline.ts";

/** Runs the command until it listens, then does `meanwhile`, then interrupts it. */
async function serve(
  flags: Readonly<Record<string, unknown>>,
  meanwhile: (url: string, connection: string) => Promise<void> = async () => {},
  platform = "shopify",
): Promise<Outcome> {
  const end = new AbortController();
  const ran = runOffline(
    (context, args) => {
      const { ui } = context;
      const record: typeof ui.record = (value) => {
        ui.record(value);
        const { url, connection } = value as unknown as { url: string; connection: unknown };
        meanwhile(url, JSON.stringify(connection)).finally(() => end.abort());
      };
      return sandbox({ ...context, signal: end.signal, ui: { ...ui, record } }, args);
    },
    "/",
    { positionals: [platform], flags },
    { json: flags.json === true },
  );
  return ran;
}

test("sandbox shopify --json prints one line, whose connection the environment takes as it is", async () => {
  let answered: unknown;
  const { exit, records, out } = await serve({ json: true }, async (url, connection) => {
    const read = readEnvironmentConnection({ AINSTEIN_CONNECTION_SHOP: connection }, "shop", "/");
    const answer = await fetch(`${url}/admin/api/2026-10/graphql.json`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-shopify-access-token": read?.token ?? "" },
      body: JSON.stringify({
        query: "{ blogs(first: 5) { nodes { handle } } articles(first: 50) { nodes { title } } }",
      }),
    });
    answered = ((await answer.json()) as { data: unknown }).data;
  });
  expect([exit, out, records]).toEqual([
    EXIT.done,
    [],
    [
      {
        type: "sandbox",
        platform: "shopify",
        url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        connection: {
          ...{ platform: "shopify", url: records[0]?.url, auth: "token" },
          token: expect.stringMatching(/^shpat_/),
          settings: { blog: "news" },
        },
      },
    ],
  ]);
  expect(answered).toMatchObject({
    blogs: { nodes: [{ handle: "news" }, { handle: "guides" }] },
    articles: { nodes: { length: 5 } },
  });
});

test("for people it says what it is, what it holds and what to type, and that nothing is kept", async () => {
  let address = "";
  const { out } = await serve({}, async (url) => {
    address = url;
  });
  const text = out.join("\n");
  expect(text).toContain(`A sandbox of Shopify listens at ${address}`);
  expect(text).toContain("This is a sandbox, not Shopify");
  expect(text).toContain("It holds 2 blogs, 5 articles, 3 pages and 1 product.");
  expect(text).toContain(
    `ainstein-cms connect shopify --name sandbox --url ${address} --set blog=news --client-id`,
  );
  expect(text).toContain("Ctrl-C ends it.");
  expect(out.at(-1)).toBe("The sandbox has ended; nothing of it is kept.");
  await expect(fetch(address)).rejects.toThrow();
});

test("--empty begins with a blog and nothing in it", async () => {
  const { out } = await serve({ empty: true });
  expect(out).toContain("It holds one blog, without articles.");
});

test.each([
  ["webflow", "/v2/sites", "Bearer ", "It holds 3 collections and 6 items."],
  ["wix", "/site-properties/v4/properties", "", "It holds a blog of 4 posts."],
])(
  "the connection that sandbox %s names lets in, and its lines say what to type",
  async (platform, path, scheme, holds) => {
    const statuses: number[] = [];
    let address = "";
    const { out } = await serve(
      {},
      async (url, connection) => {
        address = url;
        const read = readEnvironmentConnection({ AINSTEIN_CONNECTION_SITE: connection }, "site", "/");
        for (const token of [read?.token, "wrong"]) {
          const headers = { authorization: `${scheme}${token}`, "wix-site-id": read?.settings?.site ?? "" };
          statuses.push((await fetch(url + path, { headers })).status);
        }
      },
      platform,
    );
    expect(statuses[0]).toBe(200);
    expect(statuses[1]).toBeGreaterThanOrEqual(400);
    expect(out).toContain(holds);
    expect(out.join("\n")).toContain(`ainstein-cms connect ${platform} --name sandbox --url ${address}`);
  },
);

test("an unknown platform is told which there are, a port that is taken how to choose another", async () => {
  const unknown = runOffline(sandbox, "/", { positionals: ["blogger"] });
  await expect(unknown).rejects.toMatchObject({
    kind: "usage",
    message: 'There is no sandbox of "blogger". There is one of: shopify, webflow, wix.',
    hint: "ainstein-cms sandbox shopify",
  });
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  const taken = runOffline(sandbox, "/", { positionals: ["shopify"], flags: { port } });
  await expect(taken).rejects.toMatchObject({
    kind: "usage",
    code: "port-taken",
    hint: expect.stringContaining("--port"),
  });
  await new Promise((resolve) => other.close(resolve));
  const beyond = runOffline(sandbox, "/", { positionals: ["shopify"], flags: { port: 70_000 } });
  await expect(beyond).rejects.toMatchObject({ kind: "usage", code: "bad-port" });
});
