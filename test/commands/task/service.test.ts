// A fake provider on loopback: what is proven is what we ask and how we take its answers, not that the provider does so.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { task } from "../../../src/commands/task.ts";
import { type FakeProvider, type Given, startFakeProvider } from "../../services/fake-provider.ts";
import { createOperator, type Operator } from "../operator.ts";

const KEY = "0123456789abcdef0123456789abcdef-us19";
const MAILCHIMP = `task_id: news
task_type: integrate_service
specifications:
  service_integration:
    service_type: email
    provider: mailchimp
    integration_points: [form_submission, user_registration]
    data_sync_frequency: real_time
    fields_to_sync: [name, email]
    settings: {list_id: 0123abcdef}
`;

let fake: FakeProvider;
const operators: Operator[] = [];
let operator: Operator;

beforeAll(async () => {
  fake = await startFakeProvider();
});
beforeEach(() => {
  operator = createOperator();
  operators.push(operator);
  writeFileSync(join(operator.cwd, "news.yaml"), MAILCHIMP);
});
afterAll(async () => {
  for (const one of operators) one.remove();
  await fake.close();
});

const credentials = () => ({
  AINSTEIN_SERVICE_MAILCHIMP: JSON.stringify({ api_key: KEY, baseUrl: fake.baseUrl }),
});

async function answered(given: Given) {
  fake.answer(() => given);
  const { exit, all } = await operator.run(task, ["run", "news.yaml"], { env: credentials() });
  const answer = parse(readFileSync(join(operator.cwd, "output/integration/news/response.yaml"), "utf8"));
  return { exit, all, answer };
}

function texts(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [readFileSync(join(entry.parentPath, entry.name), "utf8")] : [],
  );
}

describe("a service as a task", () => {
  test("is completed once the provider says who we are, and no file holds the key", async () => {
    const { exit, all, answer } = await answered({
      status: 200,
      json: { health_status: "Everything's Chimpy!" },
    });
    expect(exit).toBe(0);
    expect(answer).toMatchObject({
      status: "completed",
      output: { integrations: [{ service: "mailchimp", status: "verified" }] },
      proofs: [{ about: "service", result: "passed", expected: "200 with health_status" }],
    });
    expect([...texts(operator.cwd), all].join("\n")).not.toContain(KEY.slice(0, 32));
    const made = readdirSync(join(operator.cwd, "output/integration/news"), { recursive: true })
      .map(String)
      .sort();
    expect(made).toEqual([
      ...[
        ".ainstein-task.json",
        "documentation",
        "documentation/integration-guide.md",
        "response.yaml",
        "services",
      ],
      "services/mailchimp-integration.js",
    ]);
    fake.answer(() => ({ status: 500 }));
    const again = await operator.run(task, ["run", "news.yaml"], { env: credentials() });
    expect([again.exit, fake.seen.length]).toEqual([0, 0]);
  });

  test.each<[string, Given, string]>([
    [
      "a key that is not accepted",
      { status: 401, json: { title: "API Key Invalid", detail: "no" } },
      "refused",
    ],
    [
      "a page of somebody in between",
      { status: 200, text: "<html>Sign in to the network", headers: { "content-type": "text/html" } },
      "unreachable",
    ],
    ["no answer", "reset", "unreachable"],
  ])("%s is a failed proof with what was seen", async (_, given, status) => {
    const { exit, answer } = await answered(given);
    expect(exit).toBe(1);
    expect(answer).toMatchObject({
      status: "failed",
      reason: { code: "not-proven" },
      output: { integrations: [{ service: "mailchimp", status }] },
      proofs: [{ result: "failed" }],
    });
  });

  test("what it does nothing about is told, unless the credentials have what is missing", async () => {
    writeFileSync(join(operator.cwd, "news.yaml"), MAILCHIMP.replace(/^ *settings: .*\n/m, ""));
    const fine: Given = { status: 200, json: { health_status: "fine" } };
    const { answer } = await answered(fine);
    expect(answer.warnings.join("\n")).toContain("form_submission only where list_id is set");
    const whole = { api_key: KEY, baseUrl: fake.baseUrl, list_id: "0123abcdef" };
    const env = { AINSTEIN_SERVICE_MAILCHIMP: JSON.stringify(whole) };
    const { exit, records } = await operator.run(task, ["retry", "news"], { env });
    expect([exit, records[0]?.warnings]).toEqual([0, []]);
  });

  test("without credentials it says which, and where they are found", async () => {
    const { exit } = await operator.run(task, ["run", "news.yaml"]);
    const answer = parse(readFileSync(join(operator.cwd, "output/integration/news/response.yaml"), "utf8"));
    expect(exit).toBe(1);
    expect(answer).toMatchObject({
      status: "needs_specification",
      reason: { code: "services.credentials-missing" },
    });
    expect(answer.reason.hint).toContain("AINSTEIN_SERVICE_MAILCHIMP");
  });

  test.each([
    ["a provider there is not", "provider: mailchimp", "provider: mailchmp", 6, "Did you mean mailchimp?"],
    ["a type it is not of", "service_type: email", "service_type: crm", 5, "service_type: email"],
    [
      "a point it does nothing with",
      "[form_submission, user",
      "[checkout, user",
      7,
      "There are: form_submission",
    ],
  ])("%s is refused with its line", async (_, was, is, line, hint) => {
    mkdirSync(join(operator.cwd, "tasks"));
    writeFileSync(join(operator.cwd, "tasks/a.yaml"), MAILCHIMP.replace(was, is));
    const { exit, events } = await operator.run(task, ["check", "tasks"]);
    expect(exit).toBe(2);
    expect(events).toMatchObject([
      { type: "fault", fault: { place: { line }, hint: expect.stringContaining(hint) } },
    ]);
  });
});
