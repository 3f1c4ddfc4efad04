import { printable } from "../lib/redact.ts";
import type { PlannedLoss, Step } from "../sync/plan.ts";
import type { Paint } from "./style.ts";
import { displayWidth } from "./width.ts";

/** A loss in words: the body's go without saying. */
export function lossText({ field, message }: PlannedLoss): string {
  return printable(field === "body" ? message : `${field}: ${message}`);
}

/** Everything that the site will not hold, equal losses together, each with where it stands. Empty without any. */
export function lossLines(
  steps: readonly Step[],
  paint: Paint,
  verbose: boolean,
  columns: number,
): readonly string[] {
  const lossy = steps.filter(({ losses }) => losses !== undefined);
  if (lossy.length === 0) return [];
  const groups = new Map<string, { readonly paths: Set<string>; readonly places: string[] }>();
  for (const { path, losses = [] } of lossy) {
    for (const loss of losses) {
      const text = lossText(loss);
      const group = groups.get(text) ?? { paths: new Set(), places: [] };
      groups.set(text, group);
      group.paths.add(path);
      group.places.push(loss.line === undefined ? printable(path) : `${printable(path)}:${loss.line}`);
    }
  }
  const [what, them] = lossy.length === 1 ? ["document holds", "it"] : ["documents hold", "them"];
  const head = `${lossy.length} ${what} what the site drops or changes; --allow-lossy sends ${them}:`;
  return [
    `  ${paint("yellow", head)}`,
    ...[...groups].flatMap(([text, { paths, places }]) => [
      `    ${text} (${counted(paths.size)})`,
      ...placeLines([...new Set(places)], verbose, columns).map((line) => paint("dim", `      ${line}`)),
    ]),
  ];
}

export function counted(documents: number): string {
  return documents === 1 ? "1 document" : `${documents} documents`;
}

const INDENT = 6;

/** One line with as many places as fit; with `verbose` all, each on its own. */
function placeLines(places: readonly string[], verbose: boolean, columns: number): readonly string[] {
  if (verbose) return places;
  const width = Math.min(columns, 120) - INDENT - ", …".length;
  let line = places[0] ?? "";
  let shown = 1;
  for (const place of places.slice(1)) {
    if (displayWidth(line) + 2 + displayWidth(place) > width) break;
    line += `, ${place}`;
    shown += 1;
  }
  return [shown < places.length ? `${line}, …` : line];
}
