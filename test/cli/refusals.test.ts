import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectionTo, expectRefusal, linesOf, openScene, type Scene } from "./scene.ts";

let scene: Scene;
const servers: Server[] = [];

beforeEach(async () => {
  scene = await openScene();
  scene.write("hello.md", "---\ntitle: Hello\n---\n\nText.\n");
});
afterEach(async () => {
  await scene.stop();
  for (const server of servers.splice(0)) server.close();
});

const PUBLISH = ["publish", ".", "--target", "wp", "--yes"];

/** The address of a server that gives one answer to everything. */
async function answering(status: number, headers: Record<string, string>, body: string): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status, headers).end(body));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/wp-json`;
}

const through = (url: string, password?: string) => ({
  env: { AINSTEIN_CONNECTION_WP: connectionTo(url, password) },
});

describe("a site that cannot be used", () => {
  it("with another identity than the lockfile's is not written to", async () => {
    expect((await scene.run(PUBLISH)).code).toBe(0);
    const other = await openScene();
    try {
      await expectRefusal(
        scene,
        PUBLISH,
        { code: 2, fault: "other-site", says: "the lockfile binds", cure: "connections set-url wp" },
        through(other.fake.api),
      );
      expect(other.writes()).toBe(0);
    } finally {
      await other.stop();
    }
  });

  it("does not accept the password", async () => {
    const wrong = {
      code: 5,
      fault: "wordpress.not-logged-in",
      says: "did not see who we are",
      cure: "wrong",
    };
    await expectRefusal(scene, PUBLISH, wrong, through(scene.fake.api, "not it"));
  });

  it("is down", async () => {
    const { api } = scene.fake;
    const refused = { code: 6, fault: "connection-refused", says: "nothing listens there", cure: "is up" };
    await scene.fake.stop();
    await expectRefusal(scene, PUBLISH, refused, through(api));
  });

  it("has a name that nobody knows", async () => {
    const unknown = { code: 6, fault: "name-not-found", says: "could not be found", cure: "spelling" };
    await expectRefusal(scene, PUBLISH, unknown, through("https://site.invalid/wp-json"));
  });

  it("answers with a page instead of JSON", async () => {
    scene.fake.quirks.htmlInstead = true;
    const page = { code: 6, fault: "html-instead-of-json", says: '"Coming soon"', cure: "maintenance page" };
    await expectRefusal(scene, PUBLISH, page, { leftAlone: true });
  });

  it("is behind a firewall that wants to see a browser", async () => {
    const headers = {
      "content-type": "text/html",
      server: "cloudflare",
      "cf-mitigated": "challenge",
      "cf-ray": "8f0a1b2c3d4e5f60-FRA",
    };
    const api = await answering(403, headers, "<title>Just a moment...</title>");
    const challenge = {
      code: 6,
      fault: "challenge-page",
      says: "8f0a1b2c3d4e5f60-FRA",
      cure: "--header-stdin",
    };
    await expectRefusal(scene, PUBLISH, challenge, { ...through(api), leftAlone: true });
  });

  it("has its REST interface switched off", async () => {
    const headers = { "content-type": "application/json" };
    const body = { code: "rest_disabled", message: "The REST API is disabled.", data: { status: 403 } };
    const api = await answering(403, headers, JSON.stringify(body));
    const off = {
      code: 6,
      fault: "wordpress.rest-api-off",
      says: "The REST API is disabled",
      cure: "Allow the REST API",
    };
    const args = ["connect", "wordpress", "--url", api.replace("/wp-json", ""), "--auth", "app-password"];
    await expectRefusal(scene, [...args, "--username", "admin", "--password-stdin"], off, {
      input: "admin pass\n",
    });
  });
});

describe("an Author whose HTML the site would strip", () => {
  it("is told before anything is sent, and plain text goes through and stays agreed", async () => {
    expect((await scene.run(PUBLISH)).code).toBe(0);
    scene.fake.quirks.kses = true;
    const author = { env: { AINSTEIN_CONNECTION_WP: connectionTo(scene.fake.api, "auth pass", "auth") } };
    scene.write("script.md", "---\ntitle: Script\n---\n\nBefore.\n\n<script>alert(1)</script>\n");
    const stripped = { code: 1, fault: "lossy", says: "script", cure: "--allow-lossy" };
    const publish = ["publish", "script.md", "--target", "wp", "--yes"];
    await expectRefusal(scene, publish, stripped, author);
    scene.write("script.md", "---\ntitle: Script\n---\n\nSalt & pepper.\n");
    expect((await scene.run(publish, author)).code).toBe(0);
    const again = linesOf((await scene.run([...publish, "--json"], author)).out);
    expect(again.at(-1)).toMatchObject({ type: "summary", created: 0, updated: 0, unchanged: 1, writes: 0 });
  });
});

describe("a connection that is not there", () => {
  it("is told with the nearest name", async () => {
    const args = ["publish", ".", "--target", "wpp", "--yes"];
    const unknown = { code: 2, fault: "connection.unknown", says: '"wpp"', cure: "Did you mean wp?" };
    await expectRefusal(scene, args, unknown);
    expect(scene.fake.requests).toEqual([]);
  });

  it("is not on the closed list of the root, before any request", async () => {
    scene.write("ainstein.yaml", "targets: [live, staging]\n");
    const closed = {
      code: 2,
      fault: "target-not-allowed",
      says: 'not write to "wp"',
      cure: "allows: live, staging",
    };
    await expectRefusal(scene, PUBLISH, closed);
    const near = { ...closed, says: 'not write to "lvie"', cure: "Did you mean live?" };
    await expectRefusal(scene, ["publish", ".", "--target", "lvie"], near);
    expect(scene.fake.requests).toEqual([]);
  });

  it("is broken JSON in the environment, which is not repeated", async () => {
    const env = { AINSTEIN_CONNECTION_WP: '{"platform":"wordpress","password":"s3cret-s3cret' };
    const broken = {
      code: 2,
      fault: "bad-environment-connection",
      says: "AINSTEIN_CONNECTION_WP",
      cure: "platform",
    };
    await expectRefusal(scene, PUBLISH, broken, { env });
    const { out, err } = await scene.run([...PUBLISH, "--verbose"], { env });
    expect(out + err).not.toContain("s3cret");
  });

  it("cannot be kept without a keychain, and the ways out are named", async () => {
    const args = ["connect", "wordpress", "--url", scene.fake.url, "--auth", "app-password"];
    const { AINSTEIN_KEY: _, ...rest } = scene.env;
    const { runProgram } = await import("./program.ts");
    const { code, err } = await runProgram([...args, "--username", "admin", "--password-stdin"], {
      cwd: scene.root,
      env: { ...rest, DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(scene.dir, "no-bus")}` },
      input: "admin pass\n",
    });
    expect(code).toBe(5);
    expect(err).toContain("openssl rand -base64 32");
    expect(err).toContain("AINSTEIN_PASSPHRASE");
    expect(scene.fake.requests).toEqual([]);
  });
});

