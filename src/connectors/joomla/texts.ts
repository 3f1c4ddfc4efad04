// Texts that were read as they are stored.

/** What an article's text was at one save: its version, the time of it, what was shown of it, and how it is stored. */
export interface StoredText {
  readonly version: number;
  readonly modified: string | null;
  readonly shown: string;
  readonly raw: string;
}

/** By the article's id. */
export interface Texts {
  get(id: string): StoredText | undefined;
  keep(id: string, text: StoredText): void;
}

/** Remembers so many characters, of what was kept last. */
export function textsOf(most: number): Texts {
  const texts = new Map<string, StoredText>();
  let size = 0;
  const drop = (id: string) => {
    size -= weightOf(texts.get(id));
    texts.delete(id);
  };
  return {
    get: (id) => texts.get(id),
    keep(id, text) {
      drop(id);
      texts.set(id, text);
      size += weightOf(text);
      for (const old of texts.keys()) {
        if (size <= most) break;
        drop(old);
      }
    },
  };
}

const weightOf = (text: StoredText | undefined) =>
  text === undefined ? 0 : text.raw.length + text.shown.length;
