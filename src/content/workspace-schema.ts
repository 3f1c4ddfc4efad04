import { z } from "zod";
import { insidePath } from "./config-schema.ts";

/** Everything `ainstein.workspace.yaml` may say. */
export const workspaceSchema = z.strictObject({
  roots: z
    .array(
      insidePath.refine(
        (path) => !path.includes("**"),
        "A pattern here stands for names in one directory: `*`, not `**`",
      ),
    )
    .min(1, "A workspace has one root at least")
    .describe(
      "Content directories, relative to this file; `*` stands for any part of a name: clients/*. Of a pattern those count that have an ainstein.yaml or ainstein.lock",
    ),
});

/** JSON Schema of `ainstein.workspace.yaml` for editors. */
export function workspaceJsonSchema(): object {
  return {
    title: "ainstein.workspace.yaml",
    ...z.toJSONSchema(workspaceSchema, { io: "input", target: "draft-7" }),
  };
}
