import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { diff } from "../../src/commands/diff.ts";
import { history } from "../../src/commands/history.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { runs } from "../../src/commands/runs.ts";
import { status } from "../../src/commands/status.ts";
import { sync } from "../../src/commands/sync.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "./bench.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };
const YAML = 'locale: en\ncontent: [{ dir: "{locale}/posts", kind: post }]\n';
const doc = (title: string, front = "") => `---\ntitle: ${title}\n${front}---\n\n${title}, the text.\n`;

interface Stored {
  id: string;
  locale: string;
  group?: string;
  version: number;
  fields: { slug: string; title: string; body: string };
}

describe("documents in several languages", () => {
  let operator: Bench;
  let site: string;

  const knowing = (locales: string) => ({
    AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site, settings: { locales } }),
  });
  const entries = (): readonly Stored[] =>
    readdirSync(join(site, "entries")).map(
      (name) => JSON.parse(readFileSync(join(site, "entries", name), "utf8")) as Stored,
    );
  const inLocale = (locale: string): Stored => {
    const found = entries().filter((entry) => entry.locale === locale);
    if (found[0] === undefined || found.length > 1) throw new Error(`${found.length} entries in ${locale}`);
    return found[0];
  };
  const edit = (locale: string, body: string) => {
    const entry = inLocale(locale);
    const file = join(site, "entries", `${entry.id}.json`);
    writeFileSync(file, JSON.stringify({ ...entry, fields: { ...entry.fields, body } }));
  };
  const done = (ran: Ran) => {
    expect(ran.results.filter((result) => result.status !== "ok")).toEqual([]);
    return ran;
  };
  const quiet = async () => {
    expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);
  };
  const write = (path: string, text: string) => operator.write(path, text);

  beforeEach(async () => {
    site = join(tempDir("site"), "site");
    operator = bench({
      env: knowing("en,de"),
    });
    write("ainstein.yaml", YAML);
    write("en/posts/about.md", doc("About"));
    write("de/posts/about.md", doc("Über uns"));
    done(await operator.run(publish, [], TARGET));
  });

  it("are entries of their own under one slug, linked as translations, and nothing is left to do", async () => {
    const [en, de] = [inLocale("en"), inLocale("de")];
    expect([en.fields.slug, de.fields.slug]).toEqual(["about", "about"]);
    expect(en.group ?? en.id).toBe(de.group ?? de.id);
    await quiet();
    const lines = operator
      .read("ainstein.lock")
      .split("\n")
      .filter((line) => line.includes('"path"'));
    expect(lines.map((line) => (JSON.parse(line) as { locale: string }).locale)).toEqual(["de", "en"]);
  });

  it("are known again without database and lockfile", async () => {
    rmSync(join(operator.root, "ainstein.lock"));
    const again = await operator.elsewhere().run(publish, [], TARGET);
    expect(again.summary).toMatchObject({ created: 0, updated: 0, unchanged: 2, writes: 0 });
  });

  it("change one by one: a write in one language leaves the entry of the other as it is", async () => {
    const before = inLocale("en");
    write("de/posts/about.md", doc("Über uns").replace("text", "neue Text"));
    const ran = done(await operator.run(push, [], TARGET));
    expect(ran.plan.steps).toMatchObject([{ action: "update", path: "de/posts/about.md", locale: "de" }]);
    expect(inLocale("de").fields.body).toContain("neue");
    expect(inLocale("en")).toEqual(before);
  });

  it("are pulled one by one, into an empty directory as well", async () => {
    edit("de", "<p>Von der Website.</p>");
    const ran = done(await operator.run(pull, [], TARGET));
    expect(ran.plan.steps).toMatchObject([{ action: "pull", path: "de/posts/about.md", locale: "de" }]);
    expect(operator.read("en/posts/about.md")).toBe(doc("About"));
    const empty = operator.elsewhere(tempDir("root"));
    empty.write("ainstein.yaml", YAML);
    done(await empty.run(pull, [], TARGET));
    expect(empty.read("de/posts/about.md")).toContain("Von der Website.");
    expect(empty.read("en/posts/about.md")).toContain("About, the text.");
    expect(empty.read("de/posts/about.md")).not.toMatch(/locale|translationKey/);
    expect((await empty.run(status, [], TARGET)).plan.steps).toEqual([]);
  });

  it("keep their entries when one is moved, and lose only the one that is deleted", async () => {
    renameSync(join(operator.root, "de/posts/about.md"), join(operator.root, "de/posts/ueber.md"));
    write("de/posts/other.md", doc("Anderes"));
    const moved = done(await operator.run(push, [], TARGET));
    expect(moved.plan.steps).toMatchObject([
      { action: "rename", path: "de/posts/ueber.md", locale: "de" },
      { action: "create", path: "de/posts/other.md" },
    ]);
    expect(moved.summary.writes).toBe(1);
    rmSync(join(operator.root, "de/posts/ueber.md"));
    done(await operator.run(push, [], { ...TARGET, delete: true }));
    expect(
      entries()
        .map(({ fields }) => fields.title)
        .sort(),
    ).toEqual(["About", "Anderes"]);
  });

  it("conflict one by one", async () => {
    edit("de", "<p>Dort anders.</p>");
    write("de/posts/about.md", doc("Über uns").replace("text", "hier anders"));
    write("en/posts/about.md", doc("About").replace("text", "changed text"));
    const ran = await operator.run(sync, [], TARGET);
    expect(ran.plan.steps.map(({ action, locale }) => [action, locale])).toEqual(
      expect.arrayContaining([
        ["update", "en"],
        ["conflict", "de"],
      ]),
    );
    expect(inLocale("en").fields.body).toContain("changed");
    expect(inLocale("de").fields.body).toContain("Dort anders");
  });

  it("are told apart by plan, diff and history, and undone one by one", async () => {
    write("de/posts/about.md", doc("Über uns").replace("text", "neue Text"));
    const shown = await operator.run(diff, [], TARGET);
    expect(shown.out.join("\n")).toContain("de/posts/about.md");
    expect(shown.out.join("\n")).not.toContain("en/posts/about.md");
    const ran = done(await operator.run(push, [], TARGET));
    const told = await operator.run(history, ["de/posts/about.md"], TARGET);
    expect(told.out.join("\n")).not.toContain("About, the text");
    const en = inLocale("en");
    done(await operator.run(runs, ["undo", String(ran.summary.run)], {}));
    expect(inLocale("de").fields.body).not.toContain("neue");
    expect(inLocale("en")).toEqual(en);
  });

  it("in a third language is linked to the others, by the key that they name", async () => {
    Object.assign(operator.env, knowing("en,de,fr"));
    write("en/posts/home.md", doc("Home", "translationKey: start\n"));
    done(await operator.run(publish, [], TARGET));
    write("fr/posts/accueil.md", doc("Accueil", "translationKey: start\n"));
    write("de/posts/startseite.md", doc("Start", "translationKey: start\n"));
    done(await operator.run(publish, [], TARGET));
    const group = (slug: string) => {
      const entry = entries().find(({ fields }) => fields.slug === slug);
      return entry?.group ?? entry?.id;
    };
    expect([group("accueil"), group("startseite")]).toEqual([group("home"), group("home")]);
    expect(group("about")).not.toBe(group("home"));
    const empty = operator.elsewhere(tempDir("root"));
    empty.write("ainstein.yaml", YAML);
    done(await empty.run(pull, [], TARGET));
    for (const path of ["en/posts/home.md", "fr/posts/accueil.md", "de/posts/startseite.md"]) {
      expect(empty.read(path)).toContain("translationKey: home");
    }
  });

  it("in a language that the site does not have is refused, and nothing else is", async () => {
    write("fr/posts/a.md", doc("Un"));
    write("en/posts/b.md", doc("Two"));
    const ran = await operator.run(publish, [], TARGET);
    const [failed] = ran.results.filter((result) => result.status === "failed");
    expect(failed).toMatchObject({ path: "fr/posts/a.md", fault: { code: "unknown-locale" } });
    expect(failed?.fault?.hint).toContain("en, de");
    expect(ran.summary).toMatchObject({ created: 1, failed: 1 });
  });

  it("that says another language than its entry is refused, and changes no entry", async () => {
    write("de/posts/about.md", doc("Über uns", "locale: en\nslug: about-2\n"));
    const before = entries();
    const ran = await operator.run(push, [], TARGET);
    expect(ran.results).toMatchObject([{ path: "de/posts/about.md", fault: { code: "locale-changed" } }]);
    expect(entries()).toEqual(before);
  });

  it("of two files with one key and language the second stays by itself, and that is told", async () => {
    write("de/posts/about2.md", doc("Noch eins", "translationKey: /{locale}/posts/about.md\n"));
    const ran = done(await operator.run(publish, [], TARGET));
    const notices = ran.events.flatMap((event) => (event.type === "notice" ? event.message : []));
    expect(notices.join("\n")).toContain("about2.md is not linked to its translations");
  });

  it("whose entry got another language on the site are told so, touched nowhere, and follow when they say it", async () => {
    const { id } = inLocale("de");
    const file = join(site, "entries", `${id}.json`);
    const turned = readFileSync(file, "utf8")
      .replace('"locale": "de"', '"locale": "fr"')
      .replace(">Über", ">Nous, ");
    writeFileSync(file, turned.replace('"slug": "about"', '"slug": "nous"'));
    Object.assign(operator.env, knowing("en,de,fr"));
    const ran = await operator.run(sync, [], TARGET);
    expect(ran.results).toMatchObject([{ path: "de/posts/about.md", fault: { code: "locale-changed" } }]);
    expect(ran.plan.steps).toEqual([]);
    write("de/posts/about.md", operator.read("de/posts/about.md").replace("---\n", "---\nlocale: fr\n"));
    const follows = await operator.run(sync, [], TARGET);
    expect(follows.plan.steps).toMatchObject([{ path: "de/posts/about.md", id, locale: "fr" }]);
    expect(entries()).toHaveLength(2);
  });
});

describe("a site that begins to know languages", () => {
  it("has the same entries, whatever language they got", async () => {
    const site = join(tempDir("site"), "site");
    const operator = bench({
      env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) },
    });
    operator.write("a.md", doc("A"));
    await operator.run(publish, [], TARGET);
    const [name = ""] = readdirSync(join(site, "entries"));
    const file = join(site, "entries", name);
    const entry = JSON.parse(readFileSync(file, "utf8")) as Stored;
    writeFileSync(file, JSON.stringify({ ...entry, locale: "de" }));
    const locales = { platform: "local", url: site, settings: { locales: "en,de" } };
    operator.env.AINSTEIN_CONNECTION_SITE = JSON.stringify(locales);
    const ran = await operator.run(status, [], TARGET);
    expect(ran.plan.steps.map((step) => step.action)).toEqual([]);
    operator.write("a.md", doc("A").replace("text", "new text"));
    const pushed = await operator.run(push, [], TARGET);
    expect(pushed.plan.steps).toMatchObject([{ action: "update", locale: "de" }]);
    expect(pushed.summary).toMatchObject({ updated: 1, failed: 0 });
    expect(operator.read("ainstein.lock")).toContain('"locale":"de"');
    expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);
  });
});
