import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { history } from "../../src/commands/history.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { sync } from "../../src/commands/sync.ts";
import { openStore } from "../../src/store/db.ts";
import { startFakeWordPress } from "../fakes/wordpress.ts";
import { addRevision, stamp } from "../fakes/wordpress-state.ts";
import { sharedWordPress, withoutWordPress } from "../wordpress.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "./bench.ts";
import { editOnSite } from "./site-edit.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["shop"] };
const OFFLINE = { offline: true };
const ME = `${userInfo().username}@${hostname()}`;
const post = (body: string, title = "Rye") =>
  `---\ntitle: ${title}\ntags: [bread]\n---\n\nFirst.\n\n${body}\n`;

/** Headlines without their times: what is known of each version. */
const headlines = (ran: Ran) =>
  ran.out
    .filter((line) => !line.startsWith(" "))
    .map((line) => line.replace(/^\S+ \S+ {2}/, "").replace(/ {2}[0-9a-f-]{8} {2}/, ": "));
const noticesOf = (ran: Ran) =>
  ran.events.flatMap((event) => (event.type === "notice" ? event.message : [])).join("\n");
const later = () => new Promise((resolve) => setTimeout(resolve, 20));

let operator: Bench;
let site: string;

/** Some minutes from now, since git knows whole seconds only. */
function commit(subject: string, minutes = 0): void {
  const date = new Date(Date.now() + minutes * 60_000).toISOString();
  operator.git("add", "-A");
  operator.git("commit", "-qm", subject, "--author=Ann Baker <ann@example.test>", `--date=${date}`);
}

beforeEach(() => {
  site = join(tempDir("site"), "site");
  operator = bench({ env: { AINSTEIN_CONNECTION_SHOP: JSON.stringify({ platform: "local", url: site }) } });
  operator.git("init", "-q");
});

