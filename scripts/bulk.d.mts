/**
 * Writes `count` posts (`bulk-00001.md` …) into the directory: published, with tags and a category, tables, code,
 * nested lists, CJK, Arabic, emoji and titles of 300 characters; every fourth has one of ten pictures.
 */
export function writeBulk(dir: string, count: number): void;
