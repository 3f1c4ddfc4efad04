import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createKeychain } from "../../src/auth/keychain.ts";
import { createVault } from "../../src/auth/vault.ts";
import { apply } from "../../src/commands/apply.ts";
import { link } from "../../src/commands/link.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { status } from "../../src/commands/status.ts";
import { unlink } from "../../src/commands/unlink.ts";
import { openText } from "../../src/engine/texts.ts";
import { openStore } from "../../src/store/db.ts";
import { versionsOf } from "../../src/store/versions.ts";
import { type Bench, bench, removeTempDirs, tempDir } from "./bench.ts";
import { editOnSite, onSite, slugsOn } from "./site-edit.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };
const post = (front: string, body = "Text.") => `---\n${front}\n---\n\n${body}\n`;

let operator: Bench;
let site: string;

beforeEach(() => {
  site = join(tempDir("site"), "site");
  operator = bench({ env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) } });
});

describe("rules of ainstein.yaml", () => {
  it("says once which front matter stays behind, or refuses it", async () => {
    for (const n of [1, 2]) operator.write(`${n}.md`, post(`title: T${n}\nlayout: wide`));
    const warned = await operator.run(publish, [], TARGET);
    expect(warned.summary).toMatchObject({ created: 2 });
    const notices = warned.events.filter((event) => event.type === "notice");
    expect(notices).toMatchObject([{ message: expect.stringContaining("layout (2 files)") }]);
    operator.write("ainstein.yaml", "unknownFields: refuse\n");
    operator.write("1.md", post("title: T1\nlayout: narrow"));
    const refused = await operator.run(push, [], TARGET);
    expect(refused.exit).toBe(1);
    expect(refused.results[0]?.fault).toMatchObject({
      code: "unknown-field",
      place: { file: "1.md", field: "layout" },
    });
    operator.write("ainstein.yaml", "unknownFields: local\n");
    expect((await operator.run(push, [], TARGET)).exit).toBe(0);
  });

  it("makes no term where the client alone may, and knows the site's names by ours", async () => {
    operator.write("ainstein.yaml", "terms:\n  tags: { unknown: refuse, aliases: { JS: JavaScript } }\n");
    operator.write("a.md", post("title: A\ntags: [JS]"));
    const refused = await operator.run(publish, [], TARGET);
    expect(refused.results[0]?.fault).toMatchObject({
      code: "unknown-term",
      place: { file: "a.md", field: "tags" },
    });
    expect(refused.summary).toMatchObject({ created: 0, writes: 0 });
    operator.write("ainstein.yaml", "terms:\n  tags: { aliases: { JS: JavaScript } }\n");
    operator.write("b.md", post("title: B\ntags: [CSS]"));
    expect((await operator.run(publish, [], TARGET)).plan.steps.map((step) => step.path)).toContain(
      "JavaScript",
    );
    editOnSite(site, "b", () => ({ tags: onSite(site, "a").fields.tags }));
    await operator.run(pull, [], TARGET);
    expect(operator.read("b.md")).toContain("tags: [JS]");
  });

  it("never writes what it protects", async () => {
    operator.write("ainstein.yaml", "protect:\n  paths: [legal/]\n  fields: [excerpt]\n");
    operator.write("legal/terms.md", post("title: Terms"));
    operator.write("a.md", post("title: A\nexcerpt: Ours"));
    const ran = await operator.run(publish, [], TARGET);
    expect(ran.summary).toMatchObject({ created: 1, skipped: 1 });
    expect(slugsOn(site)).toEqual(["a"]);
    expect(onSite(site, "a").fields).toMatchObject({ excerpt: "" });
    operator.write("ainstein.yaml", "readOnly: true\n");
    operator.write("a.md", post("title: Other"));
    expect((await operator.run(push, [], TARGET)).summary).toMatchObject({ updated: 0, writes: 0 });
  });

  it("refuses a target that the root does not name, before anything is asked", async () => {
    operator.write("ainstein.yaml", "targets: [other]\n");
    operator.write("a.md", post("title: A"));
    expect((await operator.run(publish, [], TARGET)).fault).toMatchObject({
      kind: "usage",
      code: "target-not-allowed",
    });
    expect((await operator.run(publish, [], { target: ["all"] })).fault).toMatchObject({
      code: "connection.unknown",
    });
  });

  it("works on several targets, each with its own lines, and ends with the worst exit code", async () => {
    const second = join(tempDir("site"), "second");
    operator.env = {
      ...operator.env,
      AINSTEIN_CONNECTION_SECOND: JSON.stringify({ platform: "local", url: second }),
    };
    operator.write("ainstein.yaml", "targets: [site, second]\n");
    operator.write("a.md", post("title: A"));
    const both = await operator.run(publish, [], { target: ["all"] });
    expect(both.events.filter((event) => event.type === "summary")).toHaveLength(2);
    expect([slugsOn(site), slugsOn(second)]).toEqual([["a"], ["a"]]);
    editOnSite(second, "a", () => ({ title: "Theirs" }));
    operator.write("a.md", post("title: Ours"));
    const ran = await operator.run(push, [], { target: ["all"] });
    expect(ran.exit).toBe(4);
    expect(onSite(site, "a").fields.title).toBe("Ours");
    expect(onSite(second, "a").fields.title).toBe("Theirs");
    const saving = { target: ["all"], dryRun: true, planOut: "plan.json" };
    expect((await operator.run(push, [], saving)).fault?.code).toBe("several-targets");
  });

  it("maps kinds by target, and reads and writes dates in the zone of the files", async () => {
    operator.write(
      "ainstein.yaml",
      "targets: { site: { kinds: { article: post } } }\ncontent: [{ dir: ., kind: article }]\n",
    );
    operator.write("a.md", post("title: A"));
    expect((await operator.run(publish, [], TARGET)).summary).toMatchObject({ created: 1 });
    expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);
    operator.write(
      "ainstein.yaml",
      "targets: { site: { kinds: { article: post } } }\ncontent: [{ dir: ., kind: article }]\ntimezone: Asia/Tokyo\n",
    );
    operator.write("b.md", post("title: B\ndate: 2026-01-31 09:00"));
    const ran = await operator.run(publish, ["b.md"], TARGET);
    expect(ran.plan.steps[0]?.date).toMatchObject({ utc: "2026-01-31T00:00:00.000Z" });
    expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);
    const empty = bench({ env: operator.env });
    empty.write("ainstein.yaml", operator.read("ainstein.yaml"));
    await empty.run(pull, [], TARGET);
    expect(empty.read("b.md")).toContain("date: 2026-01-31T09:00:00");
    expect((await empty.run(push, [], TARGET)).summary).toMatchObject({ writes: 0 });
  });
});

