// Which uploads a text refers to by number, whoever wrote it: blocks, shortcodes of galleries and page builders.

/** Names of attributes that hold ids of uploads: `ids`, `mediaId`, `image_id`, `image`, `gallery_images`. */
const NAME =
  "(?:[\\w-]*(?:image|img|media|attachment|photo|picture|galler|slide|thumb|logo|icon|poster|background|video|audio|file|include|src)[\\w-]*|\\w*[iI]ds?|[\\w-]*[_-]ids?)";
/** As in markup, in JSON, and in JSON within either. */
const QUOTE = "(?:\\\\*[\"']|&quot;|&#0?3[49];)";
const MENTION = new RegExp(
  `(?<![\\w-])${NAME}${QUOTE}?\\s*[:=]\\s*\\[?\\s*(${QUOTE}?\\d(?:[\\d,\\s]|${QUOTE})*)`,
  "gi",
);

/** Numbers that stand where the ids of uploads do; others may be among them, of posts or sizes. */
export function mentionedIds(text: string): readonly string[] {
  return [...text.matchAll(MENTION)].flatMap(
    ([, list = ""]) => list.replace(/&#0?3[49];/g, "").match(/\d+/g) ?? [],
  );
}
