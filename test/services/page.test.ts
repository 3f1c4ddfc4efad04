// Whether a page holds the snippet, on pages that a fake on loopback gives.
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { provider as hotjar } from "../../src/services/hotjar/provider.ts";
import { openService } from "../../src/services/open.ts";
import { snippetOf } from "../../src/services/snippet.ts";
import { type FakeProvider, type Given, startFakeProvider } from "./fake-provider.ts";

const PARTS = { clock: systemClock, random: () => 0, answerMs: 150 };
const VALUES = { site_id: "1234567", page_url: "https://site.example/start?a=1" };

let fake: FakeProvider;
beforeAll(async () => {
  fake = await startFakeProvider();
});
afterAll(() => fake.close());

async function verdictFor(page: Given, values: Readonly<Record<string, string>> = VALUES) {
  fake.answer(() => page);
  const service = await openService(hotjar, { ...values, baseUrl: fake.baseUrl }, PARTS);
  return service.prove();
}

function pageWith(siteId: string): Given {
  const html = snippetOf(hotjar, { site_id: siteId })?.html ?? "";
  return { status: 200, text: `<!-- made by hand --><!doctype html><html><head>${html}</head></html>` };
}

test("a snippet that is in the page is told, and proves no id", async () => {
  const verdict = await verdictFor(pageWith("1234567"));
  expect(verdict).toMatchObject({
    verdict: "not-verifiable",
    details: { page: "the snippet is in its HTML" },
  });
  expect(verdict.hint).toBeUndefined();
  expect(fake.seen).toMatchObject([
    { method: "GET", path: "/site.example/start", query: { a: "1" }, headers: { accept: "text/html" } },
  ]);
  expect(fake.seen[0]?.headers.authorization).toBeUndefined();
});

test("one with another id is not taken for it", async () => {
  const verdict = await verdictFor(pageWith("7654321"));
  expect(verdict.details.page).toBe("the snippet with these ids is not in its HTML");
  expect(verdict.hint).toContain("Put the snippet into the page");
});

test.each<[string, Given, string]>([
  ["a page that is not there", { status: 404, text: "<html></html>" }, "not read: 404, no page"],
  ["no page", { status: 200, json: { hjid: 1 } }, "not read: 200, no page"],
  ["a page that is elsewhere", { status: 301, headers: { location: "/neu" } }, "not read: 301"],
  ["a server that is silent", "silence", "not read: "],
  ["a connection that breaks", "reset", "not read: "],
])("%s is said to be so", async (_what, page, seen) => {
  const verdict = await verdictFor(page);
  expect(verdict.verdict).toBe("not-verifiable");
  expect(verdict.details.page).toContain(seen);
});

test("where no page is named none is asked for", async () => {
  const verdict = await verdictFor(pageWith("1234567"), { site_id: "1234567" });
  expect(verdict.details).toEqual({});
  expect(fake.seen).toEqual([]);
});

test.each(["http://site.example/", "https://user:word@site.example/", "site.example"])(
  "%s is no address of a page",
  async (page_url) => {
    await expect(openService(hotjar, { ...VALUES, page_url }, PARTS)).rejects.toMatchObject({
      kind: "usage",
    });
  },
);
