import { gitRoot, isShallow } from "../content/git.ts";
import { receipts } from "../store/journal.ts";
import type { Asked, Sources, Trace } from "./history.ts";
import { type HistoryVersion, headOf } from "./history-lanes.ts";

/** Something that a history cannot tell, or why it begins where it does, as a sentence. */
export interface End {
  readonly target?: string;
  readonly message: string;
  readonly hint?: string;
}

/** Where what is known of a document ends, and why. */
export async function endsOf(
  sources: Sources,
  trace: Trace,
  asked: readonly Asked[],
  versions: readonly HistoryVersion[],
): Promise<readonly End[]> {
  const targets = new Set([
    ...trace.places.map((place) => place.target),
    ...versions.flatMap(({ side, target }) => (side === "site" ? [target] : [])),
  ]);
  return [
    ...(await fileEnds(sources, trace)),
    ...[...targets].flatMap((target) => siteEnds(sources, target, asked, versions)),
    ...missingTexts(versions),
  ];
}

async function fileEnds({ root, env }: Sources, { commits }: Trace): Promise<readonly End[]> {
  const oldest = commits.at(-1);
  if (oldest === undefined) {
    const why =
      (await gitRoot(root.dir, env)) === undefined ? "there is no git here" : "git has no version of it";
    return [{ message: `of the file only what runs have read and written is known: ${why}` }];
  }
  if ((await isShallow(root.dir, env)) !== true) {
    return [{ message: `git knows the file from ${timeText(oldest.time)} on` }];
  }
  return [
    {
      message: `nothing is known of the file before ${timeText(oldest.time)}: this clone is shallow`,
      hint: "fetch the whole history: git fetch --unshallow",
    },
  ];
}

function siteEnds(
  sources: Sources,
  target: string,
  asked: readonly Asked[],
  versions: readonly HistoryVersion[],
): readonly End[] {
  const oldest = versions.findLast((version) => version.side === "site" && version.target === target);
  const answer = asked.find(({ place }) => place.target === target);
  const ends: End[] = [
    oldest === undefined ? { message: "none of its texts is known" } : beginning(sources, oldest),
  ];
  if (answer !== undefined) ends.push({ message: remembers(answer) });
  if (answer?.found === "trashed") ends.push({ message: "the entry is in the site's trash now" });
  if (answer?.found === "missing") ends.push({ message: "the entry is gone from the site now" });
  return ends.map((end) => ({ ...end, target }));
}

function beginning({ memory }: Sources, oldest: HistoryVersion): End {
  const when = timeText(oldest.known[0].at);
  const first = headOf(oldest);
  const made =
    memory !== undefined &&
    first.run !== undefined &&
    receipts(memory, first.run).some(
      ({ op, path, outcome }) => op === "create" && path === oldest.path && outcome === "done",
    );
  if (made) return { message: `the entry was made on ${when}; there was nothing before` };
  const who =
    first.how === "saved"
      ? "the site keeps"
      : first.how === "now"
        ? "known, as of now"
        : "this installation kept";
  return { message: `nothing is known before ${when}: that is the first version ${who}` };
}

function remembers({ revisions }: Asked): string {
  if (revisions === undefined) return "the platform tells no older versions";
  const oldest = revisions.at(-1);
  if (oldest === undefined) return "the site shows no older versions of it";
  const count = revisions.length === 1 ? "1 version" : `${revisions.length} versions`;
  return `the site keeps ${count}, the oldest of ${timeText(oldest.at)}`;
}

function missingTexts(versions: readonly HistoryVersion[]): readonly End[] {
  const count = (type: string) => versions.filter(({ text }) => text.type === type).length;
  const [locked, lost] = [count("locked"), count("not-kept")];
  const ends: End[] = [];
  if (locked > 0) {
    ends.push({
      message: `${locked} of the texts cannot be opened: this installation's key cannot be had, or is another now`,
      hint: "set AINSTEIN_KEY or AINSTEIN_PASSPHRASE, or unlock the keychain",
    });
  }
  if (lost > 0)
    ends.push({ message: `${lost} of the texts were not kept: only that they were there is known` });
  return ends;
}

/** `2026-01-31 09:30:00Z` */
export function timeText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")}Z`;
}
