import { findPlatform } from "../connectors/registry.ts";
import type { Asked, Place } from "../engine/history.ts";
import type { Reader } from "../engine/history-document.ts";
import type { Root } from "../engine/root.ts";
import { isFault } from "../lib/fault.ts";
import { getConnection } from "../store/connections.ts";
import { fullSettings } from "./connection.ts";
import type { Context } from "./context.ts";
import { forEngine, runParts, siteOf } from "./session.ts";
import { openTarget } from "./target.ts";

export interface SiteAnswer {
  readonly place: Place;
  /** Undefined where the site was not asked, or gave no answer. */
  readonly asked: Asked | undefined;
  readonly reader: Reader;
}

/**
 * What each site says of the document now, by connection. One that cannot be reached is told about, and what is known
 * here has to do.
 */
export async function askSites(
  context: Context,
  root: Root,
  places: readonly Place[],
  offline: boolean,
): Promise<ReadonlyMap<string, SiteAnswer>> {
  const answers = new Map<string, SiteAnswer>();
  for (const place of places) {
    const answer = offline ? undefined : await askSite(context, root, place);
    answers.set(
      place.target,
      answer ?? { place, asked: undefined, reader: await codecReader(context, root, place) },
    );
    if (!offline) continue;
    const message = "the site was not asked (--offline): what it remembers itself is not shown";
    context.emit({ type: "notice", target: place.target, level: "info", message });
  }
  return answers;
}

async function askSite(context: Context, root: Root, place: Place): Promise<SiteAnswer | undefined> {
  const tell = (message: string) =>
    context.emit({ type: "notice", target: place.target, level: "warning", message });
  try {
    const target = forEngine(await openTarget(context, place.target, root), root);
    const site = await siteOf(target, root);
    if (site.account.site !== place.site) {
      tell(
        `the connection is ${site.account.site} now, the document belongs to ${place.site}: it was not asked`,
      );
      return undefined;
    }
    const [result] = await target.connector.read([place]);
    const revisions = await target.connector.revisions?.(place);
    return {
      place,
      asked: { place, found: result?.entry ?? result?.gone, revisions },
      reader: { type: "site", site },
    };
  } catch (thrown) {
    if (!isFault(thrown) || thrown.kind === "interrupted" || thrown.kind === "defect") throw thrown;
    tell(`the site could not be asked, so that what it remembers itself is not shown: ${thrown.message}`);
    return undefined;
  }
}

/** The platform's codec, which needs no site. */
async function codecReader(context: Context, root: Root, { target }: Place): Promise<Reader> {
  const header = root.lock.headers.find((candidate) => candidate.target === target);
  const { manifest } = findPlatform(header?.platform ?? "");
  const store = runParts(context, false).memory();
  const record = store === undefined ? undefined : getConnection(store, target);
  const rule = root.config.targets?.find((candidate) => candidate.name === target);
  const { codec } = await manifest.load();
  return {
    type: "codec",
    codec,
    settings: { ...fullSettings(manifest, record?.settings ?? {}), ...rule?.settings },
  };
}
