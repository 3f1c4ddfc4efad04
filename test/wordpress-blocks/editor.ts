// The block editor's own code in a window without a screen: what it says of a body, and what it would save.
import { JSDOM, VirtualConsole } from "jsdom";
import { blocks } from "../../src/content/markdown/dialects.ts";
import { wordpressBlocks } from "../../src/content/markdown/format.ts";
import { isWellFormed } from "../../src/content/markdown/well-formed.ts";

/** A block as `wp.blocks` holds it. */
export interface EditorBlock {
  readonly name: string;
  readonly isValid: boolean;
  readonly validationIssues?: readonly { readonly args: readonly unknown[] }[];
  attributes: Record<string, unknown>;
  /** Where newer editors keep what has no attribute: the content of the HTML block. */
  innerContent?: readonly string[];
  readonly innerBlocks: readonly EditorBlock[];
}

/** The part of `wp.blocks` that is used here. */
interface BlocksApi {
  parse(content: string): EditorBlock[];
  serialize(blocks: readonly EditorBlock[]): string;
  getBlockVariations(name: string): readonly {
    readonly patterns?: readonly RegExp[];
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
}

export interface Editor extends BlocksApi {
  /** Its HTML block holds what it is given; in older editors only what a browser need not mend. */
  readonly takesAnyHtml: boolean;
  /** Every block of a stored body, the inner ones too, in which the editor finds fault. */
  faults(stored: string): readonly BlockFault[];
}

export interface BlockFault {
  readonly name: string;
  /** The markup of the outermost block around it. */
  readonly source: string;
  /**
   * `invalid`: the editor offers to repair it. `unknown`: it has no block of that name. `migrated`: valid only as what
   * an older version saved. `rewritten`: valid, but what the editor saves for it, `saved`, says something else.
   */
  readonly kind: "invalid" | "unknown" | "migrated" | "rewritten";
  /** What the validator says, in its own words. */
  readonly issues: readonly string[];
  readonly saved: string;
}

/** Starts the editor whose scripts `load` runs; they have to leave `wp.blocks`, with the core blocks registered. */
export function startEditor(load: (run: (script: string) => void) => void): Editor {
  const virtualConsole = new VirtualConsole();
  const migrated: string[] = [];
  virtualConsole.on("groupCollapsed", (format: string, name: string) => {
    if (format.startsWith("Updated Block")) migrated.push(name);
  });
  const { window } = new JSDOM("<!doctype html><body></body>", {
    runScripts: "outside-only",
    url: "http://localhost/",
    virtualConsole,
  });
  Object.assign(window, MISSING_IN_JSDOM);
  load((script) => window.eval(script));
  const api = window.wp.blocks as BlocksApi;
  const faultsIn = (source: string): BlockFault[] => {
    migrated.length = 0;
    const blocks = api.parse(source);
    const saved = api.serialize(blocks);
    const found = blocks.flatMap((block) => within(block, source, saved));
    const told = { name: migrated[0] ?? blocks[0]?.name ?? "", source, issues: [], saved };
    if (migrated.length > 0) found.push({ ...told, kind: "migrated" });
    else if (found.length === 0 && !wordpressBlocks.same(saved, source))
      found.push({ ...told, kind: "rewritten" });
    return found;
  };
  return {
    ...api,
    takesAnyHtml: api.parse("<!-- wp:html -->\n<p>\n<!-- /wp:html -->").every(({ isValid }) => isValid),
    // What stands between blocks belongs to the classic block, which has no rules.
    faults: (stored) =>
      blocks.split(stored).flatMap(({ raw, kind }) => (kind === "block" ? faultsIn(raw) : [])),
  };
}

/**
 * Faults that are ours: not those of blocks that a document holds as they are, and, where an editor demands HTML that no
 * browser has to mend, not those of HTML that its author left in such a state.
 */
export function ownFaults(editor: Editor, markdown: string, stored: string): readonly BlockFault[] {
  return editor
    .faults(stored)
    .filter(
      ({ source }) =>
        !markdown.includes(source) && (editor.takesAnyHtml || htmlBlocksOf(source).every(isWellFormed)),
    );
}

/** The HTML blocks in a body, those in other blocks among them. */
export function htmlBlocksOf(stored: string): readonly string[] {
  return [...stored.matchAll(/<!-- wp:html -->[\s\S]*?<!-- \/wp:html -->/g)].map(([block]) => block);
}

class Observer {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

const MISSING_IN_JSDOM = {
  matchMedia: () => ({ matches: false, addListener() {}, removeListener() {}, addEventListener() {} }),
  requestIdleCallback: () => 0,
  ResizeObserver: Observer,
  IntersectionObserver: Observer,
  Worker: class {},
  TextEncoder,
  TextDecoder,
  structuredClone,
};

function within(block: EditorBlock, source: string, saved: string): BlockFault[] {
  const { name, isValid, validationIssues = [], innerBlocks } = block;
  const inner = innerBlocks.flatMap((child) => within(child, source, saved));
  const kind = name === "core/missing" ? "unknown" : isValid ? undefined : "invalid";
  if (kind === undefined) return inner;
  const issues = validationIssues.map(({ args: [format, ...values] }) => told(String(format), values));
  return [{ name, source, kind, issues, saved }, ...inner];
}

/** `console.error`'s `%s` and `%o`. */
function told(format: string, values: readonly unknown[]): string {
  const rest = [...values];
  return format.replace(/%[so]/g, () => {
    const value = rest.shift();
    return typeof value === "string" ? value : JSON.stringify(value);
  });
}
