import { EXIT, type ExitCode } from "../lib/exit.ts";
import {
  type Finding,
  type FindingState,
  findingLines,
  skippedLine,
  verdictWords,
} from "../report/findings.ts";
import type { Command, Context } from "./context.ts";
import { lookAt } from "./doctor/checks.ts";
import { MACHINE_CHECKS } from "./doctor/machine.ts";
import { openPatient } from "./doctor/patient.ts";
import { REACH_CHECKS } from "./doctor/reach.ts";
import { SITE_CHECKS } from "./doctor/site.ts";
import { switchFlag } from "./flags.ts";

/** Without a name it looks at this machine, else at that connection. Changes nothing, except with `--fix` what is ours. */
export const doctor: Command = async (context, args) => {
  const [name] = args.positionals;
  const fix = switchFlag(args, "fix");
  const patient = name === undefined ? undefined : openPatient({ context, fix }, name);
  const quiet = switchFlag(args, "quiet");
  const listener = { tell: teller(context, name, quiet), signal: context.signal };
  const findings =
    patient === undefined
      ? await lookAt(MACHINE_CHECKS, { context, fix }, listener)
      : await lookAt([...REACH_CHECKS, ...SITE_CHECKS], patient, listener);
  return conclude(context, name, findings);
};

/** For a person, what was skipped is one line at the end; with `--quiet` only what is not well is told. */
function teller({ ui }: Context, name: string | undefined, quiet: boolean): (finding: Finding) => void {
  const untold: readonly FindingState[] = quiet ? ["skipped", "ok", "note"] : ["skipped"];
  ui.out(name ?? "this machine");
  return (finding) => {
    ui.record({ type: "finding", target: name ?? null, ...finding });
    if (untold.includes(finding.state)) return;
    for (const line of findingLines(finding, ui)) ui.out(line);
  };
}

function conclude({ ui }: Context, name: string | undefined, findings: readonly Finding[]): ExitCode {
  const skipped = findings.filter(({ state }) => state === "skipped").map(({ check }) => check);
  if (skipped.length > 0) ui.out(skippedLine(skipped, ui));
  const count = (state: Finding["state"]): number => findings.filter((one) => one.state === state).length;
  ui.record({
    type: "doctor",
    target: name ?? null,
    ok: count("broken") === 0,
    broken: count("broken"),
    warnings: count("warning"),
    mended: count("mended"),
  });
  ui.out(`${name ?? "this machine"}: ${verdictWords(findings)}`);
  return count("broken") === 0 ? EXIT.done : EXIT.failed;
}
