// `task run`: all tasks of the files, each once those it waits for are completed.
import { join } from "node:path";
import { EXIT, type ExitCode, worstExit } from "../../lib/exit.ts";
import { Fault } from "../../lib/fault.ts";
import { inOrder } from "../../tasks/graph.ts";
import { readManifest } from "../../tasks/output.ts";
import type { ReadTask } from "../../tasks/read.ts";
import type { Command, Context } from "../context.ts";
import { listFlag, switchFlag } from "../flags.ts";
import { type Carried, carryTask, leaveTask } from "./carry.ts";
import { isId, type Order, orderOf, outOf, REFUSED, understand } from "./order.ts";
import { tellPlan } from "./plan.ts";
import { tellAnswer, tellSummary } from "./tell.ts";

/** Each may start a database and a service, so the machine's memory is the limit. */
const AT_ONCE = 3;

export const run: Command = async (context, args) => {
  const order = orderOf(context, args);
  if (!switchFlag(args, "plan")) return carryOut(context, order);
  const understood = await understand(context, order);
  return understood === undefined ? REFUSED : tellPlan(context, order, understood);
};

/** The task that the output knows, from the file it was read from, whatever its last answer was. */
export const retry: Command = async (context, args) => {
  const [id] = args.positionals;
  const out = outOf(context, args);
  const manifest = id === undefined || !isId(id) ? undefined : await readManifest(join(out, id));
  if (id === undefined || manifest === undefined) {
    throw new Fault("usage", id === undefined ? "Which task?" : `${out} has no task ${id}.`, {
      code: "task.unknown",
      hint: "See what there is: ainstein-cms task list",
    });
  }
  return carryOut(context, {
    paths: [manifest.source],
    out,
    only: [id],
    assumed: [...manifest.assumed, ...listFlag(args, "assume")],
    apply: switchFlag(args, "apply"),
    yes: switchFlag(args, "yes"),
    quiet: switchFlag(args, "quiet"),
    anew: true,
  });
};

/** Everything of an order, with its answers told. Throws what ends all tasks. */
export async function carryOut(context: Context, order: Order): Promise<ExitCode> {
  const understood = await understand(context, order);
  if (understood === undefined) return REFUSED;
  const done: Carried[] = [];
  const ended = (carried: Carried): Carried => {
    done.push(carried);
    tellAnswer(context, carried, order.quiet);
    return carried;
  };
  const work = async (one: ReadTask) => {
    const { answer } = ended(await carryTask(context, order, one));
    return answer.status === "completed" ? "completed" : "other";
  };
  const skip = async (one: ReadTask, because: string) => {
    ended(await leaveTask(context, order, one, because));
  };
  await inOrder(understood.graph, AT_ONCE, work, skip);
  tellSummary(context, order, done);
  return worstExit(done.map(exitOfTask));
}

function exitOfTask({ answer }: Carried): ExitCode {
  if (answer.reason?.code === "defect") return EXIT.defect;
  return answer.status === "completed" ? EXIT.done : EXIT.failed;
}
