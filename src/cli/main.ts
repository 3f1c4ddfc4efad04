// Entry point of the program. Answering --version loads nothing else, and the Tab key little, so both may ask often.
import { readFileSync } from "node:fs";

const manifest = new URL("../../package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
const argv = process.argv.slice(2);

if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  process.stdout.write(`${version}\n`);
} else if (!(await completed())) {
  const { run } = await import("./run.ts");
  await run(argv, version);
}

/** Whether a shell's script asked what may stand there, and could be told at once: that is due at each press of a key. */
async function completed(): Promise<boolean> {
  const [command, action, dashes, ...words] = argv;
  const byScript = process.env.AINSTEIN_JSON === "0" && dashes === "--";
  if (command !== "completion" || action !== "words" || !byScript) return false;
  const lines = (await import("./words.ts")).fixedLines(words);
  if (lines === undefined) return false;
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
  return true;
}
