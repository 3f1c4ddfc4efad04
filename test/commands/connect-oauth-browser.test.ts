import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../src/commands/connect.ts";
import { connectedPage, type SignedIn, signIn } from "../../src/commands/connect-oauth.ts";
import type { AuthMethod } from "../../src/connectors/contract.ts";
import { EXIT } from "../../src/lib/exit.ts";
import { asFault, type Fault } from "../../src/lib/fault.ts";
import { startShopifySandbox } from "../../src/sandbox/shopify/server.ts";
import { type Oidc, REDIRECT, startOidc } from "../auth/oidc.ts";
import { withoutBrowser } from "../wordpress.ts";
import { createOperator } from "./operator.ts";

describe.skipIf(withoutBrowser || process.platform !== "linux")("signing in with a real browser", () => {
  let oidc: Oidc;
  let browser: Browser;
  const dir = mkdtempSync(join(tmpdir(), "ainstein-consent-"));
  beforeAll(async () => {
    oidc = await startOidc();
    const args = ["--disable-gpu", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])];
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args });
  });
  afterAll(async () => {
    await browser?.close();
    await oidc?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** The person's browser: writes down the address that it is started with. */
  function starter(name: string): { readonly program: string; readonly address: () => Promise<string> } {
    const [program, file] = [join(dir, name), join(dir, `${name}.address`)];
    writeFileSync(program, `#!/bin/sh\necho "$1" >${file}.part\nmv ${file}.part ${file}\n`);
    chmodSync(program, 0o755);
    const address = async (): Promise<string> => {
      for (let round = 0; round < 200 && !existsSync(file); round += 1) await delay(50);
      return readFileSync(file, "utf8").trim();
    };
    return { program, address };
  }

  async function freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  interface Seen {
    readonly signed: SignedIn | undefined;
    readonly fault: Fault | undefined;
    readonly text: string;
    readonly address: string;
    readonly complaints: readonly string[];
  }

  /** One sign-in, with a click on this button of the consent page. */
  async function click(button: "Allow" | "Decline"): Promise<Seen> {
    const started = starter(button);
    const port = await freePort();
    const method: Extract<AuthMethod, { type: "oauth" }> = {
      type: "oauth",
      id: "oauth",
      title: "Browser",
      grant: "code",
      provider: { ...oidc.data, redirect: { ...REDIRECT, port } },
      sentAs: { name: "authorization", scheme: "Bearer" },
    };
    const operator = createOperator();
    let [signed, fault]: [SignedIn | undefined, Fault | undefined] = [undefined, undefined];
    const command = operator.run(
      async (context, args) => {
        try {
          signed = await signIn({ context, args, method, methods: [method], parts: oidc.parts() });
          await signed.show(connectedPage("acme", "Acme Bakery at https://acme.example", "Jane Roe"));
        } catch (thrown) {
          fault = asFault(thrown);
        }
        return EXIT.done;
      },
      [],
      { answers: [], env: { BROWSER: started.program, PATH: process.env.PATH ?? "" } },
    );
    const page: Page = await browser.newPage({ viewport: { width: 900, height: 560 } });
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (!message.location().url.startsWith(oidc.issuer)) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    try {
      await page.goto(await started.address());
      await page.getByRole("button", { name: button }).click();
      await page.waitForURL("**/done");
      await command;
      await picture(page, button);
      return { signed, fault, text: await page.innerText("body"), address: page.url(), complaints };
    } finally {
      await page.close();
      operator.remove();
    }
  }

  /** For a person to look at, where one asks for it. */
  async function picture(page: Page, name: string): Promise<void> {
    const to = process.env.AINSTEIN_TEST_PICTURES;
    if (to === undefined) return;
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(to, `${name}-${colorScheme}.png`) });
    }
  }

  it("opens it, and ends on a page of our own once consent is clicked", async () => {
    const { signed, text, address, complaints } = await click("Allow");
    expect(await oidc.server.AccessToken.find(signed?.tokens.access ?? "")).toBeDefined();
    expect(text).toContain("Connected");
    expect(text).toContain("acme: Acme Bakery at https://acme.example");
    expect(text).toContain("Signed in as Jane Roe.");
    expect(new URL(address).search).toBe("");
    expect(complaints).toEqual([]);
  });

  it("says on that page that it was declined", async () => {
    const { fault, text, complaints } = await click("Decline");
    expect(fault?.code).toBe("declined");
    expect(text).toContain("nothing was changed");
    expect(complaints).toEqual([]);
  });

  it("connects a shop, and both the page and the program say to what and as whom", async () => {
    const shop = await startShopifySandbox({ redirects: ["http://127.0.0.1:*/auth/callback"] });
    const [operator, started] = [createOperator(), starter("shop")];
    const command = operator.run(connect, ["shopify"], {
      flags: { name: "acme", url: shop.url, clientId: shop.client.id, port: await freePort() },
      answers: [shop.client.secret],
      env: { BROWSER: started.program, PATH: process.env.PATH ?? "" },
    });
    const page = await browser.newPage({ viewport: { width: 900, height: 560 } });
    try {
      await page.goto(await started.address());
      await page.getByRole("button", { name: "Install app" }).click();
      await page.waitForURL("**/done");
      const ran = await command;
      await picture(page, "shop");
      const text = await page.innerText("body");
      expect(text).toContain(`acme: ${shop.store.shop.name} at ${shop.url}`);
      const [, account = "nobody"] = /\n {2}as (.*) \(/.exec(ran.out) ?? [];
      expect(ran.out).toContain(`Connected acme: ${shop.store.shop.name} at ${shop.url}`);
      expect(text).toContain(`Signed in as ${account}.`);
      expect(shop.grants.counts).toEqual({ code: 1, refresh: 0, clientCredentials: 0 });
      expect(ran.all).not.toContain(shop.client.secret);
    } finally {
      await page.close();
      await shop.close();
      operator.remove();
    }
  });
});
