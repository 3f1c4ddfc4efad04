import { afterEach, describe, expect, it } from "vitest";
import { setup } from "../../../src/connectors/joomla/setup.ts";
import { createProbe } from "../../../src/http/probe.ts";
import { type JoomlaFake, type JoomlaOptions, startJoomla } from "../../fakes/joomla.ts";
import { faultOf } from "../rules/writing.ts";

const running: JoomlaFake[] = [];

async function site(behaviours: JoomlaOptions["behaviours"] = {}): Promise<JoomlaFake> {
  const fake = await startJoomla({ behaviours });
  running.push(fake);
  return fake;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((fake) => fake.close()));
});

const discover = (address: string) =>
  setup.discover(address, createProbe({ proxy: () => undefined, version: "0" }));

describe("from an address to the site's Web Services", () => {
  it.each([
    "",
    "/",
    "/administrator/",
    "/administrator/index.php?option=com_content",
    "/api/index.php/v1",
    "/index.php/blog/a-post",
  ])("leads %j", async (path) => {
    const { url } = await site();
    const found = await discover(url + path);
    expect([found.url, found.siteUrl, found.title]).toEqual([`${url}/api/index.php/v1`, url, "Harbour News"]);
    expect(setup.settled(found.url)).toBe(true);
  });

  it("says which plug-in is off", async () => {
    const { url } = await site({ services: new Set(["config"]) });
    const fault = await faultOf(discover(url));
    expect([fault.code, fault.hint]).toEqual([
      "joomla.content-plugin",
      expect.stringContaining("Web Services - Content"),
    ]);
  });

  it.each([
    ["joomla-3", "joomla.too-old", "3.10.12"],
    ["none", "joomla.not-joomla", "no Joomla"],
  ] as const)("says what stands there instead (%s)", async (generation, code, words) => {
    const { url } = await site({ generation });
    const fault = await faultOf(discover(url));
    expect([fault.code, fault.message]).toEqual([code, expect.stringContaining(words)]);
  });

  it("takes no password in the address", async () => {
    expect((await faultOf(discover("https://a:b@example.com"))).code).toBe("bad-address");
    expect((await faultOf(discover("ftp://example.com"))).code).toBe("bad-address");
  });
});
