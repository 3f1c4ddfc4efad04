/** What was kept lately, by name. */
export interface Recent<V> {
  get(name: string): V | undefined;
  /** `size`: characters that this one counts for. */
  set(name: string, value: V, size: number): void;
}

/** About `most` characters are kept; when they are full, what was neither set nor asked for lately is forgotten. */
export function recent<V>(most: number): Recent<V> {
  let young = new Map<string, { readonly value: V; readonly size: number }>();
  let old: typeof young = new Map();
  let size = 0;
  const keep = (name: string, kept: { readonly value: V; readonly size: number }): void => {
    if (size + kept.size > most / 2) {
      old = young;
      young = new Map();
      size = 0;
    }
    size += kept.size;
    young.set(name, kept);
  };
  return {
    get(name) {
      const known = young.get(name);
      if (known !== undefined) return known.value;
      const before = old.get(name);
      if (before !== undefined) keep(name, before);
      return before?.value;
    },
    set: (name, value, counts) => keep(name, { value, size: counts }),
  };
}

/**
 * A pure function of a text that keeps what it gave for texts that come again soon. About `most` characters of texts and
 * results are kept; when they are full, what was not asked for lately is forgotten.
 */
export function remembering(work: (text: string) => string, most: number): (text: string) => string {
  const known = recent<string>(most);
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const result = work(text);
    known.set(text, result, text.length + result.length);
    return result;
  };
}
