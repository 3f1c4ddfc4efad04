import { Fault } from "../../lib/fault.ts";

/**
 * Refuses a field of the task. Who read the task knows its file and line; `field` is the path below `specifications`,
 * such as `database_config.schema_requirements.tables.0`.
 */
export function refuse(field: string, message: string, hint: string): never {
  throw new Fault("invalid", message, { code: "tasks.database-invalid", hint, place: { file: "", field } });
}
