import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TokenSet } from "../../src/auth/provider.ts";
import { vaultKeep } from "../../src/auth/token-keep.ts";
import { connect } from "../../src/commands/connect.ts";
import { connections } from "../../src/commands/connections.ts";
import { vault } from "../../src/commands/vault.ts";
import type { Manifest } from "../../src/connectors/contract.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { EXIT } from "../../src/lib/exit.ts";
import { type TokenSite, tokenSite } from "../auth/token-site.ts";
import { faultOf } from "../http/servers.ts";
import { consented, inside, KEY, oauthPlatform } from "./oauth-platform.ts";
import { createOperator, type Manner, type Operator, type Ran } from "./operator.ts";

const platform = vi.hoisted(() => ({ manifest: undefined as unknown }));
vi.mock("../../src/connectors/registry.ts", async (original) => {
  const real = await original<typeof import("../../src/connectors/registry.ts")>();
  const findPlatform = (id: string) =>
    id === "tokens" ? { manifest: platform.manifest as Manifest } : real.findPlatform(id);
  return { ...real, findPlatform };
});

const HOUR = 3_600_000;

let operator: Operator;
let site: TokenSite;
beforeEach(async () => {
  operator = createOperator();
  site = await tokenSite(HOUR, { grace: false });
  platform.manifest = oauthPlatform(site.provider);
});
afterEach(() => operator.remove());

function run(action: string, name?: string, manner: Manner = {}): Promise<Ran> {
  return operator.run(connections, name === undefined ? [action] : [action, name], manner);
}

const APP = { name: "shop", auth: "client-credentials", clientId: "app", clientSecretStdin: true };

function connectApp(secret = "app-secret"): Promise<Ran> {
  return operator.run(connect, ["tokens"], { flags: { ...APP, url: site.url }, stdin: secret });
}

const keptTokens = () =>
  inside(
    operator,
    async (_, opened) => JSON.parse((await opened.get("shop", "tokens")) ?? "null") as TokenSet | null,
  );

function filesIn(dir: string): string {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString("latin1"))
    .join("\n");
}

