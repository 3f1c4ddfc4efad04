// Templates of requests, filled in and escaped as their place demands.
import { Fault } from "../lib/fault.ts";
import { isObject, type Json } from "../lib/json.ts";
import type { Inputs, JsonTemplate, Rules, Template } from "./provider.ts";

/** `raw` is escaped by whoever encodes the whole: JSON, forms, queries. `script`: within the quotes of a script's text. */
export type Place = "raw" | "path" | "host" | "header" | "html" | "script";

/** Who fills: the provider's rules, and how it is called in messages. */
export interface Filler {
  readonly title: string;
  readonly rules?: Rules;
}

const PLACES = /\{([a-zA-Z][\w.:*-]*)(\?)?\}/g;
const ALONE = /^\{([a-zA-Z][\w.:*-]*)(\?)?\}$/;

/** Undefined where a part that may be left out is not there. Throws `invalid` for one that must be. */
export function fillText(
  template: Template,
  inputs: Inputs,
  place: Place,
  filler: Filler,
): string | undefined {
  let absent = false;
  const text = template.replace(PLACES, (_whole, name: string, optional: string | undefined) => {
    const value = lookUp(name, inputs, filler);
    if (value !== undefined && value !== null) return escaped(asText(value), place, name, filler);
    if (optional === undefined) throw missing(name, inputs, filler);
    absent = true;
    return "";
  });
  return absent ? undefined : text;
}

/** The same, where nothing may be left out. */
export function demandText(template: Template, inputs: Inputs, place: Place, filler: Filler): string {
  return fillText(template.replaceAll("?}", "}"), inputs, place, filler) ?? "";
}

/** Members and items whose value may be left out, and is not there, are left out; so is what has no member left by that. */
export function fillJson(template: JsonTemplate, inputs: Inputs, filler: Filler): Json | undefined {
  if (typeof template === "string") return fillJsonText(template, inputs, filler);
  if (isList(template)) {
    return template.map((item) => fillJson(item, inputs, filler)).filter((item) => item !== undefined);
  }
  if (!isObject(template)) return template;
  const members = Object.entries(template as Readonly<Record<string, JsonTemplate>>).flatMap(
    ([member, value]): [string, Json][] => {
      if (member === "...") return Object.entries(inputs.event ?? {});
      const filled = fillJson(value, inputs, filler);
      return filled === undefined ? [] : [[member, filled]];
    },
  );
  const emptied = members.length === 0 && Object.keys(template).length > 0;
  return emptied ? undefined : Object.fromEntries(members);
}

function fillJsonText(template: string, inputs: Inputs, filler: Filler): Json | undefined {
  const [, name, optional] = ALONE.exec(template) ?? [];
  if (name === undefined) return fillText(template, inputs, "raw", filler);
  const value = lookUp(name, inputs, filler);
  if (value === undefined && optional === undefined) throw missing(name, inputs, filler);
  return value;
}

function isList(template: JsonTemplate): template is readonly JsonTemplate[] {
  return Array.isArray(template);
}

/** Of a form, a query or headers: by name. A name with `...` in it becomes one for each field of the occurrence. */
export function fillMembers(
  members: Readonly<Record<string, Template>>,
  inputs: Inputs,
  place: Place,
  filler: Filler,
): Record<string, string> {
  const filled = Object.entries(members).flatMap(([member, template]): [string, string][] => {
    if (member.includes("...")) {
      return Object.entries(inputs.event ?? {}).flatMap(([name, value]) =>
        value === null ? [] : [[member.replace("...", name), String(value)]],
      );
    }
    const text = fillText(template, inputs, place, filler);
    return text === undefined ? [] : [[member, text]];
  });
  return Object.fromEntries(filled);
}

/** Names that a template demands, and those that it can do without. */
export function namesIn(
  template: JsonTemplate,
): readonly { readonly name: string; readonly optional: boolean }[] {
  if (typeof template === "string") {
    return [...template.matchAll(PLACES)].map(([, name = "", mark]) => ({
      name,
      optional: mark !== undefined,
    }));
  }
  if (isList(template)) return template.flatMap(namesIn);
  return isObject(template) ? Object.values(template as Record<string, JsonTemplate>).flatMap(namesIn) : [];
}

function lookUp(name: string, inputs: Inputs, { rules = {} }: Filler): Json | undefined {
  if (name.startsWith("event.")) return known(inputs.event?.[name.slice("event.".length)]);
  const [rule] = Object.hasOwn(rules, name) ? Object.values(rules[name] ?? {}) : [];
  if (rule !== undefined) return known(rule(inputs));
  if (name === "mode") return inputs.mode;
  return known(inputs.values[name] ?? inputs.named?.[name]);
}

/** An empty text is as good as none: forms send them for what was not filled in. */
function known(value: Json | undefined): Json | undefined {
  return value === "" || value === null ? undefined : value;
}

function asText(value: Json): string {
  return isObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
}

function missing(name: string, { event }: Inputs, { title }: Filler): Fault {
  if (name.startsWith("event.") && event !== undefined) {
    const field = name.slice("event.".length);
    return new Fault("invalid", `What happened has no ${field}, which ${title} needs.`, {
      code: "services.field-missing",
      hint: `Send ${field} with it, or do not connect this point to ${title}.`,
    });
  }
  return new Fault("invalid", `${title} needs ${name}, which is not given and cannot be made of what is.`, {
    code: "services.value-missing",
    hint: `Connect it again with ${name}.`,
  });
}

function escaped(text: string, place: Place, name: string, { title }: Filler): string {
  switch (place) {
    case "raw":
      return text;
    case "path":
      // A segment of dots would be taken for a step up.
      if (text === "." || text === "..") throw unfit(name, "a segment of an address", title);
      return encodeURIComponent(text);
    case "host":
      if (!/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i.test(text))
        throw unfit(name, "part of a host's name", title);
      return text.toLowerCase();
    case "header":
      if (!/^[\x20-\x7e\x80-\xff]*$/.test(text)) throw unfit(name, "the text of a header", title);
      return text;
    case "html":
      return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
    case "script":
      return JSON.stringify(text)
        .slice(1, -1)
        .replace(/[<>&'\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
  }
}

function unfit(name: string, what: string, title: string): Fault {
  return new Fault("invalid", `${name} cannot be ${what} of ${title}.`, {
    code: "services.unfit-value",
    hint: `Look whether ${name} was copied whole, and nothing else with it.`,
  });
}
