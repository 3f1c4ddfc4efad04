// The pages that a browser shows when it has been sent back to this machine. They need no network.

/** What the browser shows at the end. Texts are plain, and may hold what a site said of itself. */
export interface LastPage {
  readonly tone: "good" | "bad" | "plain";
  readonly title: string;
  /** One paragraph each. */
  readonly text: readonly string[];
}

/** For hand-offs, whose outcome is told in the terminal only. */
export const CAME_BACK: LastPage = {
  tone: "good",
  title: "Connected",
  text: ["You can close this window and go back to the terminal."],
};

/** For a command that ended before it had more to say. */
export const SEE_TERMINAL: LastPage = {
  tone: "plain",
  title: "Back to the terminal",
  text: ["How it went stands there. You can close this window."],
};

export const NOT_HERE: LastPage = {
  tone: "bad",
  title: "Not accepted",
  text: ["This address is used once, by the site you are connecting. Go back to the terminal."],
};

export const OTHER_REQUEST: LastPage = {
  tone: "bad",
  title: "Not accepted",
  text: [
    "This window came back for another request than the one that is waiting: perhaps an old tab, or one that was opened by another command.",
    "Nothing was connected. Use the address that the terminal shows.",
  ],
};

/** For a call after the one that counted. */
export const ONCE_ONLY: LastPage = {
  tone: "bad",
  title: "Already used",
  text: ["An answer is taken once, and one has come already. Go back to the terminal."],
};

const STYLE = [
  ":root{color-scheme:light dark;--ink:#1d2430;--soft:#586274;--card:#fff;--back:#f1f3f7;--line:#dde2ea}",
  "@media (prefers-color-scheme:dark){:root{--ink:#e8ebf1;--soft:#a3adbd;--card:#1c222c;--back:#12161d;--line:#303947}}",
  "body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--back);color:var(--ink);font:17px/1.5 system-ui,sans-serif}",
  "main{box-sizing:border-box;width:min(32rem,calc(100vw - 2rem));padding:2rem 2.25rem;background:var(--card);border:1px solid var(--line);border-radius:14px}",
  "h1{display:flex;align-items:center;gap:.7rem;margin:0 0 .75rem;font-size:1.45rem;line-height:1.25}",
  "p{margin:.45rem 0 0;overflow-wrap:anywhere;text-wrap:pretty}p+p{color:var(--soft)}",
  "footer{margin-top:1.5rem;padding-top:.9rem;border-top:1px solid var(--line);color:var(--soft);font-size:.85rem}",
  "svg{flex:none;width:1.9rem;height:1.9rem}circle{fill:#1f8a4c}.bad circle{fill:#b3372f}.plain circle{fill:#586274}path{fill:none;stroke:#fff;stroke-width:2.4;stroke-linecap:round;stroke-linejoin:round}",
].join("");

const SIGNS: Readonly<Record<LastPage["tone"], string>> = {
  good: "M7 12.5l3.4 3.4L17 9",
  bad: "M8.5 8.5l7 7M15.5 8.5l-7 7",
  plain: "M8 12h8",
};

export function lastPageHtml({ tone, title, text }: LastPage): string {
  const sign = `<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="12"/><path d="${SIGNS[tone]}"/></svg>`;
  const paragraphs = text.map((line) => `<p>${escapeHtml(line)}</p>`).join("");
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">',
    `<title>ainstein-cms: ${escapeHtml(title)}</title><style>${STYLE}</style></head>`,
    `<body class="${tone}"><main><h1>${sign}${escapeHtml(title)}</h1>${paragraphs}`,
    "<footer>ainstein-cms</footer></main></body></html>",
  ].join("");
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
