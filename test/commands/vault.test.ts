import { lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect } from "../../src/commands/connect.ts";
import { connections } from "../../src/commands/connections.ts";
import { services } from "../../src/commands/services.ts";
import { vault } from "../../src/commands/vault.ts";
import type { Manifest } from "../../src/connectors/contract.ts";
import { EXIT } from "../../src/lib/exit.ts";
import { type TokenSite, tokenSite } from "../auth/token-site.ts";
import { faultOf } from "../http/servers.ts";
import { startFakeProvider } from "../services/fake-provider.ts";
import { consented, oauthPlatform } from "./oauth-platform.ts";
import { createOperator, type Manner, type Operator } from "./operator.ts";

const platform = vi.hoisted(() => ({ manifest: undefined as unknown }));
vi.mock("../../src/connectors/registry.ts", async (original) => {
  const real = await original<typeof import("../../src/connectors/registry.ts")>();
  const findPlatform = (id: string) =>
    id === "tokens" ? { manifest: platform.manifest as Manifest } : real.findPlatform(id);
  return { ...real, findPlatform };
});

let operator: Operator;
let site: TokenSite;
beforeEach(async () => {
  operator = createOperator();
  site = await tokenSite(3_600_000);
  platform.manifest = oauthPlatform(site.provider);
});
afterEach(() => operator.remove());

describe("moving an installation", () => {
  const passphrase = "several plain words";
  const file = "agency.vault";
  const seal = (manner: Manner = { flags: { passphraseStdin: true }, stdin: passphrase }) =>
    operator.run(vault, ["export", file], manner);

  let other: Operator;
  beforeEach(async () => {
    await consented(operator, site);
    other = createOperator();
  });
  afterEach(() => other.remove());

  const path = () => join(operator.cwd, file);
  const open = (text = passphrase, flags: object = {}) =>
    other.run(vault, ["import", path()], { flags: { passphraseStdin: true, ...flags }, stdin: text });

  it("takes connections and secrets along", async () => {
    const sealed = await seal({ answers: [passphrase, passphrase] });
    expect(sealed.all).toContain("use them in one place only");
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(readFileSync(path(), "utf8")).not.toContain("shop");
    const read = await other.run(vault, ["import", path()], { answers: [passphrase] });
    expect(read.questions).toEqual(["Passphrase of the file"]);
    expect(read.out).toContain("Read in 1 connection: shop.");
    expect((await other.run(connections, ["test", "shop"])).exit).toBe(EXIT.done);
    expect((await other.run(connections, ["refresh", "shop"])).exit).toBe(EXIT.done);
  });

  it.each([
    [{ answers: [passphrase, "another one"] }, "passphrases-differ"],
    [{ flags: { passphraseStdin: true }, stdin: "short" }, "short-passphrase"],
    [{}, "no-terminal"],
  ])("%j writes nothing", async (manner, code) => {
    expect(await faultOf(seal(manner))).toMatchObject({ kind: "usage", code });
    expect(readdirSync(operator.cwd)).toEqual(["home"]);
  });

  it("writes through no link that somebody left beside the file", async () => {
    writeFileSync(join(operator.cwd, "precious"), "mine");
    symlinkSync("precious", join(operator.cwd, `.${file}.part`));
    await seal();
    expect(readFileSync(join(operator.cwd, "precious"), "utf8")).toBe("mine");
    expect(lstatSync(path()).isFile()).toBe(true);
  });

  it("overwrites no file", async () => {
    writeFileSync(path(), "mine");
    expect(await faultOf(seal())).toMatchObject({ code: "file-exists" });
    expect(readFileSync(path(), "utf8")).toBe("mine");
  });

  it("reads nothing in with a wrong passphrase, of a damaged file, or over names that are taken", async () => {
    await seal();
    expect(await faultOf(open("several other words"))).toMatchObject({
      kind: "auth",
      code: "vault.wrong-passphrase",
    });
    const whole = readFileSync(path(), "utf8");
    const damages = [
      whole.slice(0, -40),
      whole.replace(
        /("sealed": ".{40})(.)/,
        (_, before: string, sign: string) => before + (sign === "A" ? "B" : "A"),
      ),
      whole.replace('"N": 131072', '"N": 1e12'),
      whole.replace('"N": 131072', '"N": 131073'),
      '{"connections":[]}',
      "",
    ];
    for (const damage of damages) {
      writeFileSync(path(), damage);
      expect(await faultOf(open())).toMatchObject({ kind: "usage", code: "vault.file-damaged" });
    }
    expect((await other.run(connections, ["list"])).records).toEqual([]);
    writeFileSync(path(), whole);
    await other.run(connect, ["local"], { flags: { name: "shop", url: "./site" } });
    expect(await faultOf(open())).toMatchObject({ code: "connection.name-taken" });
    expect((await other.run(connections, ["show", "shop"])).records[0]).toMatchObject({ platform: "local" });
    await open(passphrase, { replace: true });
    expect((await other.run(connections, ["show", "shop"])).records[0]).toMatchObject({ platform: "tokens" });
  });

  it("takes services and sources along, with what waits said to stay", async () => {
    const fake = await startFakeProvider();
    try {
      fake.answer(() => ({ status: 200, json: { health_status: "fine" } }));
      const set = [`baseUrl=${fake.baseUrl}`, "list_id=0123456789"];
      const answers = ["0123456789abcdef0123456789abcdef-us19"];
      await operator.run(services, ["connect", "mailchimp"], { answers, flags: { set } });
      await operator.run(services, ["sources", "add", "website"]);
      fake.answer(() => ({ status: 503 }));
      const field = ["email=ada@example.com"];
      await operator.run(services, ["send", "mailchimp", "form_submission"], { flags: { yes: true, field } });
      const sealed = await seal();
      expect(sealed.all).toContain("1 connection and 1 service and 1 source with all secrets");
      expect(sealed.all).toContain("One event waits here to be sent to services, and does not travel");
      expect((await open()).out).toContain("shop, mailchimp, website");
      fake.answer(() => ({ status: 200, json: { health_status: "fine" } }));
      expect((await other.run(services, ["test", "mailchimp"])).exit).toBe(EXIT.done);
      expect((await other.run(services, ["sources", "list"])).records).toMatchObject([{ name: "website" }]);
      expect(await faultOf(open())).toMatchObject({ code: "connection.name-taken" });
    } finally {
      await fake.close();
    }
  });
});
