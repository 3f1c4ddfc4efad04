// Titles and names as Joomla's filter leaves them. Pure.

/** What the filter takes for a tag. */
const TAG = /<(?=[^\s<>])[^<>]*>?/g;
const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"' };
const ENTITY = /&(?:(amp|lt|gt|quot)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi;

/**
 * Without anything that looks like markup, and without white space around it: what the filter leaves alone. It reads entities as
 * their characters, takes out what stands in angle brackets, and loses words behind one `<` alone.
 */
export function plainName(text: string): string {
  const read = text.replace(ENTITY, (entity, name?: string, decimal?: string, hex?: string) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? entity;
    const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
    return code > 0x1f && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
      ? String.fromCodePoint(code)
      : entity;
  });
  return read === text ? text.replace(TAG, "").replaceAll("<", "").trim() : plainName(read);
}
