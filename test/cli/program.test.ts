import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS, EXIT_MEANINGS } from "../../src/cli/table.ts";
import { manifests } from "../../src/connectors/registry.ts";
import { PROGRAM, runProgram } from "./program.ts";
import { onTerminal } from "./pseudo-terminal.ts";

let dir = "";
let env: Record<string, string> = {};

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "cli-"));
  env = { AINSTEIN_HOME: join(dir, "home"), HOME: dir };
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const run = (args: readonly string[], more: Parameters<typeof runProgram>[1] = {}) =>
  runProgram(args, { cwd: dir, ...more, env: { ...env, ...more.env } });

function lines(text: string): unknown[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}

describe("version and help", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };

  it.each([[["--version"]], [["-V"]], [["--json", "--version"]]])("%j prints the version", async (args) => {
    expect(await run(args)).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });

  it("help lists every command, on stdout, in 80 columns", async () => {
    const { code, out, err } = await run(["--help"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const { name, summary } of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name} +${summary}$`, "m"));
    expect((await run(["help"])).out).toBe(out);
  });

  it.each(COMMANDS.map(({ name }) => [name]))(
    "help of %s fits into 80 columns and ends with exit codes",
    async (name) => {
      const asked = await run(["help", name]);
      expect(asked.code).toBe(0);
      expect(asked.out).toContain(`Usage: ainstein-cms ${name}`);
      expect(asked.out).toContain("Examples:\n  $ ainstein-cms");
      expect(asked.out).toMatch(/Exit codes:\n {4}0 {2}done\n/);
      expect(asked.out.split("\n").filter((line) => line.length > 80)).toEqual([]);
      expect((await run([name, "--help"])).out).toBe(asked.out);
    },
  );

  it("of connect names every platform", async () => {
    const words = (await run(["help", "connect"])).out.replace(/\s+/g, " ");
    expect(words).toContain(`${manifests.map(({ id }) => id).join(", ")} (default: asked)`);
  });

  it("explains the actions of a command", async () => {
    const { out } = await run(["help", "connections", "remove"]);
    expect(out).toContain("--keep-remote");
    expect(out).toContain("--home <dir>");
  });

  it("help exit-codes says what the program means by them", async () => {
    const { out } = await run(["help", "exit-codes"]);
    for (const [code, meaning] of Object.entries(EXIT_MEANINGS)) {
      expect(out).toMatch(new RegExp(`^${code} +${meaning.replaceAll(/[()]/g, "\\$&")}$`, "m"));
    }
  });

  it("--version --verbose tells the machine, and nothing that names anybody", async () => {
    const secret = JSON.stringify({ platform: "local", url: "/secret-site", password: "hush" });
    const hidden = { AINSTEIN_CONNECTION_CLIENT: secret, AINSTEIN_KEY: "a-key", USER: "somebody" };
    const { code, out, err } = await run(["--version", "--verbose"], { env: hidden });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain(`ainstein-cms:     ${version}\nnode:             ${process.versions.node}\n`);
    expect(out).toMatch(/^variables: +AINSTEIN_HOME, AINSTEIN_KEY, 1 × AINSTEIN_CONNECTION_…$/m);
    for (const word of ["client", "secret-site", "hush", "a-key", "somebody", dir, hostname()]) {
      expect(out.toLowerCase()).not.toContain(word.toLowerCase());
    }
    const [line] = lines((await run(["--version", "--verbose", "--json"])).out);
    expect(line).toMatchObject({ v: 1, type: "version", version, details: { node: process.versions.node } });
  });

  it("without a command shows how it is used and exits 2", async () => {
    const { code, out, err } = await run([]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("Usage: ainstein-cms <command>");
  });

  it("leaves no trace on the disk", () => {
    expect(existsSync(join(dir, "home"))).toBe(false);
  });
});

describe("wrong usage exits 2 and names the cure", () => {
  it.each([
    [["conect"], "unknown command 'conect'", "Did you mean connect?"],
    [["help", "conect"], 'unknown command or topic "conect"', "Did you mean connect?"],
    [["help", "exit-code"], 'unknown command or topic "exit-code"', "Did you mean exit-codes?"],
    [["help", "runs", "udno"], 'unknown action "udno"', "Did you mean undo?"],
    [["connections", "lst"], 'unknown action "lst"', "Did you mean list?"],
    [["task", "chek", "tasks"], 'unknown action "chek"', "Did you mean check?"],
    [["connections", "--jsn"], "unknown option '--jsn'", "Did you mean --json?"],
    [["connect", "--url"], "argument missing", "ainstein-cms help connect"],
    [["connections", "show"], "missing required argument 'name'", "ainstein-cms help connections"],
    [["services", "connect"], "missing required argument 'provider'", "ainstein-cms help services"],
    [["connections", "show", "a", "b"], "too many arguments", "ainstein-cms help connections"],
    [["connect", "local", "--port", "x"], '--port is "x"', ""],
  ])("%j", async (args, message, hint) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(`error: `);
    expect(err).toContain(message);
    expect(err).toContain(hint);
  });

  it("names a variable that holds the bad value", async () => {
    const { code, err } = await run(["connect", "local"], { env: { AINSTEIN_PORT: "-5" } });
    expect(code).toBe(2);
    expect(err).toContain('AINSTEIN_PORT is "-5", but must be a whole number from 0 up');
  });

  it("is one JSON line with --json or AINSTEIN_JSON", async () => {
    for (const how of [{ args: ["conect", "--json"] }, { args: ["conect"], env: { AINSTEIN_JSON: "1" } }]) {
      const { code, out, err } = await run(how.args, how.env === undefined ? {} : { env: how.env });
      expect({ code, err }).toEqual({ code: 2, err: "" });
      expect(lines(out)).toEqual([
        {
          v: 1,
          type: "error",
          target: null,
          code: "usage",
          message: "unknown command 'conect'",
          hint: "Did you mean connect?",
          place: null,
        },
      ]);
    }
  });

  it("passes no control characters of an argument on", async () => {
    const { err } = await run(["\u001b[31mred\u0007"]);
    expect(err).not.toContain("\u001b");
    expect(err).not.toContain("\u0007");
  });
});

describe("a command that runs", () => {
  it("without a terminal asks nothing and says what to pass", async () => {
    const { code, out, err } = await run(["connect"], { input: "wordpress\n" });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("nobody can be asked");
    expect(err).toContain("Pass the platform: ainstein-cms connect wordpress.");
  });

  it("opens its home for its owner alone", async () => {
    const { code } = await run(["connect", "local", "--name", "demo", "--url", join(dir, "site")]);
    expect(code).toBe(0);
    expect(statSync(join(dir, "home")).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, "home", "ainstein.db")).mode & 0o777).toBe(0o600);
  });

  it("finds its home by flag, variable or the platform's data directory", async () => {
    const elsewhere = join(dir, "elsewhere");
    await run(["connections", "--home", elsewhere]);
    expect(existsSync(join(elsewhere, "ainstein.db"))).toBe(true);
    const data = join(dir, "data");
    const { out } = await runProgram(["connections"], { env: { HOME: dir, XDG_DATA_HOME: data }, cwd: dir });
    expect(out).toBe("");
    expect(existsSync(join(data, "ainstein-cms", "ainstein.db"))).toBe(process.platform === "linux");
  });

  it("prints results for people, or as JSON lines only", async () => {
    expect((await run(["connections", "list"])).out).toMatch(/^demo\tlocal\t/);
    const { out } = await run(["connections", "--json"]);
    expect(lines(out)).toMatchObject([{ v: 1, type: "connection", target: "demo" }]);
  });

  it("does not mind a reader that goes away", async () => {
    const { stdout, stderr } = await promisify(execFile)(
      "bash",
      [
        "-c",
        `set -o pipefail; "$0" "$1" help connect | head -1; echo "\${PIPESTATUS[0]}"`,
        process.execPath,
        PROGRAM,
      ],
      { env: { ...env, PATH: process.env.PATH } },
    );
    expect(stdout).toBe("Usage: ainstein-cms connect [options] [platform]\n0\n");
    expect(stderr).toBe("");
  });

  it("tells a refusal of the system from a defect", async () => {
    const home = join(dir, "a-file");
    writeFileSync(home, "");
    const { code, err } = await run(["connections", "--home", home]);
    expect(code).not.toBe(70);
    expect(err).toContain("a-file");
  });

  it("colours only what a terminal shows", async () => {
    const inTerminal = onTerminal([PROGRAM, "connections"], { env, cwd: dir });
    expect(await inTerminal.exit).toBe(0);
    expect(inTerminal.text()).toContain("\u001b[1m");
    const without = onTerminal([PROGRAM, "connections"], { env: { ...env, NO_COLOR: "1" }, cwd: dir });
    expect(await without.exit).toBe(0);
    expect(without.text()).not.toContain("\u001b[1m");
    expect((await run(["connections"], { env: { FORCE_COLOR: "1" } })).out).not.toContain("\u001b");
  });

  it("asks on a terminal, and Ctrl-C there ends it with 130", async () => {
    const session = onTerminal([PROGRAM, "connect"], { env, cwd: dir });
    await session.until(/Which platform\?/);
    session.type("\u0003");
    expect(await session.exit).toBe(130);
    expect(session.text()).not.toContain("defect");
  });

  it("says so when its output cannot be written", async () => {
    if (!existsSync("/dev/full")) return;
    const { stdout } = await promisify(execFile)(
      "bash",
      ["-c", `"$0" "$1" help 2>&1 >/dev/full; echo "exit $?"`, process.execPath, PROGRAM],
      { env: { ...env, PATH: process.env.PATH } },
    );
    expect(stdout).toContain("ENOSPC");
    expect(stdout).toContain("exit 1\n");
  });
});

describe("a site that never answers", () => {
  let asked: () => void = () => {};
  const server = createServer(() => asked());
  let site = "";

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });

  /** Resolves when the site has been asked something. */
  const slow = async (args: readonly string[]) => {
    const connection = {
      platform: "wordpress",
      url: site,
      auth: "app-password",
      username: "a",
      password: "bbbb cccc",
    };
    writeFileSync(join(dir, "hello.md"), "# Hello\n");
    const reached = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const session = onTerminal([PROGRAM, ...args], {
      cwd: dir,
      env: {
        ...env,
        AINSTEIN_CONNECTION_SLOW: JSON.stringify(connection),
        AINSTEIN_KEY: `${"A".repeat(43)}=`,
      },
    });
    await reached;
    return session;
  };

  it("is left at the first Ctrl-C by a command that only looks", async () => {
    const session = await slow(["status", "--target", "slow"]);
    session.type("\u0003");
    expect(await session.exit).toBe(130);
    expect(session.text()).toContain("stopped:");
    expect(session.text()).not.toContain("defect");
  });

  it("is left at the second Ctrl-C by a command that writes", async () => {
    const session = await slow(["push", "--target", "slow"]);
    session.type("\u0003");
    await session.until(/Finishing the step in flight/);
    session.type("\u0003");
    expect(await session.exit).toBe(130);
    expect(session.text()).not.toContain("defect");
  });
});
