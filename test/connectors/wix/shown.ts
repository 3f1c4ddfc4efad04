// What visitors get of rich content, by a program that shares nothing with the connector.

type Node = Readonly<Record<string, unknown>>;

const escaped = (text: unknown) =>
  String(text ?? "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll('"', "&quot;");

const nodesOf = (node: Node) => (node.nodes ?? []) as readonly Node[];
const at = (node: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (value as Node | undefined)?.[name], node);

export function shownByWix(stored: string): string {
  return nodesOf(JSON.parse(stored) as Node)
    .map(shown)
    .join("\n");
}

/** The link around a text. */
function linkOf(text: Node | undefined): Node | undefined {
  const decorations = (at(text, "textData", "decorations") ?? []) as readonly Node[];
  const found = decorations.find(({ type }) => type === "LINK");
  return at(found, "linkData", "link") as Node | undefined;
}

/** Texts in a row that lead to one address are one link to those who read. */
function textsShown(texts: readonly Node[]): string {
  let html = "";
  texts.forEach((text, i) => {
    const link = linkOf(text);
    const isLike = (other: Node | undefined) => JSON.stringify(linkOf(other)) === JSON.stringify(link);
    if (link !== undefined && !isLike(texts[i - 1])) {
      const rel = Object.keys((link.rel ?? {}) as object).join(" ");
      const target = link.target === "SELF" ? "" : ` target="_${String(link.target).toLowerCase()}"`;
      html += `<a href="${escaped(link.url)}"${rel === "" ? "" : ` rel="${rel}"`}${target}>`;
    }
    html += decorated(text, link);
    if (link !== undefined && !isLike(texts[i + 1])) html += "</a>";
  });
  return html;
}

/** As Wix shows decorated text, innermost first; two colours of ours stand for code and for marked text. */
function decorated(node: Node, link: Node | undefined): string {
  const decorations = (at(node, "textData", "decorations") ?? []) as readonly Node[];
  return decorations.reduce(
    (inner, { type, colorData }) => {
      const tag =
        { BOLD: "strong", ITALIC: "em", UNDERLINE: link === undefined ? "u" : "" }[String(type)] ?? "";
      const background = at(colorData, "background");
      const own = background === "#f0f0f2" ? "code" : background === "#ffff00" ? "mark" : tag;
      return own === "" ? inner : `<${own}>${inner}</${own}>`;
    },
    escaped(at(node, "textData", "text")).replaceAll("\n", "<br>"),
  );
}

const image = (file: unknown, alt: unknown) => {
  const src = at(file, "src", "url") ?? `https://static.wixstatic.com/media/${String(at(file, "src", "id"))}`;
  return `<img src="${escaped(src)}" alt="${escaped(alt)}">`;
};

function imageShown(node: Node): string {
  const plain = image(at(node, "imageData", "image"), at(node, "imageData", "altText"));
  const url = at(node, "imageData", "link", "url");
  const linked = url === undefined ? plain : `<a href="${escaped(url)}">${plain}</a>`;
  const caption = at(node, "imageData", "caption");
  return `<figure>${linked}${caption === undefined ? "" : `<figcaption>${escaped(caption)}</figcaption>`}</figure>`;
}

function codeShown(node: Node): string {
  const words = /^code-(.+)-\w+$/.exec(String(node.id))?.[1] ?? "";
  const classes = words.replace(/_([0-9a-f]+)_/g, (_, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  );
  const code = nodesOf(node).map((text) => escaped(at(text, "textData", "text")));
  return `<pre><code${classes === "" ? "" : ` class="${escaped(classes)}"`}>${code.join("")}</code></pre>`;
}

function tableShown(node: Node): string {
  const rows = nodesOf(node).map((row, i) => {
    const tag = i === 0 && at(node, "tableData", "rowHeader") === true ? "th" : "td";
    const cells = nodesOf(row).map((cell) => {
      const [paragraph = {}] = nodesOf(cell);
      const alignment = at(paragraph, "paragraphData", "textStyle", "textAlignment");
      const style = alignment === undefined ? "" : ` style="text-align:${String(alignment).toLowerCase()}"`;
      return `<${tag}${style}>${textsShown(nodesOf(paragraph))}</${tag}>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<table>${rows.join("")}</table>`;
}

function shown(node: Node): string {
  const inner = () => nodesOf(node).map(shown).join("");
  const words = () => textsShown(nodesOf(node));
  switch (node.type) {
    case "PARAGRAPH":
      return `<p>${words()
        .replaceAll(/^☐(?: |$)/g, '<input type="checkbox"> ')
        .replaceAll(/^☑(?: |$)/g, '<input type="checkbox" checked> ')}</p>`;
    case "HEADING": {
      const level = String(at(node, "headingData", "level"));
      return `<h${level}>${words()}</h${level}>`;
    }
    case "BLOCKQUOTE":
      return `<blockquote>${inner()}</blockquote>`;
    case "BULLETED_LIST":
      return `<ul>${inner()}</ul>`;
    case "ORDERED_LIST": {
      const start = at(node, "orderedListData", "start");
      return `<ol${start === undefined ? "" : ` start="${String(start)}"`}>${inner()}</ol>`;
    }
    case "LIST_ITEM":
      return `<li>${inner()}</li>`;
    case "CODE_BLOCK":
      return codeShown(node);
    case "DIVIDER":
      return "<hr>";
    case "IMAGE":
      return imageShown(node);
    case "GALLERY": {
      const items = (at(node, "galleryData", "items") ?? []) as readonly Node[];
      return items.map((item) => image(at(item, "image", "media"), item.altText)).join("");
    }
    case "VIDEO":
      return `<p>${escaped(at(node, "videoData", "video", "src", "url"))}</p>`;
    case "TABLE":
      return tableShown(node);
    case "HTML":
      return String(at(node, "htmlData", "html"));
    default:
      return "";
  }
}
