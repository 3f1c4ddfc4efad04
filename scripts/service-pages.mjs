// Writes docs/services/*.md, and the list in docs/services.md, from the providers that the program knows.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadSource, root } from "./load-source.mjs";

const contents = `
export { servicePage, withServicesList } from "./src/report/service-page.ts";
export { allProviders } from "./src/services/registry.ts";`;

const { servicePage, withServicesList, allProviders } = await loadSource(contents);
const providers = await allProviders();
rmSync(`${root}docs/services`, { recursive: true, force: true });
mkdirSync(`${root}docs/services`);
for (const provider of providers)
  writeFileSync(`${root}docs/services/${provider.id}.md`, servicePage(provider));
const list = `${root}docs/services.md`;
writeFileSync(list, withServicesList(readFileSync(list, "utf8"), providers));
