import type { RemoteMedia } from "../connectors/contract.ts";
import { megabytes } from "../content/media-size.ts";
import { atSite } from "../engine/at-site.ts";
import { ownMedia, type Usage, usageOf } from "../engine/media-orphans.ts";
import { removeMedia } from "../engine/media-remove.ts";
import type { Root } from "../engine/root.ts";
import type { OpenTarget, Site } from "../engine/site.ts";
import { EXIT, type ExitCode } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import type { Args, Command, Context } from "./context.ts";
import { countFlag, switchFlag } from "./flags.ts";
import { eachTarget, placeOf, runParts, siteOf } from "./session.ts";

/** The first positional is the action; without one, uploads that nothing shows are listed. */
export const media: Command = async (context, args) => {
  const [action, ...ids] = args.positionals;
  const place = await placeOf(context, []);
  if (action === undefined || action === "list") {
    return eachTarget(context, args, place, (target, root) => listOrphans(context, target, root));
  }
  if (action !== "remove") {
    throw new Fault("usage", `There is no action ${JSON.stringify(action)} for media.`, {
      code: "unknown-action",
      hint: "There are: list, remove.",
    });
  }
  if ((ids.length === 0) === !switchFlag(args, "orphaned")) {
    throw new Fault("usage", "media remove needs the ids of uploads, or --orphaned", {
      code: "missing-argument",
      hint: "`ainstein-cms media` lists them",
    });
  }
  return eachTarget(context, args, place, (target, root) => remove(context, args, target, root, ids));
};

/** What `status --media` and `media` show. */
export async function listOrphans(
  context: Context,
  target: OpenTarget,
  root: Root,
): Promise<{ readonly exit: ExitCode }> {
  const site = await siteOf(target, root);
  const own = await ownMedia(site);
  const usage = await usageFor(context, site, root);
  const orphans = own.filter((upload) => usage.of(upload) === undefined);
  const { ui } = context;
  for (const { id, url, size } of orphans) {
    ui.record({ type: "media", target: target.name, id, url, size: size ?? null, reason: NOBODY });
    if (!ui.json) ui.out(`${id}  ${size === undefined ? "" : `${megabytes(size)}  `}${url}  (${NOBODY})`);
  }
  if (!ui.json) ui.out(told(target.name, own.length, orphans.length));
  return { exit: EXIT.done };
}

const NOT_SEEN =
  "Themes, widgets, patterns, fields and kinds that the site's API does not show, and the trash are not looked through";
const NOBODY = "no document here and no entry there shows it";

function told(target: string, own: number, orphans: number): string {
  const many = `${own} upload${own === 1 ? "" : "s"} made from here on ${target}`;
  if (orphans === 0) return `${many}, each of them shown.`;
  return `${many}, ${orphans} of them shown nowhere. ${NOT_SEEN}; \`ainstein-cms media remove\` deletes uploads for good.`;
}

function usageFor(context: Context, site: Site, root: Root): Promise<Usage> {
  const { name } = site.target;
  context.emit({ type: "phase", target: name, phase: "list" });
  return usageOf(site, root, (done) =>
    context.emit({ type: "progress", target: name, phase: "read", done, total: 0 }),
  );
}

async function remove(
  context: Context,
  args: Args,
  target: OpenTarget,
  root: Root,
  ids: readonly string[],
): Promise<{ readonly exit: ExitCode }> {
  const looks = switchFlag(args, "dryRun");
  const parts = runParts(context, !looks);
  const run = {
    id: "media",
    commandLine: `ainstein-cms media remove --target ${target.name}`,
    write: !looks,
  };
  return atSite(parts, target, root, run, async (at) => {
    const { site } = at;
    const own = await ownMedia(site);
    const usage = await usageFor(context, site, at.root);
    const uploads =
      ids.length === 0
        ? own.filter((upload) => usage.of(upload) === undefined)
        : await named(site, usage, ids);
    for (const { id, url } of looks ? uploads : []) {
      context.ui.record({ type: "media", target: target.name, id, url, status: "planned" });
      if (!context.ui.json) context.ui.out(`would delete ${id}  ${url}`);
    }
    if (looks || uploads.length === 0) {
      if (uploads.length === 0 && !context.ui.json) context.ui.out(told(target.name, own.length, 0));
      return { exit: EXIT.done };
    }
    refuse(at.root, args, uploads, own.length);
    const question = `Delete ${count(uploads)} on ${target.name} for good? No trash keeps them`;
    if (!switchFlag(args, "yes") && !(await context.ui.confirm(question, "--yes")))
      return { exit: EXIT.usage };
    const { removed } = await removeMedia(parts, at, uploads);
    for (const {
      media: { id, url },
      fault,
    } of removed) {
      const status = fault === undefined ? "ok" : "failed";
      const why = fault === undefined ? {} : { code: fault.code, message: fault.message };
      context.ui.record({ type: "media", target: target.name, id, url, status, ...why });
      if (!context.ui.json)
        context.ui.out(fault === undefined ? `deleted ${id}  ${url}` : `kept ${id}: ${fault.message}`);
    }
    if (removed.length < uploads.length) return { exit: EXIT.interrupted };
    return { exit: removed.some(({ fault }) => fault !== undefined) ? EXIT.failed : EXIT.done };
  });
}

/** Whoever names an upload may mean one that was not made from here, but never one that is shown. */
async function named(site: Site, usage: Usage, ids: readonly string[]): Promise<readonly RemoteMedia[]> {
  const found = (await site.target.connector.media?.get(ids)) ?? [];
  const missing = ids.filter((id) => !found.some((upload) => upload.id === id));
  if (missing.length > 0) {
    throw new Fault("usage", `there is no upload ${missing.join(", ")} on ${site.target.name}`, {
      code: "no-such-upload",
      hint: "nothing was deleted. `ainstein-cms media` lists uploads that nothing shows",
    });
  }
  for (const upload of found) {
    const by = usage.of(upload);
    if (by === undefined) continue;
    throw new Fault("usage", `${upload.url} (id ${upload.id}) is shown by ${by}`, {
      code: "upload-in-use",
      hint: "nothing was deleted. Take it out of there first",
    });
  }
  return found;
}

function count(uploads: readonly RemoteMedia[]): string {
  return `${uploads.length} upload${uploads.length === 1 ? "" : "s"}`;
}

/** The same consents as for removals of entries. */
function refuse(root: Root, args: Args, uploads: readonly RemoteMedia[], own: number): void {
  const refusal = (code: string, message: string, hint: string) =>
    new Fault("usage", `${message}; nothing was deleted`, { code, hint });
  if (root.config.readOnly) {
    throw refusal("read-only", "ainstein.yaml says readOnly", "remove `readOnly` if that is meant");
  }
  if (!switchFlag(args, "delete")) {
    const message = `${count(uploads)} would be deleted for good`;
    throw refusal("removal-needs-delete", message, `if that is meant, add --delete. ${NOT_SEEN}`);
  }
  const most = countFlag(args, "maxDelete");
  const many = uploads.length > 10 || (uploads.length > 2 && uploads.length * 2 > own);
  if (most === undefined ? many : uploads.length > most) {
    const message = `${uploads.length} of ${own} uploads would be deleted for good`;
    throw refusal("too-many-removals", message, `if that is meant, add --max-delete ${uploads.length}`);
  }
}
