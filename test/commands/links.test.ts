import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { apply } from "../../src/commands/apply.ts";
import { diff } from "../../src/commands/diff.ts";
import { publish } from "../../src/commands/publish.ts";
import { pull } from "../../src/commands/pull.ts";
import { push } from "../../src/commands/push.ts";
import { undo } from "../../src/commands/runs-undo.ts";
import { status } from "../../src/commands/status.ts";
import { sync } from "../../src/commands/sync.ts";
import { type Bench, bench, type Ran, removeTempDirs, tempDir } from "./bench.ts";
import { editOnSite, onSite } from "./site-edit.ts";

afterAll(removeTempDirs);

const TARGET = { target: ["site"] };

describe("links between documents", () => {
  let operator: Bench;
  let site: string;

  beforeEach(() => {
    site = join(tempDir("site"), "site");
    operator = bench({
      env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ platform: "local", url: site }) },
    });
  });

  const write = (path: string, body: string, front = "") =>
    operator.write(path, `---\ntitle: ${path}\n${front}---\n\n${body}\n`);
  const planned = ({ plan }: Ran) => plan.steps.map(({ action, path }) => `${action} ${path}`);
  const body = (slug: string) => onSite(site, slug).fields.body;
  const address = (ran: Ran, path: string) => ran.results.find((result) => result.path === path)?.url ?? "";
  const notices = ({ events }: Ran) =>
    events.flatMap((event) =>
      event.type === "notice" && event.level === "warning" && event.message.includes("link")
        ? `${event.place}: ${event.message}`
        : [],
    );
  const isIdle = async (machine = operator) => {
    const again = await machine.run(sync, [], TARGET);
    expect(again.plan.steps).toEqual([]);
    expect(again.summary.writes).toBe(0);
  };

  it("makes what is linked to first, so that one write each is enough", async () => {
    write("a.md", "See [b](./b.md#part) and [c](c.md).");
    write("b.md", "To [c](/c.md?x=1&y=2#z).");
    write("c.md", "The end. [Up](#top)");
    const ran = await operator.run(publish, [], TARGET);
    expect(planned(ran)).toEqual(["create c.md", "create b.md", "create a.md"]);
    expect(ran.summary).toMatchObject({ created: 3, updated: 0, writes: 3, failed: 0 });
    expect(body("a")).toContain(`href="${address(ran, "b.md")}#part"`);
    expect(body("a")).toContain(`href="${address(ran, "c.md")}"`);
    expect(body("b")).toContain(`href="${address(ran, "c.md")}?x=1&amp;y=2#z"`);
    expect(body("c")).toContain('href="#top"');
    await isIdle();
  });

  it("are followed by a saved plan as well: what it sends twice, and what it sends because an address changes", async () => {
    const saved = async () => {
      await operator.run(publish, [], { ...TARGET, dryRun: true, delete: true, planOut: "plan.json" });
      const plan = join(operator.root, "plan.json");
      const ran = await operator.run(apply, [plan], { yes: true, maxChanges: 5, maxDelete: 1 });
      rmSync(plan);
      return ran;
    };
    write("a.md", "To [b](./b.md).");
    write("b.md", "To [a](./a.md).");
    expect(await saved()).toMatchObject({ fault: undefined, summary: { created: 2, updated: 0, failed: 0 } });
    expect(body("b")).toContain("/a");
    write("a.md", "To [b](./b.md).", "slug: elsewhere\n");
    const { out } = await operator.run(diff, [], TARGET);
    expect(out.filter((line) => /^\S+\.md /.test(line))).toEqual(["a.md  (site → file)"]);
    const moved = await saved();
    expect(moved).toMatchObject({ fault: undefined, summary: { updated: 2, failed: 0 } });
    expect(planned(moved)).toEqual(["update a.md", "update b.md"]);
    expect(body("b")).toContain(address(moved, "a.md"));
    await isIdle();
  });

  it("shows before what a circle takes besides, and does it in the same run", async () => {
    write("a.md", "To [b](./b.md).");
    write("b.md", "To [a](./a.md), and to [itself](b.md).");
    const ran = await operator.run(publish, [], TARGET);
    expect(planned(ran)).toEqual(["create b.md", "create a.md", "update b.md"]);
    expect(ran.plan.steps[2]).toMatchObject({
      reason: "fills in the link to a.md and 1 more",
      changed: ["body"],
    });
    expect(ran.summary).toMatchObject({ created: 2, updated: 0, writes: 3, failed: 0, verified: 2 });
    expect(body("a")).toContain(address(ran, "b.md"));
    expect(body("b")).toContain(address(ran, "a.md"));
    expect(body("b")).toContain(address(ran, "b.md"));
    await isIdle();
    rmSync(join(operator.root, "ainstein.lock"));
    const elsewhere = operator.elsewhere();
    expect((await elsewhere.run(publish, [], TARGET)).summary).toMatchObject({ adopted: 2, writes: 0 });
  });

  it("leads every way of writing a link to the same place, and leaves what is none", async () => {
    write("posts/Grüße 1.md", "Target.", "slug: target\n");
    write("shop/index.md", "Shop.");
    write(
      "posts/a.md",
      [
        "[space](<./Grüße 1.md>) [escaped](./Gr%C3%BC%C3%9Fe%201.md) [rooted](</posts/Grüße 1.md#x>)",
        "- in a list: [ref][one]",
        "| table |\n| --- |\n| [cell](<Grüße 1.md>) |",
        '<p>raw <a class="k" href="./Grüße 1.md">html</a></p>',
        "[directory](../shop/) [site](/about/) [away](https://example.org/a.md) [mail](mailto:a@example.org)",
        "`[code](./b.md)`",
        "[one]: <./Grüße 1.md?q=1>",
      ].join("\n\n"),
    );
    const ran = await operator.run(publish, [], TARGET);
    expect(ran.summary).toMatchObject({ created: 3, updated: 0, failed: 0 });
    const target = address(ran, "posts/Grüße 1.md");
    const hrefs = [...body("a").matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
    expect(hrefs).toEqual([
      target,
      target,
      `${target}#x`,
      `${target}?q=1`,
      target,
      target,
      address(ran, "shop/index.md"),
      "/about/",
      "https://example.org/a.md",
      "mailto:a@example.org",
    ]);
    expect(body("a")).toContain("code](./b.md)");
    await isIdle();
  });

  it("fills in the link to a document that goes to the site later, and says until then where it is", async () => {
    write("a.md", "Text.\n\nTo [b](./b.md).");
    write("b.md", "Target.", "status: draft\n");
    const first = await operator.run(publish, [], TARGET);
    expect(first.summary).toMatchObject({ created: 1, skipped: 1, writes: 1 });
    expect(notices(first)).toEqual([
      "a.md:7: the link to b.md stays as it is written: it is not on the site",
    ]);
    expect(body("a")).toContain('href="./b.md"');
    expect((await operator.run(publish, [], TARGET)).summary.writes).toBe(0);
    write("b.md", "Target.");
    const second = await operator.run(publish, [], TARGET);
    expect(planned(second)).toEqual(["create b.md", "update a.md"]);
    expect(body("a")).toContain(`href="${address(second, "b.md")}"`);
    expect(operator.read("a.md")).toContain("./b.md");
    await isIdle();
  });

  it("follows a changed slug in the same run, and one changed on the site in the next", async () => {
    write("a.md", "To [b](./b.md).");
    write("b.md", "To [a](./a.md).", "slug: b\n");
    await operator.run(publish, [], TARGET);
    write("b.md", "To [a](./a.md).", "slug: other\n");
    const ran = await operator.run(push, [], { ...TARGET, delete: true });
    expect(ran.plan.steps).toMatchObject([
      { action: "update", path: "b.md", changed: ["slug"] },
      { action: "update", path: "a.md", changed: ["body"], reason: "follows the link to b.md" },
    ]);
    expect(ran.summary).toMatchObject({ updated: 2, writes: 2, failed: 0 });
    expect(body("a")).toContain(address(ran, "b.md"));
    expect(address(ran, "b.md")).toContain("/other");
    await isIdle();
    editOnSite(site, "other", () => ({ slug: "third" }));
    const pulled = await operator.run(pull, [], TARGET);
    expect(pulled.plan.steps).toMatchObject([
      { action: "pull", path: "b.md", changed: ["slug"] },
      { action: "skip", path: "a.md", reason: "the link to b.md leads elsewhere now; `push` sends it" },
    ]);
    const sent = await operator.run(push, [], TARGET);
    expect(sent.plan.steps).toMatchObject([
      { action: "update", path: "a.md", changed: ["body"], reason: "the link to b.md leads elsewhere now" },
    ]);
    expect(body("a")).toContain("/third");
    await isIdle();
  });

  it("brings linked entries into an empty directory as documents that link to each other", async () => {
    write("a.md", 'To [b](./b.md#part), [c](sub/c.md).\n\n<div><a href="./b.md">raw</a></div>');
    write("b.md", "To [a](./a.md).");
    write("sub/c.md", "To [a](../a.md).");
    await operator.run(publish, [], TARGET);
    const other = bench({ env: operator.env });
    await other.run(pull, [], TARGET);
    expect(other.read("a.md")).toContain("To [b](./b.md#part), [c](./c.md).");
    expect(other.read("a.md")).toContain('<a href="./b.md">raw</a>');
    expect(other.read("b.md")).toContain("To [a](./a.md).");
    expect(other.read("c.md")).toContain("To [a](./a.md).");
    await isIdle(other);
    rmSync(join(other.root, "ainstein.lock"));
    expect((await other.run(publish, [], TARGET)).summary).toMatchObject({ adopted: 3, writes: 0 });
  });

  it("brings an edit of one block, its links as documents, and leaves the others byte for byte", async () => {
    write("a.md", "*First*, [b](b.md).\n\nSecond.");
    write("b.md", "Target.");
    const ran = await operator.run(publish, [], TARGET);
    editOnSite(site, "a", ({ body: text }) => ({
      body: text.replace("Second.", `Second, <a href="${address(ran, "b.md")}#x">linked</a>.`),
    }));
    await operator.run(pull, [], TARGET);
    expect(operator.read("a.md")).toContain("*First*, [b](b.md).\n\nSecond, [linked](./b.md#x).");
    await isIdle();
  });

  it("brings an edit of a block whose link leads where the document was when it was sent", async () => {
    write("a.md", "To [b](./b.md), once.");
    write("b.md", "Target.");
    await operator.run(publish, [], TARGET);
    editOnSite(site, "b", () => ({ slug: "moved" }));
    editOnSite(site, "a", ({ body: text }) => ({ body: text.replace("once", "twice") }));
    const ran = await operator.run(sync, [], TARGET);
    expect(ran.summary).toMatchObject({ conflicts: 0, failed: 0 });
    expect(operator.read("a.md")).toContain("To [b](./b.md), twice.");
    expect(body("a")).toContain("/moved");
    expect(body("a")).toContain("twice");
    await isIdle();
  });

  it("sends nothing because a linked document was moved or removed, and tells of the broken link", async () => {
    write("a.md", "To [b](./b.md) and [c](./c.md).");
    write("b.md", "B.");
    write("c.md", "C.");
    const ran = await operator.run(publish, [], TARGET);
    renameSync(join(operator.root, "b.md"), join(operator.root, "moved.md"));
    rmSync(join(operator.root, "c.md"));
    const next = await operator.run(push, [], { ...TARGET, delete: true });
    expect(planned(next).sort()).toEqual(["delete c.md", "rename moved.md"]);
    await isIdle();
    write("a.md", "To [b](./b.md) and [c](./c.md), still.");
    const edited = await operator.run(push, [], TARGET);
    expect(notices(edited)).toEqual(["a.md:5: a link leads to b.md, which is no file, and 1 more like it"]);
    expect(body("a")).toContain(`href="${address(ran, "b.md")}"`);
    write("a.md", "To [b](./moved.md), still.");
    await operator.run(push, [], TARGET);
    expect(body("a")).toContain(`href="${address(ran, "b.md")}"`);
    await isIdle();
  });

  it("takes both writes of a document back at once", async () => {
    write("a.md", "To [b](./b.md).", "slug: a\n");
    write("b.md", "To [a](./a.md).", "slug: b\n");
    await operator.run(publish, [], TARGET);
    const before = [body("a"), body("b")];
    write("a.md", "To [b](./b.md), edited.", "slug: a2\n");
    write("b.md", "To [a](./a.md), edited.", "slug: b2\n");
    const ran = await operator.run(push, [], { ...TARGET, delete: true });
    expect(planned(ran)).toEqual(["update a.md", "update b.md", "update a.md", "update b.md"]);
    expect(body("a2")).toContain("/b2");
    const undone = await operator.run(undo, ["last"], { ...TARGET, delete: true });
    expect(undone.summary).toMatchObject({ failed: 0, conflicts: 0 });
    expect([body("a"), body("b")]).toEqual(before);
    expect((await operator.run(push, [], TARGET)).summary.writes).toBe(0);
  });

  it("leaves the second pass to the next run with --canary", async () => {
    write("a.md", "To [b](./b.md).");
    write("b.md", "To [a](./a.md).");
    const first = await operator.run(publish, [], { ...TARGET, canary: 2 });
    expect(first.summary).toMatchObject({ created: 2, updated: 0, writes: 2 });
    const next = await operator.run(publish, [], TARGET);
    expect(next.plan.steps).toMatchObject([
      { action: "update", path: "a.md", reason: "fills in the link to b.md" },
    ]);
    await isIdle();
  });

  it("follows no link of a document whose body may not be written", async () => {
    operator.write("ainstein.yaml", "protect: { paths: [kept.md] }\n");
    write("b.md", "Target.");
    write("kept.md", "To [b](./b.md).");
    rmSync(join(operator.root, "ainstein.yaml"));
    await operator.run(publish, [], TARGET);
    operator.write("ainstein.yaml", "protect: { paths: [kept.md] }\n");
    editOnSite(site, "b", () => ({ slug: "moved" }));
    await operator.run(pull, [], TARGET);
    expect((await operator.run(push, [], TARGET)).plan.steps).toEqual([]);
    expect((await operator.run(status, [], TARGET)).plan.steps).toEqual([]);
  });
});
