import { JSDOM } from "jsdom";
import { describe, expect, it } from "vitest";
import { Fault } from "../../src/lib/fault.ts";
import { htmlReport } from "../../src/report/report-html.ts";
import { junitReport } from "../../src/report/report-junit.ts";
import { collectReport } from "../../src/report/report-model.ts";
import { plan, SUMMARY, step, stoppedClock } from "./page.ts";
import { mixedReport } from "./report-scene.ts";

function collector(looks = false) {
  const clock = stoppedClock();
  return collectReport({ command: "push", version: "1.2.3", looks, now: () => clock.now() });
}

const TWO = plan([
  step({ action: "create", path: "a.md", title: "A", reason: "new" }),
  step({ action: "conflict", path: "b.md", reason: "both sides changed title" }),
  step({ action: "term", path: "bread", kind: "category", reason: "new" }),
]);

describe("the report of a run", () => {
  it("has every document with what became of it, and no terms", () => {
    const report = mixedReport(10);
    const [shop, blog] = report.targets;
    expect(shop?.documents).toHaveLength(13);
    expect(shop?.documents[5]).toEqual({
      path: "posts/5.md",
      title: "Title of 5",
      id: null,
      action: "create",
      status: "failed",
      url: null,
      reason: "new",
      code: "rest_cannot_publish",
      message: "the site does not let this user publish",
      hint: null,
      httpStatus: null,
      place: null,
    });
    expect(shop?.run).toBe("run-of-client-shop");
    expect(shop?.timeline?.causes).toEqual([{ why: "the site asks for it (HTTP 429)", ms: 12_000 }]);
    expect(blog?.error?.code).toBe("challenge");
    expect(blog?.documents.filter(({ status }) => status === "not-attempted")).toHaveLength(11);
    const lookingOnly = collector();
    lookingOnly.note({ type: "plan", target: "wp", plan: TWO });
    expect(lookingOnly.end(0, undefined).targets[0]?.documents.map(({ path }) => path)).toEqual([
      "a.md",
      "b.md",
    ]);
  });

  it("calls what a look would do planned, and what a stopped run did not come to not attempted", () => {
    for (const [looks, status] of [
      [true, "planned"],
      [false, "not-attempted"],
    ] as const) {
      const { note, end } = collector(looks);
      note({ type: "plan", target: "wp", plan: TWO });
      const documents = end(2, new Fault("usage", "no")).targets[0]?.documents;
      expect(documents?.map((one) => one.status)).toEqual([status, "conflict"]);
    }
  });

  it("shows of each target the time that it took, however long others take", () => {
    const clock = stoppedClock();
    const { note, end, timelines } = collectReport({
      command: "push",
      version: "1.2.3",
      looks: false,
      now: () => clock.now(),
    });
    for (const target of ["quick", "slow"]) note({ type: "run", target, run: target });
    clock.pass(1000);
    note({ type: "summary", summary: { ...SUMMARY, target: "quick" } });
    clock.pass(9000);
    note({ type: "fault", target: "slow", fault: new Fault("unavailable", "no answer") });
    clock.pass(10_000);
    const lengths = end(6, undefined).targets.map(({ timeline }) => timeline?.length);
    expect(lengths).toEqual([5, 41]);
    expect([...timelines().values()].map(({ length }) => length)).toEqual(lengths);
  });

  it("has a section for each root, and for each run of one target", () => {
    const { note, end } = collector();
    for (const root of ["site-a", "site-b"]) {
      note({ type: "phase", target: "wp", phase: "connect", root });
      note({ type: "summary", summary: SUMMARY, root });
    }
    note({ type: "run", target: "wp", run: "second", root: "site-a" });
    note({ type: "summary", summary: SUMMARY, root: "site-a" });
    const report = end(0, undefined);
    expect(report.targets.map(({ root, run }) => [root, run])).toEqual([
      ["site-a", null],
      ["site-b", null],
      ["site-a", "second"],
    ]);
    expect(report.summary?.created).toBe(3);
  });

  it("hides credentials that a message quotes", () => {
    const { note, end } = collector();
    const fault = new Fault("auth", "https://u:hunter22@example.org/ refused");
    note({ type: "fault", target: "wp", fault });
    expect(JSON.stringify(end(5, fault))).not.toContain("hunter22");
  });
});

