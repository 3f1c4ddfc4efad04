/** Where the package keeps what sandboxes are made from; seen from src/sandbox/ and from dist/chunks/ alike. */
export const FIXTURES = new URL("../../fixtures/", import.meta.url);
