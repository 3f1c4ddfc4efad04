import { changedParts } from "../sync/detect.ts";
import type { Step } from "../sync/plan.ts";
import { type Applying, currentFile, meet } from "./applying.ts";
import { localOf, remoteOf } from "./complete.ts";
import { remoteFingerprint } from "./fingerprint.ts";
import type { Item } from "./gather.ts";
import { sendParts, type Written } from "./outgoing.ts";
import { readEntries, rowKey } from "./site.ts";

/**
 * Sends the body of a document again, with the addresses that what it links to has got meanwhile. Gives the reason where
 * there is nothing to send: no address is another one, or the site holds something that is not known here yet.
 */
export async function fillLinks(applying: Applying, step: Step, item: Item): Promise<Written | string> {
  const { site, lines } = applying;
  const base = lines.get(step.path);
  if (base === undefined) return "it is not on the site yet";
  const file = await currentFile(applying, step, { ...item, subject: { ...item.subject, base } });
  const { links = {} } = base;
  const news = Object.entries(file.targets).filter(([path, address]) => address !== (links[path] ?? ""));
  if (news.length === 0) return "what it links to is where it was, or has no address yet";
  // Asked for in the same tick as the others of the group: one request for all.
  await meet(applying, step, () => undefined);
  const entry = (await readEntries(site, [base])).get(rowKey(base));
  if (typeof entry !== "object") return "gone from the site meanwhile";
  const now = remoteFingerprint(entry, base.remote.v);
  if (changedParts(base.remote, now).length > 0) return "changed on the site; the next run follows its links";
  const subject = { ...item.subject, base, local: localOf(file, base), remote: remoteOf(entry, entry) };
  return sendParts(applying, step, { ...item, subject, file, entry }, file, ["body"]);
}
