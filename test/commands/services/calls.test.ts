// What services are asked is on record as what sites are asked is. The provider is a fake on loopback.
import { afterEach, beforeEach, expect, test } from "vitest";
import { history } from "../../../src/commands/history.ts";
import { services } from "../../../src/commands/services.ts";
import { openStore } from "../../../src/store/db.ts";
import { type FakeProvider, startFakeProvider } from "../../services/fake-provider.ts";
import { createOperator, type Operator } from "../operator.ts";

const ENV = { AINSTEIN_KEY: Buffer.alloc(32, 7).toString("base64") };

let operator: Operator;
let fake: FakeProvider;
beforeEach(async () => {
  operator = createOperator();
  fake = await startFakeProvider();
  fake.answer(() => ({ status: 200, json: { id: "m1", health_status: "fine" } }));
});
afterEach(async () => {
  operator.remove();
  await fake.close();
});

async function connectAndSend(): Promise<void> {
  const set = [`baseUrl=${fake.baseUrl}`, "list_id=0123456789"];
  const answers = ["0123456789abcdef0123456789abcdef-us19"];
  await operator.run(services, ["connect", "mailchimp"], { env: ENV, answers, flags: { set } });
  const field = ["email=ada@example.com", "name=Ada"];
  await operator.run(services, ["send", "mailchimp", "form_submission"], {
    env: ENV,
    flags: { yes: true, field },
  });
}

test("each request is on record, the writes before they leave, and the record is as it was written", async () => {
  await connectAndSend();
  const { out } = await operator.run(history, ["calls", "service:mailchimp"], { env: ENV });
  const lines = out.trimEnd().split("\n");
  expect(lines.filter((line) => !line.includes("←"))).toHaveLength(fake.seen.length);
  expect(out).toContain("/lists/{list_id}/members/");
  const verified = await operator.run(history, ["verify"], { env: ENV });
  expect(verified.exit).toBe(0);
  expect(verified.out).toMatch(/as written {2}service:mailchimp, \d+ rows/);
});

test("nobody is named in it, and no key", async () => {
  await connectAndSend();
  const store = openStore(operator.home);
  const text = JSON.stringify(store.all("SELECT row FROM audit"));
  store.close();
  const sent = fake.seen.find(({ method }) => method === "PUT");
  const member = /members\/([0-9a-f]{32})/.exec(sent?.path ?? "")?.[1] ?? "no member was sent";
  for (const word of ["ada", "Ada", member, "0123456789abcdef"]) expect(text).not.toContain(word);
});
