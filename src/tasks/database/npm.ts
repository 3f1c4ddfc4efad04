// Packages of what was made, as its lockfile pins them.
import { type Env, type Ran, runTethered } from "./programs.ts";

const WORDS = [
  ...["npm", "ci", "--engine-strict", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"],
  // Two tries more, soon: who waits here is better told.
  ...["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000", "--fetch-timeout=60000"],
];

/** Nothing of them is run. Where it fails, `output` says why in a sentence or two, and what helps. */
export async function npmCi(dir: string, env: Env, signal: AbortSignal | undefined): Promise<Ran> {
  const ran = await runTethered(WORDS, { env, cwd: dir, signal });
  return ran.code === 0 ? ran : { ...ran, output: whyNot(ran) };
}

const NO_PROGRAM = 127;

/** npm's codes of a registry that did not answer, or not as one does. */
const AWAY =
  /^(?:E[A-Z_]*(?:CONN|NOTFOUND|TIMEDOUT|TIMEOUT|AGAIN|UNREACH)[A-Z_]*|E[45]\d\d|.*CERT.*|FETCH_ERROR)$/;

function whyNot({ code, output }: Ran): string {
  if (code === NO_PROGRAM) return "npm is not here. It comes with Node: put both on the PATH.";
  const lines = output.split("\n").flatMap((line) => /^npm (?:error|ERR!) (.+)$/.exec(line)?.[1] ?? []);
  const known = lines.flatMap((line) => /^code (\S+)$/.exec(line)?.[1] ?? [])[0];
  const said = lines.filter((line) => !/^(?:code |errno |syscall |at |A complete log|\s)/.test(line));
  const why = said.length === 0 ? output.trim().slice(-300) : said.slice(0, 3).join(" ");
  const told = known === undefined || why.startsWith(known) ? why : `${known}: ${why}`;
  if (known === "ENOSPC") return `${told} Make room on that disk.`;
  if (known === undefined || !AWAY.test(known)) return told;
  return `${known}: ${(said[0] ?? "no answer").replace(/^network /, "")}. npm has to reach its registry: see to the network, or to npm's own settings (npm config list).`;
}
