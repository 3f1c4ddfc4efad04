/** Where the package keeps the files that tasks hand out; seen from src/tasks/ and from dist/chunks/ alike. */
export const TEMPLATES = new URL("../../templates/", import.meta.url);
