import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../../src/commands/connect.ts";
import { tokenFinding } from "../../../src/commands/doctor/site.ts";
import { doctor } from "../../../src/commands/doctor.ts";
import { webhooks } from "../../../src/commands/webhooks.ts";
import { EXIT } from "../../../src/lib/exit.ts";
import type { Json } from "../../../src/lib/json.ts";
import type { Finding } from "../../../src/report/findings.ts";
import { startShopifySandbox } from "../../../src/sandbox/shopify/server.ts";
import { changeCircuit, circuitKept } from "../../../src/store/circuits.ts";
import { getConnection, putConnection } from "../../../src/store/connections.ts";
import type { Store } from "../../../src/store/db.ts";
import { listHooks, putHook } from "../../../src/store/hooks.ts";
import { type FakeWordPress, startFakeWordPress } from "../../fakes/wordpress.ts";
import { createOperator, type Manner, type Operator, type Ran } from "../operator.ts";
import { deserted, stopHosts } from "./hosts.ts";

let operator: Operator;
let site: FakeWordPress;

/** A connection that is stored, as `connect` stores it. */
beforeEach(async () => {
  operator = createOperator();
  site = await startFakeWordPress();
  const flags = { name: "acme", url: site.url, auth: "app-password", username: "admin", passwordStdin: true };
  await operator.run(connect, ["wordpress"], { flags, stdin: site.users.admin });
});
afterEach(async () => {
  stopHosts();
  await site.stop();
  operator.remove();
});

const look = (manner: Manner = {}): Promise<Ran> => operator.run(doctor, ["acme"], manner);

function worth(ran: Ran): readonly string[] {
  const found = ran.records.filter(({ type }) => type === "finding") as unknown as Finding[];
  return found.flatMap(({ check, state, code }) =>
    ["ok", "note", "skipped"].includes(state) ? [] : [`${check} ${state} ${code}`],
  );
}

async function inStore<T>(work: (store: Store) => T): Promise<T> {
  let result: T | undefined;
  await operator.run(async (context) => {
    result = work(context.store());
    return EXIT.done;
  }, []);
  return result as T;
}

function change(fields: Readonly<Record<string, string>>): Promise<void> {
  return inStore((store) => {
    const record = getConnection(store, "acme");
    if (record !== undefined) putConnection(store, { ...record, ...fields });
  });
}

describe("a stored connection", () => {
  it("that is well is found so, its secrets read", async () => {
    const ran = await look();
    expect([ran.exit, worth(ran)]).toEqual([EXIT.done, []]);
    expect(ran.out).toContain("the secrets of acme can be read");
    expect(ran.out).toContain("acme is a connection to WordPress, stored");
  });

  it("whose secrets cannot be read is not signed in with, and its site is looked at as far as it goes", async () => {
    const asked = site.requests.length;
    const ran = await look({ env: { AINSTEIN_KEY: Buffer.alloc(32, 8).toString("base64") } });
    expect([ran.exit, worth(ran)]).toEqual([EXIT.failed, ["keychain broken vault.wrong-key"]]);
    expect(ran.out).toMatch(/ok +name/);
    expect(site.requests.length).toBe(asked);
  });

  it("at whose address another site is now says which", async () => {
    await change({ site: "old.example" });
    const ran = await look();
    expect([ran.exit, worth(ran)]).toEqual([EXIT.failed, ["site broken connection.other-site"]]);
    expect(ran.out).toContain("made for old.example");
    expect(ran.out).toContain("connections set-url acme");
  });

  it("that is left alone is asked all the same, and the answer ends the pause", async () => {
    await inStore((store) => {
      const now = Date.now();
      const cause = { code: "no-answer", message: "It did not answer." };
      const open = {
        state: "open",
        cause,
        since: now,
        until: now + 600_000,
        times: 1,
        url: `${site.url}/wp-json`,
      };
      changeCircuit(store, "acme", () => open as unknown as Json);
    });
    const ran = await look();
    expect([ran.exit, worth(ran)]).toEqual([EXIT.done, ["pause warning circuit-open"]]);
    expect(ran.out).toContain("It did not answer.");
    expect(await inStore((store) => circuitKept(store, "acme"))).toBeUndefined();
    expect(worth(await look())).toEqual([]);
  });

  it("whose proxy is gone is told by the proxy, and not by the site", async () => {
    const proxy = await deserted();
    await change({ proxy });
    const ran = await look();
    expect(worth(ran)).toEqual(["certificate broken connection-refused"]);
    expect(ran.out).toContain(`${new URL(proxy).host} refused the connection`);
    expect(ran.out).toContain("It is the proxy");
  });

  it("with a file of certificates that is gone says which file", async () => {
    await change({ caFile: "/nowhere/ca.pem" });
    const ran = await look();
    expect(worth(ran)).toEqual(["connection broken bad-ca-file"]);
    expect(ran.out).toContain("/nowhere/ca.pem");
  });
});

