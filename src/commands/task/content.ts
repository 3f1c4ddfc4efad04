// `publish`, `pull` and `sync` as tasks: the commands of these names, and what they read back from the sites.
import { resolve } from "node:path";
import type { DocumentResult, Event, Summary } from "../../engine/events.ts";
import { EXIT, type ExitCode } from "../../lib/exit.ts";
import { Fault } from "../../lib/fault.ts";
import type { ProbeResult } from "../../tasks/answer.ts";
import type { ReadTask } from "../../tasks/read.ts";
import type { TaskOf } from "../../tasks/schema.ts";
import { NOTHING_MADE, type Proven } from "../../tasks/settle.ts";
import type { Args, Command, Context } from "../context.ts";
import type { Carrier, Scene } from "./carrier.ts";

type ContentTask = TaskOf<"publish"> | TaskOf<"pull"> | TaskOf<"sync">;

const COMMANDS: Readonly<Record<ContentTask["task_type"], () => Promise<Command>>> = {
  publish: async () => (await import("../publish.ts")).publish,
  pull: async () => (await import("../pull.ts")).pull,
  sync: async () => (await import("../sync.ts")).sync,
};

export const contentCarrier: Carrier = {
  always: true,
  make: async (one) => ({ ...NOTHING_MADE, effects: [effectOf(contentTask(one))] }),
  async prove(one, scene) {
    const task = contentTask(one);
    const heard: Heard = { summaries: [], troubles: [], notices: [] };
    const command = await COMMANDS[task.task_type]();
    const exit = await command(listening(scene, task, heard), argsOf(task, scene));
    return provenBy(task, heard, exit);
  },
};

function contentTask({ task }: ReadTask): ContentTask {
  if (task.task_type === "publish" || task.task_type === "pull" || task.task_type === "sync") return task;
  throw new Fault("defect", `${task.task_type} is not about content`);
}

function effectOf({ task_type, specifications: { content } }: ContentTask): string {
  const names = typeof content.target === "string" ? [content.target] : content.target;
  const what = content.paths?.join(", ") ?? content.root;
  return `carries out ${task_type} of ${what} with ${names.join(", ")}`;
}

interface Heard {
  readonly summaries: Summary[];
  readonly troubles: string[];
  readonly notices: string[];
}

/** In the task's root, with nothing on standard output: that belongs to the answers. */
function listening({ context, base }: Scene, task: ContentTask, heard: Heard): Context {
  const { emit, ui } = context;
  return {
    ...context,
    cwd: resolve(base, task.specifications.content.root),
    ui: { ...ui, out: () => {}, record: () => {} },
    emit: (event) => {
      hear(heard, event);
      // Results and summaries of documents are the answer's to tell.
      if (event.type === "progress" || event.type === "phase" || event.type === "traffic") emit(event);
      const ended = endedBy(event);
      if (ended !== null) emit({ type: "ended", target: ended });
    },
  };
}

/** The target of which nothing more comes. */
function endedBy(event: Event): string | null {
  if (event.type === "summary") return event.summary.target;
  return event.type === "fault" ? (event.target ?? null) : null;
}

function hear({ summaries, troubles, notices }: Heard, event: Event): void {
  if (event.type === "summary" && event.summary.target !== null) summaries.push(event.summary);
  if (event.type === "notice" && event.level === "warning") notices.push(event.message);
  if (event.type === "fault") troubles.push(`${event.fault.message} (${event.fault.code})`);
  if (event.type === "result" && event.result.status !== "ok") {
    const said = troubleOf(event.result);
    if (said !== undefined) troubles.push(said);
  }
}

function troubleOf({ path, status, fault, reason }: DocumentResult): string | undefined {
  if (status === "skipped") return undefined;
  return `${path}: ${fault?.message ?? reason ?? status}`;
}

function argsOf({ specifications: { content } }: ContentTask, { yes }: Scene): Args {
  const target = typeof content.target === "string" ? [content.target] : content.target;
  return { positionals: content.paths ?? [], flags: { target, ...(yes ? { yes } : {}) } };
}

function provenBy({ task_type }: ContentTask, heard: Heard, exit: ExitCode): Proven {
  const { summaries, troubles, notices } = heard;
  const proofs = summaries.flatMap((summary) => summaryProofs(task_type, summary));
  const shown = troubles.slice(0, 20);
  const ended: ProbeResult = {
    name: `${task_type} ends with 0`,
    about: "content",
    expected: "exit code 0",
    seen: [`exit code ${exit}`, ...shown].join("; "),
    result: exit === EXIT.done ? "passed" : "failed",
  };
  const nextSteps = summaries.flatMap(({ conflicts, target }) =>
    conflicts > 0
      ? [`ainstein-cms resolve --target ${target}: ${conflicts} conflicts wait for a decision`]
      : [],
  );
  return { proofs: [...proofs, ended], output: {}, warnings: [...new Set(notices)], nextSteps };
}

function summaryProofs(command: string, summary: Summary): readonly ProbeResult[] {
  const { target, created, updated, published, pulled, merged, unchanged, failed, conflicts, verified } =
    summary;
  const seen = `${created} created, ${updated} updated, ${published} published, ${pulled} pulled, ${merged} merged, ${unchanged} unchanged`;
  return [
    {
      name: `${command} ${target}: every document is as it should be`,
      about: "content",
      expected: "0 failed, 0 conflicts",
      seen: `${failed} failed, ${conflicts} conflicts: ${seen}`,
      result: failed + conflicts === 0 ? "passed" : "failed",
    },
    ...(created + updated + published === 0
      ? []
      : [
          {
            name: `${command} ${target}: what was written was read back`,
            about: "content",
            expected: `at least ${Math.max(created + updated, published)} read back`,
            seen: `${verified} read back`,
            result:
              verified >= Math.max(created + updated, published) ? ("passed" as const) : ("failed" as const),
          },
        ]),
  ];
}
