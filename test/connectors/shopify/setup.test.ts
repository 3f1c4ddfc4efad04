import { describe, expect, test } from "vitest";
import { manifest } from "../../../src/connectors/shopify/manifest.ts";
import { setup, shopAddress } from "../../../src/connectors/shopify/setup.ts";
import type { Probe } from "../../../src/http/probe.ts";
import { Fault } from "../../../src/lib/fault.ts";

const SHOP = "https://tea-house.myshopify.com";

function showing(text: string): Probe {
  return async (address) => ({
    ...{ url: new URL(address), status: 200, headers: {}, text, page: undefined, json: () => undefined },
  });
}

describe("a shop's address", () => {
  test.each([
    "tea-house",
    "Tea-House",
    " tea-house.myshopify.com ",
    "https://tea-house.myshopify.com",
    "http://tea-house.myshopify.com/",
    "https://tea-house.myshopify.com/admin/products?x=1",
    "admin.shopify.com/store/tea-house",
    "https://admin.shopify.com/store/tea-house/content/articles",
  ])("is understood: %s", (typed) => {
    expect(shopAddress(typed)).toBe(SHOP);
  });

  test.each([
    ["http://127.0.0.1:8123", "http://127.0.0.1:8123"],
    ["http://127.0.0.1:8123/admin", "http://127.0.0.1:8123"],
    ["http://localhost:8123/", "http://localhost:8123"],
    ["http://[::1]:8123", "http://[::1]:8123"],
  ])("may be a sandbox of this machine: %s", (typed, url) => {
    expect(shopAddress(typed)).toBe(url);
  });

  test.each([
    "https://www.tea-house.com",
    "tea-house.com",
    "http://192.168.0.7:8123",
    "http://127.0.0.1.example.com",
    "tea-house.myshopify.com.example.com",
    "https://evil.example/tea-house.myshopify.com",
    "https://user@tea-house.myshopify.com",
    "tea house",
    "-tea",
    "",
  ])("is no other: %s", (typed) => {
    expect(shopAddress(typed)).toBeUndefined();
  });

  test("is told where a shop's own domain shows it", async () => {
    const page = '<script>Shopify.shop = "tea-house.myshopify.com";</script>';
    await expect(setup.discover("www.tea-house.com", showing(page))).rejects.toMatchObject({
      code: "shopify.address",
      hint: expect.stringContaining("--url tea-house.myshopify.com"),
    });
  });

  test("is explained where nothing shows it", async () => {
    const hint = expect.stringContaining("admin.shopify.com/store/NAME");
    await expect(setup.discover("example.com", showing("Hello"))).rejects.toMatchObject({ hint });
    const silent: Probe = () => Promise.reject(new Fault("unavailable", "no answer"));
    await expect(setup.discover("example.com", silent)).rejects.toMatchObject({ hint });
  });

  test("is settled once it is saved", async () => {
    expect(setup.settled(SHOP)).toBe(true);
    expect(setup.settled("tea-house")).toBe(false);
    expect(await setup.discover("tea-house", showing(""))).toMatchObject({ url: SHOP, title: "tea-house" });
  });
});

test("the manifest offers consent first, then an app's own credentials, then a token", async () => {
  expect(manifest.auth.map(({ id, type }) => [id, type])).toEqual([
    ["oauth", "oauth"],
    ["app", "oauth"],
    ["token", "token"],
  ]);
  const [method] = manifest.auth;
  if (method.type !== "oauth") throw new Error("not the first");
  expect(method.provider.redirect).toEqual({ host: "127.0.0.1", port: 13387, path: "/auth/callback" });
  expect(method.provider.scopes.some((scope) => scope.includes("products"))).toBe(false);
  expect((await manifest.load()).codec.groups).toContain("metafields");
});
