import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  environmentNames,
  readEnvironmentConnection,
  secretsIn,
  variableFor,
} from "../../src/auth/environment.ts";
import { parseHeaders } from "../../src/auth/headers.ts";
import { openSession } from "../../src/auth/session.ts";
import { asFault, type Fault } from "../../src/lib/fault.ts";

const dir = mkdtempSync(join(tmpdir(), "ainstein-environment-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const whole = {
  platform: "wordpress",
  url: "https://client.test",
  auth: "app-password",
  username: "admin",
  password: "abcd efgh",
  headers: { "X-Pass": "guard" },
  webhookSecret: "hook",
};

function read(value: string, name = "wp"): ReturnType<typeof readEnvironmentConnection> {
  return readEnvironmentConnection({ [variableFor(name)]: value }, name, dir);
}

function faultOf(work: () => unknown): Fault {
  try {
    work();
  } catch (thrown) {
    return asFault(thrown);
  }
  throw new Error("no fault was thrown");
}

describe("a connection from the environment", () => {
  it("is named by its variable, both ways", () => {
    expect(variableFor("wp-client-2")).toBe("AINSTEIN_CONNECTION_WP_CLIENT_2");
    const env = {
      AINSTEIN_CONNECTION_WP_CLIENT_2: "{}",
      AINSTEIN_CONNECTION_A: "{}",
      AINSTEIN_CONNECTION_EMPTY: "",
      PATH: "x",
    };
    expect(environmentNames(env)).toEqual(["a", "wp-client-2"]);
  });

  it("comes whole", () => {
    expect(read(JSON.stringify(whole))).toEqual({ ...whole, headers: { "x-pass": "guard" } });
  });

  it("comes from a file, found from the working directory", () => {
    writeFileSync(join(dir, "wp.json"), `\ufeff${JSON.stringify(whole)}`);
    expect(read('{"file":"wp.json"}')).toMatchObject({ platform: "wordpress", password: "abcd efgh" });
  });

  it("is none when the variable is unset or empty", () => {
    expect(readEnvironmentConnection({}, "wp", dir)).toBeUndefined();
    expect(read("")).toBeUndefined();
  });

  it.each([
    ["no JSON", "{password: hunter2", /AINSTEIN_CONNECTION_WP is not valid JSON/],
    ["text", '"hunter2"', /not a JSON object/],
    ["a missing field", '{"platform":"wordpress","password":"hunter2"}', /"url" is missing/],
    [
      "a wrong type",
      '{"platform":"wordpress","url":"x","password":["hunter2"]}',
      /"password" is missing or not a text/,
    ],
    ["an unknown key", '{"platform":"wordpress","url":"x","hunter2":1}', /keys that are not known/],
    ["a file that is not there", '{"file":"none.json"}', /none\.json.*ENOENT/],
    [
      "a header of ours",
      '{"platform":"a","url":"x","headers":{"Authorization":"hunter2"}}',
      /authorization is set by the program/,
    ],
    [
      "a header with a line break",
      '{"platform":"a","url":"x","headers":{"X-A":"hunter2\\r\\nb: c"}}',
      /cannot be sent/,
    ],
  ])("refuses %s without showing the secret", (_, value, message) => {
    const fault = faultOf(() => read(value));
    expect(fault.kind).toBe("usage");
    expect(fault.message).toMatch(message);
    expect(`${fault.message} ${fault.hint}`).not.toContain("hunter2");
  });

  it("refuses a file that cannot be one, and one with no connection in it", () => {
    writeFileSync(join(dir, "large.json"), "x".repeat(70_000));
    writeFileSync(join(dir, "list.json"), "[]");
    expect(faultOf(() => read('{"file":"large.json"}')).message).toContain("too large");
    expect(faultOf(() => read('{"file":"list.json"}')).message).toContain("list.json");
  });
});

describe("what is masked of the environment", () => {
  it("is all that a service's variable holds, but for its provider's name, which answers are full of", () => {
    const held = JSON.stringify({ provider: "mailchimp", api_key: "0123456789-us19" });
    expect(secretsIn({ AINSTEIN_SERVICE_MAILCHIMP: held })).toEqual(["0123456789-us19"]);
    expect(secretsIn({ AINSTEIN_SERVICE_MAILCHIMP: "no JSON" })).toEqual(["no JSON"]);
  });
});

describe("extra headers", () => {
  it("are lines of name and value", () => {
    expect(parseHeaders("X-A: one\r\n\nCF-Access-Client-Id:two: three\n")).toEqual({
      "x-a": "one",
      "cf-access-client-id": "two: three",
    });
  });

  it.each(["hunter2", ": hunter2", "bad name: hunter2", "X: hunter2\u0007", "Host: hunter2"])(
    "refuse %j",
    (line) => {
      const fault = faultOf(() => parseHeaders(line));
      expect(fault.kind).toBe("usage");
      expect(fault.message).not.toContain("hunter2");
    },
  );
});

describe("a session", () => {
  it("signs with user name and password in UTF-8", async () => {
    const session = openSession("wp", { type: "basic" }, "jürgen", {
      password: "a b c",
      headers: { "x-a": "guard-value" },
    });
    const { authorization } = await session.authorize({ accept: "x" });
    expect(Buffer.from(authorization?.replace("Basic ", "") ?? "", "base64").toString()).toBe("jürgen:a b c");
    expect(session.secrets()).toEqual(expect.arrayContaining(["a b c", "guard-value"]));
  });

  it("needs both, and a user name that can be sent", () => {
    expect(faultOf(() => openSession("wp", { type: "basic" }, "admin", {}))).toMatchObject({
      kind: "auth",
      code: "credentials-missing",
    });
    expect(faultOf(() => openSession("wp", { type: "basic" }, undefined, { password: "x" })).kind).toBe(
      "auth",
    );
    expect(faultOf(() => openSession("wp", { type: "basic" }, "a:b", { password: "x" })).kind).toBe("usage");
  });

  it("adds nothing where nothing is needed", async () => {
    const session = openSession("site", { type: "none" }, undefined, {});
    expect(await session.authorize({ a: "b" })).toEqual({ a: "b" });
  });
});
