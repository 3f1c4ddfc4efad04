// What ids of nodes say. Wix takes letters, digits, `-` and `_` in them. Pure.

/**
 * Ricos names no language of a code block, so the block's id does: `code-`, the words, a check sum of the code, that two
 * blocks of one language have two ids. "" for a block without words.
 */
export function codeId(words: string, code: string): string {
  if (words === "") return "";
  const spelled = words.replace(/[^A-Za-z0-9-]/gu, (letter) => `_${letter.codePointAt(0)?.toString(16)}_`);
  return `code-${spelled}-${checkSum(code)}`;
}

/** "" for an id that does not name any. */
export function wordsIn(id: string): string {
  const [, spelled = ""] = /^code-(language-[\w-]+)-[0-9a-z]+$/.exec(id) ?? [];
  const words = spelled.replace(/_([0-9a-f]{1,6})_/g, (all, hex: string) => {
    const code = Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
  return /^language-\S+(?: meta-\S+)?$/.test(words) ? words : "";
}

/** FNV-1a, 32 bits: https://www.rfc-editor.org/rfc/rfc9923 */
function checkSum(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}
