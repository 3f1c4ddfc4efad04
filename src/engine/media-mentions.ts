// Which uploads a text refers to by number, whoever wrote it: blocks, shortcodes of galleries and page builders.

/** Names of attributes that hold ids of uploads: `ids`, `mediaId`, `image_id`, `image`, `gallery_images`. */
const NAME =
  /image|img|media|attachment|photo|picture|galler|slide|thumb|logo|icon|poster|background|video|audio|file|include|src|ids?$/i;
/** As in markup, in JSON, and in JSON within either. */
const QUOTE = "(?:\\\\{0,7}[\"']|&quot;|&#0?3[49];)";
/** Bounded in all its parts: the text is the site's, and may be of any length. */
const ASSIGNED = new RegExp(
  `(?<![\\w-])([\\w-]{1,80})${QUOTE}?\\s{0,9}[:=]\\s{0,9}\\[?\\s{0,9}(${QUOTE}?\\d(?:[\\d,\\s]|${QUOTE})*)`,
  "g",
);

/** Numbers that stand where the ids of uploads do; others may be among them, of posts or sizes. */
export function mentionedIds(text: string): readonly string[] {
  return [...text.matchAll(ASSIGNED)].flatMap(([, name = "", list = ""]) =>
    NAME.test(name) ? (list.replace(/&#0?3[49];/g, "").match(/\d+/g) ?? []) : [],
  );
}
