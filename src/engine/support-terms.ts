import type { Term } from "../connectors/contract.ts";
import { foldName, joinTermPath } from "../content/term-path.ts";
import { Fault } from "../lib/fault.ts";
import { nearestName } from "../lib/suggest.ts";
import { intend, settle } from "../store/journal.ts";
import type { Step } from "../sync/plan.ts";
import type { Applying } from "./applying.ts";
import type { Root } from "./root.ts";
import { mayCreateTerm } from "./rules.ts";
import type { Site } from "./site.ts";
import { blankStep, failSupport, supportIntent } from "./support-step.ts";
import { parentPath, type TermNews } from "./term-stock.ts";

/** A term that a document names and the site lacks. */
export interface TermNeed {
  readonly taxonomy: string;
  readonly path: readonly string[];
  readonly field: string;
}

/** More new terms than this are not read one by one by anybody: they are not compared with those of the site. */
const COMPARED = 200;

export function refuseTerms(root: Root, site: Site, path: string, terms: readonly TermNeed[]): void {
  const refused = terms.filter((term) => !mayCreateTerm(root, term.field));
  const [first] = refused;
  if (first === undefined) return;
  const named = refused.map((term) => {
    const near = nearTo(site, term);
    return `"${joinTermPath(term.path)}"${near === undefined ? "" : ` (it has "${near}")`}`;
  });
  throw new Fault("invalid", `the site has no ${first.field} ${named.join(", ")}`, {
    code: "unknown-term",
    place: { file: path, field: first.field },
    hint: `use one the site has, or allow new ones with \`terms: { ${first.field}: create }\` in ainstein.yaml`,
  });
}

/** Parents stand before their children, because terms are created in this order. */
export function addWithParents(site: Site, terms: Map<string, TermNeed>, need: TermNeed): void {
  const names = need.path[0] === "" ? need.path.slice(1) : need.path;
  for (let depth = 1; depth <= names.length; depth += 1) {
    const path = names.slice(0, depth);
    if (depth < names.length && site.terms.find(need.taxonomy, parentPath(names, depth)) !== undefined)
      continue;
    const key = `${need.taxonomy}\0${path.map(foldName).join("\0")}`;
    if (!terms.has(key)) terms.set(key, { ...need, path });
  }
}

export function termSteps(site: Site, terms: readonly TermNeed[]): readonly Step[] {
  return terms.map((need): Step => {
    const near = terms.length > COMPARED ? undefined : nearTo(site, need);
    const removed = site.terms.wasRemoved(need.taxonomy, need.path);
    return {
      ...blankStep,
      action: "term",
      path: joinTermPath(need.path),
      kind: need.taxonomy,
      title: need.path.at(-1) ?? "",
      reason: `${removed ? "removed from the site since; made anew" : "not on the site yet"}${near === undefined ? "" : `; it has "${near}"`}`,
    };
  });
}

/** A term of the site that was possibly meant. */
function nearTo(site: Site, { taxonomy, path }: TermNeed): string | undefined {
  const names = new Map([...site.terms.of(taxonomy)].map((term) => [term.name, term]));
  const near = nearestName(path.at(-1) ?? "", names.keys());
  const term = near === undefined ? undefined : names.get(near);
  return term === undefined ? undefined : joinTermPath(term.path);
}

/** Lines of the lockfile alone: what documents call these terms goes on meaning them. */
export function renamedSteps(news: readonly TermNews[]): readonly Step[] {
  return news.map(({ term, words, renamed, rival }): Step => {
    const now = joinTermPath(term.path);
    const said = words.map((word) => `"${word}"`).join(" or ");
    const other =
      rival === undefined ? "" : `, not its new "${joinTermPath(rival.path)}" (slug ${rival.slug})`;
    return {
      ...blankStep,
      action: "relink",
      path: now,
      kind: term.taxonomy,
      id: term.id,
      title: term.name,
      reason: renamed
        ? `renamed on the site to "${now}"; files that say ${said} mean it${other}`
        : `files that say ${said} mean "${now}" (slug ${term.slug})${other}`,
    };
  });
}

/** One by one: some platforms make two terms of one name when asked twice at once. */
export async function createTerms(applying: Applying, terms: readonly TermNeed[]): Promise<void> {
  const { site, store } = applying;
  const there = site.target.connector.terms;
  if (there === undefined) return;
  for (const need of terms) {
    if (applying.signal.aborted) return;
    const path = joinTermPath(need.path);
    const seq = intend(store, supportIntent(applying, "term", path, `${need.taxonomy}/${path}`));
    try {
      const parent = parentOf(site, need);
      applying.writes += 1;
      const term = await there.create(need.taxonomy, need.path.at(-1) ?? "", parent);
      site.terms.add(term, need.path);
      settle(store, seq, "done", { id: term.id });
    } catch (thrown) {
      failSupport(applying, seq, `the term "${path}"`, thrown);
    }
  }
}

/** Throws `invalid` where it could not be made: its child is not made elsewhere instead. */
function parentOf(site: Site, { taxonomy, path }: TermNeed): Term | undefined {
  if (path.length === 1) return undefined;
  const above = path.slice(0, -1);
  const parent = site.terms.find(taxonomy, parentPath(above, above.length));
  if (parent !== undefined) return parent;
  throw new Fault("invalid", `the site has no "${joinTermPath(above)}" to put it below`, {
    code: "no-parent-term",
  });
}