describe("connecting an app that signs in by itself", () => {
  it("needs its id and its secret, and says how long the token lives", async () => {
    const made = await connectApp();
    expect(made.out).toContain("Connected shop");
    const { records, out } = await run("show", "shop");
    const { expiresAt = 0 } = (await keptTokens()) ?? {};
    const until = new Date(expiresAt).toISOString();
    expect(records[0]).toMatchObject({
      signedIn: true,
      renewsItself: true,
      scopes: ["write"],
      tokenExpiresAt: until,
    });
    expect(out).toMatch(/scopes\twrite/);
  });

  it("is renewed without typing its id and secret again", async () => {
    await connectApp();
    const again = await operator.run(connect, ["tokens"], { flags: { name: "shop" } });
    expect(again.out).toContain("Renewed shop");
  });

  it("is not undone by another process that renews the former tokens just then", async () => {
    await connectApp();
    const former = (await keptTokens()) ?? expect.unreachable();
    await inside(operator, async (store, opened) => {
      const elsewhere = vaultKeep("shop", opened, store, systemClock);
      let again: Promise<Ran> | undefined;
      await elsewhere.alone(async () => {
        again = connectApp();
        await Promise.race([again, systemClock.sleep(400)]);
        await elsewhere.save({ ...former, access: "of the former sign-in" });
      });
      expect((await again)?.out).toContain("Renewed shop");
    });
    expect((await keptTokens())?.access).not.toBe("of the former sign-in");
  });

  it("saves nothing when the site refuses the app", async () => {
    const fault = await faultOf(connectApp("wrong-app-secret"));
    expect(fault).toMatchObject({ kind: "auth" });
    expect((await run("list")).records).toEqual([]);
  });

  it("saves nothing where there is no place for a key, and asks the site for nothing", async () => {
    const env = { AINSTEIN_KEY: "", DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere" };
    const flags = { ...APP, url: site.url };
    const fault = await faultOf(operator.run(connect, ["tokens"], { flags, stdin: "app-secret", env }));
    expect(fault).toMatchObject({ kind: "auth", code: "vault.unavailable" });
    expect(fault.hint).toContain("AINSTEIN_KEY");
    expect(site.given).toEqual([]);
    expect((await run("list")).records).toEqual([]);
  });
});

describe("connecting with a token that was made by hand", () => {
  const token = () => site.signIn().access;

  it("takes it from standard input without being told the method", async () => {
    const flags = { name: "shop", url: site.url, tokenStdin: true };
    const made = await operator.run(connect, ["tokens"], { flags, stdin: `${token()}\n` });
    expect(made.out).toContain("Connected shop");
    expect((await run("test", "shop")).exit).toBe(EXIT.done);
    const { value } = (await run("export", "shop", { flags: { env: true } })).records[0] as { value: object };
    expect(value).toMatchObject({ auth: "token", token: site.given[0] });
  });

  it("asks for it by the vendor's name for it", async () => {
    const flags = { name: "shop", url: site.url, auth: "token" };
    const made = await operator.run(connect, ["tokens"], { flags, answers: [token()] });
    expect(made.questions).toEqual(["Access token"]);
  });

  it.each([
    [{ auth: "token", passwordStdin: true }, "unfit-secret"],
    [{ auth: "token", clientId: "x" }, "unfit-secret"],
    [{ auth: "token", scopes: "write" }, "unfit-secret"],
    [{ auth: "client-credentials", clientId: "x", tokenStdin: true }, "unfit-secret"],
    [{ tokenStdin: true, clientSecretStdin: true }, "several-secrets"],
    [{ tokenStdin: true }, "no-token"],
    [{ auth: "token" }, "no-terminal"],
    [{ auth: "client-credentials" }, "no-terminal"],
  ])("%j is wrong usage", async (flags, code) => {
    const manner = { flags: { name: "shop", url: site.url, ...flags } };
    expect(await faultOf(operator.run(connect, ["tokens"], manner))).toMatchObject({ kind: "usage", code });
  });
});

describe("signing in with nobody there", () => {
  it("names all that would do before it asks for anything, with the address of what is not stored yet", async () => {
    const { hint = "" } = await faultOf(
      operator.run(connect, ["tokens"], { flags: { name: "shop", url: site.url, auth: "oauth" } }),
    );
    const again = `ainstein-cms connect tokens --name shop --url ${site.url}`;
    expect(hint).toContain(`${again} --auth client-credentials --client-id <id> --client-secret-stdin`);
    expect(hint).toContain(`${again} --auth token --token-stdin`);
  });

  it("takes a client id for the wish to sign in as that app, where a token was used before", async () => {
    const flags = { name: "shop", url: site.url, auth: "token", tokenStdin: true };
    await operator.run(connect, ["tokens"], { flags, stdin: site.signIn().access });
    const renewal = operator.run(connect, ["tokens"], { flags: { name: "shop", clientId: "app" } });
    expect((await faultOf(renewal)).hint).toContain("--client-id app --client-secret-stdin");
  });
});

describe("a connection from the environment", () => {
  const given = (value: object) => ({
    env: { AINSTEIN_CONNECTION_CI: JSON.stringify({ platform: "tokens", url: site.url, ...value }) },
  });

  it("signs in with a token, or as an app", async () => {
    expect((await run("test", "ci", given({ token: site.signIn().access }))).exit).toBe(EXIT.done);
    const app = { clientId: "app", clientSecret: "app-secret", scopes: "write" };
    expect((await run("test", "ci", given(app))).exit).toBe(EXIT.done);
    expect((await run("show", "ci", given(app))).records[0]).toMatchObject({
      auth: "client-credentials",
      renewsItself: true,
    });
  });

  it("is shown without a past that it does not have", async () => {
    const [shown = {}] = (await run("show", "ci", given({ token: "t" }))).records;
    expect(shown).toMatchObject({ name: "ci", auth: "token" });
    for (const key of ["createdAt", "checkedAt", "account"]) expect(shown).not.toHaveProperty(key);
  });

  it.each([
    [{ auth: "oauth", clientId: "app", clientSecret: "s" }, "tokens-rotate", "client-credentials or token"],
    [{ clientId: "app" }, "bad-environment-connection", '"clientSecret"'],
    [{ auth: "token" }, "bad-environment-connection", '"token"'],
    [{ token: "t", clientSecret: "s3cret" }, "bad-environment-connection", '"token" is nothing'],
    [{ token: "t", scopes: "write" }, "bad-environment-connection", '"scopes"'],
    [{ token: 5 }, "bad-environment-connection", '"token"'],
  ])("%j is refused, naming the field", async (value, code, hint) => {
    const fault = await faultOf(run("show", "ci", given(value)));
    expect(fault).toMatchObject({ kind: "usage", code });
    expect(`${fault.message} ${fault.hint}`).toContain(hint);
    expect(fault.message).not.toContain("s3cret");
  });
});

describe("connections refresh", () => {
  it("gets new tokens, and says until when they are good", async () => {
    await consented(operator, site);
    const before = await keptTokens();
    const ran = await run("refresh", "shop");
    const after = await keptTokens();
    expect(after?.access).not.toBe(before?.access);
    expect(ran.out).toContain(new Date(after?.expiresAt ?? 0).toISOString());
  });

  it("says what to type where the sign-in is over", async () => {
    await consented(operator, site, { refresh: "used-before" });
    const fault = await faultOf(run("refresh", "shop"));
    expect(fault).toMatchObject({ kind: "auth", code: "sign-in-over" });
    expect(fault.hint).toContain("ainstein-cms connect tokens --name shop");
  });

  it("has nothing to do for a token that does not change", async () => {
    const flags = { name: "shop", url: site.url, tokenStdin: true };
    await operator.run(connect, ["tokens"], { flags, stdin: site.signIn().access });
    expect(await faultOf(run("refresh", "shop"))).toMatchObject({ code: "nothing-to-refresh" });
  });
});

describe("a vault that cannot be opened", () => {
  const locked = { env: { AINSTEIN_KEY: "" } };

  it("keeps tokens from being renewed, and the refresh token from being used up", async () => {
    await consented(operator, site);
    const given = site.given.length;
    expect(await faultOf(run("refresh", "shop", locked))).toMatchObject({
      kind: "auth",
      code: "vault.missing",
    });
    expect(site.given).toHaveLength(given);
    expect((await run("refresh", "shop")).exit).toBe(EXIT.done);
  });

  it("still lets the rest of the connection be seen", async () => {
    await consented(operator, site);
    const [record] = (await run("show", "shop", locked)).records;
    expect(record).toMatchObject({ name: "shop", url: site.url });
    expect(record?.tokens).toContain("AINSTEIN_KEY");
  });
});

describe("connections revoke", () => {
  it("takes the tokens back, and keeps the connection with its app", async () => {
    await consented(operator, site);
    const ran = await run("revoke", "shop", { answers: [true] });
    expect(ran.questions[0]).toContain("Take back the credential of shop");
    expect(ran.notes).toContain("ainstein-cms connect tokens --name shop");
    expect((await run("show", "shop")).records[0]).toMatchObject({ signedIn: false });
    expect(await inside(operator, async (_, opened) => Object.keys(await opened.all("shop")))).toEqual([
      "client",
      "headers",
    ]);
    expect(await faultOf(run("refresh", "shop"))).toMatchObject({
      kind: "auth",
      code: "credentials-missing",
    });
  });

  it("asks, and changes nothing without a yes", async () => {
    await consented(operator, site);
    expect(await faultOf(run("revoke", "shop", { answers: [false] }))).toMatchObject({
      code: "not-confirmed",
    });
    expect((await run("test", "shop")).exit).toBe(EXIT.done);
  });

  it("of a credential that only a person can take back changes nothing", async () => {
    const flags = { name: "shop", url: site.url, tokenStdin: true };
    await operator.run(connect, ["tokens"], { flags, stdin: site.signIn().access });
    expect(await faultOf(run("revoke", "shop", { flags: { yes: true } }))).toMatchObject({
      code: "no-revocation",
    });
    expect((await run("test", "shop")).exit).toBe(EXIT.done);
  });

  it("is part of removing the connection", async () => {
    await consented(operator, site);
    const ran = await run("remove", "shop", { flags: { yes: true } });
    expect(ran.records[0]).toMatchObject({ removed: true, revoked: true });
  });
});

describe("connections export --env", () => {
  it("gives what an app needs, and warns that it is secret", async () => {
    await connectApp();
    const ran = await run("export", "shop", { flags: { env: true } });
    expect(ran.notes).toContain("AINSTEIN_CONNECTION_SHOP");
    expect(ran.notes).not.toContain("app-secret");
    expect(JSON.parse(ran.out)).toMatchObject({
      clientId: "app",
      clientSecret: "app-secret",
      scopes: "write",
    });
    const env = { AINSTEIN_CONNECTION_CI: ran.out };
    expect((await run("test", "ci", { env })).exit).toBe(EXIT.done);
  });

  it("refuses tokens that change, and proposes an app that signs in by itself", async () => {
    await consented(operator, site);
    const fault = await faultOf(run("export", "shop", { flags: { env: true } }));
    expect(fault).toMatchObject({ kind: "usage", code: "tokens-rotate" });
    expect(fault.hint).toContain(
      `--name shop-ci --url ${site.url} --auth client-credentials --client-id app --client-secret-stdin`,
    );
  });
});

describe("a renamed connection", () => {
  it("keeps its tokens", async () => {
    await consented(operator, site);
    await operator.run(connections, ["rename", "shop", "store"]);
    expect((await run("refresh", "store")).exit).toBe(EXIT.done);
  });
});

describe("secrets", () => {
  it("are in nothing that is shown, traced or written, whatever fails", async () => {
    const shown: string[] = [];
    const traced = { AINSTEIN_DEBUG_HTTP: "1" };
    const note = async (work: Promise<Ran>) => {
      const end = await work.then(
        ({ all }) => all,
        (thrown: unknown) => `${String(thrown)} ${JSON.stringify(thrown)} ${(thrown as Error).stack}`,
      );
      shown.push(end);
    };
    await note(
      operator.run(connect, ["tokens"], {
        flags: { ...APP, url: site.url },
        stdin: "app-secret",
        env: traced,
      }),
    );
    await note(
      operator.run(connect, ["tokens"], {
        flags: { ...APP, url: site.url },
        stdin: "app-wrong",
        env: traced,
      }),
    );
    await consented(operator, site);
    await note(run("test", "shop", { env: traced }));
    await note(run("refresh", "shop", { env: traced }));
    site.revoked.add((await keptTokens())?.access ?? "");
    await note(run("test", "shop", { env: traced }));
    await note(run("show", "shop", { env: traced }));
    await note(run("export", "shop", { flags: { env: true }, env: traced }));
    site.loseAnswers = 1;
    await note(run("refresh", "shop", { env: traced }));
    await note(run("refresh", "shop", { env: traced }));
    await note(
      operator.run(vault, ["export", "all"], { flags: { passphraseStdin: true }, stdin: "pass phrase" }),
    );
    await note(run("revoke", "shop", { flags: { yes: true }, env: traced }));
    const everything = `${shown.join("\n")}\n${filesIn(operator.cwd)}`;
    expect(shown.join("\n")).toContain("[hidden]");
    expect(shown.join("\n")).toContain("/token");
    const planted = [...site.given, "app-secret", "app-wrong", "guard-secret", "pass phrase", KEY];
    expect(planted.filter((secret) => everything.includes(secret))).toEqual([]);
    expect(site.given.length).toBeGreaterThan(6);
  });
});
