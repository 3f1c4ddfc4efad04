import { parse } from "yaml";
import type { Question } from "../engine/resolve.ts";
import { type Decision, type PartDecision, settledBytes, wholeDecision } from "../engine/resolve-settle.ts";
import { decisionOf, type Topic, topicsOf } from "../engine/resolve-topics.ts";
import { isFault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import { printable } from "../lib/redact.ts";
import { type DiffManner, renderDiff } from "../report/diff.ts";
import { sidesLines, valueText, versionLines } from "../report/resolve.ts";
import { painter } from "../report/style.ts";
import type { Context } from "./context.ts";
import { editText } from "./editor.ts";

type Way = "undo" | "skip" | "quit";
type Choice = { readonly value: string; readonly name: string };

const INSTEAD = "--strategy ours, theirs, merge or newest";
const UNDO: Choice = { value: "undo", name: "undo the last answer" };
const LEAVE: readonly Choice[] = [
  { value: "skip", name: "skip this document" },
  { value: "quit", name: "stop here" },
];

/** Asks topic by topic, shows what the file will say, and has it confirmed. Throws `interrupted` at Ctrl-C. */
export async function askPerson(context: Context, question: Question): Promise<Decision | "skip" | "quit"> {
  const { dispute, decided } = question;
  await showHead(context, question);
  const topics = topicsOf(dispute, decided);
  const answers: PartDecision[] = [];
  for (;;) {
    const topic = topics[answers.length];
    const way =
      topic === undefined
        ? await confirm(context, question, topics, answers)
        : await askTopic(context, question, topic, answers.length > 0);
    if (way === "skip" || way === "quit") return way;
    if (way === "undo") answers.pop();
    else if (way === "write") return decisionOf(dispute, decided, topics, answers);
    else answers.push(way);
  }
}

async function showHead({ ui }: Context, { dispute, n, of, site }: Question): Promise<void> {
  const paint = painter(ui.colour);
  const { step, item } = dispute;
  ui.calm();
  ui.note("");
  ui.note(`${paint("bold", `${n} of ${of}  ${printable(step.path)}`)}  ${printable(step.reason)}`);
  const { entry } = item;
  if (entry === undefined) return;
  const author = await lastAuthor(site, entry);
  const by = author === undefined ? "" : ` by ${printable(author)}`;
  const at = entry.modified === undefined ? "" : ` ${new Date(entry.modified).toISOString()}`;
  if (at !== "" || by !== "") ui.note(paint("dim", `last changed there${at}${by}`));
}

/** Nice to know, so what hinders it is not told. */
async function lastAuthor(
  site: Question["site"],
  entry: NonNullable<Question["dispute"]["item"]["entry"]>,
): Promise<string | undefined> {
  try {
    const [last] = (await site.target.connector.revisions?.(entry)) ?? [];
    return last?.author === "" ? undefined : last?.author;
  } catch (thrown) {
    if (isFault(thrown) && thrown.scope === "item") return undefined;
    throw thrown;
  }
}

/** Asked until there is an answer: looking at the base, or an editor that failed, is none. */
async function askTopic(
  context: Context,
  question: Question,
  topic: Topic,
  undoable: boolean,
): Promise<PartDecision | Way> {
  const { ui } = context;
  showTopic(context, question, topic);
  const choices = [...choicesOf(question, topic), ...(undoable ? [UNDO] : []), ...LEAVE];
  for (;;) {
    const said = await ui.select(titleOf(topic), choices, INSTEAD);
    if (said === "ours" || said === "theirs") return { from: said, how: said };
    if (said === "both" && topic.both !== undefined) return topic.both;
    if (said === "undo" || said === "skip" || said === "quit") return said;
    if (said === "base") showBase(context, topic);
    if (said === "edit") {
      const edited = await editTopic(context, question, topic);
      if (edited !== undefined) return edited;
    }
  }
}

function choicesOf({ dispute }: Question, topic: Topic): readonly Choice[] {
  const [ours, theirs] = WHAT_EACH_DOES[dispute.kind] ?? ["", ""];
  const merges = topic.both?.how === "merge";
  return [
    ...(topic.keepable ? [{ value: "ours", name: `keep mine${ours}` }] : []),
    { value: "theirs", name: `take theirs${theirs}` },
    ...(topic.both === undefined
      ? []
      : [{ value: "both", name: merges ? "merge both" : "both, mine first" }]),
    ...(topic.editable ? [{ value: "edit", name: "edit it" }] : []),
    ...(topic.base === undefined ? [] : [{ value: "base", name: "see what it was before" }]),
  ];
}

/** Where the words alone do not say what happens. Short: they have to fit into a narrow terminal. */
const WHAT_EACH_DOES: Readonly<Record<string, readonly [ours: string, theirs: string]>> = {
  "edited-here-removed-there": [": put it back there", ": remove the file"],
  "removed-here-edited-there": [": remove it there", ": bring it back"],
  "pending-changes": [": overwrite theirs", ""],
  "off-line": [": publish again", ": a draft here too"],
};

function titleOf({ part, passage }: Topic): string {
  if (part === "") return "The document";
  return passage === undefined ? printable(part) : `${part}, passage ${passage.n} of ${passage.of}`;
}

function showTopic({ ui }: Context, { dispute }: Question, topic: Topic): void {
  const paint = painter(ui.colour);
  if (topic.part !== "") {
    ui.note(paint("bold", titleOf(topic)));
    for (const line of versionLines(topic, manner(ui))) ui.note(line);
    return;
  }
  const { sides, open, kind } = dispute;
  ui.note(`${kind === "removed-here-edited-there" ? "changed there" : "changed here"}: ${open.join(", ")}`);
  if (sides === undefined) return;
  for (const line of sidesLines({ ...sides, base: undefined }, open, manner(ui))) ui.note(line);
}

function manner({ colour, columns }: Context["ui"]): DiffManner {
  return { colour, columns };
}

function showBase({ ui }: Context, { base }: Topic): void {
  const text = valueText(base?.value).trimEnd();
  for (const line of text === "" ? ["(nothing)"] : text.split("\n")) ui.note(`  ${printable(line)}`);
}

const MARKS = {
  ours: "<<<<<<< here, in the file",
  base: "||||||| before",
  theirs: "======= there, on the site",
  end: ">>>>>>> keep what is meant, and delete these four lines",
} as const;

/** Both versions between markers, in the person's editor. Undefined where nothing that can be used came back. */
async function editTopic(
  context: Context,
  { dispute }: Question,
  topic: Topic,
): Promise<PartDecision | undefined> {
  const asText = [topic.ours, topic.theirs].every(
    (value) => value === undefined || typeof value === "string",
  );
  const block = (value: Json | undefined) => {
    const text = valueText(value);
    return text === "" || text.endsWith("\n") ? text : `${text}\n`;
  };
  const base = topic.base === undefined ? "" : `${MARKS.base}\n${block(topic.base.value)}`;
  const given = `${MARKS.ours}\n${block(topic.ours)}${base}${MARKS.theirs}\n${block(topic.theirs)}${MARKS.end}\n`;
  const name = topic.part === "body" ? "passage.md" : asText ? "field.txt" : "field.yaml";
  const text = (await editText(context, name, given))?.replaceAll("\r\n", "\n");
  if (text === undefined) return undefined;
  const left = Object.values(MARKS).find((mark) => text.split("\n").includes(mark));
  if (left !== undefined) {
    context.ui.note(
      `The marker "${left}" is still in it: ${printable(dispute.step.path)} is left as it was.`,
    );
    return undefined;
  }
  return topic.part === "body" ? edited(text) : fieldFrom(context, text, asText);
}

function edited(value: Json | undefined): PartDecision {
  return { from: "value", value, how: "edited" };
}

/** An empty field is an absent one. */
function fieldFrom({ ui }: Context, text: string, asText: boolean): PartDecision | undefined {
  const trimmed = text.trimEnd();
  if (trimmed === "") return edited(undefined);
  if (asText) return edited(trimmed);
  try {
    return edited(parse(trimmed) as Json);
  } catch (thrown) {
    ui.note(`That is no YAML: ${printable(thrown instanceof Error ? thrown.message : String(thrown))}`);
    return undefined;
  }
}

async function confirm(
  context: Context,
  question: Question,
  topics: readonly Topic[],
  answers: readonly PartDecision[],
): Promise<"write" | Way> {
  const { dispute, decided, root, site } = question;
  const { ui } = context;
  const decision = decisionOf(dispute, decided, topics, answers);
  const { file, item, step } = dispute;
  const path = printable(step.path);
  ui.note("");
  if (file !== undefined && item.entry !== undefined) {
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const before = text(await root.read(file.path));
    const after = text(await settledBytes(root, site, file, dispute, decision));
    const lines = renderDiff(before, after, manner(ui));
    ui.note(lines.length === 0 ? `${path} stays as it is` : `${path} will be changed:`);
    for (const line of lines) ui.note(`  ${line}`);
  }
  const how = [...wholeDecision(dispute, decision)].map(([part, one]) => `${printable(part)}: ${one.how}`);
  ui.note(how.join(", "));
  const choices = [{ value: "write", name: "settle it so" }, ...(answers.length > 0 ? [UNDO] : []), ...LEAVE];
  return (await ui.select("Settle it?", choices, INSTEAD)) as "write" | Way;
}
