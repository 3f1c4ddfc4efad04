import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { doctor } from "../../../src/commands/doctor.ts";
import { EXIT } from "../../../src/lib/exit.ts";
import type { Finding } from "../../../src/report/findings.ts";
import { startShopifySandbox } from "../../../src/sandbox/shopify/server.ts";
import { WORLDS } from "../../platforms/worlds.ts";
import { createOperator, type Operator, type Ran } from "../operator.ts";

let operator: Operator;
let stop: () => Promise<unknown> = async () => {};
beforeEach(() => {
  operator = createOperator();
});
afterEach(async () => {
  await stop();
  operator.remove();
});

interface Started {
  readonly connection: object;
  readonly close: () => Promise<unknown>;
}

async function shopify(): Promise<Started> {
  const { url, token, close } = await startShopifySandbox();
  return { connection: { platform: "shopify", url, auth: "token", token }, close };
}

const SITES: readonly (readonly [string, () => Promise<Started>])[] = [
  ["Shopify", shopify],
  ...WORLDS.map(({ name, start }) => {
    const begin = async (): Promise<Started> => {
      const fake = await start();
      return { connection: fake.connection(), close: fake.close };
    };
    return [name, begin] as const;
  }),
];

async function ask(connection: object): Promise<Ran> {
  const env = { AINSTEIN_CONNECTION_ACME: JSON.stringify(connection) };
  return operator.run(doctor, ["acme"], { env });
}

const found = (ran: Ran): readonly Finding[] =>
  ran.records.filter(({ type }) => type === "finding") as unknown as Finding[];

describe.each(SITES)("a %s that is well", (_, start) => {
  it("is found so: nothing to warn of, and every step of the way is told", async () => {
    const { connection, close } = await start();
    stop = close;
    const ran = await ask(connection);
    const bad = found(ran).filter(({ state }) => ["broken", "warning", "skipped"].includes(state));
    expect(bad).toEqual([]);
    expect(ran.exit).toBe(EXIT.done);
    const checks = new Set(found(ran).map(({ check }) => check));
    for (const check of [
      "name",
      "certificate",
      "answer",
      "sign-in",
      "site",
      "rights",
      "version",
      "kinds",
      "budget",
    ]) {
      expect(checks).toContain(check);
    }
  });

  it("whose credential is refused is told by that and nothing else", async () => {
    const { connection, close } = await start();
    stop = close;
    const given = connection as Readonly<Record<string, string>>;
    const secret = given.token === undefined ? "password" : "token";
    const wrong = [...(given[secret] ?? "")]
      .reverse()
      .join("")
      .replace(/[0-9a-f]/g, "0");
    const ran = await ask({
      ...given,
      [secret]:
        secret === "token" && given.platform === "ghost" ? `${"0".repeat(24)}:${"0".repeat(64)}` : wrong,
    });
    const broken = found(ran).filter(({ state }) => state === "broken");
    expect(broken.map(({ check }) => check)).toEqual(["sign-in"]);
    expect(ran.exit).toBe(EXIT.failed);
    expect(broken[0]?.cure ?? "").not.toBe("");
  });
});