describe("a consent that is missing", () => {
  const many = (count: number) => {
    for (let n = 0; n < count; n += 1) scene.write(`p${n}.md`, `---\ntitle: P${n}\n---\n\nText ${n}.\n`);
  };
  const posts = () => [...scene.fake.state.posts.values()];

  it("is --yes where there is no terminal", async () => {
    const asked = { code: 2, fault: "no-terminal", says: "nobody can be asked", cure: "--yes" };
    await expectRefusal(scene, ["publish", ".", "--target", "wp"], asked);
    expect(posts()).toEqual([]);
  });

  it("is --max-delete for many removals", async () => {
    many(12);
    expect((await scene.run(PUBLISH)).code).toBe(0);
    for (let n = 0; n < 12; n += 1) scene.remove(`p${n}.md`);
    const args = ["push", "--target", "wp", "--yes", "--delete"];
    const guarded = { code: 2, fault: "too-many-removals", says: "12 of 13", cure: "--max-delete 12" };
    await expectRefusal(scene, args, guarded);
    expect((await scene.run([...args, "--max-delete", "12"])).code).toBe(0);
    expect(posts().filter((post) => post.status === "trash")).toHaveLength(12);
  });

  it("is --delete for the new address of a live entry", async () => {
    expect((await scene.run(PUBLISH)).code).toBe(0);
    scene.write("hello.md", "---\ntitle: Hello\nslug: hello-again\n---\n\nText.\n");
    const moved = {
      code: 2,
      fault: "removal-needs-delete",
      says: "change address (hello.md)",
      cure: "--delete",
    };
    await expectRefusal(scene, ["push", "--target", "wp", "--yes"], moved);
    expect((await scene.run(["push", "--target", "wp", "--yes", "--delete"])).code).toBe(0);
    expect(posts().map((post) => post.slug)).toEqual(["hello-again"]);
  });
});

describe("a saved plan", () => {
  const plan = () => join(scene.dir, "plan.json");
  const save = () => scene.run(["push", "--target", "wp", "--dry-run", "--plan-out", plan()]);

  it("is refused once a file or the site has moved on", async () => {
    expect((await save()).code).toBe(0);
    scene.write("hello.md", "---\ntitle: Hello\n---\n\nAnother text.\n");
    const moved = { code: 2, fault: "plan-moved", says: "create hello.md", cure: "--dry-run --plan-out" };
    await expectRefusal(scene, ["apply", plan()], moved);
    expect((await save()).code).toBe(0);
    scene.write("other.md", "---\ntitle: Other\n---\n\nText.\n");
    await expectRefusal(scene, ["apply", plan()], { ...moved, says: "create other.md is new" });
  });

  it("is carried out as it stands, and nothing else", async () => {
    scene.write("other.md", "---\ntitle: Other\n---\n\nText.\n");
    const args = ["push", "hello.md", "--target", "wp", "--dry-run", "--plan-out", plan()];
    expect((await scene.run(args)).code).toBe(0);
    expect(scene.writes()).toBe(0);
    const applied = await scene.run(["apply", plan(), "--json"]);
    expect(applied.code).toBe(0);
    expect(linesOf(applied.out).at(-1)).toMatchObject({ type: "summary", created: 1, writes: 1 });
    expect([...scene.fake.state.posts.values()].map((post) => post.title)).toEqual(["Hello"]);
  });

  it("that is not one is told so", async () => {
    const bad = { code: 2, fault: "bad-plan", says: "is not a plan", cure: "--plan-out plan.json" };
    await expectRefusal(scene, ["apply", "hello.md"], bad);
    const none = {
      code: 2,
      fault: "no-plan",
      says: "there is no plan to read",
      cure: "--plan-out plan.json",
    };
    await expectRefusal(scene, ["apply", "plan.jsn"], none);
  });
});
