// A program made of the real terminal, reporter and signals, playing the scene named by its first argument.
import { interruption } from "../../src/cli/signals.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { asFault } from "../../src/lib/fault.ts";
import { createReporter } from "../../src/report/reporter.ts";

const [scene = "", ...flags] = process.argv.slice(2);
const { signal } = interruption(() => process.stderr.write("Finishing the step in flight\n"));
const manner = {
  json: flags.includes("--json"),
  noInput: flags.includes("--no-input"),
  noColor: flags.includes("--no-color"),
};
const { ui, live } = createTerminal(process, manner, process.env, signal);
const { emit, end } = createReporter(ui, systemClock, {
  command: "push",
  quiet: false,
  verbose: false,
  looks: false,
  paths: [],
  live,
});

const scenes: Record<string, () => Promise<void>> = {
  prompts: async () => {
    emit({ type: "phase", target: "wp", phase: "connect" });
    await systemClock.sleep(300);
    ui.out(`name=${await ui.input("Name of the connection", "--name <name>", "wp")}`);
    ui.out(`secret=${(await ui.secret("Password", "--password-stdin")).length}`);
    const choices = [
      { value: "draft", name: "Draft" },
      { value: "live", name: "Live" },
    ] as const;
    ui.out(`state=${await ui.select("State", choices, "--status <state>")}`);
    ui.out(`sure=${await ui.confirm("Go on?", "--yes")}`);
  },
  progress: async () => {
    for (let done = 0; done <= 40; done++) {
      const waiting = { why: "HTTP 429", until: systemClock.now() + 3000 };
      const state = { requests: done, retries: 1, concurrency: 2, used: 0.5, waiting };
      emit({ type: "traffic", target: "日本語", traffic: state });
      emit({ type: "progress", target: "日本語", phase: "write", done, total: 40 });
      if (done === 20) emit({ type: "notice", level: "warning", message: "half of it is done" });
      await systemClock.sleep(40);
    }
  },
  long: async () => {
    emit({ type: "phase", target: "wp", phase: "write" });
    ui.note("begun");
    await systemClock.sleep(60_000, flags.includes("--obey") ? signal : undefined);
  },
};

try {
  await scenes[scene]?.();
} catch (thrown) {
  const fault = asFault(thrown);
  ui.note(`fault ${fault.kind}: ${fault.message} / ${fault.hint}`);
  process.exitCode = 9;
}
end();
process.exit();