describe("history of a document", () => {
  beforeEach(async () => {
    operator.write("rye.md", post("One."));
    commit("Bake rye", -1);
    await operator.run(publish, [], TARGET);
  });

  it("tells who made each version, on which side, newest first, and each text once", async () => {
    editOnSite(site, "rye", () => ({ title: "Rye bread" }));
    await operator.run(pull, [], TARGET);
    operator.write("rye.md", post("Two.", "Rye bread"));
    await operator.run(push, [], TARGET);
    const ran = await operator.run(history, ["rye.md"]);
    expect(ran.exit).toBe(0);
    const told = headlines(ran).map((line) => line.replace(/ \(run [0-9a-f]{8}\)| [0-9-]+ [0-9:]+Z/g, ""));
    const site_ = told.filter((line) => line.startsWith("site shop"));
    const file = told.filter((line) => line.startsWith("file"));
    expect(site_).toEqual([
      `site shop: sent by ${ME} as owner (now)`,
      `site shop: changed on the site between and; found by ${ME} as owner`,
      `site shop: sent by ${ME} as owner`,
    ]);
    expect(file).toEqual([
      `file: found in the file by ${ME} (now)`,
      `file: written from the site by ${ME}`,
      expect.stringMatching(/^file: committed by Ann Baker: Bake rye \([0-9a-f]{7}\)$/),
    ]);
    expect(ran.out).toContain("    changed body (+1 −1 lines)");
    expect(ran.out).toContain("    changed title");
  });

  it("shows a change of the site that no run has seen yet, and the file that is not committed", async () => {
    editOnSite(site, "rye", () => ({ title: "Now" }));
    operator.write("rye.md", post("Unsent."));
    const told = headlines(await operator.run(history, ["rye.md"]));
    expect(told.filter((line) => line.endsWith("(now)"))).toEqual([
      expect.stringMatching(
        /^(site shop: changed on the site between .* and .* \(now\)|file: in the file, not committed \(now\))$/,
      ),
      expect.stringMatching(
        /^(site shop: changed on the site between .* and .* \(now\)|file: in the file, not committed \(now\))$/,
      ),
    ]);
    expect(headlines(await operator.run(history, ["rye.md"], OFFLINE)).join()).not.toContain(
      "changed on the site",
    );
  });

  it("says where its knowledge ends", async () => {
    const whole = noticesOf(await operator.run(history, ["rye.md"]));
    expect(whole).toMatch(/git knows the file from .*\nthe entry was made on .*; there was nothing before/);
    expect(whole).toContain("the platform tells no older versions");
    operator.git("rm", "-q", "--cached", "rye.md");
    const other = operator.elsewhere();
    const stranger = noticesOf(await other.run(history, ["rye.md"], OFFLINE));
    expect(stranger).toContain("none of its texts is known");
    expect(stranger).toContain("the site was not asked (--offline)");
  });

  it("names a shallow clone as the cause", async () => {
    operator.write("rye.md", post("Two."));
    commit("Second");
    const clone = tempDir("clone");
    operator.git("clone", "-q", "--depth", "1", pathToFileURL(operator.root).href, join(clone, "c"));
    const shallow = operator.elsewhere(join(clone, "c"));
    const ran = await shallow.run(history, ["rye.md"], OFFLINE);
    expect(noticesOf(ran)).toMatch(/nothing is known of the file before .*: this clone is shallow/);
    expect(headlines(ran).join()).toContain("Second");
    expect(headlines(ran).join()).not.toContain("Bake rye");
  });

  it("is the same for a file that moved, by its old path and its new one, before and after a run knows", async () => {
    const before = headlines(await operator.run(history, ["rye.md"], OFFLINE));
    operator.git("mv", "rye.md", "bread.md");
    commit("Move");
    const without = (ran: Ran) => headlines(ran).filter((line) => !line.includes(": Move ("));
    for (const path of ["rye.md", "bread.md"]) {
      expect(without(await operator.run(history, [path], OFFLINE))).toEqual(before);
    }
    await operator.run(push, [], TARGET);
    operator.write("bread.md", post("Two."));
    await operator.run(push, [], TARGET);
    const [old, now] = [
      headlines(await operator.run(history, ["rye.md"], OFFLINE)),
      headlines(await operator.run(history, ["bread.md"], OFFLINE)),
    ];
    expect(now).toEqual(old);
    expect(now.length).toBe(before.length + 2);
  });

  it("goes on for a file that is gone", async () => {
    operator.git("rm", "-q", "rye.md");
    commit("Stop baking rye", 1);
    const told = headlines(await operator.run(history, ["rye.md"], OFFLINE));
    expect(told[0]).toMatch(/^file: removed by Ann Baker: Stop baking rye/);
    expect(told.join()).toContain("Bake rye");
  });

  it("shows texts that cannot be opened as such", async () => {
    delete operator.env.AINSTEIN_KEY;
    const ran = await operator.run(history, ["rye.md"], OFFLINE);
    expect(headlines(ran)).toHaveLength(2);
    expect(ran.out).toContain("    its text cannot be opened");
    expect(noticesOf(ran)).toContain("1 of the texts cannot be opened");
  });

  it("goes on without a site that cannot be reached, and says so", async () => {
    operator.env.AINSTEIN_CONNECTION_SHOP = JSON.stringify({
      platform: "wordpress",
      url: "http://127.0.0.1:9/wp-json",
      username: "a",
      password: "b",
    });
    const ran = await operator.run(history, ["rye.md"]);
    expect(ran.exit).toBe(0);
    expect(noticesOf(ran)).toContain("the site could not be asked");
    expect(headlines(ran)).toHaveLength(2);
  });

  it("finds the file by the entry's address, which the site tells, or offline by its end", async () => {
    const address = "https://shop.example/blog/rye/";
    const offline = await operator.run(history, [address], OFFLINE);
    expect(headlines(offline)).toHaveLength(2);
    expect(noticesOf(offline)).toContain("rye.md is taken for it by the end of the address alone");
    const asked = await operator.run(history, [address]);
    expect(asked.fault).toMatchObject({ kind: "usage", code: "no-such-address" });
  });

  it("refuses a path that nobody knows, naming the nearest, and a connection it is not on", async () => {
    expect((await operator.run(history, ["ryee.md"])).fault).toMatchObject({
      kind: "usage",
      code: "no-such-path",
      hint: "did you mean rye.md?",
    });
    expect((await operator.run(history, ["rye.md"], { target: ["other"] })).fault?.code).toBe("not-bound");
    expect((await operator.run(history, ["."])).fault?.code).toBe("missing-argument");
    expect((await operator.run(history, ["rye.md"], { at: "yesterday-ish" })).fault?.code).toBe("bad-flag");
  });

  it("shows the differences with --verbose", async () => {
    await later();
    operator.write("rye.md", post("Two."));
    await operator.run(push, [], TARGET);
    const { out } = await operator.run(history, ["rye.md"], { ...OFFLINE, verbose: true });
    const edits = out.filter((line) => /^ {4}[-+] /.test(line)).map((line) => line.trim());
    expect(edits).toEqual(["- One.", "+ Two.", "- One.", "+ Two."]);
  });
});

