import { expect, it } from "vitest";
import { chatBody, factsContent, messageOf, type Told } from "../../src/report/notification.ts";

const told: Told = {
  id: "id-1",
  kind: "run-failed",
  connection: "shop",
  atMs: Date.parse("2026-01-31T09:30:12Z"),
  facts: {
    help: "ainstein-cms runs show 1a2b3c4d",
    run: "1a2b3c4d-0000",
    command: "push",
    failed: 3,
    codes: { forbidden: 2, "answer-lost": 1 },
    code: "no-answer",
  },
};

it("a run that failed is told in one sentence, with what helps", () => {
  expect(messageOf(told, []).text).toBe(
    "shop: push: 3 documents failed (2 forbidden, 1 answer-lost), ended with no-answer. What helps: ainstein-cms runs show 1a2b3c4d",
  );
  expect(messageOf(told, [])).toMatchObject({ v: 1, id: "id-1", at: "2026-01-31T09:30:12.000Z", failed: 3 });
});

it("one message stands for those before it", () => {
  const message = messageOf({ ...told, more: { count: 12, sinceMs: told.atMs - 3_600_000 } }, []);
  expect(message).toMatchObject({ more: 12, since: "2026-01-31T08:30:12.000Z" });
  expect(message.text).toContain("(and 12 more since 2026-01-31T08:30Z). What helps: ");
});

it("known secrets stand nowhere in it, and texts of sites are short and harmless to a terminal", () => {
  const documents = Array.from({ length: 30 }, (_, n) => ({
    path: `post-${n}.md`,
    code: "invalid",
    message: `said hunter22 \u001b[2J ${"x".repeat(400)}`,
  }));
  const content = factsContent({ message: "Bearer abcdefghijk", documents });
  const message = messageOf({ ...told, facts: { ...told.facts, content } }, ["hunter22"]);
  expect(JSON.stringify(message)).not.toMatch(/hunter22|abcdefghijk|\\u001b/);
  expect(message.content?.documents).toHaveLength(10);
  expect(message.text.length).toBeLessThan(3_000);
});

it("a chat gets fields that Slack knows, and nothing that it would take for a mention or a link", () => {
  const content = { message: "<!channel> & <https://evil.example|click>" };
  const body = JSON.parse(chatBody(messageOf({ ...told, facts: { ...told.facts, content } }, []))) as object;
  expect(Object.keys(body)).toEqual(["text", "metadata"]);
  expect(body).toMatchObject({
    text: expect.stringContaining("&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;"),
    metadata: { event_type: "ainstein_cms_run_failed", event_payload: { id: "id-1", connection: "shop" } },
  });
});
