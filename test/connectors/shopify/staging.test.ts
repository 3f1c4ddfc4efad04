import { expect, test } from "vitest";
import { openShop } from "../../../src/connectors/shopify/shop.ts";
import { collect } from "../../../src/connectors/shopify/staging.ts";
import type { Http } from "../../../src/http/http.ts";
import { Fault } from "../../../src/lib/fault.ts";
import { QUICK } from "./shop.ts";

const refused = (why: string) => new Fault("unavailable", why, { scope: "item" });

function from(address: string, more: Partial<Http>): Promise<Uint8Array> {
  const send = () => Promise.reject(new Error("sent to the shop, with its credentials"));
  const http: Http = { send, requests: () => 0, ...more };
  const shop = openShop({ url: "https://acme.myshopify.com", settings: {}, http, clock: QUICK });
  return collect(shop, address, { maxBytes: 10, refused });
}

test("a result that lies with the vendor's store is fetched without the connection, and within its bounds", async () => {
  const asked: unknown[] = [];
  const download: Http["download"] = async (...given) => {
    asked.push(given);
    return Buffer.from("{}");
  };
  const address = "https://storage.example.test/result.jsonl?Signature=s";
  expect(await from(address, { download })).toEqual(Buffer.from("{}"));
  expect(asked).toEqual([[address, 10]]);
});

test("a result at no address, without encryption, or where nothing leads to is not to be had", async () => {
  const download: Http["download"] = async () => Buffer.from("{}");
  for (const address of ["", "nowhere", "http://storage.example.test/r", "file:///etc/passwd"]) {
    await expect(from(address, { download }), address).rejects.toMatchObject({ kind: "unavailable" });
  }
  await expect(from("https://storage.example.test/r", {})).rejects.toThrow("beyond the shop's own address");
});
