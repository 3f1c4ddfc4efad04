import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { setup } from "../../../src/connectors/ghost/setup.ts";
import { createProbe } from "../../../src/http/probe.ts";
import { asFault } from "../../../src/lib/fault.ts";
import { type GhostFake, startGhost } from "../../fakes/ghost.ts";

let fake: GhostFake;
beforeEach(async () => {
  fake = await startGhost();
});
afterEach(() => fake.close());

const probe = createProbe({ proxy: () => undefined, version: "0" });
const faultOf = (address: string) =>
  setup.discover(address, probe).then(
    () => expect.fail("found"),
    (thrown: unknown) => asFault(thrown),
  );

test.each(["", "/", "/ghost", "/ghost/#/settings/integrations", "/ghost/api/admin/", "/some/post/"])(
  "the site is found from an address that ends in %j",
  async (path) => {
    const site = await setup.discover(fake.url + path, probe);
    expect([site.url, site.siteUrl, site.title, site.notes]).toEqual([
      `${fake.url}/ghost/api/admin`,
      fake.url,
      "Harbour News",
      [],
    ]);
    expect(setup.settled(site.url)).toBe(true);
  },
);

test("a site that shows itself elsewhere is named", async () => {
  fake.reachedAt("https://blog.example.com");
  const { url, siteUrl, notes } = await setup.discover(fake.url, probe);
  expect([url, siteUrl]).toEqual([`${fake.url}/ghost/api/admin`, "https://blog.example.com"]);
  expect(notes).toEqual(["Visitors of this site are sent to https://blog.example.com."]);
});

test("a Ghost that is too old says so", async () => {
  fake.behaviours.version = "4.48";
  expect(await faultOf(fake.url)).toMatchObject({ kind: "unsupported", code: "ghost.too-old" });
});

test("what is no address is refused before anything is asked", async () => {
  for (const address of ["ftp://x.example", "https://user:pw@x.example"]) {
    expect(await faultOf(address)).toMatchObject({ kind: "usage", code: "bad-address" });
  }
  expect(fake.requests).toEqual([]);
});

test("what stands there instead is told, with the command for it", async () => {
  const server = createServer((_, response) => {
    response
      .writeHead(404, { "content-type": "text/html" })
      .end('<html><meta name="generator" content="WordPress 6.8">');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fault = await faultOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  server.close();
  expect([fault.kind, fault.code]).toEqual(["unavailable", "ghost.not-ghost"]);
  expect(fault.message).toContain("looks like WordPress");
  expect(fault.hint).toContain("connect wordpress");
});
