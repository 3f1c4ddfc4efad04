import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { connections } from "../../src/commands/connections.ts";
import { history } from "../../src/commands/history.ts";
import { metrics } from "../../src/commands/metrics.ts";
import { publish } from "../../src/commands/publish.ts";
import { runs } from "../../src/commands/runs.ts";
import { status } from "../../src/commands/status.ts";
import { prometheusText } from "../../src/report/metrics.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { connectionTo } from "../cli/scene.ts";
import { leapingClock } from "../engine/mortal.ts";
import { readExposition } from "../exposition.ts";
import { type FakeWordPress, startFakeWordPress } from "../fakes/wordpress.ts";
import { type Bench, bench, removeTempDirs } from "./bench.ts";

afterAll(removeTempDirs);

let fake: FakeWordPress;
let operator: Bench;
beforeEach(async () => {
  fake = await startFakeWordPress();
  operator = bench({ env: { AINSTEIN_CONNECTION_WP: connectionTo(fake.api) } });
  operator.clock = leapingClock();
  operator.write("posts/rye.md", "---\ntitle: Rye\n---\n\nA grass.\n");
  operator.write("posts/oats.md", "---\ntitle: Oats\n---\n\nAnother.\n");
});
afterEach(() => fake.stop());

const publishAll = () => operator.run(publish, ["posts"], { target: ["wp"] });
const linesOf = async (command: typeof history, ...args: readonly string[]) =>
  (await operator.run(command, args)).out;

function withStore<T>(work: (store: Store) => T): T {
  const store = openStore(operator.home);
  try {
    return work(store);
  } finally {
    store.close();
  }
}

describe("the record of what a site was asked", () => {
  it("has every write of a run under its id, and is as it was written", async () => {
    const { summary } = await publishAll();
    const { out } = await operator.run(history, ["calls", "wp"], { only: "writes", run: summary.run });
    const sent = out.filter((line) => line.includes("→"));
    const answered = out.filter((line) => line.includes("←"));
    expect(sent).toHaveLength(fake.requests.filter(({ write }) => write).length);
    expect(answered).toHaveLength(sent.length);
    const verified = await operator.run(history, ["verify"]);
    expect(verified.exit).toBe(0);
    expect(verified.out).toEqual([
      expect.stringMatching(/^as written {2}this installation, 1 rows$/),
      expect.stringMatching(/^as written {2}wp, \d+ rows$/),
    ]);
  });

  it("says which row was changed behind its back, and fails", async () => {
    await publishAll();
    withStore((store) =>
      store.db.exec("UPDATE audit SET row = replace(row, 'POST', 'GET') WHERE row ->> 'type' = 'sent'"),
    );
    const { exit, out } = await operator.run(history, ["verify", "wp"]);
    expect(exit).toBe(1);
    expect(out.join("\n")).toMatch(/^not as written {2}wp.*\n {4}row \d+ was changed/);
  });

  it("cannot be vouched for without the key", async () => {
    await publishAll();
    operator.env = { ...operator.env, AINSTEIN_KEY: "" };
    expect((await operator.run(history, ["verify"])).fault?.kind).toBe("auth");
  });

  it("holds no password and no text", async () => {
    await publishAll();
    const text = withStore((store) => JSON.stringify(store.all("SELECT row FROM audit")));
    expect(text).toContain("POST");
    for (const word of ["admin pass", "Basic ", "A grass."]) expect(text).not.toContain(word);
  });

  it("is deleted with its connection, but for the fact that there was one", async () => {
    await publishAll();
    expect((await operator.run(connections, ["forget", "wp"])).exit).toBe(0);
    expect((await linesOf(history, "verify")).join("\n")).toMatch(
      /^as written {2}this installation, 2 rows$/,
    );
    const words = [new URL(fake.api).host];
    const files = readdirSync(operator.home).filter((name) => /\.db/.test(name));
    const found = files.filter((name) =>
      words.some((word) => readFileSync(join(operator.home, name)).includes(word)),
    );
    expect(found).toEqual([]);
  });

  it("can still be verified after its old rows were deleted", async () => {
    await publishAll();
    const { out } = await operator.run(runs, ["prune"], { keepAudit: 0, keepTexts: 0 });
    expect(out.join()).toMatch(/Deleted .* [1-9]\d* rows of the signed record /);
    await operator.run(status, [], { target: ["wp"] });
    const verified = await operator.run(history, ["verify", "wp"]);
    expect([verified.exit, verified.out]).toEqual([0, [expect.stringContaining("as written  wp")]]);
  });

  it("refuses a connection that nothing is recorded of, naming the nearest", async () => {
    await publishAll();
    expect((await operator.run(history, ["calls", "wpp"])).fault?.hint).toContain("did you mean wp?");
  });
});

describe("metrics", () => {
  const read = async () => readExposition(`${(await linesOf(metrics)).join("\n")}\n`);

  it("says what was asked, as Prometheus reads it", async () => {
    expect(await linesOf(metrics)).toEqual([]);
    const { summary } = await publishAll();
    const families = await read();
    const figure = (name: string, labels: string, suffix = "") =>
      families.get(name)?.samples.get(`${name}${suffix}{${labels}}`);
    const seconds = "ainstein_cms_request_seconds";
    expect(figure("ainstein_cms_requests_total", 'connection="wp",outcome="2xx"')).toBe(fake.requests.length);
    expect(figure(seconds, 'connection="wp"', "_count")).toBe(fake.requests.length);
    expect(figure("ainstein_cms_runs", 'connection="wp",command="publish",status="done"')).toBe(1);
    expect(summary.requests).toBe(fake.requests.length);
  });

  it("has counters that deleting old rows does not lower", async () => {
    await publishAll();
    const counters = async () =>
      [...(await read()).values()].filter(({ type }) => type !== "gauge").map(({ samples }) => [...samples]);
    const before = await counters();
    operator.clock = { ...operator.clock, now: () => Date.now() + 1000 };
    await operator.run(runs, ["prune"], { keepAudit: 0, keepTexts: 0 });
    expect(await counters()).toEqual(before);
  });

  it("tells of the open circuit of a connection from the environment", async () => {
    await publishAll();
    withStore((store) => {
      const state = { state: "open", since: 0, until: 4e12, times: 1, cause: { code: "down", message: "" } };
      store.run("INSERT INTO circuits VALUES ('wp', @state)", { state: JSON.stringify(state) });
    });
    expect([...((await read()).get("ainstein_cms_circuit_open")?.samples ?? [])]).toEqual([
      ['ainstein_cms_circuit_open{connection="wp"}', 1],
    ]);
  });

  it("escapes whatever a label holds", () => {
    const labels = { connection: 'a"b\\c\nd' };
    const text = prometheusText([
      { name: "x", help: "a\\b\nc", type: "gauge", samples: [{ labels, value: 1e21 }] },
    ]);
    expect(text).toBe('# HELP x a\\\\b\\nc\n# TYPE x gauge\nx{connection="a\\"b\\\\c\\nd"} 1e+21\n');
    expect(readExposition(text).get("x")?.samples.size).toBe(1);
  });
});
