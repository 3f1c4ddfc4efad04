import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Context } from "../../src/commands/context.ts";
import { publish } from "../../src/commands/publish.ts";
import { webhooks } from "../../src/commands/webhooks.ts";
import { listEvents, type WebhookEvent } from "../../src/store/events.ts";
import { listRuns } from "../../src/store/runs.ts";
import { type Bench, bench, removeTempDirs } from "../commands/bench.ts";
import { edit, type GhostSite, rowsOf, startSite, VERSIONS } from "./ghost-site.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

describe.each(VERSIONS)("webhooks of a real Ghost %i", (version) => {
  let site: GhostSite;
  let operator: Bench;

  beforeAll(async () => {
    site = await startSite(version);
    const connection = JSON.parse(site.env.AINSTEIN_CONNECTION_SITE ?? "{}");
    operator = bench({
      env: { AINSTEIN_CONNECTION_SITE: JSON.stringify({ ...connection, webhookSecret: "a secret" }) },
    });
    operator.write("post.md", "---\ntitle: Post\nslug: post\nstatus: published\n---\n\nText.\n");
  });
  afterAll(async () => {
    await site?.stop();
    removeTempDirs();
  });

  let receiver: { readonly url: string; end(): Promise<void> } | undefined;
  afterEach(() => receiver?.end());

  /** `webhooks serve`, until its end is asked for. */
  async function serve(): Promise<string> {
    const stop = new AbortController();
    const { url, ended } = await new Promise<{ url: string; ended: Promise<unknown> }>((resolve, reject) => {
      const serving = (context: Context) => {
        const record = (value: object) => {
          if ("url" in value) resolve({ url: String(value.url), ended });
        };
        const ui = { ...context.ui, record };
        return webhooks(
          { ...context, ui, signal: stop.signal },
          { positionals: ["serve"], flags: { port: 0 } },
        );
      };
      const ended = operator.run(serving);
      ended.then(({ fault }) => fault && reject(fault), reject);
    });
    const end = async () => {
      stop.abort();
      await ended;
      receiver = undefined;
    };
    receiver = { url, end };
    return url;
  }

  /** What was told and dealt with, once there is something of which that holds. */
  async function dealtWith(isEnough: (events: readonly WebhookEvent[]) => boolean) {
    for (let n = 0; n < 240; n += 1) {
      let events: readonly WebhookEvent[] = [];
      await operator.run(async (context) => {
        events = listEvents(context.store(), 100);
        return 0;
      });
      const isDone = events.every(({ state }) => state !== "new" && state !== "taken");
      if (isDone && isEnough(events)) return events;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    throw new Error("nothing was told within a minute");
  }

  it("are registered by us; our own push is its echo, and an edit at the site is pulled", async () => {
    mkdirSync(operator.home, { recursive: true, mode: 0o700 });
    writeFileSync(
      join(operator.home, "config.yaml"),
      `webhooks:\n  site: {do: pull, root: ${JSON.stringify(operator.root)}}\n`,
    );
    const registered = await operator.run(webhooks, ["register", "site"], { url: await serve() });
    expect(registered.fault).toBeUndefined();
    expect(registered.out).toHaveLength(10);
    expect((await operator.run(publish, ["."], { target: ["site"] })).exit).toBe(0);
    const own = await dealtWith((events) => events.length > 0);
    expect(new Set(own.map(({ state, detail }) => `${state}: ${detail}`))).toEqual(
      new Set(["echo: our own write"]),
    );
    const runs = async () => {
      let pulls = 0;
      await operator.run(async (context) => {
        pulls = listRuns(context.store(), 100).filter(({ command }) => command === "pull").length;
        return 0;
      });
      return pulls;
    };
    expect(await runs()).toBe(0);
    const [row] = await rowsOf(site, "posts");
    await edit(site, row?.id ?? "", { title: "Changed by hand" });
    const all = await dealtWith((events) => events.some(({ state }) => state === "pulled"));
    expect(all[0]).toMatchObject({ topic: "post.changed", entry: row?.id, state: "pulled" });
    expect(operator.read("post.md")).toContain("title: Changed by hand");
    expect(await runs()).toBe(1);
  });

  it("are not registered twice by an installation that lost its database, and it is said what to do", async () => {
    const url = "http://127.0.0.1:9";
    expect((await operator.run(webhooks, ["register", "site"], { url })).exit).toBe(0);
    expect((await operator.run(webhooks, ["register", "site"], { url })).exit).toBe(0);
    const other = operator.elsewhere();
    const { fault } = await other.run(webhooks, ["register", "site"], { url });
    expect(fault).toMatchObject({ code: "webhooks.taken", hint: expect.stringContaining("Ghost Admin") });
    expect((await operator.run(webhooks, ["remove", "site"])).exit).toBe(0);
    expect((await other.run(webhooks, ["register", "site"], { url })).exit).toBe(0);
    expect((await other.run(webhooks, ["remove", "site"])).exit).toBe(0);
  });
});

if (VERSIONS.length === 0) it.skip("webhooks of a real Ghost, which is not installed", () => undefined);
