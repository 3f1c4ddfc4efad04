// What visitors see of a body: the filters of its text format may hide some of what is stored.
import { isObject, type JsonObject } from "../../lib/json.ts";
import { PLAIN } from "./plain-text.ts";
import { type Resource, textIn } from "./resource.ts";

/** What formats hide, and where, as far as answers of writes have shown it. */
export type Hidden = Map<string, { readonly tags: Set<string>; readonly titles: Set<string> }>;

/** Names of tags in the order of their first use. Those with a `-` are the site's own, made into others when they are shown. */
function tagsIn(html: string): ReadonlySet<string> {
  const plain = html.replace(/<!--.*?-->/gs, "");
  return new Set(
    [...plain.matchAll(/<([a-z][a-z0-9]*)(?=[\s/>])/gi)].map(([, name = ""]) => name.toLowerCase()),
  );
}

/** Compares a body with what Drupal says that it shows of it. */
export function lookAtShown(row: Resource, hidden: Hidden): void {
  const { body = null } = row.attributes;
  const { value, processed, format } = (isObject(body) ? body : {}) as JsonObject;
  if (typeof value !== "string" || typeof processed !== "string" || typeof format !== "string") return;
  // Shows every sign of it.
  if (format === PLAIN) return;
  const shown = tagsIn(processed);
  const missing = [...tagsIn(value)].filter((name) => !shown.has(name));
  if (missing.length === 0) return;
  const found = hidden.get(format) ?? { tags: new Set(), titles: new Set() };
  for (const name of missing) found.tags.add(`<${name}>`);
  found.titles.add(textIn(row, "title"));
  hidden.set(format, found);
}

/** A sentence for each format. */
export function hiddenNotices(hidden: Hidden): readonly string[] {
  return [...hidden].map(([format, { tags, titles }]) => {
    const [first = ""] = titles;
    const where = titles.size === 1 ? `"${first}"` : `"${first}" and ${titles.size - 1} more`;
    return `the text format ${format} hides ${[...tags].join(", ")} of ${where} from visitors, though the site keeps it: say another \`format:\`, or allow the tags at /admin/config/content/formats`;
  });
}
