import type { Asking } from "./context.ts";
import { userError } from "./context.ts";
import { demandWriter, tagList } from "./entries.ts";
import { nowStamp, typeOf } from "./state.ts";
import { entryView } from "./views.ts";

interface TagArgs {
  readonly id: string;
  readonly tags: readonly string[];
}

export function tagsAdd({ id, tags }: TagArgs, asking: Asking): object {
  return setTags(id, asking, "tagsAdd", (before) => tagList([...before, ...tags]));
}

export function tagsRemove({ id, tags }: TagArgs, asking: Asking): object {
  const gone = new Set(tagList(tags).map((tag) => tag.toLowerCase()));
  return setTags(id, asking, "tagsRemove", (before) => before.filter((tag) => !gone.has(tag.toLowerCase())));
}

function setTags(
  id: string,
  asking: Asking,
  field: string,
  change: (before: readonly string[]) => readonly string[],
): object {
  const { store } = asking;
  demandWriter(asking, typeOf(id), field);
  const entry = store.articles.get(id) ?? store.products.get(id);
  if (entry === undefined) {
    return { node: null, userErrors: [userError(["id"], null, "Resource does not exist")] };
  }
  const tags = change(entry.tags);
  if (tags.join("\n") !== entry.tags.join("\n")) Object.assign(entry, { tags, updatedAt: nowStamp(store) });
  asking.wrote = true;
  return { node: entryView(store, id), userErrors: [] };
}
