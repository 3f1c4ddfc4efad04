// Batches in trouble, on a fake: what every document of one is told, and that none is made twice.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Connector, Entry } from "../../src/connectors/contract.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { openWordPress } from "../fakes/wordpress-client.ts";
import { at, change, draftOf, faultOf, make } from "../fakes/wordpress-drafts.ts";
import { addPost } from "../fakes/wordpress-state.ts";
import { createOnce, upTo } from "./batches.ts";

describe("a batch in trouble (fake)", () => {
  let fake: FakeWordPress;
  let connector: Connector;

  beforeEach(async () => {
    fake = await startFakeWordPress();
    connector = openWordPress(fake.api, "admin", fake.users.admin, 1000).connector;
    await connector.model();
  });
  afterEach(async () => {
    await fake.stop();
  });

  const live = () => [...fake.state.posts.values()].filter((post) => post.status !== "trash");
  const slugs = () => live().map(({ slug }) => slug);
  const writes = () => fake.requests.filter((request) => request.write);
  const batches = () => writes().filter(({ url }) => url.includes("/batch/v1"));
  const makeAll = (names: readonly string[], wire: JsonObject = {}) =>
    Promise.all(names.map((name) => make(connector, name, { status: "published", ...wire })));

  /** Each document as the engine sends it; the site has each once then. */
  async function allOnce(names: readonly string[], more: JsonObject = {}): Promise<readonly Entry[]> {
    const entries = await Promise.all(
      names.map((name) => createOnce(connector, draftOf(name, { status: "published", ...more }))),
    );
    expect(entries.map(({ slug }) => slug)).toEqual(names);
    expect(slugs().toSorted()).toEqual(names.toSorted());
    return entries;
  }

  describe("where the site takes none", () => {
    it.each([
      ["has no such route", { batchOff: true }, 1],
      ["allows none for this kind", { batchNotAllowed: true }, 0],
    ])("because it %s, writes go one by one from then on", async (_, quirks, tried) => {
      Object.assign(fake.quirks, quirks);
      connector = openWordPress(fake.api, "admin", fake.users.admin).connector;
      await allOnce(upTo(8));
      await makeAll(["late-1", "late-2", "late-3"]);
      expect(batches()).toHaveLength(tried);
      expect(writes()).toHaveLength(8 + 3 + tried);
    });

    it("because a firewall forbids the route, it is asked no more once that is known", async () => {
      fake.quirks.firewall = (path) => path === "/batch/v1";
      await allOnce(upTo(25));
      const known = batches().length;
      expect(known).toBeLessThan(6);
      await makeAll(["late-1", "late-2", "late-3"]);
      expect(batches()).toHaveLength(known);
    });
  });

  describe("that is refused as a whole", () => {
    it("is sent in smaller ones, and larger ones are not tried again", async () => {
      fake.quirks.batchMost = 10;
      await allOnce(upTo(25));
      const before = batches().length;
      await makeAll(upTo(25).map((name) => `more-${name}`));
      const sizes = batches()
        .slice(before)
        .map(({ body }) => JSON.parse(body).requests.length);
      expect(sizes).toEqual([7, 7, 7, 4]);
    });

    it("because it is too large for the web server is cut by its bytes", async () => {
      fake.quirks.bodyLimit = 30_000;
      const body = "x".repeat(2000);
      await allOnce(upTo(25), { body });
      const refused = batches().length;
      await makeAll(
        upTo(25).map((name) => `more-${name}`),
        { body },
      );
      expect(
        batches()
          .slice(refused)
          .every((request) => request.body.length < 30_000),
      ).toBe(true);
    });

    it("because of one document costs the others nothing, and the next batch is whole again", async () => {
      fake.quirks.firewall = (_, body) => body.includes("union select");
      const drafts = upTo(25).map((name) =>
        draftOf(name, { status: "published", body: name === "d-07" ? "union select" : "" }),
      );
      const made = await Promise.allSettled(drafts.map((draft) => createOnce(connector, draft)));
      const failed = made.flatMap((result, index) => (result.status === "rejected" ? index : []));
      expect(failed).toEqual([7]);
      expect(slugs()).toHaveLength(24);
      const before = writes().length;
      await makeAll(upTo(25).map((name) => `more-${name}`));
      expect(writes()).toHaveLength(before + 1);
    });

    it("after it was carried out is not carried out again", async () => {
      fake.quirks.firewall = (path) => path === "/batch/v1";
      fake.quirks.firewallReadsAnswers = true;
      await allOnce(upTo(25));
      expect(writes()).toHaveLength(1);
    });
  });

  describe("whose answer is lost", () => {
    it.each([
      ["altogether", { dropsAnswerAfterCommit: 1 }],
      ["and a gateway answers", { badGatewayAfterCommit: 1 }],
      ["by half", { halvesAnswers: 1 }],
    ])("%s, made each document once, and each is found", async (_, quirks) => {
      Object.assign(fake.quirks, quirks);
      await allOnce(upTo(25));
      expect(writes()).toHaveLength(1);
    });

    it("after some of it was carried out: just the rest is sent again", async () => {
      fake.quirks.batchDiesAfter = 9;
      await allOnce(upTo(25));
      const again = writes()
        .slice(1)
        .map(({ url, body }) => (url.includes("/batch/v1") ? JSON.parse(body).requests.length : 1));
      expect(again.reduce((sum, count) => sum + count, 0)).toBe(16);
      expect(live().filter(({ title }) => upTo(9).includes(title))).toHaveLength(9);
    });

    it("leaves documents of one title and one second apart", async () => {
      fake.quirks.batchDiesAfter = 2;
      const drafts = ["news-10", "news-12", "news-1", "news"].map((name) => ({
        ...draftOf(name, { status: "published", title: "News" }),
      }));
      const made = await Promise.all(drafts.map((draft) => createOnce(connector, draft)));
      expect(made.map(({ slug }) => slug)).toEqual(["news-10", "news-12", "news-1", "news"]);
      expect(new Set(made.map(({ id }) => id)).size).toBe(4);
      expect(live()).toHaveLength(4);
    });

    it("twice over is followed by writes one by one", async () => {
      fake.quirks.rewrites = (path, body) => (path === "/batch/v1" ? { strange: true } : body);
      await allOnce(upTo(6));
      const more = ["m", "n", "o", "p"];
      await Promise.all(more.map((name) => createOnce(connector, draftOf(name, {}))));
      const known = batches().length;
      await makeAll(["x", "y", "z"]);
      expect(slugs()).toHaveLength(13);
      expect(batches()).toHaveLength(known);
    });

    it("is settled by reading for updates, in one request for all", async () => {
      const made = await makeAll(upTo(25));
      fake.quirks.dropsAnswerAfterCommit = 1;
      const before = fake.requests.length;
      const updated = await Promise.all(
        made.map((entry) => connector.update(entry.id, change(entry, { title: "New" }), at(entry))),
      );
      expect(updated.map(({ title }) => title)).toEqual(made.map(() => "New"));
      expect(fake.requests.length - before).toBe(3);
    });
  });

  describe("of which one document fails", () => {
    const answering = (status: number, body: unknown) => {
      fake.quirks.answersInBatch = (_, sent) => (sent.includes("d-03") ? { status, body } : undefined);
    };

    it.each([
      [422, { code: "acme_refused", message: "Not on Sundays." }, "invalid", "invalid"],
      [403, { code: "rest_cannot_publish", message: "No." }, "forbidden", "wordpress.cannot-publish"],
      [401, { code: "rest_cannot_create", message: "No." }, "auth", "wordpress.anonymous"],
      [500, { code: "internal_server_error", message: "" }, "ambiguous", "wordpress.failed-writing"],
      [200, { id: "x" }, "protocol", "unexpected-answer"],
    ])("with %i, it alone is told so", async (status, body, kind, code) => {
      answering(status, body);
      const drafts = upTo(5).map((name) => draftOf(name, { status: "published" }));
      const intents = await Promise.all(drafts.map((draft) => connector.prepare(draft)));
      const made = await Promise.allSettled(
        drafts.map((draft, n) => connector.create(draft, intents[n] ?? null)),
      );
      expect(made.map((result) => (result.status === "fulfilled" ? "" : result.reason.kind))).toEqual(
        upTo(5).map((name) => (name === "d-03" ? kind : "")),
      );
      expect(made[3]).toMatchObject({ reason: { code } });
      expect(slugs()).toHaveLength(4);
    });

    it("sends alone what it was asked to put off", async () => {
      const later = { code: "too_many", message: "Later.", data: { status: 429 } };
      answering(429, later);
      await allOnce(upTo(5));
      expect(writes()).toHaveLength(2);
    });
  });

  it("asks for slugs again one by one where somebody's hidden entry may have one of them", async () => {
    addPost(fake.state, { slug: "d-02", author: 1 });
    fake.quirks.totalLies = 1;
    const faults = await Promise.all(upTo(3).map((name) => faultOf(connector.prepare(draftOf(name, {})))));
    expect(faults.map(({ code }) => code)).toEqual(["slug-taken", "slug-taken", "slug-taken"]);
  });
});
