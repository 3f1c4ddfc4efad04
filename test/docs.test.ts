import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { GLOBAL_FLAGS } from "../src/cli/flags.ts";
import { COMMANDS, EXIT_MEANINGS } from "../src/cli/table.ts";
import { manifests } from "../src/connectors/registry.ts";
import { EXIT } from "../src/lib/exit.ts";
import { anchorsOf } from "./headings.ts";

const root = path.resolve(import.meta.dirname, "..");
const pages = [
  "README.md",
  "CHANGELOG.md",
  ...readdirSync(path.join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

function read(page: string): string {
  return readFileSync(path.join(root, page), "utf8");
}

/** Targets of links outside fenced code. */
function links(text: string): readonly string[] {
  const prose = text.replace(/^( *)```[\s\S]*?^\1```/gm, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
}

/** Command lines of the program in fenced code, continuation lines joined, comments removed. */
function commandLines(text: string): readonly string[] {
  const fences = [...text.matchAll(/^ *```(?:sh|yaml)\n([\s\S]*?)^ *```/gm)].map((match) => match[1] ?? "");
  return fences
    .join("\n")
    .replace(/\\\n\s*/g, " ")
    .split("\n")
    .map((line) => line.replace(/#.*$/, ""))
    .flatMap((line) => line.match(/(?<=^\s*|npx --yes |\$ )ainstein-cms .*/g) ?? []);
}

describe.each(pages)("%s", (page) => {
  it("links only to what is there", () => {
    const broken = links(read(page)).filter((target) => {
      if (/^[a-z]+:/.test(target)) return false;
      const [file = "", fragment] = target.split("#");
      const found = file === "" ? page : path.join(path.dirname(page), file);
      if (!existsSync(path.join(root, found))) return true;
      if (fragment === undefined) return false;
      return !anchorsOf(read(found)).includes(fragment);
    });
    expect(broken).toEqual([]);
  });

  it("shows only commands and flags that there are", () => {
    const wrong = commandLines(read(page)).filter((line) => {
      const words = line.split(/\s+/).slice(1);
      const flags = words.filter((word) => word.startsWith("--")).map((word) => word.slice(2));
      if (words[0] === "--version" || words[0] === "--help") return false;
      const command = COMMANDS.find((entry) => entry.name === words[0]);
      if (command === undefined) return true;
      const action = command.actions?.find((one) => one.name === words[1]);
      const known = [...command.flags, ...(action?.flags ?? []), ...GLOBAL_FLAGS].map((flag) => flag.name);
      return (
        (command.actions !== undefined && command.positionals.length === 0 && action === undefined) ||
        flags.some((flag) => !known.includes(flag))
      );
    });
    expect(wrong).toEqual([]);
  });
});

/** What is new to whoever knows the commands for content alone. Other errors carry their whole story with them. */
const OF_OPERATION =
  /^(?:webhooks|notifications|audit|archive)\.|^(?:home-config|receiver-refused|bad-export)$/;

it("troubleshooting has every error of webhooks, notifications, the record and archives", () => {
  const sources = readdirSync(path.join(root, "src"), { recursive: true, encoding: "utf8" });
  const codes = sources
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => [...read(`src/${name}`).matchAll(/\bcode: "([^"]+)"/g)].map((match) => match[1] ?? ""))
    .filter((code) => OF_OPERATION.test(code));
  expect(codes).toContain("webhooks.no-secret");
  const page = read("docs/troubleshooting.md");
  expect(codes.filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
});

it("finds the commands in the pages at all", () => {
  expect(commandLines(read("README.md")).length).toBeGreaterThan(10);
  expect(commandLines(read("docs/ci.md")).length).toBeGreaterThan(4);
});

it("README gives the exit codes as the program has them", () => {
  const rows = [...read("README.md").matchAll(/^\| +(\d+) \| (.*?) \|$/gm)].map((match) => [
    Number(match[1]),
    match[2]?.replaceAll("`", ""),
  ]);
  expect(rows).toEqual(Object.values(EXIT).map((code) => [code, EXIT_MEANINGS[code]]));
});

it.each(manifests.map(({ id, title }) => [title, id] as const))(
  "%s has a page, and README leads to it",
  (_, id) => {
    const page = `docs/platforms/${id}.md`;
    expect(pages).toContain(page);
    expect(links(read("README.md"))).toContain(page);
    expect(read(page)).toContain(`ainstein-cms connect ${id}`);
  },
);

it("README lists every command, in the order of the program's help", () => {
  const section = read("README.md").split("\n## Commands\n")[1]?.split("\n## ")[0] ?? "";
  const names = [...section.matchAll(/^\| `([a-z]+)/gm)].map((match) => match[1]);
  expect(names).toEqual(COMMANDS.map(({ name }) => name));
});
