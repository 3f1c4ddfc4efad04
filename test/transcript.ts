// Console blocks of pages: what is typed, and what a page says is printed then.

export interface Step {
  /** What is typed, or `# …` for what happens elsewhere. */
  readonly command: string;
  readonly shown: string;
}

/** Commands and what is shown below each, of all `console` blocks of a page in turn. A command goes on below after `> `. */
export function steps(page: string): readonly Step[] {
  const blocks = [...page.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");
  return blocks.flatMap((block) =>
    block
      .split(/^(?=[$#] )/m)
      .filter((part) => part.trim() !== "")
      .map((part) => {
        const lines = part.replace(/\\\n\s*/g, "").split("\n");
        const end = lines.findIndex((line, at) => at > 0 && !line.startsWith(">"));
        const typed = lines
          .slice(0, end)
          .map((line, at) => line.slice(at === 0 && line.startsWith("#") ? 0 : 2));
        return { command: typed.join("\n"), shown: lines.slice(end).join("\n").trim() };
      }),
  );
}

/** Without what differs from run to run: times, counts of requests, names of runs, ids that the site gives. */
export function plain(text: string): string {
  return text
    .replace(/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, "RUN")
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "UUID")
    .replace(/\b[0-9a-f]{24}\b/g, "ID")
    .replace(/\b\d+(?:\.\d+)? (?:s|ms|requests?)\b/g, "N")
    .replace(/\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?Z?\b/g, "TIME")
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => !PROGRESS.test(line))
    .join("\n")
    .trim();
}

/** Printed only where a run takes a while: on a busy machine. */
const PROGRESS = /^(?:connecting|(?:reading|listing) \w+|writing)(?: \d+(?:\/\d+)?)? · /;
