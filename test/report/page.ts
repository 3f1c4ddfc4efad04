import type { Summary } from "../../src/engine/events.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { toJsonLine } from "../../src/report/json.ts";
import type { Ui } from "../../src/report/ui.ts";
import type { Plan, Step } from "../../src/sync/plan.ts";

/** What a report printed, and the Ui it printed to. */
export interface Page {
  readonly ui: Ui;
  readonly out: string[];
  readonly notes: string[];
}

export function page(
  manner: { json?: boolean; colour?: boolean; columns?: number; terminal?: boolean } = {},
): Page {
  const out: string[] = [];
  const notes: string[] = [];
  const nobody = (): never => {
    throw new Error("a report asks nothing");
  };
  const json = manner.json ?? false;
  const ui: Ui = {
    interactive: false,
    json,
    colour: manner.colour ?? false,
    terminal: manner.terminal ?? false,
    columns: manner.columns ?? 80,
    out: (line) => void (json || out.push(line)),
    note: (line) => void notes.push(line),
    record: (value) => void (json && out.push(toJsonLine(value))),
    confirm: nobody,
    input: nobody,
    secret: nobody,
    select: nobody,
    calm: () => {},
    attend: async () => undefined,
    stdin: nobody,
  };
  return { ui, out, notes };
}

/** A clock that moves only when told. */
export function stoppedClock(): Clock & { now: () => number; pass: (ms: number) => void } {
  let now = 1_000_000;
  return {
    now: () => now,
    sleep: async () => {},
    pass: (ms) => {
      now += ms;
    },
  };
}

export function step(given: Partial<Step> & Pick<Step, "action" | "path">): Step {
  const rest: Omit<Step, "action" | "path"> = {
    locale: "",
    id: undefined,
    kind: "post",
    scope: "",
    slug: "",
    title: "",
    url: undefined,
    reason: "",
    changed: [],
    from: undefined,
    to: undefined,
    expects: { base: "", local: "", remote: "" },
  };
  return Object.assign(rest, given);
}

export function plan(steps: readonly Step[], unchanged = 0): Plan {
  return {
    v: 1,
    target: "wp",
    platform: "wordpress",
    site: "https://example.org/wp-json/",
    command: "push",
    scope: { paths: [], kinds: [], states: [], since: undefined, limit: undefined, remove: false },
    made: "2026-11-21T10:00:00Z",
    steps,
    unchanged,
  };
}

export const SUMMARY: Summary = {
  target: "wp",
  command: "push",
  run: "r1",
  created: 1,
  updated: 2,
  renamed: 0,
  deleted: 0,
  published: 0,
  pulled: 0,
  merged: 0,
  adopted: 0,
  unchanged: 5,
  skipped: 0,
  conflicts: 1,
  failed: 1,
  writes: 3,
  requests: 20,
  verified: 3,
  seconds: 1.5,
};
