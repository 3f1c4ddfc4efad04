import { readFileSync } from "node:fs";
import { Fault } from "../lib/fault.ts";
import { pageLines } from "../report/page.ts";
import type { Topic } from "./topics.ts";

/** The package, seen from src/cli as from the bundle. */
const PACKAGE = new URL("../../", import.meta.url);

/** What the documentation that came with the program says of it. */
export function topicText({ name, page, section }: Topic, columns: number, colour: boolean): string {
  let markdown: string;
  try {
    markdown = readFileSync(new URL(page, PACKAGE), "utf8");
  } catch (cause) {
    throw new Fault("invalid", `${page} is missing from this installation`, {
      hint: "install the program again: npm install --global ainstein-cms",
      cause,
    });
  }
  const lines = pageLines(markdown, { columns, colour }, section);
  if (lines === undefined) throw new Fault("defect", `${page} has no section for the topic ${name}`);
  return `${lines.join("\n")}\n`;
}
