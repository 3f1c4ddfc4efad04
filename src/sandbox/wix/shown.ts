// What a browser sees of the sandbox.
import { isObject } from "../../lib/json.ts";
import { entryPage, frontPage, text } from "../pages.ts";
import type { Reply } from "../serve.ts";
import type { Post, WixStore } from "./state.ts";

export const PLATFORM = "Wix";

const ASSUMED = {
  intro:
    "Wix's documents are silent, or nobody here could try it, so a run that goes well here is no proof for these:",
  points: [
    "A second post of one slug gets a number; some slugs are kept for Wix itself and get one, too.",
    "SEO tags of any name are kept.",
    "An update with the action UPDATE_PUBLISH reaches the live copy.",
    "Queries and searches see at once what was written.",
    "A file is ready after a second; one that is imported is not fetched.",
    "Collections answer as the notes of Wix's own tools have it: no published type describes them.",
  ],
};

/** Undefined for what is no page. */
export function showPath(store: WixStore, path: string): Reply | undefined {
  const live = [...store.posts.values()].filter((post) => post.live !== undefined && !post.trashed);
  if (path === "/") {
    const visible = live.map(({ live: shown }) => ({
      path: `/post/${String(shown?.seoSlug)}`,
      title: String(shown?.title),
    }));
    const about = "Posts are below <code>/blog/v3</code>, for the API key or the app that it told.";
    return html(frontPage(PLATFORM, store.site.title, about, visible, ASSUMED));
  }
  const slug = /^\/post\/([^/]+)$/.exec(path)?.[1];
  const found = live.find(({ live: shown }) => slug !== undefined && shown?.seoSlug === decoded(slug));
  return found === undefined ? undefined : html(postPage(found));
}

const html = (body: string): Reply => ({ status: 200, type: "text/html", body });

function postPage({ live }: Post): string {
  const nodes = isObject(live?.richContent) ? live.richContent.nodes : [];
  const blocks = (Array.isArray(nodes) ? nodes : []).map((node) => `<p>${text(wordsIn(node))}</p>`);
  return entryPage(PLATFORM, String(live?.title), blocks.join(""));
}

/** Its texts alone: what visitors would see of the nodes is not modelled. */
function wordsIn(node: unknown): string {
  if (!isObject(node)) return "";
  if (isObject(node.textData)) return String(node.textData.text);
  return (Array.isArray(node.nodes) ? node.nodes : []).map((child) => wordsIn(child)).join(" ");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
