import { stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { checkTree, type Problem } from "../content/check.ts";
import { findRoot, LOCK_FILE } from "../content/config.ts";
import { EXIT } from "../lib/exit.ts";
import { Fault, formatPlace } from "../lib/fault.ts";
import { printable } from "../lib/redact.ts";
import { githubAnnotations, gitlabReport } from "../report/annotations.ts";
import type { Args, Command, Context } from "./context.ts";
import { textFlag } from "./flags.ts";

/** Looks at files only: no connection, no secret, no network. Exit 2 when there are errors. */
export const check: Command = async (context, args) => {
  const { positionals } = args;
  const format = formatOf(context, args);
  const paths = positionals.map((path) => resolve(context.cwd, path));
  const [first = context.cwd, ...others] = paths;
  for (const path of paths) await mustExist(path);
  const root = await findRoot(first);
  for (const path of others) {
    if ((await findRoot(path)) === root || !relative(root, path).startsWith("..")) continue;
    throw new Fault("usage", `${path} does not lie in ${root}`, {
      hint: "Check one content directory at a time.",
    });
  }
  const selected = paths.map((path) => relative(root, path).split(sep).join("/"));
  const lockfile = context.env.AINSTEIN_LOCKFILE;
  const { documents, problems } = await checkTree(root, {
    lockfile: lockfile === undefined || lockfile === "" ? join(root, LOCK_FILE) : resolve(root, lockfile),
    wanted: (path) =>
      selected.length === 0 ||
      selected.some((chosen) => chosen === "" || path === chosen || path.startsWith(`${chosen}/`)),
    signal: context.signal,
  });
  if (format === "text") for (const problem of problems) report(context, root, problem);
  else for (const line of annotationLines(context, root, problems, format)) context.ui.out(line);
  const errors = problems.filter((problem) => problem.level === "error").length;
  const warnings = problems.length - errors;
  context.ui.record({ type: "summary", target: null, command: "check", documents, errors, warnings });
  context.ui.note(
    `${count(documents, "document")} checked: ${errors === 0 ? "no errors" : count(errors, "error")}, ${count(warnings, "warning")}`,
  );
  return errors === 0 ? EXIT.done : EXIT.usage;
};

type Format = "text" | "github" | "gitlab";

function formatOf({ ui }: Context, args: Args): Format {
  const format = textFlag(args, "format");
  if (format !== "github" && format !== "gitlab") return "text";
  if (!ui.json) return format;
  throw new Fault("usage", `--json and --format ${format} cannot be had together`, {
    hint: "leave one of them out",
  });
}

function annotationLines(
  { cwd }: Context,
  root: string,
  problems: readonly Problem[],
  format: "github" | "gitlab",
): readonly string[] {
  const annotations = problems.map(({ level, fault }) => {
    const file = fault.place?.file;
    const path = file === undefined ? "" : relative(cwd, join(root, file)).split(sep).join("/");
    return { level, path, fault };
  });
  return format === "github" ? githubAnnotations(annotations) : [gitlabReport(annotations)];
}

function report(context: Context, root: string, { level, fault }: Problem): void {
  const { ui } = context;
  const { place, message, code, hint } = fault;
  if (ui.json) {
    const { file: path, line, column, field } = place ?? {};
    ui.record({ type: "problem", target: null, level, path, line, column, field, code, message, hint });
    return;
  }
  const shown =
    place === undefined
      ? ""
      : `${formatPlace({ ...place, file: relative(context.cwd, join(root, place.file)) })} `;
  const cure = hint === undefined ? "" : `. ${hint.charAt(0).toUpperCase()}${hint.slice(1)}`;
  ui.out(printable(`${shown}${level}: ${message}${cure}`));
}

async function mustExist(path: string): Promise<void> {
  try {
    await stat(path);
  } catch (cause) {
    throw new Fault("usage", `${path} does not exist`, { code: "path", cause });
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
