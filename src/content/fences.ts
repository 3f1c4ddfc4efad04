import { Fault } from "../lib/fault.ts";
import { brokenFences } from "./markdown/fences.ts";
import type { Source } from "./source.ts";

/** What is broken of the markup that a file's body keeps as it is for the site, each `invalid` with its line. */
export function fenceFaults(source: Pick<Source, "path" | "body" | "bodyLine" | "format">): readonly Fault[] {
  return brokenFences(source.body).map(({ line, message, hint }) => {
    const inFile = source.format === "json" ? source.bodyLine : source.bodyLine + line - 1;
    return new Fault("invalid", message, {
      code: "broken-fence",
      place: { file: source.path, line: inFile },
      hint,
    });
  });
}

/** Throws the first of them. */
export function refuseBrokenFences(source: Parameters<typeof fenceFaults>[0]): void {
  const [first] = fenceFaults(source);
  if (first !== undefined) throw first;
}
