// What visitors are shown at an address that somebody typed.
import type { Probe, Probed } from "../http/probe.ts";
import { isFault } from "../lib/fault.ts";

/** What a visitor sees. An address without scheme is tried with https, then with http. */
export async function visit(
  { url, guessed }: { readonly url: URL; readonly guessed: boolean },
  probe: Probe,
): Promise<{ readonly shown: Probed; readonly notes: readonly string[] }> {
  const asked = new URL(url);
  const notes: string[] = [];
  let shown: Probed;
  try {
    shown = await probe(asked.href);
  } catch (thrown) {
    const noTls =
      isFault(thrown) && ["connection-refused", "tls-failed", "connect-timeout"].includes(thrown.code);
    if (!guessed || !noTls) throw thrown;
    asked.protocol = "http:";
    shown = await probe(asked.href);
    notes.push(`${asked.host} does not answer over https: using http.`);
  }
  if (shown.url.origin !== asked.origin) {
    notes.push(`${asked.origin} leads to ${shown.url.origin}: using that address.`);
  }
  return { shown, notes };
}
