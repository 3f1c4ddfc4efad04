/**
 * A pure function of a text that keeps what it gave for texts that come again soon. About `most` characters of texts and
 * results are kept; when they are full, what was not asked for lately is forgotten.
 */
export function remembering(work: (text: string) => string, most: number): (text: string) => string {
  let young = new Map<string, string>();
  let old = new Map<string, string>();
  let size = 0;
  return (text) => {
    const known = young.get(text);
    if (known !== undefined) return known;
    const result = old.get(text) ?? work(text);
    const grown = size + text.length + result.length;
    const full = grown > most / 2;
    if (full) {
      old = young;
      young = new Map();
    }
    size = full ? text.length + result.length : grown;
    young.set(text, result);
    return result;
  };
}
