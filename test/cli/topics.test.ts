import { describe, expect, it } from "vitest";
import { afterHelp } from "../../src/cli/help.ts";
import { COMMANDS } from "../../src/cli/table.ts";
import { topicText } from "../../src/cli/topic-text.ts";
import { TOPICS } from "../../src/cli/topics.ts";

describe.each(TOPICS)("the topic $name", (topic) => {
  const lines = topicText(topic, 80, false).split("\n");

  it("has a text without marks of Markdown", () => {
    expect(lines.length).toBeGreaterThan(8);
    expect(lines.filter((line) => /\]\([\w./#-]+\)|^#|\*\*/.test(line))).toEqual([]);
  });

  it("fits into 80 columns, but for code and long addresses", () => {
    const wide = lines.filter((line) => line.length > 80 && !line.startsWith("    "));
    expect(wide.filter((line) => (line.split(" ").at(-1)?.length ?? 0) < 24)).toEqual([]);
  });

  it("is listed in the help of help, in 80 columns", () => {
    const line = afterHelp()
      .split("\n")
      .find((listed) => listed.startsWith(`  ${topic.name} `));
    expect(line).toContain(topic.summary);
    expect(line?.length).toBeLessThan(81);
  });
});

it("no topic hides the help of a command, or another topic", () => {
  const names = [...COMMANDS, ...TOPICS].map(({ name }) => name);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});
