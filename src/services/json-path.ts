// What answers say, by path and condition. Answers are untrusted: nothing here throws for their shape.
import { isObject } from "../lib/json.ts";
import type { Condition, Inputs, JsonPath } from "./provider.ts";

/** All values at a path, in order. An empty path is the value itself. */
export function allAt(value: unknown, path: JsonPath): readonly unknown[] {
  if (path === "") return value === undefined ? [] : [value];
  let found: readonly unknown[] = [value];
  for (const step of path.split(".")) found = found.flatMap((each) => below(each, step));
  return found;
}

function below(value: unknown, step: string): readonly unknown[] {
  if (Array.isArray(value)) {
    if (step === "*") return value;
    const item: unknown = /^\d+$/.test(step) ? value[Number(step)] : undefined;
    return item === undefined ? [] : [item];
  }
  if (!isObject(value)) return [];
  if (step === "*") return Object.values(value);
  return Object.hasOwn(value, step) && value[step] !== undefined ? [value[step]] : [];
}

/** The first text, number or boolean at a path, as text. */
export function textAt(value: unknown, path: JsonPath): string | undefined {
  const found = allAt(value, path).find(
    (each) =>
      (typeof each === "string" && each !== "") || typeof each === "number" || typeof each === "boolean",
  );
  return found === undefined ? undefined : String(found);
}

/** The first of several paths at which there is a text. */
export function firstText(value: unknown, paths: readonly JsonPath[]): string | undefined {
  for (const path of paths) {
    const text = textAt(value, path);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** `fill` makes the text of a template that is compared with. */
export function holds(
  conditions: readonly Condition[] | undefined,
  payload: unknown,
  inputs: Inputs,
  fill: (template: string, inputs: Inputs) => string | undefined,
): boolean {
  return (conditions ?? []).every((condition) => holdsOne(condition, payload, inputs, fill));
}

function holdsOne(
  { path, is, in: listed, matches, exists }: Condition,
  payload: unknown,
  inputs: Inputs,
  fill: (template: string, inputs: Inputs) => string | undefined,
): boolean {
  const found = allAt(payload, path);
  if (exists !== undefined && found.length > 0 !== exists) return false;
  if (is !== undefined) {
    const wanted = typeof is === "string" ? fill(is, inputs) : is;
    if (wanted === undefined || !found.includes(wanted)) return false;
  }
  if (listed !== undefined && !found.some((each) => listed.includes(each as string | number))) return false;
  return matches === undefined || found.some((each) => typeof each === "string" && matches.test(each));
}
