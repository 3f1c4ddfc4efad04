// The task reference, typed as it stands.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { apiModel } from "../../src/tasks/api/model.ts";
import { databaseModel } from "../../src/tasks/database/model.ts";
import { type ReadTask, readTaskFile } from "../../src/tasks/read.ts";
import { TASK_TYPES } from "../../src/tasks/schema.ts";

const TEXT = readFileSync(new URL("../../docs/tasks.md", import.meta.url), "utf8");
const BLOCKS = [...TEXT.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = ""]) => text);

function read(text: string): readonly ReadTask[] {
  const { tasks, faults } = readTaskFile(Buffer.from(text), "docs/tasks.md");
  expect(faults).toEqual([]);
  return tasks;
}

const tasks = () => BLOCKS.filter((text) => text.startsWith("task_id:")).flatMap(read);

test("there is an example of every type, and each is understood", () => {
  expect(new Set(tasks().map(({ task }) => task.task_type))).toEqual(new Set(TASK_TYPES));
});

test("what the example of an API says is all that it takes", () => {
  for (const { task } of tasks()) {
    if (task.task_type === "setup_api") expect(apiModel(task)).not.toHaveProperty("needs");
  }
});

test("the long forms of tables and relationships fit where the short ones are", () => {
  const [long = ""] = BLOCKS.filter((text) => text.startsWith("      tables:"));
  const [first] = BLOCKS.filter((text) => text.includes("task_type: configure_database"));
  const [task] = read(`${first?.split("      tables:")[0]}${long}`);
  if (task?.task.task_type !== "configure_database") throw new Error("the example is another one now");
  const { model } = databaseModel(task.task.specifications.database_config);
  expect(model.tables.map(({ name }) => name)).toEqual(["users", "bookings"]);
});
