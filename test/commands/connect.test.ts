import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../src/commands/connect.ts";
import { connections } from "../../src/commands/connections.ts";
import { openTarget } from "../../src/commands/target.ts";
import { EXIT } from "../../src/lib/exit.ts";
import { faultOf, json, serve } from "../http/servers.ts";
import { type SharedWordPress, sharedWordPress, withoutWordPress } from "../wordpress.ts";
import { createOperator, type Operator } from "./operator.ts";
import { approve } from "./wordpress-person.ts";

let operator: Operator;
beforeEach(() => {
  operator = createOperator();
});
afterEach(() => operator.remove());

async function names(): Promise<unknown[]> {
  return (await operator.run(connections, ["list"])).records.map((record) => record.name);
}

describe("connect local", () => {
  it("makes the site and takes no password", async () => {
    const ran = await operator.run(connect, ["local"], { flags: { name: "demo", url: "./site" } });
    expect(ran.exit).toBe(EXIT.done);
    expect(ran.out).toContain("Connected demo");
    expect(ran.records[0]).toMatchObject({
      type: "connection",
      target: "demo",
      url: join(operator.cwd, "site"),
      renewed: false,
    });
    expect(existsSync(join(operator.cwd, "site"))).toBe(true);
  });

  it("names it after the platform, then after the place", async () => {
    await operator.run(connect, ["local"], { flags: { url: "./one" } });
    await operator.run(connect, ["local"], { flags: { url: "./Site Two" } });
    await operator.run(connect, ["local"], { flags: { url: "./one" } });
    expect(await names()).toEqual(["local", "local-site-two"]);
  });

  it("refuses another site under a name that is taken", async () => {
    await operator.run(connect, ["local"], { flags: { name: "demo", url: "./one" } });
    const fault = await faultOf(operator.run(connect, ["local"], { flags: { name: "demo", url: "./two" } }));
    expect(fault).toMatchObject({ kind: "usage", code: "connection.other-site" });
    const shown = await operator.run(connections, ["show", "demo"]);
    expect(shown.records[0]?.url).toBe(join(operator.cwd, "one"));
  });

  it.each([
    [["lokal"], {}, "unknown-platform"],
    [["local"], { name: "Bad Name", url: "." }, "connection.bad-name"],
    [["local"], { url: ".", auth: "password" }, "unknown-auth"],
    [["local"], { url: ".", set: ["nonsense=1"] }, "unknown-setting"],
    [["local"], { url: ".", set: ["title"] }, "bad-setting"],
    [["wordpress"], { url: "http://127.0.0.1:1", proxy: "http://me:hunter2@proxy:1" }, "bad-proxy"],
    [["wordpress"], { url: "https://me:hunter2@site.test", passwordStdin: true }, "no-password"],
    [["wordpress"], { url: "http://127.0.0.1:1", caFile: "none.pem" }, "bad-ca-file"],
    [["local"], {}, "no-terminal"],
    [[], {}, "no-terminal"],
  ])("%j %j is wrong usage", async (positionals, flags, code) => {
    expect(await faultOf(operator.run(connect, positionals, { flags }))).toMatchObject({
      kind: "usage",
      code,
    });
    expect(await names()).toEqual([]);
  });
});

