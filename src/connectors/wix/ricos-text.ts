// Text of Wix's editor from and to lines. Pure. https://dev.wix.com/docs/ricos/api-reference/ricos-document
import { insist } from "../../content/markdown/html-lines.ts";
import { type Line, type Link, type Run, tidyLine } from "../../content/markdown/lines.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";

const [BOLD, ITALIC, UNDERLINE, CODE, MARK] = [1, 2, 8, 16, 128];

/** Ricos has neither code within a line nor marked text; these colours say so, and are read as that. */
const COLOURS: readonly (readonly [bit: number, colours: Readonly<Record<string, string>>])[] = [
  [CODE, { background: "#f0f0f2", foreground: "#24292f" }],
  [MARK, { background: "#ffff00" }],
];

const TARGETS = new Map([
  ["_blank", "BLANK"],
  ["_parent", "PARENT"],
  ["_top", "TOP"],
]);

const RELS = ["nofollow", "noreferrer", "sponsored", "ugc"];

/**
 * The line in the one form that Ricos can say: links are underlined by themselves, and of their other attributes those
 * go that change nothing. Throws `MoreThanABlock` for struck-out, raised and lowered text and for titles of links.
 */
export function sayable(line: Line): Line {
  return tidyLine(
    line.map((item) => {
      if (item === "break") return item;
      insist((item.format & ~(BOLD | ITALIC | UNDERLINE | CODE | MARK)) === 0);
      insist((item.format & (CODE | MARK)) !== (CODE | MARK));
      if (item.link === undefined) return item;
      return { ...item, format: item.format & ~UNDERLINE, link: plainLink(item.link) };
    }),
  );
}

function plainLink({ url, rel, target, title }: Link): Link {
  const opens = target === "_self" ? "" : target;
  const rels = rel.split(/\s+/).filter((name) => name !== "" && !(name === "noopener" && opens !== ""));
  insist(title === "" && url !== "" && (opens === "" || TARGETS.has(opens)));
  insist(rels.every((name) => RELS.includes(name)));
  return { url, rel: RELS.filter((name) => rels.includes(name)).join(" "), target: opens, title: "" };
}

/** A line break stands between texts that look alike, or plain. */
export function textNodes(line: Line): JsonObject[] {
  const nodes: { text: string; readonly key: string; readonly decorations: readonly JsonObject[] }[] = [];
  const styleAt = (at: number): readonly JsonObject[] => {
    const item = line[at];
    if (item !== "break") return item === undefined ? [] : decorationsOf(item);
    const [before, after] = [line[at - 1], line[at + 1]].map((one) =>
      one === undefined || one === "break" ? [] : decorationsOf(one),
    );
    return before !== undefined && JSON.stringify(before) === JSON.stringify(after) ? before : [];
  };
  line.forEach((item, i) => {
    const decorations = styleAt(i);
    const text = item === "break" ? "\n" : item.text;
    const key = JSON.stringify(decorations);
    const last = nodes.at(-1);
    if (last?.key === key) last.text += text;
    else nodes.push({ text, key, decorations });
  });
  return nodes.map(({ text, decorations }) => ({
    ...{ type: "TEXT", id: "", nodes: [] },
    textData: { text, decorations },
  }));
}

function decorationsOf({ format, link }: Run): JsonObject[] {
  const found: JsonObject[] = [];
  if ((format & BOLD) !== 0) found.push({ type: "BOLD", fontWeightValue: 700 });
  if ((format & ITALIC) !== 0) found.push({ type: "ITALIC", italicData: true });
  if ((format & UNDERLINE) !== 0 || link !== undefined)
    found.push({ type: "UNDERLINE", underlineData: true });
  for (const [bit, colorData] of COLOURS) if ((format & bit) !== 0) found.push({ type: "COLOR", colorData });
  if (link !== undefined) found.push({ type: "LINK", linkData: { link: linkNode(link) } });
  return found;
}

function linkNode({ url, rel, target }: Link): JsonObject {
  const rels = Object.fromEntries(rel.split(" ").flatMap((name) => (name === "" ? [] : [[name, true]])));
  return {
    url,
    target: TARGETS.get(target) ?? "SELF",
    ...(rel === "" ? {} : { rel: rels }),
  };
}

/** Throws `MoreThanABlock` for what is no text, or says more. */
export function lineOfNodes(nodes: Json | undefined): Line {
  insist(nodes === undefined || Array.isArray(nodes));
  const list: readonly Json[] = Array.isArray(nodes) ? nodes : [];
  return sayable(list.flatMap(runsOf));
}

function runsOf(node: Json): Line {
  const { type, id: _id, nodes, textData, ...rest } = objectOf(node);
  insist(type === "TEXT" && isNothing(nodes) && Object.keys(rest).length === 0);
  const { text, decorations = [], ...others } = objectOf(textData);
  insist(Object.keys(others).length === 0 && Array.isArray(decorations) && typeof text === "string");
  const run = (decorations as readonly Json[]).reduce<Omit<Run, "text">>(decorated, { format: 0 });
  return String(text)
    .split(/(\n)/)
    .flatMap((part): Line => (part === "\n" ? ["break"] : part === "" ? [] : [{ text: part, ...run }]));
}

function decorated(run: Omit<Run, "text">, given: Json): Omit<Run, "text"> {
  const { type, ...decoration } = objectOf(given);
  const withBit = (bit: number, name: string, says: readonly Json[]) => {
    const { [name]: value, ...rest } = decoration;
    insist(Object.keys(rest).length === 0 && (isNothing(value) || says.includes(value ?? null)));
    return { ...run, format: run.format | bit };
  };
  switch (type) {
    case "BOLD":
      return withBit(BOLD, "fontWeightValue", [700]);
    case "ITALIC":
      return withBit(ITALIC, "italicData", [true]);
    case "UNDERLINE":
      return withBit(UNDERLINE, "underlineData", [true]);
    case "COLOR":
      return { ...run, format: run.format | colourBit(objectOf(decoration.colorData ?? {})) };
    default: {
      insist(type === "LINK" && run.link === undefined && Object.keys(decoration).join() === "linkData");
      const { link, ...rest } = objectOf(decoration.linkData);
      insist(Object.keys(rest).length === 0);
      return { ...run, link: linkOfNode(link) };
    }
  }
}

/** No colour at all says nothing. */
function colourBit(colours: JsonObject): number {
  const given = Object.entries(colours).filter(([, value]) => !isNothing(value));
  if (given.length === 0) return 0;
  const found = COLOURS.find(
    ([, own]) =>
      given.length === Object.keys(own).length &&
      given.every(([name, value]) => String(value).toLowerCase() === own[name]),
  );
  insist(found !== undefined);
  return found?.[0] ?? 0;
}

export function linkOfNode(node: Json | undefined): Link {
  const { url, target = "SELF", rel = {}, customData, ...rest } = objectOf(node);
  insist(typeof url === "string" && isNothing(customData) && Object.values(rest).every(isNothing));
  const opens = [...TARGETS].find(([, name]) => name === target)?.[0] ?? "";
  insist(opens !== "" || target === "SELF");
  const rels = Object.entries(objectOf(rel)).filter(([, is]) => is !== false && is !== null);
  insist(rels.every(([, is]) => is === true));
  return { url: String(url), rel: rels.map(([name]) => name).join(" "), target: opens, title: "" };
}

export function objectOf(value: Json | undefined): JsonObject {
  insist(isObject(value));
  return value as JsonObject;
}

/** What a field says that is not there, or is empty. */
export function isNothing(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.values(value as JsonObject).every(isNothing);
}
