// One task with all that it may hold: an API, its database, and a service. PostgreSQL and the API are real; Mailchimp is a fake
// on loopback, which proves what we ask and how we take its answers.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { task } from "../../../src/commands/task.ts";
import { scratchServer } from "../../../src/tasks/database/server.ts";
import { type FakeProvider, startFakeProvider } from "../../services/fake-provider.ts";
import { createOperator, type Operator } from "../operator.ts";

const ENV = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" };
const WHOLE = `task_id: "integration_2025_001"
task_type: setup_api
specifications:
  api_requirements:
    type: rest
    endpoints: [{path: /api/contact, method: POST, authentication: api_key}]
    rate_limiting: 100_requests_per_minute
  security_features: [rate_limiting, input_validation, cors]
  documentation_format: openapi_3.0
  database_config:
    type: postgresql
    environment: production
    schema_requirements: {tables: [users, orders, products], relationships: [users_to_orders, orders_to_products]}
  service_integration:
    service_type: email
    provider: mailchimp
    integration_points: [form_submission, user_registration]
    data_sync_frequency: real_time
    fields_to_sync: [name, email, company, phone, source]
    settings: {list_id: 0123abcdef}
dependencies: ["code_2025_001"]
output_format: integration
priority: high
`;

const hasDatabase = await scratchServer("postgresql", { env: ENV }).then(
  (scratch) => scratch.close().then(() => true),
  () => false,
);

let operator: Operator;
let fake: FakeProvider;

beforeAll(async () => {
  operator = createOperator();
  fake = await startFakeProvider();
  writeFileSync(join(operator.cwd, "whole.yaml"), WHOLE);
});
afterAll(async () => {
  operator.remove();
  await fake.close();
});

const dir = () => join(operator.cwd, "output/integration/integration_2025_001");

async function answered(secrets: Readonly<Record<string, string>> | undefined) {
  const own = secrets === undefined ? {} : { AINSTEIN_SERVICE_MAILCHIMP: JSON.stringify(secrets) };
  const { exit } = await operator.run(task, ["run", "whole.yaml"], {
    flags: { assume: ["code_2025_001"] },
    env: { ...ENV, ...own },
  });
  return { exit, answer: parse(readFileSync(join(dir(), "response.yaml"), "utf8")) };
}

describe.skipIf(!hasDatabase)("a task of an API with its database and a service", () => {
  test("makes all three; the service is connected once the rest is proven and its key is there", async () => {
    const without = await answered(undefined);
    expect(without.exit).toBe(1);
    expect(without.answer).toMatchObject({
      status: "needs_specification",
      reason: { code: "services.credentials-missing" },
      output: {
        endpoints: [{ path: "/api/contact", status: "verified" }],
        database: { name: "app", status: "verified" },
      },
    });
    expect(without.answer.output).not.toHaveProperty("integrations");
    expect(readdirSync(dir()).sort()).toEqual([
      ".ainstein-task.json",
      "apis",
      "databases",
      "documentation",
      "response.yaml",
      "services",
    ]);
    expect(fake.seen).toEqual([]);

    fake.answer(() => ({ status: 200, json: { health_status: "Everything's Chimpy!" } }));
    const whole = await answered({ api_key: `${"0".repeat(32)}-us19`, baseUrl: fake.baseUrl });
    expect(whole.exit).toBe(0);
    expect(whole.answer).toMatchObject({
      status: "completed",
      output: {
        endpoints: [{ path: "/api/contact", status: "verified" }],
        database: { name: "app", status: "verified" },
        integrations: [{ service: "mailchimp", status: "verified" }],
        metadata: { security_level: "production_ready" },
      },
    });
    expect(whole.answer.proofs).toHaveLength(without.answer.proofs.length + 1);
  }, 300_000);
});
