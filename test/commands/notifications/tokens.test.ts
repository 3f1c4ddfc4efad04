// Sign-ins that end are told of in time, once for each stage.
import { afterEach, beforeEach, expect, it } from "vitest";
import { keepTelling } from "../../../src/commands/notifications/serving.ts";
import { notifications } from "../../../src/commands/notifications.ts";
import { putConnection } from "../../../src/store/connections.ts";
import { removeTempDirs } from "../bench.ts";
import { type Chat, hand, type Scene, scene, startChat } from "./scene.ts";

const DAY_MS = 24 * 3_600_000;
const START = Date.now();

let chat: Chat;
let at: Scene;
const clock = hand();

beforeEach(async () => {
  clock.aheadMs = 0;
  chat = await startChat();
  at = scene({});
  at.self.clock = clock;
  at.configure(`notifications:\n  - on: [token-expiring]\n    webhook: ${chat.url}\n`);
});
afterEach(() => {
  chat.stop();
  removeTempDirs();
});

/** Signed in so that it ends after so many days. */
async function endsAfter(days: number): Promise<void> {
  await at.self.run(async (context) => {
    putConnection(context.store(), {
      ...{ name: "flow", platform: "webflow", url: "https://api.webflow.com/v2", auth: "oauth" },
      ...{ settings: {}, site: "s", siteTitle: "Secret client", account: "a" },
      ...{ createdAt: new Date(START).toISOString(), checkedAt: new Date(START).toISOString() },
    });
    const expiresAt = START + days * DAY_MS;
    await context.vault().put("flow", "client", JSON.stringify({ id: "client-id", secret: "client-secret" }));
    await context
      .vault()
      .put(
        "flow",
        "tokens",
        JSON.stringify({ access: "access-token-value", scopes: [], obtainedAt: START, expiresAt }),
      );
    return 0;
  });
}

const check = async (day: number) => {
  clock.aheadMs = day * DAY_MS;
  return at.run("notifications", notifications, ["check"]);
};

it("a sign-in that ends is told at fourteen days, at three, and once it has ended", async () => {
  await endsAfter(30);
  for (const day of [0, 15, 16.5, 17, 26, 27.2, 28, 30.1, 31]) await check(day);
  expect(chat.posted.map(({ payload }) => [payload.days, payload.code])).toEqual([
    [13, undefined],
    [2, undefined],
    [undefined, "expired"],
  ]);
  expect(chat.posted[0]?.text).toMatch(
    /^flow: the sign-in ends in 13 days \(\d.*Z\)\. What helps: ainstein-cms connect webflow --name flow$/,
  );
  expect(JSON.stringify(chat.posted)).not.toMatch(/access-token|client-secret|Secret client/);
});

it("one that was renewed is told anew when it ends again", async () => {
  await endsAfter(10);
  await check(0);
  await endsAfter(60);
  await check(1);
  await check(50);
  expect(chat.posted.map(({ payload }) => payload.days)).toEqual([9, 9]);
});

it("the receiver of webhooks looks at once, and again until it is interrupted", async () => {
  await endsAfter(2.5);
  const end = new AbortController();
  let waits = 0;
  at.self.signal = end.signal;
  await at.self.run(async (context) => {
    const sleep = async () => {
      waits += 1;
      clock.aheadMs += 60_000;
      if (waits === 3) end.abort();
    };
    await keepTelling({ ...context, clock: { now: clock.now, sleep } });
    return 0;
  });
  expect([waits, chat.posted.length]).toEqual([3, 1]);
});
