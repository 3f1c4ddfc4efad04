import type { Event, Summary } from "../../src/engine/events.ts";
import { Fault } from "../../src/lib/fault.ts";
import { collectReport, type RunReport } from "../../src/report/report-model.ts";
import { plan, SUMMARY, step, stoppedClock } from "./page.ts";

/** What titles may hold: whatever an editor pastes. */
export const HOSTILE =
  `<script>alert(1)</script> "'&]]>` +
  "\u0000\u001b[2J\u202e\ud800\uffff\u2028 漢字 👩‍👩‍👧 &lt;img onerror=x&gt;";

/** A run on two sites: one held up by its limit, with every kind of result, one that stops. */
export function mixedReport(documents = 120): RunReport {
  const clock = stoppedClock();
  const collector = collectReport({
    command: "publish",
    version: "1.2.3",
    looks: false,
    now: () => clock.now(),
  });
  const tell = (event: Event): void => collector.note(event);
  const paths = Array.from({ length: documents }, (_, index) => `posts/${index}.md`);
  for (const target of ["client-shop", "client-blog"]) {
    tell({ type: "phase", target, phase: "connect" });
    const steps = paths.map((path, index) =>
      step({ action: "create", path, title: index === 1 ? HOSTILE : `Title of ${index}`, reason: "new" }),
    );
    const extra = [
      step({
        action: "conflict",
        path: "posts/both.md",
        id: "7",
        title: "Both",
        reason: "both sides changed title",
      }),
      step({ action: "skip", path: "posts/draft.md", id: "8", title: "A draft", reason: "a draft" }),
      step({ action: "update", path: "posts/late.md", id: "9", title: "Late", reason: "changed here" }),
    ];
    tell({ type: "plan", target, plan: plan([...steps, ...extra], 12) });
    tell({ type: "run", target, run: `run-of-${target}` });
  }
  const hold = { why: "the site asks for it (HTTP 429)", until: 0 };
  tell({ type: "phase", target: "client-shop", phase: "write" });
  for (let index = 0; index < documents; index++) {
    const waits = index === Math.floor(documents / 3);
    clock.pass(waits ? 12_000 : 180 + (index % 7) * 40);
    const waiting =
      index === Math.floor(documents / 3) - 1 ? { ...hold, until: clock.now() + 12_000 } : undefined;
    const state = {
      requests: index * 2,
      retries: Math.floor(index / 20),
      concurrency: 2,
      used: 0.5,
      waiting,
    };
    tell({ type: "traffic", target: "client-shop", traffic: state });
    tell({ type: "progress", target: "client-shop", phase: "write", done: index, total: documents });
  }
  const failures: Readonly<Record<number, Fault>> = {
    1: new Fault("invalid", `the title ${HOSTILE} is refused`, {
      code: "rest_invalid_param",
      hint: "give it another title",
      httpStatus: 400,
      place: { file: "posts/1.md", line: 2, column: 8, field: "title" },
    }),
    5: new Fault("forbidden", "the site does not let this user publish", { code: "rest_cannot_publish" }),
  };
  for (const [index, path] of paths.entries()) {
    const fault = failures[index];
    const url = index === 2 ? "javascript:alert(1)" : `https://shop.example/${index}/?a=1&b="2"`;
    const done = { path, id: `${index + 100}`, action: "create", status: "ok", url } as const;
    const failed = { path, id: undefined, action: "create", status: "failed" } as const;
    tell({
      type: "result",
      target: "client-shop",
      result: fault === undefined ? done : { ...failed, fault },
    });
  }
  tell({
    type: "notice",
    target: "client-shop",
    level: "warning",
    message: "2 categories were created",
    hint: "say `terms: refuse` to be asked",
  });
  const summary: Summary = {
    ...SUMMARY,
    command: "publish",
    run: "run-of-client-shop",
    target: "client-shop",
    created: documents - 2,
    updated: 0,
    failed: 2,
    requests: documents * 2,
    seconds: 47.3,
  };
  tell({ type: "summary", summary });
  const closed = new Fault("unavailable", "the site shows a challenge page to programs", {
    code: "challenge",
    hint: "ask the site's owner to let this program through; ray id 8f2b",
  });
  tell({ type: "fault", target: "client-blog", fault: closed });
  return collector.end(1, undefined);
}
