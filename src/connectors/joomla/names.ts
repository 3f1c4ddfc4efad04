// Titles and names as Joomla's filter leaves them. Pure.

/** What the filter takes for a tag. */
const TAG = /<\/?[\p{L}!][^<>]*>?/gu;

/** Without anything that looks like markup, and without white space around it. */
export const plainName = (text: string) => text.replace(TAG, "").trim();
