import { expect, it } from "vitest";
import type { Connector, RemoteMedia } from "../../src/connectors/contract.ts";
import { mediaStock } from "../../src/engine/stock.ts";
import { termStock } from "../../src/engine/term-stock.ts";

const upload = (id: string): RemoteMedia => ({
  ...{ id, digest: `d${id}`, url: `https://site.test/${id}`, type: "image/png", alt: "", variants: [] },
});

it("asks the site once for what several documents want at one time, and none goes on without it", async () => {
  const asked: (readonly string[])[] = [];
  const media = {
    get: async (ids: readonly string[]) => {
      asked.push(ids);
      await new Promise((done) => setImmediate(done));
      return ids.map(upload);
    },
    findByDigest: async (digests: readonly string[]) => {
      asked.push(digests);
      await new Promise((done) => setImmediate(done));
      return digests.map((digest) => upload(digest.slice(1)));
    },
  };
  const stock = mediaStock({ media } as unknown as Connector, []);
  const one = stock.loadIds(["1", "2"]);
  const other = stock.loadIds(["2", "3"]).then(() => stock.all().map(({ id }) => id));
  const third = stock.loadDigests(["d8"]);
  const fourth = stock.loadDigests(["d8"]).then(() => stock.byDigest("d8")?.id);
  expect(await other).toEqual(expect.arrayContaining(["2", "3"]));
  expect(await fourth).toBe("8");
  await Promise.all([one, third]);
  expect(asked).toEqual([["1", "2"], ["3"], ["d8"]]);
});

it("asks anew for what could not be had", async () => {
  let fails = true;
  const get = async (ids: readonly string[]) => {
    if (fails) throw new Error("no answer");
    return ids.map(upload);
  };
  const stock = mediaStock({ media: { get } } as unknown as Connector, []);
  await expect(stock.loadIds(["1"])).rejects.toThrow("no answer");
  fails = false;
  await stock.loadIds(["1"]);
  expect(stock.all().map(({ id }) => id)).toEqual(["1"]);
});

it("lists a taxonomy once for all who name its terms at one time", async () => {
  let lists = 0;
  const list = async () => {
    lists += 1;
    await new Promise((done) => setImmediate(done));
    return [{ id: "1", taxonomy: "tags", name: "rye", slug: "rye", path: ["rye"] }];
  };
  const stock = termStock({ terms: { list } } as unknown as Connector, []);
  const found = async () => {
    await stock.load(["tags"]);
    return stock.find("tags", ["rye"])?.id;
  };
  expect(await Promise.all([found(), found(), found()])).toEqual(["1", "1", "1"]);
  expect(lists).toBe(1);
});
