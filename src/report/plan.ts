import { isLive } from "../content/document.ts";
import { printable } from "../lib/redact.ts";
import type { Action, Plan, Step } from "../sync/plan.ts";
import { ACTIONS, groupByAction, headline } from "./headline.ts";
import { lossLines } from "./losses.ts";
import type { Colour, Paint } from "./style.ts";
import { clip, displayWidth, pad } from "./width.ts";

/** Each mark by the colour it is printed in. */
const MARKS: Readonly<Record<Action, readonly [mark: string, colour: Colour]>> = {
  conflict: ["!", "red"],
  delete: ["-", "red"],
  unpublish: ["-", "red"],
  create: ["+", "green"],
  update: ["~", "yellow"],
  publish: ["~", "yellow"],
  rename: ["~", "dim"],
  pull: ["<", "cyan"],
  merge: ["<", "cyan"],
  adopt: ["=", "dim"],
  restore: ["+", "green"],
  relink: ["~", "dim"],
  redirect: ["~", "dim"],
  upload: ["+", "green"],
  term: ["+", "green"],
  skip: [".", "dim"],
};

/** Nobody should approve what is not shown, so these are never cut short. */
const ALWAYS_WHOLE: ReadonlySet<Action> = new Set(["conflict", "delete", "unpublish"]);
const SHOWN = 20;
const WIDEST_PATH = 44;
const WIDEST_TITLE = 60;
/** What is left of a shorter one tells nobody anything. */
const NARROWEST_TITLE = 8;

/**
 * A plan for people: what it amounts to first, then its steps, what may hurt before the rest. Titles are cut so that
 * lines fit into this many columns; what somebody has to know is never cut. `failed`: as for `headline`.
 */
export function planLines(plan: Plan, paint: Paint, verbose: boolean, columns: number, failed = 0): string[] {
  const lines = [`${paint("bold", printable(plan.target))}: ${headline(plan, failed)}`];
  const groups = groupByAction(plan.steps);
  for (const action of ACTIONS) {
    const steps = groups.get(action) ?? [];
    const whole = verbose || ALWAYS_WHOLE.has(action) || steps.length <= SHOWN + 1;
    const shown = whole ? steps : steps.slice(0, SHOWN);
    const width = Math.min(WIDEST_PATH, Math.max(0, ...shown.map(pathWidth)));
    for (const step of shown) lines.push(stepLine(step, width, paint, columns));
    const left = steps.length - shown.length;
    if (left > 0) lines.push(paint("dim", `    … and ${left} more to ${action} (--verbose shows all)`));
  }
  lines.push(...lossLines(plan.steps, paint, verbose, columns));
  return lines;
}

function pathWidth(step: Step): number {
  return displayWidth(pathOf(step));
}

function pathOf(step: Step): string {
  const path = printable(step.path);
  return step.locale === "" ? path : `${path} [${printable(step.locale)}]`;
}

function stepLine(step: Step, width: number, paint: Paint, columns: number): string {
  const [mark, colour] = MARKS[step.action];
  const head = `  ${mark} ${step.action.padEnd(8)}  `;
  const details = [...detailsOf(step), ...(step.losses === undefined ? [] : ["lossy"])];
  const room = columns - head.length - details.reduce((sum, detail) => sum + 2 + displayWidth(detail), 0);
  const title = TITLED.has(step.action) ? titleIn(step, room - width - 2) : [];
  const rest = [...title, ...details].map((detail) => `  ${detail}`).join("");
  const padded = room < width || rest === "" ? pathOf(step) : pad(pathOf(step), width);
  return `${paint(colour, head)}${padded}${rest}`;
}

const TITLED: ReadonlySet<Action> = new Set(["create", "delete"]);

function titleIn(step: Step, room: number): string[] {
  const columns = Math.min(WIDEST_TITLE, room - 2);
  return step.title === "" || columns < NARROWEST_TITLE ? [] : [`"${clip(printable(step.title), columns)}"`];
}

/** As the site's visitors read it and in UTC; the day is said again only where it is another. */
function dateTwice({ site, utc }: NonNullable<Step["date"]>): string {
  const [day, hour] = [utc.slice(0, 10), utc.slice(11, 16)];
  return `${site.slice(0, 16).replace("T", " ")} (${site.startsWith(day) ? hour : `${day} ${hour}`} UTC)`;
}

function detailsOf(step: Step): string[] {
  const address = step.url === undefined ? [] : [`→ ${printable(step.url)}`];
  const changed = step.changed.length === 0 ? [] : [printable(step.changed.join(", "))];
  const state =
    step.from === step.to || step.to === undefined ? [] : [[step.from, step.to].filter(Boolean).join(" → ")];
  const from = step.previous === undefined ? [] : [`was ${printable(step.previous)}`];
  const date = step.date === undefined ? [] : [dateTwice(step.date)];
  const reason = step.reason === "" ? [] : [printable(step.reason)];
  // The file says what it said: the plan has to tell what is to be sent.
  const why = step.links === undefined ? [] : reason;
  switch (step.action) {
    case "create":
      return [...state, ...date, ...address];
    case "update":
    case "merge":
      return [...changed, ...state, ...date, ...from, ...(isLive(step.from) ? ["(live)"] : []), ...why];
    case "pull":
      return [...(step.expects.local === "" ? ["new here"] : changed), ...state, ...from];
    case "rename":
      return from;
    case "publish":
    case "unpublish":
      return [...state, ...date, ...address];
    case "delete":
      return [...address, ...reason];
    case "term":
      return [printable(step.kind), ...reason];
    case "upload":
    case "adopt":
      return address;
    default:
      return [...from, ...reason];
  }
}
