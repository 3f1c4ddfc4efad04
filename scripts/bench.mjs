// npm run bench                  all figures of this machine, as JSON lines
// npm run bench -- start-up      some of them
// npm run bench -- --write       kept in docs/performance.md: all of them, or those that are named
// Ends with 1 where a promised limit is passed or something could not be measured, be it for the noise of the machine.
import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { run } from "./commands.mjs";
import { ensureModules, ensureNode, root } from "./setup.mjs";

const PAGE = path.join(root, "docs/performance.md");

function distribution() {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? os.type();
  } catch {
    return `${os.type()} ${os.release()}`;
  }
}

function environment() {
  const cpus = os.cpus();
  return [
    `Node ${process.versions.node}`,
    distribution(),
    `${cpus.length} × ${cpus[0]?.model.trim() ?? os.arch()}`,
    `${Math.round(os.totalmem() / 2 ** 30)} GB of memory`,
    `load ${os.loadavg()[0].toFixed(1)} at the start`,
  ].join(", ");
}

const titleOf = (name) => `## ${name[0].toUpperCase()}${name.slice(1)}`;

function section({ name, method, figures }, where) {
  const rows = Object.entries(figures).map(([what, value]) => `| ${what} | ${value} |`);
  return [
    titleOf(name),
    "",
    `${method[0].toUpperCase()}${method.slice(1)}.`,
    "",
    "| figure | value |",
    "| --- | ---: |",
    ...rows,
    "",
    `Measured ${new Date().toISOString().slice(0, 10)} with ${where}.`,
  ].join("\n");
}

const HEAD = `# Performance

Written by \`npm run bench -- --write\`; \`npm run bench\` only prints. Figures of one machine: compare them with others of the
same machine.`;

/** What was measured now, and what the page has of the others. */
function page(results, where, before) {
  const kept = new Map(before.split(/\n(?=## )/).map((text) => [text.split("\n")[0], text.trim()]));
  for (const result of results) kept.set(titleOf(result.name), section(result, where));
  const sections = Object.keys(CASES).flatMap((name) => kept.get(titleOf(name)) ?? []);
  return `${[HEAD, ...sections].join("\n\n")}\n`;
}

ensureNode();
await ensureModules();
if (run(process.execPath, [path.join(root, "scripts/build.mjs")]) !== 0) process.exit(2);
const { CASES } = await import("./bench-cases.mjs");
const args = process.argv.slice(2);
const write = args.includes("--write");
const named = args.filter((arg) => arg !== "--write");
const unknown = named.filter((name) => CASES[name] === undefined);
if (unknown.length > 0) {
  console.error(`usage: npm run bench -- [--write] [${Object.keys(CASES).join(" | ")} …]`);
  process.exit(2);
}
const names = named.length > 0 ? named : Object.keys(CASES);
const where = environment();
const results = [];
for (const name of names) {
  const result = await CASES[name]().catch((error) => console.error(`${name}: ${error.stack}`));
  if (result === undefined) continue;
  results.push({ name, ...result });
  console.log(JSON.stringify({ case: name, ...result, environment: where }));
}
const complete = results.length === names.length && results.every(({ noisy }) => noisy === undefined);
if (write && complete) writeFileSync(PAGE, page(results, where, readFileSync(PAGE, "utf8")));
else if (write) console.error(`${PAGE} stays as it was: not everything could be measured.`);
if (!complete || results.some((result) => !result.ok)) process.exitCode = 1;