describe("webhooks", () => {
  const HOOK = { id: "h1", topic: "posts", url: "https://hooks.test/webhooks/acme" };

  it("that were registered and cannot be verified are broken, with what to do", async () => {
    await inStore((store) => putHook(store, "acme", HOOK));
    const ran = await look();
    expect([ran.exit, worth(ran)]).toEqual([EXIT.failed, ["webhooks broken webhooks.no-secret"]]);
    expect(ran.out).toContain("The receiver refuses each of them.");
    expect(ran.out).toContain("docs/troubleshooting.md#webhooks");
  });

  it("that nobody wants are not spoken of", async () => {
    expect((await look()).out).not.toContain("webhooks");
  });
});

describe("webhooks of a Shopify", () => {
  it("are well as long as they are there, and missed when they are gone", async () => {
    const shop = await startShopifySandbox();
    try {
      const flags = { name: "shop", url: shop.url, auth: "token", tokenStdin: true };
      await operator.run(connect, ["shopify"], { flags, stdin: shop.token });
      const register = { url: "https://hooks.test", secretStdin: true };
      await operator.run(webhooks, ["register", "shop"], { flags: register, stdin: "a secret of the app" });
      const ask = (): Promise<Ran> => operator.run(doctor, ["shop"]);
      expect((await ask()).out).toMatch(/ok +webhooks +\d+ are at the site as they were registered/);
      await inStore((store) => {
        const [{ id = "" } = {}] = listHooks(store, "shop");
        store.run("UPDATE hooks SET id = 'gone' WHERE id = @id", { id });
      });
      const ran = await ask();
      expect(worth(ran)).toEqual(["webhooks warning webhooks.gone"]);
      expect(ran.out).toContain("ainstein-cms webhooks register shop --url https://hooks.test/webhooks/shop");
    } finally {
      await shop.close();
    }
  });
});

describe("a sign-in by tokens", () => {
  const now = Date.UTC(2026, 0, 1);
  const inDays = (days: number): string => new Date(now + days * 86_400_000).toISOString();

  it.each([
    ["renews itself and never ends", { renewsItself: true, tokenExpiresAt: inDays(0) }, "ok"],
    ["renews itself and ends in a month", { renewsItself: true, signInEndsAt: inDays(30) }, "ok"],
    ["renews itself and ends in three days", { renewsItself: true, signInEndsAt: inDays(3) }, "warning"],
    [
      "does not, and its token ends in three days",
      { renewsItself: false, tokenExpiresAt: inDays(3) },
      "warning",
    ],
    ["does not, and its token has no end", { renewsItself: false, tokenExpiresAt: null }, "ok"],
  ])("that %s", (_, view, state) => {
    const finding = tokenFinding({ signedIn: true, ...view }, now, "ainstein-cms connect x");
    expect(finding.state).toBe(state);
    expect(finding.cure ?? "").toBe(state === "warning" ? "Sign in again: ainstein-cms connect x" : "");
  });
});

describe("the record of requests", () => {
  const machine = (manner: Manner = {}): Promise<Ran> => operator.run(doctor, [], manner);

  it("is well as it was written", async () => {
    await look();
    const ran = await machine();
    expect([ran.exit, worth(ran)]).toEqual([EXIT.done, []]);
    expect(ran.out).toMatch(/ok +record +\d+ rows of requests are as they were written/);
  });

  it("of which a row was changed by hand is broken, and says whose it is", async () => {
    await look();
    await inStore((store) => {
      store.run(
        `UPDATE audit SET row = json_set(row, '$.status', 418)
         WHERE n = 1 AND chain = (SELECT chain FROM audit_chains WHERE connection = 'acme')`,
      );
    });
    const ran = await machine();
    expect([ran.exit, worth(ran)]).toEqual([EXIT.failed, ["record broken record-changed"]]);
    expect(ran.out).toContain("The record of acme is not as it was written");
  });
});