describe("history --at", () => {
  let before: string;
  let between: string;

  beforeEach(async () => {
    before = new Date(Date.now() - 1000).toISOString();
    operator.write("rye.md", post("One."));
    await operator.run(publish, [], TARGET);
    await later();
    between = new Date().toISOString();
    await later();
    operator.write("rye.md", post("Two."));
    await operator.run(push, [], TARGET);
  });

  const at = (time: string, flags: object = {}) => operator.run(history, ["rye.md"], { at: time, ...flags });
  const now = () => new Date().toISOString();

  it.each([{}, OFFLINE])(
    "prints what the site said then, as the file that a pull would write %j",
    async (flags) => {
      const then = (await at(between, flags)).out.join("\n");
      expect(then).toMatch(/^---\ntitle: Rye\nslug: rye\nstatus: published\n/);
      expect(then).toContain("tags:\n  - bread");
      expect(then).toMatch(/First\.\n\nOne\.$/);
      expect((await at(now(), flags)).out.join("\n")).toMatch(/First\.\n\nTwo\.$/);
    },
  );

  it("prints the file's own bytes with --side file", async () => {
    expect(`${(await at(between, { side: "file" })).out.join("\n")}\n`).toBe(post("One."));
    expect(`${(await at(now(), { side: "file" })).out.join("\n")}\n`).toBe(post("Two."));
  });

  it("before the first known version says which is the earliest", async () => {
    const { fault } = await at(before);
    expect(fault).toMatchObject({ kind: "usage", code: "history.too-early" });
    const earliest = /--at (\S+)$/.exec(fault?.hint ?? "")?.[1] ?? "";
    expect((await at(earliest)).out.join("\n")).toContain("One.");
  });

  it("says when nobody knows whether the site had changed by then", async () => {
    await later();
    const time = now();
    await later();
    editOnSite(site, "rye", () => ({ title: "Theirs" }));
    await operator.run(pull, [], TARGET);
    const ran = await at(time);
    expect(ran.out.join("\n")).toContain("title: Rye\n");
    expect(noticesOf(ran)).toMatch(/it was changed between .* and .*, perhaps before then/);
  });

  it("says that a text cannot be opened", async () => {
    delete operator.env.AINSTEIN_KEY;
    expect((await at(between, OFFLINE)).fault).toMatchObject({ kind: "auth", code: "history.locked" });
  });
});

describe("history --conflicts", () => {
  const conflicts = (flags: object = {}, paths: readonly string[] = []) =>
    operator.run(history, paths, { conflicts: true, ...flags });

  beforeEach(async () => {
    for (const path of ["rye.md", "oats.md"]) operator.write(path, post("One."));
    await operator.run(publish, [], TARGET);
    editOnSite(site, "rye", ({ body }) => ({ body: body.replace("One", "Theirs") }));
    operator.write("rye.md", post("Ours."));
    await operator.run(sync, [], TARGET);
  });

  it("shows each with its parts, open or how it was settled, and all three texts with --verbose", async () => {
    const open = await conflicts();
    expect(open.out).toEqual([expect.stringMatching(/ rye\.md {2}shop {2}.*\(body\)$/), "    open"]);
    const { out } = await conflicts({ verbose: true });
    const texts = out.slice(2).map((line) => line.trim());
    expect(texts).toEqual([
      "base",
      "First.",
      "",
      "One.",
      "file",
      "First.",
      "",
      "Ours.",
      "site",
      "First.",
      "",
      "Theirs.",
    ]);
    operator.write("rye.md", post("Theirs."));
    await operator.run(sync, [], TARGET);
    expect((await conflicts()).out[1]).toMatch(/^ {4}settled .*: body: both sides were found in step again$/);
  });

  it("is about one document where one is named, wherever its file is", async () => {
    expect((await conflicts({}, ["rye.md"])).out).toHaveLength(2);
    expect((await conflicts({}, ["oats.md"])).out).toEqual([]);
    commit("All");
    operator.git("mv", "rye.md", "bread.md");
    commit("Move");
    expect((await conflicts({}, ["bread.md"])).out).toHaveLength(2);
    expect((await conflicts({ target: ["other"] })).out).toEqual([]);
  });

  it("says that texts cannot be opened without the key", async () => {
    delete operator.env.AINSTEIN_KEY;
    const ran = await conflicts({ verbose: true });
    expect(ran.out).toHaveLength(2);
    expect(noticesOf(ran)).toContain("the texts of 1 of them cannot be opened");
  });

  it("opens no text that was moved to another site's records", async () => {
    const store = openStore(operator.home);
    store.run("UPDATE conflicts SET site = 'another'", {});
    store.close();
    expect((await conflicts({ verbose: true })).out).toHaveLength(2);
  });
});

