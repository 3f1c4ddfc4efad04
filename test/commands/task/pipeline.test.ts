// The published example of a pipeline, as it stands: a real WordPress, a real PostgreSQL, a real service made and started;
// HubSpot and Mailchimp are fakes on loopback, which prove what we ask and how we take their answers.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { task } from "../../../src/commands/task.ts";
import { scratchServer } from "../../../src/tasks/database/server.ts";
import { type FakeProvider, startFakeProvider } from "../../services/fake-provider.ts";
import { sharedWordPress, withoutWordPress } from "../../wordpress.ts";
import { createOperator, type Operator } from "../operator.ts";

const PIPELINE = fileURLToPath(new URL("../../../fixtures/tasks/pipeline.yaml", import.meta.url));
const IDS = ["site", "posts", "forms", "crm", "newsletter"];
const ENV = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" };

const hasDatabase = await scratchServer("postgresql", { env: ENV }).then(
  (scratch) => scratch.close().then(() => true),
  () => false,
);

let operator: Operator;
let fake: FakeProvider;

beforeAll(async () => {
  operator = createOperator();
  fake = await startFakeProvider();
  fake.answer(({ path }) =>
    path.startsWith("/api.hubapi.com/account-info/")
      ? { status: 200, json: { portalId: 4711, accountType: "DEVELOPER_TEST" } }
      : path.endsWith(".api.mailchimp.com/3.0/ping")
        ? { status: 200, json: { health_status: "Everything's Chimpy!" } }
        : { status: 404, json: { message: "not asked for" } },
  );
});
afterAll(async () => {
  operator.remove();
  await fake.close();
});

describe.skipIf(withoutWordPress || !hasDatabase)("the pipeline of the documentation", () => {
  test("connects, publishes, sets up the forms and connects both services; the second time it only looks", async () => {
    const wordpress = await sharedWordPress();
    const { baseUrl } = fake;
    const env = {
      ...ENV,
      AINSTEIN_CONNECTION_WP_CLIENT: JSON.stringify({
        platform: "wordpress",
        url: wordpress.url,
        username: "admin",
        password: wordpress.users.admin,
      }),
      AINSTEIN_SERVICE_HUBSPOT: JSON.stringify({ access_token: "pat-eu1-0000-of-nobody-at-all", baseUrl }),
      AINSTEIN_SERVICE_MAILCHIMP: JSON.stringify({ api_key: `${"0".repeat(32)}-us19`, baseUrl }),
    };
    cpSync(PIPELINE, join(operator.cwd, "pipeline.yaml"));
    writeFileSync(join(operator.cwd, "ainstein.yaml"), "targets: [wp-client]\n");
    mkdirSync(join(operator.cwd, "posts"));
    const title = `A pipeline ${Date.now()}`;
    writeFileSync(
      join(operator.cwd, "posts/pipeline.md"),
      `---\ntitle: ${title}\n---\n\nPublished by a task.\n`,
    );

    const run = () => operator.run(task, ["run", "pipeline.yaml"], { env, flags: { yes: true } });
    const first = await run();
    const answers = IDS.map((id) =>
      parse(readFileSync(join(operator.cwd, "output/integration", id, "response.yaml"), "utf8")),
    );
    const failed = answers.flatMap(({ proofs }) =>
      proofs.filter(({ result }: { result: string }) => result !== "passed"),
    );
    expect(failed).toEqual([]);
    expect(answers.map(({ task_id, status }) => [task_id, status])).toEqual(
      IDS.map((id) => [id, "completed"]),
    );
    expect(first.exit).toBe(0);
    expect(answers[2]).toMatchObject({
      output: {
        endpoints: [
          { path: "/api/contact", status: "verified" },
          { path: "/api/newsletter", status: "verified" },
        ],
        metadata: { security_level: "production_ready", monitoring_enabled: true },
      },
    });
    expect(answers[3].output.integrations).toMatchObject([{ service: "hubspot", account: "4711" }]);
    const found = await fetch(`${wordpress.url}/wp-json/wp/v2/posts?search=${encodeURIComponent(title)}`);
    expect(await found.json()).toMatchObject([{ status: "publish", title: { rendered: title } }]);

    fake.answer(() => ({ status: 500 }));
    const second = await run();
    expect(second.exit).toBe(0);
    expect(second.records.at(-1)).toMatchObject({ type: "task-summary", completed: 5, unchanged: 3 });
    expect(fake.seen).toEqual([]);
  }, 240_000);
});
