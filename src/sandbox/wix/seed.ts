// What a sandbox begins with, so that there is something to pull.
import type { JsonObject } from "../../lib/json.ts";
import { createCategory, createTag } from "./labels.ts";
import { createPost } from "./posts.ts";
import { OWNER, type WixStore } from "./state.ts";

export function seed(store: WixStore): void {
  const news = createCategory(store, { category: { label: "News" } });
  const rye = createTag(store, { label: "Rye" });
  const common = { memberId: OWNER.id, categoryIds: [news.id], tagIds: [rye.id] };
  const titles = ["The oven is warm", "A loaf for Sunday", "What rye wants"];
  for (const title of titles) {
    createPost(store, { ...common, title, richContent: paragraphs(`${title}.`, "More tomorrow.") }, true);
  }
  createPost(store, { ...common, title: "Not yet done", richContent: paragraphs("To be written.") }, false);
}

function paragraphs(...texts: readonly string[]): JsonObject {
  return {
    nodes: texts.map((text, index) => ({
      type: "PARAGRAPH",
      id: `seed${index}`,
      nodes: [{ type: "TEXT", id: "", nodes: [], textData: { text, decorations: [] } }],
      paragraphData: {},
    })),
    metadata: { version: 1 },
  };
}
