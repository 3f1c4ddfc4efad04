import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { connect } from "../../src/commands/connect.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { startWixSandbox, type WixSandbox } from "../../src/sandbox/wix/server.ts";
import { faultOf } from "../connectors/rules/writing.ts";
import { restingClock } from "../connectors/webflow/site.ts";
import { addRecipes, leapingClock } from "../connectors/wix/site.ts";
import { bench, removeTempDirs } from "./bench.ts";
import { createOperator } from "./operator.ts";

const clock = leapingClock();
let sandbox: WixSandbox;
beforeEach(async () => {
  sandbox = await startWixSandbox({ clock });
});
afterEach(() => sandbox.close());
afterAll(removeTempDirs);

describe("connecting", () => {
  const operator = createOperator();
  afterAll(() => operator.remove());

  test("a key and the id of the site make a connection, and it is said why no browser opens", async () => {
    const { url, key, siteId } = sandbox;
    const flags = { url, name: "site", set: [`site=${siteId}`], tokenStdin: true };
    const ran = await operator.run(connect, ["wix"], { stdin: key, flags });
    expect(ran.exit).toBe(0);
    expect(ran.all).toContain("Wix lets no program of others sign in through the browser");
    expect(ran.out).toContain("Sandbox Site");
    expect(ran.all).not.toContain(key);
  });

  test("an app signs in by itself, and says which setting it needs for that", async () => {
    const { url, app } = sandbox;
    const flags = { url, name: "app", auth: "app", clientId: app.id, clientSecretStdin: true };
    const stdin = app.secret;
    const fault = await faultOf(
      operator.run(connect, ["wix"], { stdin, flags: { ...flags, set: [`site=${sandbox.siteId}`] } }),
    );
    expect(fault).toMatchObject({ kind: "usage", code: "setting-missing" });
    expect(fault.hint).toContain("--set instance=");
    const set = [`instance=${app.instance}`];
    const ran = await operator.run(connect, ["wix"], { stdin, flags: { ...flags, set } });
    expect(ran.out).toContain("as App");
  });

  test.each([
    ["https://manage.wix.com/dashboard/a15e11f0-0000-4000-8000-000000000001/home", /--set site=a15e11f0/],
    ["a15e11f0-0000-4000-8000-000000000001", /--set site=a15e11f0/],
  ])("from %s the site's id is read and shown", async (address, words) => {
    const { setup } = await import("../../src/connectors/wix/setup.ts");
    const found = await setup.discover(address, () => Promise.reject(new Error("asked")));
    expect(found.url).toBe("https://www.wixapis.com");
    expect(found.notes.join(" ")).toMatch(words);
  });

  test("an address of something else is told, with what to type", async () => {
    const flags = { url: "https://example.com", name: "other", tokenStdin: true };
    const fault = await faultOf(operator.run(connect, ["wix"], { stdin: "IST.x", flags }));
    expect(fault).toMatchObject({ code: "wix.address" });
    expect(fault.hint).toContain("manage.wix.com/dashboard/ID");
  });
});

describe("a content directory", () => {
  function operatorWith(settings: Readonly<Record<string, string>> = {}) {
    const { url, key: token, siteId: site } = sandbox;
    const connection = { platform: "wix", url, auth: "api-key", token, settings: { site, ...settings } };
    const operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify(connection) } });
    operator.clock = clock;
    return operator;
  }

  test("sixty posts go out in a few requests, and none twice", async () => {
    const operator = operatorWith();
    for (let n = 0; n < 60; n += 1) {
      operator.write(
        `p${n}.md`,
        `---\ntitle: Post ${n}\nstatus: published\ntags: [bread]\n---\n\nText ${n}.\n`,
      );
    }
    const ran = await operator.run(publish, ["."], { target: ["site"] });
    expect(ran.fault).toBeUndefined();
    expect(ran.summary).toMatchObject({ created: 60, failed: 0 });
    expect(sandbox.requests.filter(({ url }) => url.includes("/bulk/draft-posts/create"))).toHaveLength(3);
    expect((await operator.run(push, ["."], { target: ["site"] })).summary).toMatchObject({
      writes: 0,
      unchanged: 60,
    });
  });

  test("items of a collection go out and come back beside posts", async () => {
    const items = addRecipes(sandbox);
    const operator = operatorWith({ collections: "Recipes" });
    operator.write(
      "ainstein.yaml",
      "content:\n  - { dir: posts, kind: post }\n  - { dir: recipes, kind: Recipes }\n",
    );
    operator.write("posts/a.md", "---\ntitle: A\n---\n\nText.\n");
    operator.write(
      "recipes/loaf.md",
      "---\ntitle: Loaf\nstatus: published\nminutes: 55\n---\n\nFlour, *water*.\n",
    );
    const ran = await operator.run(push, [], { target: ["site"] });
    expect(ran.fault).toBeUndefined();
    expect(ran.summary).toMatchObject({ created: 2, failed: 0 });
    const [item] = items.values();
    expect(item).toMatchObject({ name: "Loaf", slug: "loaf", minutes: 55 });
    const id = String(item?._id);
    const _updatedDate = { $date: new Date(clock.now() + 10_000).toISOString() };
    items.set(id, { ...item, minutes: 60, _updatedDate });
    const pulled = await operator.run(pull, [], { target: ["site"] });
    expect(pulled.summary).toMatchObject({ pulled: 1 });
    expect(operator.read("recipes/loaf.md")).toBe(
      "---\ntitle: Loaf\nstatus: published\nminutes: 60\n---\n\nFlour, *water*.\n",
    );
  });
});

test("of the requests of a minute that Wix documents nearly all are used, and none is too many", async () => {
  const clock = restingClock();
  const paced = await startWixSandbox({ clock });
  try {
    const { url, key: token, siteId: site } = paced;
    const connection = { platform: "wix", url, auth: "api-key", token, settings: { site } };
    const operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify(connection) } });
    operator.clock = clock;
    for (let n = 0; n < 1200; n += 1)
      operator.write(`p${n}.md`, `---\ntitle: Post ${n}\n---\n\nText ${n}.\n`);
    const from = clock.now();
    const ran = await operator.run(publish, ["."], { target: ["site"], maxChanges: 10_000 });
    const minutes = (clock.now() - from) / 60_000;
    expect(ran.summary).toMatchObject({ created: 1200, failed: 0, verified: 1200 });
    expect(paced.requests).toHaveLength(ran.summary?.requests ?? 0);
    expect(paced.requests.length / minutes).toBeGreaterThan(0.95 * 200);
  } finally {
    await paced.close();
  }
}, 60_000);
