import { createServer } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { setup } from "../../../src/connectors/drupal/setup.ts";
import type { FoundSite } from "../../../src/connectors/setup.ts";
import { createProbe } from "../../../src/http/probe.ts";
import { type DrupalFake, startDrupal } from "../../fakes/drupal.ts";
import { faultOf } from "../rules/writing.ts";
import { openDrupal } from "./site.ts";

const probe = createProbe({ proxy: () => undefined, version: "0" });
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function drupal(): Promise<DrupalFake> {
  const fake = await startDrupal();
  closing.push(() => fake.close());
  return fake;
}

/** A site that answers everything alike. */
async function answering(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(status, { "content-type": "text/html", ...headers }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}`;
}

const siteAt = (url: string): FoundSite => ({
  ...{ url, siteUrl: url, title: "", notes: [], handOff: undefined, obstacle: undefined },
});

describe("any address of the site", () => {
  it.each(["", "/", "/jsonapi", "/jsonapi/node/article", "/node/1", "/user/login", "/admin/content?page=2"])(
    "leads to it: %s",
    async (path) => {
      const fake = await drupal();
      expect(await setup.discover(`${fake.url}${path}`, probe)).toMatchObject({
        url: fake.url,
        title: "A Drupal site",
      });
    },
  );

  it("in one of its languages leads to it", async () => {
    const fake = await drupal();
    fake.behaviours.languages = ["en", "de"];
    expect(await setup.discover(`${fake.url}/de/node/1/edit`, probe)).toMatchObject({ url: fake.url });
  });

  it("that has no scheme is tried over https, then over http, which is told", async () => {
    const fake = await drupal();
    const found = await setup.discover(new URL(fake.url).host, probe);
    expect(found.url).toBe(fake.url);
    expect(found.notes.join()).toContain("does not answer over https");
  });
});

describe("what stands at an address instead is told", () => {
  const generator = '<meta name="Generator" content="Drupal 10 (https://www.drupal.org)">';
  it.each([
    [404, `<html><head>${generator}</head></html>`, {}, "drupal.no-jsonapi", "/admin/modules"],
    [200, '<html><link href="/wp-content/x.css"></html>', {}, "drupal.not-drupal", "connect wordpress"],
    [200, "<html><title>A shop</title></html>", {}, "drupal.not-drupal", "Check the address"],
    [503, "<html></html>", {}, "drupal.maintenance", "/admin/config/development/maintenance"],
    [401, "<html></html>", { "www-authenticate": 'Basic realm="x"' }, "basic-auth-in-front", "/jsonapi"],
  ])("%d %s", async (status, body, headers, code, hint) => {
    const url = await answering(status, body, headers);
    const fault = await faultOf(setup.discover(url, probe));
    expect(fault.code).toBe(code);
    expect(fault.hint).toContain(hint);
  });

  it.each(["not an address", "ftp://x.example", "https://me:pw@x.example"])("%s", async (address) => {
    expect(await faultOf(setup.discover(address, probe))).toMatchObject({
      kind: "usage",
      code: "bad-address",
    });
  });
});

describe("credentials", () => {
  const verify = (fake: DrupalFake, [username, password]: readonly [string, string]) =>
    setup.verify(openDrupal(fake.url, [username, password]).http, siteAt(fake.url), { username, password });

  const takesWrites = async (fake: DrupalFake) =>
    setup.takesWrites?.(openDrupal(fake.url, fake.editor).http, fake.url);

  it("that are right pass, and nothing is changed", async () => {
    const fake = await drupal();
    await verify(fake, fake.admin);
    expect(fake.state.nodes.size).toBe(0);
  });

  it("that are wrong are tried once: Drupal locks an account after five", async () => {
    const fake = await drupal();
    expect(await faultOf(verify(fake, ["admin", "wrong"]))).toMatchObject({
      kind: "auth",
      code: "drupal.anonymous",
    });
    expect(fake.state.users[0]?.failures).toBe(1);
  });

  it("are of no use without the module that reads them", async () => {
    const fake = await drupal();
    fake.behaviours.basicAuth = false;
    expect((await faultOf(verify(fake, fake.admin))).hint).toContain("/admin/modules");
  });

  it("do not help where JSON:API takes no writes, as Drupal installs it", async () => {
    const fake = await drupal();
    fake.behaviours.readOnly = true;
    const fault = await faultOf(takesWrites(fake));
    expect(fault.code).toBe("drupal.read-only");
    expect(fault.hint).toContain("/admin/config/services/jsonapi");
  });

  it("of who may make nothing are not said to write, and the screen that mends it is named", async () => {
    const fake = await drupal();
    expect(await takesWrites(fake)).toEqual({ rights: [], notices: [] });
    fake.behaviours.closedTypes = ["page", "news"];
    expect(await takesWrites(fake)).toEqual({
      rights: [],
      notices: [expect.stringMatching(/entries of page, news: .*\/admin\/people\/permissions/)],
    });
    fake.behaviours.closedTypes = ["article", "page", "news", "note", "bare"];
    expect(await takesWrites(fake)).toMatchObject({
      rights: expect.arrayContaining(["write", "publish", "remove"]),
      notices: [expect.stringContaining("entries of no content type")],
    });
    expect(fake.state.nodes.size).toBe(0);
  });
});
