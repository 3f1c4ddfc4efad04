import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { readEnvironmentConnection } from "../auth/environment.ts";
import { findPlatform } from "../connectors/registry.ts";
import { CONFIG_FILE, LOCK_FILE } from "../content/config.ts";
import { type Proposal, proposalText, proposeConfig } from "../content/propose.ts";
import { writeFileAtomic } from "../content/tree.ts";
import { EXIT } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import { printable } from "../lib/redact.ts";
import { getConnection } from "../store/connections.ts";
import { DATABASE } from "../store/db.ts";
import type { Command, Context } from "./context.ts";

const ATTRIBUTES = ".gitattributes";
const MERGE_LINE = `${LOCK_FILE} merge=union`;

/** Looks at what is there, proposes an `ainstein.yaml`, and writes it with the line for git. Flags: target, yes, force, dryRun. */
export const init: Command = async (context, { positionals, flags }) => {
  const { ui } = context;
  const root = resolve(context.cwd, positionals[0] ?? ".");
  await mustBeDirectory(root);
  const shown = printable(relative(context.cwd, join(root, CONFIG_FILE)));
  const exists = await stat(join(root, CONFIG_FILE)).then(
    () => true,
    () => false,
  );
  const dryRun = flags.dryRun === true;
  if (exists && !dryRun && flags.force !== true) await mayReplace(context, shown);
  const targets = targetsOf(flags.target);
  const proposal = inWordsOf(platformsOf(context, targets), await proposeConfig(root));
  const text = proposalText(proposal, targets);
  tell(context, proposal);
  if (ui.json) record(context, proposal, !dryRun);
  else if (dryRun || ui.interactive) for (const line of text.trimEnd().split("\n")) ui.out(printable(line));
  if (dryRun) return EXIT.done;
  if (flags.yes !== true && !(await ui.confirm(`Write ${shown}?`, "--yes"))) return EXIT.usage;
  await writeFileAtomic(root, CONFIG_FILE, Buffer.from(text, "utf8"));
  ui.note(`Wrote ${shown}`);
  if (await addMergeLine(root))
    ui.note(`Added "${MERGE_LINE}" to ${ATTRIBUTES}, so that git merges the lockfile by itself`);
  ui.note("Next: `ainstein-cms check` looks for mistakes, `ainstein-cms connect` adds a site.");
  return EXIT.done;
};

async function mustBeDirectory(root: string): Promise<void> {
  const found = await stat(root).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new Fault("usage", `${root} is not a directory`, { code: "path" });
}

async function mayReplace(context: Context, shown: string): Promise<void> {
  const refused = new Fault("usage", `${shown} is there already`, {
    code: "config-exists",
    hint: "`ainstein-cms init --force` replaces it; `--dry-run` shows what it would say.",
  });
  if (!context.ui.interactive) throw refused;
  if (!(await context.ui.confirm(`Replace ${shown}?`, "--force"))) throw refused;
}

function targetsOf(target: unknown): readonly string[] {
  const names = Array.isArray(target) ? target : [target];
  return names.filter((name) => typeof name === "string");
}

/** Of the targets that are connected. */
function platformsOf(context: Context, targets: readonly string[]): readonly string[] {
  const isThere = existsSync(join(context.home, DATABASE));
  return targets.flatMap((name) => {
    const given = readEnvironmentConnection(context.env, name, context.cwd);
    const stored = given === undefined && isThere ? getConnection(context.store(), name) : undefined;
    return (given ?? stored)?.platform ?? [];
  });
}

/** With what all these platforms call a post. */
function inWordsOf(platforms: readonly string[], proposal: Proposal): Proposal {
  const [post, other] = new Set(platforms.map((id) => findPlatform(id).manifest.defaultKind));
  if (post === undefined || other !== undefined) return proposal;
  const rules = proposal.rules.map((rule) => (rule.kind === "post" ? { ...rule, kind: post } : rule));
  return { ...proposal, rules };
}

function tell(context: Context, proposal: Proposal): void {
  const { generator, documents, unread } = proposal;
  const made =
    generator === "plain" ? "" : `, laid out for ${generator[0]?.toUpperCase()}${generator.slice(1)}`;
  context.ui.note(`Found ${documents} document${documents === 1 ? "" : "s"}${made}.`);
  if (unread > 0) {
    const files = unread === 1 ? "1 file" : `${unread} files`;
    context.ui.note(`${files} could not be read; \`ainstein-cms check\` says why.`);
  }
}

function record(context: Context, proposal: Proposal, written: boolean): void {
  const { generator, documents, unread, rules, fields, unknown } = proposal;
  context.ui.record({
    type: "init",
    target: null,
    written,
    generator,
    documents,
    unread,
    content: rules,
    fields,
    unknown,
  });
}

/** True when the line was not there. */
async function addMergeLine(root: string): Promise<boolean> {
  const before = await readFile(join(root, ATTRIBUTES), "utf8").catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT") return "";
    throw thrown;
  });
  if (before.split(/\r?\n/).some((line) => line.trim().split(/\s+/).join(" ") === MERGE_LINE)) return false;
  const newline = before.includes("\r\n") ? "\r\n" : "\n";
  const gap = before === "" || before.endsWith("\n") ? "" : newline;
  await writeFileAtomic(root, ATTRIBUTES, Buffer.from(`${before}${gap}${MERGE_LINE}${newline}`, "utf8"));
  return true;
}
