import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import type { Command } from "../../../src/commands/context.ts";
import { troubleNow } from "../../../src/commands/webhooks/ready.ts";
import { putConnection } from "../../../src/store/connections.ts";
import { openStore } from "../../../src/store/db.ts";
import { type Bench, bench, removeTempDirs } from "../bench.ts";

afterAll(removeTempDirs);

let operator: Bench;
beforeEach(() => {
  operator = bench();
  openStore(operator.home).close();
});

async function trouble(idleMs = 0): Promise<string | undefined> {
  let found: string | undefined;
  const look: Command = async (context) => {
    found = await troubleNow(context, context.clock.now() - idleMs);
    return 0;
  };
  await operator.run(look);
  return found;
}

test("the receiver is ready while events are gone through", async () => {
  expect(await trouble(2_000)).toBeUndefined();
  expect(await trouble(120_000)).toBe("webhooks.still");
});

test("it is not ready with a configuration that cannot be read", async () => {
  writeFileSync(join(operator.home, "config.yaml"), "webhooks: 7\n");
  expect(await trouble()).toBe("home-config");
});

test("it is not ready while the vault does not open", async () => {
  const store = openStore(operator.home);
  const at = "2026-01-01T00:00:00.000Z";
  putConnection(store, {
    ...{ name: "wp", platform: "wordpress", url: "https://a.example/wp-json", auth: "none", settings: {} },
    ...{ site: "a", siteTitle: "A", account: "a", createdAt: at, checkedAt: at },
  });
  store.close();
  await operator.run(async ({ vault }) => {
    await vault().put("wp", "webhook", "secret");
    return 0;
  });
  expect(await trouble()).toBeUndefined();
  operator.env = { ...operator.env, AINSTEIN_KEY: Buffer.alloc(32, 9).toString("base64") };
  expect(await trouble()).toBe("vault.wrong-key");
});
