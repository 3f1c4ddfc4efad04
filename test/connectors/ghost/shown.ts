// What visitors get of a body of Ghost's editor, by a program that shares nothing with the connector.

import { type DefaultTreeAdapterMap, parseFragment } from "parse5";

type Node = Readonly<Record<string, unknown>>;

/** As Ghost's renderer wraps formatted text, by Lexical's bits. */
const FORMATS: readonly (readonly [number, string])[] = [
  ...([
    [1, "strong"],
    [2, "em"],
    [4, "s"],
    [8, "u"],
    [16, "code"],
    [32, "sub"],
    [64, "sup"],
    [128, "mark"],
  ] as const),
];

const escaped = (text: unknown) =>
  String(text ?? "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll('"', "&quot;");

export function shownByGhost(stored: string): string {
  if (stored === "") return "";
  return (JSON.parse(stored) as { root: { children: readonly Node[] } }).root.children.map(shown).join("\n");
}

function shown(node: Node): string {
  const inner = () => ((node.children ?? []) as readonly Node[]).map(shown).join("");
  const within = (tag: string, attributes = "") => `<${tag}${attributes}>${inner()}</${tag}>`;
  switch (String(node.type).replace(/^extended-/, "")) {
    case "text": {
      const format = Number(node.format ?? 0);
      return FORMATS.reduce(
        (html, [bit, tag]) => ((format & bit) === 0 ? html : `<${tag}>${html}</${tag}>`),
        escaped(node.text),
      );
    }
    case "linebreak":
      return "<br>";
    case "link": {
      const named = ["rel", "target", "title"].filter((name) => (node[name] ?? "") !== "");
      return within(
        "a",
        [` href="${escaped(node.url)}"`, ...named.map((name) => ` ${name}="${escaped(node[name])}"`)].join(
          "",
        ),
      );
    }
    case "paragraph":
      return within("p");
    case "heading":
      return within(String(node.tag));
    case "quote":
      return within("blockquote");
    case "list":
      return within(
        String(node.tag),
        node.tag === "ol" && node.start !== 1 ? ` start="${String(node.start)}"` : "",
      );
    case "listitem":
      return within("li");
    case "codeblock": {
      const language = (node.language ?? "") === "" ? "" : ` class="language-${escaped(node.language)}"`;
      return `<pre><code${language}>${escaped(node.code)}</code></pre>`;
    }
    case "horizontalrule":
      return "<hr>";
    case "paywall":
      return "<!--members-only-->";
    case "html":
      return String(node.html);
    case "image": {
      const image = `<img src="${escaped(node.src)}" alt="${escaped(node.alt)}">`;
      const linked = (node.href ?? "") === "" ? image : `<a href="${escaped(node.href)}">${image}</a>`;
      const caption = (node.caption ?? "") === "" ? "" : `<figcaption>${String(node.caption)}</figcaption>`;
      return `<figure>${linked}${caption}</figure>`;
    }
    default:
      return "";
  }
}

const EMPHASIS: Readonly<Record<string, string>> = { b: "strong", i: "em", del: "s" };

/** Every letter that a reader sees with the emphasis it has, wherever the tags begin and end. */
export function emphasisIn(html: string): string {
  const runs: { names: string; letters: string }[] = [];
  const look = (node: DefaultTreeAdapterMap["childNode"], names: readonly string[]): void => {
    if ("value" in node) {
      const letters = node.value.replace(/\s+/g, "");
      const last = runs.at(-1);
      const key = [...new Set(names)].sort().join("+");
      if (last?.names === key) last.letters += letters;
      else if (letters !== "") runs.push({ names: key, letters });
    }
    if (!("tagName" in node)) return;
    const name = EMPHASIS[node.tagName] ?? node.tagName;
    const inside = FORMATS.some(([, tag]) => tag === name) ? [...names, name] : names;
    for (const child of node.childNodes) look(child, inside);
  };
  for (const node of parseFragment(html).childNodes) look(node, []);
  return runs.map(({ names, letters }) => `${names}: ${letters}`).join("\n");
}
