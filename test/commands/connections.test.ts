import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../src/commands/connect.ts";
import { connections } from "../../src/commands/connections.ts";
import { openTarget } from "../../src/commands/target.ts";
import { EXIT } from "../../src/lib/exit.ts";
import { startDrupal } from "../fakes/drupal.ts";
import { faultOf, json, serve } from "../http/servers.ts";
import { type SharedWordPress, sharedWordPress, withoutWordPress } from "../wordpress.ts";
import { createOperator, type Manner, type Operator } from "./operator.ts";

let operator: Operator;
beforeEach(async () => {
  operator = createOperator();
  await operator.run(connect, ["local"], {
    flags: { name: "demo", url: "./site", set: ["title=Demo site"] },
  });
});
afterEach(() => operator.remove());

const run = (positionals: readonly string[], manner: Manner = {}) =>
  operator.run(connections, positionals, manner);
const fromEnvironment = (value: unknown, name = "CI"): Manner["env"] => ({
  [`AINSTEIN_CONNECTION_${name}`]: JSON.stringify(value),
});

describe("connections", () => {
  it("are listed, those of the environment too, as lines that scripts can cut", async () => {
    const env = fromEnvironment(
      { platform: "wordpress", url: "https://ci.test", username: "bot", password: "hunter2" },
      "CI_SITE",
    );
    const ran = await run([], { env: { ...env } });
    const lines = ran.out.split("\n").map((line) => line.split("\t"));
    expect(lines.map((cells) => [cells[0], cells[1], cells[5]])).toEqual([
      ["ci-site", "wordpress", "environment"],
      ["demo", "local", "stored"],
    ]);
    expect(ran.records).toMatchObject([
      { type: "connection", target: "ci-site" },
      { target: "demo", from: "stored" },
    ]);
    expect(ran.all).not.toContain("hunter2");
  });

  it("are still listed when one in the environment is broken", async () => {
    const ran = await run(["list"], { env: { AINSTEIN_CONNECTION_BAD: "{oops" } });
    expect(ran.records).toHaveLength(1);
    expect(ran.events).toMatchObject([{ type: "notice", target: "bad", level: "warning" }]);
  });

  it("show everything but secrets", async () => {
    const ran = await run(["show", "demo"]);
    expect(ran.records[0]).toMatchObject({
      name: "demo",
      platform: "local",
      settings: { title: "Demo site" },
      siteTitle: "Demo site",
    });
    expect(ran.out).toContain("siteTitle\tDemo site");
  });

  it("name the nearest one for a slip of the finger", async () => {
    const fault = await faultOf(run(["show", "dmeo"]));
    expect(fault).toMatchObject({ kind: "usage", code: "connection.unknown" });
    expect(fault.hint).toBe("Did you mean demo? There are: demo.");
    expect((await faultOf(run(["tset"]))).hint).toContain("Did you mean test?");
    expect((await faultOf(run(["show"]))).code).toBe("missing-name");
  });

  it("are renamed with their secrets", async () => {
    await run(["rename", "demo", "show-case"]);
    expect((await run([])).records.map((record) => record.name)).toEqual(["show-case"]);
    expect((await run(["test", "show-case"])).exit).toBe(EXIT.done);
    await operator.run(connect, ["local"], { flags: { name: "other", url: "./other" } });
    expect((await faultOf(run(["rename", "other", "show-case"]))).code).toBe("connection.name-taken");
    expect((await faultOf(run(["rename", "other"]))).code).toBe("missing-argument");
    expect((await faultOf(run(["rename", "nobody", "x"]))).code).toBe("connection.unknown");
  });

  it("do not pass the test where the site takes no writes", async () => {
    const fake = await startDrupal({ readOnly: true });
    try {
      const tested = await run(["test", "ci"], { env: { ...fromEnvironment(fake.connection()) } });
      expect(tested.exit).toBe(EXIT.failed);
      expect(tested.events).toContainEqual(
        expect.objectContaining({ fault: expect.objectContaining({ code: "drupal.read-only" }) }),
      );
      fake.behaviours.readOnly = false;
      const again = await run(["test", "ci"], { env: { ...fromEnvironment(fake.connection()) } });
      expect(again.exit).toBe(EXIT.done);
    } finally {
      await fake.close();
    }
  });

  it("are removed after a yes only", async () => {
    expect((await faultOf(run(["remove", "demo"]))).kind).toBe("usage");
    expect((await faultOf(run(["remove", "demo"], { answers: [false] }))).code).toBe("not-confirmed");
    expect((await run([])).records).toHaveLength(1);
    expect((await run(["remove", "demo"], { flags: { yes: true } })).out).toBe("Removed demo.");
    expect((await run([])).records).toHaveLength(0);
  });

  it("are tested all at once, and the worst answer is the exit code", async () => {
    const env = fromEnvironment({
      platform: "wordpress",
      url: "http://127.0.0.1:1/wp-json",
      username: "a",
      password: "b",
    });
    const ran = await run(["test"], { env: { ...env } });
    expect(ran.exit).toBe(EXIT.unavailable);
    expect(ran.out).toContain("demo: ok");
    expect(ran.events.filter((event) => event.type !== "traffic")).toMatchObject([
      { type: "fault", target: "ci", fault: { code: "connection-refused" } },
    ]);
  });

  it("of the environment are not changed here", async () => {
    const env = { ...fromEnvironment({ platform: "local", url: "./ci" }) };
    for (const action of [
      ["remove", "ci"],
      ["set-url", "ci", "./x"],
      ["forget", "ci"],
    ]) {
      expect((await faultOf(run(action, { env, flags: { yes: true } }))).code).toBe(
        "connection.from-environment",
      );
    }
  });

  it("follow a site that moved, after a yes only", async () => {
    await operator.run(connect, ["local"], { flags: { name: "other", url: "./other" } });
    expect((await faultOf(run(["set-url", "demo", "./other"]))).kind).toBe("usage");
    expect((await run(["show", "demo"])).records[0]?.siteTitle).toBe("Demo site");
    await run(["set-url", "demo", "./other"], { flags: { yes: true } });
    const [demo, other] = (await run([])).records;
    expect(demo?.url).toBe(other?.url);
    expect((await run(["test"])).exit).toBe(EXIT.done);
  });
});

