// Whether a connection's webhooks are at its site as they were registered, and can be verified here.
import type { Hook } from "../../connectors/contract-webhooks.ts";
import type { Finding } from "../../report/findings.ts";
import { quoted } from "../../report/summary.ts";
import { listHooks } from "../../store/hooks.ts";
import { loadHomeConfig } from "../home-config.ts";
import { keyedConnection, noSecret } from "../webhooks/keyed.ts";
import { broken, trouble, well } from "./checks.ts";
import type { Patient } from "./patient.ts";
import { storeOf } from "./subject.ts";

/** Nothing is said of a connection that has none. */
export async function hooks(patient: Patient): Promise<readonly Finding[]> {
  const { context, name, known, opened } = patient;
  const store = storeOf(context);
  const made = store === undefined ? [] : listHooks(store, name);
  if (made.length === 0 && loadHomeConfig(context).webhooks[name] === undefined) return [];
  const keyed = await keyedConnection(context, name);
  if (keyed === undefined) return [];
  if (keyed.secret === undefined) {
    return [broken("webhooks", noSecret(name, keyed), "The receiver refuses each of them.")];
  }
  const { http, settings } = await opened();
  const { clock, signal } = context;
  const { record } = await known();
  const platform = keyed.scheme.hooks?.({ url: record.url, settings, http, clock, signal });
  const there = await platform?.list?.();
  if (there === undefined)
    return [well("webhooks", "they can be verified; the site does not say which it has")];
  const gone = made.filter((hook) => !there.some((other) => other.id === hook.id && other.url === hook.url));
  return gone.length === 0 ? [well("webhooks", wordsOf(made))] : [missing(name, gone)];
}

function wordsOf(made: readonly Hook[]): string {
  return made.length === 0
    ? "they can be verified; none was registered from here"
    : `${made.length} are at the site as they were registered, and can be verified`;
}

function missing(name: string, gone: readonly Hook[]): Finding {
  const topics = gone.map(({ topic }) => topic).join(", ");
  return trouble("webhooks", "warning", {
    code: "webhooks.gone",
    seen: `The site no longer has, at the address they were registered for, webhooks of ${name}: ${topics}.`,
    means: "It tells of none of that any more; `webhooks serve --sweep` still finds it.",
    cure: `ainstein-cms webhooks register ${name} --url ${quoted(gone[0]?.url ?? "")}`,
  });
}
