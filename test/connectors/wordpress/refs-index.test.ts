import { describe, expect, it } from "vitest";
import type { RemoteMedia } from "../../../src/connectors/contract.ts";
import {
  addressKey,
  mediaIndex,
  parentIndex,
  placeKey,
} from "../../../src/connectors/wordpress/refs-index.ts";

const mediaOf = (id: string, digest: string, url: string, variants: readonly string[] = []): RemoteMedia => ({
  id,
  digest,
  url,
  type: "image/png",
  alt: "",
  variants,
});

describe("what documents name", () => {
  it("is found in a list that has grown since it was first asked", () => {
    const parents = [{ id: "1", kind: "page", path: "About" }];
    expect(parentIndex(parents).byId.get("2")).toBeUndefined();
    parents.push({ id: "2", kind: "page", path: "about/Team" });
    expect(parentIndex(parents).byId.get("2")).toBe(parents[1]);
    expect(parentIndex(parents).byPlace.get(placeKey("page", "about/team"))).toBe(parents[1]);
    expect(parentIndex(parents).byPlace.get(placeKey("post", "about"))).toBeUndefined();
  });

  it("is the first of two that are alike", () => {
    const parents = [1, 2].map((id) => ({ id: String(id), kind: "page", path: "about" }));
    expect(parentIndex(parents).byPlace.get(placeKey("page", "about"))).toBe(parents[0]);
  });

  it("is an upload by its whole digest or the digits in its name, and in each of its sizes", () => {
    const digest = "0123456789ab".padEnd(64, "f");
    const whole = mediaOf("1", "c".repeat(64), "https://a.test/c.png");
    const named = mediaOf("2", digest.slice(0, 12), "https://a.test/n.png", ["https://a.test/n-2x2.png"]);
    const none = mediaOf("3", "", "https://a.test/x.png");
    const { byDigest, byAddress } = mediaIndex([none, whole, named]);
    expect([digest, "c".repeat(64), "d".repeat(64)].map(byDigest)).toEqual([named, whole, undefined]);
    expect(byAddress.get(addressKey("http://a.test/n-2x2.png?v=3"))).toEqual([named]);
  });
});
