// Whether what this installation is to do by itself fits what is there.
import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { environmentNames } from "../../auth/environment.ts";
import { CONFIG_FILE, LOCK_FILE } from "../../content/config.ts";
import type { Finding } from "../../report/findings.ts";
import { listConnections } from "../../store/connections.ts";
import { HOME_CONFIG, type HomeConfig, loadHomeConfig } from "../home-config.ts";
import { note, trouble, well } from "./checks.ts";
import { type Machine, storeOf } from "./subject.ts";

/** Throws what is wrong with the file itself, with its place. */
export function homeSettings({ context }: Machine): readonly Finding[] {
  const file = join(context.home, HOME_CONFIG);
  if (!existsSync(file)) return [note("settings", `there is no ${HOME_CONFIG}: nothing is done by itself`)];
  const config = loadHomeConfig(context);
  const store = storeOf(context);
  const stored = store === undefined ? [] : listConnections(store).map(({ name }) => name);
  const names = [...stored, ...environmentNames(context.env)];
  const found = [
    ...unknown(file, config, names),
    ...noRoots(file, config),
    ...noCommands(file, config, context),
  ];
  const { webhooks, notifications } = config;
  const words = `${Object.keys(webhooks).length} rules for webhooks, ${notifications.length} for notifications`;
  return found.length > 0 ? found : [well("settings", `${file}: ${words}`)];
}

function unknown(file: string, { webhooks, notifications }: HomeConfig, names: readonly string[]) {
  const meant = [...Object.keys(webhooks), ...notifications.flatMap(({ connections = [] }) => connections)];
  return [...new Set(meant)]
    .filter((name) => !names.includes(name))
    .map((name) =>
      trouble("settings", "warning", {
        code: "settings-unknown-connection",
        seen: `${file} speaks of ${name}, which is not connected here.`,
        cure: "Correct the name; `ainstein-cms connections` lists what there is.",
      }),
    );
}

function noRoots(file: string, { webhooks }: HomeConfig): readonly Finding[] {
  return Object.entries(webhooks).flatMap(([name, { root }]) => {
    if (root === undefined) return [];
    if ([CONFIG_FILE, LOCK_FILE].some((own) => existsSync(join(root, own)))) return [];
    return [
      trouble("settings", "broken", {
        code: "settings-no-root",
        seen: `${file} has webhooks of ${name} pulled into ${root}, which is no content directory.`,
        means: "Such a webhook is stored, and comes to nothing.",
        cure: `Correct the path, or make it one: ainstein-cms init ${root}`,
      }),
    ];
  });
}

function noCommands(
  file: string,
  { webhooks, notifications }: HomeConfig,
  { env, home }: Pick<Machine["context"], "env" | "home">,
): readonly Finding[] {
  const rules = [
    ...Object.entries(webhooks).map(([name, { command, root }]) => {
      return { what: `webhooks of ${name}`, command, cwd: root ?? home };
    }),
    ...notifications.map(({ command }, index) => {
      return { what: `rule ${index + 1} of its notifications`, command, cwd: home };
    }),
  ];
  return rules.flatMap(({ what, command: [program] = [], cwd }) => {
    if (program === undefined || isThere(program, cwd, env.PATH ?? "")) return [];
    return [
      trouble("settings", "broken", {
        code: "settings-no-command",
        seen: `${file} has ${program} run for ${what}, which is not there.`,
        means: "Nobody is told, or nothing is done.",
        cure: "Give its whole path, or install it.",
      }),
    ];
  });
}

/** Windows adds endings to the names of programs. */
const ENDINGS = ["", ".exe", ".com"];

function isThere(program: string, cwd: string, path: string): boolean {
  const dirs = /[\\/]/.test(program) ? [cwd] : path.split(delimiter).filter((dir) => dir !== "");
  return dirs.some((dir) => ENDINGS.some((ending) => existsSync(resolve(dir, `${program}${ending}`))));
}
