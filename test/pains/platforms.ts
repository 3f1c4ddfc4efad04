// Which platforms the pains are tried on, and the operator who suffers or does not.
import { rmSync } from "node:fs";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { Command } from "../../src/commands/context.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { exitOf } from "../../src/lib/exit.ts";
import { type Bench, bench, type Ran, removeTempDirs } from "../commands/bench.ts";
import { fastDir } from "../engine/worlds.ts";
import { local } from "./local.ts";
import type { Ability, Platform, Site } from "./site.ts";
import { wordpress } from "./wordpress.ts";

const place = fastDir();
vi.stubEnv("TMPDIR", place);
afterAll(() => {
  removeTempDirs();
  rmSync(place, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

/** A new platform is a line here. */
export const PLATFORMS: readonly Platform[] = [local, wordpress];

/** How many seeds a sampled property tries: `AINSTEIN_SWEEP` widens it. */
export function seeds(few: number): number {
  const sweep = process.env.AINSTEIN_SWEEP;
  return sweep === undefined ? few : sweep === "full" ? few * 50 : few * Math.max(1, Number(sweep) || 10);
}

export interface Operator extends Bench {
  readonly site: Site;
  /** Runs a command to the site; what it throws is in `fault`. */
  does(command: Command, paths?: readonly string[], flags?: Readonly<Record<string, unknown>>): Promise<Ran>;
  /** Changes a text of a file, which must be there. */
  change(path: string, from: string, to: string): void;
  /** Another machine with a home of its own: the same directory, or the one that is given. */
  another(root?: string): Operator;
}

/** Waits of the program take a fiftieth of their time; `ahead`: how wrong its clock is, in ms. */
export function hurried(ahead = 0): Clock {
  return {
    now: () => Date.now() + ahead,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 50)),
  };
}

export function operatorOf(site: Site, root?: string, clock: Clock = hurried()): Operator {
  const env = { AINSTEIN_CONNECTION_SITE: JSON.stringify(site.connection) };
  const own = bench({ env, ...(root === undefined ? {} : { root }) });
  return {
    ...own,
    site,
    does: (command, paths = [], flags = {}) =>
      own.run((context, args) => command({ ...context, clock }, args), paths, { target: ["site"], ...flags }),
    change: (path, from, to) => {
      const before = own.read(path);
      if (!before.includes(from)) throw new Error(`${path} has no ${from}`);
      own.write(path, before.replace(from, to));
    },
    another: (other) => operatorOf(site, other ?? own.root, clock),
  };
}

/** The exit code of the program, also where the command ended with a fault. */
export const exitCodeOf = (ran: Ran): number => (ran.fault === undefined ? ran.exit : exitOf(ran.fault.kind));

export const stepsOf = (ran: Ran) =>
  (ran.plan?.steps ?? []).map(({ action, path, changed }) => [action, path, ...changed].join(" "));

export function post(front: string, ...paragraphs: readonly string[]): string {
  return `---\n${front}\n---\n\n${paragraphs.join("\n\n")}\n`;
}

/** A picture of its own for each number: a PNG may be followed by anything. */
export function picture(n: number): Uint8Array {
  const pixel =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  return Buffer.concat([Buffer.from(pixel, "base64"), Buffer.from([n >> 8, n & 255])]);
}

export function commitAll(operator: Bench, what: string): void {
  operator.git("init", "-q");
  operator.git("add", "-A");
  operator.git("commit", "-qm", what, "--allow-empty");
}

/** The run did all of its work. */
export function expectDone(ran: Ran): void {
  expect(ran.fault).toBeUndefined();
  expect(ran.results.filter(({ status }) => status !== "ok" && status !== "skipped")).toEqual([]);
  expect(ran.exit).toBe(0);
}

/** Nothing is sent, nothing is made, nothing is left to ask. */
export function expectIdle(ran: Ran): void {
  expect(ran.fault).toBeUndefined();
  expect(ran.summary).toMatchObject({
    created: 0,
    updated: 0,
    deleted: 0,
    writes: 0,
    conflicts: 0,
    failed: 0,
  });
  expect(ran.exit).toBe(0);
}

export interface Suffered {
  /** What the test needs; a platform without it is left out, and the reason is printed. */
  readonly needs?: readonly Ability[];
  readonly timeout?: number;
  readonly timezone?: string;
}

/** A site of its own, for as long as the work takes. */
export async function onASite(
  platform: Platform,
  work: (operator: Operator) => Promise<void>,
  timezone?: string,
): Promise<void> {
  const site = await platform.start(timezone);
  try {
    await work(operatorOf(site));
  } finally {
    await site.stop();
  }
}

/** One pain as a test on each platform. */
export function onEachPlatform(
  pain: string,
  { needs = [], timeout = 30_000, timezone }: Suffered,
  test: (operator: Operator, platform: Platform) => Promise<void>,
): void {
  describe(pain, () => {
    for (const platform of PLATFORMS) {
      it(
        platform.name,
        async (context) => {
          const lacks = needs.flatMap((need) => platform.without[need] ?? []);
          if (lacks.length > 0) context.skip(`${platform.name}: ${lacks.join("; ")}`);
          await onASite(platform, (operator) => test(operator, platform), timezone);
        },
        timeout * seeds(1),
      );
    }
  });
}
