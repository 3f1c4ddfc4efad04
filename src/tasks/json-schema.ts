// The schema of a task for editors, made from what the program itself checks with.
import { z } from "zod";
import { taskSchema } from "./schema.ts";

/** JSON Schema of one document of a file of tasks. */
export function taskJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    title: "A task of ainstein-cms",
    ...z.toJSONSchema(taskSchema, { io: "input", target: "draft-7" }),
  };
}