describe("history with a site that remembers", () => {
  it("names who edited there and when, and texts that no run has seen", async () => {
    const fake = await startFakeWordPress();
    try {
      operator.env.AINSTEIN_CONNECTION_SHOP = JSON.stringify({
        platform: "wordpress",
        url: fake.api,
        username: "admin",
        password: fake.users.admin,
      });
      operator.write("rye.md", post("One."));
      const published = await operator.run(publish, [], TARGET);
      const [written] = [...fake.state.posts.values()];
      if (written === undefined) throw new Error("nothing was published");
      const edit = (content: string, ms: number) => {
        written.content = written.content.replace(/<p>(?!First)[^<]*<\/p>/, `<p>${content}</p>`);
        written.modified = stamp(Date.now() + ms);
        addRevision(fake.state, written, 2);
      };
      edit("Never seen.", 60_000);
      edit("Seen.", 120_000);
      await operator.run(pull, [], TARGET);
      const ran = await operator.run(history, ["rye.md"]);
      const told = headlines(ran).filter((line) => line.startsWith("site"));
      expect(told).toEqual([
        expect.stringMatching(/^site shop: saved on the site by .+ \(now\)$/),
        expect.stringMatching(/^site shop: saved on the site by [^(]+$/),
        expect.stringMatching(/^site shop: sent by /),
      ]);
      expect(noticesOf(ran)).toMatch(/the site keeps \d+ versions, the oldest of /);
      const time = new Date(Date.now() + 90_000).toISOString();
      const then = await operator.run(history, ["rye.md"], { at: time });
      expect(then.out.join("\n")).toMatch(/First\.\n\nNever seen\.$/);
      expect(noticesOf(then)).toContain("of older versions the site keeps only body, excerpt, title");
      expect(headlines(await operator.run(history, [published.results[0]?.url ?? ""]))).toHaveLength(
        headlines(ran).length,
      );
    } finally {
      await fake.stop();
    }
  });
});

describe.skipIf(withoutWordPress)("history with a real WordPress", () => {
  it("takes its revisions for what was sent, and tells what somebody else saved", async () => {
    const { url, users } = await sharedWordPress();
    const credentials = { platform: "wordpress", url: `${url}/wp-json`, username: "ed", password: users.ed };
    operator.env.AINSTEIN_CONNECTION_SHOP = JSON.stringify(credentials);
    const path = `history-${Date.now()}.md`;
    operator.write(path, post("One."));
    const published = await operator.run(publish, [], TARGET);
    operator.write(path, post("Two."));
    await operator.run(push, [], TARGET);
    const id = published.results[0]?.id ?? "";
    const response = await fetch(`${url}/wp-json/wp/v2/posts/${id}`, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`ed:${users.ed}`).toString("base64")}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ title: "Saved in the browser" }),
    });
    expect(response.status).toBe(200);
    const ran = await operator.run(history, [path]);
    expect(headlines(ran).filter((line) => line.startsWith("site"))).toEqual([
      expect.stringMatching(/^site shop: saved on the site by .+ \(now\)$/),
      expect.stringMatching(/^site shop: sent by .+ as /),
      expect.stringMatching(/^site shop: sent by .+ as /),
    ]);
    expect(ran.out.filter((line) => line === "    changed title")).toHaveLength(1);
    const found = await operator.run(history, [published.results[0]?.url ?? ""]);
    expect(headlines(found)).toHaveLength(headlines(ran).length);
  });
});

it("history is found by the address that the entry has on the site", async () => {
  operator.write("rye.md", post("One."));
  const published = await operator.run(publish, [], TARGET);
  const url = published.results.find(({ path }) => path === "rye.md")?.url ?? "";
  const told = headlines(await operator.run(history, [url]));
  expect(told).toHaveLength(2);
  expect(told).toEqual(headlines(await operator.run(history, ["rye.md"])));
});
