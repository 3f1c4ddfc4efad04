import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ShopifySandbox, startShopifySandbox } from "../../src/sandbox/shopify/server.ts";
import { type Desktop, hasSecretService, startDesktop } from "../auth/secret-service.ts";
import { tempDir } from "../store/programs.ts";
import { type Ended, runProgram } from "./program.ts";

describe.runIf(hasSecretService())("a sign-in that a real keychain keeps", () => {
  let desktop: Desktop;
  let shop: ShopifySandbox;
  let home: string;
  beforeAll(async () => {
    desktop = await startDesktop();
    shop = await startShopifySandbox();
    home = tempDir();
    await desktop.startKeyring("unlocked");
    expect(await connect("shop")).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await desktop.stop();
    await shop.close();
  });

  const run = (args: readonly string[], input = ""): Promise<Ended> =>
    runProgram(args, { env: { ...desktop.env, AINSTEIN_HOME: home }, input });

  function connect(name: string): Promise<Ended> {
    const app = ["--auth", "app", "--client-id", shop.client.id, "--client-secret-stdin"];
    return run(["connect", "shopify", "--name", name, "--url", shop.url, ...app], shop.client.secret);
  }

  /** Tokens that the shop gave so far. */
  const given = () => shop.grants.counts.clientCredentials;

  it.each([
    ["locked", () => desktop.startKeyring("locked"), /locked/],
    ["dead", () => desktop.startBlackHole("org.freedesktop.secrets"), /cannot be asked.*no answer/],
  ])("is neither renewed nor made while that is %s, and says how to go on", async (_, begin, cause) => {
    await desktop.stopKeyring();
    await begin();
    const before = given();
    const ended = await Promise.all([run(["connections", "refresh", "shop"]), connect("second")]);
    for (const { code, err } of ended) {
      expect(code).toBe(5);
      expect(err).toMatch(cause);
      expect(err).toContain("AINSTEIN_KEY");
    }
    expect(given()).toBe(before);
    const listed = await run(["connections", "list"]);
    expect(listed.out).toContain(shop.url);
    expect(listed.out).not.toContain("second");
  });
});
