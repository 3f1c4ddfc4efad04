import { createRequire } from "node:module";
import { release } from "node:os";
import { gitVersion } from "../content/git.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * What a report of a defect needs to know of the machine, by name. Neither paths nor names of users, hosts, sites or
 * connections, nor any value of a variable.
 */
export async function versionDetails(version: string, env: Variables): Promise<ReadonlyMap<string, string>> {
  const { platform, arch, versions, stdout, stdin } = process;
  const { locale, timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return new Map([
    ["ainstein-cms", version],
    ["node", versions.node],
    ["system", `${platform} ${arch} ${release()}`],
    ["database driver", packageVersion("better-sqlite3")],
    ["keychain driver", packageVersion("keytar")],
    ["image library", packageVersion("sharp")],
    ["git", (await gitVersion(process.cwd(), env)) ?? "none"],
    ["terminal", `${stdin.isTTY === true ? "in" : "no in"}, ${stdout.isTTY === true ? "out" : "no out"}`],
    ["CI", (env.CI ?? "") === "" ? "no" : "yes"],
    ["locale", `${locale}, ${timeZone}`],
    ["variables", variableNames(env)],
  ]);
}

/** "none" for an optional package that is not installed. */
function packageVersion(name: string): string {
  try {
    const manifest: unknown = createRequire(import.meta.url)(`${name}/package.json`);
    return String((manifest as { version?: string }).version);
  } catch {
    return "none";
  }
}

/** Those that change what the program does; of connections their number, as their names are clients'. */
function variableNames(env: Variables): string {
  const set = Object.keys(env).filter((name) => (env[name] ?? "") !== "");
  const isConnection = (name: string): boolean => name.startsWith("AINSTEIN_CONNECTION_");
  const own = set.filter((name) => name.startsWith("AINSTEIN_") && !isConnection(name));
  const others = set.filter((name) =>
    /^(?:https?_proxy|no_proxy|no_color|force_color|node_options)$/i.test(name),
  );
  const connections = set.filter(isConnection).length;
  const counted = connections === 0 ? [] : [`${connections} × AINSTEIN_CONNECTION_…`];
  return [...own.sort(), ...counted, ...others.sort()].join(", ") || "none";
}
