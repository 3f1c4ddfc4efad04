import { parseFragment, serialize } from "parse5";
import { canonical } from "./canonical.ts";

/** Does a browser take the tags as they stand: none left open, none closed that was not open, none where it may not be? */
export function isWellFormed(html: string): boolean {
  return canonical(serialize(parseFragment(html)), "space") === canonical(html, "space");
}
