import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { formatPlace } from "../../src/lib/fault.ts";
import { readTaskFile } from "../../src/tasks/read.ts";

const FIXTURES = new URL("../../fixtures/tasks/", import.meta.url);

function read(text: string) {
  const { tasks, faults } = readTaskFile(Buffer.from(text, "utf8"), "t.yaml");
  return {
    ids: tasks.map(({ task }) => task.task_id),
    said: faults.map(({ message, place, hint = "" }) =>
      [place && formatPlace(place), message, hint].join(" | "),
    ),
  };
}

const DATABASE = `task_id: one
task_type: configure_database
specifications:
  database_config:
    type: postgresql
    schema_requirements: {tables: [users]}
`;

describe("files of tasks", () => {
  test("the published examples are read as they stand", () => {
    const ids = ["api.yaml", "database.yaml", "service.yaml", "pipeline.yaml"].map((name) => {
      const { tasks, faults } = readTaskFile(readFileSync(new URL(name, FIXTURES)), name);
      expect(faults).toEqual([]);
      return tasks.map(({ task, line }) => `${task.task_id}:${task.task_type}:${line}`);
    });
    expect(ids).toEqual([
      ["integration_2025_001:setup_api:2"],
      ["integration_2025_002:configure_database:2"],
      ["integration_2025_003:integrate_service:2"],
      [
        "site:connect:3",
        "posts:publish:11",
        "forms:setup_api:20",
        "crm:integrate_service:34",
        "newsletter:integrate_service:44",
      ],
    ]);
  });

  test("flow style, as planners print it, says the same", () => {
    const flow = `{"task_id": "one", "task_type": "configure_database", "specifications": {"database_config": {"type": "postgresql", "schema_requirements": {"tables": ["users"]}}}}`;
    const digests = [DATABASE, flow].map(
      (text) => readTaskFile(Buffer.from(text), "t.yaml").tasks[0]?.digest,
    );
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(digests[1]).toBe(digests[0]);
  });

  test("what is wrong in the second document is told with its own line", () => {
    const { ids, said } = read(
      `${DATABASE}---\n${DATABASE.replace("one", "two").replace("type: postgresql", "typ: postgresql")}`,
    );
    expect(ids).toEqual(["one"]);
    expect(said).toEqual([
      "t.yaml:11:3 (specifications.database_config.type) | `specifications.database_config.type` is missing | There are: postgresql, mysql, mongodb.",
      "t.yaml:12:5 (specifications.database_config.typ) | `specifications.database_config.typ` is not known here | Did you mean `type`?",
    ]);
  });

  test("all that is wrong is told, not the first alone", () => {
    const { said } = read(
      DATABASE.replace("type: postgresql", "type: oracle").replace(
        "task_id: one",
        "task_id: 'a/b'\nprio: high",
      ),
    );
    expect(said.map((line) => line.split(" | ")[0])).toEqual([
      "t.yaml:1:1 (task_id)",
      "t.yaml:6:5 (specifications.database_config.type)",
      "t.yaml:2:1 (prio)",
    ]);
  });

  test("a section of another type is to be a task of its own", () => {
    const { said } = read(`${DATABASE}  service_integration: {service_type: email, provider: mailchimp}\n`);
    expect(said).toEqual([
      "t.yaml:7:3 (specifications.service_integration) | `specifications.service_integration` is not for a task of type configure_database | Give it a task of its own, with `task_type: integrate_service`, after a line `---`.",
    ]);
  });

  test.each([
    [
      "a type that there is not",
      DATABASE.replace("configure_database", "configure_databse"),
      "There are: setup_api",
    ],
    ["a key twice", `task_id: again\n${DATABASE}`, "`task_id` is there twice"],
    ["no mapping", "- a\n- b\n", "t.yaml:1:1"],
    ["nothing", "# empty\n", "holds no task"],
    ["a tag of a language", DATABASE.replace("one", "!!js/function 'x'"), "t.yaml:1"],
    ["a list for a task", "- a\n", "Begin it with `task_id: …`."],
    ["an id that is a number", DATABASE.replace("one", "123"), 'Put it in quotes: "123"'],
    ["one dependency that is no list", `${DATABASE}dependencies: two\n`, "A list of one is written [two]"],
    [
      "a type that is nearly one",
      DATABASE.replace("configure_", "configure-"),
      "Did you mean `configure_database`?",
    ],
    ["a value that is nearly one", DATABASE.replace("postgresql", "postgres"), "Did you mean `postgresql`?"],
    [
      "a section by another name",
      DATABASE.replace("specifications", "specification"),
      "It has `specification`",
    ],
    ["a type by another name", DATABASE.replace("task_type", "type"), "did you mean `task_type`?"],
    ["NUL", DATABASE.replace("one", "a\0b"), "t.yaml:1 | holds a NUL byte at offset 10"],
    ["what nests without end", `${DATABASE}x: ${"[".repeat(20_000)}`, "nests too deeply to be read"],
    ["broken YAML", `${DATABASE}\n  : [`, "t.yaml:"],
  ])("%s is refused with its place", (_, text, wanted) => {
    const { ids, said } = read(text);
    expect(ids).toEqual([]);
    expect(said.join("\n")).toContain(wanted);
  });

  test("what is no text is refused, and so is what is too large", () => {
    const broken = readTaskFile(Uint8Array.from([0x74, 0x61, 0xff, 0xfe, 0x3a]), "t.yaml").faults[0];
    expect(broken?.kind).toBe("usage");
    const large = readTaskFile(new Uint8Array(1024 * 1024 + 1), "t.yaml").faults[0];
    expect(large?.message).toBe("is too large to be a file of tasks");
  });

  test("aliases that grow beyond all bounds are refused in no time", () => {
    const levels = Array.from(
      { length: 12 },
      (_, n) => `l${n + 1}: &l${n + 1} [${`*l${n}, `.repeat(9)}*l${n}]`,
    );
    const { said } = read(`l0: &l0 [x, x, x, x]\n${levels.join("\n")}\n${DATABASE}`);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain("t.yaml:");
  });
});
