import { existsSync, readFileSync } from "node:fs";
import { type Editor, startEditor } from "./editor.ts";

const INCLUDES = "/usr/share/wordpress/wp-includes";

/** The editor that the installed WordPress ships: the very scripts that a browser gets from it. */
export function installedEditor(): Editor {
  return startEditor((run) => {
    for (const handle of inOrder(["react", "react-dom", "moment", "wp-block-library"])) {
      run(readFileSync(scriptOf(handle), "utf8"));
      if (handle === "lodash") run("window.lodash = _.noConflict();");
    }
    run("wp.blockLibrary.registerCoreBlocks();");
  });
}

function scriptOf(handle: string): string {
  const names = [`${handle.replace(/^wp-/, "")}.min.js`, `vendor/${handle}.min.js`];
  const found = names.map((name) => `${INCLUDES}/js/dist/${name}`).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`WordPress has no script ${handle}`);
  return found;
}

/** The scripts and all that they depend on, each after what it depends on. */
function inOrder(handles: readonly string[]): readonly string[] {
  const list = readFileSync(`${INCLUDES}/assets/script-loader-packages.min.php`, "utf8");
  const dependencies = new Map<string, readonly string[]>();
  for (const [, name, names = ""] of list.matchAll(
    /'([\w-]+)\.min\.js' => array\('dependencies' => array\(([^)]*)\)/g,
  )) {
    dependencies.set(
      `wp-${name}`,
      [...names.matchAll(/'([^']+)'/g)].map(([, one]) => one ?? ""),
    );
  }
  const order = new Set<string>();
  const visit = (handle: string): void => {
    if (order.has(handle)) return;
    for (const one of dependencies.get(handle) ?? []) visit(one);
    order.add(handle);
  };
  for (const handle of handles) visit(handle);
  return [...order];
}