describe("a target", () => {
  it("comes from the environment alone, with nothing stored", async () => {
    const fresh = createOperator();
    const env = { ...fromEnvironment({ platform: "local", url: "./ci" }) };
    const ran = await fresh.run(
      async (context) => {
        const target = await openTarget(
          { ...context, store: () => raise("store"), vault: () => raise("vault") },
          "ci",
        );
        context.ui.out((await target.connector.whoami()).siteTitle);
        return EXIT.done;
      },
      [],
      { env },
    );
    expect(ran.out).toBe("My site");
    fresh.remove();
  });

  it("of the environment wins over a stored one", async () => {
    const ran = await operator.run(
      async (context) => {
        context.ui.out((await openTarget(context, "demo")).record.url);
        return EXIT.done;
      },
      [],
      { env: { ...fromEnvironment({ platform: "local", url: "./elsewhere" }, "DEMO") } },
    );
    expect(ran.out).toBe(join(operator.cwd, "elsewhere"));
  });
});

function raise(what: string): never {
  throw new Error(`the ${what} was opened`);
}

describe.skipIf(withoutWordPress)("connections to a real WordPress", () => {
  let wordpress: SharedWordPress;
  beforeAll(async () => {
    wordpress = await sharedWordPress();
  });
  beforeEach(async () => {
    const flags = { name: "wp", url: wordpress.url, username: "ed", passwordStdin: true };
    await operator.run(connect, ["wordpress"], { flags, stdin: wordpress.users.ed });
  });

  it("go into CI's environment and work there with no stored connection", async () => {
    const plain = await run(["export", "wp"]);
    expect(plain.all).not.toContain(wordpress.users.ed);
    const ran = await run(["export", "wp"], { flags: { env: true } });
    expect(ran.notes).toContain("Secret:");
    expect(JSON.parse(ran.out)).toMatchObject({
      platform: "wordpress",
      url: `${wordpress.url}/wp-json`,
      username: "ed",
      password: wordpress.users.ed,
    });
    const ci = createOperator();
    const tested = await ci.run(connections, ["test", "wp"], { env: { AINSTEIN_CONNECTION_WP: ran.out } });
    expect(tested.out).toContain("wp: ok, Test site as ed (editor)");
    expect(tested.all).not.toContain(wordpress.users.ed);
    ci.remove();
  });

  it("find the interface when the environment names only the site", async () => {
    const value = { platform: "wordpress", url: wordpress.url, username: "ed", password: wordpress.users.ed };
    const tested = await run(["test", "ci"], { env: { ...fromEnvironment(value) } });
    expect(tested.exit).toBe(EXIT.done);
    expect(tested.records[0]).toMatchObject({ target: "ci", url: `${wordpress.url}/wp-json`, ok: true });
  });

  it("say why they no longer work", async () => {
    const value = { platform: "wordpress", url: wordpress.url, username: "ed", password: "wrong wrong" };
    const tested = await run(["test", "ci"], { env: { ...fromEnvironment(value) } });
    expect(tested.exit).toBe(EXIT.auth);
    const said = tested.events.filter(({ type }) => type !== "traffic");
    expect(said).toMatchObject([{ type: "fault", fault: { code: "wordpress.wrong-credentials" } }]);
  });

  it("tell of a clock that is off", async () => {
    const late = await serve(async (request, response) => {
      const answer = await fetch(`${wordpress.url}${request.url}`, {
        headers: { authorization: request.headers.authorization ?? "" },
      });
      json(response, answer.status, await answer.json(), {
        date: new Date(Date.now() - 3_600_000).toUTCString(),
      });
    });
    const value = {
      platform: "wordpress",
      url: `${late}/wp-json`,
      username: "ed",
      password: wordpress.users.ed,
    };
    const tested = await run(["test", "ci"], { env: { ...fromEnvironment(value) } });
    expect(tested.events.map((event) => (event.type === "notice" ? event.message : "")).join()).toMatch(
      /clock is 3\d\d\d s behind/,
    );
  });

  it("follow the same site to its other address without asking", async () => {
    await run(["set-url", "wp", `${wordpress.url}/?rest_route=/`]);
    expect((await run(["show", "wp"])).records[0]?.url).toBe(`${wordpress.url}/?rest_route=`);
    expect((await run(["test", "wp"])).exit).toBe(EXIT.done);
  });

  it("can be forgotten here alone, and are then connected anew", async () => {
    await run(["forget", "wp"], { flags: { yes: true, keepRemote: true } });
    expect((await faultOf(run(["show", "wp"]))).code).toBe("connection.unknown");
    const flags = { name: "wp", url: wordpress.url, username: "ed", passwordStdin: true };
    const made = await operator.run(connect, ["wordpress"], { flags, stdin: wordpress.users.ed });
    expect(made.out).toContain("Connected wp");
    await run(["remove", "wp"], { flags: { yes: true, keepRemote: true } });
    const value = { platform: "wordpress", url: wordpress.url, username: "ed", password: wordpress.users.ed };
    expect((await run(["test", "ci"], { env: { ...fromEnvironment(value) } })).exit).toBe(EXIT.done);
  });

  it("are kept when the password cannot be taken back", async () => {
    let down = false;
    const between = await serve(async (request, response) => {
      if (down) return json(response, 501, {});
      const answer = await fetch(`${wordpress.url}${request.url}`, {
        headers: { authorization: request.headers.authorization ?? "" },
      });
      return json(response, answer.status, await answer.json());
    });
    const flags = { name: "far", url: `${between}/wp-json`, username: "ed", passwordStdin: true };
    await operator.run(connect, ["wordpress"], { flags, stdin: wordpress.users.ed });
    down = true;
    const fault = await faultOf(run(["remove", "far"], { flags: { yes: true } }));
    expect(fault).toMatchObject({ kind: "unavailable", httpStatus: undefined });
    expect(fault.hint).toContain("--keep-remote");
    expect((await run([])).records.map((record) => record.name)).toContain("far");
    expect((await run(["remove", "far"], { flags: { yes: true, keepRemote: true } })).notes).toContain(
      "still valid",
    );
  });
});
