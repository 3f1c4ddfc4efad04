import { describe, expect, test } from "vitest";
import { graphqlFault, userFault } from "../../../src/connectors/shopify/faults.ts";
import { DELETE_PAGE } from "../../../src/connectors/shopify/queries.ts";
import { stateOf } from "../../../src/connectors/shopify/rows.ts";
import { openShop } from "../../../src/connectors/shopify/shop.ts";
import type { Http } from "../../../src/http/http.ts";
import { systemClock } from "../../../src/lib/clock.ts";

const about = { kind: "article", id: "7", slug: "tea" };

describe("a refusal", () => {
  test("says that the entry is gone only where it is the entry that is missing", () => {
    const missing = (field: string[] | null) =>
      userFault([{ code: "NOT_FOUND", field, message: "could not be found" }], about);
    expect(missing(["id"])).toMatchObject({ kind: "conflict", code: "gone" });
    expect(missing(null)).toMatchObject({ kind: "conflict", code: "gone" });
    expect(missing(["article", "blogId"])).toMatchObject({ kind: "invalid", code: "shopify.invalid-blog" });
    expect(missing(["article", "image"])).toMatchObject({ kind: "invalid", code: "shopify.invalid-image" });
  });
});

describe("an error beside the data", () => {
  const denied = (path: string[]) => ({
    message: "Access denied",
    path,
    extensions: { code: "ACCESS_DENIED" },
  });

  test("about a part of what a write answers leaves open that it was done", () => {
    expect(graphqlFault(denied(["o0", "article", "image"]), true).kind).toBe("ambiguous");
    expect(graphqlFault(denied(["o0"]), true).kind).toBe("forbidden");
    expect(graphqlFault(denied(["o0", "nodes"]), false).kind).toBe("forbidden");
    expect(graphqlFault(denied(["mutation M", "articleCreate"]), true).kind).toBe("forbidden");
  });

  test("of one part that was throttled stops no other", () => {
    const throttled = { message: "Throttled", path: ["o1"], extensions: { code: "THROTTLED" } };
    expect(graphqlFault(throttled, true)).toMatchObject({ kind: "rate-limited", scope: "item" });
  });
});

test("what the shop shows is published, however late it is by this machine's clock", () => {
  const row = { id: "1", handle: "a", title: "A", createdAt: "2026-01-01T00:00:00Z" };
  const publishedAt = "2026-01-01T12:00:00Z";
  const before = Date.parse("2026-01-01T11:55:00Z");
  expect(stateOf({ ...row, publishedAt, isPublished: true }, before)).toBe("published");
  expect(stateOf({ ...row, publishedAt, isPublished: false }, before)).toBe("scheduled");
});

describe("an error that names no part", () => {
  const parts = ["1", "2"].map((id) => ({ operation: DELETE_PAGE, values: { id } }));

  /** Two removals in one request, and what became of each. */
  async function asked(payload: unknown) {
    const send: Http["send"] = async ({ decode }) => ({
      ...{ status: 200, headers: {}, serverTime: undefined },
      value: decode(payload),
    });
    const http: Http = { send, requests: () => 0 };
    const shop = openShop({ url: "https://tea.myshopify.com", settings: {}, http, clock: systemClock });
    return (await shop.ask(parts)).outcomes;
  }
  const errors = [{ message: "Something went wrong", extensions: { code: "INTERNAL_SERVER_ERROR" } }];

  test("is about what has no answer, and takes back nothing of what has one", async () => {
    const done = { deletedPageId: "1", userErrors: [] };
    const [first, second] = await asked({ data: { o0: done, o1: null }, errors });
    expect(first).toEqual({ status: "fulfilled", value: done });
    expect(second).toMatchObject({ status: "rejected", reason: { kind: "ambiguous" } });
  });

  test("is about all where nothing has an answer", async () => {
    await expect(asked({ data: null, errors })).rejects.toMatchObject({ kind: "ambiguous" });
  });
});
