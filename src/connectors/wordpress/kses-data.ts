// What WordPress leaves in the texts of roles without `unfiltered_html`: wp_kses_allowed_html('post') and
// safecss_filter_attr() of WordPress 6.1, and what later versions added. An older site may remove more; the comparison
// after the write tells.

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ""));

/** On every element. */
export const GLOBAL_ATTRIBUTES = words(`
  aria-controls aria-current aria-describedby aria-details aria-expanded aria-hidden aria-label aria-labelledby aria-live
  class dir hidden id lang role style title xml:lang`);

const PLAIN = words(`
  address abbr acronym b big br cite code dd dfn dl dt em fieldset figcaption i kbd mark rb rp rt rtc ruby s samp small
  strike strong sub sup title tt u var`);

const TAGS: Readonly<Record<string, string>> = {
  a: "href rel rev name target download",
  area: "alt coords href nohref shape target",
  article: "align",
  aside: "align",
  audio: "autoplay controls loop muted preload src",
  blockquote: "cite",
  button: "disabled name type value",
  caption: "align",
  col: "align char charoff span valign width",
  colgroup: "align char charoff span valign width",
  del: "datetime",
  details: "align open",
  div: "align",
  figcaption: "align",
  figure: "align",
  font: "color face size",
  footer: "align",
  h1: "align",
  h2: "align",
  h3: "align",
  h4: "align",
  h5: "align",
  h6: "align",
  header: "align",
  hgroup: "align",
  hr: "align noshade size width",
  img: "alt align border decoding fetchpriority height hspace loading longdesc vspace src usemap width",
  ins: "datetime cite",
  label: "for",
  legend: "align",
  li: "align value",
  main: "align",
  map: "name",
  menu: "type",
  nav: "align",
  object: "data type",
  ol: "start type reversed",
  p: "align",
  pre: "width",
  q: "cite",
  section: "align",
  span: "align",
  summary: "align",
  table: "align bgcolor border cellpadding cellspacing rules summary width",
  tbody: "align char charoff valign",
  td: "abbr align axis bgcolor char charoff colspan headers height nowrap rowspan scope valign width",
  textarea: "cols rows disabled name readonly",
  tfoot: "align char charoff valign",
  th: "abbr align axis bgcolor char charoff colspan headers height nowrap rowspan scope valign width",
  thead: "align char charoff valign",
  tr: "align bgcolor char charoff valign",
  track: "default kind label src srclang",
  ul: "type",
  video: "autoplay controls height loop muted playsinline poster preload src width",
};

const NOTHING: ReadonlySet<string> = new Set();

/** Elements that stay in texts and excerpts, with the attributes of their own. */
export const IN_TEXTS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ...[...PLAIN].map((name) => [name, NOTHING] as const),
  ...Object.entries(TAGS).map(([name, attributes]) => [name, words(attributes)] as const),
]);

/** The same for titles (`$allowedtags`), where no attribute is for every element. */
export const IN_TITLES: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    a: "href title",
    abbr: "title",
    acronym: "title",
    b: "",
    blockquote: "cite",
    cite: "",
    code: "",
    del: "datetime",
    em: "",
    i: "",
    q: "cite",
    s: "",
    strike: "",
    strong: "",
  }).map(([name, attributes]) => [name, words(attributes)]),
);

/** `wp_kses_uri_attributes()` */
export const ADDRESS_ATTRIBUTES = words(`
  action archive background cite classid codebase data formaction href icon longdesc manifest poster profile src usemap
  xmlns`);

/** `wp_allowed_protocols()` */
export const SCHEMES = words(`
  http https ftp ftps mailto news irc irc6 ircs gopher nntp feed telnet mms rtsp sms svn tel fax xmpp webcal urn`);

export const STYLES = words(`
  align-content align-items align-self aspect-ratio background background-attachment background-blend-mode
  background-color background-image background-position background-repeat background-size border border-bottom
  border-bottom-color border-bottom-left-radius border-bottom-right-radius border-bottom-style border-bottom-width
  border-collapse border-color border-left border-left-color border-left-style border-left-width border-radius
  border-right border-right-color border-right-style border-right-width border-spacing border-style border-top
  border-top-color border-top-left-radius border-top-right-radius border-top-style border-top-width border-width bottom
  box-shadow caption-side clear color column-count column-fill column-gap column-rule column-span column-width columns
  container-type cursor direction filter flex flex-basis flex-direction flex-flow flex-grow flex-shrink flex-wrap float
  font font-family font-size font-style font-variant font-weight gap grid-auto-columns grid-auto-rows grid-column
  grid-column-end grid-column-gap grid-column-start grid-gap grid-row grid-row-end grid-row-gap grid-row-start
  grid-template-columns grid-template-rows height justify-content justify-items justify-self left letter-spacing
  line-height list-style-type margin margin-block-end margin-block-start margin-bottom margin-inline-end
  margin-inline-start margin-left margin-right margin-top max-height max-width min-height min-width object-fit
  object-position overflow padding padding-block-end padding-block-start padding-bottom padding-inline-end
  padding-inline-start padding-left padding-right padding-top position right row-gap text-align text-decoration
  text-indent text-transform top vertical-align white-space width writing-mode z-index`);