describe("binding, plans, moves", () => {
  it("links a file to an entry, and unlink leaves both alone from then on", async () => {
    operator.write("a.md", post("title: A"));
    await operator.run(publish, [], TARGET);
    const { id } = onSite(site, "a");
    const other = bench({ env: operator.env });
    other.write("other-name.md", post("title: A", "Other text."));
    expect((await other.run(link, ["other-name.md", id], TARGET)).exit).toBe(0);
    const planned = await other.run(push, [], { ...TARGET, dryRun: true });
    expect(planned.plan.steps).toMatchObject([{ action: "update", id, changed: ["body"] }]);
    expect((await other.run(push, [], TARGET)).summary).toMatchObject({ updated: 1, created: 0 });
    expect((await other.run(unlink, ["other-name.md"], TARGET)).exit).toBe(0);
    for (const command of [push, pull, status])
      expect((await other.run(command, [], TARGET)).plan.steps).toEqual([]);
    expect((await other.run(link, ["other-name.md", "404"], TARGET)).fault).toMatchObject({
      code: "no-entry",
    });
  });

  it("carries out a saved plan whole, and refuses it when anything moved", async () => {
    operator.write("a.md", post("title: A"));
    operator.write("b.md", post("title: B"));
    await operator.run(publish, [], { ...TARGET, dryRun: true, planOut: "plan.json" });
    const plan = readFileSync(join(operator.root, "plan.json"), "utf8");
    expect(plan).not.toContain("Text.");
    operator.write("b.md", post("title: B", "Edited."));
    const refused = await operator.run(apply, ["plan.json"]);
    expect(refused.fault).toMatchObject({
      kind: "usage",
      code: "plan-moved",
      message: expect.stringContaining("b.md"),
    });
    operator.write("b.md", post("title: B"));
    const applied = await operator.run(apply, ["plan.json"]);
    expect(applied.fault).toBeUndefined();
    expect(applied.summary).toMatchObject({ created: 2, verified: 2 });
    expect(applied.plan.steps).toEqual((JSON.parse(plan) as { steps: unknown }).steps);
    writeFileSync(join(operator.root, "plan.json"), "{}");
    expect((await operator.run(apply, ["plan.json"])).fault).toMatchObject({ code: "bad-plan" });
  });

  it("keeps an entry when its file is moved and edited, and refuses another kind", async () => {
    operator.write("a.md", post("title: A"));
    await operator.run(publish, [], TARGET);
    operator.write("2026/a.md", post("title: A", "Edited on the way."));
    rmSync(join(operator.root, "a.md"));
    const moved = await operator.run(push, [], TARGET);
    expect(moved.plan.steps).toMatchObject([{ action: "update", path: "2026/a.md", previous: "a.md" }]);
    expect(slugsOn(site)).toEqual(["a"]);
    operator.write("2026/a.md", post("title: A\nkind: page", "Edited on the way."));
    expect((await operator.run(push, [], TARGET)).results[0]?.fault).toMatchObject({ code: "kind-changed" });
  });

  it("keeps what the site held before it is overwritten, sealed", async () => {
    operator.write("a.md", post("title: A", "As it was."));
    await operator.run(publish, [], TARGET);
    operator.write("a.md", post("title: A", "As it is."));
    const { results } = await operator.run(push, [], TARGET);
    const store = openStore(operator.home);
    const vault = createVault({
      store: () => store,
      env: operator.env,
      keychain: createKeychain({ env: operator.env, attended: false }),
      notice: () => {},
    });
    try {
      const { site: identity } = JSON.parse(operator.read("ainstein.lock").split("\n")[1] ?? "") as {
        site: string;
      };
      const { root } = JSON.parse(operator.read("ainstein.lock").split("\n")[0] ?? "") as { root: string };
      const id = results[0]?.id ?? "";
      const key = { site: identity, rootId: root, id, locale: "" };
      const texts: string[] = [];
      for (const version of versionsOf(store, key, "site")) {
        expect(Buffer.from(version.sealed ?? []).toString("latin1")).not.toContain("As it");
        texts.push(new TextDecoder().decode(await openText(vault, version)));
      }
      expect(texts).toHaveLength(2);
      expect(texts[0]).toContain("As it is.");
      expect(texts[1]).toContain("As it was.");
    } finally {
      vault.close();
      store.close();
    }
  });

  it("takes a copy of a file for a new document", async () => {
    operator.write("a.md", post("title: A"));
    await operator.run(publish, [], TARGET);
    operator.write("copy.md", operator.read("a.md"));
    operator.write("again.md", operator.read("a.md"));
    expect((await operator.run(publish, [], TARGET)).summary).toMatchObject({ created: 2, unchanged: 1 });
    expect(slugsOn(site)).toEqual(["a", "again", "copy"]);
    rmSync(join(operator.root, "a.md"));
    operator.write("x/one.md", operator.read("copy.md"));
    operator.write("x/two.md", operator.read("copy.md"));
    const ran = await operator.run(publish, [], TARGET);
    expect(ran.summary).toMatchObject({ created: 2, skipped: 1 });
    expect(slugsOn(site)).toEqual(["a", "again", "copy", "one", "two"]);
  });

  it("asks before live addresses change, and clears what was removed from the file", async () => {
    operator.write("a.md", post("title: A\nexcerpt: Short\ntags: [x]"));
    await operator.run(publish, [], TARGET);
    operator.write("a.md", post("title: A"));
    expect((await operator.run(push, [], TARGET)).plan.steps).toMatchObject([
      { changed: ["excerpt", "tags"] },
    ]);
    expect(onSite(site, "a").fields).toMatchObject({ excerpt: "", tags: [] });
    operator.write("a.md", post("title: A\nslug: other"));
    expect((await operator.run(push, [], TARGET)).fault).toMatchObject({ code: "removal-needs-delete" });
    expect(slugsOn(site)).toEqual(["a"]);
    expect((await operator.run(push, [], { ...TARGET, delete: true })).summary).toMatchObject({ updated: 1 });
    expect(slugsOn(site)).toEqual(["other"]);
  });

  it("gives a pulled body its own images back, and commits the lockfile alone", async () => {
    operator.git("init", "-q");
    operator.git("config", "user.name", "t");
    operator.git("config", "user.email", "t@example.test");
    operator.write("images/dot.png", png());
    operator.write(
      "a.md",
      post("title: A\nimage: images/dot.png", "Before.\n\n![Dot](images/dot.png)\n\nAfter."),
    );
    operator.write("unrelated.txt", "x");
    const ran = await operator.run(publish, [], { ...TARGET, commitLockfile: true });
    expect(ran.summary).toMatchObject({ created: 1 });
    expect(operator.git("show", "--name-only", "--format=").trim()).toBe("ainstein.lock");
    editOnSite(site, "a", ({ body }) => ({
      body: body.replace("Before.", "Edited.").replace(/alt="Dot"/, 'alt="A dot"'),
    }));
    await operator.run(pull, [], TARGET);
    expect(operator.read("a.md")).toContain("Edited.\n\n![A dot](images/dot.png)\n\nAfter.");
    expect((await operator.run(push, [], TARGET)).summary).toMatchObject({ writes: 0, unchanged: 1 });
  });
});

/** A PNG of one white pixel. */
function png(): Buffer {
  const crcTable = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const chunk = (type: string, data: Buffer) => {
    const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
    let crc = 0xffffffff;
    for (const byte of named) crc = (crcTable[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(data.length);
    const tail = Buffer.alloc(4);
    tail.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
    return Buffer.concat([head, named, tail]);
  };
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
  const pixels = deflateSync(Buffer.from([0, 255, 255, 255]));
  const magic = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([magic, chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}
