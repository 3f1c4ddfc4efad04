// Pages for people. They load nothing from anywhere.

const STYLE = `
:root{color-scheme:light dark;--ink:#1d2421;--soft:#5c6862;--paper:#fff;--back:#eef1ef;--line:#d5dbd8;--go:#00694b}
@media (prefers-color-scheme:dark){:root{--ink:#eef3f0;--soft:#a6b2ac;--paper:#1c2320;--back:#111614;--line:#36403b;--go:#2f9d78}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--back);color:var(--ink);font:17px/1.55 system-ui,sans-serif;padding:1.5rem}
main{width:100%;max-width:30rem;background:var(--paper);border:1px solid var(--line);border-radius:14px;padding:2rem}
.flag{display:inline-block;margin:0 0 1rem;padding:.15rem .7rem;border:1px solid var(--line);border-radius:99px;font-size:.85rem;color:var(--soft)}
a{color:var(--go)}h2{font-size:1.05rem;margin:1.4rem 0 .4rem}h1{font-size:1.45rem;line-height:1.25;margin:0 0 .8rem}p{margin:.6rem 0}ul{margin:.6rem 0 1.4rem;padding-left:1.2rem}
code{font-size:.9em;overflow-wrap:anywhere}.soft{color:var(--soft);font-size:.9rem}
form{display:flex;gap:.7rem;flex-wrap:wrap}button{font:inherit;padding:.55rem 1.2rem;border-radius:9px;border:1px solid var(--line);background:transparent;color:inherit;cursor:pointer}
button.go{background:var(--go);border-color:var(--go);color:#fff;font-weight:600}button:focus-visible{outline:3px solid var(--go);outline-offset:2px}`;

/** `inner` is HTML. */
export function page(platform: string, title: string, inner: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${text(title)} · sandbox</title><style>${STYLE}</style></head><body><main>
<p class="flag">This is a sandbox, not ${text(platform)}. Nothing is kept.</p>
${inner}</main></body></html>`;
}

export function plainPage(platform: string, title: string, words: string): string {
  return page(platform, title, `<h1>${text(title)}</h1><p>${text(words)}</p>`);
}

/** What a visitor of the site would see: the body is the site's own HTML, in a frame that may do nothing. */
export function entryPage(platform: string, title: string, body: string): string {
  return page(
    platform,
    title,
    `<h1>${text(title)}</h1><iframe sandbox srcdoc="${text(body)}" title="${text(title)}" style="width:100%;height:50vh;border:0;background:#fff"></iframe>`,
  );
}

/** What somebody is asked to consent to: the form posts `decision`, and the request again as `request`, to `action`. */
export interface Consent {
  readonly title: string;
  readonly question: string;
  readonly clientId: string;
  /** A line of HTML each. */
  readonly scopes: readonly string[];
  readonly action: string;
  readonly request: string;
  readonly yes: string;
  readonly redirectUri: string;
}

export function consentPage(platform: string, consent: Consent): string {
  const scopes = consent.scopes.map((scope) => `<li>${scope}</li>`).join("");
  return page(
    platform,
    consent.title,
    `<h1>${text(consent.question)}</h1>
<p>The app with the client id <code>${text(consent.clientId)}</code> asks to work with:</p>
<ul>${scopes || "<li>nothing: it named no scopes</li>"}</ul>
<form method="post" action="${text(consent.action)}">
<input type="hidden" name="request" value="${text(consent.request)}">
<button class="go" name="decision" value="approve">${text(consent.yes)}</button>
<button name="decision" value="decline">Cancel</button></form>
<p class="soft">Afterwards the browser goes back to <code>${text(consent.redirectUri)}</code>.</p>`,
  );
}

/** Something that visitors can open. */
export interface Shown {
  readonly path: string;
  readonly title: string;
}

const SHOWN_AT_MOST = 100;

/** The page of a sandbox itself. `visible` is oldest first; `about` is HTML. */
export function frontPage(
  platform: string,
  site: string,
  about: string,
  visible: readonly Shown[],
  assumed: { readonly intro: string; readonly points: readonly string[] },
): string {
  const points = assumed.points.map((one) => `<li>${text(one)}</li>`).join("\n");
  const newest = visible.slice(-SHOWN_AT_MOST).reverse();
  const links = newest.map(({ path, title }) => `<li><a href="${text(path)}">${text(title)}</a></li>`);
  const more = visible.length - newest.length;
  return page(
    platform,
    site,
    `<h1>${text(site)}</h1>
<p>${about}</p>
<h2>What visitors see</h2><ul>${links.join("\n") || "<li>nothing yet</li>"}${more > 0 ? `<li>and ${more} older</li>` : ""}</ul>
<h2>What it assumes</h2><p class="soft">${text(assumed.intro)}</p>
<ul class="soft">${points}</ul>`,
  );
}

export function text(value: string): string {
  return value.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
