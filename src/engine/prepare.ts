import { Fault } from "../lib/fault.ts";
import { assemble, type Policy } from "../sync/assemble.ts";
import { followingLinks } from "../sync/links.ts";
import type { Plan, PlanScope, Step } from "../sync/plan.ts";
import { compareSaved } from "../sync/saved.ts";
import type { AtSite, RunParts } from "./at-site.ts";
import type { DocumentResult } from "./events.ts";
import { type Gathered, type GatherOptions, gather, type Item } from "./gather.ts";
import { tellLinks } from "./links-tell.ts";
import { foresee } from "./losses.ts";
import { tellPasswords } from "./passwords.ts";
import { linesFor } from "./root.ts";
import type { Site } from "./site.ts";
import { type Support, supportFor, supportSteps } from "./support.ts";
import { renamedSteps } from "./support-terms.ts";
import { unreachableFault } from "./unreachable.ts";
import { tellUnsent } from "./unsent.ts";

export interface PlanOptions {
  readonly command: string;
  readonly policy: Policy;
  readonly scope: PlanScope;
  readonly gather: GatherOptions;
  /** Of what the scope names, only these documents; undefined for all. A new entry is known by its id. */
  readonly only?: ((path: string, id: string | undefined) => boolean) | undefined;
  /** A saved plan: exactly its steps are carried out, or none. */
  readonly saved: Plan | undefined;
  /** Of a saved plan, leave out the steps that moved on. */
  readonly skipMoved: boolean;
  /** Send documents, too, that the site will not hold as they are. */
  readonly allowLossy: boolean;
}

export interface Prepared {
  readonly site: Site;
  readonly plan: Plan;
  readonly gathered: Gathered;
  readonly itemOf: (step: Step) => Item | undefined;
  readonly support: Support;
  /** Steps that are refused because the site would not hold their documents as they are. */
  readonly isRefused: (step: Step) => boolean;
}

/** Everything up to the plan: reads only. */
export async function prepare(parts: RunParts, at: AtSite, options: PlanOptions): Promise<Prepared> {
  const { site, root, recovery } = at;
  const { emit, sealing } = parts;
  const memory = at.store ?? parts.memory();
  const all = await gather({ site, root, recovery, options: options.gather, emit, memory, sealing });
  const gathered = options.only === undefined ? all : restricted(all, options.only);
  const subjects = gathered.items.map((item) => item.subject);
  const assembled = assemble(subjects, { ...options.policy, final: finalKinds(site) });
  const { batch, writeConcurrency } = site.target.connector.traits;
  const abreast = batch === undefined ? undefined : batch * writeConcurrency;
  const { steps, unchanged } = followingLinks(assembled, subjects, options.policy.out, abreast);
  const items = new Map(gathered.items.map((item) => [itemKey(item), item]));
  const itemOf = (step: Step) => items.get(`${step.kind}\0${step.path}\0${step.id ?? ""}`);
  const unreachable = unreachableFault(
    site,
    linesFor(root, site.target.name),
    gathered.items.flatMap(({ file }) => file ?? []),
  );
  const problems = [
    ...gathered.problems,
    ...(unreachable === undefined ? [] : [{ path: "", fault: unreachable }]),
  ];
  const news = renamedSteps(await site.terms.news());
  const wanted = await supportFor(site, steps, itemOf, problems, root);
  const foreseen = await foresee(site, root, steps, itemOf, wanted, problems);
  const broken = new Set(problems.map((problem) => problem.path));
  const sound = foreseen.filter((step) => !broken.has(step.path));
  const support = sound.length === steps.length ? wanted : await supportFor(site, sound, itemOf, [], root);
  const fresh: Plan = {
    v: 1,
    target: site.target.name,
    platform: site.target.platform,
    site: site.account.site,
    command: options.command,
    scope: options.scope,
    made: new Date(parts.clock.now()).toISOString(),
    steps: [...supportSteps(site, support), ...news, ...sound],
    unchanged,
  };
  const plan = options.saved === undefined ? fresh : asSaved(options.saved, fresh, options.skipMoved);
  const isRefused = (step: Step) => !options.allowLossy && step.losses !== undefined;
  const sent = plan.steps.filter((step) => !isRefused(step));
  const whole = plan === fresh && sent.length === plan.steps.length;
  const needed = whole ? support : await supportFor(site, sent, itemOf, [], root);
  const prepared = { site, plan, gathered: { ...gathered, problems }, itemOf, support: needed, isRefused };
  const failed = problems.length === 0 ? {} : { failed: problems.length };
  emit({ type: "plan", target: site.target.name, plan, ...failed });
  tellPasswords(site, plan.steps, itemOf, emit);
  await tellLinks(root, site, plan.steps, itemOf, emit);
  const bound = gathered.items.filter(({ entry }) => entry !== undefined || options.policy.out);
  await tellUnsent(root, site, bound, support, emit);
  for (const { path, fault } of problems) {
    const result: DocumentResult = { path, id: undefined, action: "skip", status: "failed", fault };
    emit({ type: "result", target: site.target.name, result });
  }
  return prepared;
}

function finalKinds({ model, target }: Site): ReadonlySet<string> {
  const { removal } = target.connector.traits;
  const final = model.kinds.filter((kind) => (kind.removal ?? removal) === "final");
  return new Set(final.map(({ name }) => name));
}

function restricted(gathered: Gathered, only: NonNullable<PlanOptions["only"]>): Gathered {
  const items = gathered.items.filter(({ subject, entry }) =>
    only(subject.local?.path ?? subject.base?.path ?? subject.newPath ?? "", entry?.id ?? subject.base?.id),
  );
  return { ...gathered, items, problems: gathered.problems.filter(({ path }) => only(path, undefined)) };
}

function itemKey({ subject }: Item): string {
  const { local, base, newPath } = subject;
  const remote = subject.remote !== undefined && "id" in subject.remote ? subject.remote : undefined;
  const kind = local?.kind ?? remote?.kind ?? base?.kind ?? "";
  return `${kind}\0${local?.path ?? base?.path ?? newPath ?? ""}\0${remote?.id ?? base?.id ?? ""}`;
}

/** The plan of now where it is the saved one; throws `usage` where it is not and nothing may be left out. */
function asSaved(saved: Plan, now: Plan, skipMoved: boolean): Plan {
  const { differences, rest } = compareSaved(saved, now);
  if (differences.length === 0) return now;
  const sameSite = saved.site === now.site && saved.target === now.target;
  if (skipMoved && sameSite) return rest;
  const shown = differences.slice(0, 5).join("; ");
  throw new Fault("usage", `the saved plan no longer holds: ${shown}${differences.length > 5 ? "; …" : ""}`, {
    code: "plan-moved",
    hint: sameSite
      ? "nothing was sent. Make the plan again with --dry-run --plan-out, or add --skip-moved for the steps that still hold"
      : "nothing was sent. Make the plan again with --dry-run --plan-out",
  });
}