describe.skipIf(withoutWordPress)("connect wordpress", () => {
  let wordpress: SharedWordPress;
  beforeAll(async () => {
    wordpress = await sharedWordPress();
  });
  const byScript = (username: string) => ({
    name: "wp",
    url: wordpress.url,
    auth: "app-password",
    username,
    passwordStdin: true,
  });

  it("works without a terminal, tells who and what, and shows no secret", async () => {
    const password = wordpress.users.auth.replace(/(.{4})/g, "$1 ").trim();
    const ran = await operator.run(connect, ["wordpress"], {
      flags: byScript("auth"),
      stdin: `${password}\n`,
    });
    expect(ran.out).toMatch(/Connected wp: Test site[^\n]*\n {2}as auth \(author\)\n {2}may .*publish/);
    expect(ran.events.map((event) => (event.type === "notice" ? event.message : "")).join()).toContain(
      "unfiltered HTML",
    );
    expect(ran.all).not.toContain(password);
    expect(ran.records[0]).toMatchObject({
      url: `${wordpress.url}/wp-json`,
      username: "auth",
      roles: ["author"],
    });
    await operator.run(async (context) => {
      const target = await openTarget(context, "wp");
      expect((await target.connector.whoami()).roles).toEqual(["author"]);
      expect(target).toMatchObject({
        name: "wp",
        platform: "wordpress",
        defaultKind: "post",
        settings: { body: "blocks" },
      });
      return EXIT.done;
    }, []);
  });

  it("saves nothing for a wrong password, nor for a user name from nowhere", async () => {
    for (const username of ["auth", "nobody"]) {
      const fault = await faultOf(
        operator.run(connect, ["wordpress"], { flags: byScript(username), stdin: "wrong wrong" }),
      );
      expect(fault).toMatchObject({ kind: "auth", code: "wordpress.wrong-credentials" });
    }
    expect(await names()).toEqual([]);
  });

  it("says that there is no key before anybody is asked for a password", async () => {
    const fault = await faultOf(
      operator.run(connect, ["wordpress"], {
        flags: { url: wordpress.url },
        env: { AINSTEIN_KEY: "not a key" },
        answers: ["auth", "x"],
      }),
    );
    expect(fault).toMatchObject({ kind: "auth", code: "vault.bad-key" });
  });

  it("renews a connection, and keeps what was there when that fails", async () => {
    await operator.run(connect, ["wordpress"], { flags: byScript("auth"), stdin: wordpress.users.auth });
    await faultOf(operator.run(connect, ["wordpress"], { flags: byScript("ed"), stdin: "wrong wrong" }));
    expect((await operator.run(connections, ["test", "wp"])).out).toContain("as auth");
    const again = await operator.run(connect, ["wordpress"], {
      flags: { ...byScript("ed"), url: undefined },
      stdin: wordpress.users.ed,
    });
    expect(again.out).toContain("Renewed wp");
    expect((await operator.run(connections, ["test", "wp"])).out).toContain("as ed (editor)");
  });

  it("lets the browser hand over the password", async () => {
    let ended: Promise<Response> | undefined;
    const onNote = (line: string): void => {
      if (line.includes("success_url=")) ended = approve(line.trim(), "contrib");
    };
    const flags = { name: "wp", url: wordpress.url, noBrowser: true };
    const ran = await operator.run(connect, ["wordpress"], { flags, answers: [], onNote });
    expect(ran.questions).toEqual([]);
    expect(ran.out).toContain("as contrib (contributor)");
    const page = await ended;
    expect(page?.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/done$/);
    expect(await page?.text()).toContain("Connected");
    const tested = await operator.run(connections, ["test", "wp"]);
    expect(tested.exit).toBe(EXIT.done);
    const removed = await operator.run(connections, ["remove", "wp"], { answers: [true] });
    expect(removed.out).toContain("no longer valid");
    expect(
      await wordpress.php(
        "echo count(WP_Application_Passwords::get_user_application_passwords(get_user_by('login','contrib')->ID));",
      ),
    ).toBe("1");
  });

  it("takes a no in the browser for an answer", async () => {
    const onNote = (line: string): void => {
      if (line.includes("success_url=")) approve(line.trim(), "sub", "reject").catch(() => {});
    };
    const flags = { url: wordpress.url, noBrowser: true };
    const fault = await faultOf(operator.run(connect, ["wordpress"], { flags, answers: [], onNote }));
    expect(fault).toMatchObject({ kind: "auth", code: "browser-declined" });
    expect(await names()).toEqual([]);
  });

  it("asks for user name and password where a user was named", async () => {
    const flags = { url: wordpress.url, username: "sub", noBrowser: true };
    const ran = await operator.run(connect, ["wordpress"], { flags, answers: [` ${wordpress.users.sub} `] });
    expect(ran.questions).toEqual(["Application password"]);
    expect(ran.notes).toContain("authorize-application.php");
    expect(ran.notes).not.toContain("success_url");
    expect(ran.out).toContain("may read");
  });

  it("sends extra headers, and keeps them for later", async () => {
    const flags = { ...byScript("ed"), headerStdin: true };
    const seen: (string | string[] | undefined)[] = [];
    const guard = await serve(async (request, response) => {
      seen.push(request.headers["x-pass"]);
      const headers = { authorization: request.headers.authorization ?? "" };
      const answer = await fetch(`${wordpress.url}${request.url}`, { headers });
      json(response, answer.status, await answer.json());
    });
    const stdin = `${wordpress.users.ed}\nX-Pass: guard-value\n`;
    const ran = await operator.run(connect, ["wordpress"], {
      flags: { ...flags, url: `${guard}/wp-json` },
      stdin,
    });
    expect(ran.out).toContain("as ed");
    await operator.run(connections, ["test", "wp"]);
    expect(new Set(seen)).toEqual(new Set(["guard-value"]));
    expect(ran.all).not.toContain("guard-value");
    seen.splice(0);
    const again = { name: "wp", username: "ed", passwordStdin: true };
    await operator.run(connect, ["wordpress"], { flags: again, stdin: wordpress.users.ed });
    expect(new Set(seen)).toEqual(new Set(["guard-value"]));
    const other: unknown[] = [];
    const stranger = await serve((request, response) => {
      other.push(request.headers["x-pass"]);
      json(response, 404, {});
    });
    await faultOf(operator.run(connect, ["wordpress"], { flags: { ...again, url: stranger }, stdin: "x" }));
    expect(new Set(other)).toEqual(new Set([undefined]));
  });
});