describe("JUnit XML", () => {
  const documentOf = (xml: string): Document =>
    new JSDOM(xml, { contentType: "application/xml" }).window.document;

  it("is well-formed whatever titles and messages hold, and its counts are those of its cases", () => {
    const parsed = documentOf(junitReport(mixedReport(10)));
    for (const of of [parsed.documentElement, ...parsed.querySelectorAll("testsuite")]) {
      expect(of.querySelectorAll("testcase")).toHaveLength(Number(of.getAttribute("tests")));
      for (const [count, name] of [
        ["failures", "failure"],
        ["errors", "error"],
        ["skipped", "skipped"],
      ] as const)
        expect(of.querySelectorAll(name)).toHaveLength(Number(of.getAttribute(count)));
    }
    const [shop, blog] = parsed.querySelectorAll("testsuite");
    expect(shop?.getAttribute("name")).toBe("client-shop");
    expect(shop?.querySelectorAll("failure")).toHaveLength(3);
    expect(blog?.querySelector("error")?.getAttribute("type")).toBe("challenge");
    const failed = shop?.querySelector('testcase[name="posts/1.md"] failure');
    expect(failed?.getAttribute("message")).toContain(`<script>alert(1)</script> "'&]]>`);
    expect(failed?.textContent).toContain("give it another title");
  });

  it("names each case of a document differently, when it was created and then given its links", () => {
    const { note, end } = collector();
    const steps = (["create", "update"] as const).map((action) => step({ action, path: "a.md", reason: "" }));
    note({ type: "plan", target: "wp", plan: plan(steps) });
    for (const { action, path } of steps)
      note({ type: "result", target: "wp", result: { id: undefined, path, action, status: "ok" } });
    const cases = [...documentOf(junitReport(end(0, undefined))).querySelectorAll("testcase")];
    expect(cases.map((one) => one.getAttribute("name"))).toEqual(["a.md", "a.md (update)"]);
  });

  it("has a case where nothing was to be done, and one for what ended the command", () => {
    const { note, end } = collector();
    note({ type: "phase", target: "wp", phase: "connect" });
    note({ type: "summary", summary: { ...SUMMARY, conflicts: 0, failed: 0, unchanged: 7 } });
    const idle = documentOf(junitReport(end(0, undefined)));
    expect(idle.querySelector("testcase")?.getAttribute("name")).toBe("nothing to do, 7 unchanged");
    const broken = documentOf(junitReport(collector().end(2, new Fault("usage", "no target given"))));
    expect(broken.querySelector("testcase error")?.getAttribute("message")).toBe("no target given");
    expect(broken.documentElement.getAttribute("errors")).toBe("1");
  });
});

describe("the HTML report", () => {
  const { window } = new JSDOM(htmlReport(mixedReport(20)), { runScripts: "dangerously" });
  const page = window.document;
  const shop = [...page.querySelectorAll("section")].find(
    (one) => one.querySelector("h2")?.textContent === "client-shop",
  );
  const rows = [...(shop?.querySelectorAll("tbody tr") ?? [])];

  it("puts failures first and done documents last", () => {
    const order = rows.map((row) => row.className);
    expect([...new Set(order)]).toEqual(["failed", "conflict", "not-attempted", "skipped", "ok"]);
    expect(page.querySelector("h1")?.textContent).toBe(
      "ainstein-cms publish: 1 of 2 sites stopped, 2 failed, 2 in conflict, 22 not attempted",
    );
  });

  it("begins with the site that stopped", () => {
    const names = (selector: string) => [...page.querySelectorAll(selector)].map((one) => one.textContent);
    expect(names("h2")).toEqual(["client-blog", "client-shop"]);
    expect(names("nav a")).toEqual(["client-blog", "client-shop"]);
  });

  it("folds many warnings up, so that they push no failure off the page", () => {
    for (const [count, folded] of [
      [5, undefined],
      [6, "6 warnings"],
    ] as const) {
      const { note, end } = collector();
      note({ type: "plan", target: "wp", plan: TWO });
      for (let index = 0; index < count; index++)
        note({ type: "notice", target: "wp", level: "warning", message: `near ${index}` });
      const { document } = new JSDOM(htmlReport(end(4, undefined))).window;
      expect(document.querySelector("details:not([open]) > summary")?.textContent).toBe(folded);
      expect(document.querySelectorAll(".note.warn")).toHaveLength(count);
    }
  });

  it("lets no title become markup, and only web addresses links", () => {
    expect(rows[0]?.querySelector("script")).toBeNull();
    expect(rows[0]?.textContent).toContain("<script>alert(1)</script>");
    const links = [...page.querySelectorAll("a")].map((link) => link.getAttribute("href") ?? "");
    expect(links).toContain('https://shop.example/3/?a=1&b="2"');
    expect(links.filter((href) => !/^(https:|#site-)/.test(href))).toEqual([]);
    expect(page.body.textContent).toContain("entry 102 javascript:alert(1)");
  });

  it("holds nothing that a browser would fetch, and no style or handler that its policy forbids", () => {
    expect(page.querySelectorAll("link, img, iframe, [src], [style], [onclick]")).toHaveLength(0);
    const policy = page.querySelector("meta[http-equiv]")?.getAttribute("content");
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+';/);
    expect(policy).not.toContain("unsafe");
  });

  it("shows of the documents those with a status and a text", () => {
    const press = (value: string) =>
      page.querySelector<HTMLButtonElement>(`.filter button[value="${value}"]`)?.click();
    const shown = () => page.querySelectorAll("tbody tr:not([data-gone])").length;
    press("failed");
    expect(shown()).toBe(2);
    const find = page.querySelector("input");
    if (find === null) throw new Error("there is no field to search in");
    find.value = "POSTS/5.md";
    find.dispatchEvent(new window.Event("input"));
    expect(shown()).toBe(1);
    find.value = "";
    press("");
    expect(shown()).toBe(46);
    expect(page.querySelector("output")?.textContent).toBe("46 shown");
  });

  it("says in words what the drawing shows", () => {
    const caption = page.querySelector("figcaption")?.textContent;
    expect(caption).toContain("Held up: 12 s (the site asks for it (HTTP 429)).");
    expect(page.querySelectorAll("svg[role=img][aria-label] rect.wait")).toHaveLength(2);
  });

  it("has so many done documents at most that a browser can show them, and says so", () => {
    const long = new JSDOM(htmlReport(mixedReport(5010))).window.document;
    expect(long.querySelectorAll("tr.ok")).toHaveLength(5000);
    expect(long.body.textContent).toContain("8 more are not shown here. The report as JSON has them all.");
  });
});
