import { Fault } from "../lib/fault.ts";
import { placeOf } from "./text.ts";

/** Throws `invalid` for files that hold no content yet: a conflict that git left, or a pointer to a large file. */
export function refuseMarks(lf: string, path: string): void {
  if (isLfsPointer(lf)) {
    throw new Fault("invalid", `${path} is a Git LFS pointer, not the file itself`, {
      code: "lfs-pointer",
      place: { file: path, line: 1 },
      hint: "Run `git lfs pull` first.",
    });
  }
  const offset = conflictOffset(lf);
  if (offset === undefined) return;
  throw new Fault("invalid", "Git's conflict markers are still in the file", {
    code: "conflict-markers",
    place: placeOf(path, lf, offset),
    hint: "Decide between the two sides and remove the lines <<<<<<<, ======= and >>>>>>>.",
  });
}

export function isLfsPointer(text: string): boolean {
  return /^version https?:\/\/\S+\/spec\/v1\n(?:ext-\S+ .*\n)*oid sha256:[0-9a-f]{64}\n/.test(text);
}

/** U+FFFD is what programs write for characters they could not read. */
export function warnReplacement(lf: string, path: string): Fault[] {
  const offset = lf.indexOf("\uFFFD");
  if (offset < 0) return [];
  return [
    new Fault("invalid", "A character was lost here (U+FFFD) when the file was converted", {
      code: "replacement-character",
      place: placeOf(path, lf, offset),
      hint: "Put the right character back.",
    }),
  ];
}

/** Offset of a `<<<<<<< ` line that `=======` and `>>>>>>> ` follow, code fences left out. */
function conflictOffset(lf: string): number | undefined {
  if (!lf.includes("<<<<<<< ")) return undefined;
  let fence: string | undefined;
  let opened: number | undefined;
  let divided = false;
  let at = 0;
  for (const line of lf.split("\n")) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence) === true && line.trim() === mark) fence = undefined;
    } else if (line.startsWith("<<<<<<< ")) {
      opened = at;
      divided = false;
    } else if (opened !== undefined && line === "=======") {
      divided = true;
    } else if (opened !== undefined && divided && line.startsWith(">>>>>>> ")) {
      return opened;
    } else if (mark !== undefined) {
      fence = mark;
    }
    at += line.length + 1;
  }
  return undefined;
}
