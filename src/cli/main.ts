// Entry point of the program. Answering --version loads nothing else, so scripts may ask as often as they like.
import { readFileSync } from "node:fs";

const manifest = new URL("../../package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
const argv = process.argv.slice(2);

if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  process.stdout.write(`${version}\n`);
} else {
  const { run } = await import("./run.ts");
  await run(argv, version);
}
