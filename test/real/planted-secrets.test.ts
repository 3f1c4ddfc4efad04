import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ShopifySandbox, startShopifySandbox } from "../../src/sandbox/shopify/server.ts";
import { PROGRAM } from "../cli/program.ts";
import { onTerminal } from "../cli/pseudo-terminal.ts";
import { removeTempDirs, tempDir } from "../commands/bench.ts";

const planted = (what: string) => `${what}-${randomBytes(12).toString("hex")}`;

/** What nobody but the vault, the environment that they came in, and the sites may ever hold. */
const KEY = randomBytes(32).toString("base64");
const PASSPHRASE = planted("passphrase");
const PASSWORD = planted("password");
const DOOR = planted("door");

/** Bytes that are a secret as it is, or as it is written elsewhere. */
function spellings(secret: string): readonly Buffer[] {
  const bytes = Buffer.from(secret, "utf8");
  const texts = [secret, bytes.toString("base64").replace(/=+$/, ""), bytes.toString("hex")];
  return [...texts, encodeURIComponent(secret)].map((text) => Buffer.from(text, "latin1"));
}

describe.skipIf(process.platform !== "linux")("secrets that were planted", () => {
  const home = tempDir("planted-home");
  const root = tempDir("planted-root");
  const tools = tempDir("planted-tools");
  const written = tempDir("planted-written");
  /** By what it is: all that was said or written down while secrets were about. */
  const seen = new Map<string, Buffer>();
  const secrets = new Set([KEY, PASSPHRASE, PASSWORD, DOOR]);
  const children = new Set<string>();
  let shop: ShopifySandbox;
  let echo: Server;

  const note = (what: string, text: string | Buffer) => {
    const bytes = typeof text === "string" ? Buffer.from(text, "utf8") : text;
    seen.set(what, Buffer.concat([seen.get(what) ?? Buffer.alloc(0), Buffer.from("\n"), bytes]));
  };
  const environment = (): Record<string, string> => ({
    PATH: `${tools}:${process.env.PATH}`,
    HOME: tools,
    TMPDIR: written,
    BROWSER: join(tools, "browser"),
    AINSTEIN_HOME: home,
    AINSTEIN_KEY: KEY,
    AINSTEIN_PASSPHRASE: PASSPHRASE,
    AINSTEIN_CONNECTION_ECHO: JSON.stringify({
      platform: "wordpress",
      url: `http://127.0.0.1:${(echo.address() as AddressInfo).port}`,
      ...{ auth: "app-password", username: "jane", password: PASSWORD, headers: { "x-door": DOOR } },
    }),
  });

  /** A stand-in for a program that ours starts: writes down what it was given. */
  function tool(name: string, then: string): void {
    const own = join(written, `child-${name}`);
    const tell = `{ tr '\\0' '\\n' </proc/$$/environ; echo "$0 $*"; } >>'${own}'`;
    writeFileSync(join(tools, name), `#!/bin/sh\n${tell}\n${then}\n`);
    chmodSync(join(tools, name), 0o755);
  }

  /** Command lines and environments of whatever this process started, itself aside. */
  function lookAtChildren(pid: number): void {
    try {
      const own = readFileSync(`/proc/${pid}/cmdline`);
      note("command lines", own);
      for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ")) {
        if (child.trim() === "") continue;
        const line = readFileSync(`/proc/${child}/cmdline`);
        // Until it has become another program it is a copy of ours.
        if (line.length === 0 || line.equals(own)) continue;
        children.add(line.toString("utf8").replaceAll("\0", " "));
        note("command lines", line);
        note("environments", readFileSync(`/proc/${child}/environ`));
      }
    } catch {
      // It ended while it was looked at.
    }
  }

  async function run(args: readonly string[], input = "", more: Readonly<Record<string, string>> = {}) {
    const env = Object.entries({ ...environment(), ...more }).filter(([, value]) => value !== "");
    const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: root, env: Object.fromEntries(env) });
    const looking = setInterval(() => lookAtChildren(child.pid ?? 0), 5);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    }
    child.stdin.end(input);
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    clearInterval(looking);
    note(`${args.join(" ")} ${Object.keys(more).join(" ")}`, said);
    return { code, said };
  }

  function noteFiles(what: string, dir: string): void {
    for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && existsSync(path)) note(`${what} ${path}`, readFileSync(path));
    }
  }

  async function freePort(): Promise<string> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return String(port);
  }

  /** A person consents in the browser, which is started by the program and writes down its address. */
  async function connectInBrowser(): Promise<void> {
    const address = join(written, "address");
    tool("browser", `printf %s "$1" >'${address}.part'; mv '${address}.part' '${address}'`);
    const { CI: _, ...env } = { CI: "", ...environment() };
    const words = ["connect", "shopify", "--name", "person", "--url", shop.url];
    const session = onTerminal(
      [PROGRAM, ...words, "--client-id", shop.client.id, "--port", await freePort()],
      {
        ...{ env, cwd: root, columns: 200 },
      },
    );
    await session.until(/secret/i);
    session.type(`${shop.client.secret}\r`);
    await session.until(/auth\/callback/);
    await expect.poll(() => existsSync(address) || session.text(), { timeout: 10_000 }).toBe(true);
    const asked = new URL(readFileSync(address, "utf8"));
    const body = new URLSearchParams({ request: asked.search, decision: "approve" });
    const consent = `${asked.origin}${asked.pathname}`;
    const answer = await fetch(consent, { method: "POST", body, redirect: "manual" });
    await fetch(answer.headers.get("location") ?? "");
    expect(await session.exit, session.text()).toBe(0);
    note("the terminal of connect", session.text());
  }

  beforeAll(async () => {
    shop = await startShopifySandbox({ redirects: ["http://127.0.0.1:*/auth/callback"] });
    // Says what it was sent, as some error pages do.
    echo = createServer((request, response) => {
      response.writeHead(400, { "content-type": "text/html" });
      response.end(`<html><pre>${JSON.stringify(request.headers)} ${request.url}</pre></html>`);
    });
    await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
    tool("git", `exec ${execFileSync("which", ["git"], { encoding: "utf8" }).trim()} "$@"`);
  });
  afterAll(async () => {
    await shop?.close();
    echo?.close();
    removeTempDirs();
  });

  it("are in no output, log, report, file, crash, command line or child's environment", async () => {
    execFileSync("git", ["init", "-q"], { cwd: root });
    mkdirSync(join(root, "posts"));
    for (const n of [1, 2, 3])
      writeFileSync(join(root, `posts/p${n}.md`), `---\ntitle: P${n}\n---\n\nText.\n`);
    await connectInBrowser();
    const app = ["--auth", "app", "--client-id", shop.client.id, "--client-secret-stdin"];
    const at = ["connect", "shopify", "--url", shop.url];
    expect((await run([...at, "--name", "app", ...app], shop.client.secret)).code).toBe(0);
    const made = await run([...at, "--name", "made", "--auth", "token", "--token-stdin"], shop.token);
    expect(made.code, made.said).toBe(0);
    shop.behaviours.tokenLife = 2;
    expect((await run(["connections", "refresh", "person"])).code).toBe(0);

    // While it runs, what is not yet in the database's own file is in the one beside it.
    let looked = false;
    shop.behaviours.onRequest = (query) => {
      if (!query.includes("articleCreate(") || looked) return;
      looked = true;
      noteFiles("while running", home);
    };
    const tells = ["--debug-http", "--verbose"];
    const reports = ["html", "json", "junit.xml"].flatMap((end) => ["--report", join(root, `report.${end}`)]);
    const sent = await run(["publish", "posts", "--target", "person", "--yes", ...tells, ...reports]);
    expect(sent.code, sent.said).toBe(0);
    expect(sent.said).toContain("POST");
    shop.behaviours.refusesTokens = true;
    await run(["connections", "test", "person", ...tells]);
    await run(["connections", "test", "app", "--json", ...tells]);
    shop.behaviours.refusesTokens = false;
    const echoed = await run(["connections", "test", "echo", ...tells]);
    expect([echoed.code === 0, echoed.said.includes("x-door")], echoed.said).toEqual([false, true]);
    await run(["push", "posts", "--target", "echo", "--yes", "--json", ...tells]);
    expect((await run(["connections", "export", "person", "--json"])).code).toBe(0);
    expect((await run(["connections", "export", "app"])).code).toBe(0);
    await run(["connections", "show", "person", "--json"]);
    await run(["runs", "show", "last", "--json"]);
    // Nobody gives the key: the keychain is asked.
    const keyless = { AINSTEIN_HOME: tempDir("planted-keyless"), AINSTEIN_KEY: "", AINSTEIN_PASSPHRASE: "" };
    await run([...at, "--name", "made", "--auth", "token", "--token-stdin"], shop.token, keyless);

    // Something goes wrong where nobody expects it, and quotes all that it was given.
    const crash = join(tools, "crash.mjs");
    writeFileSync(
      crash,
      `import http from "node:http";
       import { inspect } from "node:util";
       const crash = (given) => { throw new TypeError("crashed with " + inspect(given, { depth: 6, maxStringLength: null })); };
       // As soon as somebody is there to tell of it: before that it is Node that prints.
       const early = () => process.listenerCount("uncaughtException") > 0 ? crash(process.env) : setTimeout(early, 2);
       if (process.env.PLANTED_EARLY) early();
       else http.request = (...given) => crash(given);`,
    );
    for (const name of ["person", "made", "echo"]) {
      const crashed = await run(["connections", "test", name, ...tells], "", {
        NODE_OPTIONS: `--import=${crash}`,
      });
      expect(crashed.code === 0, crashed.said).toBe(false);
    }
    const late = { NODE_OPTIONS: `--import=${crash}` };
    for (const [name, more] of [
      ["person", late],
      ["echo", late],
      ["echo", { ...late, PLANTED_EARLY: "1" }],
    ] as const) {
      const { code, said } = await run(["connections", "test", name, ...tells], "", more);
      expect([code === 0, said.includes("crashed with")], said).toEqual([false, true]);
    }

    await delay(100);
    for (const [what, dir] of Object.entries({ home, root, written })) noteFiles(what, dir);
    secrets.add(shop.token).add(shop.client.secret);
    for (const token of shop.grants.access.keys()) secrets.add(token);
    for (const { body } of shop.requests) {
      const fields = body.startsWith("{") ? {} : Object.fromEntries(new URLSearchParams(body));
      for (const name of ["refresh_token", "client_secret"]) if (fields[name]) secrets.add(fields[name]);
    }
    expect(secrets.size).toBeGreaterThan(8);
    const names = [...seen.keys()].join("\n");
    expect(names).toMatch(/child-git/);
    expect(names).toMatch(/child-browser/);
    expect([...children].join("\n")).toMatch(/keychain-child/);
    expect(names).toMatch(/while running .*-wal/);
    for (const end of ["html", "json", "junit.xml"]) expect(names).toContain(`report.${end}`);
    const leaks = [...seen].flatMap(([what, bytes]) =>
      [...secrets]
        .filter((secret) => spellings(secret).some((spelling) => bytes.includes(spelling)))
        .map((secret) => `${secret.slice(0, 12)}… in ${what}`),
    );
    expect(leaks).toEqual([]);
  }, 120_000);
});
