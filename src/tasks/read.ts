// Task files: YAML of one task or several, each with the place it stands at.
import { isMap } from "yaml";
import { decodeText } from "../content/text.ts";
import {
  checkYaml,
  type FieldPath,
  fieldPlace,
  keysAt,
  type Wrong,
  wrongAt,
} from "../content/yaml-checked.ts";
import { type Origin, parseYamlDocuments, type Yaml, yamlFields } from "../content/yaml-front.ts";
import { asFault, Fault, isFault, type Place } from "../lib/fault.ts";
import { sha256Hex } from "../lib/hash.ts";
import { canonicalJson, isObject, type Json, type JsonObject } from "../lib/json.ts";
import { nearestName } from "../lib/suggest.ts";
import { TASK_TYPES, type Task, type TaskType, taskSchema } from "./schema.ts";

/** Nobody writes more tasks than that by hand, and no program should into one file. */
export const MAX_BYTES = 1024 * 1024;
const MAX_TASKS = 500;

/** A task, and where it came from. */
export interface ReadTask {
  readonly task: Task;
  readonly file: string;
  /** Of its first key, from 1. */
  readonly line: number;
  /** SHA-256 of what it says, whatever order and style it is written in. */
  readonly digest: string;
  /** Where a field of it stands: `specifications.database_config.type`. */
  readonly placeOf: (field: string) => Place;
}

export interface ReadFile {
  readonly tasks: readonly ReadTask[];
  readonly faults: readonly Fault[];
}

/** Section of `specifications` for each type; the first is its own. */
const SECTIONS: Readonly<Record<TaskType, readonly string[]>> = {
  setup_api: [
    "api_requirements",
    "security_features",
    "documentation_format",
    "database_config",
    "service_integration",
  ],
  configure_database: ["database_config"],
  integrate_service: ["service_integration"],
  connect: ["connection"],
  publish: ["content"],
  pull: ["content"],
  sync: ["content"],
};

const KEYS: ReadonlySet<string> = new Set(keysAt(taskSchema, []));

/** All tasks of a file and all that is wrong with it, in its order. Pure; `file` is only for messages. */
export function readTaskFile(bytes: Uint8Array, file: string): ReadFile {
  if (bytes.byteLength > MAX_BYTES) {
    return { tasks: [], faults: [refusal("is too large to be a file of tasks", { file }, "Split it.")] };
  }
  try {
    const { lf } = decodeText(bytes, file);
    const origin: Origin = { path: file, lf, offset: 0 };
    const documents = parseYamlDocuments(lf, origin);
    if (documents.length === 0)
      throw refusal("holds no task", { file }, "docs/tasks.md shows one of each type.");
    if (documents.length > MAX_TASKS) {
      throw refusal(`holds more than ${MAX_TASKS} tasks`, { file }, "Split it.");
    }
    const read = documents.map((document) =>
      isFault(document) ? { tasks: [], faults: [asUsage(document)] } : readTask(document, origin),
    );
    return { tasks: read.flatMap(({ tasks }) => tasks), faults: read.flatMap(({ faults }) => faults) };
  } catch (thrown) {
    return { tasks: [], faults: [asUsage(asFault(thrown))] };
  }
}

function readTask(document: Yaml, origin: Origin): ReadFile {
  if (!isMap(document.contents)) {
    const wrong = wrongAt(
      [],
      "A task is `key: value` lines",
      document,
      origin,
      "Begin it with `task_id: …`.",
    );
    return { tasks: [], faults: [faultOf(wrong)] };
  }
  let value: JsonObject;
  try {
    value = yamlFields(document, origin);
  } catch (thrown) {
    return { tasks: [], faults: [asUsage(asFault(thrown))] };
  }
  const early = beforeSchema(value, document, origin);
  if (early.length > 0) return { tasks: [], faults: early };
  const checked = checkYaml(taskSchema, value, document, origin);
  if (!checked.ok) return { tasks: [], faults: checked.wrong.map(faultOf) };
  const placeOf = (field: string) => fieldPlace(pathOf(field), document, origin);
  const task = {
    task: checked.value,
    file: origin.path,
    line: placeOf("task_id").line ?? 1,
    digest: sha256Hex(canonicalJson(checked.value as unknown as Json)),
    placeOf,
  };
  return { tasks: [task], faults: [] };
}

/** What is better said than a schema says it. */
function beforeSchema(value: JsonObject, document: Yaml, origin: Origin): readonly Fault[] {
  const { task_type: type, specifications } = value;
  const known = TASK_TYPES.find((name) => name === type);
  const at = (path: FieldPath, message: string, hint: string) =>
    faultOf(wrongAt(path, message, document, origin, hint));
  if (known === undefined) {
    const near =
      typeof type === "string" ? meant(nearestName(type, TASK_TYPES)) : instead("task_type", value);
    const said = type === undefined ? "is missing" : "is no type of task";
    return [at(["task_type"], said, `${near}There are: ${TASK_TYPES.join(", ")}.`)];
  }
  if (!isObject(specifications)) {
    const near = specifications === undefined ? instead("specifications", value) : "";
    const hint = `${near}A ${known} says there \`${SECTIONS[known][0]}: …\`.`;
    return [at(["specifications"], "is missing, or holds nothing", hint)];
  }
  return Object.keys(specifications).flatMap((section) => {
    if (SECTIONS[known].includes(section)) return [];
    const other = TASK_TYPES.find((name) => SECTIONS[name][0] === section);
    if (other === undefined) return [];
    const hint = `Give it a task of its own, with \`task_type: ${other}\`, after a line \`---\`.`;
    return [at(["specifications", section], `is not for a task of type ${known}`, hint)];
  });
}

/** What stands there in place of a key that is missing. */
function instead(key: string, value: JsonObject): string {
  const strange = Object.keys(value).filter((name) => !KEYS.has(name));
  const near = nearestName(key, strange) ?? strange.find((name) => key.endsWith(`_${name}`));
  return near === undefined ? "" : `It has \`${near}\`: did you mean \`${key}\`? `;
}

function meant(name: string | undefined): string {
  return name === undefined ? "" : `Did you mean \`${name}\`? `;
}

/** Of a field that is named from `specifications` on, or from below that, as the parts that build know it. */
export function placeOfField({ placeOf }: Pick<ReadTask, "placeOf">, field: string): Place {
  return placeOf(/^specifications(?:\.|$)/.test(field) ? field : `specifications.${field}`);
}

function pathOf(field: string): FieldPath {
  if (field === "") return [];
  return field.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function faultOf({ message, place, hint }: Wrong): Fault {
  return refusal(message, place, hint);
}

function refusal(message: string, place: Place, hint: string | undefined): Fault {
  return new Fault("usage", message, {
    code: "task.file",
    place,
    hint: hint ?? "docs/tasks.md shows what may stand there.",
  });
}

function asUsage(fault: Fault): Fault {
  if (fault.kind === "usage" || fault.kind === "defect") return fault;
  const { message, place = { file: "" } } = fault;
  // The place names the file already.
  const said = message.startsWith(`${place.file} `) ? message.slice(place.file.length + 1) : message;
  // What is to be done about documents, which `ignore:` may leave out, helps no file of tasks.
  return refusal(said, place, fault.code === "binary" ? "Remove the byte: it is no text." : fault.hint);
}
